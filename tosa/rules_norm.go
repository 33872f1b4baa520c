package tosa

import (
	"strings"

	"seam/model"
)

// batchNorm in evaluation takes the recorded statistics.
//
//	source  aten/src/ATen/native/Normalization.cpp: batch_norm
func (e *lowering) batchNorm(c *call) (model.Arg, error) {
	if e.arg(c, 5).Bool() || e.arg(c, 3).Kind != model.ArgNode {
		return model.Arg{}, e.missing("batch_norm in training")
	}
	t := e.triple(c.t)
	t.List[1].Shape, t.List[2].Shape = model.ShapeOf(0), model.ShapeOf(0)
	v := e.emit("aten._native_batch_norm_legit_no_training.default", t,
		c.args[0], e.arg(c, 1), e.arg(c, 2), e.arg(c, 3), e.arg(c, 4), e.arg(c, 6), e.arg(c, 7))
	return e.results(v, t).List[0], nil
}

func (e *lowering) layerNorm(c *call) (model.Arg, error) {
	t := e.triple(c.t)
	shape, ok := c.args[1].Ints()
	if !ok {
		return model.Arg{}, e.missing("")
	}
	stat := c.t.T.Shape
	for i := range shape {
		stat = stat.With(-1-i, 1)
	}
	t.List[1].Shape, t.List[2].Shape = stat, stat
	v := e.emit("aten.native_layer_norm.default", t, c.args[0], c.args[1], e.arg(c, 2), e.arg(c, 3), e.arg(c, 4))
	return e.results(v, t).List[0], nil
}

// groupNorm names the sizes.
//
//	source  aten/src/ATen/native/group_norm.cpp: group_norm
func (e *lowering) groupNorm(c *call) (model.Arg, error) {
	s, groups := c.t.T.Shape, c.args[1]
	if s.Symbolic() || s.Rank() < 2 || groups.Kind != model.ArgInt {
		return model.Arg{}, e.missing("")
	}
	t := e.triple(c.t)
	t.List[1].Shape = model.ShapeOf(s.At(0), model.Dim(groups.Int))
	t.List[2].Shape = t.List[1].Shape
	inner := s.Numel() / max(int64(s.At(0)*s.At(1)), 1)
	v := e.emit("aten.native_group_norm.default", t, e.contiguousOf(c.args[0]), e.arg(c, 2), e.arg(c, 3),
		model.IntArg(int64(s.At(0))), model.IntArg(int64(s.At(1))), model.IntArg(inner), groups, e.arg(c, 4))
	return e.results(v, t).List[0], nil
}

// softmax writes softmax and log_softmax with their internal operators.
func (e *lowering) softmax(c *call) (model.Arg, error) {
	x := c.args[0]
	if d := e.arg(c, 2); d.Kind == model.ArgConst {
		x = e.cast(x, model.ParseDType(d.Str))
	}
	op := "aten._softmax.default"
	if strings.Contains(c.op, "log_") {
		op = "aten._log_softmax.default"
	}
	return e.emit(op, c.t, x, c.args[1], model.BoolArg(false)), nil
}

// std is the root of the variance.
func (e *lowering) std(c *call) (model.Arg, error) {
	v := e.keep(c, "aten.var.correction", c.args)
	return e.like("aten.sqrt.default", v), nil
}

// sumAll names no axes, which means all.
func (e *lowering) sumAll(c *call) (model.Arg, error) {
	return e.emitKw("aten.sum.dim_IntList", c.t, c.kw, c.args[0], model.ListArg()), nil
}
