package ui

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"seam/internal/pipeline"
	"seam/model"
	"seam/themes"
	"seam/ui/match"
	"seam/ui/row"
)

// searchState is the search in the graph pane. Every key starts it anew beside the screen; the cursor goes to the first hit
// at or behind where it began, and back there if the search is given up.
type searchState struct {
	app    *App
	typing bool
	text   string
	gen    int
	cancel context.CancelFunc
	list   *listing // what hits count in
	hits   []int32  // indices into its nodes, sorted
	origin int      // the item where the search began
	walk   int      // how far to walk once the answer is there
}

func (a *App) openSearch(int) tea.Cmd {
	if a.list == nil || a.list.g == nil {
		a.say("nothing to search yet")
		return nil
	}
	s := &a.search
	s.typing, s.text, s.origin = true, "", a.graph.win.Cursor
	s.hits, s.list = nil, nil
	a.setFocus(paneGraph)
	return nil
}

// hit says whether the node of that index is a hit.
func (s *searchState) hit(l *listing, index int) bool {
	if s.list != l || len(s.hits) == 0 {
		return false
	}
	_, ok := slices.BinarySearch(s.hits, int32(index))
	return ok
}

// typed takes a key while the query is being typed.
func (s *searchState) typed(k string) tea.Cmd {
	switch k {
	case "enter":
		s.typing = false
		if len(s.hits) > 0 {
			s.app.say("/%s: %s   n N walk", s.text, s.count())
		} else if s.text != "" {
			s.app.say("/%s: nothing found%s", s.text, s.app.hiddenText())
		}
		return nil
	case "esc", "ctrl+c":
		s.typing = false
		s.clear()
		s.app.graph.win.Goto(s.origin)
		return nil
	}
	text, ok := edit(s.text, k)
	if !ok {
		return nil
	}
	s.text = text
	return s.start()
}

// hiddenText reminds of the constants, which a search does not see while they are hidden.
func (a *App) hiddenText() string {
	if n := a.list.g.Len() - len(a.list.shown); n > 0 {
		return fmt.Sprintf("; %d constants are hidden, p lists them", n)
	}
	return ""
}

func (s *searchState) clear() {
	if s.cancel != nil {
		s.cancel()
		s.cancel = nil
	}
	s.gen++
	s.walk = 0
	s.hits, s.list = nil, nil
}

// edit is text after a key: a character, backspace, ctrl+w or ctrl+u.
func edit(text, k string) (string, bool) {
	switch k {
	case "backspace":
		if r := []rune(text); len(r) > 0 {
			return string(r[:len(r)-1]), true
		}
		return text, true
	case "ctrl+u":
		return "", true
	case "ctrl+w":
		return text[:strings.LastIndexByte(strings.TrimRight(text, " "), ' ')+1], true
	case "space":
		return text + " ", true
	}
	if r := []rune(k); len(r) == 1 && r[0] >= ' ' {
		return text + k, true
	}
	return text, false
}

func (s *searchState) start() tea.Cmd {
	s.clear()
	if strings.TrimSpace(s.text) == "" {
		return nil
	}
	ctx, cancel := context.WithCancel(s.app.ctx)
	s.cancel = cancel
	gen, text, list, f, part := s.gen, s.text, s.app.list, s.app.f, s.app.part
	return func() tea.Msg {
		hits, err := find(ctx, text, f, list, part)
		return foundMsg{gen, list, hits, err}
	}
}

// find searches the names, then the names as a narrow column has them, then the operators: where the former have nothing.
func find(ctx context.Context, text string, f *facts, l *listing, part int) (out []int32, err error) {
	for _, name := range []string{match.Name, "short", "op"} {
		if out, err = findIn(ctx, text, f, l, part, name); err != nil || len(out) > 0 {
			break
		}
	}
	return out, err
}

// findIn searches with name, a field, in the place of the names.
func findIn(ctx context.Context, text string, f *facts, l *listing, part int, name string) ([]int32, error) {
	get := func(i int, field string) string {
		if field == match.Name {
			field = name
		}
		return f.field(l, part, l.shown[i], field)
	}
	hits, err := match.New(len(l.shown), get).Search(ctx, match.Parse(text))
	out := make([]int32, len(hits))
	for i, h := range hits {
		out[i] = l.ord[l.shown[h.Index]]
	}
	return slices.Compact(out), err
}

