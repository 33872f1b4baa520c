package quant

import (
	"fmt"
	"strings"

	"seam/model"
	"seam/quant/observer"
)

// Names of the quantize and dequantize operators.
const (
	OpQuantize          = "quantized_decomposed.quantize_per_tensor.default"
	OpDequantize        = "quantized_decomposed.dequantize_per_tensor.default"
	OpQuantizeChannel   = "quantized_decomposed.quantize_per_channel.default"
	OpDequantizeChannel = "quantized_decomposed.dequantize_per_channel.default"
)

// IsQuantize says whether an operator is one of the quantize operators.
func IsQuantize(target string) bool {
	return strings.HasPrefix(target, "quantized_decomposed.quantize_")
}

// IsDequantize says whether an operator is one of the dequantize operators.
func IsDequantize(target string) bool {
	return strings.HasPrefix(target, "quantized_decomposed.dequantize_")
}

// Convert turns the annotated graph into one with quantize and dequantize nodes: observers become pairs, dead code goes, each
// annotated reader gets a dequantize of its own, quantized constants are folded.
//
//	errors  a MissingError where a group's parameters are unknown
//	source  torchao/quantization/pt2e/quantize_pt2e.py: convert_pt2e
func Convert(a *Annotation, cal *Calibration) (*model.Graph, model.Relation, error) {
	p := &prepared{Builder: model.Edit(a.Graph), ann: a, cal: cal, made: make(map[observerAt]model.NodeID, len(a.Order))}
	p.Grow(4 * len(a.Order)) // a pair a place, and its constants
	if nested(a.Graph) {
		return nil, model.Relation{}, &model.UpstreamError{Step: "convert", Text: "Exception: An error occurred when running the " +
			"'DuplicateDQPass' pass: a body of control flow names a body that it does not hold"}
	}
	for i, m := range a.Marks {
		p.SetMark(model.ID(model.NodeID(i)), m)
	}
	p.insertObservers()
	for _, obs := range p.orderedObservers() {
		p.replace(obs)
	}
	if p.err != nil {
		return nil, model.Relation{}, p.err
	}
	p.RemoveDead(func(n model.NodeID) bool { return hasEffect(p.Node(n)) })
	p.duplicate()
	p.foldConstants()
	if p.err == nil {
		p.convertBodies()
	}
	if p.err != nil {
		return nil, model.Relation{}, p.err
	}
	return p.Freeze()
}

// nested says whether a body of control flow holds control flow itself, whose dead-code elimination upstream cannot check.
func nested(g *model.Graph) bool {
	for _, sub := range g.Subs {
		if len(sub.Subs) > 0 {
			return true
		}
	}
	return false
}

// replace puts a quantize and a dequantize in an observer call's place.
//
//	source  torchao/quantization/pt2e/convert.py: _replace_observer_with_quantize_dequantize_node_decomposed
func (p *prepared) replace(obs model.NodeID) {
	g := p.groups[obs-p.first]
	spec, params := p.ann.Groups[g].Spec, p.cal.Param(g)
	if len(params) == 0 {
		if p.err == nil {
			p.err = &model.MissingError{NotModelled: model.NotModelled{
				Stage: "convert", Rule: "the parameters of an observer", Nodes: []string{p.ann.PlaceName(p.ann.Groups[g].Root)},
			}}
		}
		return
	}
	in := p.Node(obs).Args[0].Node
	p.At(obs)
	op := &tensorPair
	rest := []model.Arg{
		model.FloatArg(params[0].Scale), model.IntArg(params[0].Zero), model.IntArg(spec.Min), model.IntArg(spec.Max),
		model.ConstArg("torch." + spec.DType.String()),
	}
	if spec.Scheme.PerChannel() {
		op = &channelPair
		scale, zero := p.buffers(spec, params)
		rest = []model.Arg{
			model.NodeArg(scale), model.NodeArg(zero), model.IntArg(int64(spec.Axis)), model.IntArg(spec.Min),
			model.IntArg(spec.Max), model.ConstArg("torch." + spec.DType.String()),
		}
	}
	src := p.Source(in)
	typ := p.Node(in).Type
	qt := typ
	qt.T.DType = spec.DType
	qn := p.Add(model.Spec{
		Kind: model.Call, Target: op.quantize, Name: op.quantizeName, Args: append([]model.Arg{model.NodeArg(in)}, rest...), Type: qt,
		From: src,
	})
	var kw []model.KwArg
	if d := typ.T.DType; d != model.Float32 {
		kw = []model.KwArg{{Name: "out_dtype", Arg: model.ConstArg("torch." + d.String())}}
	}
	p.become(obs, op, append([]model.Arg{model.NodeArg(qn)}, rest...), kw)
}

