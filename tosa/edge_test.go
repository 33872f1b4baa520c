package tosa_test

import (
	"strings"
	"testing"

	"seam/internal/golden"
	"seam/model"
	"seam/tosa"
)

// TestEdge lowers the graphs of testdata/edge: NAME.aten gives NAME.edge. A first line "# bind s0=4" sets sizes of symbols.
func TestEdge(t *testing.T) {
	golden.EachTxtar(t, "testdata/edge/*.txtar", func(t *testing.T, a *golden.Txtar) {
		for _, file := range a.Names() {
			name, ok := strings.CutSuffix(file, ".aten")
			if !ok {
				continue
			}
			text := a.File(file)
			g, err := model.Parse(text)
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			first, _, _ := strings.Cut(text, "\n")
			bind, _ := strings.CutPrefix(first, "# bind ")
			if !strings.HasPrefix(first, "# bind ") {
				bind = ""
			}
			e, err := tosa.ToEdge(g, tosa.Config{Release: "1.5.1", U55: true, Bind: bind})
			if err != nil {
				a.Compare(t, name+".error", err.Error())
				continue
			}
			a.Compare(t, name+".edge", model.String(e.Graph))
		}
	})
}
