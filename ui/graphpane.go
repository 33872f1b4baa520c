package ui

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"seam/internal/pipeline"
	"seam/model"
	"seam/quant"
	"seam/themes"
	"seam/ui/lanes"
	"seam/ui/row"
	"seam/ui/rows"
)

// graphPane is the list of nodes.
type graphPane struct {
	win    rows.Window
	anchor anchor
	y      int // the height at which the person left the cursor: a list that is too short for it is only passed through
}

// anchor is the node that a person chose: a change of stage looks for it, not for what the stage before showed for it, so
// that going there and back ends where it began.
type anchor struct {
	stage pipeline.Stage
	part  int
	node  model.NodeID
}

// columns is the widths of a list row's columns; 0 leaves one out.
type columns struct {
	num, gutter, name, op, shape, spec, scale, place, lanes int
}

// gutterLanes is the most lanes that are drawn.
const gutterLanes = 8

func (a *App) columns(w int) columns {
	l := a.list
	c := columns{num: 1 + max(2, len(strconv.Itoa(l.g.Len()))), spec: 5, place: 4, lanes: gutterLanes}
	for c.lanes > 1 && l.gutter.Width(c.lanes) > w/5 {
		c.lanes--
	}
	c.gutter = l.gutter.Width(c.lanes)
	if w >= 58 {
		c.scale = 9
	}
	if a.stage == pipeline.Traced || a.stage == pipeline.TOSA {
		c.spec, c.scale = 0, 0
		if w >= 64 {
			c.shape = min(28, w/4)
		}
	} else if w >= 105 {
		c.shape = min(28, w/6)
	}
	rest := w - c.num - 3 - c.gutter - 1 - c.shape - c.spec - c.scale - c.place - 1
	c.name = min(44, max(8, rest/2))
	c.op = rest - c.name
	if c.op < 8 {
		c.name, c.op = c.name+c.op, 0
	}
	return c
}

func (a *App) paneTitle(p pane) string {
	name := paneNames[p]
	switch {
	case a.f == nil:
	case p == paneGraph:
		return name + " " + a.stageTitle()
	case p == panePieces && a.f.res.Layout != nil:
		return fmt.Sprintf("%s %d", name, len(a.f.res.Part.Parts))
	case p == paneGroups:
		return fmt.Sprintf("%s %d", name, len(a.f.groups))
	case p == paneFinds && a.f.res.Layout != nil:
		return fmt.Sprintf("%s %d", name, len(a.f.findings))
	}
	return name
}

func (a *App) stageTitle() string {
	s := a.stage.String()
	if a.stage == pipeline.TOSA {
		s += fmt.Sprintf(" of D%d", a.part+1)
	}
	if l := a.list; l != nil && l.g != nil && len(l.shown) < l.g.Len() {
		s += fmt.Sprintf(", %d hidden (p)", l.g.Len()-len(l.shown))
	}
	return s
}

func (a *App) graphRows(w, h int) []line {
	if a.list == nil || a.list.g == nil {
		return a.emptyRows(w)
	}
	c := a.columns(w)
	from, to := a.graph.win.Visible()
	to = min(to, from+h)
	out := make([]line, 0, h)
	gutter, first := a.gutterRows(from, to, c)
	for i := from; i < to; i++ {
		selected := i == a.graph.win.Cursor
		n, b := a.list.at(i)
		label := ""
		if a.labels.on {
			label = a.labelOf(i - from)
		}
		if b >= 0 {
			out = append(out, line{a.boundaryRow(b, label, w), selected})
			continue
		}
		g := ""
		if k := a.list.index(i) - first; k < len(gutter) {
			g = gutter[k]
		}
		if fd, ok := a.list.folds[a.list.index(i)]; ok {
			out = append(out, line{a.foldRow(fd, g, label, c, w), selected})
			continue
		}
		out = append(out, line{a.nodeRow(n, a.list.index(i), g, label, c), selected})
	}
	return out
}

