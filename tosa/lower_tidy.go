package tosa

import (
	"slices"

	"seam/model"
)

// fuseSlices makes one SLICE of two behind each other.
//
//	source  backends/arm/_passes/fuse_consecutive_slices_pass.py: FuseConsecutiveSlicesPass
func (e *emitter) fuseSlices() {
	for _, n := range e.list() {
		if !e.is(n, opSlice) || !e.is(e.input(n), opSlice) {
			continue
		}
		p := e.input(n)
		start := ints(e.Node(n), "start")
		for i, s := range ints(e.Node(p), "start") {
			start[i] += s
		}
		e.ReplaceIn(n, p, e.input(p))
		e.setKw(n, "start", model.IntsArg(start...))
	}
	for _, n := range e.list() {
		if e.is(n, opSlice) && e.tensor(n).Shape == e.tensor(e.input(n)).Shape { // RemoveNoopPass
			e.drop(n, e.input(n))
		}
	}
	e.retype()
}

// matchRanks gives the operands of a binary operator equal rank again, which moving layout changes may have undone.
//
//	source  backends/arm/_passes/match_arg_ranks_pass.py: MatchArgRanksPass
func (e *emitter) matchRanks() {
	for _, n := range e.list() {
		x := e.Node(n)
		if x.Kind != model.Call || !slices.Contains([]string{opAdd, opSub, opMul, opMaximum, opMinimum, opEqual, opGreater, opGreaterEqual}, x.Target) {
			continue
		}
		rank := 0
		for _, p := range e.In(n) {
			rank = max(rank, len(e.shapeOf(p)))
		}
		for _, p := range e.In(n) {
			if len(e.shapeOf(p)) == rank {
				continue
			}
			shape := e.shapeOf(p)
			for len(shape) < rank {
				shape = append([]int{1}, shape...)
			}
			e.At(n)
			r := e.Add(model.Spec{Kind: model.Call, Target: opReshape, Args: []model.Arg{model.NodeArg(p)}, From: e.Source(n)})
			e.setMove(r, p, opReshape, shape)
			e.ReplaceIn(n, p, r)
		}
	}
	e.retype()
}

// moveToCodes moves every TRANSPOSE next to a RESCALE to the side whose elements are smaller.
//
//	source  backends/arm/_passes/move_data_movement_ops_to_smaller_dtype_pass.py: MoveDataMovementOpsToSmallerDtypePass
func (e *emitter) moveToCodes() {
	for again := true; again; {
		again = false
		for _, n := range e.list() {
			if e.is(n, opTranspose) && e.moveOneToCodes(n) {
				again = true
				break
			}
		}
	}
	e.retype()
}

func (e *emitter) moveOneToCodes(n model.NodeID) bool {
	p := e.input(n)
	if e.is(p, opRescale) && e.perTensor(p) && e.wider(n, e.input(p)) {
		e.moveBeforeRescale(n, p)
		return true
	}
	for _, r := range e.Users(n) {
		if e.is(r, opRescale) && e.perTensor(r) && e.wider(n, r) {
			e.moveAfterRescale(n, r)
			return true
		}
	}
	return false
}

// wider says whether a's elements take more room than b's. INT48 is kept in four bytes upstream.
func (e *emitter) wider(a, b model.NodeID) bool {
	size := func(n model.NodeID) int { return min(4, e.tensor(n).DType.Bytes()) }
	return size(a) > size(b)
}

// moveBeforeRescale makes RESCALE r, which TRANSPOSE n reads, read n instead.
func (e *emitter) moveBeforeRescale(n, r model.NodeID) {
	from, users := e.input(r), e.Users(n)
	e.ReplaceIn(n, r, from)
	e.ReplaceIn(r, from, n)
	for _, u := range users {
		e.ReplaceIn(u, n, r)
	}
	e.MoveAfter(r, n)
	wide := e.Node(n).Type
	e.Node(n).Type.T.DType = e.tensor(from).DType
	e.Node(r).Type = wide
}

// moveAfterRescale makes TRANSPOSE n, which RESCALE r reads, stand behind r; other readers keep n.
func (e *emitter) moveAfterRescale(n, r model.NodeID) {
	from, users, perms := e.input(n), e.Users(r), e.perms(n)
	e.ReplaceIn(r, n, from)
	e.Node(r).Type.T.Shape = e.tensor(from).Shape
	e.After(r)
	t := e.Add(model.Spec{Kind: model.Call, Target: opTranspose, Args: []model.Arg{model.NodeArg(r)}, From: e.Source(n)})
	e.setMove(t, r, opTranspose, perms)
	for _, u := range users {
		e.ReplaceIn(u, r, t)
	}
	if e.UserCount(n) == 0 {
		e.Erase(n)
	}
}

