package tosa

import (
	"math"
	"slices"

	"seam/model"
)

// wide is how an operator that works in int32 scales its operands and its result, in real units a step.
type wide struct {
	op  string
	in  func(q []*qargs) []float64
	out func(in []float64) float64
}

func first(in []float64) float64 { return in[0] }

func ownScales(q []*qargs) []float64 {
	out := make([]float64, len(q))
	for i := range q {
		out[i] = q[i].scale()
	}
	return out
}

// leastScale makes every operand's scale the smallest of them.
func leastScale(q []*qargs) []float64 {
	out := ownScales(q)
	least := out[0]
	for _, s := range out {
		least = math.Min(least, s)
	}
	for i := range out {
		out[i] = least
	}
	return out
}

// sumScale leaves room for the sum: 20 bits below twice the larger scale, 12 for int16.
func sumScale(q []*qargs) []float64 {
	bits := 20
	if q[0].dtype == model.Int16 {
		bits = 12
	}
	most := 0.0
	for _, x := range q {
		most = math.Max(most, x.scale())
	}
	s := 2 * most / float64(int(1)<<bits)
	out := make([]float64, len(q))
	for i := range out {
		out[i] = s
	}
	return out
}

// wideOf is the scaling of an edge operator.
//
//	source  backends/arm/_passes/insert_rescales_pass.py: InsertRescaleInt32Pass; lower.md 2.3
func wideOf(target string) wide {
	switch target {
	case "aten.add.Tensor":
		return wide{opAdd, sumScale, first}
	case "aten.sub.Tensor":
		return wide{opSub, sumScale, first}
	case "aten.mul.Tensor":
		return wide{opMul, ownScales, func(in []float64) float64 { return in[0] * in[len(in)-1] }}
	case "aten.maximum.default":
		return wide{opMaximum, leastScale, first}
	case "aten.minimum.default":
		return wide{opMinimum, leastScale, first}
	case "aten.abs.default":
		return wide{opAbs, leastScale, first}
	}
	return wide{opReduceSum, ownScales, first}
}

// elementwiseInt32 lowers what TOSA has in int32 only: a RESCALE on each operand, the operator, a RESCALE back.
func (e *emitter) elementwiseInt32(n model.NodeID) (model.NodeID, error) {
	w := wideOf(e.edge.Node(n).Target)
	operands := 2
	if w.op == opAbs {
		operands = 1
	}
	if len(e.edge.Node(n).Kwargs) > 0 {
		return model.None, e.refuse(n, e.edge.Node(n).Target+" with alpha")
	}
	in, s, err := e.widen(n, w, operands)
	if err != nil {
		return model.None, err
	}
	e.AtEnd()
	args := e.ranked(n, in)
	if v := e.foldedDirect(n, w.op, s, args); v != model.None {
		return v, nil
	}
	if e.cfg.U55 && (w.op == opAdd || w.op == opSub || w.op == opMul) {
		e.tileSecond(n, args)
	}
	var kw []model.KwArg
	if w.op == opMaximum || w.op == opMinimum {
		kw = append(kw, textKw("nan_mode", "PROPAGATE"))
	}
	t := e.edge.Node(n).Type
	t.T.DType = model.Int32
	return e.narrow(n, e.op(n, w.op, t, args, kw...), s)
}

// tileSecond repeats all operands that need broadcasting but the first of them, which the U55 needs.
//
//	source  backends/arm/_passes/broadcast_args_pass.py: BroadcastArgsPass
func (e *emitter) tileSecond(n model.NodeID, args []model.Arg) {
	out := e.edge.Node(n).Type.T.Shape.Ints()
	count := 0
	for i, a := range args {
		if !slices.Equal(e.shapeOf(a.Node), out) {
			if count++; count > 1 {
				args[i] = model.NodeArg(e.tile(n, a.Node, out))
			}
		}
	}
}

