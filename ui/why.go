package ui

import (
	"context"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"seam/internal/pipeline"
	"seam/model"
	"seam/quant"
	"seam/themes"
	"seam/ui/row"
)

// whyScreen is the causal chain behind a boundary or a node, and the fixes.
type whyScreen struct {
	gen    int
	cancel context.CancelFunc
	busy   bool
	later  bool             // asked for before the first result: opens with it
	res    *pipeline.Result // what is explained; each fix is tried on its configuration
	title  string
	ex     model.Explanation
	err    error

	height, offset, cursor int // the cursor is on a step or, behind those, on a fix
	width                  int
	rows                   []whyRow
}

// whyRow is a row of the screen and the item that it belongs to.
type whyRow struct {
	row.Row
	item int
}

// openWhy asks why: for what the focused pane's cursor is on.
func (a *App) openWhy(int) tea.Cmd {
	switch {
	case a.job.running && (a.f == nil || a.f.partial):
		a.why.later = true
		a.say("why opens when the partition is there")
		return nil
	case a.f == nil || a.explain == nil:
		a.say("nothing to explain")
		return nil
	case a.f.res.Layout == nil:
		a.say("not partitioned: %s", a.stopText())
		return nil
	}
	t, title, ok := a.whyTarget()
	if !ok {
		a.say("this node has no counterpart in the edge graph")
		return nil
	}
	return a.ask(t, title)
}

func (a *App) ask(t target, title string) tea.Cmd {
	w := &a.why
	w.stop()
	ctx, cancel := context.WithCancel(a.ctx)
	w.gen++
	w.cancel, w.busy, w.title = cancel, true, title
	w.ex, w.err, w.rows, w.offset, w.cursor = model.Explanation{}, nil, nil, 0, 0
	a.screen = screenWhy
	w.res = a.f.res
	gen, res, explain := w.gen, a.f.res, a.explain
	return func() tea.Msg {
		ex, err := explain(ctx, res, t)
		return explainMsg{gen, ex, err}
	}
}

func (w *whyScreen) stop() {
	if w.cancel != nil {
		w.cancel()
		w.cancel = nil
	}
	w.busy = false
}

func (w *whyScreen) explained(m explainMsg) {
	if m.gen != w.gen || !w.busy {
		return
	}
	w.busy, w.ex, w.err, w.rows = false, m.ex, m.err, nil
}

// whyTarget is what w means where the cursor is.
func (a *App) whyTarget() (target, string, bool) {
	lay := a.f.res.Layout
	boundary := func(i int) (target, string, bool) {
		b := lay.Boundaries[i]
		return target{boundary: b.ID, node: b.At}, fmt.Sprintf("boundary B%d: %s", b.ID, boundaryText(b)), true
	}
	switch a.focus {
	case panePieces:
		if i := a.pieces.win.Cursor; i < len(a.f.pieces) {
			if p := a.f.pieces[i]; p.boundary >= 0 {
				return boundary(p.boundary)
			}
			return a.nodeTarget(a.f.pieces[i].at)
		}
	case paneFinds:
		if i := a.finds.win.Cursor; i < len(a.f.findings) && len(a.f.findings[i].Nodes) > 0 {
			return a.nodeTarget(a.f.findings[i].Nodes[0])
		}
	}
	if b := a.currentBoundary(); b >= 0 {
		return boundary(b)
	}
	n := a.current()
	if n == model.None {
		return target{}, "", false
	}
	e := a.follow(anchor{a.stage, a.part, n}, pipeline.Partitioned)
	if e == model.None {
		return target{}, "", false
	}
	return a.nodeTarget(e)
}

func (a *App) nodeTarget(e model.NodeID) (target, string, bool) {
	x := a.f.res.Edge.Graph.Node(e)
	return target{node: e}, fmt.Sprintf("%s: %s, %s", x.Name, x.Target, placeWords(a.f.placeOf(pipeline.Partitioned, e))), true
}

