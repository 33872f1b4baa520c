package ui

import (
	"context"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"seam/internal/pipeline"
	"seam/model"
	"seam/themes"
	"seam/ui/row"
	"seam/ui/rows"
)

// diffScreen is what differs between two results, or between two stages of one.
type diffScreen struct {
	win    rows.Window
	title  string
	busy   bool
	gen    int
	cancel context.CancelFunc
	make   func(w int) []diffRow
	w      int
	rows   []diffRow
}

// diffRow is a row, the node that it is about by name, and whether a section begins with it.
type diffRow struct {
	row.Row
	name    string
	section bool
}

// comparedMsg is a comparison: what makes its rows for a width.
type comparedMsg struct {
	gen  int
	make func(w int) []diffRow
	err  error
}

// openDiff shows what changed since the result that was kept; where nothing did, what the stage on screen did.
func (a *App) openDiff(int) tea.Cmd {
	switch {
	case a.f == nil || a.f.partial:
		a.say("still running: diff when the result is there")
		return nil
	case a.base != nil && a.base != a.f.res:
		return a.against("base")
	}
	return a.against("stage")
}

// againstNames is what a diff may be against.
func (a *App) againstNames() []string {
	out := []string{"base", "stage"}
	for _, c := range a.compareChoices() {
		out = append(out, c.change)
	}
	return out
}

// against shows the diff with the kept result, with the stage before, or with the result of a change that is run beside the
// one on screen.
func (a *App) against(what string) tea.Cmd {
	if a.f == nil {
		return nil
	}
	switch what {
	case "base":
		if a.base == nil || a.base == a.f.res {
			a.say("nothing changed since the result that is compared with")
			return nil
		}
		before, after := a.base, a.f.res
		return a.startDiff("before -> after", func(context.Context) (func(int) []diffRow, error) { return resultRows(before, after), nil })
	case "stage":
		return a.diffStages()
	}
	cfg, err := a.f.res.Config.With(what)
	switch {
	case err != nil:
		a.warn("%v", err)
	case cfg == a.f.res.Config:
		a.say("%s is what is on screen", what)
	default:
		return a.runCompare(what, cfg)
	}
	return nil
}

// runCompare runs another configuration and leaves the result on screen as it is.
func (a *App) runCompare(what string, cfg pipeline.Config) tea.Cmd {
	if a.run == nil {
		return nil
	}
	run, before := a.run, a.f.res
	return a.startDiff("now -> "+what, func(ctx context.Context) (func(int) []diffRow, error) {
		after, err := run(ctx, cfg, func(pipeline.Progress, *pipeline.Result) {})
		if err != nil {
			return nil, err
		}
		return resultRows(before, after), nil
	})
}

// startDiff shows the diff screen and compares beside it.
func (a *App) startDiff(title string, compare func(context.Context) (func(int) []diffRow, error)) tea.Cmd {
	d := &a.diff
	d.stop()
	ctx, cancel := context.WithCancel(a.ctx)
	d.gen++
	d.busy, d.cancel, d.title = true, cancel, title
	d.make, d.rows = nil, nil
	d.win.SetLen(0)
	if a.screen != screenDiff {
		a.diffBack, a.screen = a.screen, screenDiff
	}
	gen := d.gen
	return func() tea.Msg {
		rows, err := guarded(func() (func(int) []diffRow, error) { return compare(ctx) })
		return comparedMsg{gen, rows, err}
	}
}

func (d *diffScreen) stop() {
	if d.cancel != nil {
		d.cancel()
		d.cancel = nil
	}
	d.busy = false
}

func (a *App) compared(m comparedMsg) {
	d := &a.diff
	if m.gen != d.gen || !d.busy {
		return
	}
	d.stop()
	if m.err != nil {
		a.warn("%v", m.err)
		if a.screen == screenDiff {
			a.screen = a.diffBack
		}
		return
	}
	d.make, d.w = m.make, 0
	d.lay(a.w)
	d.win.Top()
}

// resultRows is the rows of a diff of two results.
func resultRows(before, after *pipeline.Result) func(w int) []diffRow {
	effect := pipeline.Compare(before, after)
	pieces := delegateChanges(before, after)
	return func(w int) []diffRow {
		l := &diffLayout{w: w}
		l.config(before.Config, after.Config)
		l.table(effect, after)
		l.delegates(pieces)
		l.moved(effect)
		l.scales(effect)
		return l.rows
	}
}

