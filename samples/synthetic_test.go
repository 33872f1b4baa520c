package samples

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"seam/internal/golden"
	"seam/model"
)

// edgeNodes counts the nodes of the edge graph of g: for each constant its values, scales, zero points and a dequantize; for
// each other value a quantize and a dequantize for each reader, unless a relu is fused with the convolution that gives it.
func edgeNodes(g *model.Graph) int {
	total := 0
	for n := range model.NodeID(g.Len()) {
		switch x := g.Node(n); {
		case x.Kind == model.GetAttr:
			total += 4
		case x.Kind == model.Output, fused(g, n):
			total++
		default:
			total += 2 + len(g.Users(n))
		}
	}
	return total
}

func fused(g *model.Graph, n model.NodeID) bool {
	users := g.Users(n)
	return strings.HasPrefix(g.Node(n).Target, "aten.conv") && len(users) == 1 && g.Node(users[0]).Target == "aten.relu.default"
}

func TestSyntheticSize(t *testing.T) {
	for _, n := range []int{0, 1, 100, 1000, 10000, 100000} {
		for seed := range int64(3) {
			got := edgeNodes(Synthetic(n, seed))
			if want := max(n, 16); got < want-plainCost || got > want+plainCost {
				t.Errorf("seed %d: %d edge nodes, want %d", seed, got, n)
			}
		}
	}
}

func TestSyntheticIsDeterministic(t *testing.T) {
	a, b := Synthetic(2000, 7), Synthetic(2000, 7)
	if d := golden.Diff(model.String(a), model.String(b)); d != "" {
		t.Errorf("two runs differ: %s", d)
	}
	for n := range model.NodeID(a.Len()) {
		x, _ := a.Attrs.Get(a.Node(n).Target)
		y, _ := b.Attrs.Get(a.Node(n).Target)
		if x.Tensor != nil && !bytes.Equal(x.Tensor.Raw, y.Tensor.Raw) {
			t.Fatalf("two runs differ in constant %s", x.Name)
		}
	}
	if model.String(a) == model.String(Synthetic(2000, 8)) {
		t.Error("another seed gives the same graph")
	}
}

func TestSyntheticText(t *testing.T) {
	golden.Compare(t, "testdata/synthetic.txt", model.String(Synthetic(330, 5)))
}

func TestSyntheticNodes(t *testing.T) {
	g := Synthetic(5000, 1)
	seen := map[string]int{}
	for n := range model.NodeID(g.Len()) {
		x := g.Node(n)
		seen[x.Target]++
		switch x.Kind {
		case model.GetAttr:
			a, ok := g.Attrs.Get(x.Target)
			if !ok || !a.Tensor.Type().Equal(x.Type) || seen[x.Target] > 1 || len(g.Users(n)) != 1 {
				t.Errorf("%s: constant %+v, node %d of it", x.Name, a, seen[x.Target])
			}
		case model.Call:
			if _, err := model.Complete(x); err != nil || x.Op == model.None || !x.Type.IsTensor() {
				t.Errorf("%s: %v", x.Name, err)
			}
			if x.Meta == nil || x.Meta.Loc.File == "" || len(x.Meta.Modules) == 0 {
				t.Errorf("%s: no source", x.Name)
			}
		}
		if len(g.Users(n)) == 0 && x.Kind != model.Output {
			t.Errorf("%s: nobody reads it", x.Name)
		}
	}
	for _, op := range []string{"conv1d.default", "conv2d.default", "relu.default", "add.Tensor", "cat.default", "view.default"} {
		if seen["aten."+op] < 3 {
			t.Errorf("%d nodes of %s", seen["aten."+op], op)
		}
	}
	if convs := seen["aten.conv1d.default"] + seen["aten.conv2d.default"]; seen["aten.add.Tensor"]*3 > convs {
		t.Errorf("%d adds for %d convolutions: not mostly linear", seen["aten.add.Tensor"], convs)
	}
	if far := longest(g); far < 30 {
		t.Errorf("the longest edge spans %d calls", far)
	}
}

// longest is the largest number of nodes between a call and a node that reads it.
func longest(g *model.Graph) int {
	far := model.NodeID(0)
	for n := range model.NodeID(g.Len()) {
		for _, p := range g.In(n) {
			if g.Node(p).Kind == model.Call {
				far = max(far, n-p)
			}
		}
	}
	return int(far)
}

func TestSyntheticWeightsAreSmall(t *testing.T) {
	g := Synthetic(100000, 1)
	distinct, total := map[*byte]bool{}, 0
	for n := range model.NodeID(g.Len()) {
		if a, ok := g.Attrs.Get(g.Node(n).Target); ok && !distinct[&a.Tensor.Raw[0]] {
			distinct[&a.Tensor.Raw[0]] = true
			total += len(a.Tensor.Raw)
		}
	}
	if total > 1<<20 {
		t.Errorf("weights take %d bytes", total)
	}
}

func TestSyntheticData(t *testing.T) {
	g, err := model.Parse(`graph aten
symbol s0 hint=3 min=1 max=9
symbol s1 hint=-1 min=2 max=-1
attr w param float32[1]
%p = placeholder(param) w : float32[1]
%x = placeholder x : float32[s0,2]
%i = placeholder i : int64[s1]
%b = placeholder b : bool[4]
%h = placeholder h : float16[2]
%n = placeholder n : sym s0
`)
	if err != nil {
		t.Fatal(err)
	}
	data := SyntheticData(g, 1, 2)
	if len(data) != 2 {
		t.Fatalf("%d batches, want 2", len(data))
	}
	for i, batch := range data {
		text := ""
		for _, x := range batch {
			text += fmt.Sprint(x.DType, x.Shape.Format(nil), len(x.Raw), " ")
		}
		if want := "float32[3,2]24 int64[2]16 bool[4]4 float16[2]4 "; text != want {
			t.Errorf("batch %d holds %s, want %s", i, text, want)
		}
		values, _ := batch[0].Floats()
		for _, v := range values {
			if v < -1 || v > 1 {
				t.Errorf("batch %d: value %v", i, v)
			}
		}
	}
	again := SyntheticData(g, 1, 2)
	if !bytes.Equal(data[1][0].Raw, again[1][0].Raw) || bytes.Equal(data[0][0].Raw, data[1][0].Raw) {
		t.Error("data must depend on the seed and the batch, and on nothing else")
	}
}

func BenchmarkSynthetic(b *testing.B) {
	for _, n := range []int{1000, 10000, 100000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Synthetic(n, 1)
			}
		})
	}
}
