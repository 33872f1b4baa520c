package tosa

import (
	"slices"

	"seam/model"
)

// layout takes out the layout changes around convolutions that meet, in the order of upstream's passes.
//
//	errors  a refusal of what cannot be written; ctx.Err()
//	source  backends/arm/_passes/arm_pass_manager.py: _tosa_pipeline
func (e *emitter) layout() error {
	e.fuseViews()
	e.propagate(false)
	e.propagate(true)
	if err := e.ctx.Err(); err != nil {
		return err
	}
	if err := e.expandPads(); err != nil {
		return err
	}
	e.moveToCodes()
	e.matchRanks()
	e.lowerRanks()
	e.fuseSlices()
	e.canonicalize()
	e.fuseViews()
	e.shareConstants()
	(&mover{emitter: e}).fuseUsers()
	e.retype()
	return e.ctx.Err()
}

func (e *emitter) is(n model.NodeID, target string) bool {
	x := e.Node(n)
	return x.Kind == model.Call && x.Target == target
}

// isMove says whether n changes the layout only.
func (e *emitter) isMove(n model.NodeID) bool { return e.is(n, opTranspose) || e.is(n, opReshape) }

// input is the only operand of a unary operator.
func (e *emitter) input(n model.NodeID) model.NodeID { return e.Node(n).Args[0].Node }

func (e *emitter) perms(n model.NodeID) []int { return ints(e.Node(n), "perms") }

// list is the nodes in order, as they are now.
func (e *emitter) list() []model.NodeID {
	out := make([]model.NodeID, 0, e.Len())
	for n := e.First(); n != model.None; n = e.Next(n) {
		out = append(out, n)
	}
	return out
}

// setMove makes n a TRANSPOSE or RESHAPE of v with that order of axes or shape.
func (e *emitter) setMove(n, v model.NodeID, target string, axes []int) {
	e.Node(n).Target = target
	name, shape := "shape", axes
	if target == opTranspose {
		name, shape = "perms", permuted(e.shapeOf(v), axes)
	}
	e.SetArgs(n, []model.Arg{model.NodeArg(v)}, []model.KwArg{intsKw(name, axes)})
	e.Node(n).Type = model.TensorOf(e.tensor(v).DType, model.ShapeInts(shape...))
}

// setKw replaces one keyword of n.
func (e *emitter) setKw(n model.NodeID, name string, a model.Arg) {
	x := e.Node(n)
	kw := slices.Clone(x.Kwargs)
	for i := range kw {
		if kw[i].Name == name {
			kw[i].Arg = a
		}
	}
	e.SetArgs(n, x.Args, kw)
}

// drop takes n out; v stands for it.
func (e *emitter) drop(n, v model.NodeID) {
	e.ReplaceUses(n, v)
	e.Erase(n)
}

// retype computes all shapes anew after nodes were moved, as retracing does, and takes out what nothing reads.
func (e *emitter) retype() {
	e.RemoveDead(func(model.NodeID) bool { return false })
	for n := e.First(); n != model.None; n = e.Next(n) {
		x := e.Node(n)
		if x.Kind != model.Call {
			continue
		}
		if shape, ok := e.resultShape(n); ok {
			x.Type = model.TensorOf(x.Type.T.DType, model.ShapeInts(shape...))
		}
		if e.isMove(n) || e.is(n, opConcat) || e.is(n, opSlice) || e.is(n, opPad) {
			x.Type.T.DType = e.tensor(e.In(n)[0]).DType
		}
	}
}

