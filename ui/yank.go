package ui

import (
	"encoding/json"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"seam/internal/pipeline"
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
	{"m", "the same as Markdown"},
	{"j", "the node as JSON"},
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
		return a.paneText(n)
	case "m":
		return "**" + x.Name + "**\n\n```\n" + a.paneText(n) + "```\n"
	case "j":
		return a.nodeJSON(n)
	}
	return ""
}

// paneText is what the node pane says, as plain text.
func (a *App) paneText(n model.NodeID) string {
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

// nodeJSON is a node with its place, its ports and why it was refused.
func (a *App) nodeJSON(n model.NodeID) string {
	type port struct {
		Name   string    `json:"name"`
		Spec   string    `json:"spec"`
		Group  int       `json:"group"`
		Scales []float64 `json:"scales"`
		Zeros  []int64   `json:"zero_points"`
	}
	x := a.list.g.Node(n)
	place, _ := placeText(a.f.placeOf(a.stage, n))
	out := struct {
		Stage   string   `json:"stage"`
		ID      int      `json:"id"`
		Name    string   `json:"name"`
		Op      string   `json:"op"`
		Type    string   `json:"type"`
		Module  string   `json:"module"`
		Source  string   `json:"source"`
		Place   string   `json:"place"`
		Ports   []port   `json:"ports"`
		Refused []string `json:"refused"`
	}{
		a.stage.String(), int(n), x.Name, opText(a.list.g, x), typeText(x.Type, a.list.text), a.yankText("p", n), a.yankText("s", n), place,
		[]port{},
		[]string{},
	}
	for _, p := range a.f.res.Ports(a.stage, n) {
		q := port{p.Name, specWord(p.Spec.Kind), int(p.Group), []float64{}, []int64{}}
		for _, v := range p.Params {
			q.Scales, q.Zeros = append(q.Scales, v.Scale), append(q.Zeros, v.Zero)
		}
		out.Ports = append(out.Ports, q)
	}
	for _, e := range a.edgeNodes(n) {
		for _, r := range a.f.res.Part.Reasons(e) {
			out.Refused = append(out.Refused, r.Rule.ID+" "+r.Text)
		}
	}
	b, err := json.MarshalIndent(out, "", "  ")
	if err != nil { // a scale that is no number
		return ""
	}
	return string(b)
}

// edgeNodes is the partitioned nodes that stand for a node of the stage on screen.
func (a *App) edgeNodes(n model.NodeID) []model.NodeID {
	if a.f.res.Part == nil || a.stage == pipeline.TOSA {
		return nil
	}
	return a.f.res.Follow(a.stage, n, pipeline.Partitioned)
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
