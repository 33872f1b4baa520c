package tosa

import "seam/model"

// stack writes a concatenation and a view; along a new last axis the parts are unsqueezed instead.
//
//	source  torch/_refs/__init__.py: stack
func (e *lowering) stack(c *edgeCall) (model.Arg, error) {
	parts := c.args[0].List
	if len(parts) == 0 {
		return model.Arg{}, e.missing("")
	}
	written := e.arg(c, 1)
	dim := wrapDim(written.Int, c.t.T.Shape.Rank())
	s := c.t.T.Shape
	if dim < e.rank(parts[0]) {
		n, err := e.extent([]model.Dim{s.At(dim), s.At(dim + 1)})
		if err != nil {
			return model.Arg{}, err
		}
		joined := s.Remove(dim).With(dim, n)
		v := e.emit("aten.cat.default", model.TensorOf(c.t.T.DType, joined), c.args[0], model.IntArg(int64(dim)))
		return e.viewAs(v, s), nil
	}
	wide := model.ListArg()
	for _, p := range parts {
		wide.List = append(wide.List, e.unsqueezed(p, dim))
	}
	return e.emit("aten.cat.default", c.t, wide, written), nil
}

// hstack joins along the second axis, vectors along their only one.
func (e *lowering) hstack(c *edgeCall) (model.Arg, error) {
	if len(c.args[0].List) == 0 || e.rank(c.args[0].List[0]) == 0 {
		return model.Arg{}, e.missing("")
	}
	d := min(e.rank(c.args[0].List[0])-1, 1)
	return e.emit("aten.cat.default", c.t, c.args[0], model.IntArg(int64(d))), nil
}

// vstack joins along the first axis; vectors become rows.
func (e *lowering) vstack(c *edgeCall) (model.Arg, error) {
	rows := model.ListArg()
	for _, p := range c.args[0].List {
		switch e.rank(p) {
		case 0:
			return model.Arg{}, e.missing("")
		case 1:
			p = e.unsqueezed(p, 0)
		}
		rows.List = append(rows.List, p)
	}
	return e.emit("aten.cat.default", c.t, rows), nil
}

// split writes all splits with the sizes of the parts. split_copy stays.
func (e *lowering) split(c *edgeCall) (model.Arg, error) {
	dim := e.arg(c, 2)
	sizes := model.ListArg()
	for _, t := range c.t.List {
		if d := wrapDim(dim.Int, t.Shape.Rank()); t.Shape.At(d).Symbolic() {
			return model.Arg{}, e.missing("")
		} else {
			sizes.List = append(sizes.List, model.IntArg(int64(t.Shape.At(d))))
		}
	}
	return e.splitOf(c.args[0], c.t, sizes, dim), nil
}

// splitOf is the parts of x, which show its memory.
func (e *lowering) splitOf(x model.Arg, t model.Type, sizes, dim model.Arg) model.Arg {
	parts := e.results(e.emit("aten.split_with_sizes_copy.default", t, x, sizes, dim), t)
	from := orContiguous(e.stridesAt(x), e.plainShape(x))
	for _, p := range parts.List {
		e.setStrides(p.Node, normal(from, e.plainShape(p)))
	}
	return parts
}

// chunks is n parts of one size along an axis.
func (e *lowering) chunks(x model.Arg, n, axis int) []model.Arg {
	s := e.shapeOf(x)
	size := s.At(axis) / model.Dim(n)
	t, sizes := model.Type{Kind: model.ListKind}, model.ListArg()
	for range n {
		t.List = append(t.List, model.TensorType{DType: e.typeOf(x).T.DType, Shape: s.With(axis, size)})
		sizes.List = append(sizes.List, model.IntArg(int64(size)))
	}
	return e.splitOf(x, t, sizes, model.IntArg(int64(axis))).List
}

// tensorSplit slices along an axis.
//
//	source  torch/_refs/__init__.py: tensor_split
func (e *lowering) tensorSplit(c *edgeCall) (model.Arg, error) {
	x := c.args[0]
	d := wrapDim(e.arg(c, 2).Int, e.rank(x))
	parts, at := model.ListArg(), int64(0)
	for _, t := range c.t.List {
		n := int64(t.Shape.At(d))
		if n < 0 {
			return model.Arg{}, e.missing("")
		}
		parts.List = append(parts.List, e.sliced(x, d, at, at+n))
		at += n
	}
	return parts, nil
}

// unbind slices along an axis, then takes the axis out of each slice.
//
//	source  torch/_refs/__init__.py: unbind, tensor_split
func (e *lowering) unbind(c *edgeCall) (model.Arg, error) {
	x := c.args[0]
	return model.ListArg(e.unbound(x, wrapDim(e.arg(c, 1).Int, e.rank(x)), len(c.t.List))...), nil
}

// unbound is the n parts of x along an axis that it loses.
func (e *lowering) unbound(x model.Arg, axis, n int) []model.Arg {
	parts := make([]model.Arg, n)
	for i := range parts {
		parts[i] = e.sliced(x, axis, int64(i), int64(i+1))
	}
	for i, p := range parts {
		parts[i] = e.squeezed(p, axis)
	}
	return parts
}

// dstack joins along the third axis.
func (e *lowering) dstack(c *edgeCall) (model.Arg, error) {
	if len(c.args[0].List) == 0 || e.rank(c.args[0].List[0]) < 3 {
		return model.Arg{}, e.missing("dstack below rank 3")
	}
	return e.emit("aten.cat.default", c.t, c.args[0], model.IntArg(2)), nil
}

// tile pads its list with ones to the rank.
func (e *lowering) tile(c *edgeCall) (model.Arg, error) {
	reps, ok := c.args[1].Ints()
	if !ok {
		return model.Arg{}, e.missing("")
	}
	for len(reps) < e.rank(c.args[0]) {
		reps = append([]int{1}, reps...)
	}
	return e.emit("aten.repeat.default", c.t, c.args[0], model.IntsArg(reps...)), nil
}

// repeatInterleave repeats every element along an axis.
//
//	source  aten/src/ATen/native/Repeat.cpp: repeat_interleave_symint
func (e *lowering) repeatInterleave(c *edgeCall) (model.Arg, error) {
	x, n, dim := c.args[0], c.args[1], e.arg(c, 2)
	if dim.IsNone() && !e.shapeOf(x).Symbolic() { // one axis of all elements
		x, dim = e.reshapeAs(x, model.ShapeOf(model.Dim(e.shapeOf(x).Numel()))), model.IntArg(0)
	}
	if n.Kind != model.ArgInt || dim.Kind != model.ArgInt || c.t.T.Shape.Symbolic() {
		return model.Arg{}, e.missing("")
	}
	d := wrapDim(dim.Int, e.rank(x))
	v := e.unsqueezed(x, d+1)
	v = e.expanded(v, e.shapeOf(v).With(d+1, model.Dim(n.Int)))
	return e.viewAs(e.clone(v), c.t.T.Shape), nil
}

// joined is a concatenation of parts whose other axes are equal.
func (e *lowering) joined(parts []model.Arg, axis int) model.Arg {
	s, n := e.shapeOf(parts[0]), model.Dim(0)
	for _, p := range parts {
		n += e.shapeOf(p).At(axis)
	}
	t := model.TensorOf(e.typeOf(parts[0]).T.DType, s.With(axis, n))
	return e.emit("aten.cat.default", t, model.ListArg(parts...), model.IntArg(int64(axis)))
}
