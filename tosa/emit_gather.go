package tosa

import (
	"slices"

	"seam/model"
)

// gather adds a GATHER: of values [N, K, C] the rows that indices [N, W] name.
func (e *emitter) gather(n, values, indices model.NodeID) (model.NodeID, error) {
	i := e.shapeOf(indices)
	v := e.shapeOf(values)
	if d := e.tensor(indices).DType; d != model.Int32 {
		return model.None, e.refuse(n, e.edge.Node(n).Target+" with indices of "+d.String())
	}
	t := model.TensorOf(e.tensor(values).DType, model.ShapeInts(v[0], i[1], v[2]))
	return e.op(n, opGather, t, []model.Arg{model.NodeArg(values), model.NodeArg(indices)}), nil
}

// asRows is v with all its axes folded into three, through int8 where it holds truth values, since GATHER has none.
func (e *emitter) asRows(n, v model.NodeID, shape ...int) model.NodeID {
	if e.tensor(v).DType == model.Bool {
		v = e.cast(n, v, model.Int8)
	}
	return e.viewed(n, v, shape...)
}

// viewed is v in another shape, by a view.
func (e *emitter) viewed(n, v model.NodeID, shape ...int) model.NodeID {
	return e.shaped(n, v, e.nodeName(nodeView), shape...)
}

// unsqueezed is v with one more axis.
func (e *emitter) unsqueezed(n, v model.NodeID, shape ...int) model.NodeID {
	return e.shaped(n, v, e.nodeName(nodeUnsqueeze), shape...)
}

// shaped is v in another shape, by the upstream node of that name; a constant is computed.
func (e *emitter) shaped(n, v model.NodeID, node string, shape ...int) model.NodeID {
	if t := e.known(v); t != nil {
		return e.computed(node, "fused_const", &model.Tensor{DType: t.DType, Shape: model.ShapeInts(shape...), Raw: t.Raw}, v)
	}
	return e.reshape(n, v, shape...)
}

// asResult is what was gathered in the shape and type of n's result.
func (e *emitter) asResult(n, v, of model.NodeID) model.NodeID {
	return e.cast(n, e.viewed(n, v, e.edge.Node(n).Type.T.Shape.Ints()...), e.tensor(of).DType)
}

// indexSelect lowers index_select.
//
//	source  backends/arm/_passes/decompose_index_select_to_gather_pass.py: DecomposeIndexSelectToGatherPass
func (e *emitter) indexSelect(n model.NodeID) (model.NodeID, error) {
	x := e.edge.Node(n)
	v, err := e.arg(n, 0)
	if err != nil {
		return model.None, err
	}
	index, err := e.arg(n, 2)
	if err != nil {
		return model.None, err
	}
	shape := e.shapeOf(v)
	axis := wrap(int(x.Arg(1).Int), len(shape))
	rows, w := product(shape[:axis]), product(e.shapeOf(index))
	values := e.asRows(n, v, rows, shape[axis], product(shape[axis+1:]))
	if isDequantize(e.edge.Node(x.Args[0].Node)) { // its parameters, which the node has too, are for no int32: not computed
		e.nodeName(nodeUnsqueeze)
		index = e.reshape(n, index, 1, w)
	} else {
		index = e.unsqueezed(n, index, 1, w)
	}
	if rows != 1 {
		index = e.repeated(n, index, []int{rows, w})
	}
	y, err := e.gather(n, values, index)
	if err != nil {
		return model.None, err
	}
	return e.asResult(n, y, v), nil
}