// field is what a search sees of a node.
func (f *facts) field(l *listing, part int, n model.NodeID, field string) string {
	x := l.g.Node(n)
	switch field {
	case "short":
		return shortName(x.Name, 0)
	case "op":
		return opText(l.g, x)
	case "del":
		if l.key.stage == pipeline.TOSA {
			return "D" + strconv.Itoa(part+1)
		}
		t, _ := placeText(f.placeOf(l.key.stage, n))
		return t
	case "dtype":
		t, _ := x.Type.First()
		return t.DType.String()
	case "path":
		if x.Meta == nil {
			return ""
		}
		return x.Meta.Path() + " " + x.Meta.Loc.File
	case "rule":
		return f.ruleField(l.key.stage, n)
	case "spec", "scale":
		return f.specField(l.key.stage, n, x, field)
	}
	return x.Name
}

func (f *facts) ruleField(s pipeline.Stage, n model.NodeID) string {
	if s == pipeline.TOSA || !f.isRefused(s, n) {
		return ""
	}
	var out []string
	for _, e := range f.res.Follow(s, n, pipeline.Partitioned) {
		for _, r := range f.res.Part.Reasons(e) {
			out = append(out, r.Rule.ID, r.Text)
		}
	}
	return strings.Join(out, " ")
}

func (f *facts) specField(s pipeline.Stage, n model.NodeID, x *model.Node, field string) string {
	if isQDQ(x.Target) && field == "scale" {
		if v := x.Arg(1); v.Kind == model.ArgFloat {
			return strconv.FormatFloat(v.Float, 'g', -1, 64)
		}
		return ""
	}
	if s == pipeline.TOSA {
		return ""
	}
	p, ok := f.out(s, n)
	if !ok {
		return ""
	}
	if field == "spec" {
		t, _ := specText(p.Spec, p.Group)
		return t + " " + specWord(p.Spec.Kind)
	}
	if len(p.Params) == 0 {
		return ""
	}
	return strconv.FormatFloat(p.Params[0].Scale, 'g', -1, 64)
}

// found takes a search's answer.
func (a *App) found(m foundMsg) {
	s := &a.search
	if m.gen != s.gen || m.list != a.list || m.err != nil {
		return
	}
	s.list, s.hits = m.list, m.hits
	switch {
	case s.walk != 0:
		a.walk(s.walk)
		s.walk = 0
	case len(s.hits) == 0:
		a.graph.win.Goto(s.origin)
	case s.typing:
		from := int32(a.list.index(s.origin))
		i, _ := slices.BinarySearch(s.hits, from)
		a.goHit(i % len(s.hits))
	}
}

func (a *App) goHit(i int) {
	a.graph.win.Goto(a.list.item(a.list.nodes[a.search.hits[i]]))
	a.touched()
}

// nextHit walks d hits on, around the ends.
func (a *App) nextHit(d int) tea.Cmd {
	s := &a.search
	if s.text == "" {
		a.say("no search yet: / begins one")
		return nil
	}
	if s.list != a.list { // another stage or result since: search there first
		s.origin = a.graph.win.Cursor
		cmd := s.start()
		s.walk = d
		return cmd
	}
	a.walk(d)
	return nil
}

func (a *App) walk(d int) {
	s := &a.search
	if len(s.hits) == 0 {
		a.say("/%s: nothing found", s.text)
		return
	}
	at := int32(a.list.index(a.graph.win.Cursor))
	i, exact := slices.BinarySearch(s.hits, at)
	if d > 0 && !exact {
		i--
	}
	a.goHit(((i+d)%len(s.hits) + len(s.hits)) % len(s.hits))
	a.say("/%s: %s", s.text, s.count())
}

// count is "3 of 12".
func (s *searchState) count() string {
	at := int32(s.app.list.index(s.app.graph.win.Cursor))
	if i, ok := slices.BinarySearch(s.hits, at); ok {
		return fmt.Sprintf("%d of %d", i+1, len(s.hits))
	}
	return strconv.Itoa(len(s.hits)) + " found"
}

func (s *searchState) row() row.Row {
	r := row.Row{{Role: themes.Key, Text: " /"}, {Role: themes.Match, Text: row.Sanitize(s.text)}, {Role: themes.Cursor, Text: " "}}
	if s.text == "" {
		return append(r, row.Span{Role: themes.Dim, Text: "  name, or " + strings.Join(match.Fields(), ": ") + ">   ~fuzzy  !not"})
	}
	if len(s.hits) == 0 {
		return append(r, row.Span{Role: themes.Dim, Text: "  nothing found" + s.app.hiddenText()})
	}
	return append(r, row.Span{Role: themes.Dim, Text: "  " + s.count() + "   enter keeps, esc goes back"})
}
