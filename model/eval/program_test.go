package eval_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"seam/model"
	"seam/model/eval"
)

// graph is a builder with short names for tests.
type graph struct {
	*model.Builder
	t *testing.T
}

func newGraph(t *testing.T) graph { return graph{model.NewBuilder(model.ATen), t} }

func (g graph) input(name string) model.Arg {
	return model.NodeArg(g.Add(model.Spec{Kind: model.Placeholder, Target: name, Name: name}))
}

func (g graph) call(target string, args ...model.Arg) model.Arg {
	return model.NodeArg(g.Add(model.Spec{Kind: model.Call, Target: target, Args: args}))
}

// returns freezes the graph with these outputs.
func (g graph) returns(args ...model.Arg) *model.Graph {
	g.t.Helper()
	g.Add(model.Spec{Kind: model.Output, Target: "output", Args: []model.Arg{model.ListArg(args...)}})
	out, _, err := g.Freeze()
	if err != nil {
		g.t.Fatal(err)
	}
	return out
}

func floats(shape []int, v ...float32) *model.Tensor {
	return model.FromFloats(model.ShapeInts(shape...), v)
}

func runGraph(t *testing.T, g *model.Graph, in ...*model.Tensor) []*eval.Value {
	t.Helper()
	p, err := eval.Compile(g)
	if err != nil {
		t.Fatal(err)
	}
	out, err := p.Run(context.Background(), in, nil)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func wantFloats(t *testing.T, what string, v *eval.Value, shape []int, f ...float32) {
	t.Helper()
	if v == nil || !slices.Equal(v.Shape, shape) || !slices.Equal(v.F, f) {
		t.Errorf("%s: %+v, want %v of shape %v", what, v, f, shape)
	}
}

// TestInPlace: later readers of what was written, and of its views, see the write; earlier values stay.
func TestInPlace(t *testing.T) {
	b := newGraph(t)
	x := b.input("x")
	y := b.call("aten.neg.default", x)
	flat := b.call("aten.view.default", y, model.IntsArg(4))
	before := b.call("aten.add.Tensor", y, model.IntArg(0))
	r := b.call("aten.relu_.default", y)
	b.call("aten.add_.Tensor", r, model.IntArg(1))
	g := b.returns(y, flat, before, r, b.call("aten.mul.Tensor", flat, flat))

	p, err := eval.Compile(g)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]*eval.Value{}
	out, err := p.Run(context.Background(), []*model.Tensor{floats([]int{2, 2}, 1, -2, 3, -4)},
		func(n model.NodeID, v *eval.Value) error {
			seen[g.Node(n).Name] = v
			return nil
		})
	if err != nil {
		t.Fatal(err)
	}
	wantFloats(t, "written", out[0], []int{2, 2}, 1, 3, 1, 5)
	wantFloats(t, "view", out[1], []int{4}, 1, 3, 1, 5)
	wantFloats(t, "read before", out[2], []int{2, 2}, -1, 2, -3, 4)
	wantFloats(t, "first result", out[3], []int{2, 2}, 1, 3, 1, 5)
	wantFloats(t, "reader of the view", out[4], []int{4}, 1, 9, 1, 25)
	wantFloats(t, "visited", seen["neg"], []int{2, 2}, -1, 2, -3, 4)
	wantFloats(t, "visited", seen["relu_"], []int{2, 2}, 0, 2, 0, 4)
}

// TestHiddenWrite: a write into a part of storage that is read later is reported, not computed wrongly.
func TestHiddenWrite(t *testing.T) {
	b := newGraph(t)
	x := b.input("x")
	y := b.call("aten.neg.default", x)
	s := b.call("aten.slice.Tensor", y, model.IntArg(0), model.IntArg(0), model.IntArg(1))
	b.call("aten.relu_.default", s)
	g := b.returns(y, b.call("aten.abs.default", x))
	m := eval.Missing(g)
	if len(m) != 1 || m[0].Stage != "calibrate" || m[0].Rule != "write through a view" ||
		!slices.Equal(m[0].Nodes, []string{"relu_"}) {
		t.Fatalf("missing: %+v", m)
	}
	out := runGraph(t, g, floats([]int{2, 1}, 1, -2))
	wantFloats(t, "independent", out[1], []int{2, 1}, 1, 2)
	b = newGraph(t) // without a later reader there is nothing to see
	y = b.call("aten.neg.default", b.input("x"))
	s = b.call("aten.slice.Tensor", y, model.IntArg(0), model.IntArg(0), model.IntArg(1))
	if m := eval.Missing(b.returns(b.call("aten.relu_.default", s))); len(m) > 0 {
		t.Errorf("missing: %+v", m)
	}
}

