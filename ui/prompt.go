package ui

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"seam/themes"
	"seam/ui/match"
	"seam/ui/row"
)

// prompt is the command line and the palette: the same commands, found by the beginning of their name or by any letters of
// name and text. It is also asked for a path.
type prompt struct {
	open  bool
	fuzzy bool
	text  string
	label string               // what is asked for; "" for a command
	then  func(string) tea.Cmd // takes the answer, where it is no command
	list  []choice
	at    int
	past  []string
	back  int // how far back in past
}

// choice is a completion: the whole text that it stands for.
type choice struct {
	text, what, keys string
	more             bool // an argument follows
}

// mostChoices is the rows of completions drawn at once, and mostFound how many are looked for.
const (
	mostChoices = 9
	mostFound   = 200
)

func (a *App) openPrompt(fuzzy bool) {
	a.prompt = prompt{open: true, fuzzy: fuzzy, past: a.prompt.past}
	a.drawer = drawerNone
	a.complete()
}

// askFor opens the prompt for a text that is no command, such as a path.
func (a *App) askFor(label, text string, then func(string) tea.Cmd) {
	a.prompt = prompt{open: true, label: label, text: text, then: then, past: a.prompt.past}
}

func (a *App) promptKey(k string) tea.Cmd {
	p := &a.prompt
	switch k {
	case "esc", "ctrl+c":
		p.open = false
	case "enter":
		return a.answer()
	case "down", "ctrl+n":
		p.at = min(p.at+1, max(0, len(p.list)-1))
	case "up", "ctrl+p":
		a.promptUp()
	case "tab":
		if p.at < len(p.list) {
			c := p.list[p.at]
			p.text = c.text
			if c.more {
				p.text += " "
			}
			a.complete()
		}
	default:
		if text, ok := edit(p.text, k); ok {
			if p.text == "" && k == "backspace" {
				p.open = false
				return nil
			}
			p.text = text
			a.complete()
		}
	}
	return nil
}

// promptUp goes up the completions, and from the first of them back through what was typed before.
func (a *App) promptUp() {
	p := &a.prompt
	if p.at > 0 {
		p.at--
		return
	}
	if p.label == "" && p.back < len(p.past) {
		p.back++
		p.text = p.past[len(p.past)-p.back]
		a.complete()
	}
}

// answer runs what was typed: a command, the completion under the cursor, or what was asked for.
func (a *App) answer() tea.Cmd {
	p := &a.prompt
	p.open = false
	text := strings.TrimSpace(p.text)
	if p.then != nil {
		if text == "" {
			return nil
		}
		return p.then(text)
	}
	if p.at < len(p.list) && (p.at > 0 || a.command(text) == nil) {
		c := p.list[p.at]
		if text = c.text; c.more {
			p.open, p.text = true, text+" "
			a.complete()
			return nil
		}
	}
	if text == "" {
		return nil
	}
	const most = 50
	p.past = append(p.past, text)
	p.past = p.past[max(0, len(p.past)-most):]
	return a.runCommand(text)
}

// command is the binding that a command line begins with: of the screen, or of the main screen.
func (a *App) command(text string) *binding {
	name, _, _ := strings.Cut(text, " ")
	if name == "" {
		return nil
	}
	if b := a.keys[a.screen].find(name); b != nil {
		return b
	}
	return a.keys[screenMain].find(name)
}

// runCommand runs a command line: a command's name and, for some, an argument.
func (a *App) runCommand(text string) tea.Cmd {
	b := a.command(text)
	_, arg, _ := strings.Cut(text, " ")
	arg = strings.TrimSpace(arg)
	a.notice = notice{}
	switch {
	case b == nil:
		a.warn("no command %q: ctrl+p lists them", text)
	case b.arg != nil && arg == "":
		a.warn("%s %s", b.name, b.what)
	case b.arg != nil:
		return b.arg(arg)
	case b.do != nil:
		if a.keys[a.screen].find(b.name) == nil { // of the main screen
			a.screen = screenMain
		}
		return b.do(0)
	}
	return nil
}

// complete looks for what the text may become.
func (a *App) complete() {
	p := &a.prompt
	p.list, p.at = p.list[:0], 0
	if p.label != "" {
		return
	}
	if name, arg, ok := strings.Cut(p.text, " "); ok && a.command(name) != nil {
		b := a.command(name)
		if b.args != nil {
			p.list = values(name, arg, b.args())
		}
		return
	}
	p.list = a.commands(strings.TrimSpace(p.text), p.fuzzy)
}

// values is the arguments that hold what is typed, those that begin with it first.
func values(name, arg string, all []string) []choice {
	var first, rest []choice
	for _, v := range all {
		c := choice{text: name + " " + v}
		switch {
		case len(first)+len(rest) >= mostFound:
			return append(first, rest...)
		case strings.HasPrefix(v, arg):
			first = append(first, c)
		case strings.Contains(strings.ToLower(v), strings.ToLower(arg)):
			rest = append(rest, c)
		}
	}
	return append(first, rest...)
}

// commands is the commands of the screen, and of the main screen, that the text finds.
func (a *App) commands(text string, fuzzy bool) []choice {
	var out []choice
	var scores []int
	seen := map[string]bool{}
	if fuzzy && text != "" {
		text = "~" + strings.ReplaceAll(text, " ", " ~")
	}
	q := match.Parse(text)
	for _, m := range []*keymap{&a.keys[a.screen], &a.keys[screenMain]} {
		what := ""
		for _, b := range m.list {
			if b.what != "" {
				what = b.what
			}
			if b.name == "" || seen[b.name] {
				continue
			}
			seen[b.name] = true
			score, ok := 0, strings.HasPrefix(b.name, text)
			if !ok || fuzzy {
				score, ok = q.Match(func(string) string { return b.name + "  " + what })
			} else {
				score = 1 << 20
			}
			if ok {
				out = append(out, choice{b.name, what, strings.Join(b.keys, " "), b.arg != nil})
				scores = append(scores, score)
			}
		}
	}
	return ranked(out, scores)
}

// ranked is choices by score, the best first; equal ones stay in order.
func ranked(list []choice, scores []int) []choice {
	order := make([]int, len(list))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(x, y int) int { return scores[y] - scores[x] })
	out := make([]choice, len(list))
	for i, k := range order {
		out[i] = list[k]
	}
	return out
}

// promptRows is the completions, above the line that is typed.
func (a *App) promptRows(w int) []line {
	p := &a.prompt
	if len(p.list) == 0 {
		return nil
	}
	title, right := " commands ", "tab completes   enter runs   esc "
	out := []line{{ruled(title, right, w), false}}
	from := max(0, min(p.at-mostChoices/2, len(p.list)-mostChoices))
	for i := from; i < min(len(p.list), from+mostChoices); i++ {
		c := p.list[i]
		r := row.Row{{Role: themes.Plain, Text: "  " + cell(row.Sanitize(c.text), min(40, max(16, w/4)))}}
		if c.what != "" || c.keys != "" {
			r = append(r, row.Span{Role: themes.Key, Text: " " + cell(c.keys, 12)}, row.Span{Role: themes.Dim, Text: " " + c.what})
		}
		out = append(out, line{r, i == p.at})
	}
	return out
}

// promptRow is the line that is typed.
func (a *App) promptRow() row.Row {
	p := &a.prompt
	label := ":"
	if p.label != "" {
		label = p.label + " "
	}
	return row.Row{{Role: themes.Key, Text: " " + label}, {Role: themes.Match, Text: row.Sanitize(p.text)}, {Role: themes.Cursor, Text: " "}}
}
