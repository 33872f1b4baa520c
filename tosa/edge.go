package tosa

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"seam/model"
	"seam/quant"
)

// ToEdge re-exports the converted graph and lowers it to the edge dialect, as far as the partitioner.
//
//	errors  a MissingError for an operator without a rule
//	source  exir/program/_program.py: to_edge_transform_and_lower, _generate_edge_program
func ToEdge(g *model.Graph, cfg Config) (*EdgeProgram, error) {
	e := newLowering(g, cfg)
	out, rel, err := e.run()
	if err != nil {
		return nil, err
	}
	p := &EdgeProgram{Graph: out, From: rel}
	p.plan = newEdgePlan(p, g, e.folds)
	return p, nil
}

// run lowers the graph, or the body of a control-flow operator.
func (e *lowering) run() (*model.Graph, model.Relation, error) {
	if err := e.bindSymbols(); err != nil {
		return nil, model.Relation{}, err
	}
	e.placeholders()
	if e.inBody {
		e.bodyInputs()
	}
	e.inputSizes()
	for i := range e.old.Len() {
		if err := e.checkedNode(model.NodeID(i)); err != nil {
			return nil, model.Relation{}, err
		}
	}
	e.RemoveDead(e.hasEffect)
	e.removeNoops()
	e.pruneEmpty()
	e.foldRedundant()
	e.RemoveDead(e.hasEffect)
	e.dropUnusedParams()
	e.numberLifted()
	e.RenameAll(e.edgeCandidate)
	e.OrderUsers()
	return e.Freeze()
}

// lowering is the state of one run: the edge graph under construction, and what stands in it for each converted node.
type lowering struct {
	*model.Builder
	old       *model.Graph
	cfg       Config
	cur       model.NodeID             // the converted node that is being lowered: new nodes take its meta and mark
	env       []model.Arg              // by converted node; a list for an operator of several results
	sizes     map[string]int64         // by symbol; nil leaves shapes symbolic
	strides   [][]int64                // by edge node; nil where contiguous or unknown
	constants map[string]model.NodeID  // the placeholder of each constant, by its target
	lastConst model.NodeID             // behind which constants made from numbers go
	lifted    []lifted                 // in order
	shows     []showing                // by converted node
	memories  map[model.NodeID]*memory // by base
	infos     map[string]*opInfo
	sizeNodes map[string]model.Arg // symbolic numbers that a node holds, by their text
	generic   map[string]int64     // see plain
	bodies    int                  // control-flow bodies so far
	folds     []qdqFold            // see foldRedundant
	failed    error                // the first rule that is not modelled, where it could not be returned

	writesInPlace bool // some operator of the converted graph does

	sawChannelsLast bool // some tensor was asked to be channels-last

	inBody   bool // the graph is the body of a control-flow operator
	bodyMark model.Mark
	operands []string
}

func newLowering(g *model.Graph, cfg Config) *lowering {
	e := &lowering{
		Builder: model.Rebuild(g), old: g, cfg: cfg, env: make([]model.Arg, g.Len()), shows: make([]showing, g.Len()),
		constants: map[string]model.NodeID{}, lastConst: model.None, memories: map[model.NodeID]*memory{},
		infos: map[string]*opInfo{}, sizeNodes: map[string]model.Arg{},
	}
	e.Dialect, e.Subs = model.Edge, nil
	for i := range g.Len() {
		e.writesInPlace = e.writesInPlace || g.Node(model.NodeID(i)).Op.Row().Edge == model.EdInPlace
	}
	return e
}

// edgeCandidate is the name that a node asks for at the last retrace.
func (e *lowering) edgeCandidate(n *model.Node) string {
	if n.Kind == model.Call {
		return e.info(n.Target).name
	}
	return n.Name
}

// edgeName is the candidate of a call: that of its packet where the operator has no edge form.
func edgeName(op string) string {
	if op == "aten.scalar_tensor.default" || strings.HasPrefix(op, "aten.sym_") || strings.HasPrefix(op, "higher_order.") {
		return model.CallName(op)
	}
	return model.EdgeName(op)
}

// hasEffect says whether a node stays although nothing reads it.
func (e *lowering) hasEffect(n model.NodeID) bool {
	switch e.Node(n).Target {
	case "aten._assert_scalar.default", "aten.sym_constrain_range_for_size.default":
		return true
	}
	return false
}

// edgeCall is one call of the converted graph, with arguments of the edge graph.
type edgeCall struct {
	id   model.NodeID
	op   string // the functional operator
	into string // the row's Into
	args []model.Arg
	kw   []model.KwArg
	t    model.Type
	full []model.Arg
}

// checkedNode lowers one converted node. Rules trust the types that capture wrote; a graph whose types do not fit its operators
// makes them index past a shape, and is refused here.
func (e *lowering) checkedNode(n model.NodeID) (err error) {
	defer func() {
		if r := recover(); r != nil {
			x := e.old.Node(n)
			err = fmt.Errorf("lower node %q: the types around %s do not fit: %v", x.Name, x.Target, r)
		}
	}()
	return e.node(n)
}