// TestNewViews: a write through ravel is seen by readers of the whole; one through mT or diagonal is reported.
func TestNewViews(t *testing.T) {
	b := newGraph(t)
	y := b.call("aten.neg.default", b.input("x"))
	b.call("aten.relu_.default", b.call("aten.ravel.default", y))
	wantFloats(t, "written", runGraph(t, b.returns(y), floats([]int{1, 2}, 1, -2))[0], []int{1, 2}, 0, 2)
	for _, target := range []string{"aten.mT.default", "aten.diagonal.default"} {
		b := newGraph(t)
		y := b.call("aten.neg.default", b.input("x"))
		b.call("aten.relu_.default", b.call(target, y))
		if m := eval.Missing(b.returns(y)); len(m) != 1 || m[0].Rule != "write through a view" {
			t.Errorf("%s: missing: %+v", target, m)
		}
	}
}

// TestUnknown: what depends on an operator without kernel has no value; the rest has.
func TestUnknown(t *testing.T) {
	b := newGraph(t)
	x := b.input("x")
	u := b.call("aten.bernoulli.default", x)
	g := b.returns(b.call("aten.relu.default", u), b.call("aten.relu.default", x))
	want := model.NotModelled{Stage: "calibrate", Operator: "aten.bernoulli.default", Nodes: []string{"bernoulli"}}
	if m := eval.Missing(g); len(m) != 1 || m[0].Operator != want.Operator || !slices.Equal(m[0].Nodes, want.Nodes) {
		t.Fatalf("missing: %+v", m)
	}
	out := runGraph(t, g, floats([]int{2}, 1, -2))
	if out[0] != nil {
		t.Errorf("a value from nowhere: %+v", out[0])
	}
	wantFloats(t, "known", out[1], []int{2}, 1, 0)
}

// TestSymbolic: sizes come from the inputs of the batch.
func TestSymbolic(t *testing.T) {
	b := newGraph(t)
	x := b.input("x")
	n := b.call("aten.sym_size.int", x, model.IntArg(0))
	twice := b.call("_operator.mul", n, model.IntArg(2))
	g := b.returns(b.call("aten.view.default", x, model.ListArg(twice, model.IntArg(-1))),
		b.call("aten.expand.default", b.call("aten.zeros.default", model.IntsArg(1)), model.ListArg(n)),
		b.call("aten.view.default", x, model.ListArg(b.call("_operator.floordiv", twice, model.IntArg(2)), model.IntArg(2))))
	for _, rows := range []int{1, 3} {
		in := make([]float32, 2*rows)
		out := runGraph(t, g, floats([]int{rows, 2}, in...))
		wantFloats(t, "view", out[0], []int{2 * rows, 1}, in...)
		wantFloats(t, "expand", out[1], []int{rows}, make([]float32, rows)...)
		wantFloats(t, "view", out[2], []int{rows, 2}, in...)
	}
}

// TestControl runs both branches of a cond, and a loop.
func TestControl(t *testing.T) {
	branch := func(target string) *model.Graph {
		b := newGraph(t)
		return b.returns(b.call(target, b.input("x")))
	}
	b := newGraph(t)
	b.Subs = map[string]*model.Graph{"yes": branch("aten.relu.default"), "no": branch("aten.neg.default")}
	x := b.input("x")
	body := func(name string) model.Arg {
		return model.NodeArg(b.Add(model.Spec{Kind: model.GetAttr, Target: name}))
	}
	pred := b.call("aten.gt.Scalar", b.call("aten.sum.default", x), model.IntArg(0))
	c := b.call("higher_order.cond", pred, body("yes"), body("no"), model.ListArg(x))
	g := b.returns(b.call("_operator.getitem", c, model.IntArg(0)))
	wantFloats(t, "true", runGraph(t, g, floats([]int{2}, 3, -1))[0], []int{2}, 3, 0)
	wantFloats(t, "false", runGraph(t, g, floats([]int{2}, -3, 1))[0], []int{2}, 3, -1)

	small, double := newGraph(t), newGraph(t)
	y := small.input("x")
	small.input("limit")
	loops := map[string]*model.Graph{"small": small.returns(small.call("aten.lt.Scalar", y, model.IntArg(20)))}
	y = double.input("x")
	loops["double"] = double.returns(double.call("aten.mul.Tensor", y, double.input("factor")))
	b = newGraph(t)
	b.Subs = loops
	x = b.input("x")
	w := b.call("higher_order.while_loop", body("small"), body("double"), model.ListArg(x), model.ListArg(x))
	g = b.returns(b.call("_operator.getitem", w, model.IntArg(0)))
	wantFloats(t, "loop", runGraph(t, g, floats(nil, 3))[0], nil, 27)
}

