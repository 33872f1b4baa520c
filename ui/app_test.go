package ui

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"seam/internal/pipeline"
	"seam/model"
	"seam/themes"
	"seam/ui/row"
)

func checkFrame(t *testing.T, a *App, when string) {
	t.Helper()
	rows := a.draw().rows()
	if len(rows) != a.h {
		t.Fatalf("%s: %d rows on a screen of %d", when, len(rows), a.h)
	}
	for y, r := range rows {
		if r.Width() != a.w {
			text, _ := row.Planes(rows[y : y+1])
			t.Fatalf("%s: row %d has %d cells, want %d: %q", when, y, r.Width(), a.w, text)
		}
	}
}

// TestResizeStorm goes through all sizes on every screen.
func TestResizeStorm(t *testing.T) {
	for _, keys := range [][]string{nil, {"2"}, {"w"}, {"t"}, {"?"}, {"e"}, {"/", "c"}, {"o"}, {"+"}, {"s"}, {"v"}, {"d"}, {"c"}, {":"}, {"H"}, {"f"}} {
		a := newApp(t, 3, 80, 24)
		press(a, keys...)
		at := a.current()
		for w := 1; w < 210; w += 13 {
			for h := 1; h < 66; h += 9 {
				a.Update(tea.WindowSizeMsg{Width: w, Height: h})
				checkFrame(t, a, strings.Join(keys, " "))
			}
		}
		if a.current() != at {
			t.Errorf("%v: node %d after the storm, was %d", keys, a.current(), at)
		}
	}
}

func TestNothingBeforeSize(t *testing.T) {
	a := New(Options{Config: testConfig()})
	if v := a.View(); v.Content != "" || !v.AltScreen {
		t.Errorf("before a size: content %q, alternate screen %v", v.Content, v.AltScreen)
	}
	a.Update(tea.WindowSizeMsg{Width: 80, Height: 24})
	if !strings.Contains(screenText(a), "u55-128") {
		t.Error("no header before the first result")
	}
}

// TestASCII: no byte over 127 in any frame.
func TestASCII(t *testing.T) {
	a := newApp(t, 4, 120, 40)
	a.opt.ASCII, a.opt.Title = true, "módel.pt2"
	theme, _ := themes.Builtin("mono")
	a.theme = theme
	for _, keys := range [][]string{nil, {"<"}, {"w"}, {"esc", "t", "space"}, {"esc", "?"}, {"esc", "e"}, {"esc", "/", "r", "é"}, {"esc", "s"}, {"esc", "v"}, {"esc", "d"}, {"esc", "c"}, {"esc", "ctrl+p"}, {"esc", "H"}} {
		press(a, keys...)
		checkFrame(t, a, "ascii")
		for i, c := range []byte(a.View().Content) {
			if c >= 0x80 {
				t.Fatalf("after %v: byte %d is %#x", keys, i, c)
			}
		}
	}
}

// TestGlyphs: what matters is said by glyphs and words, without colour.
func TestGlyphs(t *testing.T) {
	text := screenText(newApp(t, 4, 120, 40))
	for _, want := range []string{
		"[PARTITIONED]", "!:●", "S#", "D1", "D2", "H1", "B1", "synthetic data", "shapes as captured (s0)",
		"upstream reports the one marked !", "! 1 P-ARM-QUANTIZED", "~ 2 P-U55-DTYPE", "networks.py:33", "fusion (Block)", "2 delegates", "w why refused",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("first screen lacks %q\n%s", want, text)
		}
	}
}

// TestFirstSixKeys: from a cold start to the cause, the toggle and the export in six keys each.
func TestFirstSixKeys(t *testing.T) {
	var wrote string
	a := newApp(t, 4, 80, 24)
	a.opt.Export = func(kind string, _ *pipeline.Result, path string) error { wrote = kind + " " + path; return nil }
	press(a, "w")
	if s := screenText(a); !strings.Contains(s, "aten.concat.default") || !strings.Contains(s, "Q-SHARED-CONCAT") {
		t.Errorf("w does not show the cause:\n%s", s)
	}
	press(a, "esc", "t", "space")
	if got := a.cfg.Edits; got != "shared.concat:aten.concat.default=on" {
		t.Errorf("t, space: edits %q", got)
	}
	if n := len(a.f.res.Part.Parts); n != 1 {
		t.Errorf("%d delegates with the alias on", n)
	}
	if x := a.list.g.Node(a.current()); x.Target != opCat {
		t.Errorf("the toggle moved the cursor to %s", x.Name)
	}
	press(a, "e", "enter")
	if wrote != "json detector.snap.json" {
		t.Errorf("e, enter wrote %q", wrote)
	}
}

