package tosa

import (
	"slices"

	"seam/model"
)

// transpose adds a TRANSPOSE of v, for edge node n.
func (e *emitter) transpose(n, v model.NodeID, perms ...int) model.NodeID {
	t := model.TensorOf(e.tensor(v).DType, model.ShapeInts(permuted(e.shapeOf(v), perms)...))
	return e.op(n, opTranspose, t, []model.Arg{model.NodeArg(v)}, intsKw("perms", perms))
}

// turned is v with its axes in another order, by a permute.
func (e *emitter) turned(n, v model.NodeID, perms ...int) model.NodeID {
	e.nodeName(nodePermute)
	return e.transpose(n, v, perms...)
}

// reshape adds a RESHAPE of v, for edge node n.
func (e *emitter) reshape(n, v model.NodeID, shape ...int) model.NodeID {
	t := model.TensorOf(e.tensor(v).DType, model.ShapeInts(shape...))
	return e.op(n, opReshape, t, []model.Arg{model.NodeArg(v)}, intsKw("shape", shape))
}

// permuted is the shape whose axis i is axis perms[i] of shape.
func permuted(shape, perms []int) []int {
	out := make([]int, len(perms))
	for i, p := range perms {
		out[i] = shape[p]
	}
	return out
}

// permute lowers permute_copy.
func (e *emitter) permute(n model.NodeID) (model.NodeID, error) {
	x, err := e.arg(n, 0)
	if err != nil {
		return model.None, err
	}
	perms, ok := e.edge.Node(n).Arg(1).Ints()
	rank := len(e.shapeOf(x))
	for i, p := range perms {
		perms[i] = (p + rank) % max(rank, 1)
	}
	if !ok || !isPermutation(perms, rank) {
		return model.None, e.refuse(n, "permute_copy of other than all axes")
	}
	node := e.edgeName(n)
	if t := e.known(x); t != nil {
		shape := e.shapeOf(x)
		return e.computed(node, "fused_const", reordered(t, shape, perms, permuted(shape, perms)...), x), nil
	}
	return e.transpose(n, x, perms...), nil
}

// view lowers view_copy, squeeze and unsqueeze.
func (e *emitter) view(n model.NodeID) (model.NodeID, error) {
	x, err := e.arg(n, 0)
	if err != nil {
		return model.None, err
	}
	shape, node := e.edge.Node(n).Type.T.Shape, e.edgeName(n)
	if t := e.known(x); t != nil {
		return e.computed(node, "fused_const", &model.Tensor{DType: t.DType, Shape: shape, Raw: t.Raw}, x), nil
	}
	return e.reshape(n, x, shape.Ints()...), nil
}

// cat lowers cat: CONCAT of operands that the quantizer gave one set of parameters.
//
//	source  backends/arm/operators/op_tosa_concat.py; lower.md 2.9
func (e *emitter) cat(n model.NodeID) (model.NodeID, error) {
	x := e.edge.Node(n)
	list := model.ListArg()
	for _, a := range x.Arg(0).List {
		v, err := e.value(n, a)
		if err != nil {
			return model.None, err
		}
		list.List = append(list.List, model.NodeArg(v))
	}
	if len(list.List) == 1 {
		return e.same(n, list.List[0].Node), nil
	}
	axis := int(x.Arg(1).Int)
	if axis < 0 {
		axis += x.Type.T.Shape.Rank()
	}
	q, err := e.outQ(n)
	if err != nil {
		return model.None, err
	}
	return e.op(n, opConcat, e.outType(n, q), []model.Arg{list}, intKw("axis", axis)), nil
}

// opNoop is an operator that changes nothing. It goes once RESCALEs are placed, since each reader of a value has its own.
const opNoop = "noop"

// noop lowers an operator that changes nothing.
//
//	source  backends/arm/_passes/remove_noop_pass.py: RemoveNoopPass
func (e *emitter) noop(n model.NodeID) (model.NodeID, error) {
	v, err := e.arg(n, 0)
	if err != nil {
		return model.None, err
	}
	return e.same(n, v), e.keepsOrder(n)
}

// keepsOrder refuses a copy into another order of axes in memory, of which the boundary of the delegate would have to know.
//
//	source  backends/arm/_passes/normalize_delegate_io_layout_pass.py: NormalizeDelegateIOLayoutPass
func (e *emitter) keepsOrder(n model.NodeID) error {
	if order, ok := e.edge.Node(n).Kwarg("dim_order").Ints(); ok && !isIdentity(order) {
		return e.refuse(n, "a copy into another memory order")
	}
	return nil
}

