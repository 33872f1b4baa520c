package tosa

import (
	"math"

	"seam/model"
)

// relu6 is a hardtanh with whole bounds.
func (e *lowering) relu6(c *edgeCall) (model.Arg, error) {
	return e.like("aten.hardtanh.default", c.args[0], model.IntArg(0), model.IntArg(6)), nil
}

// sixths is min(max(x + 3, 0), 6), times more factors, over 6.
//
//	source  torch/_decomp/decompositions.py: hardsigmoid, hardswish
func (e *lowering) sixths(x model.Arg) model.Arg {
	v := e.binary("aten.add.Tensor", x, model.IntArg(3))
	v = e.like("aten.clamp.default", v, model.IntArg(0))
	return e.like("aten.clamp.default", v, model.Arg{}, model.IntArg(6))
}

func (e *lowering) hardsigmoid(c *edgeCall) (model.Arg, error) {
	return e.divide(e.sixths(c.args[0]), model.IntArg(6)), nil
}

func (e *lowering) hardswish(c *edgeCall) (model.Arg, error) {
	return e.divide(e.binary("aten.mul.Tensor", c.args[0], e.sixths(c.args[0])), model.IntArg(6)), nil
}

// divide is a true division: integers give floats.
func (e *lowering) divide(a, b model.Arg) model.Arg {
	t := e.broadcastType(a, b)
	if t.T.DType.IsInteger() {
		t.T.DType = model.Float32
	}
	return e.emit("aten.div.Tensor", t, a, b)
}

func (e *lowering) silu(c *edgeCall) (model.Arg, error) {
	x := c.args[0]
	return e.binary("aten.mul.Tensor", x, e.like("aten.sigmoid.default", x)), nil
}

// celu is x above 0, else alpha * expm1(x / alpha).
//
//	source  torch/_refs/nn/functional/__init__.py: celu
func (e *lowering) celu(c *edgeCall) (model.Arg, error) {
	x := c.args[0]
	low := x
	if len(c.args) > 1 {
		low = e.divide(x, c.args[1])
	}
	low = e.like("aten.expm1.default", low)
	if len(c.args) > 1 {
		low = e.binary("aten.mul.Tensor", low, c.args[1])
	}
	return e.where(e.compare("aten.gt.Scalar", x, model.IntArg(0)), x, low), nil
}

// selu is an elu with fixed factors.
//
//	source  aten/src/ATen/native/Activation.cpp: selu
func (e *lowering) selu(c *edgeCall) (model.Arg, error) {
	return e.like("aten.elu.default", c.args[0], model.FloatArg(1.6732632423543772), model.FloatArg(1.0507009873554805)), nil
}

// softplus is log1p(exp(x * beta)) / beta, and x where x * beta is above the threshold. A beta that is not written is left out.
//
//	source  torch/_refs/nn/functional/__init__.py: softplus
func (e *lowering) softplus(c *edgeCall) (model.Arg, error) {
	var beta model.Arg
	if len(c.args) > 1 {
		beta = c.args[1]
	}
	return e.softplusOf(c.args[0], beta, e.arg(c, 2)), nil
}

func (e *lowering) softplusOf(x, beta, threshold model.Arg) model.Arg {
	scaled := x
	if !beta.IsNone() {
		scaled = e.binary("aten.mul.Tensor", x, beta)
	}
	y := e.like("aten.log1p.default", e.like("aten.exp.default", scaled))
	if !beta.IsNone() {
		y = e.divide(y, beta)
	}
	return e.where(e.compare("aten.gt.Scalar", scaled, threshold), x, y)
}

func (e *lowering) mish(c *edgeCall) (model.Arg, error) {
	y := e.softplusOf(c.args[0], model.Arg{}, model.IntArg(20))
	return e.binary("aten.mul.Tensor", c.args[0], e.like("aten.tanh.default", y)), nil
}

// hardshrink is 0 near 0.
//
//	source  torch/_refs/nn/functional/__init__.py: hardshrink, softshrink, threshold
func (e *lowering) hardshrink(c *edgeCall) (model.Arg, error) {
	x := c.args[0]
	near := e.compare("aten.le.Scalar", e.like("aten.abs.default", x), e.arg(c, 1))
	return e.where(near, e.scalarTensor(model.IntArg(0), e.typeOf(x).T.DType), x), nil
}

func (e *lowering) softshrink(c *edgeCall) (model.Arg, error) {
	x, lambda := c.args[0], e.arg(c, 1)
	far := e.compare("aten.gt.Scalar", e.like("aten.abs.default", x), lambda)
	step := e.binary("aten.mul.Tensor", e.like("aten.sign.default", x), lambda)
	moved := e.binary("aten.sub.Tensor", x, step)
	return e.where(far, moved, e.binary("aten.mul.Tensor", x, model.IntArg(0))), nil
}

