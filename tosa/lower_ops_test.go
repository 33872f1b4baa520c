package tosa_test

import (
	"context"
	"encoding/json"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"seam/internal/golden"
	"seam/model"
	"seam/tosa"
)

// TestLowerOps lowers the delegates of upstream's operator tests and compares with the normal form of the file that upstream
// writes. Weights and biases, which the archives do not hold, are compared by type.
func TestLowerOps(t *testing.T) {
	golden.EachTxtar(t, filepath.Join("testdata", "ops", "*.txtar"), func(t *testing.T, a *golden.Txtar) {
		g, tags := parseRecording(t, a.Path, []byte(a.File("edge.json"))).graph(t)
		for _, name := range a.Names() {
			tag, ok := strings.CutSuffix(name, ".normal.json")
			if !ok {
				continue
			}
			var want tosa.NormalForm
			if err := json.Unmarshal([]byte(a.File(name)), &want); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			num, _ := strconv.Atoi(strings.TrimPrefix(tag, "tag"))
			l, err := tosa.Lower(context.Background(), g, tags[tag], num, tosa.Config{U55: strings.Contains(a.Path, "-u55")})
			if err != nil {
				t.Fatal(err)
			}
			if len(l.Failed) > 0 {
				t.Fatal(l.Failed[0].Text)
			}
			if d := compareNormal(tosa.Normal(l), want); d != "" {
				t.Errorf("%s: %s", tag, d)
			}
			if err := model.Check(l.Graph); err != nil {
				t.Error(err)
			}
		}
	})
}

// edgeGraph is a small edge graph of one delegate: every call is in it.
func edgeGraph(t *testing.T, build func(b *model.Builder) []model.NodeID) (*model.Graph, []model.NodeID) {
	t.Helper()
	b := model.NewBuilder(model.Edge)
	list := model.ListArg()
	for _, n := range build(b) {
		list.List = append(list.List, model.NodeArg(n))
	}
	b.Add(model.Spec{Kind: model.Output, Target: "output", Name: "output", Args: []model.Arg{list}})
	g, _, err := b.Freeze()
	if err != nil {
		t.Fatal(err)
	}
	var calls []model.NodeID
	for i := range g.Len() {
		if g.Node(model.NodeID(i)).Kind == model.Call {
			calls = append(calls, model.NodeID(i))
		}
	}
	return g, calls
}

// quantArgs is the arguments of a quantize or dequantize node of int8 values.
func quantArgs(of model.NodeID, scale float64, zero int64) []model.Arg {
	return []model.Arg{
		model.NodeArg(of), model.FloatArg(scale), model.IntArg(zero), model.IntArg(-128), model.IntArg(127), model.ConstArg("torch.int8"),
	}
}

// TestNotes says what each loss is noted of, and that what loses nothing has no note.
func TestNotes(t *testing.T) {
	codes, reals := model.TensorOf(model.Int8, model.ShapeInts(1, 4)), model.TensorOf(model.Float32, model.ShapeInts(1, 4))
	dq := func(b *model.Builder, x model.NodeID, scale float64, zero int64) model.NodeID {
		return b.Add(model.Spec{
			Kind: model.Call, Target: "quantized_decomposed.dequantize_per_tensor.default", Args: quantArgs(x, scale, zero), Type: reals,
		})
	}
	q := func(b *model.Builder, x model.NodeID, scale float64, zero int64) model.NodeID {
		return b.Add(model.Spec{
			Kind: model.Call, Target: "quantized_decomposed.quantize_per_tensor.default", Args: quantArgs(x, scale, zero), Type: codes,
		})
	}
	requantize := func(scales ...float64) func(b *model.Builder) []model.NodeID {
		return func(b *model.Builder) []model.NodeID {
			x := b.Add(model.Spec{Kind: model.Placeholder, Target: "x", Name: "x", Type: codes})
			for i := 1; i < len(scales); i++ {
				x = q(b, dq(b, x, scales[i-1], 0), scales[i], 0)
			}
			return []model.NodeID{x}
		}
	}
	relu := func(zero int64) func(b *model.Builder) []model.NodeID {
		return func(b *model.Builder) []model.NodeID {
			x := b.Add(model.Spec{Kind: model.Placeholder, Target: "x", Name: "x", Type: codes})
			w := b.Add(model.Spec{Kind: model.Placeholder, Target: "w", Name: "w", Type: model.TensorOf(model.Int8, model.ShapeInts(4, 4))})
			b.Inputs["w"] = model.BufferInput
			args := []model.Arg{model.NodeArg(dq(b, x, 0.5, 0)), model.NodeArg(dq(b, w, 0.5, 0))}
			l := b.Add(model.Spec{Kind: model.Call, Target: "aten.linear.default", Args: args, Type: reals})
			b.SetMark(l, model.MarkedQuantized)
			r := b.Add(model.Spec{Kind: model.Call, Target: "aten.relu.default", Args: []model.Arg{model.NodeArg(l)}, Type: reals})
			b.SetMark(r, model.MarkedQuantized)
			return []model.NodeID{q(b, r, 0.5, zero)}
		}
	}
	for _, c := range []struct {
		name  string
		build func(b *model.Builder) []model.NodeID
		want  []string
	}{
		{"relu to the least code", relu(-128), nil},
		{"relu to another code", relu(-3), []string{"T-ACTIVATION-LOST"}},
		{"one change of scale", requantize(0.5, 0.25), nil},
		{"two changes of scale", requantize(0.5, 0.3, 0.25), []string{"T-ROUNDED-TWICE"}},
		{"scale too small for the shift", requantize(1e-12, 1e5), []string{"T-SCALE-PRECISION"}},
		{"shift too small for the values", requantize(1<<24, 1), []string{"T-SCALE-RANGE"}},
	} {
		g, nodes := edgeGraph(t, c.build)
		l, err := tosa.Lower(context.Background(), g, nodes, 0, tosa.Config{})
		if err != nil {
			t.Fatal(err)
		}
		if len(l.Failed) > 0 {
			t.Fatalf("%s: %s", c.name, l.Failed[0].Text)
		}
		var got []string
		for _, n := range l.Notes {
			got = append(got, n.Rule.ID)
			if len(n.Nodes) == 0 {
				t.Errorf("%s: %s is of no node", c.name, n.Text)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: notes %q, want %q", c.name, got, c.want)
		}
	}
}

// TestReordered says that a program with an input in another memory order is not lowered: seam does not know what becomes of it.
func TestReordered(t *testing.T) {
	g, nodes := edgeGraph(t, func(b *model.Builder) []model.NodeID {
		codes := model.TensorOf(model.Int8, model.ShapeInts(1, 4))
		x := b.Add(model.Spec{Kind: model.Placeholder, Target: "x", Name: "x", Type: codes})
		dq := b.Add(model.Spec{
			Kind: model.Call, Target: "quantized_decomposed.dequantize_per_tensor.default", Args: quantArgs(x, 0.5, 0),
			Type: model.TensorOf(model.Float32, model.ShapeInts(1, 4)),
		})
		return []model.NodeID{b.Add(model.Spec{
			Kind: model.Call, Target: "quantized_decomposed.quantize_per_tensor.default", Args: quantArgs(dq, 0.25, 0), Type: codes,
		})}
	})
	for _, reordered := range []bool{false, true} {
		l, err := tosa.Lower(context.Background(), g, nodes, 0, tosa.Config{Reordered: reordered})
		if err != nil {
			t.Fatal(err)
		}
		if failed := len(l.Failed) > 0; failed != reordered {
			t.Errorf("reordered %v: %+v", reordered, l.Failed)
		}
	}
}
