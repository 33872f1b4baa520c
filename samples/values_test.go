package samples

import (
	"math"
	"testing"

	"seam/model"
)

// TestSyntheticValues runs the network in float: a range that collapses or grows would make every quantization of it alike.
func TestSyntheticValues(t *testing.T) {
	for seed := range int64(3) {
		g := Synthetic(5000, seed)
		values := make([][]float32, g.Len())
		for n := range model.NodeID(g.Len()) {
			values[n] = evaluate(t, g, n, values, SyntheticData(g, seed, 1)[0])
			if x := g.Node(n); x.Kind == model.Call {
				if m := magnitude(values[n]); !(m >= 0.01 && m <= 30) {
					t.Fatalf("seed %d: %s has magnitude %v", seed, x.Name, m)
				}
			}
		}
	}
}

// magnitude is the largest absolute value; NaN if there is one.
func magnitude(v []float32) float64 {
	m := 0.0
	for _, x := range v {
		m = max(m, math.Abs(float64(x)))
	}
	return m
}

func evaluate(t *testing.T, g *model.Graph, n model.NodeID, values [][]float32, inputs []*model.Tensor) []float32 {
	x := g.Node(n)
	in := func(i int) []float32 { return values[x.Arg(i).Node] }
	switch x.Target {
	case "x":
		return floats(t, inputs[0])
	case "output":
		return nil
	case "aten.relu.default":
		return each(in(0), func(_ int, v float32) float32 { return max(v, 0) })
	case "aten.add.Tensor":
		w := in(1)
		return each(in(0), func(i int, v float32) float32 { return v + w[i] })
	case "aten.view.default":
		return in(0)
	case "aten.cat.default":
		var out []float32
		for _, a := range x.Arg(0).List {
			out = append(out, values[a.Node]...)
		}
		return out
	case "aten.conv1d.default", "aten.conv2d.default":
		return convolve(in(0), in(1), in(2), g.Node(x.Arg(1).Node).Type.T.Shape)
	}
	a, ok := g.Attrs.Get(x.Target)
	if !ok {
		t.Fatalf("%s: no constant, and no operator that the test knows", x.Target)
	}
	return floats(t, a.Tensor)
}

func floats(t *testing.T, x *model.Tensor) []float32 {
	v, err := x.Floats()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func each(v []float32, f func(int, float32) float32) []float32 {
	out := make([]float32, len(v))
	for i, x := range v {
		out[i] = f(i, x)
	}
	return out
}

// convolve keeps the extents: a picture of spatial rows, or a sequence as a picture of one row.
func convolve(x, w, b []float32, s model.Shape) []float32 {
	in, kw, rows := int(s.At(1)), int(s.At(-1)), 1
	kh := 1
	if s.Rank() == 4 {
		kh, rows = kw, spatial
	}
	size := len(x) / in
	cols := size / rows
	out := make([]float32, channels*size)
	for i := range out {
		o, r, c := i/size, i%size/cols, i%cols
		sum := b[o]
		for k := range in * kh * kw {
			ch, dr, dc := k/(kh*kw), k/kw%kh-kh/2, k%kw-kw/2
			if r+dr >= 0 && r+dr < rows && c+dc >= 0 && c+dc < cols {
				sum += w[o*in*kh*kw+k] * x[ch*size+(r+dr)*cols+c+dc]
			}
		}
		out[i] = sum
	}
	return out
}