// become turns an observer call into the dequantize that all its readers read from now on: writing their arguments, even to what they
// were, moves them to the end of their producers' user lists, as upstream's replacing does.
func (p *prepared) become(obs model.NodeID, op *pairOps, args []model.Arg, kw []model.KwArg) {
	p.SetArgs(obs, args, kw)
	x := p.Node(obs)
	x.Target, x.Op = op.dequantize, model.LookupOp(op.dequantize)
	p.Rename(obs, op.dequantizeName)
	for _, u := range p.Users(obs) {
		p.Touch(u)
	}
}

// pairOps is the operators that an observer becomes, with the names that their calls ask for.
type pairOps struct{ quantize, quantizeName, dequantize, dequantizeName string }

var (
	tensorPair = pairOps{
		OpQuantize, "quantize_per_tensor_default", OpDequantize, "dequantize_per_tensor_default",
	}
	channelPair = pairOps{
		OpQuantizeChannel, "quantize_per_channel_default", OpDequantizeChannel, "dequantize_per_channel_default",
	}
)

// fxName is the name of a call made from an operator with its overload: "quantize_per_tensor_default".
func fxName(op string) string {
	return strings.ReplaceAll(op[strings.IndexByte(op, '.')+1:], ".", "_")
}

// buffers makes the constants of a per-channel pair: scales in float32; zero points in int64, for derived parameters in int32.
func (p *prepared) buffers(spec QSpec, params []QParam) (scale, zero model.NodeID) {
	t := [2]*model.Tensor{}
	if spec.Kind == Derived {
		t = pairTensors(params, model.Int32)
	} else {
		t = p.cal.folded.pair(params, func() [2]*model.Tensor { return pairTensors(params, model.Int64) })
	}
	scale = p.buffer("_scale_", t[0])
	return scale, p.buffer("_zero_point_", t[1])
}

// pairTensors is parameters as two constants, zero points of type zt.
func pairTensors(params []QParam, zt model.DType) [2]*model.Tensor {
	n := len(params)
	s, z := make([]float32, n), make([]int64, n)
	for i, q := range params {
		s[i], z[i] = float32(q.Scale), q.Zero
	}
	shape := model.ShapeInts(n)
	return [2]*model.Tensor{model.FromFloats(shape, s), model.FromInts(zt, shape, z)}
}

func (p *prepared) buffer(prefix string, t *model.Tensor) model.NodeID {
	name := p.FreeAttr(prefix)
	p.SetAttr(model.Attr{Name: name, Tensor: t})
	return p.Add(model.Spec{Kind: model.GetAttr, Target: name, Type: t.Type()})
}

// duplicate gives every annotated reader of a dequantize its own.
//
//	source  torchao/quantization/pt2e/duplicate_dq_pass.py: DuplicateDQPass
func (p *prepared) duplicate() {
	var dqs []model.NodeID
	for n := p.First(); n != model.None; n = p.Next(n) {
		if IsDequantize(p.Node(n).Target) && p.UserCount(n) > 1 {
			dqs = append(dqs, n)
		}
	}
	for _, dq := range dqs {
		for _, u := range p.Users(dq) {
			if !p.annotatedReader(u) {
				continue
			}
			x := p.Node(dq)
			p.After(dq)
			clone := p.Add(model.Spec{
				Kind: model.Call, Target: x.Target, Name: fxName(x.Target), Args: x.Args, Kwargs: x.Kwargs, Type: x.Type,
				From: p.Source(dq),
			})
			p.ReplaceIn(u, dq, clone)
		}
		if p.UserCount(dq) == 0 {
			p.Erase(dq)
		}
	}
}

// annotatedReader says whether node u of the graph under conversion was annotated with any spec.
func (p *prepared) annotatedReader(u model.NodeID) bool {
	n := u - model.ID(0)
	if int(n) >= p.ann.Graph.Len() || !p.ann.Done[n] {
		return false
	}
	if p.ann.Spec(p.ann.ValueSlot(n)).Kind > NullSpec {
		return true
	}
	first, end := p.ann.Graph.InEdges(n)
	for e := first; e < end; e++ {
		if p.ann.Spec(EdgeSlot(e)).Kind != NoSpec {
			return true
		}
	}
	return false
}