func TestTryFix(t *testing.T) {
	a := newApp(t, 4, 80, 24)
	press(a, "w", "a")
	if a.screen != screenToggles || len(a.f.res.Part.Parts) != 1 {
		t.Errorf("fix a: screen %d, %d delegates", a.screen, len(a.f.res.Part.Parts))
	}
	press(a, "u")
	if len(a.f.res.Part.Parts) != 2 || a.cfg.Edits != "" {
		t.Errorf("undo: %d delegates, edits %q", len(a.f.res.Part.Parts), a.cfg.Edits)
	}
	press(a, "ctrl+r", "enter")
	if a.base != a.f.res || a.cfg.Edits == "" {
		t.Error("redo and keep: the result on screen is not what is compared with")
	}
	if press(a, "esc"); a.screen != screenWhy {
		t.Errorf("esc leads to screen %d", a.screen)
	}
}

// TestCursorOverStages: the same node is found again in each stage, there and back.
func TestCursorOverStages(t *testing.T) {
	a := newApp(t, 4, 100, 30)
	press(a, "1", "1", "6", "G") // node 116: past the end, so the last
	press(a, "k", "k", "k")
	name := a.list.g.Node(a.current()).Name
	loc := a.list.g.Node(a.current()).Meta
	for range 5 {
		press(a, "<")
		if got := a.list.g.Node(a.current()).Meta; got != loc {
			t.Errorf("%s: at %s", a.stage, a.list.g.Node(a.current()).Name)
		}
	}
	if a.stage != pipeline.Traced {
		t.Errorf("five stages back: %s", a.stage)
	}
	press(a, ">", ">", ">", ">", ">", ">")
	if a.stage != pipeline.TOSA || a.part != 1 {
		t.Errorf("stage %s of delegate %d", a.stage, a.part)
	}
	press(a, "<")
	if got := a.list.g.Node(a.current()).Name; got != name {
		t.Errorf("back at %s, was %s", got, name)
	}
}

// TestCursorOverResults: a toggle keeps the cursor on its node, though its number changes.
func TestCursorOverResults(t *testing.T) {
	a := newApp(t, 4, 100, 30)
	press(a, "G", "k", "k")
	name := a.list.g.Node(a.current()).Name
	n := a.current()
	press(a, "t")
	a.tog.findOp(opCat)
	press(a, "space", "esc")
	if got := a.list.g.Node(a.current()).Name; got != name || a.current() == n {
		t.Errorf("at %s (%d), was %s (%d)", got, a.current(), name, n)
	}
}

func TestMotions(t *testing.T) {
	a := newApp(t, 10, 100, 30)
	for _, c := range []struct {
		keys string
		want model.NodeID
	}{{"g", 1}, {"6 j", 7}, {"0 5 j", 12}, {"k", 11}, {"4 0 G", 40}, {"g G", a.list.nodes[len(a.list.nodes)-1]}, {"2 0 G", 20}, {"i", 19}, {"[", 20}, {"]", 19}, {"o", 20}} {
		press(a, strings.Fields(c.keys)...)
		if got := a.current(); got != c.want {
			t.Errorf("%s: node %d, want %d", c.keys, got, c.want)
		}
	}
	press(a, "g", "b")
	if b := a.currentBoundary(); b != 0 {
		t.Errorf("b: boundary %d", b)
	}
	press(a, "b")
	if b := a.currentBoundary(); b != 1 {
		t.Errorf("b b: boundary %d", b)
	}
	press(a, "B", "B")
	if b := a.currentBoundary(); b != 1 {
		t.Errorf("B B wraps to boundary %d", b)
	}
	press(a, "3", "j")
	if a.focus != panePieces || a.pieces.win.Cursor != 1 {
		t.Errorf("3 j: pane %d row %d", a.focus, a.pieces.win.Cursor)
	}
}