// widen brings the first operands of n to int32 and gives the real scale of the result, 0 where nothing was quantized. An operand
// that is read twice is brought there once.
func (e *emitter) widen(n model.NodeID, w wide, operands int) (in []model.NodeID, scale float64, err error) {
	if e.integers(n, operands) {
		for i := range operands {
			v, err := e.arg(n, i)
			if err != nil {
				return nil, 0, err
			}
			in = append(in, v)
		}
		return in, 0, nil
	}
	var q []*qargs
	for i := range operands {
		x, err := e.inQ(n, i)
		if err != nil {
			return nil, 0, err
		}
		if x.channel || x.dtype != model.Int8 && x.dtype != model.Int16 || i > 0 && x.dtype != q[0].dtype {
			return nil, 0, e.refuse(n, e.edge.Node(n).Target+" of "+x.dtype.String())
		}
		q = append(q, x)
	}
	scales := w.in(q)
	done := map[model.NodeID]model.NodeID{}
	for i := range operands {
		v, err := e.arg(n, i)
		if err != nil {
			return nil, 0, err
		}
		if done[v] == 0 {
			e.After(v)
			done[v] = e.rescale(n, v, model.Int32, []float64{q[i].scale() / scales[i]}, q[i].zero(), 0)
		}
		in = append(in, done[v])
	}
	return in, w.out(scales), nil
}

// integers says whether the first operands of n are int32 that was not quantized. Such an operator needs no RESCALE.
func (e *emitter) integers(n model.NodeID, operands int) bool {
	for i := range operands {
		a := e.edge.Node(n).Arg(i)
		if a.Kind != model.ArgNode || isDequantize(e.edge.Node(a.Node)) || e.edge.Node(a.Node).Type.T.DType != model.Int32 {
			return false
		}
	}
	return true
}

// narrow brings an int32 result of that real scale to the codes of n's output.
func (e *emitter) narrow(n, v model.NodeID, scale float64) (model.NodeID, error) {
	if scale == 0 {
		return v, nil
	}
	q, err := e.needOutQ(n)
	if err != nil {
		return model.None, err
	}
	r := e.rescale(n, v, q.dtype, []float64{scale / q.scale()}, 0, q.zero())
	e.narrowed[r] = true
	return r, nil
}

// withRank puts axes of extent 1 in front.
//
//	source  backends/arm/_passes/match_arg_ranks_pass.py: MatchArgRanksPass
func (e *emitter) withRank(n, v model.NodeID, rank int) model.NodeID {
	shape := e.shapeOf(v)
	if len(shape) == rank {
		return v
	}
	for len(shape) < rank {
		shape = append([]int{1}, shape...)
	}
	return e.viewed(n, v, shape...)
}

// sum lowers sum: one REDUCE_SUM an axis between two RESCALEs.
//
//	source  backends/arm/_passes: InsertRescaleInt32Pass, DecomposeSumPass
func (e *emitter) sum(n model.NodeID) (model.NodeID, error) {
	in, s, err := e.widen(n, wideOf(e.edge.Node(n).Target), 1)
	if err != nil {
		return model.None, err
	}
	e.AtEnd()
	v, err := e.reduce(n, in[0], opReduceSum)
	if err != nil {
		return model.None, err
	}
	return e.narrow(n, v, s)
}

// reduce reduces v over the axes that n names, and takes them out unless n keeps them.
func (e *emitter) reduce(n, v model.NodeID, op string, kw ...model.KwArg) (model.NodeID, error) {
	x := e.edge.Node(n)
	axes, ok := x.Arg(1).Ints()
	shape := e.shapeOf(v)
	if !ok || len(axes) == 0 {
		axes = count(len(shape))
	}
	for _, a := range axes {
		if a < 0 {
			a += len(shape)
		}
		shape[a] = 1
		t := model.TensorOf(e.tensor(v).DType, model.ShapeInts(shape...))
		v = e.op(n, op, t, []model.Arg{model.NodeArg(v)}, append([]model.KwArg{intKw("axis", a)}, kw...)...)
	}
	if !x.Arg(2).Bool() {
		v = e.reshape(n, v, x.Type.T.Shape.Ints()...)
	}
	return v, nil
}