// whyRows draws the screen.
func (a *App) whyRows(width, h int) []line {
	w := &a.why
	out := []line{{ruled(" why ", "", width), false}, {row.Row{{Role: themes.Plain, Text: " " + row.Sanitize(w.title)}}, false}}
	switch {
	case w.busy:
		return append(out, note("finding the cause, and running the stages again for each fix   esc cancels")...)
	case w.err != nil && len(w.ex.Steps) == 0:
		for _, s := range wrap(w.err.Error(), width-4) {
			out = append(out, line{row.Row{{Role: themes.Error, Text: " ! " + s}}, false})
		}
		return out
	}
	if w.rows == nil || w.width != width {
		w.width, w.rows = width, a.layWhy(width)
	}
	w.reveal()
	for i := w.offset; i < min(len(w.rows), w.offset+h-2); i++ {
		r := w.rows[i]
		out = append(out, line{r.Row, r.item == w.cursor})
	}
	return out
}

// reveal moves the window to the item under the cursor.
func (w *whyScreen) reveal() {
	first, last := -1, 0
	for i, r := range w.rows {
		if r.item == w.cursor {
			if first < 0 {
				first = i
			}
			last = i
		}
	}
	if first < 0 {
		return
	}
	if w.cursor == 0 {
		first = 0
	}
	w.offset = max(w.offset, last-w.height+1)
	w.offset = max(0, min(w.offset, first, max(0, len(w.rows)-w.height)))
}

func (w *whyScreen) items() int { return len(w.ex.Steps) + len(w.ex.Fixes) }

func (w *whyScreen) move(d int) { w.cursor = max(0, min(w.cursor+d, w.items()-1)) }

// layWhy is the explanation, word for word, in rows of a width.
func (a *App) layWhy(width int) []whyRow {
	l := whyLayout{width: width}
	ex := a.why.ex
	if ex.Verdict != "" {
		l.wrapped(-1, " ", themes.Title, ex.Verdict)
		l.add(-1)
	}
	for i, s := range ex.Steps {
		l.step(i, s)
	}
	if a.why.err != nil {
		l.wrapped(-1, " ! ", themes.Error, a.why.err.Error())
	}
	if len(ex.Fixes) == 0 {
		if slices.ContainsFunc(ex.Steps, func(s model.Step) bool { return !s.OK }) {
			l.wrapped(-1, " ", themes.Dim, "no single change that was tried removes it")
		}
		return l.rows
	}
	l.add(-1, row.Span{Role: themes.Title, Text: " what would change it"})
	for i, f := range ex.Fixes {
		l.fix(a, len(ex.Steps)+i, i, f)
	}
	return l.rows
}

// below begins a row that goes on with the item of the row above: the cursor's glyph stands on an item's first row alone.
var below = row.Span{}

type whyLayout struct {
	width int
	rows  []whyRow
}

func (l *whyLayout) add(item int, r ...row.Span) { l.rows = append(l.rows, whyRow{r, item}) }

func (l *whyLayout) wrapped(item int, prefix string, role themes.Role, text string) {
	in := row.Width(prefix)
	for i, s := range wrap(text, l.width-in-1) {
		if i > 0 {
			l.add(item, below, row.Span{Role: role, Text: space(in) + s})
			continue
		}
		l.add(item, row.Span{Role: role, Text: prefix}, row.Span{Role: role, Text: s})
	}
}

// step is one link of the chain: its stage, its text, and below that the rule with upstream's file and symbol.
func (l *whyLayout) step(i int, s model.Step) {
	glyph, role := "!", themes.Error
	if s.OK {
		glyph, role = " ", themes.Dim
	}
	const in = 20
	for k, t := range wrap(s.Text, l.width-in-1) {
		if k > 0 {
			l.add(i, below, row.Span{Role: themes.Plain, Text: space(in) + t})
			continue
		}
		l.add(i, row.Span{Role: themes.Key, Text: fmt.Sprintf(" (%d) %-11s", i+1, cell(s.Stage, 11))},
			row.Span{Role: role, Text: " " + glyph + "  "}, row.Span{Role: themes.Plain, Text: t})
	}
	if s.Rule.ID == "" && s.Rule.File == "" {
		return
	}
	rule := wrap(strings.TrimSpace(s.Rule.ID+"  "+s.Rule.File+": "+s.Rule.Symbol), l.width-in-1)
	for _, t := range rule {
		l.add(i, below, row.Span{Role: themes.Border, Text: "      │" + space(in-7)}, row.Span{Role: themes.Path, Text: t})
	}
}

