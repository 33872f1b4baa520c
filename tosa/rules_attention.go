package tosa

import (
	"math"

	"seam/model"
)

// attention is softmax(q k^T * scale + mask) v, with the scale shared between q and k. Where the fused kernel would take it, the
// result is laid out as that kernel does.
//
//	source  aten/src/ATen/native/transformers/attention.cpp: _scaled_dot_product_attention_math;
//	        torch/_decomp/decompositions.py: scaled_dot_product_flash_attention_for_cpu
func (e *lowering) attention(c *edgeCall) (model.Arg, error) {
	q, k, v, mask := c.args[0], c.args[1], c.args[2], e.arg(c, 3)
	p, _ := e.arg(c, 4).Number()
	s, d := e.shapeOf(q), e.typeOf(q).T.DType
	head, known := model.Dim(0), !e.arg(c, 7).Bool() && p == 0 && d == model.Float32
	if s.Rank() > 0 {
		head = s.At(-1)
	}
	if !known || s.Rank() < 3 || e.rank(k) < 3 || e.rank(v) < 3 || head.Symbolic() {
		return model.Arg{}, e.missing("")
	}
	scale := 1 / math.Sqrt(float64(head))
	if x, ok := e.arg(c, 6).Number(); ok {
		scale = x
	}
	root := model.FloatArg(math.Sqrt(scale))
	if e.typeOf(mask).T.DType == model.Bool {
		mask = e.maskNumbers(mask, d)
	}
	q = e.like("aten.mul.Scalar", q, root)
	if e.arg(c, 5).Bool() {
		if s.Symbolic() || e.shapeOf(k).Symbolic() {
			return model.Arg{}, e.missing("")
		}
		mask = e.maskNumbers(e.lowerTriangle(s.At(-2), e.shapeOf(k).At(-2)), d)
	}
	k = e.like("aten.mul.Scalar", e.transposed(k), root)
	t := model.TensorOf(d, broadcast(leading(s), leading(e.shapeOf(k))).Append(s.At(-2)).Append(e.shapeOf(k).At(-1)))
	w, err := e.batchProduct(t, q, k)
	if err != nil {
		return w, err
	}
	if mask.Kind == model.ArgNode {
		w = e.binary("aten.add.Tensor", w, mask)
	}
	out, err := e.batchProduct(c.t, e.safeSoftmax(w), v)
	if err != nil || s.Rank() != 4 || head != e.shapeOf(v).At(-1) {
		return out, err
	}
	return e.permuted(e.clone(e.permuted(out, 2, 0, 1, 3)), 1, 2, 0, 3), nil
}

// lowerTriangle is true on and below the diagonal.
func (e *lowering) lowerTriangle(rows, cols model.Dim) model.Arg {
	all := e.full(model.ShapeOf(rows, cols), model.Bool, model.BoolArg(true))
	col := e.unsqueezed(e.arangeFrom(0, int64(cols)), -2)
	row := e.unsqueezed(e.arangeFrom(0, int64(rows)), -1)
	below := e.compare("aten.le.Scalar", e.binary("aten.sub.Tensor", col, row), model.IntArg(0))
	return e.compare("aten.logical_and.default", below, all)
}

// maskNumbers is 0 where a mask holds and minus infinity elsewhere.
func (e *lowering) maskNumbers(mask model.Arg, d model.DType) model.Arg {
	kw := []model.KwArg{{Name: "dtype", Arg: dtypeArg(d)}, {Name: "device", Arg: cpu}}
	low := e.emitKw("aten.scalar_tensor.default", model.TensorOf(d, model.Shape{}), kw, model.FloatArg(math.Inf(-1)))
	return e.where(mask, e.scalarTensor(model.FloatArg(0), d), low)
}

// safeSoftmax is a softmax over the last axis that is 0 where a row holds nothing but minus infinity.
//
//	source  torch/_decomp/decompositions.py: safe_softmax
func (e *lowering) safeSoftmax(x model.Arg) model.Arg {
	last := model.IntArg(-1)
	soft := e.like("aten._softmax.default", x, last, model.BoolArg(false))
	some := e.like("aten.logical_not.default", e.compare("aten.eq.Scalar", x, model.FloatArg(math.Inf(-1))))
	row := model.TensorOf(model.Bool, e.shapeOf(x).With(-1, 1))
	none := e.like("aten.logical_not.default", e.emit("aten.any.dim", row, some, last, model.BoolArg(true)))
	zero := e.emitKw("aten.full_like.default", e.typeOf(soft), e.likeKwargs(nil), soft, model.IntArg(0))
	return e.where(none, zero, soft)
}
