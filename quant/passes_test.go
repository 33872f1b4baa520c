package quant

import (
	"fmt"
	"strings"
	"testing"

	"seam/internal/golden"
	"seam/model"
)

// TestPasses runs each pass of the table alone: PASS.CASE.in becomes PASS.CASE.out, or the pass's error.
func TestPasses(t *testing.T) {
	golden.EachTxtar(t, "testdata/passes/*.txtar", func(t *testing.T, a *golden.Txtar) {
		for _, name := range a.Names() {
			if base, ok := strings.CutSuffix(name, ".in"); ok {
				a.Compare(t, base+".out", runAlone(t, base, a.File(name)))
			}
		}
	})
}

// runAlone runs the pass that a case names on its graph.
func runAlone(t *testing.T, name, text string) string {
	g, err := model.Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	s := stateOf(g)
	first, _, _ := strings.Cut(text, "\n")
	for _, w := range strings.Fields(strings.TrimPrefix(first, "#")) {
		if r, ok := strings.CutPrefix(w, "release="); ok {
			s.release = r
		}
		s.u55 = s.u55 || w == "u55"
		s.retraced = s.retraced || w == "retraced"
	}
	wanted, _, _ := strings.Cut(name, ".")
	found := false
	for i := range passes {
		p := &passes[i]
		if p.name != wanted || !p.in(s.release) {
			continue
		}
		found = true
		if !s.wants(p) {
			return "nothing to do\n"
		}
		if err := s.run(p); err != nil {
			return fmt.Sprintf("error: %v\n", err)
		}
	}
	if !found {
		t.Fatalf("%s: no pass of that name in release %s", name, s.release)
	}
	return model.String(s.g)
}

// stateOf is a graph whose nodes may be transformed unless they are marked as float.
func stateOf(g *model.Graph) *state {
	s := &state{g: g, rel: model.Identity(g.Len()), release: "1.5.1", allow: make([]bool, g.Len())}
	for i := range s.allow {
		s.allow[i] = g.Mark(model.NodeID(i)) != model.MarkedFloat
	}
	s.look()
	return s
}

// TestEveryPassIsTested fails for a modelled pass without a case in testdata.
func TestEveryPassIsTested(t *testing.T) {
	cases := map[string]bool{}
	golden.EachTxtar(t, "testdata/passes/*.txtar", func(_ *testing.T, a *golden.Txtar) {
		for _, name := range a.Names() {
			pass, _, _ := strings.Cut(name, ".")
			cases[pass] = true
		}
	})
	for i := range passes {
		if p := &passes[i]; !cases[p.name] && (p.apply != nil || p.edit != nil) {
			t.Errorf("%s: no case in testdata/passes", p.name)
		}
	}
}
