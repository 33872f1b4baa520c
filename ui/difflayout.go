package ui

import (
	"context"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"seam/ethosu"
	"seam/internal/pipeline"
	"seam/model"
	"seam/quant"
	"seam/themes"
	"seam/ui/row"
)

// diffLayout collects the rows of a diff.
type diffLayout struct {
	w    int
	rows []diffRow
}

func (l *diffLayout) add(name string, r ...row.Span) {
	l.rows = append(l.rows, diffRow{r, name, false})
}

func (l *diffLayout) section(format string, args ...any) {
	if len(l.rows) > 0 {
		l.add("")
	}
	l.rows = append(l.rows, diffRow{row.Row{{Role: themes.Title, Text: " " + fmt.Sprintf(format, args...)}}, "", true})
}

// config is the options that differ.
func (l *diffLayout) config(a, b pipeline.Config) {
	l.section("configuration")
	n := len(l.rows)
	for _, o := range [...][3]string{
		{"pack", a.Release, b.Release},
		{"annotator", a.Annotator.String(), b.Annotator.String()},
		{"target", a.Target, b.Target},
		{"static", fmt.Sprint(a.Static), fmt.Sprint(b.Static)},
		{"shapes", a.Shapes, b.Shapes},
		{"per-module", a.Overrides, b.Overrides},
		{"arguments", fmt.Sprint(a.Args), fmt.Sprint(b.Args)},
	} {
		if o[1] != o[2] {
			l.add("", row.Span{Role: themes.Plain, Text: " ~ " + cell(o[0], 12)}, row.Span{Role: themes.Changed, Text: orDash(o[1]) + " -> " + orDash(o[2])})
		}
	}
	was, is := a.WhatIf(), b.WhatIf()
	for _, c := range was {
		if !slices.Contains(is, c) {
			l.add("", row.Span{Role: themes.Changed, Text: " - " + c})
		}
	}
	for _, c := range is {
		if !slices.Contains(was, c) {
			l.add("", row.Span{Role: themes.Changed, Text: " + " + c})
		}
	}
	if len(l.rows) == n {
		l.add("", row.Span{Role: themes.Dim, Text: " the same"})
	}
}

// table is the figures before and after.
func (l *diffLayout) table(x pipeline.Effect, r *pipeline.Result) {
	l.section("figures")
	e := &effectTable{w: l.w}
	e.figures(x, r)
	for _, r := range e.rows {
		l.add("", r.Row...)
	}
}

func (l *diffLayout) delegates(list []delegateChange) {
	l.section("delegates")
	for _, d := range list {
		l.add("", row.Span{Role: d.role, Text: " " + d.text})
	}
	if len(list) == 0 {
		l.add("", row.Span{Role: themes.Dim, Text: " none merged, none split"})
	}
}

func (l *diffLayout) moved(x pipeline.Effect) {
	l.section("moved operators %d", len(x.Moved))
	e := &effectTable{w: l.w}
	for _, m := range x.Moved {
		l.add(m.Name, e.move(m)...)
	}
}

func (l *diffLayout) scales(x pipeline.Effect) {
	l.section("changed scales %d", len(x.Scales))
	e := &effectTable{w: l.w}
	for _, s := range x.Scales {
		name, _, _ := strings.Cut(s.Place, "->")
		l.add(name, e.scale(s)...)
	}
}

// diffStages shows what the stage on screen did to the graph of the stage before it.
func (a *App) diffStages() tea.Cmd {
	to := a.stage
	for to > pipeline.Traced && to != pipeline.TOSA && levelOf(to) == levelOf(to-1) {
		to--
	}
	if to == pipeline.Traced {
		a.say("%s is the first stage: > goes on", to)
		return nil
	}
	from := to - 1
	if to == pipeline.TOSA {
		from = pipeline.Partitioned
	}
	g, h := a.f.graph(from, a.part), a.f.graph(to, a.part)
	if g == nil || h == nil {
		a.say("there is nothing to compare in %s and %s", from, to)
		return nil
	}
	f, part := a.f, a.part
	return a.startDiff(fmt.Sprintf("%s -> %s", from, to), func(context.Context) (func(int) []diffRow, error) {
		d := newStageDiff(f, from, to, part)
		return func(w int) []diffRow {
			l := &diffLayout{w: w}
			l.stages(d)
			return l.rows
		}, nil
	})
}

// stageDiff is the nodes of two stages, matched.
type stageDiff struct {
	from, to           *model.Graph
	added, gone        []model.NodeID
	changed            [][2]model.NodeID // other operator
	types              [][2]model.NodeID // other shape or element type
	same, fused, split int
}

// newStageDiff matches the nodes of a stage with those of the stage before: one to one, several to one (fused), one to
// several (split), or without a counterpart. Constants are left out.
func newStageDiff(f *facts, from, to pipeline.Stage, part int) *stageDiff {
	d := &stageDiff{from: f.graph(from, part), to: f.graph(to, part)}
	back := func(n model.NodeID) []model.NodeID {
		if to == pipeline.TOSA {
			return f.res.Delegates[part].From.Of(n)
		}
		return f.res.Follow(to, n, from)
	}
	const0, const1 := constants(d.from), constants(d.to)
	met := make([]int, d.from.Len())
	for i := range d.to.Len() {
		n := model.NodeID(i)
		x := d.to.Node(n)
		src := back(n)
		for _, s := range src {
			met[s]++
		}
		switch {
		case x.Kind != model.Call || const1[i]:
		case len(src) == 0 || isQDQ(x.Target) && !isQDQ(d.from.Node(src[0]).Target):
			d.added = append(d.added, n)
		default:
			d.match(src, n)
		}
	}
	for i, k := range met {
		n := model.NodeID(i)
		switch x := d.from.Node(n); {
		case x.Kind != model.Call || const0[i] || to == pipeline.TOSA && f.placeOf(from, n) != (pipeline.Placement{Kind: pipeline.Delegated, Index: part}):
		case k == 0:
			d.gone = append(d.gone, n)
		case k > 1:
			d.split++
		}
	}
	return d
}

