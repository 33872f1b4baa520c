package quant

import (
	"slices"

	"seam/model"
)

// strides is how far apart the elements of n lie in memory, nil where the shape is not fixed: permutes keep the order in
// memory, and so do operators that work element by element; all others are taken to give contiguous results.
func (e *editor) strides(n model.NodeID) []int {
	x := e.Node(n)
	s := x.Type.T.Shape
	if s.Symbolic() || !x.Type.IsTensor() {
		return nil
	}
	in := x.Arg(0)
	if x.Kind != model.Call || in.Kind != model.ArgNode || !e.Node(in.Node).Type.IsTensor() {
		return packed(s)
	}
	rank := s.Rank()
	switch x.Op.Row().Eval {
	case model.EvPermute:
		if dims, ok := permutation(x, rank); ok {
			return permuted(e.strides(in.Node), dims)
		}
	case model.EvExpand:
		if x.Target == "aten.expand.default" {
			return expanded(e.strides(in.Node), e.Node(in.Node).Type.T.Shape, s)
		}
	case model.EvUnary, model.EvBinary, model.EvClamp, model.EvCast:
		if e.Node(in.Node).Type.T.Shape == s {
			return dense(e.strides(in.Node), s)
		}
	}
	return packed(s)
}

// packed is the strides of a contiguous tensor.
func packed(s model.Shape) []int {
	out := make([]int, s.Rank())
	step := 1
	for i := s.Rank() - 1; i >= 0; i-- {
		out[i] = step
		step *= max(1, int(s.At(i)))
	}
	return out
}

// permutation is the dimensions that a permute or transpose reads, in the result's order.
func permutation(x *model.Node, rank int) ([]int, bool) {
	out := make([]int, rank)
	for i := range out {
		out[i] = i
	}
	switch x.Target {
	case "aten.permute.default", "aten.permute_copy.default":
		dims, ok := x.Arg(1).Ints()
		if !ok || len(dims) != rank {
			return nil, false
		}
		for i, d := range dims {
			out[i] = wrapDim(d, rank)
		}
		return out, x.Target == "aten.permute.default"
	case "aten.transpose.int", "aten.swapaxes.default", "aten.swapdims.default":
		a, b := wrapDim(int(x.Arg(1).Int), rank), wrapDim(int(x.Arg(2).Int), rank)
		out[a], out[b] = b, a
		return out, true
	case "aten.t.default":
		slices.Reverse(out)
		return out, true
	case "aten.mT.default":
		if rank >= 2 {
			out[rank-2], out[rank-1] = out[rank-1], out[rank-2]
		}
		return out, true
	case "aten.movedim.int", "aten.movedim.intlist", "aten.moveaxis.int", "aten.moveaxis.intlist":
		from, ok := x.Arg(1).Ints()
		to, ok2 := x.Arg(2).Ints()
		if !ok || !ok2 || len(from) != len(to) {
			return nil, false
		}
		return moved(from, to, rank), true
	}
	return nil, false
}

// moved is the dimensions in the result's order where some are moved to other places; the others keep their order.
func moved(from, to []int, rank int) []int {
	out := slices.Repeat([]int{-1}, rank)
	taken := make([]bool, rank)
	for i := range from {
		d := wrapDim(from[i], rank)
		out[wrapDim(to[i], rank)], taken[d] = d, true
	}
	next := 0
	for i := range out {
		if out[i] >= 0 {
			continue
		}
		for taken[next] {
			next++
		}
		out[i] = next
		next++
	}
	return out
}

func permuted(st, dims []int) []int {
	if len(st) != len(dims) {
		return nil
	}
	out := make([]int, len(dims))
	for i, d := range dims {
		out[i] = st[d]
	}
	return out
}

func expanded(st []int, from, to model.Shape) []int {
	if st == nil {
		return nil
	}
	out := make([]int, to.Rank())
	for i := 1; i <= from.Rank(); i++ {
		if from.At(-i) == to.At(-i) {
			out[to.Rank()-i] = st[len(st)-i]
		}
	}
	return out
}

// dense is the strides of a result without gaps, in the order of st.
func dense(st []int, s model.Shape) []int {
	if st == nil {
		return nil
	}
	order := make([]int, len(st))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return st[a] - st[b] })
	for i, d := range order { // dimensions of one element stay where they stand
		if i > 0 && s.At(d) == 1 && st[d] == st[order[i-1]] && d > order[i-1] {
			order[i-1], order[i] = order[i], order[i-1]
		}
	}
	out := make([]int, len(st))
	step := 1
	for _, d := range order {
		out[d] = step
		step *= max(1, int(s.At(d)))
	}
	return out
}

func contiguous(st []int, s model.Shape) bool {
	want := packed(s)
	for i := range st {
		if s.At(i) != 1 && st[i] != want[i] {
			return false
		}
	}
	return true
}

// viewable says whether elements with these strides take shape to without a copy. Unknown strides are taken to be contiguous.
//
//	source  aten/src/ATen/TensorUtils.cpp: computeStride_impl
func viewable(st []int, from, to model.Shape) bool {
	if st == nil || from.Numel() <= 0 {
		return true
	}
	at := to.Rank() - 1
	chunk, base := 1, 1 // elements of the run of dimensions that lie densely, and the stride of its last
	if n := from.Rank(); n > 0 {
		base = st[n-1]
	}
	views := 1
	for d := from.Rank() - 1; d >= 0; d-- {
		chunk *= int(from.At(d))
		if d > 0 && (from.At(d-1) == 1 || st[d-1] == chunk*base) {
			continue
		}
		for ; at >= 0 && (views < chunk || to.At(at) == 1); at-- {
			views *= int(to.At(at))
		}
		if views != chunk {
			return false
		}
		if d > 0 {
			chunk, views, base = 1, 1, st[d-1]
		}
	}
	return at < 0
}
