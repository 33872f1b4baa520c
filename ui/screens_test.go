package ui

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"seam/internal/pipeline"
	"seam/model"
)

// TestCommands: every key runs a command that has a name, every command is found by it, and none of a screen's names or keys
// occurs twice.
func TestCommands(t *testing.T) {
	a := newApp(t, 2, 80, 24)
	for s := range numScreens {
		names, keys := map[string]bool{}, map[string]string{}
		for _, b := range a.keys[s].list {
			if b.name == "" && (b.do != nil || len(b.keys) > 0) {
				t.Errorf("%s: %v has no name", screenNames[s], b.keys)
			}
			if b.name != "" && names[b.name] {
				t.Errorf("%s: two commands %s", screenNames[s], b.name)
			}
			names[b.name] = true
			for _, k := range b.keys {
				if keys[k] != "" {
					t.Errorf("%s: %s runs %s and %s", screenNames[s], k, keys[k], b.name)
				}
				keys[k] = b.name
			}
		}
		for _, h := range screenHints[s] {
			if !names[h.name] {
				t.Errorf("%s: the hint %s is no command", screenNames[s], h.name)
			}
		}
	}
}

// TestEveryCommandRuns runs each command of the main screen by name, with and without an argument.
func TestEveryCommandRuns(t *testing.T) {
	for _, b := range newApp(t, 1, 80, 24).keys[screenMain].list {
		if b.name == "" || b.name == "quit" {
			continue
		}
		a := newApp(t, 3, 100, 30)
		settle(a, a.runCommand(b.name))
		checkFrame(t, a, b.name)
		settle(a, a.runCommand(b.name+" x"))
		if b.args != nil {
			for _, v := range b.args()[:min(3, len(b.args()))] {
				settle(a, a.runCommand(b.name+" "+v))
				checkFrame(t, a, b.name+" "+v)
			}
		}
	}
}

// TestRemap: a person's keys replace a command's own and are taken from others; help and hints show them.
func TestRemap(t *testing.T) {
	a := newApp(t, 4, 120, 40)
	a.opt.Keys = map[string][]string{"why": {"j", "f1"}, "down": {"n"}}
	a.keys = a.keymaps(a.opt.Keys)
	at := a.current()
	press(a, "n")
	if a.current() == at {
		t.Error("n does not move down")
	}
	if s := screenText(a); !strings.Contains(s, "j why") {
		t.Errorf("the hints do not say j:\n%s", s)
	}
	press(a, "w")
	if a.screen != screenMain {
		t.Error("w still asks why")
	}
	press(a, "j")
	if a.screen != screenWhy {
		t.Error("j does not ask why")
	}
	if got := UnknownCommands(map[string][]string{"why": {"w"}, "frobnicate": {"x"}}); !slices.Equal(got, []string{"frobnicate"}) {
		t.Errorf("unknown commands: %v", got)
	}
}

func enterText(a *App, text string) {
	for _, r := range text {
		k := string(r)
		if k == " " {
			k = "space"
		}
		press(a, k)
	}
}

func TestCommandLine(t *testing.T) {
	a := newApp(t, 4, 100, 30)
	press(a, ":")
	enterText(a, "stage conv")
	press(a, "tab", "enter")
	if a.stage != pipeline.Converted {
		t.Errorf("stage %s", a.stage)
	}
	press(a, ":")
	enterText(a, "goto conv2d_3")
	press(a, "enter")
	if x := a.list.g.Node(a.current()); x.Name != "conv2d_3" {
		t.Errorf("at %s", x.Name)
	}
	press(a, ":")
	enterText(a, "shared.concat")
	press(a, "esc", ":")
	enterText(a, "set shared.concat:aten.concat.default=on")
	press(a, "enter")
	if a.cfg.Edits != "shared.concat:aten.concat.default=on" {
		t.Errorf("edits %q, says %q", a.cfg.Edits, a.notice.text)
	}
	press(a, "ctrl+p")
	enterText(a, "why")
	press(a, "enter")
	if a.screen != screenWhy {
		t.Errorf("the palette's why leads to screen %d", a.screen)
	}
	press(a, "esc", ":")
	enterText(a, "nonsense 3")
	press(a, "enter")
	if !a.notice.bad {
		t.Errorf("a command that is none: says %q", a.notice.text)
	}
}

