package tosa

import (
	"slices"

	"seam/model"
)

// propagate moves layout changes, down or up, through operators that allow it, until those that undo one another have met.
//
//	source  backends/transforms/propagate_view_copy_permute_pass.py: PropagateViewCopyPermutePass
func (e *emitter) propagate(up bool) {
	m := mover{e, up, nil}
	m.fuse()
	for e.ctx.Err() == nil {
		m.stale = make(map[model.NodeID]bool)
		changed := false
		for _, n := range e.list() {
			if e.Alive(n) && !m.stale[n] && e.isMove(n) && e.UserCount(n) > 0 && m.step(n) {
				changed = true
			}
		}
		if changed {
			e.retype()
		} else if !m.fuse() {
			break
		}
	}
	e.retype()
}

// mover is one direction of propagate. Stale nodes have types that a move in the same scan made wrong.
type mover struct {
	*emitter
	up    bool
	stale map[model.NodeID]bool
}

// fuse joins layout changes that are beside one another, around one region, or in one chain.
func (m *mover) fuse() bool {
	beside := m.fuseInputs
	if m.up {
		beside = m.fuseUsers
	}
	changed := beside()
	changed = m.removeAroundRegions() || changed
	return m.canonicalize() || changed
}

func (m *mover) next(n model.NodeID) []model.NodeID {
	if m.up {
		return m.In(n)
	}
	return m.Users(n)
}

// step moves layout change n as far as it goes.
func (m *mover) step(n model.NodeID) bool {
	frontier, before := n, model.NodeID(model.None)
	path := []model.NodeID{n}
	moved := false
	for {
		next := m.ahead(n, frontier)
		if len(next) == 0 {
			break
		}
		if len(next) > 1 {
			if m.up || !m.splitFork(n, frontier, next) {
				break
			}
			m.spoil(append(path, next...))
			return true
		}
		if m.crosses(n, frontier, next[0]) {
			before, frontier = frontier, next[0]
			path = append(path, frontier)
			moved = true
			continue
		}
		if m.up && m.splitConcat(n, next[0]) {
			m.spoil(append(path, next[0]))
			return true
		}
		break
	}
	if moved {
		m.place(n, frontier, before)
		m.spoil(path)
	}
	return moved
}

// spoil marks nodes and all that depend on them as stale.
func (m *mover) spoil(nodes []model.NodeID) {
	for len(nodes) > 0 {
		n := nodes[len(nodes)-1]
		nodes = nodes[:len(nodes)-1]
		if !m.stale[n] && m.Alive(n) {
			m.stale[n] = true
			nodes = append(nodes, m.Users(n)...)
		}
	}
}

// ahead is the nodes in front of the frontier, none if n must stop there.
func (m *mover) ahead(n, frontier model.NodeID) []model.NodeID {
	next := m.next(frontier)
	if slices.ContainsFunc(next, func(x model.NodeID) bool { return m.stale[x] }) {
		return nil
	}
	if m.up && slices.ContainsFunc(next, func(x model.NodeID) bool { return m.UserCount(x) != 1 }) {
		return nil
	}
	if m.is(n, opTranspose) && slices.ContainsFunc(append(slices.Clone(next), frontier), m.touchesInt48) {
		return nil
	}
	return next
}

func (m *mover) touchesInt48(n model.NodeID) bool {
	is48 := func(x model.NodeID) bool { return m.tensor(x).DType == model.Int48 && m.Node(x).Kind == model.Call }
	return is48(n) || slices.ContainsFunc(m.In(n), is48)
}

// crosses says whether layout change n can go to the other side of next, whose arguments it adapts.
func (m *mover) crosses(n, frontier, next model.NodeID) bool {
	return m.throughElementwise(n, frontier, next) || m.throughSlice(n, next)
}

// throughElementwise says whether n can cross an element-wise operator, which must have one operand (TABLE has its table too).
//
//	source  propagate_view_copy_permute_pass.py: _can_move_through_elementwise
func (m *mover) throughElementwise(n, frontier, next model.NodeID) bool {
	if !m.elementwise(next) {
		return false
	}
	ok := len(m.In(next)) == 1 || m.is(next, opTable)
	if ok && m.is(n, opReshape) && m.viewOf(n) == nil {
		ok = false
	}
	if ok && m.is(n, opReshape) && m.is(next, opRescale) && len(m.shapeOf(m.input(n))) != len(m.shapeOf(n)) {
		ok = false
	}
	if ok && m.is(next, opTable) && m.unsafeTable(n) {
		ok = false
	}
	if ok && m.is(n, opTranspose) && len(m.shapeOf(next)) != len(m.perms(n)) {
		ok = false
	}
	if ok || !m.up || !m.is(n, opTranspose) {
		return ok
	}
	rank, varied := len(m.shapeOf(frontier)), 0
	for _, p := range m.In(next) {
		if !m.layoutFree(p, rank) {
			varied++
		}
	}
	return varied == 1
}

// unsafeTable says whether a TABLE would read a shape that Ethos-U85 miscompiles.
//
//	source  backends/arm/_passes/propagate_view_copy_permute_pass.py: _is_unsafe_table_operand_shape
func (m *mover) unsafeTable(n model.NodeID) bool {
	s := m.shapeOf(n)
	if !m.up {
		s = m.shapeOf(m.input(n))
	}
	return len(s) == 4 && s[0] > 1 && s[1] == 1 && s[2] == 1
}