func (e *lowering) threshold(c *edgeCall) (model.Arg, error) {
	x := c.args[0]
	low := e.compare("aten.le.Scalar", x, c.args[1])
	return e.where(low, e.scalarTensor(c.args[2], e.typeOf(x).T.DType), x), nil
}

// logSigmoid is min(0, x) - log1p(exp(-|x|)).
//
//	source  torch/_decomp/decompositions.py: log_sigmoid_forward
func (e *lowering) logSigmoid(c *edgeCall) (model.Arg, error) {
	x := c.args[0]
	d := e.typeOf(x).T.DType
	kw := []model.KwArg{
		{Name: "dtype", Arg: dtypeArg(d)},
		{Name: "layout", Arg: strided},
		{Name: "device", Arg: cpu},
		{Name: "pin_memory", Arg: model.BoolArg(false)},
	}
	zero := e.emitKw("aten.full.default", model.TensorOf(d, model.Shape{}), kw, model.ListArg(), model.IntArg(0))
	low := e.binary("aten.minimum.default", zero, x)
	z := e.like("aten.exp.default", e.like("aten.neg.default", e.like("aten.abs.default", x)))
	return e.binary("aten.sub.Tensor", low, e.like("aten.log1p.default", z)), nil
}

// scaledProduct is x + value * a * b, or x + value * a / b.
//
//	source  torch/_refs/__init__.py: addcmul, addcdiv
func (e *lowering) scaledProduct(c *edgeCall) (model.Arg, error) {
	p := e.binary("aten.mul.Tensor", c.args[1], e.arg(c, 3))
	if c.op == "aten.addcdiv.default" {
		p = e.divide(p, c.args[2])
	} else {
		p = e.binary("aten.mul.Tensor", p, c.args[2])
	}
	return e.binary("aten.add.Tensor", c.args[0], p), nil
}

// frac is what is behind the point.
func (e *lowering) frac(c *edgeCall) (model.Arg, error) {
	return e.binary("aten.sub.Tensor", c.args[0], e.like("aten.trunc.default", c.args[0])), nil
}

// deg2rad multiplies by pi / 180.
func (e *lowering) deg2rad(c *edgeCall) (model.Arg, error) {
	return e.binary("aten.mul.Tensor", c.args[0], model.FloatArg(math.Pi/180)), nil
}

// nanToNum replaces what is not finite.
//
//	source  torch/_refs/__init__.py: nan_to_num
func (e *lowering) nanToNum(c *edgeCall) (model.Arg, error) {
	x := c.args[0]
	if e.typeOf(x).T.DType != model.Float32 {
		return model.Arg{}, e.missing("")
	}
	fill := [3]model.Arg{model.FloatArg(0), model.FloatArg(-math.MaxFloat32), model.FloatArg(math.MaxFloat32)}
	for i, j := range []int{1, 3, 2} {
		if a := e.arg(c, j); !a.IsNone() {
			fill[i] = a
		}
	}
	v := e.where(e.emit("aten.isnan.default", model.TensorOf(model.Bool, e.shapeOf(x)), x), e.scalarTensor(fill[0], model.Float32), x)
	low := e.compare("aten.eq.Scalar", x, model.FloatArg(math.Inf(-1)))
	v = e.where(low, e.scalarTensor(fill[1], model.Float32), v)
	high := e.compare("aten.eq.Scalar", x, model.FloatArg(math.Inf(1)))
	return e.where(high, e.scalarTensor(fill[2], model.Float32), v), nil
}

// lerp goes from a to b by a number or a tensor of weights, from the nearer end.
//
//	source  torch/_refs/__init__.py: lerp
func (e *lowering) lerp(c *edgeCall) (model.Arg, error) {
	a, b, w := c.args[0], c.args[1], c.args[2]
	if w.Kind != model.ArgNode {
		w = e.full(model.Shape{}, e.typeOf(a).T.DType, w)
	}
	far := e.compare("aten.ge.Scalar", e.like("aten.abs.default", w), model.FloatArg(0.5))
	weight := e.where(far, e.binary("aten.sub.Tensor", w, model.IntArg(1)), w)
	base := e.where(far, b, a)
	return e.binary("aten.add.Tensor", e.binary("aten.mul.Tensor", weight, e.binary("aten.sub.Tensor", b, a)), base), nil
}

func (e *lowering) square(c *edgeCall) (model.Arg, error) {
	return e.like("aten.pow.Tensor_Scalar", c.args[0], model.IntArg(2)), nil
}