// match compares a node with its counterpart: that of its own name, else the last of them.
func (d *stageDiff) match(src []model.NodeID, n model.NodeID) {
	x := d.to.Node(n)
	s := src[len(src)-1]
	for _, c := range src {
		if d.from.Node(c).Name == x.Name {
			s = c
		}
	}
	if len(src) > 1 {
		d.fused++
	}
	y := d.from.Node(s)
	pair := [2]model.NodeID{s, n}
	switch {
	case model.PacketName(x.Target) != model.PacketName(y.Target):
		d.changed = append(d.changed, pair)
	case !x.Type.Equal(y.Type):
		d.types = append(d.types, pair)
	default:
		d.same++
	}
}

func (l *diffLayout) stages(d *stageDiff) {
	l.section("nodes %d -> %d", d.from.Len(), d.to.Len())
	l.add("", row.Span{Role: themes.Plain, Text: fmt.Sprintf(" %d the same, %d with another operator, %d with another type; %d made of several, %d became several",
		d.same, len(d.changed), len(d.types), d.fused, d.split)})
	l.nodes("+ new", d.to, d.added, themes.Good)
	l.nodes("- gone", d.from, d.gone, themes.Bad)
	l.pairs("~ another operator", d, d.changed, func(g *model.Graph, x *model.Node) string { return opText(g, x) })
	l.pairs("~ another type", d, d.types, func(g *model.Graph, x *model.Node) string { return shortType(x.Type, g.SymbolTexts()) })
}

// nodes is a section of nodes, by operator first.
func (l *diffLayout) nodes(title string, g *model.Graph, list []model.NodeID, role themes.Role) {
	if len(list) == 0 {
		return
	}
	l.section("%s %d", title, len(list))
	at := map[string]int{}
	for _, n := range list {
		at[opText(g, g.Node(n))]++
	}
	l.add("", row.Span{Role: themes.Dim, Text: "   " + strings.Join(timesOf(at), ", ")})
	for _, n := range list {
		x := g.Node(n)
		l.add(x.Name, row.Span{Role: role, Text: " " + title[:1] + " "}, row.Span{Role: themes.Plain, Text: nameCell(row.Sanitize(x.Name), 40) + " "},
			row.Span{Role: opRole(x), Text: row.Sanitize(opShort(g, x, l.w))})
	}
}

// timesOf is "relu x3, cat", by name.
func timesOf(at map[string]int) []string {
	var out []string
	for op, k := range at {
		out = append(out, times(strings.TrimPrefix(op, "quantized_decomposed."), k))
	}
	slices.Sort(out)
	return out
}

func (l *diffLayout) pairs(title string, d *stageDiff, list [][2]model.NodeID, text func(*model.Graph, *model.Node) string) {
	if len(list) == 0 {
		return
	}
	l.section("%s %d", title, len(list))
	name := min(40, l.w/3)
	for _, p := range list {
		x, y := d.from.Node(p[0]), d.to.Node(p[1])
		l.add(y.Name, row.Span{Role: themes.Changed, Text: " ~ "}, row.Span{Role: themes.Plain, Text: nameCell(row.Sanitize(y.Name), name) + " "},
			row.Span{Role: themes.Dim, Text: row.Sanitize(text(d.from, x)) + " -> "}, row.Span{Role: themes.Op, Text: row.Sanitize(text(d.to, y))})
	}
}

// changesOf is every value of the options that two targets, packs or annotators differ in.
func (a *App) changesOf() []string {
	var out []string
	for _, r := range pipeline.Packs() {
		out = append(out, "pack="+r)
	}
	for _, t := range ethosu.KnownTargets() {
		out = append(out, "target="+t)
	}
	for _, n := range []quant.Annotator{quant.Composable, quant.Legacy} {
		out = append(out, "annotator="+n.String())
	}
	return out
}

// compareMenu is the menu of what to compare with.
type compareMenu struct {
	list []compareChoice
	at   int
}

func (a *App) openCompare(int) tea.Cmd {
	if a.f == nil || a.f.partial || a.job.running {
		a.say("still running: compare when the result is there")
		return nil
	}
	m := &a.versus
	m.at, m.list = 0, nil
	if a.base != nil && a.base != a.f.res {
		m.list = append(m.list, compareChoice{"before     the result that was kept", "base"})
	}
	m.list = append(m.list, compareChoice{"stage      the stage before this one", "stage"})
	m.list = append(m.list, a.compareChoices()...)
	a.drawer = drawerCompare
	return nil
}

func (a *App) compareKey(k string) tea.Cmd {
	m := &a.versus
	switch k {
	case "j", "down":
		m.at = min(m.at+1, len(m.list)-1)
	case "k", "up":
		m.at = max(m.at-1, 0)
	case "esc", "q", "c":
		a.drawer = drawerNone
	case "enter":
		a.drawer = drawerNone
		return a.against(m.list[m.at].change)
	}
	return nil
}

func (a *App) compareRows(w int) []line {
	m := &a.versus
	const most = 12
	out := []line{{ruled(" compare what is on screen with ", "j k   enter runs it   esc ", w), false}}
	from := max(0, min(m.at-most/2, len(m.list)-most))
	for i := from; i < min(len(m.list), from+most); i++ {
		out = append(out, line{row.Row{{Role: themes.Plain, Text: "   " + m.list[i].label}}, i == m.at})
	}
	return out
}
