package tosa

import "seam/model"

// pad becomes the operator of its mode.
//
//	source  aten/src/ATen/native/PadNd.cpp: _pad_enum_symint
func (e *lowering) pad(c *edgeCall) (model.Arg, error) {
	x, mode, v := c.args[0], e.arg(c, 2), e.arg(c, 3)
	if mode.Str == "constant" {
		if v.IsNone() {
			v = model.FloatArg(0)
		}
		return e.emit("aten.constant_pad_nd.default", c.t, x, c.args[1], v), nil
	}
	sides, ok := c.args[1].Ints()
	index := borderIndex[mode.Str]
	if !ok || len(sides) > 2*e.rank(x) || c.t.T.Shape.Symbolic() {
		return model.Arg{}, e.missing("")
	}
	if mode.Str == "circular" {
		return e.padCircular(x, sides, c.t), nil
	}
	if index == nil {
		return model.Arg{}, e.missing("pad mode " + mode.Str)
	}
	v = e.padByIndex(x, sides, index)
	if isChannelsLast(e.plainShape(x), e.stridesAt(x)) {
		return e.cloneIn(v, inChannelsLast), nil
	}
	return v, nil
}

// borderIndex is the index of every place along an axis of the given size, by pad mode.
//
//	source  torch/_decomp/decompositions.py: _reflection_pad, _replication_pad
var borderIndex = map[string]func(e *lowering, places model.Arg, size int64) model.Arg{
	"reflect": func(e *lowering, places model.Arg, size int64) model.Arg {
		top := model.IntArg(size - 1)
		inner := e.like("aten.abs.default", e.binary("aten.sub.Tensor", top, e.like("aten.abs.default", places)))
		return e.binary("aten.sub.Tensor", top, inner)
	},
	"replicate": func(e *lowering, places model.Arg, size int64) model.Arg {
		return e.like("aten.clamp.default", places, model.IntArg(0), model.IntArg(size-1))
	},
}

// padByIndex gathers along one axis after the other, from the first that is padded.
//
//	source  torch/_decomp/decompositions.py: _reflection_or_replication_pad
func (e *lowering) padByIndex(x model.Arg, sides []int, index func(*lowering, model.Arg, int64) model.Arg) model.Arg {
	for i := len(sides)/2 - 1; i >= 0; i-- {
		axis := e.rank(x) - 1 - i
		left, right, size := int64(sides[2*i]), int64(sides[2*i+1]), int64(e.shapeOf(x).At(axis))
		at := model.ListArg(make([]model.Arg, e.rank(x))...)
		at.List[axis] = index(e, e.arangeFrom(-left, size+right), size)
		t := model.TensorOf(e.typeOf(x).T.DType, e.shapeOf(x).With(axis, model.Dim(left+size+right)))
		x = e.emit("aten.index.Tensor", t, x, at)
	}
	return x
}

// padCircular writes the middle into an empty tensor, then the borders axis by axis.
//
//	source  aten/src/ATen/native/PadNd.cpp: _pad_circular_symint
func (e *lowering) padCircular(x model.Arg, sides []int, t model.Type) model.Arg {
	kw := append(fullKwargs(nil, t.T.DType), model.KwArg{Name: "dim_order", Arg: dimOrder(t.T.Shape.Rank())})
	out := e.emitKw("dim_order_ops._empty_dim_order.default", t, kw, e.shapeArg(t.T.Shape))
	out = e.writeMiddle(out, x, sides)
	for i := range len(sides) / 2 {
		axis := t.T.Shape.Rank() - 1 - i
		left, right, size := int64(sides[2*i]), int64(sides[2*i+1]), int64(t.T.Shape.At(axis))
		if left > 0 {
			out = e.copySlice(out, axis, 0, left, size-right-left)
		}
		if right > 0 {
			out = e.copySlice(out, axis, size-right, size, left)
		}
	}
	return out
}

// writeMiddle writes x between the borders of out.
func (e *lowering) writeMiddle(out, x model.Arg, sides []int) model.Arg {
	type cut struct {
		axis       int
		start, end int64
	}
	var cuts []cut
	views := []model.Arg{out}
	for i := range len(sides) / 2 {
		axis := e.rank(out) - 1 - i
		start, end := int64(sides[2*i]), int64(e.shapeOf(out).At(axis))-int64(sides[2*i+1])
		cuts = append(cuts, cut{axis, start, end})
		views = append(views, e.sliced(views[i], axis, start, end))
	}
	v := e.like("aten.copy.default", views[len(cuts)], x)
	for i := len(cuts) - 1; i >= 0; i-- {
		parent := out
		for _, k := range cuts[:i] {
			parent = e.sliced(parent, k.axis, k.start, k.end)
		}
		k := cuts[i]
		v = e.like("aten.slice_scatter.default", parent, v, model.IntArg(int64(k.axis)), model.IntArg(k.start), model.IntArg(k.end))
	}
	return v
}

// copySlice copies the part of out that starts at from to where start to end is.
func (e *lowering) copySlice(out model.Arg, axis int, start, end, from int64) model.Arg {
	to := e.sliced(out, axis, start, end)
	v := e.like("aten.copy.default", to, e.sliced(out, axis, from, from+end-start))
	return e.like("aten.slice_scatter.default", out, v, model.IntArg(int64(axis)), model.IntArg(start), model.IntArg(end))
}

// padded adds constant borders; sides are before and after, from the last axis.
func (e *lowering) padded(x model.Arg, sides []int, v model.Arg) model.Arg {
	s := e.shapeOf(x)
	for i := range len(sides) / 2 {
		s = s.With(-1-i, s.At(-1-i)+model.Dim(sides[2*i]+sides[2*i+1]))
	}
	return e.emit("aten.constant_pad_nd.default", model.TensorOf(e.typeOf(x).T.DType, s), x, model.IntsArg(sides...), v)
}
