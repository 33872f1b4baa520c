package exec_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"runtime"
	"strings"
	"testing"

	"seam/model"
	"seam/tosa"
	"seam/tosa/exec"
)

const emgFile = "testdata/emg_cascade_static-u85.tosa"

// one is a graph of one operator that reads one int8 value.
func one(t testing.TB, target string, out model.Type, kw ...model.KwArg) *model.Graph {
	t.Helper()
	b := model.NewBuilder(model.TOSA)
	x := b.Add(model.Spec{Kind: model.Placeholder, Target: "x", Name: "x", Type: model.TensorOf(model.Int8, model.ShapeInts(2, 3))})
	y := b.Add(model.Spec{Kind: model.Call, Target: target, Args: []model.Arg{model.NodeArg(x)}, Kwargs: kw, Type: out})
	b.Add(model.Spec{Kind: model.Output, Target: "output", Args: []model.Arg{model.ListArg(model.NodeArg(y))}})
	g, _, err := b.Freeze()
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestMissing(t *testing.T) {
	_, err := exec.Compile(one(t, "tosa.FFT2D", model.TensorOf(model.Int8, model.ShapeInts(2, 3))))
	var missing *model.MissingError
	if !errors.As(err, &missing) || missing.Operator != "tosa.FFT2D" || len(missing.Nodes) != 1 {
		t.Errorf("error %v", err)
	}
}

// TestBad says that what does not fit is an error of the node, by name.
func TestBad(t *testing.T) {
	good := model.TensorOf(model.Int8, model.ShapeInts(2, 3))
	axis := func(i int) model.KwArg { return model.KwArg{Name: "axis", Arg: model.IntArg(int64(i))} }
	for _, c := range []struct {
		name, want string
		g          *model.Graph
		in         []*model.Tensor
	}{
		{"one operand", "1 operands, want 2", one(t, "tosa.ADD", good), nil},
		{"axis", "index out of range", one(t, "tosa.REVERSE", good, axis(2)), nil},
		{"type", "the graph says", one(t, "tosa.REVERSE", model.TensorOf(model.Int8, model.ShapeInts(3, 2)), axis(0)), []*model.Tensor{drawn(good.T, 1)}},
		{"no input", "0 inputs", one(t, "tosa.REVERSE", good, axis(0)), []*model.Tensor{}},
		{"other input", "input 0", one(t, "tosa.REVERSE", good, axis(0)), []*model.Tensor{drawn(model.TensorType{DType: model.Int8, Shape: model.ShapeInts(6)}, 1)}},
		{"nil input", "no value", one(t, "tosa.REVERSE", good, axis(0)), []*model.Tensor{nil}},
	} {
		p, err := exec.Compile(c.g)
		if err == nil && c.in != nil {
			_, err = p.Run(context.Background(), c.in, nil)
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", c.name, err, c.want)
		}
	}
}

// TestVisit says that every operator is shown once, with the type that the graph says, and that a visitor and a context can
// end a run.
func TestVisit(t *testing.T) {
	g, p := readProgram(t, emgFile)
	in, _ := readIO(t, strings.TrimSuffix(emgFile, ".tosa")+".io.npz")
	seen := map[model.NodeID]int{}
	_, err := p.Run(context.Background(), in, func(n model.NodeID, v *exec.Tensor) error {
		seen[n]++
		if want := g.Node(n).Type; !v.Model().Type().Equal(want) {
			t.Errorf("%s is %s%v", g.Node(n).Name, v.DType, v.Shape)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := range g.Len() {
		want := 1
		if k := g.Node(model.NodeID(i)).Kind; k == model.GetAttr || k == model.Output {
			want = 0
		}
		if seen[model.NodeID(i)] != want {
			t.Errorf("%s: shown %d times", g.Node(model.NodeID(i)).Name, seen[model.NodeID(i)])
		}
	}
	stop := errors.New("stop")
	if _, err := p.Run(context.Background(), in, func(model.NodeID, *exec.Tensor) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("error %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := p.Run(ctx, in, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// TestProcessors demands equal bytes whatever the number of processors.
func TestProcessors(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, n := range []int{1, 2, 3, 8} {
		runtime.GOMAXPROCS(n)
		if d := compareRun(t, emgFile); d != "" {
			t.Errorf("%d processors: %s", n, d)
		}
	}
}

// FuzzGraph changes extents, attributes and constants of the committed graphs. Whatever comes out, it is a result or an error.
func FuzzGraph(f *testing.F) {
	f.Add([]byte{0})
	f.Add([]byte{3, 1, 0, 7, 2, 200, 9, 1, 1, 1})
	f.Add([]byte{60, 5, 4, 3, 2, 1, 0, 255, 254, 253, 1, 2, 3, 4})
	arrays, cases := readOperators(f)
	data, err := os.ReadFile(emgFile)
	if err != nil {
		f.Fatal(err)
	}
	graphs := []*model.Graph{readGraph(f, data)}
	for _, name := range cases {
		graphs = append(graphs, readGraph(f, arrays[name+".tosa"].Raw))
	}
	f.Fuzz(func(t *testing.T, change []byte) {
		if len(change) == 0 {
			return
		}
		g := changed(graphs[int(change[0])%len(graphs)], change[1:])
		if g == nil {
			return
		}
		p, err := exec.Compile(g)
		if err != nil {
			return
		}
		var in []*model.Tensor
		for i := range g.Len() {
			if n := g.Node(model.NodeID(i)); n.Kind == model.Placeholder {
				in = append(in, drawn(n.Type.T, int64(len(change))))
			}
		}
		a, errA := p.Run(context.Background(), in, nil)
		b, errB := p.Run(context.Background(), in, nil)
		if (errA == nil) != (errB == nil) {
			t.Fatalf("first %v, then %v", errA, errB)
		}
		for i := range a {
			if !bytes.Equal(a[i].Raw, b[i].Raw) {
				t.Errorf("output %d: other bytes the second time", i)
			}
		}
	})
}

func readGraph(tb testing.TB, data []byte) *model.Graph {
	tb.Helper()
	f, err := tosa.Read(data, "case")
	if err != nil {
		tb.Fatal(err)
	}
	return f.Lowered().Graph
}

// changed is g with changes, three bytes each: a node, what of it, and the new value. nil if that is no graph.
func changed(g *model.Graph, change []byte) *model.Graph {
	b := model.Edit(g)
	for ; len(change) >= 3; change = change[3:] {
		id := model.ID(model.NodeID(int(change[0]) % g.Len()))
		n, value := b.Node(id), int64(int8(change[2]))
		switch what := int(change[1]); {
		case n.Kind == model.GetAttr:
			attr, _ := b.Attr(n.Target)
			t := *attr.Tensor
			t.Raw = bytes.Clone(t.Raw)
			if len(t.Raw) > 0 {
				t.Raw[what%len(t.Raw)] = change[2]
			}
			attr.Tensor = &t
			b.SetAttr(attr)
		case what%2 == 0 && n.Type.IsTensor() && n.Type.T.Shape.Rank() > 0:
			n.Type.T.Shape = n.Type.T.Shape.With(what/2%n.Type.T.Shape.Rank(), model.Dim(uint8(value)%16))
		case len(n.Kwargs) > 0:
			kw := append([]model.KwArg(nil), n.Kwargs...)
			k := &kw[what/2%len(kw)]
			if k.Arg.Kind == model.ArgList && len(k.Arg.List) > 0 {
				list := append([]model.Arg(nil), k.Arg.List...)
				list[what%len(list)] = model.IntArg(value)
				k.Arg = model.ListArg(list...)
			} else if k.Arg.Kind == model.ArgInt {
				k.Arg = model.IntArg(value)
			}
			b.SetArgs(id, n.Args, kw)
		}
	}
	out, _, err := b.Freeze()
	if err != nil {
		return nil
	}
	return out
}

// drawn is a tensor of elements spread over its type.
func drawn(t model.TensorType, seed int64) *model.Tensor {
	v := make([]int64, t.Shape.Numel())
	x := uint64(seed)
	for i := range v {
		x = x*6364136223846793005 + 1442695040888963407
		v[i] = int64(x >> 33)
		if t.DType == model.Bool {
			v[i] &= 1
		}
	}
	return model.FromInts(t.DType, t.Shape, v)
}