// gatherAxis lowers gather along axis 1 of two or three. GATHER takes whole rows, so the last axis moves to the rows.
//
//	source  backends/arm/_passes/canonicalize_gather_pass.py: CanonicalizeGatherPass
func (e *emitter) gatherAxis(n model.NodeID) (model.NodeID, error) {
	v, err := e.arg(n, 0)
	if err != nil {
		return model.None, err
	}
	index, err := e.arg(n, 2)
	if err != nil {
		return model.None, err
	}
	shape, at := e.shapeOf(v), e.shapeOf(index)
	if len(shape) < 2 || len(shape) > 3 || wrap(int(e.edge.Node(n).Arg(1).Int), len(shape)) != 1 {
		return model.None, e.refuse(n, "gather along other than axis 1 of 2 or 3")
	}
	if len(shape) == 2 {
		y, err := e.gather(n, e.asRows(n, v, shape[0], shape[1], 1), index)
		if err != nil {
			return model.None, err
		}
		return e.asResult(n, y, v), nil
	}
	rows := shape[0] * shape[2]
	values := e.asRows(n, v, shape...)
	values = e.viewed(n, e.turned(n, values, 0, 2, 1), rows, shape[1], 1)
	y, err := e.gather(n, values, e.viewed(n, e.turned(n, index, 0, 2, 1), rows, at[1]))
	if err != nil {
		return model.None, err
	}
	y = e.turned(n, e.viewed(n, y, shape[0], shape[2], at[1]), 0, 2, 1)
	return e.cast(n, y, e.tensor(v).DType), nil
}

// index lowers index with a tensor for each of the first axes: the places are numbered, then gathered.
//
//	source  backends/arm/_passes/decompose_index_tensor_to_gather_pass.py: DecomposeIndexTensorToGatherPass
func (e *emitter) index(n model.NodeID) (model.NodeID, error) {
	x := e.edge.Node(n)
	v, err := e.arg(n, 0)
	if err != nil {
		return model.None, err
	}
	shape, list := e.shapeOf(v), x.Arg(1).List
	of := x.Type.T.Shape.Ints()[:x.Type.T.Shape.Rank()-(len(shape)-len(list))]
	values := e.asRows(n, v, 1, product(shape[:len(list)]), product(shape[len(list):]))
	places := model.NodeID(model.None)
	for i, a := range list {
		p, err := e.value(n, a)
		if err != nil {
			return model.None, err
		}
		if p, err = e.placesOf(n, p, of, product(shape[i+1:len(list)])); err != nil {
			return model.None, err
		}
		if places == model.None {
			places = p
			continue
		}
		places = e.integer(n, opAdd, places, p)
	}
	y, err := e.gather(n, values, e.unsqueezed(n, places, 1, product(of)))
	if err != nil {
		return model.None, err
	}
	return e.asResult(n, y, v), nil
}

// placesOf is the indices of one axis, broadcast to a shape and made flat, times the axis's step.
func (e *emitter) placesOf(n, p model.NodeID, of []int, step int) (model.NodeID, error) {
	p = e.withRank(n, p, len(of))
	if !slices.Equal(e.shapeOf(p), of) {
		if e.known(p) != nil {
			return model.None, e.refuse(n, "index by constants of several shapes")
		}
		p = e.repeated(n, p, of)
	}
	p = e.viewed(n, p, product(of))
	return e.integer(n, opMul, p, e.intConst(nodeFull, step)), nil
}

// unfold lowers unfold_copy: the windows are gathered, or on the U55 cut out one by one.
//
//	source  backends/arm/_passes/decompose_unfold_to_gather_pass.py: DecomposeUnfoldToGatherPass
func (e *emitter) unfold(n model.NodeID) (model.NodeID, error) {
	x := e.edge.Node(n)
	v, err := e.arg(n, 0)
	if err != nil {
		return model.None, err
	}
	shape := e.shapeOf(v)
	axis, size, step := wrap(int(x.Arg(1).Int), len(shape)), int(x.Arg(2).Int), int(x.Arg(3).Int)
	windows := (shape[axis]-size)/step + 1
	if e.cfg.U55 {
		return e.unfoldSlices(n, v, axis, size, step, windows)
	}
	rows := product(shape[:axis])
	values := e.asRows(n, v, rows, shape[axis], product(shape[axis+1:]))
	y, err := e.gather(n, values, e.windowPlaces(n, rows, windows, size, step))
	if err != nil {
		return model.None, err
	}
	y = e.viewed(n, y, slices.Concat(shape[:axis], []int{windows, size}, shape[axis+1:])...)
	perms := slices.Delete(count(len(shape)+1), axis+1, axis+2)
	return e.cast(n, e.turned(n, y, append(perms, axis+1)...), e.tensor(v).DType), nil
}