func (d *diffScreen) lay(w int) {
	if d.make == nil || d.w == w {
		return
	}
	d.w, d.rows = w, d.make(w)
	d.win.SetLen(len(d.rows))
}

func (a *App) diffRows(w, h int) []line {
	d := &a.diff
	out := []line{{ruled(" diff "+row.Sanitize(d.title)+" ", "n N section   enter goes there   c other   esc ", w), false}}
	if d.busy {
		return append(out, note("comparing   esc cancels")...)
	}
	d.lay(w)
	from, to := d.win.Visible()
	for i := from; i < min(to, from+h-1); i++ {
		out = append(out, line{d.rows[i].Row, i == d.win.Cursor})
	}
	return out
}

func (a *App) diffEnter(int) tea.Cmd {
	d := &a.diff
	if i := d.win.Cursor; i < len(d.rows) && d.rows[i].name != "" {
		a.setFocus(paneGraph)
		return a.goName(d.rows[i].name)
	}
	return nil
}

// diffSection goes d sections on.
func (a *App) diffSection(n int) tea.Cmd {
	d := &a.diff
	step := sign(n)
	for i := d.win.Cursor + step; i >= 0 && i < len(d.rows); i += step {
		if d.rows[i].section {
			d.win.Goto(i)
			if n -= step; n == 0 {
				break
			}
		}
	}
	return nil
}

// delegateChange is how delegates of one result became those of another.
type delegateChange struct {
	text string
	role themes.Role
}

// delegateChanges says which delegates merged, were split, came and went; they are matched by the operators in them.
func delegateChanges(before, after *pipeline.Result) []delegateChange {
	if before.Layout == nil || after.Layout == nil {
		return nil
	}
	a, b := before.Edge.Graph, after.Edge.Graph
	into, from := map[string][]string{}, map[string][]string{} // delegate to delegates, in order
	link := func(m map[string][]string, x, y string) {
		if !slices.Contains(m[x], y) {
			m[x] = append(m[x], y)
		}
	}
	for n := range a.Len() {
		x := a.Node(model.NodeID(n))
		m := b.ByName(x.Name)
		if x.Kind != model.Call || isQDQ(x.Target) || m == model.None {
			continue
		}
		p, q := before.Layout.Place[n], after.Layout.Place[m]
		if p.Kind == pipeline.Delegated && q.Kind == pipeline.Delegated {
			link(into, p.String(), q.String())
			link(from, q.String(), p.String())
		}
	}
	var out []delegateChange
	for i := range before.Part.Parts {
		d := pipeline.Placement{Kind: pipeline.Delegated, Index: i}.String()
		switch to := into[d]; {
		case len(to) == 0:
			out = append(out, delegateChange{"- " + d + " is gone: none of its operators is in a delegate now", themes.Bad})
		case len(to) > 1:
			out = append(out, delegateChange{"~ " + d + " was split into " + strings.Join(to, ", "), themes.Bad})
		}
	}
	for i := range after.Part.Parts {
		d := pipeline.Placement{Kind: pipeline.Delegated, Index: i}.String()
		switch was := from[d]; {
		case len(was) == 0:
			out = append(out, delegateChange{"+ " + d + " is new", themes.Changed})
		case len(was) > 1:
			out = append(out, delegateChange{"+ " + strings.Join(was, ", ") + " were merged into " + d, themes.Good})
		}
	}
	return out
}

// compareChoice is a row of the menu of what to compare with.
type compareChoice struct{ label, change string }

// compareChoices is every pack, target and annotator but those on screen.
func (a *App) compareChoices() []compareChoice {
	var out []compareChoice
	if a.f == nil {
		return nil
	}
	cfg := a.f.res.Config
	for _, t := range a.changesOf() {
		if c, err := cfg.With(t); err == nil && c != cfg {
			key, val, _ := strings.Cut(t, "=")
			out = append(out, compareChoice{fmt.Sprintf("%-10s %s", key, val), t})
		}
	}
	return out
}
