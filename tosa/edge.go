package tosa

import (
	"slices"
	"strings"

	"seam/model"
	"seam/quant"
)

// ToEdge re-exports the converted graph and lowers it to the edge dialect, as far as the partitioner.
//
//	errors  a MissingError for an operator without a rule
//	source  exir/program/_program.py: to_edge_transform_and_lower, _generate_edge_program
func ToEdge(g *model.Graph, cfg Config) (*EdgeProgram, error) {
	e := &lowering{
		Builder: model.Rebuild(g), old: g, cfg: cfg, env: make([]model.Arg, g.Len()),
		strides: make([][]int64, g.Len()),
	}
	e.Dialect = model.Edge
	if err := e.bindSymbols(); err != nil {
		return nil, err
	}
	e.placeholders()
	for i := range g.Len() {
		if err := e.node(model.NodeID(i)); err != nil {
			return nil, err
		}
	}
	e.removeNoops()
	e.foldRedundant()
	e.RemoveDead(func(model.NodeID) bool { return false })
	e.RenameAll(edgeCandidate)
	e.OrderUsers()
	out, rel, err := e.Freeze()
	return &EdgeProgram{Graph: out, From: rel}, err
}

// lowering is the state of one run: the edge graph under construction, and what stands in it for each converted node.
type lowering struct {
	*model.Builder
	old     *model.Graph
	cfg     Config
	env     []model.Arg
	sizes   map[string]int64 // by symbol; nil leaves shapes symbolic
	strides [][]int64        // by old node; nil where contiguous or unknown
	lifted  []model.NodeID   // constants made from numbers
}

// edgeCandidate is the name that a node asks for at the last retrace.
func edgeCandidate(n *model.Node) string {
	if n.Kind == model.Call {
		if n.Target == "aten.scalar_tensor.default" || n.Target == "aten.sym_size.int" {
			return model.PacketName(n.Target)
		}
		return model.EdgeName(n.Target)
	}
	return n.Name
}

// node lowers one converted node.
func (e *lowering) node(n model.NodeID) error {
	x := e.old.Node(n)
	switch x.Kind {
	case model.Placeholder, model.GetAttr:
		return nil
	case model.Output:
		e.AtEnd()
		id := e.Add(model.Spec{Kind: model.Output, Target: "output", Name: "output", Args: e.args(x.Args), From: []model.NodeID{n}})
		e.Node(id).Type = e.listType(id)
		return nil
	}
	row := x.Op.Row()
	rule := edgeRules[row.Edge]
	if rule == nil {
		return e.missing(n)
	}
	e.strides[n] = e.stridesOf(n)
	v, err := rule(e, n, row)
	e.env[n] = v
	return err
}

func (e *lowering) missing(n model.NodeID) error {
	x := e.old.Node(n)
	m := model.NotModelled{Stage: "lower", Operator: x.Target}
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
		out[i] = a.MapArgs(func(p model.NodeID) model.Arg { return e.env[p] })
	}
	return out
}

func (e *lowering) arg(n model.NodeID, i int) model.Arg {
	return e.args([]model.Arg{e.old.Node(n).Arg(i)})[0]
}

// emit adds a call in place of converted node n, with n's meta and mark. Trailing defaults are dropped, as re-export does.
func (e *lowering) emit(n model.NodeID, op string, t model.Type, args ...model.Arg) model.Arg {
	return e.emitKw(n, op, t, nil, args...)
}

func (e *lowering) emitKw(n model.NodeID, op string, t model.Type, kw []model.KwArg, args ...model.Arg) model.Arg {
	return model.NodeArg(e.Add(model.Spec{
		Kind: model.Call, Target: op, Args: dropDefaults(op, args), Kwargs: kw, Type: t, Like: model.ID(n),
	}))
}

// dropDefaults cuts trailing positional arguments that equal the schema's default in type and value.
func dropDefaults(op string, args []model.Arg) []model.Arg {
	s, ok := model.SchemaOf(op)
	if !ok {
		return args
	}
	for k := len(args); k > 0 && k <= len(s.Args) && !s.Args[k-1].Required && s.Args[k-1].Default.Equal(args[k-1]); k-- {
		args = args[:k-1]
	}
	return args
}

// typ is the type of converted node n with its symbols bound.
func (e *lowering) typ(n model.NodeID) model.Type { return e.bindType(e.old.Node(n).Type) }

func (e *lowering) listType(out model.NodeID) model.Type {
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
	var params, buffers, frozen, user []model.NodeID
	for i := range e.old.Len() {
		n := model.NodeID(i)
		x := e.old.Node(n)
		attr, _ := e.old.Attrs.Get(x.Target)
		switch {
		case x.Kind == model.Placeholder:
			user = append(user, n)
		case x.Kind != model.GetAttr:
		case attr.Param:
			params = append(params, n)
		case strings.HasPrefix(x.Target, "_frozen_param"):
			frozen = append(frozen, n)
		default:
			buffers = append(buffers, n)
		}
	}
	e.AtEnd()
	for _, n := range slices.Concat(params, buffers, frozen) {
		e.constant(n)
	}
	for _, n := range user {
		x := e.old.Node(n)
		e.env[n] = model.NodeArg(e.Add(model.Spec{
			Kind: model.Placeholder, Target: x.Target, Name: x.Name, Type: e.typ(n), Like: model.ID(n),
		}))
	}
}

// constant adds the placeholder that a get_attr becomes; two reads of one constant share it.
func (e *lowering) constant(n model.NodeID) {
	x := e.old.Node(n)
	prefix, kind := "b_", model.BufferInput
	if attr, ok := e.old.Attrs.Get(x.Target); ok && attr.Param {
		prefix, kind = "p_", model.ParamInput
	}
	name := prefix + strings.ReplaceAll(x.Target, ".", "_")
	for m := e.First(); m != model.None; m = e.Next(m) {
		if e.Node(m).Target == x.Target && e.Node(m).Kind == model.Placeholder {
			e.env[n] = model.NodeArg(m)
			return
		}
	}
	id := e.Add(model.Spec{Kind: model.Placeholder, Target: x.Target, Name: name, Type: e.typ(n), From: []model.NodeID{n}})
	e.Inputs[e.Node(id).Name] = kind
	e.env[n] = model.NodeArg(id)
}

// isQuantizeNode says whether a node of the edge graph under construction quantizes.
func (e *lowering) isQuantizeNode(n model.NodeID) bool { return quant.IsQuantize(e.Node(n).Target) }

func (e *lowering) isDequantizeNode(n model.NodeID) bool { return quant.IsDequantize(e.Node(n).Target) }
