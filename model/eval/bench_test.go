package eval_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"seam/model"
	"seam/model/eval"
	"seam/model/load"
)

// single is a graph of one call on generated tensors.
func single(tb testing.TB, target string, shapes [][]int, rest ...model.Arg) *eval.Program {
	tb.Helper()
	b := model.NewBuilder(model.ATen)
	var args []model.Arg
	for i, s := range shapes {
		args = append(args, constant(b, s, i+1))
	}
	n := b.Add(model.Spec{Kind: model.Call, Target: target, Args: append(args, rest...)})
	b.Add(model.Spec{Kind: model.Output, Target: "output", Args: []model.Arg{model.ListArg(model.NodeArg(n))}})
	return compile(tb, b)
}

func constant(b *model.Builder, shape []int, seed int) model.Arg {
	name := b.FreeAttr("c")
	b.SetAttr(model.Attr{Name: name, Tensor: generated(shape, seed, model.Float32)})
	return model.NodeArg(b.Add(model.Spec{Kind: model.GetAttr, Target: name}))
}

func compile(tb testing.TB, b *model.Builder) *eval.Program {
	tb.Helper()
	g, _, err := b.Freeze()
	if err != nil {
		tb.Fatal(err)
	}
	p, err := eval.Compile(g)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// stack is a convolution network: a stem, then depthwise and pointwise convolutions with relu, and a residual.
func stack(tb testing.TB, size, channels, blocks int) (*eval.Program, []*model.Tensor) {
	tb.Helper()
	b := model.NewBuilder(model.ATen)
	x := model.NodeArg(b.Add(model.Spec{Kind: model.Placeholder, Target: "x", Name: "x"}))
	call := func(target string, args ...model.Arg) model.Arg {
		return model.NodeArg(b.Add(model.Spec{Kind: model.Call, Target: target, Args: args}))
	}
	const conv, relu = "aten.conv2d.default", "aten.relu.default"
	y := call(relu, call(conv, x, constant(b, []int{channels, 3, 3, 3}, 1), constant(b, []int{channels}, 2),
		model.IntsArg(2, 2), model.IntsArg(1, 1)))
	for i := range blocks {
		d := call(relu, call(conv, y, constant(b, []int{channels, 1, 3, 3}, i), model.Arg{}, model.IntsArg(1, 1),
			model.IntsArg(1, 1), model.IntsArg(1, 1), model.IntArg(int64(channels))))
		p := call(conv, d, constant(b, []int{channels, channels, 1, 1}, i), constant(b, []int{channels}, i))
		y = call("aten.add.Tensor", y, call("aten.sigmoid.default", p))
	}
	b.Add(model.Spec{Kind: model.Output, Target: "output", Args: []model.Arg{model.ListArg(y)}})
	return compile(tb, b), []*model.Tensor{generated([]int{1, 3, size, size}, 3, model.Float32)}
}

func BenchmarkConv(b *testing.B) {
	for _, c := range []struct {
		name   string
		x, w   []int
		groups int64
	}{
		{"3x3", []int{1, 32, 48, 48}, []int{32, 32, 3, 3}, 1},
		{"1x1", []int{1, 64, 24, 24}, []int{128, 64, 1, 1}, 1},
		{"1x1deep", []int{1, 256, 3, 3}, []int{256, 256, 1, 1}, 1},
		{"depthwise", []int{1, 64, 48, 48}, []int{64, 1, 3, 3}, 64},
		{"1d", []int{1, 16, 1, 64}, []int{32, 16, 1, 5}, 1},
	} {
		b.Run(c.name, func(b *testing.B) {
			pad := int64(c.w[3] / 2)
			p := single(b, "aten.conv2d.default", [][]int{c.x, c.w}, model.Arg{}, model.IntsArg(1, 1),
				model.IntsArg(c.w[2]/2, int(pad)), model.IntsArg(1, 1), model.IntArg(c.groups))
			macs := c.x[2] * c.x[3] * c.w[0] * c.w[1] * c.w[2] * c.w[3]
			run(b, p, nil)
			b.ReportMetric(float64(macs)*float64(b.N)/1e9/b.Elapsed().Seconds(), "GMAC/s")
		})
	}
}

func BenchmarkLinear(b *testing.B) {
	run(b, single(b, "aten.linear.default", [][]int{{1, 640}, {128, 640}, {128}}), nil)
}

func BenchmarkRun(b *testing.B) {
	p, in := stack(b, 96, 32, 8)
	run(b, p, in)
}

// BenchmarkCompile prepares a chain of 100,000 calls.
func BenchmarkCompile(b *testing.B) {
	m := model.NewBuilder(model.ATen)
	x := model.NodeArg(m.Add(model.Spec{Kind: model.Placeholder, Target: "x", Name: "x"}))
	for range 50_000 {
		x = model.NodeArg(m.Add(model.Spec{Kind: model.Call, Target: "aten.relu_.default", Args: []model.Arg{x}}))
		args := []model.Arg{x, model.IntsArg(1, 1)}
		x = model.NodeArg(m.Add(model.Spec{Kind: model.Call, Target: "aten.max_pool2d.default", Args: args}))
	}
	g, _, err := m.Freeze()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := eval.Compile(g); err != nil {
			b.Fatal(err)
		}
	}
}

func run(b *testing.B, p *eval.Program, in []*model.Tensor) {
	b.Helper()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Run(context.Background(), in, nil); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCorpus is one batch of each whole model.
func BenchmarkCorpus(b *testing.B) {
	root := os.Getenv("SEAM_CORPUS")
	if root == "" {
		b.Skip("SEAM_CORPUS is not set")
	}
	dirs, _ := filepath.Glob(filepath.Join(root, "models", "*"))
	for _, dir := range dirs {
		m, err := load.Open(filepath.Join(dir, "model.pt2"))
		if err != nil {
			b.Fatal(err)
		}
		data, err := load.Calib(filepath.Join(dir, "calib.npz"), m)
		if err != nil {
			b.Fatal(err)
		}
		p, err := eval.Compile(m.Graph)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(filepath.Base(dir), func(b *testing.B) { run(b, p, data.Batches[0]) })
	}
}

// TestDeterministic demands equal bits whatever the number of processors.
func TestDeterministic(t *testing.T) {
	p, in := stack(t, 64, 48, 3)
	matmul := single(t, "aten.matmul.default", [][]int{{300, 200}, {200, 260}})
	linear := single(t, "aten.linear.default", [][]int{{130, 333}, {260, 333}})
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for i, prog := range []*eval.Program{p, matmul, linear} {
		var want []float32
		for _, procs := range []int{1, 2, 4, 3} {
			runtime.GOMAXPROCS(procs)
			feed := in
			if i > 0 {
				feed = nil
			}
			out, err := prog.Run(context.Background(), feed, nil)
			if err != nil {
				t.Fatal(err)
			}
			if want == nil {
				want = out[0].F
			}
			if !slices.Equal(out[0].F, want) {
				t.Errorf("%s: other bits on %d processors", fmt.Sprint("program ", i), procs)
			}
		}
	}
}
