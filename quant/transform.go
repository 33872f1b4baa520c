package quant

import (
	"seam/model"
)

// Transform folds batch norms and runs the passes that come before annotation.
//
//	result   the graph to annotate, tied to g
//	errors   a MissingError for a pass that is needed and not modelled
//	source   torchao/quantization/pt2e/quantize_pt2e.py: prepare_pt2e;
//	         backends/arm/_passes/arm_pass_manager.py: transform_for_annotation_pipeline
func Transform(g *model.Graph, rules *Rules, cfg Config) (*model.Graph, model.Relation, error) {
	b := model.Edit(g)
	foldBatchNorms(b)
	b.OrderUsers()
	cur, rel, err := b.Freeze()
	if err != nil {
		return nil, rel, err
	}
	allow, err := permitted(&cur, &rel, rules, cfg)
	if err != nil {
		return nil, rel, err
	}
	traced := false
	for i := range passes {
		p := &passes[i]
		if !p.in(rules.Release) || cfg.U55 && p.notU55 || !p.wanted(cur, allow) {
			continue
		}
		if p.apply == nil {
			return nil, rel, p.missing(cur, allow)
		}
		if cur, rel, allow, err = retrace(cur, rel, allow, p); err != nil {
			return nil, rel, err
		}
		traced = true
	}
	if rules.Release == "1.3.1" && !traced { // its passes execute the graph anew even where nothing is to do
		cur, rel, _, err = retrace(cur, rel, allow, nil)
		return cur, rel, err
	}
	return cur, rel, nil
}

// permitted says which nodes the gated passes may rewrite. The composable annotator runs once in full for that, and leaves
// its marks.
func permitted(cur **model.Graph, rel *model.Relation, rules *Rules, cfg Config) ([]bool, error) {
	g := *cur
	allow := make([]bool, g.Len())
	if rules.Annotator == Legacy {
		for i := range allow {
			allow[i] = true
		}
		return allow, nil
	}
	a, err := annotate(g, rules, cfg)
	if err != nil {
		return nil, err
	}
	b := model.Edit(g)
	for i := range g.Len() {
		if n := model.NodeID(i); a.markOf(n) != model.NoMark {
			b.WriteMark(model.ID(n), a.markOf(n))
		}
	}
	marked, step, err := b.Freeze()
	*cur, *rel = marked, step.Then(*rel)
	return a.allow, err
}

// tracer executes a graph anew on types, as upstream's passes do: constants are created again at the point of use, names are
// given again, and a pass may put other nodes in a node's place.
//
//	source  exir/pass_base.py: ExportPass; torch/fx/_symbolic_trace.py: Tracer.create_arg
type tracer struct {
	*model.Builder
	old     *model.Graph
	pass    *pass
	allow   []bool      // of the old graph
	allowed []bool      // of the new one
	env     []model.Arg // by old node: what stands for it
	params  map[*model.Tensor]string
	attrs   map[string]bool
	err     error
}

// retrace executes g anew with pass p, which may be nil.
func retrace(g *model.Graph, rel model.Relation, allow []bool, p *pass) (*model.Graph, model.Relation, []bool, error) {
	t := &tracer{
		Builder: model.Rebuild(g), old: g, pass: p, allow: allow, env: make([]model.Arg, g.Len()),
		params: map[*model.Tensor]string{}, attrs: map[string]bool{},
	}
	next, step, err := t.run()
	if err != nil {
		return nil, rel, nil, err
	}
	return next, step.Then(rel), t.allowed, nil
}

func (t *tracer) run() (*model.Graph, model.Relation, error) {
	for i := range t.old.Len() {
		n := model.NodeID(i)
		switch x := t.old.Node(n); x.Kind {
		case model.Placeholder:
			t.env[n] = model.NodeArg(t.Add(model.Spec{Kind: x.Kind, Target: x.Target, Name: x.Name, Type: x.Type, Like: t.like(n)}))
		case model.GetAttr: // created again where it is read
		case model.Output:
			id := t.Add(model.Spec{Kind: x.Kind, Target: x.Target, Name: x.Name, Args: t.args(n, x.Args), Like: t.like(n)})
			t.Node(id).Type = t.listType(id)
		default:
			t.call(n)
		}
	}
	if t.err != nil {
		return nil, model.Relation{}, t.err
	}
	g, rel, err := t.Freeze()
	t.allowed = make([]bool, g.Len())
	for i := range t.allowed {
		t.allowed[i] = true
		if src := rel.Of(model.NodeID(i)); len(src) > 0 {
			t.allowed[i] = t.allow[src[0]]
		}
	}
	return g, rel, err
}

// like is the old node's number in the builder, whose meta and mark the new node takes over.
func (t *tracer) like(n model.NodeID) model.NodeID { return model.ID(n) }

func (t *tracer) call(n model.NodeID) {
	x := t.old.Node(n)
	if t.pass != nil && t.pass.hits(t.old, n, t.allow) {
		if v, ok := t.pass.apply(t, n); ok {
			t.env[n] = v
			return
		}
	}
	args := t.args(n, x.Args)
	var kw []model.KwArg
	for _, k := range x.Kwargs {
		kw = append(kw, model.KwArg{Name: k.Name, Arg: t.args(n, []model.Arg{k.Arg})[0]})
	}
	t.env[n] = model.NodeArg(t.Add(model.Spec{
		Kind: model.Call, Target: x.Target, Args: args, Kwargs: kw, Type: x.Type, Like: t.like(n),
	}))
}

// emit adds a call in place of old node n.
func (t *tracer) emit(n model.NodeID, op string, typ model.Type, args ...model.Arg) model.Arg {
	return model.NodeArg(t.Add(model.Spec{Kind: model.Call, Target: op, Args: args, Type: typ, Like: t.like(n)}))
}

// args is the arguments of n in the new graph.
func (t *tracer) args(n model.NodeID, args []model.Arg) []model.Arg {
	out := make([]model.Arg, len(args))
	for i, a := range args {
		out[i] = a.MapArgs(func(p model.NodeID) model.Arg {
			if t.old.Node(p).Kind == model.GetAttr {
				return model.NodeArg(t.constant(p, n))
			}
			return t.env[p]
		})
	}
	return out
}

// arg is argument i of n in the new graph.
func (t *tracer) arg(n model.NodeID, i int) model.Arg {
	return t.args(n, []model.Arg{t.old.Node(n).Arg(i)})[0]
}

// constant creates the get_attr of old constant p for its reader n; it carries the reader's mark.
func (t *tracer) constant(p, n model.NodeID) model.NodeID {
	x := t.old.Node(p)
	attr, _ := t.old.Attrs.Get(x.Target)
	name, ok := t.params[attr.Tensor]
	if !ok {
		prefix := "_tensor_constant"
		if attr.Param {
			prefix = "_param_constant"
		}
		name = t.freeName(prefix)
		t.params[attr.Tensor], t.attrs[name] = name, true
		t.SetAttr(model.Attr{Name: name, Param: attr.Param, Tensor: attr.Tensor})
	}
	return t.Add(model.Spec{
		Kind: model.GetAttr, Target: name, Type: x.Type, Like: t.like(n), From: []model.NodeID{p},
	})
}

func (t *tracer) freeName(prefix string) string {
	for i := 0; ; i++ {
		if name := prefix + itoa(i); !t.attrs[name] {
			return name
		}
	}
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
	return t.Node(a.Node).Type.T
}
