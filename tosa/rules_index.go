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
