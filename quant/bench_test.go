package quant

import (
	"fmt"
	"strings"
	"testing"

	"seam/model"
)

// chain is a graph of n operators, one behind the other, with a softmax every so often.
func chain(t testing.TB, n, softmax int) *model.Graph {
	t.Helper()
	b := model.NewBuilder(model.ATen)
	typ := model.TensorOf(model.Float32, model.ShapeInts(2, 8))
	at := b.Add(model.Spec{Kind: model.Placeholder, Target: "x", Type: typ})
	for i := range n {
		s := model.Spec{Kind: model.Call, Target: "aten.sigmoid.default", Args: []model.Arg{model.NodeArg(at)}, Type: typ}
		if softmax > 0 && i%softmax == 0 {
			s.Target, s.Args = "aten.softmax.int", append(s.Args, model.IntArg(-1))
		}
		at = b.Add(s)
	}
	b.Add(model.Spec{Kind: model.Output, Target: "output", Args: []model.Arg{model.ListArg(model.NodeArg(at))}})
	g, _, err := b.Freeze()
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// BenchmarkTransform is the time that a large graph takes: without work for any pass, and with some for one.
func BenchmarkTransform(b *testing.B) {
	for _, softmax := range []int{0, 1000} {
		b.Run(fmt.Sprintf("softmax=%d", softmax), func(b *testing.B) {
			g := chain(b, 100_000, softmax)
			rules, err := LoadRules("1.5.1", Composable, "")
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if _, err := Transform(g, rules, Config{Release: "1.5.1", Args: PresetArgs(Int8, true)}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestTransformSoftmax transforms a graph through all passes and compares it with the decomposition of its one softmax.
func TestTransformSoftmax(t *testing.T) {
	rules, err := LoadRules("1.5.1", Composable, "")
	if err != nil {
		t.Fatal(err)
	}
	tr, err := Transform(chain(t, 1, 1), rules, Config{Release: "1.5.1", Args: PresetArgs(Int8, true)})
	if err != nil {
		t.Fatal(err)
	}
	g, rel := tr.Graph, tr.From
	var ops []string
	for i := range g.Len() {
		ops = append(ops, g.Node(model.NodeID(i)).Name)
		if g.Node(model.NodeID(i)).Kind == model.Call && len(rel.Of(model.NodeID(i))) != 1 {
			t.Errorf("%s is tied to %d nodes, want 1", ops[i], len(rel.Of(model.NodeID(i))))
		}
	}
	if got, want := strings.Join(ops, " "), "x amax sub exp sum_1 reciprocal mul output"; got != want {
		t.Errorf("nodes %s, want %s", got, want)
	}
}
