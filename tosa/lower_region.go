package tosa

import (
	"slices"

	"seam/model"
)

// region is operators that work in any layout, between TRANSPOSEs that undo one another. Where a view adds or takes out axes of
// extent 1, the order of axes that a node sees differs from its neighbours'.
//
//	source  backends/transforms/remove_permutes_around_elementwise_ops.py: RemovePermutesAroundElementwiseOps.Subgraph
type region struct {
	nodes   []model.NodeID
	start   map[model.NodeID][]int // by node: the order of axes in front of it
	in, out [][2]model.NodeID      // TRANSPOSE and reader; producer and TRANSPOSE
	consts  [][2]model.NodeID      // constant and reader
	update  []rewritten            // TRANSPOSEs behind it that stay
}

type rewritten struct {
	producer, move model.NodeID
	perms          []int
}

// removeAroundRegions takes out the TRANSPOSEs around every region.
//
//	source  remove_permutes_around_elementwise_ops.py: RemovePermutesAroundElementwiseOps.call
func (e *emitter) removeAroundRegions() bool {
	var found []*region
	done := map[model.NodeID]bool{}
	for _, n := range e.list() {
		if !e.is(n, opTranspose) {
			continue
		}
		for _, u := range e.Users(n) {
			r := &region{start: map[model.NodeID][]int{}}
			if e.anyLayout(u) && e.visit(u, r, done, e.perms(n)) {
				found = append(found, r)
				for _, x := range r.nodes {
					done[x] = true
				}
			}
		}
	}
	changed := false
	for _, r := range found {
		if e.isCurrent(r) && (len(r.update) == 0 || e.removesOne(r)) && e.rewriteRegion(r) {
			changed = true
		}
	}
	if changed {
		e.retype()
	}
	return changed
}

// anyLayout says whether an operator can work in another layout, perhaps with changed arguments.
func (e *emitter) anyLayout(n model.NodeID) bool {
	x := e.Node(n)
	return x.Kind == model.Call && (slices.Contains(pointwise, x.Target) || x.Target == opRescale || x.Target == opConcat ||
		x.Target == opReduceSum || x.Target == opSlice || x.Target == opPad || e.squeezes(n))
}

// squeezes says whether n is a RESHAPE that only adds or takes out axes of extent 1.
func (e *emitter) squeezes(n model.NodeID) bool {
	if !e.is(n, opReshape) {
		return false
	}
	in, out := e.shapeOf(e.input(n)), e.shapeOf(n)
	switch {
	case len(out) > len(in):
		return extraOnes(out, in) != nil
	case len(in) > len(out):
		return extraOnes(in, out) != nil
	}
	return false
}

// extraOnes is the axes of extent 1 whose removal makes shape long into shape short, nil if there are none that do.
func extraOnes(long, short []int) []int {
	var extra []int
	j := 0
	for i, d := range long {
		switch {
		case j < len(short) && d == short[j]:
			j++
		case d != 1:
			return nil
		default:
			extra = append(extra, i)
		}
	}
	if j != len(short) {
		return nil
	}
	return extra
}

// visit adds n, and what it is connected to without a TRANSPOSE in between, to a region; false if that cannot change its layout.
func (e *emitter) visit(n model.NodeID, r *region, done map[model.NodeID]bool, start []int) bool {
	if r.start[n] != nil {
		return true
	}
	if done[n] || !e.anyLayout(n) || !e.squeezes(n) && len(e.shapeOf(n)) != len(start) {
		return false
	}
	r.nodes = append(r.nodes, n)
	r.start[n] = start
	below := start
	if e.squeezes(n) {
		if below = acrossView(start, e.shapeOf(e.input(n)), e.shapeOf(n)); below == nil {
			return false
		}
	}
	return e.visitUsers(n, r, done, below) && e.visitInputs(n, r, done, start)
}

func (e *emitter) visitUsers(n model.NodeID, r *region, done map[model.NodeID]bool, below []int) bool {
	for _, u := range e.Users(n) {
		switch {
		case e.is(u, opTranspose) && slices.Equal(e.perms(u), inverse(below)):
			r.out = append(r.out, [2]model.NodeID{n, u})
		case e.is(u, opTranspose):
			if len(e.perms(u)) != len(below) {
				return false
			}
			r.update = append(r.update, rewritten{n, u, permuted(below, e.perms(u))})
		case e.Node(u).Kind == model.Output:
			return false
		case e.flattens(u):
			if !e.sinkIsFree(u) {
				return false
			}
		case !e.visit(u, r, done, below):
			return false
		}
	}
	return true
}

func (e *emitter) visitInputs(n model.NodeID, r *region, done map[model.NodeID]bool, start []int) bool {
	for _, p := range e.In(n) {
		switch {
		case e.is(p, opTranspose):
			if !slices.Equal(e.perms(p), start) {
				return false
			}
			r.in = append(r.in, [2]model.NodeID{p, n})
		case product(e.shapeOf(p)) == 1:
		case e.Node(p).Kind == model.GetAttr:
			if len(e.shapeOf(p)) > len(start) {
				return false
			}
			r.consts = append(r.consts, [2]model.NodeID{p, n})
		case !e.visit(p, r, done, start):
			return false
		}
	}
	return true
}

// flattens says whether n is a RESHAPE of a value with at most one axis longer than 1: its elements have one order only.
func (e *emitter) flattens(n model.NodeID) bool {
	if !e.is(n, opReshape) {
		return false
	}
	long := 0
	for _, d := range e.shapeOf(e.input(n)) {
		if d != 1 {
			long++
		}
	}
	return long <= 1
}

