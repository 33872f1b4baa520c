package tosa

import "seam/model"

// selectScatter puts a part in place of one index along an axis.
//
//	source  torch/_decomp/decompositions.py: select_scatter
func (e *lowering) selectScatter(c *edgeCall) (model.Arg, error) {
	if c.args[2].Kind != model.ArgInt || c.args[3].Kind != model.ArgInt || c.t.T.Shape.Symbolic() {
		return model.Arg{}, e.missing("")
	}
	return e.scatterAt(c.args[0], c.args[1], c.args[2].Int, c.args[3].Int), nil
}

func (e *lowering) scatterAt(x, part model.Arg, dim, index int64) model.Arg {
	s := e.shapeOf(x)
	d := wrapDim(dim, s.Rank())
	n := int64(s.At(d))
	if index < 0 {
		index += n
	}
	column, sizes := model.Shape{}, make([]int, s.Rank())
	for i := range s.Rank() {
		column, sizes[i] = column.Append(1), 1
	}
	column, sizes[d] = column.With(d, model.Dim(n)), -1
	at := e.emit("aten.view_copy.default", model.TensorOf(model.Int64, column), e.arangeFrom(0, n), model.IntsArg(sizes...))
	mask := e.compare("aten.eq.Scalar", at, model.IntArg(index))
	return e.where(mask, e.expanded(e.unsqueezed(part, d), s), x)
}

// indexPut adds or copies rows along an axis.
//
//	source  torch/_decomp/decompositions.py: index_add, index_copy
func (e *lowering) indexPut(c *edgeCall) (model.Arg, error) {
	x, dim, index, part := c.args[0], c.args[1], c.args[2], c.args[3]
	add := c.op == "aten.index_add.default"
	if dim.Kind != model.ArgInt || e.rank(x) == 0 {
		return model.Arg{}, e.missing("")
	}
	if alpha := e.arg(c, 4); add && !alpha.Equal(model.IntArg(1)) {
		part = e.binary("aten.mul.Tensor", part, alpha)
	}
	at := model.ListArg(make([]model.Arg, wrapDim(dim.Int, e.rank(x)))...)
	at.List = append(at.List, index)
	return e.emit("aten.index_put.default", c.t, x, at, part, model.BoolArg(add)), nil
}

// take gathers from the flattened tensor.
func (e *lowering) take(c *edgeCall) (model.Arg, error) {
	x := c.args[0]
	n, err := e.extent(e.shapeOf(x).Dims())
	if err != nil || e.stridesAt(x) != nil {
		return model.Arg{}, e.missing("")
	}
	flat := e.emit("aten.view_copy.default", model.TensorOf(c.t.T.DType, model.ShapeOf(n)), x, model.IntsArg(-1))
	return e.emit("aten.index.Tensor", c.t, flat, model.ListArg(c.args[1])), nil
}

// windows reads an image's windows by the rows and columns that each of them covers.
//
//	source  torch/_decomp/decompositions.py: im2col
func (e *lowering) windows(c *edgeCall) (model.Arg, error) {
	x := c.args[0]
	var by [4][2]int // kernel, dilation, padding, stride
	for i := range by {
		v, ok := e.arg(c, 1+i).Ints()
		if len(v) == 1 {
			v = append(v, v[0])
		}
		if !ok || len(v) != 2 {
			return model.Arg{}, e.missing("windows of a size that is not fixed")
		}
		by[i] = [2]int(v)
	}
	if c.t.T.Shape.Symbolic() || e.shapeOf(x).Symbolic() {
		return model.Arg{}, e.missing("")
	}
	batched := e.rank(x) == 4
	if !batched {
		x = e.unsqueezed(x, 0)
	}
	s := e.shapeOf(x)
	var at [2]model.Arg
	for i := range at {
		at[i] = e.windowIndex(int64(s.At(2+i))+2*int64(by[2][i]), int64(by[0][i]), int64(by[1][i]), int64(by[3][i]))
	}
	rows, columns := e.shapeOf(at[0]), e.shapeOf(at[1])
	x = e.padded(x, []int{by[2][1], by[2][1], by[2][0], by[2][0]}, model.FloatArg(0))
	row := e.unsqueezed(e.unsqueezed(at[0], -1), -1)
	t := model.TensorOf(c.t.T.DType, model.ShapeOf(s.At(0), s.At(1), rows.At(0), rows.At(1), columns.At(0), columns.At(1)))
	v := e.permuted(e.emit("aten.index.Tensor", t, x, model.ListArg(model.Arg{}, model.Arg{}, row, at[1])), 0, 1, 2, 4, 3, 5)
	if batched {
		return e.reshapeAs(v, c.t.T.Shape), nil
	}
	return e.squeezed(e.reshapeAs(v, c.t.T.Shape.Insert(0, 1)), 0), nil
}

// windowIndex is the positions that each window covers along an axis of n: one row a position in the window, one column a window.
func (e *lowering) windowIndex(n, kernel, dilation, stride int64) model.Arg {
	kw := []model.KwArg{{Name: "dtype", Arg: dtypeArg(model.Int64)}, {Name: "device", Arg: cpu}, {Name: "pin_memory", Arg: model.BoolArg(false)}}
	steps := func(end, step int64) model.Arg {
		t := model.TensorOf(model.Int64, model.ShapeOf(model.Dim((end+step-1)/step)))
		return e.emitKw("aten.arange.start_step", t, kw, model.IntArg(0), model.IntArg(end), model.IntArg(step))
	}
	starts := e.unsqueezed(steps(n-dilation*(kernel-1), stride), 0)
	return e.binary("aten.add.Tensor", starts, e.unsqueezed(steps(kernel*dilation, dilation), -1))
}