// extreme lowers amax and amin: REDUCE_MAX or REDUCE_MIN, on the codes as they are.
//
//	source  backends/arm/_passes/convert_minmax_pass.py: ConvertMinMaxPass
func (e *emitter) extreme(n model.NodeID) (model.NodeID, error) {
	v, err := e.arg(n, 0)
	if err != nil {
		return model.None, err
	}
	op := opReduceMax
	if e.edge.Node(n).Target == "aten.amin.default" {
		op = opReduceMin
	}
	return e.reduce(n, v, op, textKw("nan_mode", "PROPAGATE"))
}

// fuseRescales takes out a RESCALE to codes and the RESCALE back to int32 behind it where both together change nothing.
//
//	source  backends/arm/_passes/fuse_consecutive_rescales_pass.py: FuseConsecutiveRescalesPass
func (e *emitter) fuseRescales() {
	for _, n := range e.list() {
		if !e.narrowed[n] {
			continue
		}
		x := e.Node(n)
		for _, u := range e.Users(n) {
			y := e.Node(u)
			if !e.is(u, opRescale) || y.Type.T.DType != model.Int32 || len(y.Kwarg("scales").List) != 1 {
				continue
			}
			both := x.Kwarg("scales").List[0].Float * y.Kwarg("scales").List[0].Float
			if math.Abs(both-1) < 1e-6 && x.Kwarg("output_zp").Int == y.Kwarg("input_zp").Int && x.Kwarg("input_zp").Int == y.Kwarg("output_zp").Int {
				e.ReplaceUses(u, e.input(n))
			}
		}
	}
	e.RemoveDead(func(model.NodeID) bool { return false })
}

// compare lowers a comparison: RESCALEs to the smaller scale, and an operator with a bool result.
//
//	source  backends/arm/_passes: InsertRescaleInt32Pass, RewriteLeLtToGeGtPass
func (e *emitter) compare(n model.NodeID) (model.NodeID, error) {
	x := e.edge.Node(n)
	in, s, err := e.widen(n, wide{in: leastScale, out: first}, 2)
	if err != nil {
		return model.None, err
	}
	op := opEqual
	switch x.Target {
	case "aten.gt.Tensor", "aten.lt.Tensor":
		op = opGreater
	case "aten.ge.Tensor", "aten.le.Tensor":
		op = opGreaterEqual
	}
	if x.Target == "aten.lt.Tensor" || x.Target == "aten.le.Tensor" {
		in[0], in[1] = in[1], in[0]
	}
	e.AtEnd()
	args := e.ranked(n, in)
	if v := e.foldedDirect(n, op, s, args); v != model.None {
		return v, nil
	}
	return e.op(n, op, model.TensorOf(model.Bool, x.Type.T.Shape), args), nil
}

// foldedDirect computes an operator of constants that were not quantized, None if they are none.
func (e *emitter) foldedDirect(n model.NodeID, op string, scale float64, args []model.Arg) model.NodeID {
	if scale != 0 {
		return model.None
	}
	var in []model.NodeID
	for _, a := range args {
		in = append(in, a.Node)
	}
	return e.folded(op, in, e.edge.Node(n).Type.T.Shape.Ints())
}

// where lowers the choice between two values of equal parameters.
func (e *emitter) where(n model.NodeID) (model.NodeID, error) {
	var in []model.NodeID
	for i := range 3 {
		v, err := e.arg(n, i)
		if err != nil {
			return model.None, err
		}
		in = append(in, v)
	}
	q, err := e.outQ(n)
	if err != nil {
		return model.None, err
	}
	return e.op(n, opSelect, e.outType(n, q), e.ranked(n, in)), nil
}

// ranked is operands of equal rank.
func (e *emitter) ranked(n model.NodeID, in []model.NodeID) []model.Arg {
	rank := 0
	for _, v := range in {
		rank = max(rank, len(e.shapeOf(v)))
	}
	args := make([]model.Arg, len(in))
	for i, v := range in {
		args[i] = model.NodeArg(e.withRank(n, v, rank))
	}
	return args
}