// resultShape is the shape of a movable operator's result from its operands; false for operators that nothing moves through.
func (e *emitter) resultShape(n model.NodeID) ([]int, bool) {
	x := e.Node(n)
	switch {
	case x.Target == opReshape:
		return ints(x, "shape"), true
	case x.Target == opTranspose:
		return permuted(e.shapeOf(e.input(n)), e.perms(n)), true
	case x.Target == opSlice:
		return ints(x, "size"), true
	case x.Target == opPad || x.Target == opPadMode:
		return padShape(e.shapeOf(e.input(n)), ints(x, "padding")), true
	case x.Target == opReduceSum || x.Target == opReduceMax || x.Target == opReduceMin:
		shape := e.shapeOf(e.input(n))
		shape[x.Kwarg("axis").Int] = 1
		return shape, true
	case x.Target == opConcat:
		axis := int(x.Kwarg("axis").Int)
		shape := e.shapeOf(x.Args[0].List[0].Node)
		for _, a := range x.Args[0].List[1:] {
			shape[axis] += e.shapeOf(a.Node)[axis]
		}
		return shape, true
	case e.elementwise(n):
		return e.broadcast(x.Args)
	}
	return nil, false
}

// broadcast is the common shape of operands of equal rank.
func (e *emitter) broadcast(args []model.Arg) ([]int, bool) {
	var out []int
	for _, a := range args {
		if a.Kind != model.ArgNode || e.Node(a.Node).Kind == model.GetAttr && len(args) > 1 && len(out) > 0 {
			continue
		}
		shape := e.shapeOf(a.Node)
		if out == nil {
			out = shape
			continue
		}
		if len(shape) != len(out) {
			return nil, false
		}
		for i, d := range shape {
			out[i] = max(out[i], d)
		}
	}
	return out, out != nil
}

// elementwise says whether an operator treats every element alike, wherever it is.
func (e *emitter) elementwise(n model.NodeID) bool {
	x := e.Node(n)
	if x.Kind != model.Call {
		return false
	}
	if x.Target == opRescale {
		return e.perTensor(n)
	}
	return slices.Contains(pointwise, x.Target)
}

// fuseViews makes every chain of RESHAPEs with nothing but unary operators in between one RESHAPE at its start.
//
//	source  backends/transforms/fuse_view_copy.py: FuseViewCopyTransform
func (e *emitter) fuseViews() {
	changed := false
	for _, n := range e.list() {
		if !e.Alive(n) || !e.is(n, opReshape) {
			continue
		}
		var later []model.NodeID
		for at := n; e.is(at, opReshape) || e.is(at, opClamp); {
			users := e.Users(at)
			if len(users) != 1 || !e.is(users[0], opReshape) && !e.is(users[0], opClamp) {
				break
			}
			if at = users[0]; e.is(at, opReshape) {
				later = append(later, at)
			}
		}
		if len(later) == 0 {
			continue
		}
		changed = true
		e.setKw(n, "shape", e.Node(later[len(later)-1]).Kwarg("shape"))
		for _, v := range later {
			e.ReplaceUses(v, e.input(v))
		}
	}
	if changed {
		e.retype()
	}
}

// canonicalize shortens every chain of layout changes. It says whether it changed anything.
//
//	source  backends/transforms/canonicalize_view_copy_permute_pass.py: CanonicalizeViewCopyPermutePass
func (e *emitter) canonicalize() bool {
	changed := false
	for _, chain := range e.chains() {
		for {
			var fused bool
			chain, fused = e.fuseChain(chain)
			changed = changed || fused
			if len(chain) <= 2 || !e.swapInChain(chain) {
				break
			}
			changed = true
		}
	}
	if changed {
		e.retype()
	}
	return changed
}

// chains is the runs of layout changes of which each is the only user of the one before.
func (e *emitter) chains() [][]model.NodeID {
	var out [][]model.NodeID
	taken := map[model.NodeID]bool{}
	for _, n := range e.list() {
		if !e.isMove(n) || taken[n] {
			continue
		}
		chain := []model.NodeID{n}
		for users := e.Users(n); len(users) == 1 && e.isMove(users[0]); users = e.Users(users[0]) {
			taken[users[0]] = true
			chain = append(chain, users[0])
		}
		out = append(out, chain)
	}
	return out
}

