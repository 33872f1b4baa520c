package ui

import tea "charm.land/bubbletea/v2"

// keymaps is every screen's keys, in the order in which help lists them.
func (a *App) keymaps() [numScreens]keymap {
	return [numScreens]keymap{
		screenMain:    newKeymap(append(append(a.motions(), a.mainKeys()...), a.common()...)),
		screenWhy:     newKeymap(append(append(a.motions(), a.whyKeys()...), a.common()...)),
		screenToggles: newKeymap(append(append(a.motions(), a.toggleKeys()...), a.common()...)),
		screenHelp:    newKeymap(append(a.motions(), a.helpKeys()...)),
	}
}

// does is a binding's function without a result.
func does(f func(n int)) func(int) tea.Cmd {
	return func(n int) tea.Cmd { f(n); return nil }
}

func (a *App) motions() []binding {
	return []binding{
		{[]string{"j", "down"}, "j k, arrows", "move; 12j moves 12", does(func(n int) { a.move(a.taken(n)) })},
		{[]string{"k", "up"}, "", "", does(func(n int) { a.move(-a.taken(n)) })},
		{[]string{"g", "home"}, "g G", "first, last; 46G goes to node 46", func(n int) tea.Cmd { return a.far(n, false) }},
		{[]string{"G", "end"}, "", "", func(n int) tea.Cmd { return a.far(n, true) }},
		{[]string{"ctrl+d"}, "ctrl+d ctrl+u", "half a page", does(func(n int) { a.page(a.taken(n), true) })},
		{[]string{"ctrl+u"}, "", "", does(func(n int) { a.page(-a.taken(n), true) })},
		{[]string{"pgdown", "ctrl+f"}, "pgdn pgup", "a page", does(func(n int) { a.page(a.taken(n), false) })},
		{[]string{"pgup", "ctrl+b"}, "", "", does(func(n int) { a.page(-a.taken(n), false) })},
	}
}

func (a *App) mainKeys() []binding {
	return []binding{
		{[]string{"w"}, "w", "why: the cause of the boundary, node or finding at the cursor", a.openWhy},
		{[]string{"t"}, "t", "what if: switch rules, target, pack; before and after", a.openToggles},
		{[]string{"b"}, "b B", "next, previous boundary (in tosa: delegate)", func(n int) tea.Cmd { return a.nextBoundary(a.taken(n)) }},
		{[]string{"B"}, "", "", func(n int) tea.Cmd { return a.nextBoundary(-a.taken(n)) }},
		{[]string{"x"}, "x X", "next, previous finding", func(n int) tea.Cmd { return a.nextFinding(a.taken(n)) }},
		{[]string{"X"}, "", "", func(n int) tea.Cmd { return a.nextFinding(-a.taken(n)) }},
		{[]string{"<", ",", "left", "h"}, "< >", "previous, next stage; the node is found again there", func(n int) tea.Cmd { return a.stageBy(-a.taken(n)) }},
		{[]string{">", ".", "right", "l"}, "", "", func(n int) tea.Cmd { return a.stageBy(a.taken(n)) }},
		{[]string{"i"}, "i I", "to the first input, choose an input", a.firstInput},
		{[]string{"I"}, "", "", a.inputs},
		{[]string{"o"}, "o", "to the reader; a menu when there are several", a.users},
		{[]string{"["}, "[ ]", "back, forward over visited nodes", func(n int) tea.Cmd { return a.travel(-a.taken(n)) }},
		{[]string{"]"}, "", "", func(n int) tea.Cmd { return a.travel(a.taken(n)) }},
		{[]string{"/"}, "/", "search; op: del: spec: dtype: rule: path: scale> ~fuzzy !not", a.openSearch},
		{[]string{"n"}, "n N", "next, previous match", func(n int) tea.Cmd { return a.nextHit(a.taken(n)) }},
		{[]string{"N"}, "", "", func(n int) tea.Cmd { return a.nextHit(-a.taken(n)) }},
		{[]string{"enter"}, "enter", "open the node, a boundary's why, what a lower row points at", a.enter},
		{[]string{"p"}, "p", "list parameters and constants, or hide them", does(func(int) {
			if a.f != nil {
				a.showParams(!a.params)
			}
		})},
		{[]string{"tab"}, "tab, 1..5", "panes (so a count of 1 to 5 is typed 05j)", func(int) tea.Cmd { return a.tab(1) }},
		{[]string{"shift+tab"}, "", "", func(int) tea.Cmd { return a.tab(-1) }},
		{[]string{"z"}, "z", "bring the cursor to the middle", does(func(int) { a.window().Center() })},
		{[]string{"+", "="}, "+ _", "more, less room for the pane", func(int) tea.Cmd { return a.zoomBy(1) }},
		{[]string{"_", "-"}, "", "", func(int) tea.Cmd { return a.zoomBy(-1) }},
	}
}

func (a *App) whyKeys() []binding {
	list := []binding{
		{[]string{"enter"}, "enter", "go to the step's node; on a fix: try it", a.whyEnter},
		{[]string{"t"}, "t", "what if: the switches", a.openToggles},
	}
	for i := range 5 {
		b := binding{keys: []string{string(rune('a' + i))}, do: func(int) tea.Cmd { return a.tryFix(i) }}
		switch i {
		case 0:
			b.show, b.what = "a b c d", "try that fix: what it gives stands beside what was before"
		case 4:
			continue // e exports
		}
		list = append(list, b)
	}
	return list
}

func (a *App) toggleKeys() []binding {
	return []binding{
		{[]string{"space", "x"}, "space", "press the switch: the stages run again", a.pressToggle},
		{[]string{"enter"}, "enter", "keep: later changes are compared with this result", does(func(int) { a.keep() })},
		{[]string{"/"}, "/", "filter the switches", does(func(int) { a.tog.typing = true })},
		{[]string{"t"}, "", "", a.esc},
		{[]string{"J"}, "J K", "scroll the effect", does(func(n int) { a.tog.scroll += a.taken(n) })},
		{[]string{"K"}, "", "", does(func(n int) { a.tog.scroll -= a.taken(n) })},
		{[]string{"w"}, "w", "why, with the change", func(int) tea.Cmd { a.screen = screenMain; return a.openWhy(0) }},
	}
}

func (a *App) common() []binding {
	return []binding{
		{[]string{"u"}, "u ctrl+r", "undo, redo a switch", func(int) tea.Cmd { return a.undoChange() }},
		{[]string{"ctrl+r"}, "", "", func(int) tea.Cmd { return a.redoChange() }},
		{[]string{"e"}, "e", "export: JSON snapshot, Markdown", a.openExport},
		{[]string{"y"}, "y", "copy name, operator, path, source, scales or all (OSC 52)", a.openYank},
		{[]string{"R"}, "R", "run the stages again", func(int) tea.Cmd { return a.rerun(a.cfg) }},
		{[]string{"?"}, "?", "keys", a.openHelp},
		{[]string{"esc"}, "esc", "back; cancel what runs", a.esc},
		{[]string{"q"}, "q", "back; quit from the main screen", a.quit},
		{nil, "ctrl+z ctrl+c", "suspend, quit at once", nil},
		{nil, "mouse", "click selects, wheel scrolls; shift marks text as usual", nil},
	}
}
