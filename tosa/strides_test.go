package tosa

import (
	"slices"
	"testing"

	"seam/model"
)

func TestViewStrides(t *testing.T) {
	for _, c := range []struct {
		name          string
		from, strides []int
		to, want      []int // want is nil where no view is possible
	}{
		{"split an axis", []int{4, 6}, []int{12, 2}, []int{4, 2, 3}, []int{12, 6, 2}},
		{"join contiguous axes", []int{2, 3, 4}, []int{24, 8, 2}, []int{6, 4}, []int{8, 2}},
		{"join a gap", []int{2, 3}, []int{6, 1}, []int{6}, nil},
		{"transposed", []int{3, 4}, []int{1, 3}, []int{12}, nil},
		{"transposed, axes kept", []int{3, 4}, []int{1, 3}, []int{3, 2, 2}, []int{1, 6, 3}},
		{"one in between", []int{3, 1, 4}, []int{1, 7, 3}, []int{3, 4}, []int{1, 3}},
		{"new ones", []int{3, 4}, []int{1, 3}, []int{1, 3, 1, 4}, []int{3, 1, 12, 3}},
		{"expanded", []int{2, 5}, []int{0, 1}, []int{10}, nil},
		{"expanded axis alone", []int{2, 6}, []int{0, 1}, []int{2, 2, 3}, []int{0, 3, 1}},
		{"channels last flattened", []int{1, 8, 4, 4}, []int{128, 1, 32, 8}, []int{1, 128}, nil},
		{"channels last, space joined", []int{1, 8, 4, 4}, []int{128, 1, 32, 8}, []int{1, 8, 16}, []int{8, 1, 8}},
	} {
		got, ok := viewStrides(model.ShapeInts(c.from...), wideInts(c.strides), model.ShapeInts(c.to...))
		if ok != (c.want != nil) || ok && !slices.Equal(got, wideInts(c.want)) {
			t.Errorf("%s: got %v %v, want %v", c.name, got, ok, c.want)
		}
	}
}

func TestElementwiseStrides(t *testing.T) {
	nhwc := []int{128, 1, 32, 8}
	for _, c := range []struct {
		name    string
		out     []int
		shapes  [][]int
		strides [][]int // nil is contiguous
		want    []int
	}{
		{"one dense input", []int{1, 8, 4, 4}, [][]int{{1, 8, 4, 4}}, [][]int{nhwc}, nhwc},
		{"gaps are closed", []int{2, 3}, [][]int{{2, 3}}, [][]int{{1, 4}}, []int{1, 2}},
		{"first input decides", []int{2, 3}, [][]int{{2, 3}, {2, 3}}, [][]int{{1, 2}, nil}, []int{1, 2}},
		{"broadcast axes do not count", []int{2, 3}, [][]int{{1, 3}, {2, 3}}, [][]int{nil, {1, 2}}, []int{1, 2}},
		{"both contiguous", []int{2, 3}, [][]int{{2, 3}, {3}}, [][]int{nil, nil}, nil},
	} {
		var shapes []model.Shape
		var strides [][]int64
		for i, s := range c.shapes {
			shapes, strides = append(shapes, model.ShapeInts(s...)), append(strides, wideInts(c.strides[i]))
		}
		if got := elementwiseStrides(model.ShapeInts(c.out...), strides, shapes); !slices.Equal(got, wideInts(c.want)) {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

func TestChannelsLast(t *testing.T) {
	for _, c := range []struct {
		shape, strides []int
		want           bool
	}{
		{[]int{1, 8, 4, 4}, []int{128, 1, 32, 8}, true},
		{[]int{1, 8, 4, 4}, nil, false},
		{[]int{1, 4, 4, 4}, []int{128, 1, 32, 8}, true}, // a slice of the channels
		{[]int{1, 8, 4, 4}, []int{128, 1, 8, 32}, false},
		{[]int{8, 4, 4}, []int{1, 32, 8}, false},
		{[]int{1, 8, 4, 4}, []int{0, 0, 4, 1}, false},
	} {
		if got := isChannelsLast(model.ShapeInts(c.shape...), wideInts(c.strides)); got != c.want {
			t.Errorf("%v %v: got %v", c.shape, c.strides, got)
		}
	}
}

func TestPromote(t *testing.T) {
	for _, c := range []struct{ a, b, want model.DType }{
		{model.Int32, model.Float32, model.Float32},
		{model.Int64, model.Float16, model.Float16},
		{model.Uint8, model.Int8, model.Int16},
		{model.Float16, model.BFloat16, model.Float32},
		{model.Bool, model.Int8, model.Int8},
		{model.Int32, model.Int64, model.Int64},
		{model.Float64, model.Float32, model.Float64},
	} {
		if a, b := promote(c.a, c.b), promote(c.b, c.a); a != c.want || b != c.want {
			t.Errorf("%s and %s: got %s and %s, want %s", c.a, c.b, a, b, c.want)
		}
	}
}

func wideInts(v []int) []int64 {
	if v == nil {
		return nil
	}
	out := make([]int64, len(v))
	for i, x := range v {
		out[i] = int64(x)
	}
	return out
}

// chain is a graph of n layers of quantize, dequantize, add with a number, and relu.
func chain(n int) *model.Graph {
	b := model.NewBuilder(model.ATen)
	t := model.TensorOf(model.Float32, model.ShapeInts(1, 8, 16, 16))
	q := t
	q.T.DType = model.Int8
	x := model.NodeArg(b.Add(model.Spec{Kind: model.Placeholder, Target: "x", Type: t}))
	params := []model.Arg{
		model.FloatArg(0.5), model.IntArg(0), model.IntArg(-128), model.IntArg(127), model.ConstArg("torch.int8"),
	}
	call := func(op string, t model.Type, args ...model.Arg) {
		x = model.NodeArg(b.Add(model.Spec{Kind: model.Call, Target: op, Args: append([]model.Arg{x}, args...), Type: t}))
	}
	for range n {
		call("quantized_decomposed.quantize_per_tensor.default", q, params...)
		call("quantized_decomposed.dequantize_per_tensor.default", t, params...)
		call("aten.add.Tensor", t, model.FloatArg(1.5))
		call("aten.relu.default", t)
	}
	b.Add(model.Spec{Kind: model.Output, Target: "output", Args: []model.Arg{model.ListArg(x)}})
	g, _, err := b.Freeze()
	if err != nil {
		panic(err)
	}
	return g
}

func BenchmarkToEdge(b *testing.B) {
	g := chain(25_000)
	b.ReportMetric(float64(g.Len()), "nodes")
	for b.Loop() {
		if _, err := ToEdge(g, Config{}); err != nil {
			b.Fatal(err)
		}
	}
}
