package tosa

import (
	"slices"

	"seam/model"
)

// matmul lowers bmm: MATMUL and a RESCALE.
//
//	source  backends/arm/_passes/rewrite_matmul.py: RewriteMatmulPass
func (e *emitter) matmul(n model.NodeID) (model.NodeID, error) {
	return e.product(n, func(v model.NodeID) model.NodeID { return v })
}

// product emits MATMUL and RESCALE of operands that shape has brought to rank 3.
func (e *emitter) product(n model.NodeID, shape func(model.NodeID) model.NodeID) (model.NodeID, error) {
	var v [2]model.NodeID
	var q [2]*qargs
	for i := range v {
		var err error
		if v[i], err = e.arg(n, i); err != nil {
			return model.None, err
		}
		if q[i], err = e.inQ(n, i); err != nil {
			return model.None, err
		}
	}
	out, err := e.needOutQ(n)
	if err != nil {
		return model.None, err
	}
	v[0], v[1] = shape(v[0]), shape(v[1])
	a, b := e.shapeOf(v[0]), e.shapeOf(v[1])
	t := model.TensorOf(accumulator(e.tensor(v[0]).DType), model.ShapeInts(a[0], a[1], b[2]))
	y := e.op(n, opMatMul, t, []model.Arg{model.NodeArg(v[0]), model.NodeArg(v[1])},
		intKw("a_zp", q[0].zero()), intKw("b_zp", q[1].zero()))
	return e.rescale(n, y, out.dtype, []float64{q[0].scale() * q[1].scale() / out.scale()}, 0, out.zero()), nil
}

// mm lowers mm: bmm between RESHAPEs.
//
//	source  backends/arm/_passes/mm_to_bmm_pass.py: ConvertMmToBmmPass
func (e *emitter) mm(n model.NodeID) (model.NodeID, error) {
	v, err := e.product(n, func(v model.NodeID) model.NodeID { return e.unsqueezed(n, v, slices.Insert(e.shapeOf(v), 0, 1)...) })
	if err != nil {
		return model.None, err
	}
	return e.reshape(n, v, e.edge.Node(n).Type.T.Shape.Ints()...), nil
}
