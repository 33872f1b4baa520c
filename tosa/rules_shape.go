package tosa

import (
	"strings"

	"seam/model"
)

// view keeps the sizes as written; view_as takes those of its second operand.
func (e *lowering) view(c *edgeCall) (model.Arg, error) {
	size := c.args[1]
	if size.Kind == model.ArgNode {
		size = e.shapeArg(c.t.T.Shape)
	}
	v := e.emit("aten.view_copy.default", c.t, c.args[0], size)
	return v, nil
}

// reshape keeps the sizes as written where the tensor is contiguous. Else it carries resolved sizes, as flatten and unflatten
// always do, and copies first where the strides do not allow a view. A flatten of one axis is nothing.
//
//	source  aten/src/ATen/native/TensorShape.cpp: reshape_symint, flatten
func (e *lowering) reshape(c *edgeCall) (model.Arg, error) {
	if c.op == "aten.flatten.using_ints" && c.t.T.Shape == e.shapeOf(c.args[0]) && c.t.T.Shape.Rank() > 0 {
		return c.args[0], nil
	}
	x := c.args[0]
	if e.stridesAt(x) == nil && c.op == "aten.reshape.default" {
		return e.emit("aten.view_copy.default", c.t, x, c.args[1]), nil
	}
	if c.op == "aten.flatten.using_ints" && e.rank(x) > 0 {
		first, last := wrapDim(e.arg(c, 1).Int, e.rank(x)), wrapDim(e.arg(c, 2).Int, e.rank(x))
		if _, err := e.extent(e.shapeOf(x).Dims()[first : last+1]); err != nil {
			return model.Arg{}, err
		}
	}
	return e.reshapeAs(x, c.t.T.Shape), nil
}

// permute writes permute, transpose and movedim with all axes named.
func (e *lowering) permute(c *edgeCall) (model.Arg, error) {
	order := c.args[1:]
	if !strings.HasPrefix(c.op, "aten.permute") {
		axes, ok := axesOf(c.op, order, c.t.T.Shape.Rank())
		if !ok {
			return model.Arg{}, e.missing("")
		}
		order = []model.Arg{model.IntsArg(axes...)}
	}
	v := e.emit("aten.permute_copy.default", c.t, c.args[0], order[0])
	switch c.op {
	case "aten.permute_copy.default":
		e.setStrides(v.Node, nil)
	case "aten.transpose_copy.int", "aten.t_copy.default":
		return e.clone(v), nil
	}
	return v, nil
}

// axesOf is the input axis of each result axis of transpose, t and movedim.
//
//	source  aten/src/ATen/native/TensorShape.cpp: movedim
func axesOf(op string, args []model.Arg, rank int) ([]int, bool) {
	switch {
	case op == "aten.t.default" || op == "aten.t_copy.default":
		return []int{1, 0}, rank == 2
	case op == "aten.mT.default":
		args = []model.Arg{model.IntArg(-2), model.IntArg(-1)}
	case len(args) != 2:
		return nil, false
	}
	from, ok1 := args[0].Ints()
	to, ok2 := args[1].Ints()
	if !ok1 || !ok2 || len(from) != len(to) {
		return nil, false
	}
	axes := make([]int, rank)
	if !strings.HasPrefix(op, "aten.move") {
		for i := range axes {
			axes[i] = i
		}
		a, b := wrapDim(int64(from[0]), rank), wrapDim(int64(to[0]), rank)
		axes[a], axes[b] = b, a
		return axes, true
	}
	moved, placed := make([]bool, rank), make([]bool, rank)
	for i := range from {
		a, b := wrapDim(int64(from[i]), rank), wrapDim(int64(to[i]), rank)
		axes[b], moved[a], placed[b] = a, true, true
	}
	next := 0
	for i := range axes {
		if placed[i] {
			continue
		}
		for moved[next] {
			next++
		}
		axes[i] = next
		next++
	}
	return axes, true
}

// slice writes slice_copy. One in the source is a copy.
func (e *lowering) slice(c *edgeCall) (model.Arg, error) {
	v := e.keep(c, "aten.slice_copy.Tensor", c.args)
	if c.op == "aten.slice_copy.Tensor" {
		e.setStrides(v.Node, nil)
	}
	return v, nil
}

// narrow is a slice of a length.
func (e *lowering) narrow(c *edgeCall) (model.Arg, error) {
	x := c.args[0]
	d, start, length := c.args[1], c.args[2], c.args[3]
	if d.Kind != model.ArgInt || start.Kind != model.ArgInt || length.Kind != model.ArgInt {
		return model.Arg{}, e.missing("")
	}
	first := start.Int
	if first < 0 {
		first += int64(e.shapeOf(x).At(wrapDim(d.Int, e.rank(x))))
	}
	return e.emit("aten.slice_copy.Tensor", c.t, x, d, model.IntArg(first), model.IntArg(first+length.Int)), nil
}

func (e *lowering) selectOne(c *edgeCall) (model.Arg, error) {
	v := e.keep(c, "aten.select_copy.int", c.args)
	if c.op == "aten.select_copy.int" {
		e.setStrides(v.Node, nil)
	}
	return v, nil
}

// expand writes expand and its spellings; expand_as takes the sizes of its second operand.
func (e *lowering) expand(c *edgeCall) (model.Arg, error) {
	size := c.args[1]
	if size.Kind == model.ArgNode {
		size = e.shapeArg(c.t.T.Shape)
	}
	return e.emit("aten.expand_copy.default", c.t, c.args[0], size), nil
}

