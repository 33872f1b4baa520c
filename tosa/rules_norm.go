package tosa

import (
	"strings"

	"seam/model"
)

// batchNorm in evaluation takes the recorded statistics.
//
//	source  aten/src/ATen/native/Normalization.cpp: batch_norm
func (e *lowering) batchNorm(c *edgeCall) (model.Arg, error) {
	t := e.triple(c.t)
	if e.arg(c, 5).Bool() && e.arg(c, 3).Kind != model.ArgNode && c.t.T.Shape.Rank() > 1 {
		return e.batchStatistics(c.t, c.args[0], e.arg(c, 1), e.arg(c, 2), e.arg(c, 6), e.arg(c, 7)), nil
	}
	if e.arg(c, 5).Bool() || e.arg(c, 3).Kind != model.ArgNode {
		return model.Arg{}, e.missing("batch_norm in training")
	}
	t.List[1].Shape, t.List[2].Shape = model.ShapeOf(0), model.ShapeOf(0)
	v := e.emit("aten._native_batch_norm_legit_no_training.default", t,
		c.args[0], e.arg(c, 1), e.arg(c, 2), e.arg(c, 3), e.arg(c, 4), e.arg(c, 6), e.arg(c, 7))
	return e.results(v, t).List[0], nil
}

// batchStatistics is a batch norm by the batch's own mean and variance.
func (e *lowering) batchStatistics(out model.Type, x, w, b, momentum, eps model.Arg) model.Arg {
	t := e.triple(out)
	t.List[1].Shape = model.ShapeOf(out.T.Shape.At(1))
	t.List[2].Shape = t.List[1].Shape
	v := e.emit("aten._native_batch_norm_legit.no_stats", t, x, w, b, model.BoolArg(true), momentum, eps)
	return e.results(v, t).List[0]
}

func (e *lowering) layerNorm(c *edgeCall) (model.Arg, error) {
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
func (e *lowering) groupNorm(c *edgeCall) (model.Arg, error) {
	s, groups := c.t.T.Shape, c.args[1]
	if s.Rank() < 2 || s.At(1).Symbolic() || groups.Kind != model.ArgInt {
		return model.Arg{}, e.missing("")
	}
	inner, err := e.extent(s.Dims()[2:])
	if err != nil {
		return model.Arg{}, err
	}
	t := e.triple(c.t)
	t.List[1].Shape = model.ShapeOf(s.At(0), model.Dim(groups.Int))
	t.List[2].Shape = t.List[1].Shape
	v := e.emit("aten.native_group_norm.default", t, e.contiguousOf(c.args[0]), e.arg(c, 2), e.arg(c, 3),
		e.sizeArg(s.At(0)), e.sizeArg(s.At(1)), e.sizeArg(inner), groups, e.arg(c, 4))
	return e.results(v, t).List[0], nil
}

// softmax writes softmax and log_softmax with their internal operators.
func (e *lowering) softmax(c *edgeCall) (model.Arg, error) {
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

// rmsNorm divides by the root of the mean square.
//
//	source  torch/_decomp/decompositions.py: _fused_rms_norm
func (e *lowering) rmsNorm(c *edgeCall) (model.Arg, error) {
	x, shape, w, eps := c.args[0], c.args[1], e.arg(c, 2), e.arg(c, 3)
	d := e.typeOf(x).T.DType
	if d != model.Float32 || len(shape.List) == 0 {
		return model.Arg{}, e.missing("")
	}
	if eps.IsNone() {
		eps = model.FloatArg(1.1920928955078125e-07)
	}
	var axes []int
	for i := range shape.List {
		axes = append(axes, e.rank(x)-len(shape.List)+i)
	}
	s, _ := keptAxes(e.shapeOf(x), model.IntsArg(axes...))
	mean := e.emit("aten.mean.dim", model.TensorOf(d, s), e.like("aten.pow.Tensor_Scalar", x, model.IntArg(2)),
		model.IntsArg(axes...), model.BoolArg(true))
	root := e.like("aten.rsqrt.default", e.like("aten.add.Scalar", mean, eps))
	v := e.binary("aten.mul.Tensor", x, root)
	if w.Kind == model.ArgNode {
		v = e.binary("aten.mul.Tensor", v, w)
	}
	return v, nil
}

// instanceNorm is a batch norm without recorded statistics over a batch folded into the channels.
//
//	source  aten/src/ATen/native/Normalization.cpp: instance_norm
func (e *lowering) instanceNorm(c *edgeCall) (model.Arg, error) {
	x, s := c.args[0], c.t.T.Shape
	if s.Symbolic() || s.Rank() < 2 || !e.arg(c, 5).Bool() || e.arg(c, 3).Kind == model.ArgNode {
		return model.Arg{}, e.missing("instance_norm with statistics")
	}
	n, ch := s.At(0), s.At(1)
	var wb [2]model.Arg
	for i := range wb {
		if w := e.arg(c, 1+i); w.Kind == model.ArgNode {
			wb[i] = e.emit("aten.repeat.default", model.TensorOf(e.typeOf(w).T.DType, model.ShapeOf(n*ch)), w, model.IntsArg(int(n)))
		}
	}
	folded := s.With(0, 1).With(1, n*ch)
	flat := e.viewAs(e.contiguousOf(x), folded)
	v := e.batchStatistics(model.TensorOf(c.t.T.DType, folded), flat, wb[0], wb[1], e.arg(c, 6), e.arg(c, 7))
	return e.viewAs(v, s), nil
}
