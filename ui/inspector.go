package ui

import (
	"fmt"
	"strconv"
	"strings"

	"seam/internal/pipeline"
	"seam/model"
	"seam/quant"
	"seam/themes"
	"seam/ui/row"
)

// nodePane shows everything about one node. Its rows are made once a node and width.
type nodePane struct {
	height, offset int
	key            nodeKey
	rows           []line
}

type nodeKey struct {
	f     *facts
	stage pipeline.Stage
	part  int
	node  model.NodeID
	w     int
}

// forget makes the rows again at the next frame: the source has arrived.
func (p *nodePane) forget() { p.key = nodeKey{} }

func (p *nodePane) scroll(d int) {
	p.offset = max(0, min(p.offset+d, len(p.rows)-p.height))
}

func (a *App) nodeRows(w, h int) []line {
	n := a.current()
	if n == model.None {
		return nil
	}
	key := nodeKey{a.f, a.stage, a.part, n, w}
	if a.node.key != key {
		if k := a.node.key; k.node != n || k.stage != a.stage || k.f != a.f {
			a.node.offset = 0
		}
		a.node.key, a.node.rows = key, a.inspect(n, w)
	}
	a.node.scroll(0)
	rows := a.node.rows[a.node.offset:]
	if len(rows) > h {
		out := append([]line(nil), rows[:h]...)
		more := fmt.Sprintf(" … %d more (2, j)", len(rows)-h+1)
		out[h-1] = line{row.Row{{Role: themes.Dim, Text: more}}, false}
		return out
	}
	return rows
}

// inspection collects the rows of one node.
type inspection struct {
	a    *App
	w    int
	rows []line
}

func (p *inspection) add(r ...row.Span) { p.rows = append(p.rows, line{r, false}) }

func (p *inspection) blank() { p.add() }

// field adds "label  text", the text wrapped under itself.
func (p *inspection) field(label string, role themes.Role, text string) {
	const indent = 9
	for i, s := range wrap(text, p.w-indent-1) {
		if i > 0 {
			label = ""
		}
		p.add(row.Span{Role: themes.Dim, Text: " " + cell(label, indent-1)}, row.Span{Role: role, Text: s})
	}
}

// text adds wrapped lines behind a glyph.
func (p *inspection) text(glyph string, role themes.Role, text string) {
	in := row.Width(glyph) + 2
	for i, s := range wrap(text, p.w-in-1) {
		g := space(in - 2)
		if i == 0 {
			g = glyph
		}
		p.add(row.Span{Role: role, Text: " " + g + " "}, row.Span{Role: themes.Plain, Text: s})
	}
}

func (p *inspection) heading(s string) { p.add(row.Span{Role: themes.Title, Text: " " + s}) }

func (a *App) inspect(n model.NodeID, w int) []line {
	p := &inspection{a: a, w: w}
	g := a.list.g
	if fd, ok := a.list.foldAt(a.graph.win.Cursor); ok && fd.nodes[0] == n {
		p.folded(fd)
		return p.rows
	}
	x := g.Node(n)
	p.add(row.Span{Role: themes.Title, Text: " " + row.Sanitize(x.Name)},
		row.Span{Role: themes.Dim, Text: fmt.Sprintf("  node %d of %d", n, g.Len())})
	p.field("op", opRole(x), opText(g, x))
	if x.Kind != model.Output {
		p.field("out", themes.Plain, typeText(x.Type, a.list.text))
	}
	m, via := a.metaOf(n)
	p.origin(m, via)
	p.place(n)
	p.lowering(n)
	p.rescales(n)
	p.accuracy(n)
	p.blank()
	p.ports(n)
	p.qdq(x)
	p.refusals(n)
	p.note(n)
	p.args(g, x)
	p.constants(g, x)
	p.neighbours(g, n)
	p.source(m)
	return p.rows
}

// folded is what the nodes of a folded run have in common.
func (p *inspection) folded(fd folded) {
	a, g := p.a, p.a.list.g
	p.add(row.Span{Role: themes.Title, Text: " " + row.Sanitize(fd.key)}, row.Span{Role: themes.Dim, Text: "  folded, " + plural(len(fd.nodes), "node")})
	p.field("nodes", themes.Plain, fmt.Sprintf("%d to %d", fd.nodes[0], fd.nodes[len(fd.nodes)-1]))
	p.field("ops", themes.Op, tally(g, fd.nodes))
	at := map[string]int{}
	refused := 0
	for _, n := range fd.nodes {
		if t, _ := placeText(a.f.placeOf(a.stage, n)); t != "" {
			at[t]++
		}
		if a.f.isRefused(a.stage, n) {
			refused++
		}
	}
	p.field("runs", themes.Plain, strings.Join(timesOf(at), ", "))
	if refused > 0 {
		p.field("refused", themes.Error, plural(refused, "node"))
	}
	p.blank()
	p.text("l", themes.Key, "opens it; h folds one module further out")
}

