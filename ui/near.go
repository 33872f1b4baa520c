package ui

import (
	"fmt"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"seam/internal/pipeline"
	"seam/model"
	"seam/quant"
	"seam/themes"
	"seam/ui/row"
	"seam/ui/rows"
)

// nearScreen is a picture of one node's neighbourhood: the operators that it reads and those that read it, with what lies on
// the edges between them. Quantize and dequantize are part of an edge.
type nearScreen struct {
	win  rows.Window
	node model.NodeID
	past []model.NodeID
	key  nodeKey
	rows []nearRow
}

// nearRow is a row and the node that it stands for, None for none.
type nearRow struct {
	row.Row
	node model.NodeID
	side int // -1 of the inputs, 1 of the readers
}

// maxNear is how many neighbours of a side are drawn.
const maxNear = 200

// edge is the way between two operators.
type edge struct {
	far   model.NodeID
	chain []model.NodeID // quantize and dequantize nodes, in the direction of the data
	port  int            // which input of the reader
}

// edgesInto is the edges into node n, through quantize and dequantize.
func edgesInto(g *model.Graph, n model.NodeID) []edge {
	var out []edge
	for i, p := range g.In(n) {
		e := edge{port: i}
		for isQDQ(g.Node(p).Target) && len(g.In(p)) > 0 {
			e.chain = append([]model.NodeID{p}, e.chain...)
			p = g.In(p)[0]
		}
		e.far = p
		if out = append(out, e); len(out) == maxNear {
			break
		}
	}
	return out
}

// edgesOut is the edges out of node n, likewise.
func edgesOut(g *model.Graph, n model.NodeID) []edge {
	var out []edge
	var walk func(p model.NodeID, chain []model.NodeID)
	walk = func(p model.NodeID, chain []model.NodeID) {
		for _, u := range g.Users(p) {
			switch x := g.Node(u); {
			case len(out) == maxNear:
				return
			case isQDQ(x.Target) && g.In(u)[0] == p:
				walk(u, append(chain[:len(chain):len(chain)], u))
			default:
				out = append(out, edge{far: u, chain: chain, port: -1})
			}
		}
	}
	walk(n, nil)
	return out
}

// openNear draws the neighbourhood of the node at the cursor.
func (a *App) openNear(int) tea.Cmd {
	n := a.current()
	if n == model.None {
		return nil
	}
	for isQDQ(a.list.g.Node(n).Target) && len(a.list.g.In(n)) > 0 { // it is part of an edge
		n = a.list.g.In(n)[0]
	}
	a.near.past = nil
	a.showNear(n)
	return nil
}

func (a *App) showNear(n model.NodeID) {
	a.screen = screenNear
	a.near.node, a.near.key = n, nodeKey{}
	a.layNear(a.w)
	for i, r := range a.near.rows {
		if r.side == 0 && r.node == n {
			a.near.win.Goto(i)
			a.near.win.Center()
		}
	}
}

func (a *App) layNear(w int) {
	s := &a.near
	if s.node = min(s.node, model.NodeID(a.list.g.Len()-1)); s.node < 0 {
		return
	}
	key := nodeKey{a.f, a.stage, a.part, s.node, w}
	if s.key == key {
		return
	}
	l := &nearLayout{a: a, g: a.list.g, n: s.node, w: w}
	l.draw()
	s.key, s.rows = key, l.rows
	s.win.SetLen(len(s.rows))
}

// nearLayout draws a neighbourhood: inputs above the node, readers below it, and a rail on the right that joins them.
type nearLayout struct {
	a    *App
	g    *model.Graph
	n    model.NodeID
	w    int
	rows []nearRow
}

func (l *nearLayout) add(n model.NodeID, side int, r ...row.Span) {
	l.rows = append(l.rows, nearRow{r, n, side})
}

func (l *nearLayout) draw() {
	in, out := edgesInto(l.g, l.n), edgesOut(l.g, l.n)
	if len(in) > 0 {
		l.add(model.None, 0, row.Span{Role: themes.Title, Text: fmt.Sprintf(" reads %d", len(in))})
	}
	for i, e := range in {
		l.neighbour(e, -1, map[bool]string{true: "┐", false: "┤"}[i == 0])
	}
	if len(in) > 0 {
		l.rail("│")
	}
	l.middle(len(in) > 0, len(out) > 0)
	if len(out) == 0 {
		return
	}
	l.rail("│")
	for i, e := range out {
		l.neighbour(e, 1, map[bool]string{true: "┘", false: "┤"}[i == len(out)-1])
	}
	l.add(model.None, 0, row.Span{Role: themes.Title, Text: fmt.Sprintf(" read by %d", len(out))})
}

// rail is a row with nothing but the line on the right.
func (l *nearLayout) rail(glyph string) {
	l.add(model.None, 0, row.Span{Role: themes.Lane, Text: space(l.w-2) + glyph})
}

// who is the name, operator and place of a node.
func (l *nearLayout) who(n model.NodeID, glyph string) row.Row {
	x := l.g.Node(n)
	name := max(10, min(30, l.w/4))
	op := max(8, min(24, l.w/6))
	text, role := placeText(l.a.f.placeOf(l.a.stage, n))
	nameRole := themes.Plain
	if n == l.n {
		nameRole = themes.Title
	}
	return row.Row{
		{Role: role, Text: "   " + glyph + " "},
		{Role: nameRole, Text: nameCell(row.Sanitize(x.Name), name) + " "},
		{Role: opRole(x), Text: cell(row.Sanitize(opShort(l.g, x, op)), op) + " "},
		{Role: role, Text: cell(text, 4)},
	}
}

