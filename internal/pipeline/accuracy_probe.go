package pipeline

import (
	"math"
	"slices"

	"seam/model"
	"seam/model/eval"
	"seam/quant"
	"seam/tosa"
	"seam/tosa/exec"
)

// qparams is the parameters of a quantize or dequantize node: real = scale * (code - zero), one pair, or one an element of an
// axis.
type qparams struct {
	scales []float32
	wide   []float64 // the scales as the graph has them
	zeros  []int64
	axis   int
	lo, hi int64
	dtype  model.DType // of the codes
}

// readQParams reads the arguments of a quantize or dequantize node, nil where they are no constants.
func readQParams(g *model.Graph, x *model.Node) *qparams {
	if x.Target == quant.OpQuantizeChannel || x.Target == quant.OpDequantizeChannel {
		return readChannelParams(g, x)
	}
	if x.Arg(1).Kind != model.ArgFloat || x.Arg(2).Kind != model.ArgInt {
		return nil
	}
	s := x.Arg(1).Float
	return &qparams{
		scales: []float32{float32(s)}, wide: []float64{s}, zeros: []int64{x.Arg(2).Int},
		lo: x.Arg(3).Int, hi: x.Arg(4).Int, dtype: model.ParseDType(x.Arg(5).Str),
	}
}

func readChannelParams(g *model.Graph, x *model.Node) *qparams {
	var t [2]*model.Tensor
	for i := range t {
		a := x.Arg(i + 1)
		if a.Kind != model.ArgNode {
			return nil
		}
		c, ok := g.Attrs.Get(g.Node(a.Node).Target)
		if !ok || c.Tensor == nil || c.Tensor.Raw == nil {
			return nil
		}
		t[i] = c.Tensor
	}
	q := &qparams{axis: int(x.Arg(3).Int), lo: x.Arg(4).Int, hi: x.Arg(5).Int, dtype: model.ParseDType(x.Arg(6).Str)}
	var err [2]error
	q.scales, err[0] = t[0].Floats()
	q.zeros, err[1] = t[1].Ints()
	if err[0] != nil || err[1] != nil || len(q.scales) != len(q.zeros) || len(q.scales) == 0 {
		return nil
	}
	for _, s := range q.scales {
		q.wide = append(q.wide, float64(s))
	}
	return q
}

// channel says which pair of parameters element i of a shape has: the size of what is behind the axis, and the number of pairs.
func (q *qparams) channel(shape []int) (behind, n int) {
	behind, n = 1, len(q.scales)
	if n > 1 && q.axis < len(shape) {
		for _, s := range shape[q.axis+1:] {
			behind *= s
		}
	}
	return behind, n
}

// quantized is the codes of real values: half to even, clamped.
//
//	source  torch: quantize_per_tensor, quantize_per_channel; lower.md 3.5
func (q *qparams) quantized(v *eval.Value) *eval.Value {
	if v.F == nil {
		return nil
	}
	out := &eval.Value{DType: q.dtype, Shape: v.Shape, I: make([]int64, len(v.F))}
	behind, n := q.channel(v.Shape)
	inverse := make([]float32, n)
	for i, s := range q.wide {
		inverse[i] = float32(1 / s)
	}
	for i, x := range v.F {
		c := i / behind % n
		code := math.RoundToEven(float64(float32(x*inverse[c]))) + float64(q.zeros[c])
		out.I[i] = int64(min(max(code, float64(q.lo)), float64(q.hi)))
	}
	return out
}

// dequantized is the real values of codes, in float32.
func (q *qparams) dequantized(v *eval.Value) *eval.Value {
	if v.I == nil {
		return nil
	}
	out := &eval.Value{DType: model.Float32, Shape: v.Shape, F: make([]float32, len(v.I))}
	behind, n := q.channel(v.Shape)
	for i, x := range v.I {
		c := i / behind % n
		out.F[i] = float32(x-q.zeros[c]) * q.scales[c]
	}
	return out
}

// probe is where an edge node's codes are found while its delegate runs.
type probe struct {
	node   model.NodeID
	q      *qparams
	shape  []int
	orders [][]int // axis orders of the TOSA value that the shapes allow; one once the first batch has settled it
}

