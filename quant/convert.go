package quant

import (
	"fmt"
	"strings"

	"seam/model"
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

// Converted is the graph with quantize and dequantize nodes.
type Converted struct {
	Graph *model.Graph
	From  model.Relation // converted node to annotated nodes
	plan  *plan          // nil where Rebase cannot be
}

// Convert turns the annotated graph into one with quantize and dequantize nodes: observers become pairs, dead code goes, each
// annotated reader gets a dequantize of its own, quantized constants are folded.
//
//	errors  a MissingError where a group's parameters are unknown
//	source  torchao/quantization/pt2e/quantize_pt2e.py: convert_pt2e
func Convert(a *Annotation, cal *Calibration) (*Converted, error) {
	p := &prepared{
		Builder: model.Edit(a.Graph), ann: a, cal: cal, wires: a.wire(), plan: &plan{ann: a, cal: cal},
	}
	p.Grow(4 * len(a.Order)) // a pair a place, and its constants
	if nested(a.Graph) {
		return nil, &model.UpstreamError{Step: "convert", Text: "Exception: An error occurred when running the " +
			"'DuplicateDQPass' pass: a body of control flow names a body that it does not hold"}
	}
	p.SetMarks(a.Marks)
	p.insertObservers()
	for _, obs := range p.orderedObservers() {
		p.replace(obs)
	}
	if p.err != nil {
		return nil, p.err
	}
	p.RemoveDead(func(n model.NodeID) bool { return hasEffect(p.Node(n)) })
	p.duplicate()
	p.foldConstants()
	if p.err == nil {
		p.convertBodies()
	}
	if p.err != nil {
		return nil, p.err
	}
	g, rel, err := p.Freeze()
	return &Converted{g, rel, p.planOf(g)}, err
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
	slot := p.places[obs]
	g := p.ann.Group(slot)
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
		scale, zero := p.buffers(in, slot, spec, params)
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
	p.put(qn, slot)
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

// buffers makes the constants of the per-channel pair of node in. Where a pass folded in, their names begin with that of the module
// that computed it; a constant of the program belongs to none.
//
//	source  torchao/quantization/pt2e/convert.py: _get_module_path_and_prefix; prepare.py: _get_node_name_to_scope
func (p *prepared) buffers(in model.NodeID, slot Slot, spec QSpec, params []QParam) (scale, zero model.NodeID) {
	t := p.cal.channelPair(spec, params)
	module := ""
	if x := p.Node(in); strings.HasPrefix(x.Target, foldedName) {
		path := x.Meta.Path()
		module = path[strings.LastIndexByte(path, '.')+1:]
	}
	scale, zero = p.buffer(module+"_scale_", t[0]), p.buffer(module+"_zero_point_", t[1])
	p.plan.buffers = append(p.plan.buffers, buffers{slot, p.Node(scale).Target, p.Node(zero).Target})
	return scale, zero
}

// channelPair is a place's parameters as two constants: scales in float32; zero points in int64, for derived parameters in int32.
func (c *Calibration) channelPair(spec QSpec, params []QParam) [2]*model.Tensor {
	if spec.Kind == Derived {
		return pairTensors(params, model.Int32)
	}
	return c.folded.pair(params, func() [2]*model.Tensor { return pairTensors(params, model.Int64) })
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
			p.put(clone, p.places[dq])
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
	return int(n) < p.ann.Graph.Len() && p.ann.annotated(n)
}

// annotated says whether node n was annotated with any spec.
func (a *Annotation) annotated(n model.NodeID) bool {
	if !a.Done[n] {
		return false
	}
	if a.Spec(a.ValueSlot(n)).Kind > NullSpec {
		return true
	}
	first, end := a.Graph.InEdges(n)
	for e := first; e < end; e++ {
		if a.Spec(EdgeSlot(e)).Kind != NoSpec {
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
		f := p.frozen(n)
		t, err := f.value(p.Attr, p.cal.folded)
		if err != nil {
			p.err = fmt.Errorf("fold constant %q: %w", x.Name, err)
			return
		}
		p.plan.frozen = append(p.plan.frozen, f)
		p.SetAttr(model.Attr{Name: f.name, Tensor: t})
		p.SetArgs(n, nil, nil)
		x = p.Node(n)
		x.Kind, x.Target, x.Op = model.GetAttr, f.name, model.None
	}
	for n := p.Last(); n != model.None; {
		prev := p.Prev(n)
		if p.Node(n).Kind == model.GetAttr && p.UserCount(n) == 0 {
			p.Erase(n)
		}
		n = prev
	}
}