// metaOf is what is known of where a node comes from. A node that a stage put in has nothing of its own: then it is that of
// the node it was made for, whose name is the second result.
func (a *App) metaOf(n model.NodeID) (*model.Meta, string) {
	if m := a.list.g.Node(n).Meta; m != nil && !m.Loc.IsZero() || a.stage == pipeline.Traced {
		return m, ""
	}
	t := a.follow(anchor{a.stage, a.part, n}, pipeline.Traced)
	if t == model.None {
		return a.list.g.Node(n).Meta, ""
	}
	x := a.f.res.Traced.Node(t)
	return x.Meta, x.Name
}

// origin is where in the user's program the node comes from.
func (p *inspection) origin(m *model.Meta, via string) {
	if m == nil || m.Loc.IsZero() {
		p.field("from", themes.Unknown, "?")
	} else {
		from := locText(m.Loc)
		if m.Loc.Func != "" {
			from += " in " + m.Loc.Func
		}
		if via != "" {
			from += ", as " + via
		}
		p.field("from", themes.Path, from+"  R")
	}
	if s := m.ModuleText(); s != "" {
		p.field("module", themes.Path, s)
	}
}

// lowering ties a node of a delegate to its TOSA operators, and a TOSA operator to the nodes it was made from.
func (p *inspection) lowering(n model.NodeID) {
	a := p.a
	if a.stage == pipeline.TOSA {
		if a.f.res.Edge == nil { // a file of its own
			return
		}
		from := a.f.res.Delegates[a.part].From.Of(n)
		p.names("made of", a.f.res.Edge.Graph, from, "")
		p.losses(a.part, from...)
		return
	}
	at := a.f.placeOf(a.stage, n)
	if levelOf(a.stage) != levelEdge || at.Kind != pipeline.Delegated {
		return
	}
	if g := a.f.graph(pipeline.TOSA, at.Index); g != nil {
		p.names("tosa", g, a.f.res.Delegates[at.Index].Into.Of(n), "none: folded into its neighbours")
		p.losses(at.Index, n)
	}
}

// losses is what the lowering of edge nodes loses without saying so.
func (p *inspection) losses(part int, nodes ...model.NodeID) {
	for _, x := range p.a.f.res.LossyAt(part, nodes...) {
		p.field("loses", themes.Warn, x.Text+"  "+x.Rule.ID)
	}
}

// names lists some nodes of a graph.
func (p *inspection) names(label string, g *model.Graph, nodes []model.NodeID, none string) {
	const most = 12
	var out []string
	for _, n := range nodes[:min(most, len(nodes))] {
		out = append(out, g.Node(n).Name)
	}
	if more := len(nodes) - len(out); more > 0 {
		out = append(out, fmt.Sprintf("and %d more", more))
	}
	if len(out) == 0 {
		out = append(out, none)
	}
	if out[0] != "" {
		p.field(label, themes.Plain, strings.Join(out, ", "))
	}
}

func (p *inspection) place(n model.NodeID) {
	a := p.a
	if a.stage == pipeline.TOSA {
		if a.opt.Result != nil {
			p.field("block", themes.Plain, fmt.Sprintf("%d of %d", a.part+1, len(a.f.res.Delegates)))
			return
		}
		p.field("runs", themes.Delegate(a.part), fmt.Sprintf("D%d on the NPU  S", a.part+1))
		return
	}
	if at := a.f.placeOf(a.stage, n); at.Kind != pipeline.Unplaced {
		_, role := placeText(at)
		p.field("runs", role, placeWords(at)+"  S")
	}
}

func rangeText(q quant.QSpec) string {
	return fmt.Sprintf("%s [%d, %d] %s", q.DType, q.Min, q.Max, q.Scheme)
}