// same stands for v where n changes nothing.
func (e *emitter) same(n, v model.NodeID) model.NodeID {
	if e.known(v) != nil {
		return v
	}
	return e.op(n, opNoop, e.Node(v).Type, []model.Arg{model.NodeArg(v)})
}

// removeNoops takes out what changes nothing.
func (e *emitter) removeNoops() {
	for _, n := range e.list() {
		if e.is(n, opNoop) {
			e.drop(n, e.input(n))
		}
	}
}

// getitem lowers the choice of one of several results: a part of a split, or the first result, the only one that has a value.
//
//	source  backends/transforms/remove_getitem_op.py: RemoveGetItemPass; convert_split_to_slice.py
func (e *emitter) getitem(n model.NodeID) (model.NodeID, error) {
	v, err := e.arg(n, 0)
	if err != nil {
		return model.None, err
	}
	i := e.edge.Node(n).Arg(1).Int
	if parts, ok := e.parts[v]; ok {
		if p, ok := parts[i]; ok {
			return p, nil
		}
		return model.None, e.refuse(n, "a part that an equal split does not have")
	}
	if i != 0 {
		return model.None, e.refuse(n, "a result other than the first")
	}
	return v, nil
}

// sliceCopy lowers slice_copy.
//
//	source  backends/arm/_passes/rewrite_slice.py: RewriteSlicePass
func (e *emitter) sliceCopy(n model.NodeID) (model.NodeID, error) {
	x := e.edge.Node(n)
	v, err := e.arg(n, 0)
	if err != nil {
		return model.None, err
	}
	shape := e.shapeOf(v)
	axis, from := int(x.Arg(1).Int), int(x.Arg(2).Int)
	if axis < 0 {
		axis += len(shape)
	}
	if from < 0 {
		from = max(0, from+shape[axis])
	}
	if step := x.Arg(4); step.Kind == model.ArgInt && step.Int != 1 {
		return e.stridedSlice(n, v, axis, from, int(step.Int))
	}
	start := make([]int, len(shape))
	start[axis] = min(from, shape[axis]-1)
	size := x.Type.T.Shape.Ints()
	if t := e.known(v); t != nil {
		return e.computed(e.nodeName(nodeSlice), "fused_const", part(t, start, size), v), nil
	}
	return e.slice(n, v, axis, start, size), nil
}

// selectCopy lowers select_copy: SLICE of one element, and RESHAPE.
//
//	source  backends/arm/_passes: DecomposeSelectPass, ConvertSqueezesToViewPass
func (e *emitter) selectCopy(n model.NodeID) (model.NodeID, error) {
	x := e.edge.Node(n)
	v, err := e.arg(n, 0)
	if err != nil {
		return model.None, err
	}
	shape := e.shapeOf(v)
	axis, at := int(x.Arg(1).Int), int(x.Arg(2).Int)
	if axis < 0 {
		axis += len(shape)
	}
	if at < 0 {
		at += shape[axis]
	}
	start := make([]int, len(shape))
	start[axis], shape[axis] = at, 1
	node := e.edgeName(n)
	if t := e.known(v); t != nil {
		t = part(t, start, shape)
		return e.computed(node, "fused_const", &model.Tensor{DType: t.DType, Shape: x.Type.T.Shape, Raw: t.Raw}, v), nil
	}
	return e.reshape(n, e.cut(n, v, axis, start, shape), x.Type.T.Shape.Ints()...), nil
}

// expand lowers expand_copy: TILE, behind a RESHAPE where axes are added; nothing where nothing is repeated.
//
//	source  backends/arm/_passes: ConvertExpandCopyToRepeatPass, UnsqueezeBeforeRepeatPass
func (e *emitter) expand(n model.NodeID) (model.NodeID, error) {
	v, err := e.arg(n, 0)
	if err != nil {
		return model.None, err
	}
	in, out := e.shapeOf(v), e.edge.Node(n).Type.T.Shape.Ints()
	v = e.withRank(n, v, len(out))
	if slices.Equal(e.shapeOf(v), out) && len(in) == len(out) {
		return v, nil
	}
	return e.repeated(n, v, out), nil
}

// repeated is v repeated to a shape of its rank, by a repeat.
func (e *emitter) repeated(n, v model.NodeID, out []int) model.NodeID {
	e.nodeName(nodeRepeat)
	return e.tile(n, v, out)
}

// tile adds a TILE that repeats v to a shape of its rank.
func (e *emitter) tile(n, v model.NodeID, out []int) model.NodeID {
	times := slices.Clone(out)
	for i, d := range e.shapeOf(v) {
		times[i] /= d
	}
	t := model.TensorOf(e.tensor(v).DType, model.ShapeInts(out...))
	return e.op(n, opTile, t, []model.Arg{model.NodeArg(v)}, intsKw("multiples", times))
}
