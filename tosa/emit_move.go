package tosa

import (
	"slices"

	"seam/model"
)

// opPadMode is a pad that repeats or mirrors what is there. It becomes SLICEs and a CONCAT once layout changes have been moved.
const opPadMode = "pad_mode"

// pad lowers constant_pad_nd and pad. The value is a code of the operand.
//
//	source  backends/arm/_passes/rewrite_pad.py: RewritePadPass
func (e *emitter) pad(n model.NodeID) (model.NodeID, error) {
	x := e.edge.Node(n)
	v, err := e.arg(n, 0)
	if err != nil {
		return model.None, err
	}
	mode, fill := x.Arg(2), x.Arg(3)
	if x.Target == "aten.constant_pad_nd.default" {
		mode, fill = model.Arg{}, x.Arg(2)
	}
	list, ok := x.Arg(1).Ints()
	shape := e.shapeOf(v)
	if !ok || len(list) > 2*len(shape) {
		return model.None, e.refuse(n, x.Target+" by amounts that are no numbers")
	}
	padding := padPairs(list, len(shape))
	if !mode.IsNone() && mode.Str != "constant" {
		return e.padded(n, v, opPadMode, padding, textKw("mode", mode.Str)), nil
	}
	value, err := e.padValue(n, v, fill)
	if err != nil {
		return model.None, err
	}
	if !slices.ContainsFunc(padding, func(p int) bool { return p != 0 }) { // RemoveNoopPass
		return v, nil
	}
	return e.padded(n, v, opPad, padding, intKw("value", value)), nil
}

// padPairs turns amounts before and after each axis, the last axis first, into amounts for all axes in order.
func padPairs(list []int, rank int) []int {
	out := make([]int, 2*rank)
	for i := 0; i+1 < len(list); i += 2 {
		at := 2*rank - 2 - i
		out[at], out[at+1] = list[i], list[i+1]
	}
	return out
}

// padValue is what an element of the border holds.
func (e *emitter) padValue(n, v model.NodeID, fill model.Arg) (int, error) {
	f, _ := fill.Number()
	switch e.tensor(v).DType {
	case model.Int8, model.Int16:
		q, err := e.inQ(n, 0)
		if err != nil {
			return 0, err
		}
		return q.code(f), nil
	}
	return int(f), nil
}

// padded adds a PAD, or what becomes one, with amounts before and after every axis.
func (e *emitter) padded(n, v model.NodeID, op string, padding []int, kw model.KwArg) model.NodeID {
	t := model.TensorOf(e.tensor(v).DType, model.ShapeInts(padShape(e.shapeOf(v), padding)...))
	return e.op(n, op, t, []model.Arg{model.NodeArg(v)}, intsKw("padding", padding), kw)
}

func padShape(shape, padding []int) []int {
	out := slices.Clone(shape)
	for i := range out {
		out[i] += padding[2*i] + padding[2*i+1]
	}
	return out
}

// permutePad makes a PAD one of a value whose axis i is axis perms[i] of the value it read.
func (e *emitter) permutePad(n model.NodeID, perms []int) {
	old := ints(e.Node(n), "padding")
	var to []int
	for _, p := range perms {
		to = append(to, old[2*p], old[2*p+1])
	}
	e.setKw(n, "padding", model.IntsArg(to...))
}

// expandPads makes SLICEs and a CONCAT an axis of every pad that repeats or mirrors, the last axis first.
//
//	source  rewrite_pad.py: _rewrite_non_constant_pad
func (e *emitter) expandPads() error {
	for _, n := range e.list() {
		if !e.is(n, opPadMode) {
			continue
		}
		e.At(n)
		v, padding := e.input(n), ints(e.Node(n), "padding")
		for axis := len(padding)/2 - 1; axis >= 0; axis-- {
			before, after := padding[2*axis], padding[2*axis+1]
			if before == 0 && after == 0 {
				continue
			}
			places := borderPlaces(e.Node(n).Kwarg("mode").Str, e.shapeOf(v)[axis], before, after)
			if places == nil {
				return e.refuseHere(n, "a pad of mode "+e.Node(n).Kwarg("mode").Str)
			}
			v = e.padAxis(n, v, axis, before, places)
		}
		e.drop(n, v)
	}
	return nil
}