// qdq is the parameters that a quantize or dequantize carries itself.
func (p *inspection) qdq(x *model.Node) {
	if !isQDQ(x.Target) {
		return
	}
	if s, z := x.Arg(1), x.Arg(2); s.Kind == model.ArgFloat {
		p.field("carries", themes.Number, fmt.Sprintf("s=%s z=%d", scaleText(s.Float), z.Int))
	}
}

// refusals is every reason for which a check refused the node. The first is the one that upstream reports.
func (p *inspection) refusals(n model.NodeID) {
	res := p.a.f.res
	if res.Part == nil || p.a.stage == pipeline.TOSA {
		return
	}
	any := false
	for _, e := range res.Follow(p.a.stage, n, pipeline.Partitioned) {
		for i, r := range res.Part.Reasons(e) {
			if !any {
				any = true
				p.heading("refused; upstream reports the one marked !")
			}
			glyph, role := "~", themes.Warn
			if r.First {
				glyph, role = "!", themes.Error
			}
			p.text(fmt.Sprintf("%s %d", glyph, i+1), role, r.Rule.ID+"  "+r.Text)
			p.rule(r.Rule)
		}
	}
	if any {
		p.blank()
	}
}

func (p *inspection) rule(r model.Rule) {
	if r.File == "" {
		return
	}
	for _, s := range wrap(r.File+": "+r.Symbol, p.w-6) {
		p.add(row.Span{Role: themes.Path, Text: "     " + s})
	}
}

// note is who annotated the node, or why nobody did.
func (p *inspection) note(n model.NodeID) {
	res := p.a.f.res
	if res.Ann == nil || p.a.stage == pipeline.Traced || p.a.stage == pipeline.TOSA {
		return
	}
	for _, m := range res.Follow(p.a.stage, n, pipeline.Annotated) {
		if int(m) >= len(res.Ann.Notes) || res.Ann.Graph.Node(m).Kind != model.Call {
			continue
		}
		note := res.Ann.Notes[m]
		if res.Ann.Done[m] {
			p.heading("annotated by")
			p.text(" ", themes.OK, strings.TrimSpace(note.Rule.ID+"  "+note.Text))
		} else {
			p.heading("not annotated")
			p.text("!", themes.Warn, strings.TrimSpace(note.Rule.ID+"  "+note.Text))
		}
		if note.Family != "" {
			p.field("family", themes.Plain, note.Family)
		}
		p.rule(note.Rule)
		p.blank()
	}
}

func (p *inspection) args(g *model.Graph, x *model.Node) {
	if x.Kind != model.Call {
		return
	}
	var out []string
	for _, v := range x.Args {
		out = append(out, argText(g, v))
	}
	for _, k := range x.Kwargs {
		out = append(out, k.Name+"="+argText(g, k.Arg))
	}
	p.field("args", themes.Plain, strings.Join(out, ", "))
}

func argText(g *model.Graph, v model.Arg) string {
	switch v.Kind {
	case model.ArgNode:
		return g.Node(v.Node).Name
	case model.ArgInt:
		return strconv.FormatInt(v.Int, 10)
	case model.ArgFloat:
		return strconv.FormatFloat(v.Float, 'g', -1, 64)
	case model.ArgBool:
		if v.Int != 0 {
			return "True"
		}
		return "False"
	case model.ArgStr:
		return strconv.Quote(v.Str)
	case model.ArgConst:
		return v.Str
	case model.ArgList:
		s := make([]string, len(v.List))
		for i, e := range v.List {
			s[i] = argText(g, e)
		}
		return "[" + strings.Join(s, ", ") + "]"
	}
	return "None"
}

// neighbours is the nodes that read this one; the inputs stand in the arguments.
func (p *inspection) neighbours(g *model.Graph, n model.NodeID) {
	if g.Node(n).Kind != model.Output {
		p.names("read by", g, g.Users(n), "nobody")
	}
}

// source is the lines of the user's program around the node, once they are there.
func (p *inspection) source(m *model.Meta) {
	if m == nil || m.Loc.IsZero() {
		return
	}
	p.blank()
	p.heading(row.Sanitize(m.Loc.File))
	if rows, ok := p.a.src.rows(m.Loc); ok {
		for _, r := range rows {
			p.add(r...)
		}
		return
	}
	if t := strings.TrimSpace(m.Loc.Text); t != "" {
		p.add(row.Span{Role: themes.Number, Text: cellRight(strconv.Itoa(m.Loc.Line), 5) + " "},
			row.Span{Role: themes.Code, Text: row.Sanitize(t)})
	}
}
