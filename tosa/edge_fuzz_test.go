package tosa_test

import (
	"path/filepath"
	"strings"
	"testing"

	"seam/internal/golden"
	"seam/model"
	"seam/tosa"
)

// FuzzToEdge lowers any graph that the text form can say: it may be refused, never panic, and lowering it twice gives one text.
func FuzzToEdge(f *testing.F) {
	paths, err := filepath.Glob("testdata/edge/*.txtar")
	if err != nil || len(paths) == 0 {
		f.Fatal("no seeds", err)
	}
	for _, p := range paths {
		a := golden.ReadTxtar(f, p)
		for _, name := range a.Names() {
			if strings.HasSuffix(name, ".aten") {
				f.Add(a.File(name))
			}
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		g, err := model.Parse(text)
		if err != nil {
			return
		}
		first, err := tosa.ToEdge(g, tosa.Config{U55: true})
		if err != nil {
			return
		}
		second, err := tosa.ToEdge(g, tosa.Config{U55: true})
		if err != nil || model.String(first.Graph) != model.String(second.Graph) {
			t.Errorf("second run differs: %v", err)
		}
	})
}