// borderPlaces is which elements of an axis are in front of it and then behind it; nil for a mode that is not known.
func borderPlaces(mode string, size, before, after int) []int {
	var out []int
	for i := range before + after {
		k := i - before
		switch {
		case mode == "replicate" && i < before:
			out = append(out, 0)
		case mode == "replicate":
			out = append(out, size-1)
		case mode == "circular" && i < before:
			out = append(out, size-before+i)
		case mode == "circular":
			out = append(out, k)
		case mode == "reflect" && i < before:
			out = append(out, before-i)
		case mode == "reflect":
			out = append(out, size-2-k)
		default:
			return nil
		}
	}
	return out
}

// padAxis adds a CONCAT of v between single elements of it along an axis.
func (e *emitter) padAxis(n, v model.NodeID, axis, before int, places []int) model.NodeID {
	shape := e.shapeOf(v)
	list := model.ListArg()
	one := slices.Clone(shape)
	one[axis] = 1
	for i, p := range places {
		if i == before {
			list.List = append(list.List, model.NodeArg(v))
		}
		start := make([]int, len(shape))
		start[axis] = p
		list.List = append(list.List, model.NodeArg(e.moved(n, opSlice, e.tensor(v).DType, one, model.NodeArg(v),
			intKw("axis", axis), intsKw("start", start), intsKw("size", one))))
	}
	if before == len(places) {
		list.List = append(list.List, model.NodeArg(v))
	}
	shape[axis] += len(places)
	return e.moved(n, opConcat, e.tensor(v).DType, shape, list, intKw("axis", axis))
}

// moved adds an operator that stands for what n, a value under construction, stands for.
func (e *emitter) moved(n model.NodeID, op string, d model.DType, shape []int, arg model.Arg, kw ...model.KwArg) model.NodeID {
	return e.Add(model.Spec{
		Kind: model.Call, Target: op, Args: []model.Arg{arg}, Kwargs: kw, Type: model.TensorOf(d, model.ShapeInts(shape...)), From: e.Source(n),
	})
}

// split lowers split_copy and split_with_sizes_copy: a SLICE for every part that is read. The first of them stands for all.
//
//	source  backends/arm/_passes/convert_split_to_slice.py: ConvertSplitToSlicePass
func (e *emitter) split(n model.NodeID) (model.NodeID, error) {
	x := e.edge.Node(n)
	v, err := e.arg(n, 0)
	if err != nil {
		return model.None, err
	}
	shape := e.shapeOf(v)
	axis := wrap(int(x.Arg(2).Int), len(shape))
	sizes, ok := x.Arg(1).Ints()
	if x.Arg(1).Kind == model.ArgInt {
		sizes = slices.Repeat(sizes, (shape[axis]+sizes[0]-1)/max(1, sizes[0]))
	}
	if !ok {
		return model.None, e.refuse(n, x.Target+" into parts of no number")
	}
	parts, any := map[int64]model.NodeID{}, model.NodeID(model.None)
	for _, u := range e.edge.Users(n) {
		i := e.edge.Node(u).Arg(1).Int
		start, size := make([]int, len(shape)), slices.Clone(shape)
		for _, s := range sizes[:i] {
			start[axis] += s
		}
		size[axis] = min(sizes[i], shape[axis]-start[axis])
		parts[i] = e.slice(n, v, axis, start, size)
		if any == model.None {
			any = parts[i]
		}
	}
	e.parts[any] = parts
	return any, nil
}

// wrap is an axis, which may count from the end, as one that counts from the start.
func wrap(axis, rank int) int {
	if axis < 0 {
		return axis + rank
	}
	return axis
}