func (a *App) gutterRows(from, to int, c columns) ([]string, int) {
	if from >= to {
		return nil, 0
	}
	style := lanes.Unicode
	if a.opt.ASCII {
		style = lanes.ASCII
	}
	first := a.list.index(from)
	return a.list.gutter.Rows(first, a.list.index(to-1)+1, style, c.lanes), first
}

// nodeRow is one node of the list: number, mark, lanes, name, operator, shape, spec, scale and place.
func (a *App) nodeRow(n model.NodeID, index int, gutter, label string, c columns) row.Row {
	x := a.list.g.Node(n)
	mark, markRole := a.markOf(n)
	num, numRole := strconv.Itoa(int(n)), themes.Dim
	if label != "" {
		num, numRole = label, themes.Match
	}
	nameRole := themes.Plain
	if a.search.hit(a.list, index) {
		nameRole = themes.Match
	}
	place := a.f.placeOf(a.stage, n)
	if a.stage == pipeline.TOSA {
		place = pipeline.Placement{Kind: pipeline.Delegated, Index: a.part}
	}
	pt, pr := placeText(place)
	r := make(row.Row, 0, 12)
	r = append(r, row.Span{Role: numRole, Text: cellRight(num, c.num)},
		row.Span{Role: markRole, Text: mark}, row.Span{Role: pr, Text: bandOf(place)}, row.Span{Role: themes.Lane, Text: cell(gutter, c.gutter) + " "},
		row.Span{Role: nameRole, Text: nameCell(row.Sanitize(x.Name), c.name-1) + " "})
	if c.op > 0 {
		r = append(r, row.Span{Role: opRole(x), Text: cell(row.Sanitize(opShort(a.list.g, x, c.op-1)), c.op-1) + " "})
	}
	if c.shape > 0 {
		r = append(r, typeSpan(x, a.list.text, c.shape))
	}
	if c.spec > 0 {
		spec, specRole, scale, scaleRole := a.specOf(n, x)
		r = append(r, row.Span{Role: specRole, Text: cell(spec, c.spec)}, row.Span{Role: scaleRole, Text: cell(scale, c.scale)})
	}
	return append(r, row.Span{Role: pr, Text: cell(pt, c.place)})
}

func typeSpan(x *model.Node, symbols []string, w int) row.Span {
	s := shortType(x.Type, symbols)
	role := themes.Dim
	switch {
	case x.Kind == model.Output:
		s = ""
	case s == "?":
		role = themes.Unknown
	}
	return row.Span{Role: role, Text: cell(row.Sanitize(s), w-1) + " "}
}

// markOf is what the list says in front of a node: "!" refused and on the CPU, "*" moved by the change, and the letter of a
// person's mark.
func (a *App) markOf(n model.NodeID) (string, themes.Role) {
	switch {
	case a.f.isRefused(a.stage, n):
		return a.markLetter(n) + "!", themes.Error
	case a.f.isMoved(a.stage, n):
		return a.markLetter(n) + "*", themes.Changed
	}
	if s := a.markLetter(n); s != " " {
		return s + " ", themes.Key
	}
	return "  ", themes.Plain
}

// bands is the glyphs of the delegates' bands, which they take in turn as they do the colours.
var bands = [...]string{"█", "▒", "▌", "▓", "▐", "░", "▚", "▞"}

// bandOf is the band beside a node: the glyph of its delegate, ":" on the CPU.
func bandOf(p pipeline.Placement) string {
	switch p.Kind {
	case pipeline.Delegated:
		return bands[p.Index%len(bands)]
	case pipeline.OnHost:
		return ":"
	}
	return " "
}