// foldConstants computes the quantize nodes that read constants, and erases the constants that nobody reads any more.
//
//	source  torchao/quantization/pt2e/constant_fold.py
func (p *prepared) foldConstants() {
	for n := p.First(); n != model.None; n = p.Next(n) {
		x := p.Node(n)
		if !IsQuantize(x.Target) || x.Args[0].Kind != model.ArgNode || p.Node(x.Args[0].Node).Kind != model.GetAttr {
			continue
		}
		t, err := p.quantized(n)
		if err != nil {
			p.err = fmt.Errorf("fold constant %q: %w", x.Name, err)
			return
		}
		name := p.FreeAttr("_frozen_param")
		p.SetAttr(model.Attr{Name: name, Tensor: t})
		p.SetArgs(n, nil, nil)
		x = p.Node(n)
		x.Kind, x.Target, x.Op = model.GetAttr, name, model.None
	}
	for n := p.Last(); n != model.None; {
		prev := p.Prev(n)
		if p.Node(n).Kind == model.GetAttr && p.UserCount(n) == 0 {
			p.Erase(n)
		}
		n = prev
	}
}

// quantized is the integers that quantize node n makes of its constant.
func (p *prepared) quantized(n model.NodeID) (*model.Tensor, error) {
	x := p.Node(n)
	attr, _ := p.Attr(p.Node(x.Args[0].Node).Target)
	dt := model.ParseDType(x.Args[len(x.Args)-1].Str)
	shape := x.Type.T.Shape
	if attr.Tensor == nil || attr.Tensor.Raw == nil {
		return &model.Tensor{DType: dt, Shape: shape}, nil
	}
	if dt == model.Int32 { // a bias: its scales move with every activation's
		return p.quantize(x, attr.Tensor, dt)
	}
	k := foldKey{weight: attr.Tensor, min: x.Args[len(x.Args)-3].Int, max: x.Args[len(x.Args)-2].Int}
	if s := x.Args[1]; s.Kind == model.ArgNode {
		sa, _ := p.Attr(p.Node(s.Node).Target)
		k.scales = sa.Tensor
	} else {
		k.scale, k.zero = s.Float, x.Args[2].Int
	}
	return p.cal.folded.value(k, func() (*model.Tensor, error) { return p.quantize(x, attr.Tensor, dt) })
}

// quantize is the integers of type dt that quantize node x makes of t.
func (p *prepared) quantize(x *model.Node, t *model.Tensor, dt model.DType) (*model.Tensor, error) {
	v, err := t.Floats()
	if err != nil {
		return nil, err
	}
	var q []int32
	if x.Target == OpQuantizeChannel {
		ps, err := p.channelParams(x)
		if err != nil {
			return nil, err
		}
		axis := int(x.Args[3].Int)
		if c := t.Shape.At(axis); len(ps) != 1 && c != 1 && int(c) != len(ps) {
			return nil, &model.UpstreamError{Step: "convert", Text: fmt.Sprintf("RuntimeError: The size of tensor a (%d) must "+
				"match the size of tensor b (%d) at non-singleton dimension %d", c, len(ps), axis)}
		}
		r := observer.Range{Min: x.Args[4].Int, Max: x.Args[5].Int, Bits: 8 * dt.Bytes()}
		q = observer.QuantizeChannels(v, t.Shape.Ints(), int(x.Args[3].Int), ps, r)
	} else {
		r := observer.Range{Min: x.Args[3].Int, Max: x.Args[4].Int, Bits: 8 * dt.Bytes()}
		q = observer.Quantize(v, observer.Param{Scale: x.Args[1].Float, Zero: x.Args[2].Int}, r)
	}
	out := make([]int64, len(q))
	for i := range q {
		out[i] = int64(q[i])
	}
	return model.FromInts(dt, t.Shape, out), nil
}

func (p *prepared) channelParams(x *model.Node) ([]observer.Param, error) {
	sa, _ := p.Attr(p.Node(x.Args[1].Node).Target)
	za, _ := p.Attr(p.Node(x.Args[2].Node).Target)
	s, err := sa.Tensor.Floats()
	if err != nil {
		return nil, err
	}
	z, err := za.Tensor.Ints()
	if err != nil {
		return nil, err
	}
	ps := make([]observer.Param, len(s))
	for i := range s {
		ps[i] = observer.Param{Scale: float64(s[i]), Zero: z[i]}
	}
	return ps, nil
}