// repeat lowers repeat: TILE, behind a RESHAPE where axes are added.
//
//	source  backends/arm/_passes/unsqueeze_before_repeat_pass.py: UnsqueezeBeforeRepeatPass
func (e *emitter) repeat(n model.NodeID) (model.NodeID, error) {
	v, err := e.arg(n, 0)
	if err != nil {
		return model.None, err
	}
	times, ok := e.edge.Node(n).Arg(1).Ints()
	if !ok {
		return model.None, e.refuse(n, "repeat by no number")
	}
	v = e.withRank(n, v, len(times))
	out := e.shapeOf(v)
	for i := range out {
		out[i] *= times[i]
	}
	return e.repeated(n, v, out), nil
}

// flip lowers flip: one REVERSE an axis.
//
//	source  backends/arm/_passes/decompose_flip_pass.py: DecomposeFlipPass
func (e *emitter) flip(n model.NodeID) (model.NodeID, error) {
	v, err := e.arg(n, 0)
	if err != nil {
		return model.None, err
	}
	axes, _ := e.edge.Node(n).Arg(1).Ints()
	for _, a := range axes {
		v = e.op(n, opReverse, e.Node(v).Type, []model.Arg{model.NodeArg(v)}, intKw("axis", wrap(a, len(e.shapeOf(v)))))
	}
	return v, nil
}

// copySource lowers copy, which gives its second operand.
func (e *emitter) copySource(n model.NodeID) (model.NodeID, error) {
	v, err := e.arg(n, 1)
	if err != nil {
		return model.None, err
	}
	return e.same(n, v), nil
}

// stridedSlice takes every step-th element from start on: SLICE, CONCAT with zeros to a multiple of step, RESHAPE to split the
// axis, SLICE of the first of each, RESHAPE.
//
//	source  backends/arm/_passes/decompose_strided_slice_copy_pass.py: DecomposeStridedSliceCopyPass
func (e *emitter) stridedSlice(n, v model.NodeID, axis, from, step int) (model.NodeID, error) {
	shape := e.shapeOf(v)
	end := shape[axis]
	if a := e.edge.Node(n).Arg(3); a.Kind == model.ArgInt && int(a.Int) < end {
		end = max(0, wrap(int(a.Int), end))
	}
	length := end - from
	count := (length + step - 1) / step
	start := make([]int, len(shape))
	start[axis], shape[axis] = from, length
	v = e.slice(n, v, axis, start, shape)
	if more := count*step - length; more > 0 {
		zeros, err := e.padding(n, v, axis, more)
		if err != nil {
			return model.None, err
		}
		shape[axis] = count * step
		t := model.TensorOf(e.tensor(v).DType, model.ShapeInts(shape...))
		v = e.op(n, opConcat, t, []model.Arg{model.ListArg(model.NodeArg(v), model.NodeArg(zeros))}, intKw("axis", axis))
	}
	shape[axis] = count
	v = e.viewed(n, v, slices.Insert(slices.Clone(shape), axis+1, step)...)
	v = e.slice(n, v, axis+1, make([]int, len(shape)+1), slices.Insert(slices.Clone(shape), axis+1, 1))
	return e.viewed(n, v, shape...), nil
}

// padding is a constant of real zeros like v, with another extent along one axis.
func (e *emitter) padding(n, v model.NodeID, axis, size int) (model.NodeID, error) {
	shape := e.shapeOf(v)
	shape[axis] = size
	q, err := e.outQ(n)
	if err != nil {
		return model.None, err
	}
	codes := make([]int64, product(shape))
	for i := range codes {
		if q != nil {
			codes[i] = int64(q.code(0))
		}
	}
	t := model.FromInts(e.tensor(v).DType, model.ShapeInts(shape...), codes)
	return e.computed(e.nodeName(nodeFull), "pre_computed", t, model.None), nil
}
