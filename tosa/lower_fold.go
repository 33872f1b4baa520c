package tosa

import (
	"slices"

	"seam/model"
	"seam/quant"
)

// qargs is the parameters of a quantize or dequantize node: real = scale * (code - zero), one scale and zero point a channel or
// one for all.
type qargs struct {
	scales  []float64
	zeros   []int
	lo, hi  int
	dtype   model.DType
	channel bool
}

func (q *qargs) scale() float64 { return q.scales[0] }

func (q *qargs) zero() int { return q.zeros[0] }

// code is the code of a real value.
func (q *qargs) code(x float64) int { return quantizeValue(x, q.scale(), q.zero(), q.lo, q.hi) }

// reals is the real values, rounded to float32, that a constant's codes stand for; nil if they are not known. A channel is an
// element of the first axis.
//
//	source  backends/arm/_passes/quant_args.py: QuantArgs.dequantize_value
func (q *qargs) reals(t *model.Tensor) []float64 {
	codes, err := t.Ints()
	if err != nil || t.Raw == nil {
		return nil
	}
	out := make([]float64, len(codes))
	for i, c := range codes {
		k := 0
		if q.channel {
			k = i * len(q.scales) / len(codes)
		}
		out[i] = float64(float32(int(c)-q.zeros[k]) * float32(q.scales[k]))
	}
	return out
}

func isQuantize(n *model.Node) bool { return n.Kind == model.Call && quant.IsQuantize(n.Target) }

func isDequantize(n *model.Node) bool { return n.Kind == model.Call && quant.IsDequantize(n.Target) }

// qargsOf reads the parameters of quantize or dequantize node n.
//
//	errors  a refusal where they are no constants
//	source  backends/arm/_passes/quant_args.py: QuantArgs.from_operator
func (e *emitter) qargsOf(n model.NodeID) (*qargs, error) {
	x := e.edge.Node(n)
	if x.Target == quant.OpQuantizeChannel || x.Target == quant.OpDequantizeChannel {
		return e.channelArgs(n)
	}
	if x.Arg(1).Kind != model.ArgFloat || x.Arg(2).Kind != model.ArgInt {
		return nil, e.refuse(n, x.Target+" whose scale and zero point are tensors")
	}
	return &qargs{
		scales: []float64{x.Args[1].Float}, zeros: []int{int(x.Args[2].Int)},
		lo: int(x.Arg(3).Int), hi: int(x.Arg(4).Int), dtype: model.ParseDType(x.Arg(5).Str),
	}, nil
}

func (e *emitter) channelArgs(n model.NodeID) (*qargs, error) {
	x := e.edge.Node(n)
	q := &qargs{lo: int(x.Arg(4).Int), hi: int(x.Arg(5).Int), dtype: model.ParseDType(x.Arg(6).Str), channel: true}
	scales, zeros := e.constant(x.Arg(1)), e.constant(x.Arg(2))
	if scales == nil || zeros == nil || scales.Raw == nil || zeros.Raw == nil {
		return nil, e.refuse(n, x.Target+" whose scales are no constants")
	}
	f, err := scales.Floats()
	if err != nil {
		return nil, err
	}
	z, err := zeros.Ints()
	if err != nil {
		return nil, err
	}
	for i, s := range f {
		q.scales, q.zeros = append(q.scales, float64(s)), append(q.zeros, int(z[i]))
	}
	return q, nil
}

// constant is the value of a parameter or buffer of the edge graph, nil if a is none.
func (e *emitter) constant(a model.Arg) *model.Tensor {
	if a.Kind != model.ArgNode || !e.edge.IsConstant(a.Node) {
		return nil
	}
	attr, _ := e.edge.Attrs.Get(e.edge.Node(a.Node).Target)
	return attr.Tensor
}

// inQ is the parameters with which argument i of edge node n is dequantized. Of a list the first element's count, as upstream
// merges them without looking.
//
//	source  backends/arm/_passes/fold_qdq_with_annotated_qparams_pass.py: _extract_input_params, _merge_qparams
func (e *emitter) inQ(n model.NodeID, i int) (*qargs, error) {
	a := e.edge.Node(n).Arg(i)
	if a.Kind == model.ArgList && len(a.List) > 0 {
		a = a.List[0]
	}
	if a.Kind != model.ArgNode || !isDequantize(e.edge.Node(a.Node)) {
		return nil, e.refuse(n, "an argument of "+e.edge.Node(n).Target+" that is not dequantized")
	}
	return e.qargsOf(a.Node)
}

// outQ is the parameters with which edge node n, or the activation merged into it, is quantized; nil if it is not.
func (e *emitter) outQ(n model.NodeID) (*qargs, error) {
	if r := e.fused[n]; r != model.None {
		n = r
	}
	for _, u := range e.edge.Users(n) {
		if e.inside[u] && isQuantize(e.edge.Node(u)) {
			return e.qargsOf(u)
		}
	}
	return nil, nil
}

// needOutQ is outQ where the operator cannot do without.
func (e *emitter) needOutQ(n model.NodeID) (*qargs, error) {
	q, err := e.outQ(n)
	if err == nil && q == nil {
		err = e.refuse(n, e.edge.Node(n).Target+" without a quantize node behind it")
	}
	return q, err
}

