package quant

import (
	"seam/model"
)

// tracer executes a graph anew on types, as upstream's passes do: constants are created again at the point of use, names are
// given again, and a pass may put other nodes in a node's place.
//
//	source  exir/pass_base.py: ExportPass; torch/fx/_symbolic_trace.py: Tracer.create_arg
type tracer struct {
	*model.Builder
	old     *model.Graph
	pass    *pass
	allow   []bool      // of the old graph
	allowed []bool      // of the new one, by order
	env     []model.Arg // by old node: what stands for it
	preset  map[model.NodeID]bool
	params  map[*model.Tensor]string
	counts  map[string]int          // constants by prefix
	extra   []*model.Tensor         // constants that a pass made
	bodies  int                     // how many bodies of control flow were named
	written map[string]bool         // constants that a copy or put writes into, which keep their names
	merged  map[string]model.NodeID // the one node that reads each of them
	u55     bool
	release string
	err     error
}

func newTracer(s *state, p *pass) *tracer {
	t := &tracer{
		Builder: model.Rebuild(s.g), old: s.g, pass: p, allow: s.allow, env: make([]model.Arg, s.g.Len()),
		allowed: make([]bool, 0, s.g.Len()+64), preset: map[model.NodeID]bool{}, release: s.release, u55: s.u55,
		params: map[*model.Tensor]string{}, counts: map[string]int{},
	}
	s.remark(t.Builder)
	if s.release >= "1.5.1" {
		t.written, t.merged = writtenBuffers(s.g), map[string]model.NodeID{}
	}
	return t
}

func (t *tracer) run() (*model.Graph, model.Relation, error) {
	for i := range t.old.Len() {
		n := model.NodeID(i)
		switch x := t.old.Node(n); x.Kind {
		case model.Placeholder:
			typ := x.Type
			if typ.Kind == model.NoType {
				typ = model.Type{Kind: model.SymKind, Text: "None"}
			}
			t.env[n] = t.add(n, n, model.Spec{Kind: x.Kind, Target: x.Target, Name: x.Name, Type: typ})
		case model.GetAttr: // created again where it is read
			t.env[n] = model.NodeArg(lazy(n))
		case model.Output:
			id := t.add(n, n, model.Spec{Kind: x.Kind, Target: x.Target, Name: x.Name, Args: t.args(x.Args)}).Node
			t.Node(id).Type = t.listType(id)
		default:
			t.call(n)
		}
		if t.err != nil {
			return nil, model.Relation{}, t.err
		}
	}
	return t.Freeze()
}

// lazy stands for old constant p until a new node reads it.
func lazy(p model.NodeID) model.NodeID { return -p - 2 }

func unlazy(n model.NodeID) (model.NodeID, bool) { return -n - 2, n < model.None }

func (t *tracer) call(n model.NodeID) {
	if t.preset[n] {
		return
	}
	r := rewrite{tracer: t, n: n, like: n, x: t.old.Node(n)}
	if t.pass != nil && t.pass.hits(t.old, n, t.allow) {
		t.env[n] = t.pass.apply(r)
		return
	}
	t.env[n] = r.keep()
}

// add puts a node in for old node n, with the meta and mark of like, None for a node without any. Constants among the
// arguments are created in front of it.
func (t *tracer) add(n, like model.NodeID, s model.Spec) model.Arg {
	read := func(p model.NodeID) model.Arg {
		if c, ok := unlazy(p); ok {
			return t.constant(c, like)
		}
		return model.NodeArg(p)
	}
	for i := range s.Args {
		s.Args[i] = s.Args[i].MapArgs(read)
	}
	for i := range s.Kwargs {
		s.Kwargs[i].Arg = s.Kwargs[i].Arg.MapArgs(read)
	}
	return model.NodeArg(t.put(n, like, s))
}

func (t *tracer) put(n, like model.NodeID, s model.Spec) model.NodeID {
	allowed := true
	if like != model.None {
		s.Like, allowed = model.ID(like), t.allow[like]
	} else if s.From == nil && int(n) < t.old.Len() {
		s.From = []model.NodeID{n}
	}
	t.allowed = append(t.allowed, allowed)
	return t.Add(s)
}