// squeeze names the dimensions. The in-place form changes what other readers of the value see, of which there may be none.
func (e *lowering) squeeze(c *edgeCall) (model.Arg, error) {
	dims := e.arg(c, 1)
	if c.op == "aten.squeeze_.dim" && len(e.old.Users(e.old.In(c.id)[0])) > 1 {
		return model.Arg{}, e.missing("a value that is read elsewhere is squeezed in place")
	}
	switch {
	case strings.HasSuffix(c.op, ".default"):
		all := make([]int, e.rank(c.args[0]))
		for i := range all {
			all[i] = i
		}
		dims = model.IntsArg(all...)
	case dims.Kind == model.ArgInt:
		dims = model.ListArg(dims)
	}
	v := e.emit("aten.squeeze_copy.dims", c.t, c.args[0], dims)
	if strings.HasPrefix(c.op, "aten.squeeze_copy") {
		return e.clone(v), nil
	}
	return v, nil
}

// viewCopy is a copying view of the source graph: the view, then a copy.
//
//	source  partition.md 13, item 9; torch/_refs: _make_copy_from_view
func (e *lowering) viewCopy(c *edgeCall) (model.Arg, error) {
	return e.clone(e.keep(c, c.op, c.args)), nil
}

// rot90 flips and transposes.
//
//	source  torch/_refs/__init__.py: rot90
func (e *lowering) rot90(c *edgeCall) (model.Arg, error) {
	x, k := c.args[0], ((e.arg(c, 1).Int%4)+4)%4
	dims, ok := e.arg(c, 2).Ints()
	if !ok || len(dims) != 2 {
		return model.Arg{}, e.missing("")
	}
	switch k {
	case 0:
		return e.clone(x), nil
	case 2:
		return e.like("aten.flip.default", x, model.IntsArg(dims...)), nil
	}
	flipped := dims[1]
	if k == 3 {
		flipped = dims[0]
	}
	axes, _ := axesOf("aten.transpose.int", []model.Arg{model.IntArg(int64(dims[0])), model.IntArg(int64(dims[1]))}, e.rank(x))
	return e.permuted(e.like("aten.flip.default", x, model.IntsArg(flipped)), axes...), nil
}

// ravel is one axis; its view does not name the size.
func (e *lowering) ravel(c *edgeCall) (model.Arg, error) {
	x := e.contiguousOf(c.args[0])
	return e.emit("aten.view_copy.default", c.t, x, model.IntsArg(-1)), nil
}

// pixelShuffle moves blocks of channels into space.
//
//	source  torch/_refs/nn/functional/__init__.py: pixel_shuffle
func (e *lowering) pixelShuffle(c *edgeCall) (model.Arg, error) {
	s, r := e.shapeOf(c.args[0]), model.Dim(c.args[1].Int)
	n := s.Rank() - 3
	if s.At(n).Symbolic() || s.At(n+1).Symbolic() || s.At(n+2).Symbolic() {
		return model.Arg{}, e.missing("")
	}
	split := model.ShapeOf(append(s.Dims()[:n], s.At(n)/(r*r), r, r, s.At(n+1), s.At(n+2))...)
	return e.shuffled(c, split, 0, 3, 1, 4, 2)
}

// pixelUnshuffle moves blocks of space into channels.
func (e *lowering) pixelUnshuffle(c *edgeCall) (model.Arg, error) {
	s, r := e.shapeOf(c.args[0]), model.Dim(c.args[1].Int)
	n := s.Rank() - 3
	if s.At(n).Symbolic() || s.At(n+1).Symbolic() || s.At(n+2).Symbolic() {
		return model.Arg{}, e.missing("")
	}
	split := model.ShapeOf(append(s.Dims()[:n], s.At(n), s.At(n+1)/r, r, s.At(n+2)/r, r)...)
	return e.shuffled(c, split, 0, 2, 4, 1, 3)
}

// shuffled splits axes, permutes the last five and joins them again.
func (e *lowering) shuffled(c *edgeCall, split model.Shape, last ...int) (model.Arg, error) {
	n := split.Rank() - 5
	axes := make([]int, n, split.Rank())
	for i := range n {
		axes[i] = i
	}
	for _, a := range last {
		axes = append(axes, n+a)
	}
	format := inContiguous
	if isChannelsLast(e.plainShape(c.args[0]), e.stridesAt(c.args[0])) {
		format = inChannelsLast
	}
	return e.cloneIn(e.reshapeAs(e.permuted(e.viewAs(c.args[0], split), axes...), c.t.T.Shape), format), nil
}

// channelShuffle permutes groups of channels.
func (e *lowering) channelShuffle(c *edgeCall) (model.Arg, error) {
	s, g := e.shapeOf(c.args[0]), model.Dim(c.args[1].Int)
	if s.At(1).Symbolic() {
		return model.Arg{}, e.missing("")
	}
	split := s.With(1, s.At(1)/g).Insert(1, g)
	axes := []int{0, 2, 1}
	for i := 3; i < split.Rank(); i++ {
		axes = append(axes, i)
	}
	v := e.reshapeAs(e.permuted(e.reshapeAs(c.args[0], split), axes...), s)
	return v, nil
}