func (l *nearLayout) middle(in, out bool) {
	r := l.who(l.n, "●")
	glyph := map[[2]bool]string{{true, true}: "┤", {true, false}: "┘", {false, true}: "┐"}[[2]bool{in, out}]
	note := ""
	if k := l.a.scalesAround(l.n); k > 1 {
		note = fmt.Sprintf(" %d scales meet here ", k)
	}
	l.tail(r, "", row.Span{Role: themes.Warn, Text: note}, glyph, l.n, 0)
}

// tail adds a row that ends with a line to the rail; arrow is where the data goes.
func (l *nearLayout) tail(r row.Row, arrow string, label row.Span, glyph string, n model.NodeID, side int) {
	r = append(r, row.Span{Role: themes.Lane, Text: arrow + "─"}, label)
	rest := l.w - 2 - r.Width()
	if glyph == "" {
		glyph, rest = " ", 0
	}
	if rest < 0 {
		r, rest = r.Fit(l.w-2), 0
	}
	l.add(n, side, append(r, row.Span{Role: themes.Lane, Text: repeat("─", rest) + glyph})...)
}

func (l *nearLayout) neighbour(e edge, side int, glyph string) {
	x := l.g.Node(e.far)
	mark := "●"
	if x.Kind != model.Call {
		mark = "○"
	}
	text, role := l.edgeText(e, side)
	l.tail(l.who(e.far, mark), map[int]string{-1: " ", 1: "<"}[side], row.Span{Role: role, Text: " " + text + " "}, glyph, e.far, side)
}

// edgeText is what lies on an edge: scale and zero point, the quantize and dequantize on the way, and the type.
func (l *nearLayout) edgeText(e edge, side int) (string, themes.Role) {
	var parts []string
	last := ""
	for _, c := range e.chain {
		x := l.g.Node(c)
		s, z := x.Arg(1), x.Arg(2)
		p := "per channel"
		if s.Kind == model.ArgFloat {
			p = scaleText(s.Float) + " z " + strconv.FormatInt(z.Int, 10)
		}
		if p != last {
			parts, last = append(parts, p), p
		}
		parts = append(parts, map[bool]string{true: "q", false: "dq"}[quant.IsQuantize(x.Target)])
	}
	if len(e.chain) > 0 {
		return strings.Join(parts, " "), themes.Number
	}
	if p, ok := l.port(e, side); ok {
		spec, role := specText(p.Spec, p.Group)
		if len(p.Params) > 0 {
			return paramText(p.Params) + " " + spec, themes.Number
		}
		return spec, role
	}
	if t := shortType(l.g.Node(map[bool]model.NodeID{true: e.far, false: l.n}[side < 0]).Type, l.a.list.text); t != "?" {
		return t, themes.Dim
	}
	return "?", themes.Unknown
}

// port is the place of an edge without quantize and dequantize on it.
func (l *nearLayout) port(e edge, side int) (pipeline.Port, bool) {
	if l.a.stage == pipeline.Traced || l.a.stage == pipeline.TOSA {
		return pipeline.Port{}, false
	}
	if side > 0 {
		p, ok := l.a.f.out(l.a.stage, l.n)
		return p, ok && p.Spec.Kind > quant.NullSpec
	}
	for _, p := range l.a.f.res.Ports(l.a.stage, l.n) {
		if p.Name == fmt.Sprintf("in%d", e.port) {
			return p, p.Spec.Kind > quant.NullSpec
		}
	}
	return pipeline.Port{}, false
}

func (a *App) nearRows(w, h int) []line {
	s := &a.near
	if a.list.len() == 0 {
		return note("nothing to draw")
	}
	a.layNear(w)
	out := []line{{ruled(" around "+row.Sanitize(a.list.g.Node(s.node).Name)+" ", "enter walks there   [ back   esc ", w), false}}
	from, to := s.win.Visible()
	for i := from; i < min(to, from+h-1); i++ {
		out = append(out, line{s.rows[i].Row, i == s.win.Cursor})
	}
	return out
}

// nearSide moves the cursor to the first neighbour of a side.
func (a *App) nearSide(side int) tea.Cmd {
	for i, r := range a.near.rows {
		if r.side == side && r.node != model.None {
			a.near.win.Goto(i)
			break
		}
	}
	return nil
}

// nearEnter walks to the neighbour under the cursor; on the node itself it goes back to the list, to that node.
func (a *App) nearEnter(int) tea.Cmd {
	s := &a.near
	if s.win.Cursor >= len(s.rows) {
		return nil
	}
	switch r := s.rows[s.win.Cursor]; {
	case r.node == model.None:
	case r.node == s.node:
		a.screen = screenMain
		a.setFocus(paneGraph)
		a.jump(s.node)
	default:
		s.past = append(s.past, s.node)
		a.showNear(r.node)
	}
	return nil
}

func (a *App) nearBack() tea.Cmd {
	s := &a.near
	if n := len(s.past); n > 0 {
		at := s.past[n-1]
		s.past = s.past[:n-1]
		a.showNear(at)
		return nil
	}
	return a.esc(0)
}