// probe finds the TOSA node that has the codes of an edge node's result: the last one made of it that has the type which a
// quantize node behind it gives. Nodes whose result is not quantized on its own, or is merged into another, have none, and neither
// have those that keep the elements of what they read.
func (d *device) probe(l *tosa.Lowered, n model.NodeID) (model.NodeID, probe, bool) {
	x := d.g.Node(n)
	none := probe{}
	if d.reference[n] == model.None || keepsElements(x) || !x.Type.IsTensor() {
		return model.None, none, false
	}
	p := probe{node: n, shape: x.Type.T.Shape.Ints()}
	for _, u := range d.g.Users(n) {
		if quant.IsQuantize(d.g.Node(u).Target) {
			p.q = d.qparams[u]
		}
	}
	into := l.Into.Of(n)
	if in := d.g.In(n); len(into) == 0 && x.Target == "_operator.getitem" && len(d.g.Users(in[0])) == 1 {
		into = l.Into.Of(in[0]) // the choice of an only result is no operator
	}
	for i := len(into) - 1; p.q != nil && i >= 0; i-- {
		t := l.Graph.Node(into[i])
		if t.Kind != model.Call || t.Type.T.DType != p.q.dtype {
			continue
		}
		p.orders = ordersOf(t.Type.T.Shape.Ints(), p.shape)
		return into[i], p, len(p.orders) > 0
	}
	return model.None, none, false
}

// maxOrdered is the largest rank of which all axis orders are tried.
const maxOrdered = 4

// ordersOf is the orders in which a TOSA value of shape t may have the axes of a shape, its own order first. The layout moves
// transposes away, so that the value of an edge node need not exist in its own order.
func ordersOf(t, shape []int) [][]int {
	own := make([]int, len(shape))
	for i := range own {
		own[i] = i
	}
	all := [][]int{own}
	if len(shape) <= maxOrdered {
		all = permutations(own)
	}
	var out [][]int
	seen := map[string]bool{}
	for _, perm := range all {
		if key := walk(shape, perm); !seen[key] && regroups(t, permuted(shape, perm)) {
			seen[key] = true
			out = append(out, perm)
		}
	}
	return out
}

// walk is an axis order without the axes of extent 1, which do not matter.
func walk(shape, perm []int) string {
	var key []byte
	for _, a := range perm {
		if shape[a] != 1 {
			key = append(key, byte('0'+a))
		}
	}
	return string(key)
}

// permutations is all orders of v, v itself first.
func permutations(v []int) [][]int {
	if len(v) < 2 {
		return [][]int{v}
	}
	var out [][]int
	for i := range v {
		rest := slices.Delete(slices.Clone(v), i, i+1)
		for _, p := range permutations(rest) {
			out = append(out, append([]int{v[i]}, p...))
		}
	}
	return out
}

// permuted is the shape whose axis i is axis perm[i] of shape.
func permuted(shape, perm []int) []int {
	out := make([]int, len(perm))
	for i, a := range perm {
		out[i] = shape[a]
	}
	return out
}

// regroups says whether shape b is shape a with neighbouring axes joined or split.
func regroups(a, b []int) bool {
	x, y := ends(a), ends(b)
	if len(x) > len(y) {
		x, y = y, x
	}
	for _, e := range x {
		if !slices.Contains(y, e) {
			return false
		}
	}
	return len(x) == 0 == (len(y) == 0)
}

// ends is the products of the first axes, those of extent 1 left out.
func ends(shape []int) []int {
	var out []int
	n := 1
	for _, d := range shape {
		if d != 1 {
			n *= d
			out = append(out, n)
		}
	}
	return out
}

// look compares what a TOSA node gave with the float run. Where the shapes leave the order of the axes open, the one that is
// closest on the first batch holds.
func (d *device) look(p *probe, v *exec.Tensor) {
	truth := d.truth[d.reference[p.node]]
	if len(truth) != v.Len() || v.Elems == nil {
		return
	}
	real := make([]float32, len(v.Elems))
	for i, c := range v.Elems {
		real[i] = float32(int64(c)-p.q.zeros[0]) * p.q.scales[0]
	}
	if len(p.orders) > 1 {
		best := math.Inf(1)
		closest := p.orders[0]
		for _, perm := range p.orders {
			var dev exec.Deviation
			dev.Add(inOrder(real, p.shape, perm), truth)
			if dev.Noise < best {
				best, closest = dev.Noise, perm
			}
		}
		p.orders = [][]int{closest}
	}
	d.observe(p.node, inOrder(real, p.shape, p.orders[0]))
}

// inOrder brings elements whose axes are in the order perm to that of the shape.
func inOrder(v []float32, shape, perm []int) []float32 {
	if slices.IsSorted(perm) {
		return v
	}
	step, n := make([]int, len(shape)), 1
	for i := len(perm) - 1; i >= 0; i-- {
		step[perm[i]] = n
		n *= shape[perm[i]]
	}
	out := make([]float32, 0, len(v))
	at, off := make([]int, len(shape)), 0
	last := len(shape) - 1
	for len(out) < len(v) {
		for k := range shape[last] {
			out = append(out, v[off+k*step[last]])
		}
		for i := last - 1; i >= 0; i-- {
			off += step[i]
			if at[i]++; at[i] < shape[i] {
				break
			}
			off -= step[i] * shape[i]
			at[i] = 0
		}
	}
	return out
}