func TestSearch(t *testing.T) {
	a := newApp(t, 6, 100, 30)
	press(a, "g", "/", "c", "o", "n", "c", "a", "t", "enter")
	if x := a.list.g.Node(a.current()); x.Target != opCat {
		t.Errorf("/concat: at %s", x.Name)
	}
	press(a, "/")
	for _, k := range strings.Split("op:conv2d del:D2", "") {
		if k == " " {
			k = "space"
		}
		press(a, k)
	}
	press(a, "enter")
	if n := len(a.search.hits); n != 6 {
		t.Errorf("%d convolutions in D2, want 6", n)
	}
	first := a.current()
	press(a, "n", "n", "N", "N")
	if a.current() != first {
		t.Errorf("n n N N: at %d, was %d", a.current(), first)
	}
	press(a, "<", "n")
	if x := a.list.g.Node(a.current()); !strings.Contains(x.Target, "conv2d") {
		t.Errorf("n in another stage: at %s", x.Target)
	}
	at := a.current()
	press(a, "/", "z", "z", "esc")
	if a.current() != at {
		t.Error("esc does not go back to where the search began")
	}
}

// TestGenerations: events of a run that another has replaced are dropped, and its goroutine is not left waiting.
func TestGenerations(t *testing.T) {
	a := newApp(t, 3, 80, 24)
	before := a.f
	old := runEvent{gen: a.job.gen, f: newFacts(newFixture(t, 2, testConfig()), nil), last: true}
	cmd := a.start(a.cfg)
	a.Update(old)
	if a.f != before {
		t.Fatal("an old result came on screen")
	}
	ch := make(chan runEvent, 1)
	if _, next := a.Update(runEvent{gen: old.gen, ch: ch}); next == nil {
		t.Error("an old run is not read on")
	}
	if !a.job.running {
		t.Error("an old event ended the new run")
	}
	settle(a, cmd)
	if a.f == before || a.job.running {
		t.Error("the new result did not come")
	}
}

// TestCancel: a second toggle cancels the first run; esc cancels, and the configuration goes back to what is on screen.
func TestCancel(t *testing.T) {
	a := newApp(t, 3, 80, 24)
	began := make(chan context.Context, 4)
	a.run = func(ctx context.Context, _ pipeline.Config, _ func(pipeline.Progress, *pipeline.Result)) (*pipeline.Result, error) {
		began <- ctx
		<-ctx.Done()
		return nil, ctx.Err()
	}
	press2 := func(k string) (tea.Cmd, context.Context) {
		_, cmd := a.Update(keyMsg(k))
		go cmd()
		return cmd, <-began
	}
	a.Update(keyMsg("t"))
	gen := a.job.gen
	_, first := press2("space")
	if a.job.gen <= gen || !a.job.running {
		t.Fatal("a toggle starts no new generation")
	}
	a.Update(dimMsg{a.job.gen})
	if !a.job.dim {
		t.Error("the old result is not dimmed")
	}
	a.Update(keyMsg("j"))
	_, second := press2("space")
	if first.Err() == nil {
		t.Error("a second toggle does not cancel the run before it")
	}
	if !strings.Contains(screenText(a), "esc cancels") {
		t.Errorf("no word on cancelling:\n%s", screenText(a))
	}
	shown := a.f
	a.Update(keyMsg("esc"))
	if second.Err() == nil || a.job.running || a.f != shown || a.cfg != shown.res.Config {
		t.Error("esc does not cancel the run and keep what is on screen")
	}
}

func TestFailures(t *testing.T) {
	a := newApp(t, 3, 80, 24)
	a.run = func(context.Context, pipeline.Config, func(pipeline.Progress, *pipeline.Result)) (*pipeline.Result, error) {
		return nil, errors.New("read weights: broken")
	}
	press(a, "t", "space")
	if s := screenText(a); !strings.Contains(s, "read weights: broken") {
		t.Errorf("the error is not said:\n%s", s)
	}
	a.run = func(_ context.Context, cfg pipeline.Config, _ func(pipeline.Progress, *pipeline.Result)) (*pipeline.Result, error) {
		r := *newFixture(t, 3, cfg)
		r.Edge, r.Part, r.Layout, r.Delegates = nil, nil, nil, nil
		r.Failed = &model.MissingError{NotModelled: model.NotModelled{Stage: "reexport", Operator: "aten.foo.default"}}
		r.Missing = []model.NotModelled{{Stage: "reexport", Operator: "aten.foo.default", Nodes: []string{"foo", "foo_1"}}}
		return &r, nil
	}
	press(a, "esc", "R")
	for _, k := range []string{"", "w", "b", "x", "t", "esc", ">", "3"} {
		if k != "" {
			press(a, k)
		}
		checkFrame(t, a, "stopped early, "+k)
	}
	a.notice = notice{}
	if s := screenText(a); !strings.Contains(s, "aten.foo.default x2 (reexport)") {
		t.Errorf("what is not modelled is not listed:\n%s", s)
	}
}