// windowPlaces is the places of all windows' elements, once a row: a constant, or, where n's operand is quantized and upstream
// takes its parameters for those of the places too, operators that compute them.
func (e *emitter) windowPlaces(n model.NodeID, rows, windows, size, step int) model.NodeID {
	if !isDequantize(e.edge.Node(e.edge.Node(n).Args[0].Node)) {
		var places []int64
		for i := range rows * windows * size {
			places = append(places, int64(i/size%windows*step+i%size))
		}
		t := model.FromInts(model.Int32, model.ShapeInts(rows, windows*size), places)
		return e.computed(e.countWindows(rows), "fused_const", t, model.None)
	}
	first := e.op(n, opMul, model.TensorOf(model.Int32, model.ShapeInts(windows)),
		[]model.Arg{model.NodeArg(e.intConst(nodeArange, count(windows)...)), model.NodeArg(e.intConst(nodeFull, step))})
	first = e.unsqueezed(n, first, windows, 1)
	within := e.reshape(n, e.intConst(nodeArange, count(size)...), 1, size)
	e.nodeName(nodeUnsqueeze)
	all := e.op(n, opAdd, model.TensorOf(model.Int32, model.ShapeInts(windows, size)), []model.Arg{model.NodeArg(first), model.NodeArg(within)})
	e.nodeName(nodeView)
	all = e.unsqueezed(n, all, 1, windows*size)
	if rows > 1 {
		all = e.repeated(n, all, []int{rows, windows * size})
	}
	return all
}

// countWindows counts the nodes that compute the places of windows, and is the last one's name.
func (e *emitter) countWindows(rows int) string {
	kinds := []string{nodeArange, nodeFull, "aten_mul_tensor", nodeUnsqueeze, nodeArange, nodeUnsqueeze, "aten_add_tensor", nodeView, nodeUnsqueeze}
	if rows > 1 {
		kinds = append(kinds, nodeRepeat)
	}
	last := ""
	for _, k := range kinds {
		last = e.nodeName(k)
	}
	return last
}

// intConst adds an int32 constant of one axis, made by a node of that kind.
func (e *emitter) intConst(kind string, v ...int) model.NodeID {
	wide := make([]int64, len(v))
	for i, x := range v {
		wide[i] = int64(x)
	}
	return e.computed(e.nodeName(kind), "pre_computed", model.FromInts(model.Int32, model.ShapeInts(len(v)), wide), model.None)
}

func (e *emitter) unfoldSlices(n, v model.NodeID, axis, size, step, windows int) (model.NodeID, error) {
	shape := e.shapeOf(v)
	perms := append(slices.Delete(count(len(shape)), axis, axis+1), axis)
	list := model.ListArg()
	for w := range windows {
		start, part := make([]int, len(shape)), slices.Clone(shape)
		start[axis], part[axis] = w*step, size
		y := e.turned(n, e.slice(n, v, axis, start, part), perms...)
		list.List = append(list.List, model.NodeArg(e.unsqueezed(n, y, slices.Insert(e.shapeOf(y), axis, 1)...)))
	}
	if windows == 1 {
		return list.List[0].Node, nil
	}
	t := model.TensorOf(e.tensor(v).DType, e.edge.Node(n).Type.T.Shape)
	return e.op(n, opConcat, t, []model.Arg{list}, intKw("axis", axis)), nil
}

// count is 0 to n-1.
func count(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}
