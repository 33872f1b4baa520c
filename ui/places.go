package ui

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"seam/model"
)

// marks is the nodes that a person marked, by letter, as names: a run may change numbers.
type marks map[string]visit

// isLetter says whether a key is one letter.
func isLetter(k string) bool { return len(k) == 1 && (k[0]|0x20) >= 'a' && (k[0]|0x20) <= 'z' }

// setMark waits for the letter of a mark.
func (a *App) setMark(int) tea.Cmd {
	at, ok := a.anchorName()
	if !ok {
		return nil
	}
	a.say("mark %s: a letter", at.name)
	a.second = func(k string) tea.Cmd {
		if isLetter(k) {
			if a.marks == nil {
				a.marks = marks{}
			}
			a.marks[k] = visit{at.stage, at.part, at.name}
			a.say("%s marks %s: '%s goes there", k, at.name, k)
		}
		return nil
	}
	return nil
}

// flipMark marks the node with the first free letter, or takes its mark away.
func (a *App) flipMark(int) tea.Cmd {
	at, ok := a.anchorName()
	if !ok {
		return nil
	}
	if k := a.markLetter(at.node); k != " " {
		delete(a.marks, k)
		a.say("%s is not marked any more", at.name)
		return nil
	}
	for c := 'a'; c <= 'z'; c++ {
		if _, taken := a.marks[string(c)]; !taken {
			if a.marks == nil {
				a.marks = marks{}
			}
			a.marks[string(c)] = visit{at.stage, at.part, at.name}
			a.say("%c marks %s: '%c goes there, space takes it away", c, at.name, c)
			return nil
		}
	}
	a.say("all letters are taken: space on a marked node frees one")
	return nil
}

// toMark waits for a letter and goes to its mark; a second ' goes back.
func (a *App) toMark(int) tea.Cmd {
	text := ""
	for c := 'A'; c <= 'z'; c++ {
		if v, ok := a.marks[string(c)]; ok {
			text += fmt.Sprintf("  %c %s", c, v.name)
		}
	}
	a.say("to mark: a letter%s", text)
	a.second = func(k string) tea.Cmd {
		if k == "'" {
			return a.travel(-1)
		}
		v, ok := a.marks[k]
		switch {
		case !ok && isLetter(k):
			a.say("no mark %s: m%s sets it", k, k)
		case ok && a.f != nil && a.f.graph(v.stage, v.part) != nil:
			a.remember()
			a.visit(v)
		}
		return nil
	}
	return nil
}

// visit goes to a node by name, and to its stage.
func (a *App) visit(v visit) {
	if v.stage != a.stage || v.part != a.part {
		a.chosen = true
		a.goStage(v.stage, v.part)
	}
	n := a.list.g.ByName(v.name)
	if n == model.None {
		a.say("%s is not in %s any more", v.name, v.stage)
		return
	}
	a.land(n)
}

// markLetter is the letter that marks a node of the list, " " without one.
func (a *App) markLetter(n model.NodeID) string {
	if len(a.marks) == 0 {
		return " "
	}
	name, letter := a.list.g.Node(n).Name, " "
	for k, v := range a.marks {
		if v.name == name && v.stage == a.stage && v.part == a.part && (letter == " " || k < letter) {
			letter = k
		}
	}
	return letter
}

// labels is a letter, or two, beside each visible row of the graph pane: typing them goes there.
type labels struct {
	on    bool
	typed string
}

// labelKeys is the letters in the order in which rows get them: the home row first.
const labelKeys = "asdfghjklqwertyuiopzxcvbnm"

func (a *App) openLabels(int) tea.Cmd {
	if a.list.len() == 0 {
		return nil
	}
	a.setFocus(paneGraph)
	a.labels = labels{on: true}
	a.say("type the letters beside a row")
	return nil
}

// labelOf is the letters of the row at height y of the window.
func (a *App) labelOf(y int) string {
	from, to := a.graph.win.Visible()
	if to-from <= len(labelKeys) {
		return labelKeys[y%len(labelKeys) : y%len(labelKeys)+1]
	}
	i, j := y/len(labelKeys), y%len(labelKeys)
	return labelKeys[i%len(labelKeys):i%len(labelKeys)+1] + labelKeys[j:j+1]
}

func (a *App) labelKey(k string) tea.Cmd {
	l := &a.labels
	l.typed += k
	from, to := a.graph.win.Visible()
	open := false
	for i := from; i < to && isLetter(k); i++ {
		switch s := a.labelOf(i - from); {
		case s == l.typed:
			a.remember()
			a.graph.win.Goto(i)
			a.touched()
			a.labels, a.notice = labels{}, notice{}
			return nil
		case len(s) > len(l.typed) && s[:len(l.typed)] == l.typed:
			open = true
		}
	}
	if !open {
		a.labels, a.notice = labels{}, notice{}
	}
	return nil
}

// editSource opens the line of the user's program in an editor.
func (a *App) editSource(int) tea.Cmd {
	n := a.current()
	if n == model.None {
		return nil
	}
	m, _ := a.metaOf(n)
	switch {
	case m == nil || m.Loc.IsZero():
		a.say("where this node comes from is not known")
		return nil
	case a.opt.Editor == nil:
		a.say("no editor: set EDITOR")
		return nil
	}
	cmd, err := a.opt.Editor(m.Loc.File, m.Loc.Line)
	if err != nil {
		a.warn("%v", err)
		return nil
	}
	return tea.Exec(cmd, func(err error) tea.Msg { return editedMsg{err} })
}
