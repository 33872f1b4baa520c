package ui

import tea "charm.land/bubbletea/v2"

// keymaps is every screen's commands, in the order in which help lists them. keys is what a person mapped.
func (a *App) keymaps(keys map[string][]string) [numScreens]keymap {
	screen := func(own ...[]binding) keymap {
		var list []binding
		for _, o := range own {
			list = append(list, o...)
		}
		return newKeymap(list, keys)
	}
	return [numScreens]keymap{
		screenMain:    screen(a.motions(), a.mainKeys(), a.placeKeys(), a.common(), a.settings()),
		screenWhy:     screen(a.motions(), a.whyKeys(), a.common(), a.settings()),
		screenToggles: screen(a.motions(), a.toggleKeys(), a.common(), a.settings()),
		screenGroup:   screen(a.motions(), a.groupKeys(), a.common(), a.settings()),
		screenNear:    screen(a.motions(), a.nearKeys(), a.common(), a.settings()),
		screenDiff:    screen(a.motions(), a.diffKeys(), a.common(), a.settings()),
		screenHelp:    screen(a.motions(), a.helpKeys()),
	}
}

// does is a binding's function without a result.
func does(f func(n int)) func(int) tea.Cmd {
	return func(n int) tea.Cmd { f(n); return nil }
}

func (a *App) motions() []binding {
	return []binding{
		bind("down", "j down", "j k, arrows", "move; 12j moves 12", does(func(n int) { a.move(a.taken(n)) })),
		bind("up", "k up", "", "", does(func(n int) { a.move(-a.taken(n)) })),
		bind("first", "g home", "g G", "first, last; 46G goes to node 46", func(n int) tea.Cmd { return a.far(n, false) }),
		bind("last", "G end", "", "", func(n int) tea.Cmd { return a.far(n, true) }),
		bind("half-down", "ctrl+d", "ctrl+d ctrl+u", "half a page", does(func(n int) { a.page(a.taken(n), true) })),
		bind("half-up", "ctrl+u", "", "", does(func(n int) { a.page(-a.taken(n), true) })),
		bind("page-down", "pgdown ctrl+f", "pgdn pgup", "a page", does(func(n int) { a.page(a.taken(n), false) })),
		bind("page-up", "pgup ctrl+b", "", "", does(func(n int) { a.page(-a.taken(n), false) })),
	}
}

func (a *App) mainKeys() []binding {
	return []binding{
		bind("why", "w", "w", "why: the cause of the boundary, node or finding at the cursor", a.openWhy),
		bind("what-if", "t", "t", "what if: switch rules, checks, target, pack; before and after", a.openToggles),
		bind("diff", "d", "d", "diff: what a change did, node by node", a.openDiff),
		bind("compare", "c", "c", "compare with another stage, pack or target", a.openCompare),
		bind("group", "s", "s", "sharing group of the node: ranges, bits lost, histogram", a.openGroup),
		bind("picture", "v", "v", "picture of the node's neighbourhood, scales on the edges", a.openNear),
		bind("next-boundary", "b", "b B", "next, previous boundary (in tosa: delegate)", func(n int) tea.Cmd { return a.nextBoundary(a.taken(n)) }),
		bind("prev-boundary", "B", "", "", func(n int) tea.Cmd { return a.nextBoundary(-a.taken(n)) }),
		bind("next-finding", "x", "x X", "next, previous finding", func(n int) tea.Cmd { return a.nextFinding(a.taken(n)) }),
		bind("prev-finding", "X", "", "", func(n int) tea.Cmd { return a.nextFinding(-a.taken(n)) }),
		bind("prev-stage", "< ,", "< >", "previous, next stage; the node is found again there", func(n int) tea.Cmd { return a.stageBy(-a.taken(n)) }),
		bind("next-stage", "> .", "", "", func(n int) tea.Cmd { return a.stageBy(a.taken(n)) }),
		bind("fold", "h left", "h l", "fold the node's module or delegate, unfold it", a.foldHere),
		bind("unfold", "l right", "", "", a.unfoldHere),
		bind("fold-all", "H", "H L", "fold all: by module, then by delegate; unfold all", a.foldAll),
		bind("unfold-all", "L", "", "", a.unfoldAll),
		bind("search", "/", "/", "search; op: del: spec: dtype: rule: path: scale> ~fuzzy !not", a.openSearch),
		bind("next-match", "n", "n N", "next, previous match", func(n int) tea.Cmd { return a.nextHit(a.taken(n)) }),
		bind("prev-match", "N", "", "", func(n int) tea.Cmd { return a.nextHit(-a.taken(n)) }),
		bind("open", "enter", "enter", "open the node, a boundary's why, what a lower row points at", a.enter),
	}
}

// placeKeys is the main screen's ways from node to node, and its panes.
func (a *App) placeKeys() []binding {
	return []binding{
		bind("first-input", "i", "i I", "to the first input, choose an input", a.firstInput),
		bind("inputs", "I", "", "", a.inputs),
		bind("readers", "o", "o", "to the reader; a menu when there are several", a.users),
		bind("back", "[", "[ ]", "back, forward over visited nodes", func(n int) tea.Cmd { return a.travel(-a.taken(n)) }),
		bind("forward", "]", "", "", func(n int) tea.Cmd { return a.travel(a.taken(n)) }),
		bind("mark", "m", "m '", "m and a letter marks the node, ' and the letter goes there", a.setMark),
		bind("to-mark", "'", "", "", a.toMark),
		bind("flip-mark", "space", "space", "mark the node with the next free letter, or take its mark away", a.flipMark),
		bind("labels", "f", "f", "a letter beside each row: type it to go there", a.openLabels),
		bind("parameters", "p", "p", "list parameters and constants, or hide them", does(func(int) {
			if a.f != nil {
				a.showParams(!a.params)
			}
		})),
		bind("next-pane", "tab", "tab, 1..5", "panes (so a count of 1 to 5 is typed 05j)", func(int) tea.Cmd { return a.tab(1) }),
		bind("prev-pane", "shift+tab", "", "", func(int) tea.Cmd { return a.tab(-1) }),
		bind("center", "z", "z", "bring the cursor to the middle", does(func(int) { a.window().Center(); a.graph.y = a.graph.win.Y() })),
		bind("zoom-in", "+ =", "+ _", "more, less room for the pane", func(int) tea.Cmd { return a.zoomBy(1) }),
		bind("zoom-out", "_ -", "", "", func(int) tea.Cmd { return a.zoomBy(-1) }),
		bind("edit-source", "E", "E", "open the node's source line in $EDITOR", a.editSource),
	}
}

