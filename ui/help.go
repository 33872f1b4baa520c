package ui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"seam/themes"
	"seam/ui/row"
	"seam/ui/rows"
)

// helpScreen is the keys of the screen behind it.
type helpScreen struct {
	win  rows.Window
	list []line
}

// legend says what the list's columns and glyphs mean.
var legend = [...][2]string{
	{"I", "independent: an observer of its own"},
	{"S#n", "shared: takes part in sharing group n"},
	{"D F -", "derived; fixed by the operator; no spec"},
	{"R", "from the file's own Q/DQ: what the annotator wrote is unknown"},
	{"D1 H1 .", "delegate 1; island 1 on the CPU; a Q or DQ left outside"},
	{"!", "refused by a support check, and on the CPU"},
	{"~", "a warning, or a reason that upstream does not report"},
	{"*", "runs elsewhere than before the change, or is new"},
	{"?", "seam does not know"},
	{"S R ?", "simulated by a rule pack; read from the file; unknown"},
	{"+ module", "a folded run of nodes: l opens it"},
	{"█ ▒ ▌ :", "the band of a delegate, in its colour; the CPU"},
}

// paneHelp says what each pane of the main screen is.
var paneHelp = [numPanes]string{
	"nodes in execution order; lanes are values still needed",
	"everything about the node at the graph's cursor; j k scroll",
	"delegates, islands and boundaries; enter goes to the first node",
	"places that share one spec; enter shows the ranges and what it costs",
	"causes of what is not on the NPU, worst first; x goes to the next",
}

func (a *App) openHelp(int) tea.Cmd {
	if a.screen == screenHelp {
		return nil
	}
	h := &a.help
	h.list = nil
	title := func(s string) { h.list = append(h.list, line{row.Row{{Role: themes.Title, Text: " " + s}}, false}) }
	if a.screen == screenMain {
		h.list = append(h.list, helpRow("", paneHelp[a.focus]), line{})
	}
	for _, b := range a.keys[a.screen].list {
		if b.show != "" {
			h.list = append(h.list, helpRow(b.show, b.what))
		}
	}
	h.list = append(h.list, line{})
	title("glyphs")
	for _, l := range legend {
		h.list = append(h.list, helpRow(l[0], l[1]))
	}
	h.list = append(h.list, line{})
	title("command line (:)")
	for _, b := range a.settings() {
		h.list = append(h.list, helpRow(b.name, b.what))
	}
	a.behind, a.screen = a.screen, screenHelp
	h.win.SetLen(len(h.list))
	h.win.Top()
	return nil
}

func helpRow(keys, what string) line {
	return line{row.Row{{Role: themes.Key, Text: "  " + cell(keys, 15) + " "}, {Role: themes.Plain, Text: what}}, false}
}

func (a *App) helpKeys() []binding {
	return []binding{bind("close", "? esc q enter", "esc", "back", a.esc)}
}

var screenNames = [numScreens]string{"main screen", "why", "what if", "sharing group", "neighbourhood", "diff", ""}

func (a *App) helpRows(w, h int) []line {
	name := screenNames[a.behind]
	if a.behind == screenMain {
		name = strings.ToLower(paneNames[a.focus]) + " pane"
	}
	out := []line{{ruled(" keys: "+name+" ", "esc back ", w), false}}
	from, to := a.help.win.Visible()
	for i := from; i < min(to, from+h-1); i++ {
		out = append(out, line{a.help.list[i].Row, i == a.help.win.Cursor})
	}
	return out
}

// hint is a command and what the line of keys calls it.
type hint struct{ name, text string }