// branchInt48 lets int32 readers of a convolution's int16 result read the int48 sum instead, with both scales in one RESCALE;
// or, where a permute stands in between, the sum as int32 in the result's scale.
//
//	source  backends/arm/_passes/rewrite_conv_pass.py: _insert_a16w8_output_branches; lower.md 2.2
func (e *emitter) branchInt48() {
	for _, back := range e.list() {
		if !e.is(back, opTranspose) || len(e.shapeOf(back)) < 4 || !e.is(e.input(back), opRescale) {
			continue
		}
		r := e.input(back)
		sum := e.input(r)
		if e.tensor(sum).DType != model.Int48 {
			continue
		}
		users := e.Users(back)
		for _, u := range users {
			if e.toInt32(u) {
				e.readSum(u, sum, r, e.perms(back))
			}
		}
		for _, u := range users {
			if e.is(u, opTranspose) && slices.ContainsFunc(e.Users(u), e.toInt32) {
				e.readWidened(u, sum, r, e.perms(back))
			}
		}
	}
	e.RemoveDead(func(model.NodeID) bool { return false })
}

// readWidened makes the int32 readers of permute u read a convolution's sum in the scale of RESCALE r, but in int32, through
// TRANSPOSEs of their own.
func (e *emitter) readWidened(u, sum, r model.NodeID, perms []int) {
	x := e.Node(r)
	e.After(sum)
	v := e.Add(model.Spec{
		Kind: model.Call, Target: opRescale, Args: []model.Arg{model.NodeArg(sum)}, Kwargs: slices.Clone(x.Kwargs),
		Type: model.TensorOf(model.Int32, e.tensor(sum).Shape), From: e.Source(r),
	})
	v = e.moveOf(r, v, opTranspose, perms)
	v = e.moveOf(u, v, opTranspose, e.perms(u))
	for _, reader := range e.Users(u) {
		if e.toInt32(reader) {
			e.ReplaceIn(reader, u, v)
		}
	}
}

func (e *emitter) toInt32(n model.NodeID) bool {
	return e.is(n, opRescale) && e.tensor(n).DType == model.Int32
}

// readSum makes RESCALE u read a convolution's sum, and moves the TRANSPOSE behind it.
func (e *emitter) readSum(u, sum, r model.NodeID, perms []int) {
	users, own := e.Users(u), e.Node(u).Kwarg("scales").List[0].Float
	scales := []float64{}
	for _, s := range e.Node(r).Kwarg("scales").List {
		scales = append(scales, s.Float*own)
	}
	kw := []model.KwArg{floatsKw("scales", scales), intKw("input_zp", 0), {Name: "output_zp", Arg: e.Node(u).Kwarg("output_zp")}}
	e.SetArgs(u, []model.Arg{model.NodeArg(sum)}, kw)
	e.Node(u).Type.T.Shape = e.tensor(sum).Shape
	e.After(u)
	t := e.Add(model.Spec{Kind: model.Call, Target: opTranspose, Args: []model.Arg{model.NodeArg(u)}, From: e.Source(u)})
	e.setMove(t, u, opTranspose, perms)
	for _, x := range users {
		e.ReplaceIn(x, u, t)
	}
}

// lowerRanks makes every TRANSPOSE of more than four axes, of which no more than four are longer than 1, one of those.
//
//	source  backends/arm/_passes/rewrite_high_rank_singleton_permute_pass.py: RewriteHighRankSingletonPermutePass
func (e *emitter) lowerRanks() {
	for _, n := range e.list() {
		if !e.is(n, opTranspose) || len(e.perms(n)) <= 4 {
			continue
		}
		v, out := e.input(n), e.shapeOf(n)
		shape := e.shapeOf(v)
		var long []int
		for i, d := range shape {
			if d != 1 {
				long = append(long, i)
			}
		}
		if len(long) == len(shape) || len(long) > 4 {
			continue
		}
		var perms []int
		for _, p := range e.perms(n) {
			if i := slices.Index(long, p); i >= 0 {
				perms = append(perms, i)
			}
		}
		e.At(n)
		v = e.moveOf(n, v, opReshape, permuted(shape, long))
		if !isIdentity(perms) {
			v = e.moveOf(n, v, opTranspose, perms)
		}
		e.setMove(n, v, opReshape, out)
	}
	e.retype()
}

// moveOf adds a layout change of v that stands for what n stands for.
func (e *emitter) moveOf(n, v model.NodeID, op string, axes []int) model.NodeID {
	m := e.Add(model.Spec{Kind: model.Call, Target: op, Args: []model.Arg{model.NodeArg(v)}, From: e.Source(n)})
	e.setMove(m, v, op, axes)
	return m
}