// TestInputs: numbers may be left out or nil; a wrong count is an error.
func TestInputs(t *testing.T) {
	b := newGraph(t)
	b.Inputs["k"] = model.ScalarInput
	x := b.input("x")
	b.input("k")
	y := b.input("y")
	p, err := eval.Compile(b.returns(b.call("aten.sub.Tensor", x, y)))
	if err != nil {
		t.Fatal(err)
	}
	one, two := floats([]int{1}, 1), floats([]int{1}, 2)
	for _, in := range [][]*model.Tensor{{one, nil, two}, {one, two}} {
		out, err := p.Run(context.Background(), in, nil)
		if err != nil {
			t.Fatal(err)
		}
		wantFloats(t, "difference", out[0], []int{1}, -1)
	}
	if _, err := p.Run(context.Background(), []*model.Tensor{one}, nil); err == nil {
		t.Error("one input for two placeholders is no error")
	}
}

func TestRunErrors(t *testing.T) {
	for name, tc := range map[string]struct {
		build func(b graph, x model.Arg) model.Arg
		want  string
	}{
		"broadcast": {func(b graph, x model.Arg) model.Arg {
			return b.call("aten.add.Tensor", x, b.call("aten.zeros.default", model.IntsArg(3)))
		}, `evaluate node "add" (aten.add.Tensor): shapes [[2] [3]] do not broadcast`},
		"view": {func(b graph, x model.Arg) model.Arg {
			return b.call("aten.view.default", x, model.IntsArg(3))
		}, `evaluate node "view" (aten.view.default): [2] elements cannot have shape [3]`},
		"huge": {func(b graph, _ model.Arg) model.Arg {
			return b.call("aten.zeros.default", model.IntsArg(1<<40, 1<<40))
		}, `evaluate node "zeros"`},
		"dimension": {func(b graph, x model.Arg) model.Arg {
			return b.call("aten.softmax.int", x, model.IntArg(3))
		}, `evaluate node "softmax" (aten.softmax.int): dimension 3 of rank 1`},
		"index": {func(b graph, x model.Arg) model.Arg {
			return b.call("aten.select.int", x, model.IntArg(0), model.IntArg(2))
		}, `evaluate node "select"`},
		"dropout": {func(b graph, x model.Arg) model.Arg {
			return b.call("aten.dropout.default", x, model.FloatArg(0.5), model.BoolArg(true))
		}, `evaluate node "dropout" (aten.dropout.default): dropout in training mode is random`},
	} {
		b := newGraph(t)
		p, err := eval.Compile(b.returns(tc.build(b, b.input("x"))))
		if err != nil {
			t.Fatal(err)
		}
		_, err = p.Run(context.Background(), []*model.Tensor{floats([]int{2}, 1, 2)}, nil)
		if err == nil || !strings.HasPrefix(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %s", name, err, tc.want)
		}
	}
}

func TestCancelAndVisitErrors(t *testing.T) {
	b := newGraph(t)
	p, err := eval.Compile(b.returns(b.call("aten.relu.default", b.input("x"))))
	if err != nil {
		t.Fatal(err)
	}
	in := []*model.Tensor{floats([]int{1}, 1)}
	ctx, cancel := context.WithCancel(context.Background())
	_, err = p.Run(ctx, in, func(model.NodeID, *eval.Value) error { cancel(); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	stop := errors.New("stop")
	if _, err = p.Run(context.Background(), in, func(model.NodeID, *eval.Value) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("visitor's error: %v", err)
	}
}

func TestCompileErrors(t *testing.T) {
	b := newGraph(t)
	b.Add(model.Spec{Kind: model.GetAttr, Target: "gone"})
	if _, err := eval.Compile(b.returns()); err == nil || err.Error() != `node "gone": no constant "gone"` {
		t.Errorf("missing constant: %v", err)
	}
	b = newGraph(t)
	if _, err := eval.Compile(b.returns(b.call("aten.add.Tensor", b.input("x")))); err == nil {
		t.Error("a missing argument is no error")
	}
}
