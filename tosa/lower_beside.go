package tosa

import (
	"fmt"
	"slices"

	"seam/model"
)

// pointwise is the operators that work element by element, beside RESCALE with one scale.
var pointwise = []string{
	opAbs, opAdd, opBitwiseAnd, opBitwiseNot, opBitwiseOr, opBitwiseXor, opClamp, opEqual, opGreater, opGreaterEqual, opLeftShift,
	opLogicalAnd, opLogicalNot, opLogicalOr, opLogicalXor, opMaximum, opMinimum, opMul, opNegate, opRightShift, opSelect, opSub, opTable,
}

// sinksInto is the operators whose operands' common layout change can go behind them. Upstream leaves MAXIMUM and MINIMUM out.
var sinksInto = []string{
	opAdd, opBitwiseAnd, opBitwiseOr, opBitwiseXor, opConcat, opEqual, opGreater, opGreaterEqual, opLeftShift, opLogicalAnd, opLogicalOr,
	opLogicalXor, opMul, opRightShift, opSelect, opSub,
}

// fuseInputs moves a layout change that all operands of an operator share behind it.
//
//	source  backends/transforms/fuse_identical_input_transforms_pass.py: FuseIdenticalInputTransformsPass
func (m *mover) fuseInputs() bool {
	any := false
	for changed := true; changed; {
		changed = false
		for _, n := range m.list() {
			for m.Alive(n) && m.Node(n).Kind == model.Call && m.sinkInputs(n) {
				changed, any = true, true
			}
		}
	}
	if any {
		m.retype()
	}
	return any
}

func (m *mover) sinkInputs(n model.NodeID) bool {
	in := m.In(n)
	if !slices.Contains(sinksInto, m.Node(n).Target) || len(in) < 2 {
		return false
	}
	i := slices.IndexFunc(in, m.isMove)
	if i < 0 || !m.shareMove(n, in[i], in) {
		return false
	}
	move := in[i]
	axis, shape := m.sunk(n, move, in)
	if shape == nil {
		return false
	}
	old, target, kw, src := m.Node(n).Type, m.Node(move).Target, m.Node(move).Kwargs, m.Source(move)
	if m.is(n, opConcat) {
		m.setKw(n, "axis", model.IntArg(int64(axis)))
	}
	for _, p := range in {
		if m.isMove(p) {
			m.ReplaceIn(n, p, m.input(p))
			if m.UserCount(p) == 0 {
				m.Erase(p)
			}
		}
	}
	users := m.Users(n)
	m.Node(n).Type = model.TensorOf(old.T.DType, model.ShapeInts(shape...))
	if target == opReshape {
		kw = []model.KwArg{intsKw("shape", old.T.Shape.Ints())}
	}
	m.After(n)
	t := m.Add(model.Spec{Kind: model.Call, Target: target, Args: []model.Arg{model.NodeArg(n)}, Kwargs: kw, Type: old, From: src})
	for _, u := range users {
		m.ReplaceIn(u, n, t)
	}
	return true
}

// shareMove says whether every operand of n is the same layout change, read by n only, or has one element.
func (m *mover) shareMove(n, move model.NodeID, in []model.NodeID) bool {
	rank := len(m.shapeOf(move))
	for _, p := range in {
		if !m.isMove(p) {
			if m.is(n, opConcat) || !m.layoutFree(p, rank) {
				return false
			}
			continue
		}
		if m.Node(p).Target != m.Node(move).Target || !m.Node(p).Kwargs[0].Arg.Equal(m.Node(move).Kwargs[0].Arg) || m.UserCount(p) != 1 {
			return false
		}
	}
	return true
}

// sunk is the result's shape, and for a CONCAT the axis, once the layout change is behind n; nil if it cannot be.
func (m *mover) sunk(n, move model.NodeID, in []model.NodeID) (axis int, shape []int) {
	var shapes [][]int
	for _, p := range in {
		if m.isMove(p) {
			p = m.input(p)
		}
		shapes = append(shapes, m.shapeOf(p))
	}
	now := m.shapeOf(n)
	if m.is(n, opConcat) {
		axis, shape = m.sunkConcat(n, move, shapes)
	} else {
		shape = broadcastShapes(shapes)
		if m.is(move, opReshape) && !slices.ContainsFunc(shapes, func(s []int) bool { return slices.Equal(s, shape) }) {
			return 0, nil
		}
	}
	if shape == nil || m.is(move, opTranspose) && (len(shape) != len(m.perms(move)) || !slices.Equal(permuted(shape, m.perms(move)), now)) {
		return 0, nil
	}
	return axis, shape
}

func (m *mover) sunkConcat(n, move model.NodeID, shapes [][]int) (axis int, shape []int) {
	axis = int(m.Node(n).Kwarg("axis").Int)
	if m.is(move, opTranspose) {
		axis = m.perms(move)[axis]
	} else {
		vm := newViewMap(m.shapeOf(m.input(move)), m.shapeOf(move))
		if vm == nil {
			return 0, nil
		}
		before := vm.axesBefore([]int{axis})
		if len(before) != 1 {
			return 0, nil
		}
		axis = before[0]
	}
	shape = slices.Clone(shapes[0])
	for _, s := range shapes[1:] {
		if len(s) != len(shape) {
			return 0, nil
		}
		for i := range s {
			if i != axis && s[i] != shape[i] {
				return 0, nil
			}
		}
		shape[axis] += s[axis]
	}
	if product(shape) != product(m.shapeOf(n)) {
		return 0, nil
	}
	return axis, shape
}

func product(v []int) int {
	p := 1
	for _, x := range v {
		p *= x
	}
	return p
}

// broadcastShapes is the common shape of operands, aligned at the last axis; nil if they have none.
func broadcastShapes(shapes [][]int) []int {
	var out []int
	for _, s := range shapes {
		for len(out) < len(s) {
			out = slices.Insert(out, 0, 1)
		}
		off := len(out) - len(s)
		for i, d := range s {
			if d != 1 && out[off+i] != 1 && out[off+i] != d {
				return nil
			}
			out[off+i] = max(out[off+i], d)
		}
	}
	return out
}

// fuseUsers makes one of several equal readers of a value. RESCALEs stay apart.
//
//	source  backends/arm/_passes/fuse_duplicate_users_pass.py: FuseDuplicateUsersPass
func (m *mover) fuseUsers() bool {
	changed := false
	queue, place := m.list(), m.places()
	for len(queue) > 0 {
		n := queue[0]
		queue = queue[1:]
		if !m.Alive(n) || m.UserCount(n) < 2 {
			continue
		}
		first := map[string]model.NodeID{}
		users := m.Users(n)
		slices.SortFunc(users, func(a, b model.NodeID) int { return int(place[a] - place[b]) })
		for _, u := range users {
			if m.Node(u).Kind != model.Call || m.is(u, opRescale) {
				continue
			}
			key := fmt.Sprint(m.Node(u).Target, m.Node(u).Args, m.Node(u).Kwargs)
			rep, seen := first[key]
			if !seen {
				first[key] = u
				continue
			}
			m.drop(u, rep)
			changed = true
			queue = append(queue, n, rep)
		}
	}
	if changed {
		m.retype()
	}
	return changed
}

// places is, by node, where it stands in the graph.
func (e *emitter) places() []int32 {
	at := make([]int32, e.Len())
	for i, n := range e.list() {
		at[n] = int32(i)
	}
	return at
}
