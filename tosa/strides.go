package tosa

import (
	"slices"

	"seam/model"
)

// stridesOf is the strides of converted node n's value in elements, nil where it is contiguous or its shape is symbolic. Views
// keep view strides; quantize, dequantize and pointwise operators keep a dense input's; all else is contiguous.
//
//	source  partition.md 13, item 2
func (e *lowering) stridesOf(n model.NodeID) []int64 {
	x := e.old.Node(n)
	in := e.old.In(n)
	t := e.typ(n)
	if len(in) == 0 || !t.IsTensor() || t.T.Shape.Symbolic() {
		return nil
	}
	from := e.strides[in[0]]
	shape := e.typ(in[0]).T.Shape
	row := x.Op.Row()
	switch row.Edge {
	case model.EdPermute:
		axes, ok := axesOf(x, t.T.Shape.Rank())
		if !ok {
			return nil
		}
		old := orContiguous(from, shape)
		out := make([]int64, len(axes))
		for i, a := range axes {
			out[i] = old[a]
		}
		return normal(out, t.T.Shape)
	case model.EdSlice:
		out := slices.Clone(orContiguous(from, shape))
		if step := x.Arg(4); step.Kind == model.ArgInt {
			out[wrapDim(x.Arg(1).Int, len(out))] *= step.Int
		}
		return normal(out, t.T.Shape)
	case model.EdSelect:
		out := slices.Clone(orContiguous(from, shape))
		d := wrapDim(x.Arg(1).Int, len(out))
		return normal(slices.Delete(out, d, d+1), t.T.Shape)
	case model.EdQDQ:
		return from
	case model.EdSame, model.EdRename:
		if from != nil && t.T.Shape == shape && dense(from, shape) && (row.Eval == model.EvUnary || row.Eval == model.EvClamp) {
			return from
		}
	}
	return nil
}

func wrapDim(d int64, rank int) int {
	if d < 0 {
		d += int64(rank)
	}
	return int(d)
}

func orContiguous(strides []int64, s model.Shape) []int64 {
	if strides != nil {
		return strides
	}
	out := make([]int64, s.Rank())
	step := int64(1)
	for i := s.Rank() - 1; i >= 0; i-- {
		out[i] = step
		step *= int64(s.At(i))
	}
	return out
}

// normal is nil for strides that amount to contiguous ones; extents of 1 do not matter.
func normal(strides []int64, s model.Shape) []int64 {
	step := int64(1)
	for i := s.Rank() - 1; i >= 0; i-- {
		if s.At(i) != 1 && strides[i] != step {
			return strides
		}
		step *= int64(s.At(i))
	}
	return nil
}

// dense says whether strides reach every element of a block without gaps.
func dense(strides []int64, s model.Shape) bool {
	type axis struct{ stride, size int64 }
	var a []axis
	for i := range s.Rank() {
		if s.At(i) != 1 {
			a = append(a, axis{strides[i], int64(s.At(i))})
		}
	}
	slices.SortFunc(a, func(x, y axis) int { return int(x.stride - y.stride) })
	step := int64(1)
	for _, x := range a {
		if x.stride != step {
			return false
		}
		step *= x.size
	}
	return true
}

// viewable says whether a tensor of shape from can be seen as shape to without a copy.
//
//	source  aten/src/ATen/TensorUtils.cpp: computeStride
func viewable(from model.Shape, strides []int64, to model.Shape) bool {
	if strides == nil || from.Numel() == 0 {
		return true
	}
	j := to.Rank() - 1
	chunk, base := int64(1), strides[from.Rank()-1]
	for i := from.Rank() - 1; i >= 0; i-- {
		chunk *= int64(from.At(i))
		if i > 0 && (from.At(i-1) == 1 || strides[i-1] == chunk*base) {
			continue
		}
		size := int64(1)
		for j >= 0 && (size < chunk || to.At(j) == 1) {
			size *= int64(to.At(j))
			j--
		}
		if size != chunk {
			return false
		}
		if i > 0 {
			chunk, base = 1, strides[i-1]
		}
	}
	return j == -1
}
