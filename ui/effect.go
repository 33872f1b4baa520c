package ui

import (
	"fmt"
	"strconv"

	"seam/internal/pipeline"
	"seam/themes"
	"seam/ui/row"
)

// effectRows is what the changes did: the figures before and after, then what moved and which scales changed.
func (a *App) effectRows(w, h int) []line {
	s := &a.tog
	e := a.effectTable(w)
	s.scroll = max(0, min(s.scroll, len(e.rows)-h))
	return e.cut(s.scroll, h)
}

func (a *App) effectTable(w int) *effectTable {
	e := &effectTable{w: w}
	if a.f == nil {
		e.text(themes.Dim, "no result yet")
		return e
	}
	now := a.f.effect
	if !a.f.compared {
		now = figures(a.f.res)
	}
	e.figures(now, a.f.res)
	e.accuracy(a)
	if !a.f.compared {
		e.blank()
		e.text(themes.Dim, "space presses a switch: the result stands here at once, beside the one before")
		return e
	}
	e.moved(now)
	e.scales(now)
	return e
}

// figures is the effect of no change.
func figures(r *pipeline.Result) pipeline.Effect {
	var e pipeline.Effect
	twice := func(p *[2]int, v int) { *p = [2]int{v, v} }
	if r.Layout != nil {
		twice(&e.Delegates, len(r.Part.Parts))
		twice(&e.Stranded, len(r.Layout.Stranded))
		twice(&e.OnNPU, r.Layout.OnNPU)
		e.Bytes = [2]int64{r.Layout.Bytes, r.Layout.Bytes}
	}
	if r.Ann != nil {
		twice(&e.Groups, len(r.Ann.Groups))
	}
	twice(&e.Missing, len(r.Missing))
	return e
}

// effectTable collects the rows.
type effectTable struct {
	w    int
	rows []line
}

func (e *effectTable) add(r ...row.Span) { e.rows = append(e.rows, line{r, false}) }
func (e *effectTable) blank()            { e.add() }

func (e *effectTable) text(role themes.Role, s string) {
	for _, t := range wrap(s, e.w-2) {
		e.add(row.Span{Role: role, Text: " " + t})
	}
}

// cut is the rows from one on that fit; the last says how many do not.
func (e *effectTable) cut(from, h int) []line {
	rest := e.rows[from:]
	if len(rest) <= h || h < 1 {
		return rest
	}
	more := fmt.Sprintf(" … %d more (J K)", len(rest)-h+1)
	return append(rest[:h-1:h-1], line{row.Row{{Role: themes.Dim, Text: more}}, false})
}

func (e *effectTable) figures(x pipeline.Effect, r *pipeline.Result) {
	if r.Failed != nil {
		e.text(themes.Error, "! stopped: "+r.Failed.Error())
	}
	e.figure("delegates", int64(x.Delegates[0]), int64(x.Delegates[1]), -1)
	e.figure("stranded ops", int64(x.Stranded[0]), int64(x.Stranded[1]), -1)
	e.figure("nodes on NPU", int64(x.OnNPU[0]), int64(x.OnNPU[1]), 1)
	e.figure("bytes crossing", x.Bytes[0], x.Bytes[1], -1)
	e.figure("groups", int64(x.Groups[0]), int64(x.Groups[1]), 0)
	e.figure("not modelled", int64(x.Missing[0]), int64(x.Missing[1]), -1)
	if x.WorstBits > 0 {
		e.add(row.Span{Role: themes.Plain, Text: " " + cell("worst place loses", e.nameWidth())},
			row.Span{Role: themes.Bad, Text: fmt.Sprintf("%12.2f bits -", x.WorstBits)})
	}
}

func (e *effectTable) nameWidth() int { return max(14, min(24, e.w-25)) }

// figure is one number before and after. better is the direction that is better: 1 up, -1 down, 0 neither; a sign says the
// same as the colour.
func (e *effectTable) figure(name string, before, after int64, better int64) {
	mark, role := "", themes.Dim
	if d := after - before; d != 0 {
		role = themes.Changed
		switch {
		case d*better > 0:
			mark, role = " +", themes.Good
		case d*better < 0:
			mark, role = " -", themes.Bad
		}
	}
	e.add(row.Span{Role: themes.Plain, Text: " " + cell(name, e.nameWidth())},
		row.Span{Role: themes.Plain, Text: cellRight(bytesText(before), 8) + " -> "},
		row.Span{Role: role, Text: cell(bytesText(after), 8)}, row.Span{Role: role, Text: mark})
}

func (e *effectTable) moved(x pipeline.Effect) {
	if len(x.Moved) == 0 {
		return
	}
	const most = 200
	e.blank()
	e.add(row.Span{Role: themes.Title, Text: fmt.Sprintf(" moved nodes %d", len(x.Moved))})
	for _, m := range x.Moved[:min(most, len(x.Moved))] {
		e.add(e.move(m)...)
	}
}

// move is the row of an operator that runs elsewhere.
func (e *effectTable) move(m pipeline.Moved) row.Row {
	name := max(10, min(40, e.w-22))
	before, br := placeText(m.Before)
	after, ar := placeText(m.After)
	if m.Node < 0 {
		after, ar = "gone", themes.Dim
	}
	return row.Row{
		{Role: themes.Plain, Text: " " + nameCell(row.Sanitize(m.Name), name) + " "},
		{Role: br, Text: cellRight(orDash(before), 5)},
		{Role: themes.Plain, Text: " -> "},
		{Role: ar, Text: orDash(after)},
	}
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func (e *effectTable) scales(x pipeline.Effect) {
	if len(x.Scales) == 0 {
		return
	}
	const most = 200
	e.blank()
	e.add(row.Span{Role: themes.Title, Text: fmt.Sprintf(" changed scales %d", len(x.Scales))})
	for _, s := range x.Scales[:min(most, len(x.Scales))] {
		e.add(e.scale(s)...)
	}
}

// scale is the row of a place whose scale changed.
func (e *effectTable) scale(s pipeline.ScaleChange) row.Row {
	place := max(10, min(36, e.w-34))
	role, bits := themes.Dim, ""
	if s.Bits > 0.05 {
		role, bits = themes.Bad, strconv.FormatFloat(s.Bits, 'f', 1, 64)+" bits lost"
	} else if s.Bits < -0.05 {
		role, bits = themes.Good, strconv.FormatFloat(-s.Bits, 'f', 1, 64)+" bits won"
	}
	return row.Row{
		{Role: themes.Plain, Text: " " + nameCell(row.Sanitize(s.Place), place) + " "},
		{Role: themes.Number, Text: cellRight(scaleText(s.Before), 8) + " -> " + cell(scaleText(s.After), 9)},
		{Role: role, Text: bits},
	}
}