// sinkIsFree says whether nothing behind a flattening RESHAPE depends on which axis is which.
func (e *emitter) sinkIsFree(sink model.NodeID) bool {
	seen := map[model.NodeID]bool{}
	type step struct{ n, from model.NodeID }
	var todo []step
	for _, u := range e.Users(sink) {
		todo = append(todo, step{u, sink})
	}
	for len(todo) > 0 {
		s := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if seen[s.n] || e.Node(s.n).Kind == model.Output || e.is(s.n, opTranspose) || e.flattens(s.n) {
			seen[s.n] = true
			continue
		}
		seen[s.n] = true
		other := func(p model.NodeID) bool { return p != s.from && product(e.shapeOf(p)) != 1 }
		if slices.ContainsFunc(e.In(s.n), other) || !e.anyLayout(s.n) {
			return false
		}
		for _, u := range e.Users(s.n) {
			todo = append(todo, step{u, s.n})
		}
	}
	return true
}

// acrossView is the order of axes behind a view that has order perm in front of it, nil if there is none.
//
//	source  remove_permutes_around_elementwise_ops.py: _adapt_permute_across_view
func acrossView(perm, in, out []int) []int {
	if len(perm) != len(in) {
		return nil
	}
	if len(out) > len(in) {
		to := slices.Clone(perm)
		for _, at := range extraOnes(out, in) {
			for i := range to {
				if to[i] >= at {
					to[i]++
				}
			}
			to = slices.Insert(to, at, at)
		}
		return to
	}
	gone := extraOnes(in, out)
	var to []int
	for i, x := range perm {
		if slices.Contains(gone, i) {
			continue
		}
		less := 0
		for _, g := range gone {
			if perm[g] < x {
				less++
			}
		}
		to = append(to, x-less)
	}
	return to
}

// isCurrent says whether the edges of a region are as they were found.
func (e *emitter) isCurrent(r *region) bool {
	for _, p := range r.in {
		if !e.Alive(p[0]) || !e.Alive(p[1]) || !e.is(p[0], opTranspose) || !slices.Contains(e.In(p[1]), p[0]) ||
			!slices.Equal(e.perms(p[0]), r.start[p[1]]) {
			return false
		}
	}
	reads := func(p, u model.NodeID) bool { return e.Alive(p) && e.Alive(u) && slices.Contains(e.Users(p), u) }
	for _, p := range append(slices.Clone(r.out), r.consts...) {
		if !reads(p[0], p[1]) {
			return false
		}
	}
	for _, u := range r.update {
		if !reads(u.producer, u.move) {
			return false
		}
	}
	return true
}

// removesOne says whether rewriting a region takes out at least one TRANSPOSE.
func (e *emitter) removesOne(r *region) bool {
	if len(r.out) > 0 {
		return true
	}
	for _, p := range r.in {
		left := slices.ContainsFunc(e.Users(p[0]), func(u model.NodeID) bool {
			return !slices.Contains(r.in, [2]model.NodeID{p[0], u})
		})
		if !left {
			return true
		}
	}
	return false
}

func (e *emitter) rewriteRegion(r *region) bool {
	for _, n := range r.nodes {
		if e.is(n, opReshape) && len(r.start[n]) != len(e.shapeOf(e.input(n))) {
			return false
		}
	}
	for _, n := range r.nodes {
		start, x := r.start[n], e.Node(n)
		switch {
		case x.Target == opConcat || x.Target == opReduceSum:
			e.setKw(n, "axis", model.IntArg(int64(start[x.Kwarg("axis").Int])))
		case x.Target == opSlice:
			e.permuteSlice(n, inverse(start))
		case x.Target == opPad:
			e.permutePad(n, inverse(start))
		case x.Target == opReshape:
			e.setKw(n, "shape", model.IntsArg(viewInFront(start, e.shapeOf(e.input(n)), e.shapeOf(n))...))
		}
	}
	for _, p := range r.in {
		e.ReplaceIn(p[1], p[0], e.input(p[0]))
	}
	for _, p := range r.consts {
		e.permuteConst(p[0], p[1], inverse(r.start[p[1]]))
	}
	for _, p := range r.out {
		e.ReplaceUses(p[1], p[0])
	}
	for _, u := range r.update {
		e.setKw(u.move, "perms", model.IntsArg(u.perms...))
	}
	return true
}

// viewInFront is the shape that a view of a value gives which no longer is in the order start.
func viewInFront(start, in, out []int) []int {
	to := permuted(in, inverse(start))
	if len(out) > len(in) {
		for _, at := range extraOnes(out, in) {
			to = slices.Insert(to, at, 1)
		}
		return to
	}
	var gone []int
	for _, p := range extraOnes(in, out) {
		gone = insert(gone, start[p])
	}
	for _, at := range slices.Backward(gone) {
		to = slices.Delete(to, at, at+1)
	}
	return to
}

// permuteConst brings a constant operand into the layout that its reader now has. A TABLE's values have none.
func (e *emitter) permuteConst(c, user model.NodeID, perms []int) {
	if e.is(user, opTable) {
		return
	}
	shape, target, arg := e.shapeOf(c), opTranspose, perms
	if len(shape) < len(perms) {
		more := len(perms) - len(shape)
		target = opReshape
		arg = permuted(append(slices.Repeat([]int{1}, more), shape...), perms)[more:]
	}
	e.At(user)
	t := e.Add(model.Spec{Kind: model.Call, Target: target, Args: []model.Arg{model.NodeArg(c)}, From: e.Source(user)})
	e.setMove(t, c, target, arg)
	e.ReplaceIn(user, c, t)
}
