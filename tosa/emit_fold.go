package tosa

import (
	"slices"

	"seam/model"
)

// folded computes an operator of int32 or bool constants of one rank; None where an operand is no constant or the operator is
// not known here.
//
//	source  backends/arm/_passes/fuse_constant_ops_pass.py: FuseConstantArgsPass
func (e *emitter) folded(op string, in []model.NodeID, shape []int) model.NodeID {
	f := integerFunc(op)
	var operands []*model.Tensor
	for _, v := range in {
		operands = append(operands, e.known(v))
	}
	if f == nil || slices.Contains(operands, nil) {
		return model.None
	}
	d := operands[0].DType
	if op == opEqual || op == opGreater || op == opGreaterEqual {
		d = model.Bool
	}
	r := &model.Tensor{DType: d, Shape: model.ShapeInts(shape...)}
	if !slices.ContainsFunc(operands, func(t *model.Tensor) bool { return t.Raw == nil }) {
		a, b := spreadOver(operands[0], shape), spreadOver(operands[len(operands)-1], shape)
		if a == nil || b == nil {
			return model.None
		}
		for i := range a {
			a[i] = f(a[i], b[i])
		}
		r = model.FromInts(d, r.Shape, a)
	}
	return e.computed(e.nodeName(nodeOf(op)), "fused_const", r, in[0])
}

// integerFunc is what an operator does with two elements, nil if it is not known.
func integerFunc(op string) func(a, b int64) int64 {
	truth := func(b bool) int64 { return int64(rank(b)) }
	switch op {
	case opAdd:
		return func(a, b int64) int64 { return a + b }
	case opSub:
		return func(a, b int64) int64 { return a - b }
	case opMul:
		return func(a, b int64) int64 { return a * b }
	case opMaximum:
		return func(a, b int64) int64 { return max(a, b) }
	case opMinimum:
		return func(a, b int64) int64 { return min(a, b) }
	case opEqual:
		return func(a, b int64) int64 { return truth(a == b) }
	case opGreater:
		return func(a, b int64) int64 { return truth(a > b) }
	case opGreaterEqual:
		return func(a, b int64) int64 { return truth(a >= b) }
	}
	return nil
}

// spreadOver is a constant's elements, broadcast to a shape of its rank; nil if that cannot be.
func spreadOver(t *model.Tensor, shape []int) []int64 {
	v, err := t.Ints()
	in := t.Shape.Ints()
	if err != nil || len(in) != len(shape) {
		return nil
	}
	out, at := make([]int64, 0, product(shape)), make([]int, len(shape))
	for range product(shape) {
		off := 0
		for i, d := range in {
			if off *= d; d > 1 {
				off += at[i]
			}
		}
		out = append(out, v[off])
		for i := len(at) - 1; i >= 0; i-- {
			if at[i]++; at[i] < shape[i] {
				break
			}
			at[i] = 0
		}
	}
	return out
}