func (e *lowering) clampMin(c *edgeCall) (model.Arg, error) {
	return e.emit(clampOf(c.args[1]), c.t, c.args[0], c.args[1]), nil
}

func (e *lowering) clampMax(c *edgeCall) (model.Arg, error) {
	return e.emit(clampOf(c.args[1]), c.t, c.args[0], model.Arg{}, c.args[1]), nil
}

// clampOf is the clamp whose bounds are of bound's kind.
func clampOf(bound model.Arg) string {
	if bound.Kind == model.ArgNode {
		return "aten.clamp.Tensor"
	}
	return "aten.clamp.default"
}

// floorDivide is a division that rounds down.
func (e *lowering) floorDivide(c *edgeCall) (model.Arg, error) {
	kw := []model.KwArg{{Name: "rounding_mode", Arg: model.StrArg("floor")}}
	return e.emitKw("aten.div.Tensor_mode", c.t, kw, c.args[0], c.args[1]), nil
}

// glu is the first half times the sigmoid of the second.
func (e *lowering) glu(c *edgeCall) (model.Arg, error) {
	x := c.args[0]
	d := wrapDim(e.arg(c, 1).Int, e.rank(x))
	n := int64(e.shapeOf(x).At(d)) / 2
	if n < 0 {
		return model.Arg{}, e.missing("")
	}
	a, b := e.sliced(x, d, 0, n), e.sliced(x, d, n, 2*n)
	return e.binary("aten.mul.Tensor", a, e.like("aten.sigmoid.default", b)), nil
}

// prelu scales what is below 0 by a weight a channel.
//
//	source  aten/src/ATen/native/Activation.cpp: prelu; torch/_decomp/decompositions.py: _prelu_kernel
func (e *lowering) prelu(c *edgeCall) (model.Arg, error) {
	x, w := c.args[0], c.args[1]
	if e.rank(x) != e.rank(w) {
		s := model.Shape{}
		for i := range e.rank(x) {
			d := model.Dim(1)
			if i == 1 && e.rank(w) == 1 {
				d = e.shapeOf(w).At(0)
			}
			s = s.Append(d)
		}
		w = e.reshapeAs(w, s)
	}
	above := e.compare("aten.gt.Scalar", x, model.IntArg(0))
	return e.where(above, x, e.binary("aten.mul.Tensor", w, x)), nil
}

// maskedFill picks the value where the mask holds.
//
//	source  torch/_refs/__init__.py: masked_fill
func (e *lowering) maskedFill(c *edgeCall) (model.Arg, error) {
	x, mask, v := c.args[0], c.args[1], c.args[2]
	d := e.typeOf(x).T.DType
	if v.Kind != model.ArgNode {
		v = e.scalarTensor(v, d)
	} else {
		v = e.cast(v, d)
	}
	return e.contiguousOf(e.emit("aten.where.self", c.t, mask, v, x)), nil
}

// contiguousOf is x, copied if it is not contiguous.
func (e *lowering) contiguousOf(x model.Arg) model.Arg {
	if e.stridesAt(x) == nil {
		return x
	}
	return e.clone(x)
}

// whereScalar makes tensors of numbers.
//
//	source  aten/src/ATen/native/TensorCompare.cpp: where
func (e *lowering) whereScalar(c *edgeCall) (model.Arg, error) {
	d := e.promoted(c.args[1], c.args[2])
	var v [2]model.Arg
	for _, i := range []int{1, 0} {
		if a := c.args[i+1]; a.Kind == model.ArgNode {
			v[i] = e.cast(a, d)
		} else {
			v[i] = e.scalarTensor(a, d)
		}
	}
	return e.emit("aten.where.self", c.t, c.args[0], v[0], v[1]), nil
}

// triangle keeps what is on one side of a diagonal.
//
//	source  torch/_refs/__init__.py: tril, triu
func (e *lowering) triangle(c *edgeCall) (model.Arg, error) {
	s := c.t.T.Shape
	if s.Symbolic() || s.Rank() < 2 {
		return model.Arg{}, e.missing("")
	}
	col := e.unsqueezed(e.arangeFrom(0, int64(s.At(-1))), -2)
	row := e.unsqueezed(e.arangeFrom(0, int64(s.At(-2))), -1)
	op := "aten.le.Scalar"
	if c.op == "aten.triu.default" {
		op = "aten.ge.Scalar"
	}
	mask := e.compare(op, e.binary("aten.sub.Tensor", col, row), e.arg(c, 1))
	zero := e.scalarTensor(model.IntArg(0), c.t.T.DType)
	return e.contiguousOf(e.where(mask, c.args[0], zero)), nil
}
