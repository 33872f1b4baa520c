package ui

import (
	"fmt"
	"testing"

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
