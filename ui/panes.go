package ui

import (
	"fmt"

	"seam/internal/pipeline"
	"seam/model"
	"seam/themes"
	"seam/ui/row"
	"seam/ui/rows"
)

// listPane is a short list: delegates, groups or findings.
type listPane struct{ win rows.Window }

// visible draws the rows of a list that its window shows.
func (p *listPane) visible(h int, focused bool, draw func(i int) row.Row) []line {
	from, to := p.win.Visible()
	out := make([]line, 0, h)
	for i := from; i < min(to, from+h); i++ {
		out = append(out, line{draw(i), focused && i == p.win.Cursor})
	}
	return out
}

func note(text string) []line { return []line{{row.Row{{Role: themes.Dim, Text: " " + text}}, false}} }

// pieceRows is the delegates pane: a row for each delegate, island and boundary, in execution order.
func (a *App) pieceRows(_, h int) []line {
	if a.f == nil || a.f.res.Layout == nil {
		return note("not partitioned")
	}
	return a.pieces.visible(h, a.focus == panePieces, func(i int) row.Row {
		p := a.f.pieces[i]
		if p.boundary >= 0 {
			id := a.f.res.Layout.Boundaries[p.boundary].ID
			return row.Row{{Role: themes.Boundary, Text: fmt.Sprintf(" ─ B%-3d %s", id, p.text)}}
		}
		name, role := placeText(p.place)
		return row.Row{{Role: role, Text: " " + cell(name, 5)}, {Role: themes.Plain, Text: p.text}}
	})
}

// groupRows is the groups pane: the sharing groups that the annotator asked for.
func (a *App) groupRows(_, h int) []line {
	switch {
	case a.f == nil || a.f.res.Ann == nil:
		return note("not annotated")
	case len(a.f.groups) == 0:
		return note("no places share a spec")
	}
	return a.groups.visible(h, a.focus == paneGroups, func(i int) row.Row {
		g, ann := a.f.groups[i], a.f.res.Ann
		x := ann.Groups[g.id]
		r := row.Row{
			{Role: themes.Shared, Text: cell(fmt.Sprintf(" S#%d", g.id), 7)},
			{Role: themes.Plain, Text: plural(len(x.Members), "place") + "  root " + row.Sanitize(ann.PlaceName(x.Root)) + "  "},
		}
		if ps := a.f.res.Cal.Param(g.id); len(ps) > 0 {
			r = append(r, row.Span{Role: themes.Number, Text: paramText(ps)})
			if bits := worstBits(x.Spec, a.f.res.Cal.Groups[g.id]); bits >= 1 {
				r = append(r, row.Span{Role: themes.Bad, Text: fmt.Sprintf("  %.1f bits lost -", bits)})
			}
			return r
		}
		return append(r, row.Span{Role: themes.Unknown, Text: "?"})
	})
}

// findRows is the findings pane, worst first.
func (a *App) findRows(_, h int) []line {
	switch {
	case a.f == nil || a.f.res.Layout == nil:
		return note("not partitioned")
	case len(a.f.findings) == 0:
		return note("nothing found")
	}
	return a.finds.visible(h, a.focus == paneFinds, func(i int) row.Row {
		x := a.f.findings[i]
		glyph, role := "~", themes.Warn
		if x.Severity == "error" {
			glyph, role = "!", themes.Error
		}
		text := x.Text
		if x.ID == pipeline.FindingLossy {
			text = a.lossText(x)
		}
		if x.Count > 1 {
			text = times(text, x.Count)
		}
		return row.Row{
			{Role: themes.Dim, Text: cellRight(fmt.Sprint(i+1), 2) + " "},
			{Role: role, Text: glyph + " "},
			{Role: themes.Plain, Text: row.Sanitize(text)},
		}
	})
}

// lossText is a loss of the lowering by its rule, with the error that was measured at the worst of its places.
func (a *App) lossText(x pipeline.Finding) string {
	text := x.Rule.ID
	if acc := a.acc.of[a.f.res]; acc != nil {
		if l, n := acc.At(x.Nodes); n != model.None {
			text += fmt.Sprintf(" %s at %s", l, a.f.res.Edge.Graph.Node(n).Name)
		}
	}
	return text + ": " + x.Text
}

// target is what a why is asked about: a boundary by its ID, or a node of the edge graph.
type target struct {
	boundary int
	node     model.NodeID
}

// openRow goes to what the row under a lower pane's cursor stands for.
func (a *App) openRow(p pane) {
	if a.f == nil {
		return
	}
	switch p {
	case panePieces:
		if i := a.pieces.win.Cursor; i < len(a.f.pieces) {
			a.jumpEdge(a.f.pieces[i].at, a.f.pieces[i].boundary)
		}
	case paneGroups:
		if i := a.groups.win.Cursor; i < len(a.f.groups) {
			a.jumpAcross(pipeline.Annotated, a.f.groups[i].at)
		}
	case paneFinds:
		if i := a.finds.win.Cursor; i < len(a.f.findings) && len(a.f.findings[i].Nodes) > 0 {
			a.jumpEdge(a.f.findings[i].Nodes[0], -1)
		}
	}
}