// fuseChain takes out what does nothing and joins neighbours, until nothing is left to do.
func (e *emitter) fuseChain(chain []model.NodeID) ([]model.NodeID, bool) {
	any := false
	for changed := true; changed; {
		changed = false
		for i := 0; i < len(chain); {
			var step bool
			if chain, step = e.fuseAt(chain, i); step {
				changed, any = true, true
			} else {
				i++
			}
		}
	}
	return chain, any
}

// fuseAt does the first possible step at place i of a chain.
func (e *emitter) fuseAt(chain []model.NodeID, i int) ([]model.NodeID, bool) {
	n := chain[i]
	v := e.input(n)
	shape := e.shapeOf(v)
	if e.is(n, opReshape) && slices.Equal(shape, e.shapeOf(n)) || e.is(n, opTranspose) && isIdentity(e.perms(n)) {
		e.drop(n, v)
		return slices.Delete(chain, i, i+1), true
	}
	if e.is(n, opTranspose) && movesNothing(shape, e.perms(n)) {
		e.setMove(n, v, opReshape, e.shapeOf(n))
		return chain, true
	}
	if i+1 == len(chain) {
		return chain, false
	}
	next := chain[i+1]
	switch {
	case len(chain) == 2 && e.sinkView(n, next):
		return chain, true
	case e.is(n, opReshape) && e.is(next, opReshape):
		e.setMove(n, v, opReshape, e.shapeOf(next))
	case e.is(n, opTranspose) && e.is(next, opTranspose):
		e.setMove(n, v, opTranspose, permuted(e.perms(n), e.perms(next)))
	default:
		return chain, false
	}
	e.drop(next, n)
	return slices.Delete(chain, i+1, i+2), true
}

// sinkView turns a RESHAPE that only adds axes of extent 1, followed by a TRANSPOSE, around.
func (e *emitter) sinkView(n, next model.NodeID) bool {
	if !e.is(n, opReshape) || !e.is(next, opTranspose) || !addsSingletons(e.shapeOf(e.input(n)), e.shapeOf(n)) {
		return false
	}
	perms, shape := e.viewThenPermute(n, next)
	if perms == nil {
		return false
	}
	v := e.input(n)
	e.setMove(n, v, opTranspose, perms)
	e.setMove(next, n, opReshape, shape)
	return true
}

func addsSingletons(in, out []int) bool {
	long := func(shape []int) []int {
		return slices.DeleteFunc(slices.Clone(shape), func(d int) bool { return d == 1 })
	}
	return len(out) > len(in) && slices.Equal(long(in), long(out))
}

// viewThenPermute is the arguments of TRANSPOSE and then RESHAPE that do what n and then next do, nil if none do.
func (e *emitter) viewThenPermute(n, next model.NodeID) (perms, shape []int) {
	m := newViewMap(e.shapeOf(e.input(n)), e.shapeOf(n))
	if m == nil {
		return nil, nil
	}
	return m.permutationBefore(e.perms(next)), e.shapeOf(next)
}

// permuteThenView is the arguments of RESHAPE and then TRANSPOSE that do what n and then next do, nil if none do.
func (e *emitter) permuteThenView(n, next model.NodeID) (shape, perms []int) {
	m := newViewMap(e.shapeOf(n), e.shapeOf(next))
	if m == nil {
		return nil, nil
	}
	order := m.permutation(inverse(e.perms(n)))
	if order == nil {
		return nil, nil
	}
	return permuted(m.dst, order), inverse(order)
}

// swapInChain turns the first neighbours around that can be, so that others may meet.
func (e *emitter) swapInChain(chain []model.NodeID) bool {
	for i := range len(chain) - 1 {
		n, next := chain[i], chain[i+1]
		v, first, second := e.input(n), e.Node(next).Target, e.Node(n).Target
		var a, b []int
		switch {
		case e.is(n, opTranspose) && e.is(next, opReshape):
			a, b = e.permuteThenView(n, next)
		case e.is(n, opReshape) && e.is(next, opTranspose):
			a, b = e.viewThenPermute(n, next)
		}
		if a != nil {
			e.setMove(n, v, first, a)
			e.setMove(next, n, second, b)
			return true
		}
	}
	return false
}
