package tosa

import "seam/model"

// maxPool writes the operator with indices and picks the values.
func (e *lowering) maxPool(c *edgeCall) (model.Arg, error) {
	op := "aten.max_pool2d_with_indices.default"
	if c.op == "aten.max_pool3d.default" {
		op = "aten.max_pool3d_with_indices.default"
	}
	return e.withIndices(op, c.t, c.args...).List[0], nil
}

// withIndices is an operator that gives values and where they were.
func (e *lowering) withIndices(op string, t model.Type, args ...model.Arg) model.Arg {
	both := model.Type{Kind: model.ListKind, List: []model.TensorType{t.T, {DType: model.Int64, Shape: t.T.Shape}}}
	return e.results(e.emit(op, both, args...), both)
}

// pool1D is a pool over the last axis of a tensor with one row.
//
//	source  aten/src/ATen/native/Pooling.cpp, MaxPooling.cpp
func (e *lowering) pool1D(c *edgeCall) (model.Arg, error) {
	x := e.unsqueezed(c.args[0], -2)
	t := c.t
	t.T.Shape = t.T.Shape.Insert(t.T.Shape.Rank()-1, 1)
	args := []model.Arg{x}
	for i, one := range []int64{1, 1, 0, 1} {
		a := e.arg(c, i+1)
		if i == 3 && c.op == "aten.avg_pool1d.default" {
			break
		}
		if v, ok := a.Ints(); !ok || len(v) > 1 {
			return model.Arg{}, e.missing("")
		} else if len(v) == 0 {
			a = e.arg(c, 1)
			v, _ = a.Ints()
			args = append(args, model.IntsArg(int(one), v[0]))
		} else {
			args = append(args, model.IntsArg(int(one), v[0]))
		}
	}
	for i := len(args); i < len(e.complete(c)); i++ {
		args = append(args, e.arg(c, i))
	}
	if c.op == "aten.avg_pool1d.default" {
		return e.squeezed(e.emit("aten.avg_pool2d.default", t, args...), -2), nil
	}
	return e.squeezed(e.withIndices("aten.max_pool2d_with_indices.default", t, args...).List[0], -2), nil
}

// adaptivePool1D is the two-dimensional form on a tensor with one row.
func (e *lowering) adaptivePool1D(c *edgeCall) (model.Arg, error) {
	out, ok := c.args[1].Ints()
	if !ok || len(out) != 1 {
		return model.Arg{}, e.missing("")
	}
	x := e.unsqueezed(c.args[0], -2)
	t := c.t
	t.T.Shape = t.T.Shape.Insert(t.T.Shape.Rank()-1, 1)
	return e.squeezed(e.adaptivePool(t, x, 1, out[0]), -2), nil
}

// adaptiveMaxPool1D gives values and indices.
func (e *lowering) adaptiveMaxPool1D(c *edgeCall) (model.Arg, error) {
	out, ok := c.args[1].Ints()
	if !ok || len(out) != 1 || c.t.Kind != model.ListKind {
		return model.Arg{}, e.missing("")
	}
	t := model.Type{Kind: model.TensorKind, T: c.t.List[0]}
	t.T.Shape = t.T.Shape.Insert(t.T.Shape.Rank()-1, 1)
	both := e.withIndices("aten.adaptive_max_pool2d.default", t, e.unsqueezed(c.args[0], -2), model.IntsArg(1, out[0]))
	for i, v := range both.List {
		both.List[i] = e.squeezed(v, -2)
	}
	return both, nil
}

func (e *lowering) adaptivePool2D(c *edgeCall) (model.Arg, error) {
	out, ok := c.args[1].Ints()
	if !ok || len(out) != 2 {
		return model.Arg{}, e.missing("")
	}
	return e.adaptivePool(c.t, c.args[0], out[0], out[1]), nil
}

// adaptivePool is a mean where one cell is left.
//
//	source  aten/src/ATen/native/AdaptiveAveragePooling.cpp: adaptive_avg_pool2d
func (e *lowering) adaptivePool(t model.Type, x model.Arg, h, w int) model.Arg {
	if h == 1 && w == 1 {
		return e.emit("aten.mean.dim", t, x, model.IntsArg(-1, -2), model.BoolArg(true))
	}
	return e.emit("aten._adaptive_avg_pool2d.default", t, x, model.IntsArg(h, w))
}