// node lowers one converted node.
func (e *lowering) node(n model.NodeID) error {
	x := e.old.Node(n)
	e.cur, e.shows[n].base = n, n
	switch x.Kind {
	case model.Placeholder:
		return nil
	case model.GetAttr:
		return nil
	case model.Output:
		e.AtEnd()
		id := e.Add(model.Spec{Kind: model.Output, Target: "output", Name: "output", Args: e.args(x.Args), From: []model.NodeID{n}})
		e.Node(id).Type = e.outputType(id)
		if e.inBody {
			e.SetMark(id, e.bodyMark)
		}
		return nil
	}
	row, writes := x.Op.Row(), false
	if row.Edge == model.EdInPlace {
		row, writes = functionalRow(x.Target), true
	}
	rule := ruleOf(row.Edge)
	if rule == nil {
		return e.missing("")
	}
	c := &edgeCall{id: n, op: row.Name, into: row.Into, args: e.args(x.Args), kw: e.kwargs(row.Name, x.Kwargs), t: e.typ(n)}
	if !e.wellFormed(c) {
		return e.missing("arguments")
	}
	v, err := rule(e, c)
	if err == nil {
		err = e.failed
	}
	if err != nil {
		return err
	}
	e.env[n] = v
	if writes {
		return e.mutated(n)
	}
	e.alias(n, v)
	return nil
}

// wellFormed says whether a call has what its schema requires: every positional argument, moved there if it was given by name,
// and values in place of tensors.
func (e *lowering) wellFormed(c *edgeCall) bool {
	for i, s := range e.schema(c.op) {
		if s.KwOnly || !s.Required {
			continue
		}
		if i >= len(c.args) {
			v := e.kwarg(c, s.Name)
			if i > len(c.args) || v.IsNone() {
				return false
			}
			c.args, c.kw = append(c.args, v), without(c.kw, s.Name)
		}
		switch a := c.args[i]; {
		case s.Type == "Tensor" && a.Kind == model.ArgNode && e.typeOf(a).Kind == model.ListKind:
			return false
		case s.Type == "Tensor" && a.Kind != model.ArgNode && numberType(a) == model.Unknown:
			return false
		case s.Type == "Tensor[]" && a.Kind != model.ArgList:
			return false
		}
	}
	return true
}

// missing is the error of a rule that is not modelled, at the current node; "" for its operator.
func (e *lowering) missing(rule string) error {
	x := e.old.Node(e.cur)
	m := model.NotModelled{Stage: "lower", Operator: x.Target, Rule: rule}
	for i := range e.old.Len() {
		if y := e.old.Node(model.NodeID(i)); y.Target == x.Target {
			m.Nodes = append(m.Nodes, y.Name)
		}
	}
	return &model.MissingError{NotModelled: m}
}

// args is arguments of the converted graph in the edge graph.
func (e *lowering) args(args []model.Arg) []model.Arg {
	out := make([]model.Arg, len(args))
	for i, a := range args {
		out[i] = a.MapArgs(e.read)
	}
	return out
}

// kwargs is keywords in the order of the schema, as capturing anew leaves them.
func (e *lowering) kwargs(op string, kw []model.KwArg) []model.KwArg {
	out := make([]model.KwArg, len(kw))
	for i, k := range kw {
		out[i] = model.KwArg{Name: k.Name, Arg: e.args([]model.Arg{k.Arg})[0]}
	}
	if len(out) > 1 {
		place := func(k model.KwArg) int {
			return slices.IndexFunc(e.schema(op), func(s model.SchemaArg) bool { return s.Name == k.Name })
		}
		slices.SortStableFunc(out, func(a, b model.KwArg) int { return cmp.Compare(place(a), place(b)) })
	}
	return out
}

// typ is the type of converted node n with its symbols bound.
func (e *lowering) typ(n model.NodeID) model.Type { return e.bindType(e.old.Node(n).Type) }

// outputType is the type of the output node: that of the one value, or those of the list of them.
func (e *lowering) outputType(out model.NodeID) model.Type {
	if a := e.Node(out).Arg(0); a.Kind == model.ArgNode {
		return e.typeOf(a)
	}
	l := model.Type{Kind: model.ListKind}
	for _, a := range e.Node(out).Arg(0).List {
		if a.Kind == model.ArgNode {
			if t, ok := e.Node(a.Node).Type.First(); ok {
				l.List = append(l.List, t)
			}
		}
	}
	return l
}

