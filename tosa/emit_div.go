package tosa

import "seam/model"

// intDiv lowers div of integers that rounds: INTDIV, which rounds towards zero, and where n rounds down, one less where the
// quotient is below zero and not whole.
//
//	source  backends/arm/_passes/decompose_div_tensor_mode.py: DecomposeDivTensorModePass
func (e *emitter) intDiv(n model.NodeID) (model.NodeID, error) {
	x := e.edge.Node(n)
	mode := x.Kwarg("rounding_mode").Str
	d := x.Type.T.DType
	if d.IsFloat() || e.cfg.U55 || mode != "floor" && mode != "trunc" {
		return model.None, e.refuse(n, "div that does not round integers")
	}
	var in []model.NodeID
	for i := range 2 {
		v, err := e.arg(n, i)
		if err != nil {
			return model.None, err
		}
		if t := e.known(v); t != nil {
			v = e.computed(e.nodeName(nodeCast), "fused_const", widened(t, model.Int32), v)
		}
		in = append(in, e.cast(n, v, model.Int32))
	}
	args := e.ranked(n, in)
	a, b := args[0].Node, args[1].Node
	quotient := e.integer(n, opIntDiv, a, b)
	if mode == "floor" {
		quotient = e.roundDown(n, a, b, quotient)
	}
	return e.cast(n, quotient, d), nil
}

// roundDown takes one from a quotient of a and b that is below zero and was rounded.
func (e *emitter) roundDown(n, a, b, quotient model.NodeID) model.NodeID {
	rest := e.integer(n, opSub, a, e.integer(n, opMul, quotient, b))
	zero := e.filled(model.Int32, len(e.shapeOf(quotient)), 0)
	whole := e.truth(n, opEqual, rest, zero)
	rounded := e.op(n, opLogicalNot, e.Node(whole).Type, []model.Arg{model.NodeArg(whole)})
	below := e.truth(n, opLogicalXor, e.truth(n, opGreater, zero, a), e.truth(n, opGreater, zero, b))
	less := e.cast(n, e.truth(n, opLogicalAnd, rounded, below), model.Int32)
	return e.integer(n, opSub, quotient, less)
}

// truth adds an operator of two values of one rank that gives truth values; of constants, it is computed.
func (e *emitter) truth(n model.NodeID, op string, a, b model.NodeID) model.NodeID {
	shape := broadcastShapes([][]int{e.shapeOf(a), e.shapeOf(b)})
	if v := e.folded(op, []model.NodeID{a, b}, shape); v != model.None {
		return v
	}
	return e.op(n, op, model.TensorOf(model.Bool, model.ShapeInts(shape...)), []model.Arg{model.NodeArg(a), model.NodeArg(b)})
}
