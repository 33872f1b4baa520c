package tosa

import (
	"slices"

	"seam/model"
)

// direct lowers operators that TOSA has for the same operands, without a change of scale.
//
//	source  backends/arm/_passes/exir_to_tosa_pass.py; rewrite_bool_bitwise_to_logical_pass.py
func (e *emitter) direct(n model.NodeID) (model.NodeID, error) {
	x := e.edge.Node(n)
	var in []model.NodeID
	for i := range x.Args {
		if f, ok := x.Args[i].Number(); ok && i > 0 {
			in = append(in, e.filled(e.tensor(in[0]).DType, 1, int64(f)))
			continue
		}
		v, err := e.arg(n, i)
		if err != nil {
			return model.None, err
		}
		in = append(in, v)
	}
	t := model.TensorOf(e.tensor(in[0]).DType, x.Type.T.Shape)
	op := directOp(x.Target, t.T.DType == model.Bool)
	args := e.ranked(n, in)
	if op != opLeftShift && op != opRightShift {
		return e.op(n, op, t, args), nil
	}
	if e.cfg.U55 { // CastToInt32Pass
		for i, a := range args {
			args[i] = model.NodeArg(e.cast(n, a.Node, model.Int32))
		}
	}
	var kw []model.KwArg
	if op == opRightShift {
		kw = append(kw, boolKw("round", e.cfg.U55))
	}
	v := e.op(n, op, model.TensorOf(e.tensor(args[0].Node).DType, x.Type.T.Shape), args, kw...)
	return e.cast(n, v, t.T.DType), nil
}

// directOp is the TOSA operator for an edge operator, given whether it works on truth values.
func directOp(target string, logical bool) string {
	switch target {
	case "aten.bitwise_and.Scalar", "aten.bitwise_and.Tensor", "aten.logical_and.default":
		if logical {
			return opLogicalAnd
		}
		return opBitwiseAnd
	case "aten.bitwise_or.Scalar", "aten.bitwise_or.Tensor", "aten.logical_or.default":
		if logical {
			return opLogicalOr
		}
		return opBitwiseOr
	case "aten.bitwise_xor.Scalar", "aten.bitwise_xor.Tensor", "aten.logical_xor.default":
		if logical {
			return opLogicalXor
		}
		return opBitwiseXor
	case "aten.bitwise_not.default", "aten.logical_not.default":
		if logical {
			return opLogicalNot
		}
		return opBitwiseNot
	case "aten.bitwise_left_shift.Tensor":
		return opLeftShift
	}
	return opRightShift
}

// cast adds a CAST of v, unless it has that type.
func (e *emitter) cast(n, v model.NodeID, to model.DType) model.NodeID {
	if e.tensor(v).DType == to {
		return v
	}
	return e.op(n, opCast, model.TensorOf(to, e.tensor(v).Shape), []model.Arg{model.NodeArg(v)})
}

// toCopy lowers a change of type, or of nothing.
//
//	source  backends/arm/operators/op_to_dim_order_copy.py; remove_noop_pass.py
func (e *emitter) toCopy(n model.NodeID) (model.NodeID, error) {
	v, err := e.arg(n, 0)
	if err == nil {
		err = e.keepsOrder(n)
	}
	if err != nil {
		return model.None, err
	}
	q, err := e.outQ(n)
	if err != nil {
		return model.None, err
	}
	to := e.outType(n, q).T.DType
	t := e.known(v)
	node := e.edgeName(n)
	switch {
	case t != nil && q == nil && to != model.Bool && !to.IsFloat(): // even to the type that it has
		return e.computed(node, "fused_const", widened(t, to), v), nil
	case e.tensor(v).DType == to:
		return e.same(n, v), nil
	case t != nil:
		return model.None, e.refuse(n, "a change of type of constants")
	}
	return e.cast(n, v, to), nil
}

// neg lowers neg: NEGATE, which knows the zero points.
//
//	source  backends/arm/operators/op_tosa_neg.py
func (e *emitter) neg(n model.NodeID) (model.NodeID, error) {
	v, err := e.arg(n, 0)
	if err != nil {
		return model.None, err
	}
	in, out := 0, 0
	q, err := e.outQ(n)
	if err == nil && q != nil {
		out = q.zero()
		if q, err = e.inQ(n, 0); err == nil {
			in = q.zero()
		}
	}
	if err != nil {
		return model.None, err
	}
	return e.op(n, opNegate, e.Node(v).Type, []model.Arg{model.NodeArg(v)}, intKw("input1_zp", in), intKw("output_zp", out)), nil
}