// TestMerger: a flood of wheel turns becomes one message a frame, and motion none.
func TestMerger(t *testing.T) {
	now := time.Unix(0, 0)
	m := newMerger(func() time.Time { return now })
	sum, sent := 0, 0
	for range 100 {
		now = now.Add(time.Millisecond)
		if w, ok := m.filter(nil, tea.MouseWheelMsg{Button: tea.MouseWheelDown}).(wheelMsg); ok {
			sum, sent = sum+w.dy, sent+1
		}
		if m.filter(nil, tea.MouseMotionMsg{}) != nil {
			t.Fatal("motion comes through")
		}
	}
	if sent > 8 || sum < 250 || sum > 100*wheelLines {
		t.Errorf("%d messages with %d lines", sent, sum)
	}
	if m.filter(nil, keyMsg("j")) == nil {
		t.Error("a key does not come through")
	}
}

func TestMouse(t *testing.T) {
	a := newApp(t, 4, 120, 40)
	click := func(x, y int) {
		_, cmd := a.Update(tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft})
		settle(a, cmd)
	}
	click(10, 5)
	if a.graph.win.Y() != 2 {
		t.Errorf("click on the third row: cursor at %d", a.graph.win.Y())
	}
	click(a.stageCells()[pipeline.Annotated].x, 1)
	if a.stage != pipeline.Annotated {
		t.Errorf("click on a stage: %s", a.stage)
	}
	r := a.lay.panes[paneFinds]
	click(r.x+3, r.y+1)
	if a.focus != paneFinds || a.list.g.Node(a.current()).Target != opCat {
		t.Errorf("click on a finding: pane %d, node %s", a.focus, a.list.g.Node(a.current()).Name)
	}
	at := a.graph.win.Cursor
	a.Update(wheelMsg{5, 6, 3})
	if a.graph.win.Cursor != at+3 {
		t.Errorf("wheel: from %d to %d", at, a.graph.win.Cursor)
	}
}

func TestYank(t *testing.T) {
	a := newApp(t, 4, 120, 40)
	for k, want := range map[string]string{"n": "aten_concat_default", "o": opCat, "p": "fusion", "s": "nets/networks.py:33"} {
		if got := a.yankText(k, a.current()); got != want {
			t.Errorf("y%s: %q, want %q", k, got, want)
		}
	}
	for _, k := range []string{"t", "m", "j"} {
		if got := a.yankText(k, a.current()); !strings.Contains(got, "P-ARM-QUANTIZED") {
			t.Errorf("y%s: %q", k, got)
		}
	}
	if got := a.yankText("j", a.current()); !json.Valid([]byte(got)) {
		t.Errorf("yj: %q", got)
	}
}

// TestHelpFits: no line of help is cut at 80 columns.
func TestHelpFits(t *testing.T) {
	for _, k := range []string{"", "w", "t"} {
		a := newApp(t, 2, 80, 24)
		if k != "" {
			press(a, k)
		}
		press(a, "?")
		for _, l := range a.help.list {
			if w := l.Row.Width(); w > 80 {
				text, _ := row.Planes([]row.Row{l.Row})
				t.Errorf("%d cells: %s", w, text)
			}
		}
	}
}

// TestSearchShortName finds a node of the edge graph by the name that a narrow column has.
func TestSearchShortName(t *testing.T) {
	a := newApp(t, 6, 100, 30)
	if a.stage != pipeline.Partitioned {
		t.Fatalf("opens at %s", a.stage)
	}
	l := a.list
	for _, n := range l.shown {
		name := l.g.Node(n).Name
		short := shortName(name, 0)
		if strings.Contains(name, short) || strings.HasPrefix(name, "quantized") {
			continue // the name itself has it
		}
		hits, err := find(t.Context(), short, a.f, l, 0)
		if err != nil || !slices.Contains(hits, l.ord[n]) {
			t.Errorf("/%s: hits %v, error %v; want row %d, %s", short, hits, err, l.ord[n], name)
		}
		return
	}
	t.Error("no name is shortened")
}

// TestFixHint offers the key of the first fix only where there is one.
func TestFixHint(t *testing.T) {
	a := newApp(t, 3, 100, 30)
	a.screen, a.why.ex = screenWhy, model.Explanation{}
	h := hint{"try-a", "try the first fix"}
	if s := a.hintText(h); s != "" {
		t.Errorf("without fixes: %q", s)
	}
	a.why.ex.Fixes = []model.Fix{{Edit: "pack=1.5.1"}}
	if s := a.hintText(h); s != "a:try the first fix" {
		t.Errorf("with a fix: %q", s)
	}
}