// TestMarksAndLabels: a mark leads back from another stage, a label to its row.
func TestMarksAndLabels(t *testing.T) {
	a := newApp(t, 4, 100, 30)
	press(a, "m", "a")
	at, stage := a.current(), a.stage
	press(a, "g", "<", "<", "<", "'", "a")
	if a.current() != at || a.stage != stage {
		t.Errorf("'a: node %d of %s, want %d of %s", a.current(), a.stage, at, stage)
	}
	if s := screenText(a); !strings.Contains(s, "a!") {
		t.Error("the mark is not shown")
	}
	press(a, "f", "s")
	if y := a.graph.win.Y(); y != 1 {
		t.Errorf("label s: row %d", y)
	}
	a.Update(keyMsg("f"))
	press(a, "esc")
	if a.labels.on {
		t.Error("esc leaves the labels on")
	}
}

// TestFolding: folding and unfolding ends at the node where it began, at the same height of the screen.
func TestFolding(t *testing.T) {
	a := newApp(t, 10, 100, 30)
	for range 7 {
		press(a, "k")
	}
	at, y, rows := a.current(), a.graph.win.Y(), a.list.len()
	for _, keys := range [][]string{{"H", "L"}, {"H", "H", "L"}, {"h", "l"}, {"H", "l", "L"}, {"h", "h", "L"}} {
		for i, k := range keys {
			press(a, k)
			checkFrame(t, a, k)
			if i == 0 && a.list.len() >= rows {
				t.Errorf("%s folds nothing: %d rows, were %d", k, a.list.len(), rows)
			}
		}
		if a.current() != at || a.graph.win.Y() != y || a.list.len() != rows {
			t.Errorf("%v: node %d at height %d of %d rows, was %d at %d of %d", keys, a.current(), a.graph.win.Y(), a.list.len(), at, y, rows)
		}
	}
}

// TestFoldsKeepBoundaries: a folded list has every boundary, and a jump into a fold opens it.
func TestFoldsKeepBoundaries(t *testing.T) {
	a := newApp(t, 10, 100, 40)
	bounds := len(a.list.bounds)
	press(a, "H", "H")
	if len(a.list.bounds) != bounds {
		t.Errorf("%d boundaries, were %d", len(a.list.bounds), bounds)
	}
	n := a.list.g.ByName("aten_conv2d_default_3")
	a.jump(n)
	if a.current() != n {
		t.Errorf("jump: at %d, want %d", a.current(), n)
	}
	press(a, "H", "/")
	enterText(a, "conv2d_default_3")
	press(a, "enter")
	if len(a.search.hits) != 1 {
		t.Errorf("%d hits in a folded list", len(a.search.hits))
	}
}

func TestGroupScreen(t *testing.T) {
	a := newApp(t, 4, 120, 40)
	press(a, "g", "j", "j", "s")
	s := screenText(a)
	for _, want := range []string{"group S#", "won", "shares", "bits lost", "HistogramObserver", "covers [-1, 3] of [-1, 4]", "[──", "log of counts"} {
		if !strings.Contains(s, want) {
			t.Errorf("no %q:\n%s", want, s)
		}
	}
	id := a.group.id
	press(a, "n")
	if a.group.id == id {
		t.Error("n stays at the group")
	}
	press(a, "N", "enter")
	if a.screen != screenMain {
		t.Errorf("enter leads to screen %d", a.screen)
	}
}

func TestPicture(t *testing.T) {
	a := newApp(t, 4, 120, 40)
	press(a, "v")
	s := screenText(a)
	for _, want := range []string{"around aten_concat_default", "reads 2", ".0312 z -3 dq", ".0312 z -3 q", "read by 1", "aten_relu_default_4"} {
		if !strings.Contains(s, want) {
			t.Errorf("no %q:\n%s", want, s)
		}
	}
	at := a.near.node
	press(a, "h", "enter")
	if a.near.node == at {
		t.Error("enter does not walk")
	}
	press(a, "[")
	if a.near.node != at {
		t.Error("[ does not go back")
	}
}