// args is the arguments in the new graph.
func (t *tracer) args(args []model.Arg) []model.Arg {
	out := make([]model.Arg, len(args))
	for i, a := range args {
		out[i] = a.MapArgs(func(p model.NodeID) model.Arg { return t.env[p] })
	}
	return out
}

// constant creates the get_attr of old constant p for a reader with the meta of like; it carries the reader's mark.
func (t *tracer) constant(p, like model.NodeID) model.Arg {
	var attr model.Attr
	from := []model.NodeID{p}
	if i := int(p) - t.old.Len(); i >= 0 {
		attr.Tensor, from = t.extra[i], nil
	} else {
		x, ok := t.old.Node(p), false
		if attr, ok = t.old.Attrs.Get(x.Target); !ok || attr.Tensor == nil {
			return model.NodeArg(t.put(p, like, model.Spec{Kind: model.GetAttr, Target: t.subgraph(x.Target), Type: x.Type, From: from}))
		}
	}
	name, ok := t.params[attr.Tensor]
	if !ok {
		prefix := "_tensor_constant"
		if attr.Param {
			prefix = "_param_constant"
		}
		name = prefix + itoa(t.counts[prefix])
		t.counts[prefix]++
		t.params[attr.Tensor] = name
		if !t.written[attr.Name] {
			t.SetAttr(model.Attr{Name: name, Param: attr.Param, Frozen: attr.Frozen, Tensor: attr.Tensor})
		}
	}
	if t.written[attr.Name] {
		return t.keepBuffer(p, like, attr, name)
	}
	return model.NodeArg(t.put(p, like, model.Spec{
		Kind: model.GetAttr, Target: name, Type: attr.Tensor.Type(), From: from,
	}))
}

// keepBuffer reads a constant that is written into: under its own name, and everywhere from the first node that reads it.
// The names of the nodes that upstream makes and merges are spent.
//
//	source  backends/arm/_passes/mutable_buffer_utils.py: restore_mutable_buffer_targets
func (t *tracer) keepBuffer(p, like model.NodeID, attr model.Attr, name string) model.Arg {
	if n, ok := t.merged[attr.Name]; ok {
		t.Names.Create(name)
		return model.NodeArg(n)
	}
	t.SetAttr(attr)
	n := t.put(p, like, model.Spec{
		Kind: model.GetAttr, Target: attr.Name, Name: name, Type: attr.Tensor.Type(), From: []model.NodeID{p},
	})
	t.merged[attr.Name] = n
	return model.NodeArg(n)
}

// writtenBuffers is the names of the constants, parameters aside, that a copy or put writes into.
func writtenBuffers(g *model.Graph) map[string]bool {
	var out map[string]bool
	for n := range mutable(g) {
		if attr, ok := g.Attrs.Get(g.Node(n).Target); ok && g.Node(n).Kind == model.GetAttr && !attr.Param {
			if out == nil {
				out = map[string]bool{}
			}
			out[attr.Name] = true
		}
	}
	return out
}

// subgraph is the new name of a body of control flow: each use is executed on its own, and makes a body of its own.
func (t *tracer) subgraph(old string) string {
	g, ok := t.old.Subs[old]
	if !ok {
		return old
	}
	name := "submodule_" + itoa(t.bodies)
	t.bodies++
	if t.bodies == 1 {
		t.Subs = map[string]*model.Graph{}
	}
	t.Subs[name] = g
	return name
}

func (t *tracer) listType(out model.NodeID) model.Type {
	l := model.Type{Kind: model.ListKind}
	for _, a := range t.Node(out).Arg(0).List {
		if a.Kind == model.ArgNode {
			if e, ok := t.Node(a.Node).Type.First(); ok {
				l.List = append(l.List, e)
			}
		}
	}
	return l
}

// typeOf is the tensor type of an argument in the new graph.
func (t *tracer) typeOf(a model.Arg) model.TensorType {
	if a.Kind != model.ArgNode {
		return model.TensorType{}
	}
	if p, ok := unlazy(a.Node); ok {
		if i := int(p) - t.old.Len(); i >= 0 {
			return t.extra[i].Type().T
		}
		if attr, ok := t.old.Attrs.Get(t.old.Node(p).Target); ok && attr.Tensor != nil {
			return attr.Tensor.Type().T
		}
		return t.old.Node(p).Type.T
	}
	return t.Node(a.Node).Type.T
}
