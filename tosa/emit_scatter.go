package tosa

import (
	"slices"

	"seam/model"
)

// indexPut lowers index_put: SCATTER, after the axes that are indexed have been brought to the front.
//
//	source  backends/arm/_passes: NormalizeIndexPutNoneIndicesPass, RewriteIndexPutPass
func (e *emitter) indexPut(n model.NodeID) (model.NodeID, error) {
	x := e.edge.Node(n)
	into, err := e.arg(n, 0)
	if err != nil {
		return model.None, err
	}
	data, err := e.arg(n, 2)
	if err != nil {
		return model.None, err
	}
	if x.Arg(3).Bool() {
		return model.None, e.refuse(n, "index_put that accumulates")
	}
	order, at := indexOrder(x.Arg(1).List, len(e.shapeOf(into)))
	moved := !isIdentity(order)
	if moved {
		into = e.turned(n, into, order...)
		if len(at) == 1 {
			data = e.turned(n, e.withRank(n, data, len(order)), order...)
		}
	}
	y, err := e.scatter(n, into, data, at)
	if err != nil {
		return model.None, err
	}
	if moved {
		y = e.turned(n, y, inverse(order)...)
	}
	return y, nil
}

// indexOrder is the order of axes in which those that have indices come first, and the indices.
func indexOrder(list []model.Arg, rank int) (order []int, at []model.Arg) {
	var rest []int
	for i := range rank {
		if i < len(list) && !list[i].IsNone() {
			order, at = append(order, i), append(at, list[i])
		} else {
			rest = append(rest, i)
		}
	}
	return append(order, rest...), at
}

// scatter writes rows of data to the places of into that the indices of its first axes name.
func (e *emitter) scatter(n, into, data model.NodeID, at []model.Arg) (model.NodeID, error) {
	shape := e.shapeOf(into)
	columns := product(shape[len(at):])
	flat := e.viewed(n, into, 1, product(shape[:len(at)]), columns)
	places, err := e.flatPlaces(n, at, shape)
	if err != nil {
		return model.None, err
	}
	rows := e.shapeOf(places)[1]
	all := append([]int{rows}, shape[len(at):]...)
	data = e.withRank(n, data, len(all))
	if !slices.Equal(e.shapeOf(data), all) {
		data = e.repeated(n, data, all)
	}
	data = e.viewed(n, data, 1, rows, columns)
	y := e.op(n, opScatter, e.Node(flat).Type, []model.Arg{model.NodeArg(flat), model.NodeArg(places), model.NodeArg(data)})
	return e.viewed(n, y, shape...), nil
}

// flatPlaces numbers the places that indices of several axes name, as [1, W].
func (e *emitter) flatPlaces(n model.NodeID, at []model.Arg, shape []int) (model.NodeID, error) {
	sum := model.NodeID(model.None)
	for i, a := range at {
		p, err := e.value(n, a)
		if err != nil {
			return model.None, err
		}
		if e.tensor(p).DType != model.Int32 || len(e.shapeOf(p)) != 1 {
			return model.None, e.refuse(n, "index_put with a mask")
		}
		p = e.integer(n, opMul, p, e.intConst(nodeFull, product(shape[i+1:len(at)])))
		if sum != model.None {
			p = e.integer(n, opAdd, p, sum)
		}
		sum = p
	}
	return e.viewed(n, sum, 1, product(e.shapeOf(sum))), nil
}

// integer adds an int32 operator of two values of one rank; of constants, it is computed.
func (e *emitter) integer(n model.NodeID, op string, a, b model.NodeID) model.NodeID {
	shape := broadcastShapes([][]int{e.shapeOf(a), e.shapeOf(b)})
	if v := e.folded(op, []model.NodeID{a, b}, shape); v != model.None {
		return v
	}
	t := model.TensorOf(model.Int32, model.ShapeInts(shape...))
	return e.op(n, op, t, []model.Arg{model.NodeArg(a), model.NodeArg(b)})
}
