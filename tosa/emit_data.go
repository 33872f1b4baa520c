package tosa

import "seam/model"

// transpose adds a TRANSPOSE of v, for edge node n.
func (e *emitter) transpose(n, v model.NodeID, perms ...int) model.NodeID {
	t := model.TensorOf(e.tensor(v).DType, model.ShapeInts(permuted(e.shapeOf(v), perms)...))
	return e.op(n, opTranspose, t, []model.Arg{model.NodeArg(v)}, intsKw("perms", perms))
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
	return e.transpose(n, x, perms...), nil
}

// view lowers view_copy, squeeze and unsqueeze.
func (e *emitter) view(n model.NodeID) (model.NodeID, error) {
	x, err := e.arg(n, 0)
	if err != nil {
		return model.None, err
	}
	return e.reshape(n, x, e.edge.Node(n).Type.T.Shape.Ints()...), nil
}

// cat lowers cat: CONCAT of operands that the quantizer gave one set of parameters.
//
//	source  backends/arm/operators/op_tosa_concat.py; lower.md 2.9
func (e *emitter) cat(n model.NodeID) (model.NodeID, error) {
	if err := e.needMark(n); err != nil {
		return model.None, err
	}
	x := e.edge.Node(n)
	list := model.ListArg()
	for _, a := range x.Arg(0).List {
		if a.Kind != model.ArgNode || e.env[a.Node] == model.None {
			return model.None, e.refuse(n, "cat of a constant")
		}
		list.List = append(list.List, model.NodeArg(e.env[a.Node]))
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
