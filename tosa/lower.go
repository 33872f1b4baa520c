package tosa

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"seam/model"
	"seam/quant"
)

// ruleNotModelled is the rule of a Rejection for what seam cannot lower.
var ruleNotModelled = model.Rule{
	ID: "T-NOT-MODELLED", File: "backends/arm/tosa/backend.py", Symbol: "TOSABackend.preprocess",
}

// refusal is an error that becomes a Rejection of Lowered.Failed instead of stopping the caller.
type refusal struct{ model.Rejection }

func (r *refusal) Error() string { return r.Text }

// emitter is the state of one delegate's lowering. Its builder holds the operators under construction: the targets are TOSA's,
// but the constant operands (zero points, shapes, multipliers) are still keyword arguments, and layout changes can be moved.
type emitter struct {
	*model.Builder
	ctx    context.Context
	edge   *model.Graph
	cfg    Config
	inside []bool           // by edge node: in the delegate
	env    []model.NodeID   // by edge node: what stands for it here, None if nothing yet
	fused  []model.NodeID   // by edge node: the activation that was merged into it, None if none
	first  model.NodeID     // the block's first input: constants go in front of it
	before *model.Namespace // of nodes as they are when constants are computed, for what is computed
	names  *model.Namespace // of nodes once constants are computed, for weights and tables

	values   map[string]model.NodeID                 // by valueKey: what stands for it
	shared   map[model.NodeID]bool                   // constants that stand for several equal ones
	parts    map[model.NodeID]map[int64]model.NodeID // of a split, by what stands for it
	named    map[string]model.NodeID                 // constants
	spare    []model.NodeID                          // codes and zero points of channels, as edge nodes: see unread
	fronts   map[model.NodeID]int                    // constants that come from no edge node: the pass that makes them
	sorted   []sourced                               // constants that come from edge nodes, by these, as they stand in the graph
	notes    []Note
	narrowed map[model.NodeID]bool // RESCALEs from int32 to codes behind an operator that TOSA has in int32 only
}

// Lower lowers the nodes of one delegate (of an edge graph; those that carry the tag, in graph order) to TOSA.
//
// In Lowered.Graph a block input is a placeholder, a CONST or CONST_SHAPE operator is a get_attr whose target names its value,
// and every other operator is a call of "tosa.NAME" with its operands as arguments and its attributes as keywords, in the order
// of the flatbuffer. As in upstream's files, the weights and biases come first, and every other constant is directly in front
// of the operator that reads it. Where Failed is not empty there is no graph.
//
//	errors  ctx.Err(); a graph that breaks an invariant; what seam does not model is in Failed
//	source  backends/arm/tosa/backend.py: TOSABackend.preprocess; lower.md 1
func Lower(ctx context.Context, g *model.Graph, nodes []model.NodeID, tag int, cfg Config) (*Lowered, error) {
	return NewLowerer(g, cfg).Lower(ctx, nodes, tag)
}

// Lowerer lowers the delegates of one edge graph, one after the other.
type Lowerer struct {
	edge       *model.Graph
	cfg        Config
	inside     []bool // as in emitter, empty between two delegates
	env, fused []model.NodeID
}

// NewLowerer makes a Lowerer.
func NewLowerer(g *model.Graph, cfg Config) *Lowerer {
	return &Lowerer{
		edge: g, cfg: cfg, inside: make([]bool, g.Len()), env: slices.Repeat([]model.NodeID{model.None}, g.Len()),
		fused: slices.Repeat([]model.NodeID{model.None}, g.Len()),
	}
}

// Lower is Lower of the same graph and configuration.
func (l *Lowerer) Lower(ctx context.Context, nodes []model.NodeID, tag int) (*Lowered, error) {
	e := &emitter{
		ctx: ctx, Builder: model.NewBuilder(model.TOSA), edge: l.edge, cfg: l.cfg, inside: l.inside, env: l.env, fused: l.fused,
		before: model.NewNamespace(), names: model.NewNamespace(), narrowed: map[model.NodeID]bool{}, shared: map[model.NodeID]bool{}, values: map[string]model.NodeID{},
		parts: map[model.NodeID]map[int64]model.NodeID{}, named: map[string]model.NodeID{}, fronts: map[model.NodeID]int{},
	}
	for _, n := range nodes {
		e.inside[n] = true
	}
	defer l.clear(nodes)
	out, err := e.run(nodes)
	var no *refusal
	switch {
	case errors.As(err, &no):
		return &Lowered{Tag: tag, Failed: []model.Rejection{no.Rejection}}, nil
	case err != nil:
		return nil, fmt.Errorf("lower delegate %d: %w", tag, err)
	}
	out.Tag = tag
	return out, nil
}

