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
	{"D1 H1 .", "delegate 1; island 1 on the CPU; a Q or DQ left outside"},
	{"!", "refused by a support check, and on the CPU"},
	{"~", "a warning, or a reason that upstream does not report"},
	{"*", "runs elsewhere than before the change"},
	{"?", "seam does not know"},
}

func (a *App) openHelp(int) tea.Cmd {
	if a.screen == screenHelp {
		return nil
	}
	h := &a.help
	h.list = nil
	for _, b := range a.keys[a.screen].list {
		if b.show != "" {
			h.list = append(h.list, helpRow(b.show, b.what))
		}
	}
	h.list = append(h.list, line{}, line{row.Row{{Role: themes.Title, Text: " glyphs"}}, false})
	for _, l := range legend {
		h.list = append(h.list, helpRow(l[0], l[1]))
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
	return []binding{{[]string{"?", "esc", "q", "enter"}, "esc", "back", a.esc}}
}

func (a *App) helpRows(w, h int) []line {
	name := [numScreens]string{"main screen", "why", "what if", ""}[a.behind]
	out := []line{{ruled(" keys: "+name+" ", "esc back ", w), false}}
	from, to := a.help.win.Visible()
	for i := from; i < min(to, from+h-1); i++ {
		out = append(out, line{a.help.list[i].Row, i == a.help.win.Cursor})
	}
	return out
}

// hintRow is the line of the commonest keys.
func (a *App) hintRow() row.Row {
	hints := [numScreens]string{
		screenMain:    "w:why it splits  t:what if  e:export  b:boundary  < >:stage  /:search  ?:keys",
		screenWhy:     "a:try the first fix  enter:go there  t:what if  e:export  y:copy  esc:back  ?:keys",
		screenToggles: "space:switch  enter:keep  u:undo  /:filter  w:why  e:export  esc:back  ?:keys",
		screenHelp:    "j k:scroll  esc:back",
	}[a.screen]
	return hintSpans(hints)
}

// shortHints is what a screen without a line for keys has room for.
func (a *App) shortHints() row.Row { return hintSpans("w:why  t:what if  e:export  ?:keys ") }

func hintSpans(hints string) row.Row {
	r := row.Row{{Role: themes.Plain, Text: " "}}
	for i, h := range strings.Split(hints, "  ") {
		key, what, _ := strings.Cut(h, ":")
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
	case a.search.typing:
		a.search.text += text
	case a.drawer == drawerExport && a.export.typing:
		a.export.paths[a.export.kind] += text
	case a.screen == screenToggles && a.tog.typing:
		a.tog.filter += text
		a.tog.narrow()
	}
}