var screenHints = [numScreens][]hint{
	screenMain: {
		{"why", ""},
		{"what-if", "what if"},
		{"export", "export"},
		{"next-boundary", "boundary"},
		{"group", "group"},
		{"picture", "picture"},
		{"diff", "diff"},
		{"search", "search"},
		{"palette", "all"},
		{"help", "keys"},
	},
	screenWhy: {
		{"try-a", "try the first fix"}, {"open", "go there"}, {"what-if", "what if"}, {"export", "export"}, {"copy", "copy"}, {"escape", "back"}, {"help", "keys"},
	},
	screenToggles: {
		{"press", "switch"},
		{"keep", "keep"},
		{"undo", "undo"},
		{"filter", "filter"},
		{"why", "why"},
		{"smallest", "smallest"},
		{"save", "save"},
		{"export", "export"},
		{"escape", "back"},
		{"help", "keys"},
	},
	screenGroup: {{"open", "go there"}, {"next-group", "next group"}, {"escape", "back"}, {"help", "keys"}},
	screenNear:  {{"open", "walk there"}, {"side-left", "inputs"}, {"side-right", "readers"}, {"back", "back"}, {"escape", "leave"}, {"help", "keys"}},
	screenDiff:  {{"open", "go there"}, {"next-change", "section"}, {"compare", "other"}, {"export", "export"}, {"escape", "back"}, {"help", "keys"}},
	screenHelp:  {{"down", "scroll"}, {"close", "back"}},
}

// hintRow is the line of the commonest keys: as many as there is room for, and always the last, which leads to all others.
func (a *App) hintRow() row.Row {
	if a.greet && a.screen == screenMain {
		return a.greetingRow()
	}
	var out []string
	list := screenHints[a.screen]
	last := a.hintText(list[len(list)-1])
	used := 1 + row.Width(last)
	for _, h := range list[:len(list)-1] {
		s := a.hintText(h)
		if s == "" {
			continue
		}
		if used += row.Width(s) + 2; used > a.w {
			break
		}
		out = append(out, s)
	}
	return hintSpans(strings.Join(append(out, last), "  "))
}

// hintText is a hint as KEY:TEXT, "" where it has no key, or nothing to act on.
func (a *App) hintText(h hint) string {
	key, text := a.keys[a.screen].keyOf(h.name), h.text
	if key == "" || h.name == "try-a" && len(a.why.ex.Fixes) == 0 {
		return ""
	}
	if text == "" {
		text = a.whyHint()
	}
	return key + ":" + text
}

// whyHint is what why is called where the cursor is: it explains a split only where there is one.
func (a *App) whyHint() string {
	if a.f != nil && a.f.res.Layout != nil {
		switch {
		case a.currentBoundary() >= 0:
			return "why it splits"
		case a.current() >= 0 && a.f.isRefused(a.stage, a.current()):
			return "why refused"
		}
	}
	return "why"
}

// shortHints is what a screen without a line for keys has room for.
func (a *App) shortHints() row.Row { return hintSpans("w:why  t:what if  e:export  ?:keys ") }

func hintSpans(hints string) row.Row {
	r := row.Row{{Role: themes.Plain, Text: " "}}
	for i, h := range strings.Split(hints, "  ") {
		key, what, ok := strings.Cut(h, ":")
		if key == "" && ok { // the key is the colon
			key, what = ":", strings.TrimPrefix(what, ":")
		}
		if i > 0 {
			r = append(r, row.Span{Role: themes.Plain, Text: "  "})
		}
		r = append(r, row.Span{Role: themes.Key, Text: key}, row.Span{Role: themes.Dim, Text: " " + what})
	}
	return r
}

// filterKey takes a key while the filter of the switches is typed.
func (a *App) filterKey(k string) tea.Cmd {
	s := &a.tog
	switch k {
	case "enter":
		s.typing = false
		return nil
	case "esc":
		s.typing, s.filter = false, ""
		s.rebuild(a)
		return nil
	case "down", "up":
		s.move(map[string]int{"down": 1, "up": -1}[k])
		return nil
	}
	if text, ok := edit(s.filter, k); ok {
		s.filter = text
		s.win.Top()
		s.narrow()
	}
	return nil
}

// paste puts pasted text where text is typed.
func (a *App) paste(text string) {
	text = row.Sanitize(text)
	switch {
	case a.prompt.open:
		a.prompt.text += text
		a.complete()
	case a.search.typing:
		a.search.text += text
	case a.drawer == drawerExport && a.export.typing:
		a.export.paths[a.export.kind] += text
	case a.screen == screenToggles && a.tog.typing:
		a.tog.filter += text
		a.tog.narrow()
	}
}