// argmax lowers argmax over one axis.
//
//	source  backends/arm/operators/op_tosa_argmax.py
func (e *emitter) argmax(n model.NodeID) (model.NodeID, error) {
	x := e.edge.Node(n)
	v, err := e.arg(n, 0)
	if err != nil {
		return model.None, err
	}
	if x.Arg(1).Kind != model.ArgInt {
		return model.None, e.refuse(n, "argmax over all axes")
	}
	shape := e.shapeOf(v)
	axis := wrap(int(x.Arg(1).Int), len(shape))
	t := model.TensorOf(model.Int32, e.tensor(v).Shape.Remove(axis))
	v = e.op(n, opArgMax, t, []model.Arg{model.NodeArg(v)}, intKw("axis", axis), textKw("nan_mode", "PROPAGATE"))
	return e.reshape(n, v, x.Type.T.Shape.Ints()...), nil
}

// any lowers any: one REDUCE_ANY an axis.
//
//	source  backends/arm/_passes/decompose_any_pass.py: DecomposeAnyPass
func (e *emitter) any(n model.NodeID) (model.NodeID, error) {
	v, err := e.arg(n, 0)
	if err != nil {
		return model.None, err
	}
	if !e.edge.Node(n).Arg(2).Bool() {
		e.nodeName(nodeView)
	}
	return e.reduce(n, v, opReduceAny)
}

// clampTensor lowers clamp with bounds that are tensors.
//
//	source  backends/arm/_passes/decompose_tosa_unsupported_clamp_pass.py: DecomposeTOSAUnsupportedClampPass
func (e *emitter) clampTensor(n model.NodeID) (model.NodeID, error) {
	x := e.edge.Node(n)
	v, err := e.arg(n, 0)
	if err != nil {
		return model.None, err
	}
	if x.Type.T.DType.IsFloat() {
		return model.None, e.refuse(n, x.Target+" of quantized values")
	}
	for i, op := range []string{opMaximum, opMinimum} {
		if x.Arg(i + 1).IsNone() {
			continue
		}
		b, err := e.bound(n, i+1, v)
		if err != nil {
			return model.None, err
		}
		v = e.op(n, op, x.Type, e.ranked(n, []model.NodeID{v, b}), textKw("nan_mode", "PROPAGATE"))
	}
	return v, nil
}

// bound is a bound of a clamp as a value of v's type and rank.
func (e *emitter) bound(n model.NodeID, i int, v model.NodeID) (model.NodeID, error) {
	a := e.edge.Node(n).Arg(i)
	if a.Kind == model.ArgNode {
		return e.value(n, a)
	}
	f, _ := a.Number()
	return e.filled(e.tensor(v).DType, len(e.shapeOf(v)), int64(f)), nil
}

// cumsum lowers cumsum: a convolution with ones over the axis, padded in front by all but one of its elements, and cut.
//
//	source  backends/arm/_passes/decompose_cumsum_pass.py: DecomposeCumsumPass
func (e *emitter) cumsum(n model.NodeID) (model.NodeID, error) {
	x := e.edge.Node(n)
	c := &convPlan{node: n, name: e.names.Create("aten_convolution_default"), stride: []int{1, 1}, dilate: []int{1, 1}, groups: 1, weights: model.NodeArg(model.None)}
	var err error
	if c.x, err = e.arg(n, 0); err == nil {
		c.inQ, err = e.inQ(n, 0)
	}
	if err == nil {
		c.outQ, err = e.needOutQ(n)
	}
	if err != nil {
		return model.None, err
	}
	shape := e.shapeOf(c.x)
	axis := wrap(int(x.Arg(1).Int), len(shape))
	size := shape[axis]
	c.in = []int{product(shape[:axis]), 1, size, product(shape[axis+1:])}
	c.out = []int{c.in[0], 1, 2*size - 1, c.in[3]}
	c.pad, c.kernel = []int{size - 1, 0}, []int{1, 1, size, 1}
	c.weightQ = &qargs{scales: []float64{1}, zeros: []int{0}, lo: -128, hi: 127, dtype: model.Int8}
	c.weightT = model.FromInts(c.inQ.dtype, model.ShapeInts(1, 1, size, 1), slices.Repeat([]int64{1}, size))
	c.x = e.viewed(n, c.x, c.in...)
	y, err := e.conv(c)
	if err != nil {
		return model.None, err
	}
	return e.viewed(n, e.crop(n, y, 2, size), shape...), nil
}
