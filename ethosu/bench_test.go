package ethosu

import (
	"fmt"
	"testing"

	"seam/model"
)

const (
	quantize   = "quantized_decomposed.quantize_per_tensor.default"
	dequantize = "quantized_decomposed.dequantize_per_tensor.default"
)

// qargs is the arguments of a quantize or dequantize of x.
func qargs(x model.NodeID, scale float64) []model.Arg {
	return []model.Arg{
		model.NodeArg(x), model.FloatArg(scale), model.IntArg(-128), model.IntArg(-128), model.IntArg(127), model.ConstArg("torch.int8"),
	}
}

// synthetic is an edge graph of about n nodes: a chain of quantized convolutions with relu and residual additions, with an
// unquantized concat now and then.
func synthetic(n int) *model.Graph {
	b := model.NewBuilder(model.Edge)
	act := model.ShapeInts(1, 16, 32, 32)
	float, integer := model.TensorOf(model.Float32, act), model.TensorOf(model.Int8, act)
	call := func(target string, t model.Type, mark model.Mark, args ...model.Arg) model.NodeID {
		id := b.Add(model.Spec{Kind: model.Call, Target: target, Args: args, Type: t, Like: model.None})
		b.SetMark(id, mark)
		return id
	}
	pair := func(x model.NodeID) model.NodeID {
		q := call(quantize, integer, model.NoMark, qargs(x, 0.05)...)
		return call(dequantize, float, model.NoMark, qargs(q, 0.05)...)
	}
	w := b.Add(model.Spec{
		Kind: model.Placeholder, Target: "b_w", Name: "b_w", Type: model.TensorOf(model.Int8, model.ShapeInts(16, 16, 3, 3)),
	})
	b.Inputs["b_w"] = model.BufferInput
	x := pair(b.Add(model.Spec{Kind: model.Placeholder, Target: "x", Name: "x", Type: float}))
	for i := 0; b.Len() < n; i++ {
		dw := call(dequantize, model.TensorOf(model.Float32, model.ShapeInts(16, 16, 3, 3)), model.NoMark, qargs(w, 0.01)...)
		conv := call("aten.convolution.default", float, model.MarkedQuantized, model.NodeArg(x), model.NodeArg(dw), model.Arg{},
			model.IntsArg(1, 1), model.IntsArg(1, 1), model.IntsArg(1, 1), model.BoolArg(false), model.IntsArg(0, 0), model.IntArg(1))
		y := pair(call("aten.relu.default", float, model.MarkedQuantized, model.NodeArg(conv)))
		x = pair(call("aten.add.Tensor", float, model.MarkedQuantized, model.NodeArg(x), model.NodeArg(y)))
		if i%16 == 15 {
			x = pair(call("aten.cat.default", float, model.NoMark, model.ListArg(model.NodeArg(x), model.NodeArg(y))))
		}
	}
	b.Add(model.Spec{Kind: model.Output, Target: "output", Name: "output", Args: []model.Arg{model.ListArg(model.NodeArg(x))}})
	g, _, err := b.Freeze()
	if err != nil {
		panic(err)
	}
	return g
}

func BenchmarkCheck(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		for _, target := range []string{"ethos-u55-128", "ethos-u85-256"} {
			g := synthetic(n)
			b.Run(fmt.Sprintf("%d/%s", n, target), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, _, err := Check(g, Config{Target: target}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkPartition is the checks and the partitioner on a graph of which 1 % is unsupported: one of 131 operators.
func BenchmarkPartition(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		g := synthetic(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			var p *Partitioning
			for b.Loop() {
				var err error
				if p, err = Run(g, Config{Target: "ethos-u55-128"}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(len(p.Parts)), "delegates")
		})
	}
}
