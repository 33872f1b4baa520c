package tosa

import (
	"math"
	"strings"

	"seam/model"
)

// sumAll names no axes, which means all.
func (e *lowering) sumAll(c *edgeCall) (model.Arg, error) {
	return e.emitKw("aten.sum.dim_IntList", c.t, c.kw, c.args[0], model.ListArg()), nil
}

// every is not any of not.
//
//	source  torch/_refs/__init__.py: all
func (e *lowering) every(c *edgeCall) (model.Arg, error) {
	v := e.emit("aten.logical_not.default", model.TensorOf(model.Bool, e.shapeOf(c.args[0])), c.args[0])
	args := append([]model.Arg{v}, c.args[1:]...)
	op := "aten.any.dims"
	if c.op == "aten.all.dim" {
		op = "aten.any.dim"
	}
	v = e.emit(op, c.t, args...)
	return e.like("aten.logical_not.default", v), nil
}

// variance writes var and var_mean over named axes with a correction.
//
//	source  aten/src/ATen/native/ReduceOps.cpp: var
func (e *lowering) variance(c *edgeCall) (model.Arg, error) {
	correction := model.IntArg(1)
	if !e.arg(c, 2).Bool() {
		correction = model.IntArg(0)
	}
	name := c.op[:strings.LastIndexByte(c.op, '.')] + ".correction"
	v := e.emitKw(name, c.t, varianceKwargs(correction, e.arg(c, 3)), c.args[0], axisList(e.arg(c, 1)))
	if c.t.Kind == model.ListKind {
		return e.results(v, c.t), nil
	}
	return v, nil
}

func varianceKwargs(correction, keep model.Arg) []model.KwArg {
	kw := []model.KwArg{{Name: "correction", Arg: correction}}
	if keep.Bool() {
		kw = append(kw, model.KwArg{Name: "keepdim", Arg: keep})
	}
	return kw
}

// std is the root of the variance; its correction is a float.
//
//	source  torch/_refs/__init__.py: std
func (e *lowering) std(c *edgeCall) (model.Arg, error) {
	correction, keep := model.FloatArg(1), e.arg(c, 3)
	if c.op == "aten.std.correction" {
		if v, ok := e.arg(c, 2).Number(); ok {
			correction = model.FloatArg(v)
		}
	} else if !e.arg(c, 2).Bool() {
		correction = model.FloatArg(0)
	}
	v := e.emitKw("aten.var.correction", c.t, varianceKwargs(correction, keep), c.args[0], axisList(e.arg(c, 1)))
	return e.like("aten.sqrt.default", v), nil
}

// axisList is a list of axes; one number is a list of one.
func axisList(a model.Arg) model.Arg {
	if a.Kind == model.ArgInt {
		return model.ListArg(a)
	}
	return a
}

// keptAxes is a shape with the named axes (all if there are none) at one.
func keptAxes(s model.Shape, axes model.Arg) (model.Shape, bool) {
	dims, ok := axes.Ints()
	if !ok && !axes.IsNone() {
		return s, false
	}
	for i := range s.Rank() {
		named := len(dims) == 0
		for _, d := range dims {
			named = named || wrapDim(int64(d), s.Rank()) == i
		}
		if named {
			s = s.With(i, 1)
		}
	}
	return s, true
}

// vectorNorm is the root of the sum of powers.
//
//	source  torch/_refs/linalg/__init__.py: vector_norm
func (e *lowering) vectorNorm(c *edgeCall) (model.Arg, error) {
	x, order, axes, keep := c.args[0], e.arg(c, 1), e.arg(c, 2), e.arg(c, 3)
	p, ok := order.Number()
	s, ok2 := keptAxes(e.shapeOf(x), axes)
	if !ok || !ok2 || e.shapeOf(x).Symbolic() || s == e.shapeOf(x) || e.typeOf(x).T.DType != c.t.T.DType {
		return model.Arg{}, e.missing("")
	}
	switch {
	case p == 0:
		return model.Arg{}, e.missing("norm of order 0")
	case math.IsInf(p, 0):
		op := "aten.amax.default"
		if p < 0 {
			op = "aten.amin.default"
		}
		return e.emit(op, c.t, e.like("aten.abs.default", x), axes, keep), nil
	case math.Mod(p, 2) != 0:
		x = e.like("aten.abs.default", x)
	}
	v := e.emit("aten.sum.dim_IntList", c.t, e.like("aten.pow.Tensor_Scalar", x, order), axes, keep)
	return e.like("aten.pow.Tensor_Scalar", v, model.FloatArg(1/p)), nil
}

// logSumExp takes the maximum out before it exponentiates.
//
//	source  torch/_refs/__init__.py: logsumexp
func (e *lowering) logSumExp(c *edgeCall) (model.Arg, error) {
	x, axes, keep := c.args[0], axisList(c.args[1]), e.arg(c, 2)
	s, ok := keptAxes(e.shapeOf(x), axes)
	if !ok {
		return model.Arg{}, e.missing("")
	}
	d := e.typeOf(x).T.DType
	top := e.emit("aten.amax.default", model.TensorOf(d, s), x, axes, model.BoolArg(true))
	infinite := e.compare("aten.eq.Scalar", e.like("aten.abs.default", top), model.FloatArg(math.Inf(1)))
	top = e.where(infinite, e.scalarTensor(model.FloatArg(0), d), top)
	flat := top
	if !keep.Bool() {
		flat = e.emit("aten.squeeze_copy.dims", c.t, top, axes)
	}
	sum := e.emit("aten.sum.dim_IntList", c.t, e.like("aten.exp.default", e.binary("aten.sub.Tensor", x, top)), axes, keep)
	return e.binary("aten.add.Tensor", e.like("aten.log.default", sum), flat), nil
}

// minMax is the least and the greatest.
func (e *lowering) minMax(c *edgeCall) (model.Arg, error) {
	one := model.Type{Kind: model.TensorKind, T: c.t.List[0]}
	args := []model.Arg{c.args[0]}
	if d := e.arg(c, 1); !d.IsNone() {
		args = append(args, axisList(d), e.arg(c, 2))
	}
	return model.ListArg(e.emit("aten.amin.default", one, args...), e.emit("aten.amax.default", one, args...)), nil
}

// argsort is the indices of a sort.
func (e *lowering) argsort(c *edgeCall) (model.Arg, error) {
	both := model.Type{Kind: model.ListKind, List: []model.TensorType{e.typeOf(c.args[0]).T, c.t.T}}
	return e.results(e.emit("aten.sort.default", both, c.args...), both).List[1], nil
}
