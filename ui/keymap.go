package ui

import (
	"strings"

	tea "charm.land/bubbletea/v2"
)

// binding is a command: its name for the command line, the keys that run it on one screen, and how help says it.
type binding struct {
	name string
	keys []string
	show string // the keys as help writes them; "" leaves the line to the binding before
	what string
	do   func(n int) tea.Cmd // n is the count prefix, 0 without one
	arg  func(arg string) tea.Cmd
	args func() []string // what the argument may be, to complete it
}

// bind is a binding; keys are apart by spaces.
func bind(name, keys, show, what string, do func(n int) tea.Cmd) binding {
	return binding{name: name, keys: strings.Fields(keys), show: show, what: what, do: do}
}

// keymap is a screen's bindings, by key and in the order of help.
type keymap struct {
	list  []binding
	byKey map[string]int
}

// newKeymap makes a screen's keymap. keys is what a person mapped, by command: it replaces the command's own keys, and takes
// its keys from every other command.
func newKeymap(list []binding, keys map[string][]string) keymap {
	m := keymap{list, map[string]int{}}
	for i := range m.list {
		b := &m.list[i]
		if mine, ok := keys[b.name]; ok && b.name != "" {
			b.keys, b.show = mine, strings.Join(mine, " ")
			if b.what == "" {
				b.what = b.name
			}
			continue
		}
		for _, k := range b.keys {
			m.byKey[k] = i
		}
	}
	for i, b := range m.list {
		if _, ok := keys[b.name]; ok {
			for _, k := range b.keys {
				m.byKey[k] = i
			}
		}
	}
	return m
}

// find is the binding of a command, nil if the screen has none of that name.
func (m *keymap) find(name string) *binding {
	for i := range m.list {
		if m.list[i].name == name {
			return &m.list[i]
		}
	}
	return nil
}

// keyOf is the first key of a command, "" without one.
func (m *keymap) keyOf(name string) string {
	if b := m.find(name); b != nil && len(b.keys) > 0 {
		return b.keys[0]
	}
	return ""
}

// UnknownCommands lists the names of a key mapping that are no command.
func UnknownCommands(keys map[string][]string) []string {
	a := &App{}
	known := map[string]bool{}
	for _, m := range a.keymaps(nil) {
		for _, b := range m.list {
			known[b.name] = true
		}
	}
	var out []string
	for name := range keys {
		if !known[name] {
			out = append(out, name)
		}
	}
	return out
}
