package ui

import (
	tea "charm.land/bubbletea/v2"

	"seam/internal/pipeline"
	"seam/model"
	"seam/ui/rows"
)

// keyName is a key as bindings name it.
func keyName(m tea.KeyPressMsg) string { return m.String() }

// key takes a key press: what is being typed first, then the drawer, then the screen.
func (a *App) key(k string) tea.Cmd {
	if k == "ctrl+c" && !a.search.typing && !a.prompt.open {
		a.job.stop()
		return tea.Interrupt
	}
	if k == "ctrl+z" {
		return tea.Suspend
	}
	if cmd, done := a.typed(k); done {
		return cmd
	}
	if a.digit(k) {
		return nil
	}
	a.notice, a.why.later = notice{}, false
	n := a.count
	if a.digits == 1 { // it chose a pane
		n = 0
	}
	a.count, a.digits = 0, 0
	m := &a.keys[a.screen]
	if i, ok := m.byKey[k]; ok && m.list[i].do != nil {
		return m.list[i].do(n)
	}
	return nil
}

// typed gives a key to what waits for text or for a second key, if anything does.
func (a *App) typed(k string) (tea.Cmd, bool) {
	switch {
	case a.prompt.open:
		return a.promptKey(k), true
	case a.search.typing:
		return a.search.typed(k), true
	case a.second != nil:
		then := a.second
		a.second, a.notice = nil, notice{}
		return then(k), true
	case a.drawer == drawerExport:
		return a.exportKey(k), true
	case a.drawer == drawerMenu:
		return a.menuKey(k), true
	case a.drawer == drawerYank:
		return a.yankKey(k), true
	case a.drawer == drawerCompare:
		return a.compareKey(k), true
	case a.screen == screenToggles && a.tog.typing:
		return a.filterKey(k), true
	case a.labels.on:
		return a.labelKey(k), true
	}
	return nil, false
}

// digit collects a count prefix. On the main screen a first digit of 1 to 5 chooses a pane; a second digit, or a first of 0
// or 6 to 9, makes a count, and the pane goes back to what it was.
func (a *App) digit(k string) bool {
	if len(k) != 1 || k[0] < '0' || k[0] > '9' {
		return false
	}
	d := int(k[0] - '0')
	if a.screen == screenMain && a.digits == 0 && d >= 1 && d <= int(numPanes) {
		a.count, a.digits = d, 1
		a.pending = a.focus
		a.setFocus(pane(d - 1))
		return true
	}
	if a.digits == 1 && a.screen == screenMain && a.count >= 1 && a.count <= int(numPanes) {
		a.setFocus(a.pending)
	}
	const most = 9_999_999
	a.count = min(most, a.count*10+d)
	a.digits += 2
	a.say("%d", a.count)
	return true
}

// taken is a count prefix as a number of repetitions.
func (a *App) taken(n int) int { return max(1, n) }

// window is the window that motions move.
func (a *App) window() *rows.Window {
	switch {
	case a.screen == screenToggles:
		return &a.tog.win
	case a.screen == screenGroup:
		return &a.group.win
	case a.screen == screenNear:
		return &a.near.win
	case a.screen == screenDiff:
		return &a.diff.win
	case a.screen == screenHelp:
		return &a.help.win
	case a.focus == panePieces:
		return &a.pieces.win
	case a.focus == paneGroups:
		return &a.groups.win
	case a.focus == paneFinds:
		return &a.finds.win
	}
	return &a.graph.win
}

// move moves the cursor of what has the focus d rows.
func (a *App) move(d int) {
	switch {
	case a.screen == screenWhy:
		a.why.move(d)
	case a.screen == screenToggles:
		a.tog.move(d)
	case a.screen == screenMain && a.focus == paneNode:
		a.node.scroll(d)
	default:
		a.window().Move(d)
		a.settled()
	}
}

// settled follows a motion of the graph's cursor.
func (a *App) settled() {
	if a.screen == screenMain && a.focus == paneGraph && a.list.len() > 0 {
		a.touched()
	}
}

