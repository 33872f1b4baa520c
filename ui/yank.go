package ui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"seam/model"
	"seam/themes"
	"seam/ui/row"
)

// yanks is what y copies, by its second key.
var yanks = [...]struct{ key, what string }{
	{"n", "name"},
	{"o", "operator"},
	{"p", "module path"},
	{"s", "source place"},
	{"q", "scales and zero points"},
	{"t", "everything the node pane says"},
}

// openYank asks what to copy. On the why screen that is the chain.
func (a *App) openYank(int) tea.Cmd {
	if a.screen == screenWhy {
		if a.why.busy {
			return nil
		}
		a.say("copied the chain; if the terminal takes no clipboard, e writes it to a file")
		return tea.SetClipboard(a.whyText())
	}
	if a.current() == model.None {
		a.say("no node to copy from")
		return nil
	}
	a.drawer = drawerYank
	return nil
}

func (a *App) yankKey(k string) tea.Cmd {
	a.drawer = drawerNone
	for _, y := range yanks {
		if y.key == k {
			text := a.yankText(k, a.current())
			if text == "" {
				a.say("no %s is known", y.what)
				return nil
			}
			a.say("copied %s; if the terminal takes no clipboard, e writes a file", y.what)
			return tea.SetClipboard(text)
		}
	}
	return nil
}

func (a *App) yankText(k string, n model.NodeID) string {
	x := a.list.g.Node(n)
	switch k {
	case "n":
		return x.Name
	case "o":
		return opText(a.list.g, x)
	case "p":
		if x.Meta != nil {
			return x.Meta.Path()
		}
	case "s":
		if x.Meta != nil && !x.Meta.Loc.IsZero() {
			return fmt.Sprintf("%s:%d", x.Meta.Loc.File, x.Meta.Loc.Line)
		}
	case "q":
		return a.paramsText(n)
	case "t":
		const width = 100
		var b strings.Builder
		for _, l := range a.inspect(n, width) {
			for _, s := range l.Row {
				b.WriteString(s.Text)
			}
			b.WriteByte('\n')
		}
		return b.String()
	}
	return ""
}

func (a *App) paramsText(n model.NodeID) string {
	var b strings.Builder
	for _, p := range a.f.res.Ports(a.stage, n) {
		for _, q := range p.Params {
			fmt.Fprintf(&b, "%s scale=%g zero_point=%d\n", p.Name, q.Scale, q.Zero)
		}
	}
	return b.String()
}

func (a *App) yankRows(w int) []line {
	out := []line{{ruled(" copy ", "esc ", w), false}}
	for _, y := range yanks {
		out = append(out, line{row.Row{{Role: themes.Key, Text: "  " + y.key + "  "}, {Role: themes.Plain, Text: y.what}}, false})
	}
	return out
}