// foldQDQ makes a quantize or dequantize node stand for what it reads, since the operators around it carry its parameters. A
// quantize behind a dequantize is a RESCALE.
//
//	source  backends/arm/_passes: FoldAndAnnotateQParamsPass, InsertRescalePass
func (e *emitter) foldQDQ(n model.NodeID) error {
	x := e.edge.Node(n)
	p := x.Args[0].Node
	if e.edge.IsConstant(p) { // read by the operator that needs it
		return nil
	}
	v, err := e.arg(n, 0)
	if err != nil {
		return err
	}
	if from := e.edge.Node(p); isQuantize(x) && isDequantize(from) {
		v, err = e.requantize(p, n, v)
	}
	e.env[n] = v
	return err
}

func (e *emitter) requantize(dq, q, v model.NodeID) (model.NodeID, error) {
	a, err := e.qargsOf(dq)
	if err != nil {
		return model.None, err
	}
	b, err := e.qargsOf(q)
	if err != nil {
		return model.None, err
	}
	if a.channel || b.channel || a.dtype == model.Uint8 || b.dtype == model.Uint8 {
		return model.None, e.refuse(q, "requantize of single channels or uint8")
	}
	e.AtEnd()
	return e.rescale(q, v, b.dtype, []float64{a.scale() / b.scale()}, a.zero(), b.zero()), nil
}

// fuseActivations finds the relu and hardtanh nodes that upstream takes out, since the RESCALE of the operator before them
// clips to the same range. It does so even where the zero point is not the least code, and loses the activation then.
//
//	source  backends/arm/_passes/fuse_quantized_activation_pass.py; lower.md trap T1
func (e *emitter) fuseActivations(nodes []model.NodeID) {
	for _, n := range nodes {
		x := e.edge.Node(n)
		users := e.edge.Users(n)
		if x.Kind != model.Call || len(users) != 1 || !e.inside[users[0]] || e.edge.Node(users[0]).Target != quant.OpQuantize {
			continue
		}
		p := x.Arg(0).Node
		if e.fuseable(n, users[0]) && e.takesActivation(p) {
			e.fused[p] = n
			if q, err := e.qargsOf(users[0]); err == nil {
				e.noteLost(p, n, q)
			}
		}
	}
}

func (e *emitter) fuseable(n, q model.NodeID) bool {
	x := e.edge.Node(n)
	switch x.Target {
	case "aten.relu.default":
		return true
	case "aten.hardtanh.default":
		lo, ok := x.Arg(1).Number()
		hi, ok2 := x.Arg(2).Number()
		args, err := e.qargsOf(q)
		return ok && ok2 && err == nil && lo == 0 && args.code(hi) == args.hi
	}
	return false
}

func (e *emitter) takesActivation(p model.NodeID) bool {
	x := e.edge.Node(p)
	return e.inside[p] && len(e.edge.Users(p)) == 1 &&
		(x.Target == "aten.convolution.default" || x.Target == "aten.linear.default")
}

// needMark refuses an operator between Q and DQ nodes that the quantizer did not mark, since those nodes would stay.
//
//	source  backends/arm/_passes/fold_qdq_with_annotated_qparams_pass.py: is_foldable
func (e *emitter) needMark(n model.NodeID) error {
	folds := slices.ContainsFunc(e.edge.In(n), func(p model.NodeID) bool { return isDequantize(e.edge.Node(p)) }) ||
		slices.ContainsFunc(e.edge.Users(n), func(u model.NodeID) bool { return isQuantize(e.edge.Node(u)) })
	switch e.edge.Node(n).Target {
	case "aten.full.default", "aten.full_like.default", "aten.arange.start_step", "aten.eye.default",
		"aten.scalar_tensor.default": // constants are folded always
		return nil
	}
	if !folds || e.edge.Mark(n) == model.MarkedQuantized {
		return nil
	}
	return e.refuse(n, e.edge.Node(n).Target+" without the quantizer's mark")
}

// outType is the type of edge node n's value here: its shape with the code type of q, or its own type if q is nil.
func (e *emitter) outType(n model.NodeID, q *qargs) model.Type {
	t := e.edge.Node(n).Type
	if q != nil {
		t.T.DType = q.dtype
	}
	return t
}

// rescale adds a RESCALE of v, for edge node n.
//
//	scales  real units of v a unit of the result: one, or one for each of the last axis
func (e *emitter) rescale(n, v model.NodeID, to model.DType, scales []float64, zin, zout int) model.NodeID {
	t := model.TensorOf(to, e.tensor(v).Shape)
	return e.op(n, opRescale, t, []model.Arg{model.NodeArg(v)}, floatsKw("scales", scales), intKw("input_zp", zin), intKw("output_zp", zout))
}

// perTensor says whether a RESCALE has one scale for all elements and reads no INT48.
func (e *emitter) perTensor(n model.NodeID) bool {
	x := e.Node(n)
	return len(x.Kwarg("scales").List) == 1 && e.tensor(x.Args[0].Node).DType != model.Int48
}

// limits is the codes of an integer type.
func limits(d model.DType) (lo, hi int) {
	bits := 8*d.Bytes() - 1
	return -1 << bits, 1<<bits - 1
}