// foldRow is a run of nodes in one row.
func (a *App) foldRow(fd folded, gutter, label string, c columns, w int) row.Row {
	place := a.f.placeOf(a.stage, fd.nodes[0])
	for _, n := range fd.nodes {
		if p := a.f.placeOf(a.stage, n); p.Kind == pipeline.Delegated {
			place = p
			break
		}
	}
	num, numRole := strconv.Itoa(int(fd.nodes[0])), themes.Dim
	if label != "" {
		num, numRole = label, themes.Match
	}
	mark, markRole := a.foldMark(fd)
	pt, pr := placeText(place)
	text := fmt.Sprintf("+ %s  %s  ", row.Sanitize(fd.key), plural(len(fd.nodes), "node"))
	r := row.Row{
		{Role: numRole, Text: cellRight(num, c.num)},
		{Role: markRole, Text: mark},
		{Role: pr, Text: bandOf(place)},
		{Role: themes.Lane, Text: cell(gutter, c.gutter) + " "},
		{Role: themes.Title, Text: text},
		{Role: themes.Dim, Text: tally(a.list.g, fd.nodes)},
	}
	return append(r.Fit(w-c.place-1), row.Span{Role: pr, Text: " " + cell(pt, c.place)})
}

// foldMark says that a run holds a refused node, or one that moved.
func (a *App) foldMark(fd folded) (string, themes.Role) {
	text, role := "  ", themes.Plain
	for _, n := range fd.nodes {
		if a.f.isRefused(a.stage, n) {
			return " !", themes.Error
		}
		if a.f.isMoved(a.stage, n) {
			text, role = " *", themes.Changed
		}
	}
	return text, role
}

// opText is what a node does: the operator, or the kind of input that a placeholder is.
func opText(g *model.Graph, x *model.Node) string {
	switch x.Kind {
	case model.Call:
		return x.Target
	case model.Placeholder:
		return [...]string{"input", "parameter", "buffer", "constant", "number"}[g.Inputs[x.Name]]
	}
	return x.Kind.String()
}

// opShort is opText for a column of w cells: "q per_tensor" and "dq per_channel" for quantize and dequantize, and in a column
// of few cells neither ATen's namespace nor the name of the default overload.
func opShort(g *model.Graph, x *model.Node, w int) string {
	s, qdq := strings.CutPrefix(opText(g, x), "quantized_decomposed.")
	if qdq {
		s = strings.Replace(strings.TrimSuffix(s, ".default"), "dequantize_", "dq ", 1)
		return strings.Replace(s, "quantize_", "q ", 1)
	}
	if w < fewCells {
		s = strings.TrimSuffix(strings.TrimPrefix(s, "aten."), ".default")
	}
	return s
}

func opRole(x *model.Node) themes.Role {
	if x.Kind == model.Call && !isQDQ(x.Target) {
		return themes.Op
	}
	return themes.Dim
}

// specOf is the spec and scale of a node's output. A quantize or dequantize shows the parameters that it carries.
func (a *App) specOf(n model.NodeID, x *model.Node) (spec string, role themes.Role, scale string, scaleRole themes.Role) {
	if isQDQ(x.Target) {
		s, r := qdqScale(x)
		return "-", themes.NoSpec, s, r
	}
	if a.stage == pipeline.TOSA || a.stage == pipeline.Traced || x.Kind == model.Output {
		return "", themes.Plain, "", themes.Plain
	}
	p, ok := a.f.out(a.stage, n)
	if !ok || p.Spec.Kind <= quant.NullSpec {
		if k := a.scalesAround(n); k > 1 {
			return "-", themes.NoSpec, fmt.Sprintf("%d scales", k), themes.Warn
		}
		return "-", themes.NoSpec, "", themes.Plain
	}
	spec, role = specText(p.Spec, p.Group)
	if p.Recorded { // what the annotator wrote is not known
		spec, role = "R", themes.OK
	}
	switch {
	case !p.Known:
		return spec, role, "?", themes.Unknown
	case len(p.Params) > 0:
		scale = scaleText(p.Params[0].Scale)
		if len(p.Params) > 1 {
			scale = fmt.Sprintf("%d ch", len(p.Params))
		}
	}
	return spec, role, scale, themes.Number
}

// scalesAround counts the different scales that meet at a refused node: those of its inputs and of what quantizes it again.
func (a *App) scalesAround(n model.NodeID) int {
	if !a.f.isRefused(a.stage, n) {
		return 0
	}
	const most = 8
	var seen []float64
	g := a.list.g
	for k, around := range [...][]model.NodeID{g.In(n), g.Users(n)} {
		for _, p := range around[:min(most, len(around))] {
			x := g.Node(p)
			var s float64
			if v := x.Arg(1); isQDQ(x.Target) && v.Kind == model.ArgFloat {
				s = v.Float
			} else if q, ok := a.f.out(a.stage, p); ok && k == 0 && len(q.Params) == 1 {
				s = q.Params[0].Scale
			}
			if s != 0 && !slices.Contains(seen, s) {
				seen = append(seen, s)
			}
		}
	}
	return len(seen)
}

