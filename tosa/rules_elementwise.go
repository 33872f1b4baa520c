package tosa

import "seam/model"

// relu6 is a hardtanh with whole bounds.
func (e *lowering) relu6(c *call) (model.Arg, error) {
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

func (e *lowering) hardsigmoid(c *call) (model.Arg, error) {
	return e.divide(e.sixths(c.args[0]), model.IntArg(6)), nil
}

func (e *lowering) hardswish(c *call) (model.Arg, error) {
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

func (e *lowering) silu(c *call) (model.Arg, error) {
	x := c.args[0]
	return e.binary("aten.mul.Tensor", x, e.like("aten.sigmoid.default", x)), nil
}

// celu is x above 0, else alpha * expm1(x / alpha).
func (e *lowering) celu(c *call) (model.Arg, error) {
	x, alpha := c.args[0], e.arg(c, 1)
	if v, ok := alpha.Number(); !ok || v != 1 {
		return model.Arg{}, e.missing("celu with a factor")
	}
	low := e.like("aten.expm1.default", x)
	return e.where(e.compare("aten.gt.Scalar", x, model.IntArg(0)), x, low), nil
}

// selu is an elu with fixed factors.
//
//	source  aten/src/ATen/native/Activation.cpp: selu
func (e *lowering) selu(c *call) (model.Arg, error) {
	return e.like("aten.elu.default", c.args[0], model.FloatArg(1.6732632423543772), model.FloatArg(1.0507009873554805)), nil
}

// softplusOf is log1p(exp(x * beta)) / beta, and x where x * beta is above the threshold.
//
//	source  torch/_refs/nn/functional/__init__.py: softplus
func (e *lowering) softplusOf(x, beta, threshold model.Arg) (model.Arg, error) {
	if v, ok := beta.Number(); !ok || v != 1 {
		return model.Arg{}, e.missing("softplus with a factor")
	}
	y := e.like("aten.log1p.default", e.like("aten.exp.default", x))
	return e.where(e.compare("aten.gt.Scalar", x, threshold), x, y), nil
}

func (e *lowering) softplusRule(c *call) (model.Arg, error) {
	return e.softplusOf(c.args[0], e.arg(c, 1), e.arg(c, 2))
}

func (e *lowering) mish(c *call) (model.Arg, error) {
	y, err := e.softplusOf(c.args[0], model.IntArg(1), model.IntArg(20))
	if err != nil {
		return y, err
	}
	return e.binary("aten.mul.Tensor", c.args[0], e.like("aten.tanh.default", y)), nil
}

// logSigmoid is min(0, x) - log1p(exp(-|x|)).
//
//	source  torch/_decomp/decompositions.py: log_sigmoid_forward
func (e *lowering) logSigmoid(c *call) (model.Arg, error) {
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

func (e *lowering) square(c *call) (model.Arg, error) {
	return e.like("aten.pow.Tensor_Scalar", c.args[0], model.IntArg(2)), nil
}

func (e *lowering) clampMin(c *call) (model.Arg, error) {
	return e.emit("aten.clamp.default", c.t, c.args[0], c.args[1]), nil
}

func (e *lowering) clampMax(c *call) (model.Arg, error) {
	return e.emit("aten.clamp.default", c.t, c.args[0], model.Arg{}, c.args[1]), nil
}

// floorDivide is a division that rounds down.
func (e *lowering) floorDivide(c *call) (model.Arg, error) {
	kw := []model.KwArg{{Name: "rounding_mode", Arg: model.StrArg("floor")}}
	return e.emitKw("aten.div.Tensor_mode", c.t, kw, c.args[0], c.args[1]), nil
}

// glu is the first half times the sigmoid of the second.
func (e *lowering) glu(c *call) (model.Arg, error) {
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
func (e *lowering) prelu(c *call) (model.Arg, error) {
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
func (e *lowering) maskedFill(c *call) (model.Arg, error) {
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
func (e *lowering) whereScalar(c *call) (model.Arg, error) {
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
func (e *lowering) triangle(c *call) (model.Arg, error) {
	s := c.t.T.Shape
	if s.Symbolic() || s.Rank() < 2 {
		return model.Arg{}, e.missing("")
	}
	kw := []model.KwArg{
		{Name: "layout", Arg: strided}, {Name: "device", Arg: cpu}, {Name: "pin_memory", Arg: model.BoolArg(false)},
	}
	col := e.unsqueezed(e.arange(int64(s.At(-1)), model.Int64, kw...), -2)
	row := e.unsqueezed(e.arange(int64(s.At(-2)), model.Int64, kw...), -1)
	op := "aten.le.Scalar"
	if c.op == "aten.triu.default" {
		op = "aten.ge.Scalar"
	}
	mask := e.compare(op, e.binary("aten.sub.Tensor", col, row), e.arg(c, 1))
	zero := e.scalarTensor(model.IntArg(0), c.t.T.DType)
	return e.contiguousOf(e.where(mask, c.args[0], zero)), nil
}