// fix is one change, with what it gives and what it costs.
func (l *whyLayout) fix(a *App, item, i int, f model.Fix) {
	key := string(rune('a' + i))
	l.wrapped(item, "  "+key+"  ", themes.Plain, f.Text)
	gives, role := "what it gives was not computed", themes.Dim
	if f.Computed {
		gives = plural(f.Delegates, "delegate")
		if p := a.why.res.Part; p != nil && f.Delegates < len(p.Parts) {
			role = themes.Good
		}
	}
	tail := row.Row{below, {Role: role, Text: "     -> " + gives}}
	if _, ok := applyEdit(a.why.res.Config, f.Edit); ok {
		tail = append(tail, row.Span{Role: themes.Key, Text: "   " + key}, row.Span{Role: themes.Dim, Text: " tries " + f.Edit})
	} else {
		tail = append(tail, row.Span{Role: themes.Dim, Text: "   a change of the program"})
	}
	l.add(item, tail...)
	if f.Cost != "" {
		for _, s := range wrap(f.Cost, l.width-9) {
			l.add(item, below, row.Span{Role: themes.Warn, Text: space(8) + s})
		}
	}
}

// applyEdit is a configuration with a fix's edit made: a switch, another pack or target, or fixed shapes.
func applyEdit(cfg pipeline.Config, edit string) (pipeline.Config, bool) {
	if e, err := quant.ParseEdit(edit); err == nil {
		cfg.Edits = cfg.Edits.With(e)
		return cfg, true
	}
	switch key, value, _ := strings.Cut(edit, "="); key {
	case "pack":
		cfg.Release = value
	case "target":
		cfg.Target = value
	case "--static":
		cfg.Static = true
	default:
		return cfg, false
	}
	return cfg, true
}

// whyEnter goes to the node of the step under the cursor, or tries the fix.
func (a *App) whyEnter(int) tea.Cmd {
	w := &a.why
	if w.busy {
		return nil
	}
	if k := w.cursor - len(w.ex.Steps); k >= 0 {
		return a.tryFix(k)
	}
	if w.cursor < len(w.ex.Steps) {
		for _, r := range w.ex.Steps[w.cursor].Refs {
			if r.Node != model.None {
				a.screen = screenMain
				a.goRef(r)
				return nil
			}
		}
	}
	a.say("this step names no node")
	return nil
}

// tryFix applies the edit of fix k and shows what it does.
func (a *App) tryFix(k int) tea.Cmd {
	w := &a.why
	if w.busy || k < 0 || k >= len(w.ex.Fixes) {
		return nil
	}
	edit := w.ex.Fixes[k].Edit
	cfg, ok := applyEdit(w.res.Config, edit)
	if !ok {
		a.say("a change of the model itself: make it in the program and capture again")
		return nil
	}
	a.screen, a.tog.back = screenToggles, screenWhy
	cmd := a.change(cfg)
	a.tog.rebuild(a)
	key, _, _ := strings.Cut(strings.Replace(edit, "pack=", "pack:", 1), "=")
	a.tog.find(strings.Replace(edit, "target=", "target:", 1))
	a.tog.find(key)
	return cmd
}

// whyText is the chain as plain text, for the clipboard.
func (a *App) whyText() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n\n", a.why.title, a.why.ex.Verdict)
	for i, s := range a.why.ex.Steps {
		fmt.Fprintf(&b, "%d. %s: %s\n", i+1, s.Stage, s.Text)
		if s.Rule.ID != "" {
			fmt.Fprintf(&b, "   %s  %s: %s\n", s.Rule.ID, s.Rule.File, s.Rule.Symbol)
		}
	}
	for _, f := range a.why.ex.Fixes {
		fmt.Fprintf(&b, "fix: %s -> %d delegates %s\n", f.Text, f.Delegates, f.Cost)
	}
	return b.String()
}