// clear forgets what a delegate wrote: about its nodes, and about what these read.
func (l *Lowerer) clear(nodes []model.NodeID) {
	for _, n := range nodes {
		l.inside[n], l.env[n], l.fused[n] = false, model.None, model.None
		for _, p := range l.edge.In(n) {
			l.env[p] = model.None
		}
	}
}

// run is upstream's pipeline: fold, emit, settle the layout, write.
func (e *emitter) run(nodes []model.NodeID) (*Lowered, error) {
	if e.cfg.Reordered && len(nodes) > 0 {
		return nil, e.refuse(nodes[0], "a delegate of a program with an input whose axes are in another order in memory (channels_last)")
	}
	e.fuseActivations(nodes)
	e.inputs(nodes)
	for _, n := range nodes {
		if e.edge.Node(n).Kind != model.Call {
			continue
		}
		if err := e.ctx.Err(); err != nil {
			return nil, err
		}
		if err := e.node(n); err != nil {
			return nil, err
		}
	}
	e.outputs(nodes)
	e.fuseRescales()
	e.removeNoops()
	e.branchInt48()
	e.settleConstants()
	if err := e.layout(); err != nil {
		return nil, err
	}
	if err := e.check(); err != nil {
		return nil, err
	}
	e.noteRescales()
	out, err := e.write()
	if err != nil {
		return nil, err
	}
	out.Notes = e.notes
	return out, nil
}

// inputs adds a placeholder for every value from outside, in the order of first use. Constants are no inputs.
//
//	source  torch/fx/passes/utils/fuser_utils.py: fuse_as_graphmodule
func (e *emitter) inputs(nodes []model.NodeID) {
	for _, n := range nodes {
		if x := e.edge.Node(n); x.Target == quant.OpDequantizeChannel {
			e.spare = append(e.spare, x.Args[0].Node, x.Args[2].Node)
		}
		for _, p := range e.edge.In(n) {
			if e.inside[p] || e.edge.IsConstant(p) || e.env[p] != model.None {
				continue
			}
			x := e.edge.Node(p)
			e.before.Create(x.Name)
			e.names.Create(x.Name)
			e.env[p] = e.Add(model.Spec{
				Kind: model.Placeholder, Target: x.Name, Name: x.Name, Type: x.Type, From: []model.NodeID{p},
			})
		}
	}
	e.first = e.First()
}

// outputs adds the output node: every value that is read outside, in graph order.
func (e *emitter) outputs(nodes []model.NodeID) {
	var list []model.Arg
	var from []model.NodeID
	for _, n := range nodes {
		outside := func(u model.NodeID) bool { return !e.inside[u] }
		if e.env[n] != model.None && !e.edge.IsConstant(n) && slices.ContainsFunc(e.edge.Users(n), outside) {
			list, from = append(list, model.NodeArg(e.env[n])), append(from, n)
		}
	}
	e.AtEnd()
	e.Add(model.Spec{Kind: model.Output, Target: "output", Name: "output", Args: []model.Arg{model.ListArg(list...)}, From: from})
}

// node lowers one call of the delegate.
func (e *emitter) node(n model.NodeID) error {
	x := e.edge.Node(n)
	switch {
	case isQuantize(x), isDequantize(x):
		return e.foldQDQ(n)
	case e.env[n] != model.None: // an activation that was merged into the operator before it
		return nil
	case x.Type.Symbolic():
		return e.refuse(n, "dynamic shape of "+x.Target)
	}
	row := emitRowOf(x.Target)
	if row == nil {
		return e.refuse(n, "operator "+x.Target)
	}
	if err := e.needMark(n); err != nil {
		return err
	}
	if !row.Consts && e.onlyConstants(n) {
		return e.refuse(n, x.Target+" of constants only")
	}
	e.AtEnd()
	key := e.valueKey(n)
	v, ok := e.values[key]
	if !ok {
		var err error
		if v, err = row.Emit(e, n); err != nil {
			return fmt.Errorf("node %q: %w", x.Name, err)
		}
	}
	if key != "" {
		e.values[key] = v
	}
	e.env[n] = v
	if r := e.fused[n]; r != model.None {
		e.env[r] = v
	}
	return nil
}