// placeholders adds the re-exported program's inputs: parameters, buffers in the order of their registration, folded
// constants, then the user's.
//
//	source  partition.md 13, item 6; torch/export: placeholder naming
func (e *lowering) placeholders() {
	var params, buffers, frozen, constants, user []model.NodeID
	for i := range e.old.Len() {
		n := model.NodeID(i)
		x := e.old.Node(n)
		attr, _ := e.old.Attrs.Get(x.Target)
		switch {
		case x.Kind == model.Placeholder:
			user = append(user, n)
		case x.Kind != model.GetAttr || e.old.Subs[x.Target] != nil:
		case attr.Param:
			params = append(params, n)
		case isLifted(x.Target):
			constants = append(constants, n)
		case strings.HasPrefix(x.Target, "_frozen_param"):
			frozen = append(frozen, n)
		default:
			buffers = append(buffers, n)
		}
	}
	slices.SortStableFunc(frozen, func(a, b model.NodeID) int { return cmp.Compare(e.frozenNumber(a), e.frozenNumber(b)) })
	e.AtEnd()
	for _, n := range slices.Concat(params, buffers, frozen, constants) {
		e.constant(n)
	}
	for n, twin := range e.twins(slices.Concat(params, buffers)) { // what is read under another name alone goes, if it is a parameter
		e.env[n] = e.env[twin]
	}
	for _, n := range user {
		x := e.old.Node(n)
		e.env[n] = model.NodeArg(e.Add(model.Spec{
			Kind: model.Placeholder, Target: x.Target, Name: x.Name, Type: e.typ(n), Like: model.ID(n),
		}))
	}
}

// frozenNumber is the number of a folded constant, in which order they were registered.
func (e *lowering) frozenNumber(n model.NodeID) int {
	k, err := strconv.Atoi(strings.TrimPrefix(e.old.Node(n).Target, "_frozen_param"))
	if err != nil { // a buffer of the user's, called so
		return -1
	}
	return k
}

// placeholderName is the name that re-export makes of a constant's, behind its prefix.
//
//	source  torch/_export/utils.py: placeholder_naming_pass
func placeholderName(target string) string {
	name := strings.ReplaceAll(target, ".", "_")
	if short, ok := strings.CutPrefix(name, "L__self___"); ok {
		return short
	}
	return strings.TrimPrefix(name, "self_")
}

// isLifted says whether a constant is one that capture lifted out of the code, which no module holds.
//
//	source  torch/_export/passes/lift_constants_pass.py: get_constant_fqn
func isLifted(target string) bool { return strings.HasPrefix(target, "lifted_tensor_") }

// twins is what stands for constants that are registered under several names: the last one, submodules behind the root.
//
//	source  backends/arm/_passes/deduplicate_get_attr_pass.py; torch/export/_trace.py: _get_params_buffers
func (e *lowering) twins(constants []model.NodeID) map[model.NodeID]model.NodeID {
	last, out := map[*model.Tensor]model.NodeID{}, map[model.NodeID]model.NodeID{}
	for _, again := range []bool{true, false} {
		for _, n := range constants {
			target := e.old.Node(n).Target
			attr, _ := e.old.Attrs.Get(target)
			_, shared := last[attr.Tensor]
			if again == strings.HasPrefix(target, quant.SharedAttr) && attr.Tensor != nil && (again || shared && strings.Contains(target, ".")) {
				last[attr.Tensor] = n
			}
		}
	}
	for _, n := range constants {
		attr, _ := e.old.Attrs.Get(e.old.Node(n).Target)
		if twin, ok := last[attr.Tensor]; ok && e.old.Node(twin).Target != e.old.Node(n).Target {
			out[n] = twin
		}
	}
	return out
}

// constant adds the placeholder that a get_attr becomes; two reads of one constant share it.
func (e *lowering) constant(n model.NodeID) {
	x := e.old.Node(n)
	if m, seen := e.constants[x.Target]; seen {
		e.env[n] = model.NodeArg(m)
		return
	}
	prefix, kind, like := "b_", model.BufferInput, model.NodeID(model.None)
	if attr, ok := e.old.Attrs.Get(x.Target); ok && attr.Param { // which alone keeps its mark
		prefix, kind, like = "p_", model.ParamInput, model.ID(n)
	}
	if isLifted(x.Target) {
		prefix, kind = "c_", model.ConstInput
	}
	name := prefix + placeholderName(x.Target)
	id := e.Add(model.Spec{
		Kind: model.Placeholder, Target: x.Target, Name: name, Type: e.typ(n), Like: like, From: []model.NodeID{n},
	})
	e.Inputs[e.Node(id).Name] = kind
	e.env[n], e.constants[x.Target], e.lastConst = model.NodeArg(id), id, id
}

// isQuantizeNode says whether a node of the edge graph under construction quantizes.
func (e *lowering) isQuantizeNode(n model.NodeID) bool { return quant.IsQuantize(e.Node(n).Target) }

func (e *lowering) isDequantizeNode(n model.NodeID) bool { return quant.IsDequantize(e.Node(n).Target) }