func qdqScale(x *model.Node) (string, themes.Role) {
	if s := x.Arg(1); s.Kind == model.ArgFloat {
		return scaleText(s.Float), themes.Number
	} else if s.Kind == model.ArgNode {
		return "chan", themes.Dim
	}
	return "?", themes.Unknown
}

// out is the port of a node's own output; a node made by a later stage has none.
func (f *facts) out(s pipeline.Stage, n model.NodeID) (pipeline.Port, bool) {
	ports := f.res.Ports(s, n)
	if len(ports) == 0 {
		return pipeline.Port{}, false
	}
	return ports[len(ports)-1], true
}

// boundaryRow is a boundary between two nodes of the list.
func (a *App) boundaryRow(id int, label string, w int) row.Row {
	b := a.f.res.Layout.Boundaries[id]
	text := fmt.Sprintf(" ── B%d  %s %s", b.ID, boundaryText(b), a.crossing(b))
	r := row.Row{{Role: themes.Boundary, Text: text}}
	if label != "" {
		r = row.Row{{Role: themes.Match, Text: " " + label}, {Role: themes.Boundary, Text: text[1+len(label):]}}
		if len(label) > 1 { // the rule's characters are three bytes long
			r[1].Text = " " + strings.TrimPrefix(text, " ── ")
		} else {
			r[1].Text = "─ " + strings.TrimPrefix(text, " ── ")
		}
	}
	const why = "── (w)"
	if n := w - r.Width() - row.Width(why) - 1; n > 0 {
		r = append(r, row.Span{Role: themes.Boundary, Text: " " + repeat("─", n) + why})
	}
	return r
}

// crossing is the element types that cross a boundary.
func (a *App) crossing(b pipeline.Boundary) string {
	s := ""
	g := a.f.res.Edge.Graph
	for i, n := range b.Tensors {
		t, ok := g.Node(n).Type.First()
		d := "?"
		if ok {
			d = t.DType.String()
		}
		if i == 3 {
			return s + ", ~"
		}
		if i > 0 && (s == d || len(s) > len(d) && s[len(s)-len(d):] == d) {
			continue
		}
		if s != "" {
			s += ", "
		}
		s += d
	}
	return s
}

// emptyRows says why there is no graph to show.
func (a *App) emptyRows(w int) []line {
	text := "reading the model"
	switch {
	case a.f == nil && !a.job.running && a.run != nil:
		text = "no result: R runs the pipeline"
	case a.job.lowering:
		text = "the delegates are being lowered to TOSA"
	case a.f != nil && !a.job.running:
		text = a.stage.String() + " was not reached: " + a.stopText()
	case a.f != nil:
		text = a.stage.String() + " is not there yet"
	}
	var out []line
	for _, s := range wrap(text, w-2) {
		out = append(out, line{row.Row{{Role: themes.Dim, Text: " " + s}}, false})
	}
	return out
}

// stopText says what stopped the run before its last stage.
func (a *App) stopText() string {
	if a.f.res.Failed != nil {
		return a.f.res.Failed.Error()
	}
	if d := a.f.res.Delegates; a.stage == pipeline.TOSA && a.part >= 0 && a.part < len(d) && len(d[a.part].Failed) > 0 {
		return "? " + d[a.part].Failed[0].Text
	}
	for _, m := range a.f.res.Missing {
		return missingText(m)
	}
	return "the run ended before it"
}

func missingText(m model.NotModelled) string {
	s := m.Operator
	if s == "" {
		s = m.Rule
	}
	if len(m.Nodes) > 0 {
		s = times(s, len(m.Nodes))
	}
	return s + " (" + m.Stage + ")"
}