func (a *App) page(d int, half bool) {
	switch {
	case a.screen == screenWhy, a.screen == screenMain && a.focus == paneNode:
		h := a.lay.body.h
		if half {
			h /= 2
		}
		a.move(d * max(1, h/map[bool]int{true: 3, false: 1}[a.screen == screenWhy]))
	case a.screen == screenToggles:
		a.tog.win.Page(d, half)
		a.tog.skipHeading(sign(d))
	default:
		a.window().Page(d, half)
		a.settled()
	}
}

// far moves to the first or last row, or with a count to that node.
func (a *App) far(n int, last bool) tea.Cmd {
	switch {
	case n > 0 && a.screen == screenMain && a.focus == paneGraph && a.list != nil && a.list.g != nil:
		a.jump(model.NodeID(min(n, a.list.g.Len()-1)))
	case last:
		a.move(1 << 24)
	default:
		a.move(-1 << 24)
	}
	return nil
}

// enter opens what the cursor is on.
func (a *App) enter(int) tea.Cmd {
	switch a.focus {
	case paneGraph:
		if a.currentBoundary() >= 0 {
			return a.openWhy(0)
		}
		if _, ok := a.list.foldAt(a.graph.win.Cursor); ok {
			return a.unfoldHere(0)
		}
		a.setFocus(paneNode)
	case paneGroups:
		return a.openGroup(0)
	case paneNode:
		a.setFocus(paneGraph)
	default:
		a.openRow(a.focus)
		a.setFocus(paneGraph)
	}
	return nil
}

// tab goes d panes on, among those that can be seen; on a narrow screen among all.
func (a *App) tab(d int) tea.Cmd {
	p := a.focus
	for range numPanes {
		p = pane((int(p) + d + int(numPanes)) % int(numPanes))
		if !a.lay.many || a.lay.panes[p].h > 0 {
			break
		}
	}
	a.setFocus(p)
	return nil
}

func (a *App) zoomBy(d int) tea.Cmd {
	a.zoom = (a.zoom + d + 3) % 3
	a.relayout()
	return nil
}

func (a *App) stageBy(d int) tea.Cmd {
	s := int(a.stage) + d
	if s < 0 || s >= int(pipeline.NumStages) {
		a.say("%s is the %s stage", a.stage, map[bool]string{true: "first", false: "last"}[d < 0])
		return nil
	}
	a.setStage(pipeline.Stage(s))
	return nil
}

// esc goes back: it cancels a run, leaves a screen, or gives up a search.
func (a *App) esc(int) tea.Cmd {
	switch {
	case a.screen == screenHelp:
		a.screen = a.behind
	case a.screen == screenDiff:
		a.diff.stop()
		a.screen = a.diffBack
	case a.screen == screenGroup, a.screen == screenNear:
		a.screen = screenMain
	case a.small.busy:
		a.small.stop()
		a.say("the search for the smallest change was given up")
	case a.screen == screenWhy && a.why.busy:
		a.why.stop()
		a.screen = screenMain
	case a.job.running:
		a.cancelRun()
	case a.screen == screenToggles && a.tog.filter != "":
		a.tog.filter = ""
		a.tog.rebuild(a)
	case a.screen == screenToggles:
		a.screen, a.tog.back = a.tog.back, screenMain
	case a.screen == screenWhy:
		a.screen = screenMain
	case len(a.search.hits) > 0:
		a.search.clear()
	case a.zoom > 0:
		a.zoom = 0
		a.relayout()
	default:
		a.setFocus(paneGraph)
	}
	return nil
}

// quit leaves a screen, and the program from the main one.
func (a *App) quit(int) tea.Cmd {
	if a.screen != screenMain {
		return a.esc(0)
	}
	a.job.stop()
	return tea.Quit
}

func (a *App) inputs(int) tea.Cmd {
	if n := a.current(); n != model.None {
		a.choose("inputs of "+a.list.g.Node(n).Name, a.list.g.In(n))
	}
	return nil
}

func (a *App) firstInput(int) tea.Cmd {
	n := a.current()
	if n == model.None {
		return nil
	}
	if in := a.list.g.In(n); len(in) > 0 {
		a.jump(in[0])
		return nil
	}
	a.say("%s reads nothing", a.list.g.Node(n).Name)
	return nil
}

func (a *App) users(int) tea.Cmd {
	if n := a.current(); n != model.None {
		a.choose("readers of "+a.list.g.Node(n).Name, a.list.g.Users(n))
	}
	return nil
}
