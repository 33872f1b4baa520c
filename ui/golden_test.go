package ui

import (
	"fmt"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"seam/internal/golden"
	"seam/ui/row"
)

// TestScreens compares screens with golden files: the text, and below it a letter a cell for its role.
func TestScreens(t *testing.T) {
	screens := []struct {
		name string
		keys []string
	}{
		{"main", nil},
		{"why", []string{"w"}},
		{"toggles", []string{"t", "space"}},
		{"group", []string{"k", "k", "s"}},
		{"picture", []string{"v"}},
		{"diff", []string{"t", "space", "d"}},
		{"folded", []string{"H"}},
		{"palette", []string{"ctrl+p", "f", "o", "l"}},
	}
	for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 60}, {60, 16}} {
		for _, s := range screens {
			name := fmt.Sprintf("%s_%dx%d", s.name, size[0], size[1])
			t.Run(name, func(t *testing.T) {
				a := newApp(t, 4, size[0], size[1])
				press(a, s.keys...)
				text, roles := row.Planes(a.draw().rows())
				golden.Compare(t, "testdata/"+name+".txt", text+roles)
			})
		}
	}
}

// TestTerminals draws the first screen for poor terminals: the escape codes of 16 colours and of none, ASCII, and without a
// mouse.
func TestTerminals(t *testing.T) {
	for _, c := range []struct {
		name, theme    string
		ascii, noMouse bool
	}{{"16-colours", "dark-16", false, false}, {"mono-ascii-no-mouse", "mono", true, true}} {
		for _, size := range [][2]int{{80, 24}, {60, 16}} {
			name := fmt.Sprintf("%s_%dx%d", c.name, size[0], size[1])
			t.Run(name, func(t *testing.T) {
				a := newApp(t, 4, size[0], size[1])
				a.theme, a.opt.ASCII, a.opt.NoMouse = builtin(c.theme), c.ascii, c.noMouse
				v := a.View()
				if (v.MouseMode == tea.MouseModeNone) != c.noMouse {
					t.Errorf("mouse mode %d", v.MouseMode)
				}
				golden.Compare(t, "testdata/"+name+".txt", strings.ReplaceAll(v.Content, "\x1b", "^")+"\n")
			})
		}
	}
}