// onlyConstants says whether all tensors that edge node n reads are constants. Upstream computes the result then.
//
//	source  backends/arm/_passes/fuse_constant_ops_pass.py: FuseConstantArgsPass
func (e *emitter) onlyConstants(n model.NodeID) bool {
	for _, p := range e.edge.In(n) {
		if v := e.behindDQ(p); v >= 0 && e.known(v) == nil {
			return false
		}
	}
	return len(e.edge.In(n)) > 0
}

// valueKey names what edge node n computes; two nodes of one key are one operator upstream. "" for what reads no value.
//
//	source  backends/arm/_passes/fuse_duplicate_users_pass.py: FuseDuplicateUsersPass, behind the folding of Q and DQ
func (e *emitter) valueKey(n model.NodeID) string {
	x := e.edge.Node(n)
	if len(e.edge.In(n)) == 0 {
		return ""
	}
	key := x.Target
	for _, a := range x.Args {
		key += fmt.Sprint(" ", a.Map(e.behindDQ))
	}
	return key + fmt.Sprint(x.Kwargs, e.fused[n] != model.None)
}

// behindDQ is what dequantize node p reads: the value here, or below zero the edge node of a constant.
func (e *emitter) behindDQ(p model.NodeID) model.NodeID {
	if isDequantize(e.edge.Node(p)) && e.env[p] == model.None {
		p = e.edge.Node(p).Args[0].Node
	}
	if e.env[p] != model.None {
		return e.env[p]
	}
	return -p - 2
}

// refuse says that seam does not model what at edge node n.
func (e *emitter) refuse(n model.NodeID, what string) error {
	return &refusal{model.Rejection{Node: n, Rule: ruleNotModelled, Text: what + " is not modelled", First: true}}
}

// op adds a TOSA operator that stands for edge node n and what was merged into it.
func (e *emitter) op(n model.NodeID, name string, t model.Type, args []model.Arg, kw ...model.KwArg) model.NodeID {
	if kind := nodeOf(name); kind != "" {
		e.nodeName(kind)
	}
	from := []model.NodeID{n}
	if r := e.fused[n]; r != model.None {
		from = append(from, r)
	}
	return e.Add(model.Spec{Kind: model.Call, Target: name, Args: args, Kwargs: kw, Type: t, From: from})
}

// arg is what stands for argument i of edge node n; a constant is added.
func (e *emitter) arg(n model.NodeID, i int) (model.NodeID, error) {
	return e.value(n, e.edge.Node(n).Arg(i))
}

// value is what stands for an operand of edge node n.
func (e *emitter) value(n model.NodeID, a model.Arg) (model.NodeID, error) {
	if a.Kind != model.ArgNode {
		return model.None, e.refuse(n, e.edge.Node(n).Target+" of an operand that is no tensor")
	}
	p := a.Node
	if isDequantize(e.edge.Node(p)) && e.env[p] == model.None {
		p = e.edge.Node(p).Args[0].Node
	}
	if e.env[p] != model.None {
		return e.env[p], nil
	}
	if !e.edge.IsConstant(p) {
		return model.None, e.refuse(n, e.edge.Node(n).Target+" of a value from outside")
	}
	t := e.tensorOf(model.NodeArg(p))
	if t.DType == model.Int64 { // CastInt64BuffersToInt32Pass
		t = widened(t, model.Int32)
	}
	if t.Shape.Rank() == 0 { // UnsqueezeScalarPlaceholdersPass
		t = &model.Tensor{DType: t.DType, Shape: model.ShapeInts(1), Raw: t.Raw}
	}
	return e.addConst(e.edge.Node(p).Name, t, p), nil
}

// tensor is the type of a value under construction.
func (e *emitter) tensor(n model.NodeID) model.TensorType { return e.Node(n).Type.T }

// shapeOf is the extents of a value under construction.
func (e *emitter) shapeOf(n model.NodeID) []int { return e.Node(n).Type.T.Shape.Ints() }

func intsKw(name string, v []int) model.KwArg {
	return model.KwArg{Name: name, Arg: model.IntsArg(v...)}
}

func intKw(name string, v int) model.KwArg {
	return model.KwArg{Name: name, Arg: model.IntArg(int64(v))}
}

func textKw(name, v string) model.KwArg { return model.KwArg{Name: name, Arg: model.ConstArg(v)} }

func floatsKw(name string, v []float64) model.KwArg {
	l := model.ListArg()
	for _, f := range v {
		l.List = append(l.List, model.FloatArg(f))
	}
	return model.KwArg{Name: name, Arg: l}
}

// ints is a keyword's list of whole numbers.
func ints(n *model.Node, name string) []int {
	v, _ := n.Kwarg(name).Ints()
	return v
}