func (a *App) whyKeys() []binding {
	list := []binding{
		bind("open", "enter", "enter", "go to the step's node; on a fix: try it", a.whyEnter),
		bind("what-if", "t", "t", "what if: the switches", a.openToggles),
	}
	for i, key := range []string{"a", "b", "c", "d"} { // e exports
		b := bind("try-"+key, key, "", "", func(int) tea.Cmd { return a.tryFix(i) })
		if i == 0 {
			b.show, b.what = "a b c d", "try that fix: what it gives stands beside what was before"
		}
		list = append(list, b)
	}
	return list
}

func (a *App) toggleKeys() []binding {
	return []binding{
		bind("press", "space x", "space", "press the switch: the stages run again", a.pressToggle),
		bind("keep", "enter", "enter", "keep: later changes are compared with this result", does(func(int) { a.keep() })),
		bind("filter", "/", "/", "filter the switches", does(func(int) { a.tog.typing = true })),
		bind("close", "t", "", "", a.esc),
		bind("scroll-down", "J", "J K", "scroll the effect", does(func(n int) { a.tog.scroll += a.taken(n) })),
		bind("scroll-up", "K", "", "", does(func(n int) { a.tog.scroll -= a.taken(n) })),
		bind("why", "w", "w", "why, with the change", func(int) tea.Cmd { a.screen = screenMain; return a.openWhy(0) }),
		bind("diff", "d", "d", "diff: what the change did, node by node", a.openDiff),
		bind("save", "s", "s", "save the changes as a scenario file", a.askSave),
		bind("load", "o", "o", "open a scenario file", a.askLoad),
		bind("smallest", "m", "m", "find the smallest change that gives one delegate", a.smallest),
	}
}

func (a *App) groupKeys() []binding {
	return []binding{
		bind("open", "enter", "enter", "go to the member's node", a.groupEnter),
		bind("next-group", "n l right", "n N", "next, previous group", func(n int) tea.Cmd { return a.groupBy(a.taken(n)) }),
		bind("prev-group", "N h left", "", "", func(n int) tea.Cmd { return a.groupBy(-a.taken(n)) }),
		bind("close", "s", "", "", a.esc),
	}
}

func (a *App) nearKeys() []binding {
	return []binding{
		bind("side-left", "h left", "h l", "to the inputs' side, to the readers' side", func(int) tea.Cmd { return a.nearSide(-1) }),
		bind("side-right", "l right", "", "", func(int) tea.Cmd { return a.nearSide(1) }),
		bind("open", "enter", "enter", "walk to the neighbour: it is in the middle then", a.nearEnter),
		bind("back", "[", "[", "back", func(n int) tea.Cmd { return a.nearBack() }),
		bind("close", "v", "", "", a.esc),
	}
}

func (a *App) diffKeys() []binding {
	return []binding{
		bind("open", "enter", "enter", "go to the node of the row", a.diffEnter),
		bind("compare", "c", "c", "compare with something else", a.openCompare),
		bind("next-change", "n", "n N", "next, previous section", func(n int) tea.Cmd { return a.diffSection(a.taken(n)) }),
		bind("prev-change", "N", "", "", func(n int) tea.Cmd { return a.diffSection(-a.taken(n)) }),
		bind("close", "d", "", "", a.esc),
	}
}

func (a *App) common() []binding {
	return []binding{
		bind("undo", "u", "u ctrl+r", "undo, redo a switch", func(int) tea.Cmd { return a.undoChange() }),
		bind("redo", "ctrl+r", "", "", func(int) tea.Cmd { return a.redoChange() }),
		bind("export", "e", "e", "export: JSON, Markdown, a patch for upstream's lists", a.openExport),
		bind("copy", "y", "y", "copy name, operator, path, source, scales or all (OSC 52)", a.openYank),
		bind("print", "Y", "Y", "print that to the terminal, for copying with the mouse", a.printPage),
		bind("measure", "M", "M", "measure what quantization loses against the float run, in dB", a.askMeasure),
		bind("rerun", "R", "R", "run the stages again", func(int) tea.Cmd { return a.rerun(a.cfg) }),
		bind("command", ":", ": ctrl+p", "command line; palette of all commands", does(func(int) { a.openPrompt(false) })),
		bind("palette", "ctrl+p", "", "", does(func(int) { a.openPrompt(true) })),
		bind("help", "?", "?", "keys", a.openHelp),
		bind("escape", "esc", "esc", "back; cancel what runs", a.esc),
		bind("quit", "q", "q", "back; quit from the main screen", a.quit),
		bind("", "", "ctrl+z ctrl+c", "suspend, quit at once", nil),
		bind("", "", "mouse", "click selects, wheel scrolls; shift marks text as usual", nil),
	}
}
