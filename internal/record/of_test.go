package record

import (
	"errors"
	"math"
	"strings"
	"testing"

	"seam/internal/pipeline"
	"seam/model"
)

// oneNode is a graph of a placeholder and a call with every kind of argument.
func oneNode(t *testing.T) *model.Graph {
	t.Helper()
	b := model.NewBuilder(model.ATen)
	b.Symbols = []model.Symbol{{Expr: "s0"}}
	x := b.Add(model.Spec{Kind: model.Placeholder, Target: "x", Type: model.TensorOf(model.Float32, model.ShapeOf(2, model.SymDim(0)))})
	b.Add(model.Spec{Kind: model.Placeholder, Target: "mode"})
	b.Add(model.Spec{Kind: model.Placeholder, Target: "k", Type: model.Type{Kind: model.SymKind, Text: "1.0"}})
	y := b.Add(model.Spec{
		Kind: model.Call, Target: "aten.cat.default",
		Args: []model.Arg{
			model.ListArg(model.NodeArg(x), model.NodeArg(x)), model.IntArg(1), model.FloatArg(1), model.FloatArg(math.Inf(-1)),
			model.BoolArg(true),
			{},
			model.StrArg("s"), model.ConstArg("torch.int8"), model.ListArg(),
		},
		Kwargs: []model.KwArg{{Name: "out", Arg: model.FloatArg(math.NaN())}},
		Type:   model.Type{Kind: model.ListKind, List: []model.TensorType{{DType: model.Int8}, {DType: model.Int8}}},
	})
	b.WriteMark(y, model.MarkedQuantized)
	g, _, err := b.Freeze()
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestNodes(t *testing.T) {
	g := oneNode(t)
	w := newNodeWriter(g)
	var p printer
	for i := range g.Len() {
		n := w.node(model.NodeID(i))
		n.Mark = markOf(g.Mark(model.NodeID(i)))
		p.node(n)
		p.raw("\n")
	}
	const want = `{"name":"x","op":"placeholder","target":"x","val":"float32[2,s0]"}
{"name":"mode","op":"placeholder","target":"mode","val":null}
{"name":"k","op":"placeholder","target":"k","val":{"sym":"1.0"}}
{"name":"cat","op":"call_function","target":"aten.cat.default","args":[["%x","%x"],1,1.0,{"float":"-inf"},true,null,{"str":"s"},{"const":"torch.int8"},[]],"kwargs":{"out":{"float":"nan"}},"val":["int8[]","int8[]"],"arm_quantized":true}
`
	if got := p.b.String(); got != want {
		t.Errorf("nodes\n%swant\n%s", got, want)
	}
}

func TestEdgeTarget(t *testing.T) {
	tests := []struct{ op, want string }{
		{"aten.cat.default", "edge.aten.cat.default"},
		{"quantized_decomposed.quantize_per_tensor.default", "edge.quantized_decomposed.quantize_per_tensor.default"},
		{"dim_order_ops._clone_dim_order.default", "edge.dim_order_ops._clone_dim_order.default"},
		{"_operator.getitem", "_operator.getitem"},
		{"aten.scalar_tensor.default", "aten.scalar_tensor.default"},
		{"aten.sym_size.int", "aten.sym_size.int"},
	}
	for _, x := range tests {
		if got := edgeTarget(x.op); got != x.want {
			t.Errorf("%s: %s, want %s", x.op, got, x.want)
		}
	}
}

// TestOutcome ends a run in every way but success.
func TestOutcome(t *testing.T) {
	tests := []struct {
		name     string
		failed   error
		missing  []model.NotModelled
		in       string
		modelled bool
		first    string
	}{
		{"upstream", &model.UpstreamError{Step: "calibrate", Text: "no range"}, nil, "calibrate", true, ""},
		{
			"operator", &model.MissingError{NotModelled: model.NotModelled{Stage: "lower", Operator: "aten.sort.default"}}, nil,
			"lower", false, "aten.sort.default",
		},
		{
			"twice", &model.MissingError{NotModelled: model.NotModelled{Stage: "prepare", Rule: "SomePass"}},
			[]model.NotModelled{{Stage: "prepare", Rule: "SomePass"}},
			"prepare", false, "SomePass",
		},
		{"other", errors.New("disk"), nil, "prepare", false, "prepare"},
	}
	for _, x := range tests {
		t.Run(x.name, func(t *testing.T) {
			res := &pipeline.Result{Config: pipeline.Config{Release: "1.3.1"}, Traced: oneNode(t), Failed: x.failed, Missing: x.missing}
			r := Of(res, "c", "1")
			if r.OK || r.FailedIn != x.in || (len(r.NotModelled) == 0) != x.modelled {
				t.Fatalf("ok %v, failed in %q, not modelled %v", r.OK, r.FailedIn, r.NotModelled)
			}
			if x.first != "" && (len(r.NotModelled) != 1 || r.NotModelled[0].Operator+r.NotModelled[0].Rule != x.first) {
				t.Errorf("not modelled %v, want %s once", r.NotModelled, x.first)
			}
			if r.Versions != (Versions{"1.3.1", "2.12.0", "0.17.0"}) {
				t.Errorf("versions %v", r.Versions)
			}
			var p printer
			p.recording(r)
			if !strings.HasPrefix(p.b.String(), `{"format":1,"config":{"name":"c",`) {
				t.Errorf("recording %s", p.b.String())
			}
		})
	}
}

// TestLowerSmall delegates the middle of a chain whose weight belongs to the delegate.
func TestLowerSmall(t *testing.T) {
	call := func(name, tag string, args ...string) Node {
		n := Node{Name: name, Op: "call_function", Target: "edge.aten.op.default", Tag: tag}
		for _, a := range args {
			n.Args = append(n.Args, Arg{Kind: model.ArgNode, Str: a})
		}
		return n
	}
	edge := []Node{
		{Name: "w", Op: "placeholder", Target: "w"},
		{Name: "x", Op: "placeholder", Target: "x"},
		call("a", "", "x"),
		call("b", "tag0", "a", "w"),
		call("c", "tag0", "b"),
		call("d", "", "c", "b"),
		{Name: "output", Op: "output", Target: "output", Args: []Arg{{Kind: model.ArgList, List: []Arg{{Kind: model.ArgNode, Str: "d"}}}}},
	}
	var got []string
	for _, n := range Lower(edge, map[string]bool{"w": true}) {
		got = append(got, n.Name+argsText(n))
	}
	const want = `x[] a["%x"] lowered_module_0[] executorch_call_delegate["%lowered_module_0","%a"] ` +
		`getitem["%executorch_call_delegate",0] getitem_1["%executorch_call_delegate",1] d["%getitem_1","%getitem"] output[["%d"]]`
	if s := strings.Join(got, " "); s != want {
		t.Errorf("lowered\n%s, want\n%s", s, want)
	}
	if edge[5].Args[0].Str != "c" {
		t.Error("the edge graph was changed")
	}
}
