package ui

import tea "charm.land/bubbletea/v2"

// click selects what is under the mouse.
func (a *App) click(x, y int) tea.Cmd {
	if a.drawer != drawerNone || a.search.typing || a.prompt.open {
		return nil
	}
	a.notice = notice{}
	if a.lay.stages.has(x, y) {
		for _, c := range a.stageCells() {
			if x >= c.x && x < c.x+len(c.text) && a.f != nil {
				a.setStage(c.stage)
				if a.screen == screenWhy {
					a.screen = screenMain
				}
			}
		}
		return nil
	}
	switch a.screen {
	case screenMain:
		return a.clickPane(x, y)
	case screenWhy:
		a.clickWhy(y)
	case screenToggles:
		return a.clickToggle(x, y)
	default:
		if i, ok := a.window().At(y - a.lay.body.y - 1); ok {
			a.window().Goto(i)
		}
	}
	return nil
}

// clickPane focuses a pane and moves its cursor; a click on a boundary that has the cursor asks why.
func (a *App) clickPane(x, y int) tea.Cmd {
	for p := range numPanes {
		r := a.lay.panes[p]
		if !r.has(x, y) {
			continue
		}
		a.setFocus(p)
		if p == paneNode || y == r.y {
			return nil
		}
		w := a.window()
		i, ok := w.At(y - r.y - 1)
		if !ok {
			return nil
		}
		again := i == w.Cursor
		w.Goto(i)
		a.settled()
		if p != paneGraph {
			a.openRow(p)
		} else if again && a.currentBoundary() >= 0 {
			return a.openWhy(0)
		}
		return nil
	}
	return nil
}

func (a *App) clickWhy(y int) {
	i := y - a.lay.body.y - 2 + a.why.offset
	if i >= 0 && i < len(a.why.rows) && a.why.rows[i].item >= 0 {
		a.why.cursor = a.why.rows[i].item
	}
}

// clickToggle moves to a switch; a click on the box presses it.
func (a *App) clickToggle(x, y int) tea.Cmd {
	s := &a.tog
	if !s.list.has(x, y) {
		return nil
	}
	i, ok := s.win.At(y - s.list.y - 1)
	if !ok || s.all[s.shown[i]].heading {
		return nil
	}
	s.win.Goto(i)
	const box = 6
	if x < s.list.x+box {
		return a.pressToggle(0)
	}
	return nil
}

// wheel scrolls what is under the mouse.
func (a *App) wheel(x, y, d int) {
	if a.drawer != drawerNone {
		return
	}
	switch {
	case a.screen == screenToggles && a.tog.effect.has(x, y):
		a.tog.scroll += d
		return
	case a.screen != screenMain:
		a.move(d)
		return
	}
	for p := range numPanes {
		if !a.lay.panes[p].has(x, y) {
			continue
		}
		switch p {
		case paneNode:
			a.node.scroll(d)
		case paneGraph:
			a.graph.win.Move(d)
			if a.list.len() > 0 {
				a.touched()
			}
		case panePieces:
			a.pieces.win.Scroll(d)
		case paneGroups:
			a.groups.win.Scroll(d)
		case paneFinds:
			a.finds.win.Scroll(d)
		}
	}
}