func TestDiff(t *testing.T) {
	a := newApp(t, 4, 120, 40)
	press(a, "d")
	if s := screenText(a); !strings.Contains(s, "converted -> edge") {
		t.Errorf("d without a change does not compare stages:\n%s", s)
	}
	press(a, "esc", "t", "space", "d")
	s := screenText(a)
	for _, want := range []string{"before -> after", "D1, D2 were merged into D1", "+ shared.concat:aten.concat.default=on", "moved operators"} {
		if !strings.Contains(s, want) {
			t.Errorf("no %q:\n%s", want, s)
		}
	}
	press(a, "n", "n", "n", "j", "enter")
	if a.screen != screenMain {
		t.Errorf("enter on a moved operator: screen %d", a.screen)
	}
	press(a, "c", "j", "j", "j", "enter")
	if s := screenText(a); !strings.Contains(s, "now -> ") || a.f.res.Config != a.cfg {
		t.Errorf("compare:\n%s", s)
	}
}

// TestScenario: what is saved is the configuration on screen, and what is opened runs, and can be undone.
func TestScenario(t *testing.T) {
	a := newApp(t, 4, 80, 24)
	var saved pipeline.Config
	a.opt.Save = func(_ string, c pipeline.Config) error { saved = c; return nil }
	a.opt.Load = func(path string, _ pipeline.Config) (pipeline.Config, error) {
		if path != "x.yaml" {
			return pipeline.Config{}, errors.New("no such file")
		}
		return saved, nil
	}
	press(a, "t", "space", "s", "enter")
	if saved != a.cfg || saved.Edits == "" {
		t.Errorf("saved %v", saved)
	}
	press(a, "u", "o", "ctrl+u")
	enterText(a, "x.yaml")
	press(a, "enter")
	if a.f.res.Config != saved {
		t.Errorf("opened: edits %q", a.f.res.Config.Edits)
	}
	press(a, "u", ":")
	enterText(a, "scenario-load y.yaml")
	press(a, "enter")
	if !a.notice.bad || a.cfg.Edits != "" {
		t.Errorf("a file that is not there: %q", a.notice.text)
	}
}

// TestWatch: a changed file is shown in the same place, compared with what was there, and a broken one changes nothing.
func TestWatch(t *testing.T) {
	a := newApp(t, 4, 100, 30)
	name := a.list.g.Node(a.current()).Name
	old := a.f
	r := pipeline.New(nil, nil)
	a.Update(reloadMsg{err: errors.New("truncated")})
	if a.f != old || !a.notice.bad {
		t.Error("a broken file changes the screen")
	}
	run := fakeRun(t, 6)
	_, _ = a.Update(reloadMsg{runner: r})
	a.run = run
	settle(a, a.start(a.cfg))
	if a.f == old || a.base != old.res || !a.f.compared {
		t.Error("the changed file is not compared with what was there")
	}
	if got := a.list.g.Node(a.current()).Name; got != name {
		t.Errorf("at %s, was %s", got, name)
	}
	fresh := 0
	for n := range a.list.g.Len() {
		if a.f.isMoved(a.stage, model.NodeID(n)) {
			fresh++
		}
	}
	if fresh == 0 || !a.f.isMoved(a.stage, a.list.g.ByName("aten_relu_default_13")) {
		t.Errorf("%d nodes are marked as changed; the new ones are to be", fresh)
	}
}

// TestPanicOfStages: a panic in the goroutine of a run is an error on the screen, and the program goes on.
func TestPanicOfStages(t *testing.T) {
	a := newApp(t, 4, 100, 30)
	a.run = func(context.Context, pipeline.Config, func(pipeline.Progress, *pipeline.Result)) (*pipeline.Result, error) {
		panic("broken stage")
	}
	press(a, "R")
	if !a.notice.bad || !strings.Contains(a.notice.text, "broken stage") || a.job.running {
		t.Errorf("says %q", a.notice.text)
	}
}

func TestSmallest(t *testing.T) {
	a := newApp(t, 4, 100, 30)
	a.search4 = func(context.Context, *pipeline.Result, pipeline.Search) (pipeline.Found, error) {
		return pipeline.Found{Solutions: []pipeline.Solution{{Changes: []string{"shared.concat:aten.concat.default=on"}}}, Size: 1}, nil
	}
	press(a, "t", "m")
	if !strings.Contains(a.notice.text, "1 change: shared.concat:aten.concat.default=on") {
		t.Errorf("says %q", a.notice.text)
	}
	press(a, "space")
	if len(a.f.res.Part.Parts) != 1 {
		t.Error("the cursor is not on the change that was found")
	}
}