// layoutFree says whether a value of that rank has one element.
func (e *emitter) layoutFree(n model.NodeID, rank int) bool {
	s := e.shapeOf(n)
	return len(s) == rank && !slices.ContainsFunc(s, func(d int) bool { return d != 1 })
}

// place puts n on the far side of the frontier.
func (m *mover) place(n, frontier, before model.NodeID) {
	if m.up {
		m.placeUp(n, frontier, before)
		return
	}
	user, from := m.Users(n)[0], m.input(n)
	at := frontier
	if m.Node(frontier).Kind == model.Output {
		at = before
	}
	users := m.Users(at)
	m.ReplaceIn(user, n, from)
	m.ReplaceIn(n, from, at)
	for _, u := range users {
		if u != n {
			m.ReplaceIn(u, at, n)
		}
	}
	if m.Node(frontier).Kind == model.Output {
		m.MoveBefore(n, frontier)
	} else {
		m.MoveAfter(n, frontier)
	}
}

func (m *mover) placeUp(n, frontier, before model.NodeID) {
	from := m.input(n)
	producer, user := frontier, before
	if m.Node(frontier).Kind == model.Call {
		producer, user = m.In(frontier)[0], frontier
	}
	m.ReplaceIn(n, from, producer)
	m.ReplaceIn(user, producer, n)
	for _, u := range m.Users(n) {
		if u != user {
			m.ReplaceIn(u, n, from)
		}
	}
	m.MoveBefore(n, user)
}

// splitFork moves TRANSPOSE n behind every branch of a fork, if it can cross all of them.
//
//	source  propagate_view_copy_permute_pass.py: _maybe_split_fork
func (m *mover) splitFork(n, frontier model.NodeID, next []model.NodeID) bool {
	if !m.is(n, opTranspose) {
		return false
	}
	perms, from := m.perms(n), m.input(n)
	for _, b := range next {
		if !m.throughElementwise(n, frontier, b) && !m.splitsThrough(frontier, b) && !m.is(b, opSlice) || len(m.shapeOf(b)) != len(perms) {
			return false
		}
	}
	if frontier != n {
		m.ReplaceIn(m.Users(n)[0], n, from)
	}
	for _, b := range next {
		if frontier == n {
			m.ReplaceIn(b, n, from)
		}
		if m.is(b, opSlice) {
			m.permuteSlice(b, inverse(perms))
		}
		users := m.Users(b)
		m.Node(b).Type.T.Shape = model.ShapeInts(permuted(m.shapeOf(b), inverse(perms))...)
		m.After(b)
		t := m.Add(model.Spec{
			Kind: model.Call, Target: opTranspose, Args: []model.Arg{model.NodeArg(b)}, Kwargs: []model.KwArg{intsKw("perms", perms)},
			Type: model.TensorOf(m.tensor(b).DType, model.ShapeInts(permuted(m.shapeOf(b), perms)...)), From: m.Source(n),
		})
		for _, u := range users {
			m.ReplaceIn(u, b, t)
		}
	}
	if m.UserCount(n) == 0 {
		m.Erase(n)
	}
	return true
}

// splitsThrough says whether all operands of a branch but the fork have one element.
func (m *mover) splitsThrough(frontier, branch model.NodeID) bool {
	if !m.elementwise(branch) {
		return false
	}
	rank := len(m.shapeOf(frontier))
	return !slices.ContainsFunc(m.In(branch), func(p model.NodeID) bool { return p != frontier && !m.layoutFree(p, rank) })
}

// splitConcat moves the TRANSPOSEs behind a CONCAT in front of its operands, if they move no elements there.
//
//	source  propagate_view_copy_permute_pass.py: _maybe_split_upwards_cat_fanout
func (m *mover) splitConcat(n, cat model.NodeID) bool {
	if !m.is(n, opTranspose) || !m.is(cat, opConcat) {
		return false
	}
	perms, users := m.perms(n), m.Users(cat)
	for _, u := range users {
		if !m.is(u, opTranspose) || !slices.Equal(m.perms(u), perms) {
			return false
		}
	}
	for _, p := range m.In(cat) {
		if !movesNothing(m.shapeOf(p), perms) {
			return false
		}
	}
	list := model.ListArg()
	for _, p := range m.In(cat) {
		m.At(cat)
		t := m.Add(model.Spec{
			Kind: model.Call, Target: opTranspose, Args: []model.Arg{model.NodeArg(p)}, Kwargs: []model.KwArg{intsKw("perms", perms)},
			Type: model.TensorOf(m.tensor(p).DType, model.ShapeInts(permuted(m.shapeOf(p), perms)...)), From: m.Source(n),
		})
		list.List = append(list.List, model.NodeArg(t))
	}
	axis := inverse(perms)[m.Node(cat).Kwarg("axis").Int]
	m.SetArgs(cat, []model.Arg{list}, []model.KwArg{intKw("axis", axis)})
	m.Node(cat).Type = m.Node(n).Type
	for _, u := range users {
		m.drop(u, cat)
	}
	return true
}
