package tosa

import (
	"strings"

	"seam/model"
)

// resizeNearest gathers by indices computed in float32, one range an axis.
//
//	source  torch/_decomp/decompositions.py: _compute_upsample_nearest_indices
func (e *lowering) resizeNearest(c *edgeCall) (model.Arg, error) {
	x, out := c.args[0], c.t.T.Shape
	n := out.Rank() - 2
	scales := e.arg(c, 2)
	if out.Symbolic() || e.shapeOf(x).Symbolic() || n < 1 || !strings.HasSuffix(c.op, ".vec") {
		return model.Arg{}, e.missing("")
	}
	at := model.ListArg(model.Arg{}, model.Arg{})
	for i := range n {
		size, to := float64(e.shapeOf(x).At(2+i)), int64(out.At(2+i))
		ratio := size / float64(to)
		if i < len(scales.List) {
			if s, ok := scales.List[i].Number(); ok && s > 0 {
				ratio = size / (size * s)
			}
		}
		offset := 0.0
		if strings.Contains(c.op, "exact") {
			offset = 0.5
		}
		t := model.TensorOf(model.Float32, model.ShapeOf(model.Dim(to)))
		v := e.emitKw("aten.arange.start_step", t, fullKwargs(nil, model.Float32), model.IntArg(0), model.IntArg(to))
		v = e.binary("aten.add.Tensor", v, model.FloatArg(offset))
		v = e.cast(e.binary("aten.mul.Tensor", v, model.FloatArg(ratio)), model.Int64)
		for range n - 1 - i {
			v = e.unsqueezed(v, -1)
		}
		at.List = append(at.List, v)
	}
	return e.emit("aten.index.Tensor", c.t, x, at), nil
}

// resizeLinear blends two gathered tensors an axis.
//
//	source  torch/_decomp/decompositions.py: _upsample_linear
func (e *lowering) resizeLinear(c *edgeCall) (model.Arg, error) {
	x, out := c.args[0], c.t.T.Shape
	if out.Symbolic() || out.Rank() != 3 || e.typeOf(x).T.DType != model.Float32 || c.op != "aten.upsample_linear1d.vec" {
		return model.Arg{}, e.missing("")
	}
	size, to, corners := int64(e.shapeOf(x).At(2)), int64(out.At(2)), e.arg(c, 2).Bool()
	ratio := linearRatio(size, to, corners, e.arg(c, 3))
	v := e.cast(e.arangeFrom(0, to), model.Float32)
	if corners {
		v = e.binary("aten.mul.Tensor", v, model.FloatArg(ratio))
	} else {
		v = e.binary("aten.mul.Tensor", e.binary("aten.add.Tensor", v, model.FloatArg(0.5)), model.FloatArg(ratio))
		v = e.binary("aten.sub.Tensor", v, model.FloatArg(0.5))
	}
	v = e.viewAs(e.like("aten.clamp.default", v, model.FloatArg(0)), e.shapeOf(v))
	low := e.cast(v, model.Int64)
	high := e.like("aten.clamp.default", e.binary("aten.add.Tensor", low, model.IntArg(1)), model.Arg{}, model.IntArg(size-1))
	a := e.emit("aten.index.Tensor", c.t, x, model.ListArg(model.Arg{}, model.Arg{}, low))
	b := e.emit("aten.index.Tensor", c.t, x, model.ListArg(model.Arg{}, model.Arg{}, high))
	part := e.like("aten.clamp.default", e.binary("aten.sub.Tensor", v, e.cast(low, model.Float32)), model.FloatArg(0), model.FloatArg(1))
	step := e.binary("aten.mul.Tensor", e.binary("aten.sub.Tensor", b, a), part)
	return e.binary("aten.add.Tensor", a, step), nil
}

// linearRatio is how far one step of the output goes in the input.
//
//	source  torch/_decomp/decompositions.py: _compute_scale
func linearRatio(size, to int64, corners bool, scales model.Arg) float64 {
	if corners {
		if to > 1 {
			return float64(size-1) / float64(to-1)
		}
		return 0
	}
	if len(scales.List) > 0 {
		if s, ok := scales.List[0].Number(); ok && s > 0 {
			return 1 / s
		}
	}
	return float64(size) / float64(to)
}
