package ethosu

import (
	"slices"

	"seam/model"
)

// SubPartition is what the partitioner decided about the body of a control-flow operator. Upstream partitions bodies before the
// graph around them, with one counter of tags for all.
type SubPartition struct {
	Name  string // the target of the body's get_attr
	Graph *model.Graph
	Whole bool // all that it computes carries one tag: a target with control flow can take its operator
	*Partitioning
}

// Sub is the decision about the body of that name, nil if there is none.
func (p *Partitioning) Sub(name string) *SubPartition {
	for i := range p.Subs {
		if p.Subs[i].Name == name {
			return &p.Subs[i]
		}
	}
	return nil
}

// walk is one pass of the partitioner over a graph and the bodies in it.
type walk struct {
	root *model.Graph
	cfg  Config
	next int                      // the next tag
	tags map[*model.Graph][]int32 // by node, of the graphs that are done
}

func newWalk(root *model.Graph, cfg Config) *walk {
	return &walk{root: root, cfg: cfg, tags: map[*model.Graph][]int32{}}
}

// v131 says whether the release is the one that looks bodies up differently.
func (w *walk) v131() bool { return w.cfg.Release == "1.3.1" }

// bodyArguments is the arguments of a control-flow operator that are bodies; nil for any other operator.
func bodyArguments(target string) []int {
	switch target {
	case "higher_order.cond":
		return []int{1, 2}
	case "higher_order.while_loop":
		return []int{0, 1}
	}
	return nil
}

// bodyNames is the names of a control-flow operator's bodies, in the order of its arguments.
func bodyNames(g *model.Graph, call *model.Node) []string {
	var out []string
	for _, i := range bodyArguments(call.Target) {
		if a := call.Arg(i); a.Kind == model.ArgNode && g.Node(a.Node).Kind == model.GetAttr {
			out = append(out, g.Node(a.Node).Target)
		}
	}
	return out
}

// bodies partitions the bodies of g's control-flow operators, in graph order.
//
//	source  exir/graph_module.py: get_cond_while_submodules; in 1.3.1
//	        backends/arm/_passes/arm_pass_utils.py: get_cond_while_submodules_nested
func (w *walk) bodies(g *model.Graph, change WhatIf) ([]SubPartition, error) {
	if len(g.Subs) == 0 {
		return nil, nil
	}
	swapped := w.v131() && nestsCond(g)
	var out []SubPartition
	for i := range g.Len() {
		names := bodyNames(g, g.Node(model.NodeID(i)))
		if swapped {
			slices.Reverse(names)
		}
		for _, name := range names {
			body := g.Subs[name]
			if body == nil {
				continue
			}
			p, err := w.run(body, change)
			if err != nil {
				return nil, err
			}
			out = append(out, SubPartition{name, body, w.whole(body), p})
		}
	}
	return out, nil
}

// nestsCond says whether a branch of one of g's conds has a cond.
//
//	source  backends/arm/_passes/arm_pass_utils.py: is_nested_control_flow_graph (1.3.1)
func nestsCond(g *model.Graph) bool {
	for i := range g.Len() {
		x := g.Node(model.NodeID(i))
		if x.Target == "higher_order.cond" && slices.ContainsFunc(bodyNames(g, x), func(name string) bool { return hasCond(g.Subs[name]) }) {
			return true
		}
	}
	return false
}

func hasCond(g *model.Graph) bool {
	for i := 0; g != nil && i < g.Len(); i++ {
		if g.Node(model.NodeID(i)).Target == "higher_order.cond" {
			return true
		}
	}
	return false
}

// bodiesWhole says whether each body of a control-flow operator of g went to one partition. home is the graph where the bodies
// are looked up; missing is the first that it does not have.
//
//	source  operator_support/control_flow_support.py: _submodules_fully_partitioned
func (w *walk) bodiesWhole(g, home *model.Graph, call *model.Node) (ok bool, missing string) {
	for _, name := range bodyNames(g, call) {
		body := home.Subs[name]
		if body == nil {
			return false, name
		}
		if !w.whole(body) {
			return false, ""
		}
	}
	return true, ""
}

// whole says whether all that a body computes carries one tag. A graph that is not done carries none.
//
//	source  operator_support/control_flow_support.py: _fully_partitioned
func (w *walk) whole(g *model.Graph) bool {
	tags, one := w.tags[g], int32(-1)
	for i := range g.Len() {
		n := model.NodeID(i)
		x := g.Node(n)
		if bodyArguments(x.Target) != nil {
			inner, _ := w.bodiesWhole(g, g, x)
			if w.v131() && inner { // it looks no further
				return true
			}
			if !w.v131() && !inner {
				return false
			}
		}
		if x.Kind != model.Call || atBodyEdge(g, n) {
			continue
		}
		if tags == nil || tags[i] < 0 || one >= 0 && tags[i] != one {
			return false
		}
		one = tags[i]
	}
	return true
}

// atBodyEdge says whether n quantizes an input of a body or dequantizes a result: neither needs a tag.
func atBodyEdge(g *model.Graph, n model.NodeID) bool {
	x := g.Node(n)
	if isQuantize(x) {
		in := g.In(n)
		return len(in) > 0 && g.Node(in[0]).Kind == model.Placeholder
	}
	users := g.Users(n)
	return isDequantize(x) && len(users) > 0 && g.Node(users[0]).Kind == model.Output
}

// NotedType is the type that upstream notes at the get_attr n of a body; ok is false if it notes none. It does so where it looks
// for whole bodies, as far as it finds them.
//
//	source  operator_support/control_flow_support.py: _submodules_fully_partitioned
func (p *Partitioning) NotedType(g *model.Graph, n model.NodeID) (t model.Type, ok bool) {
	if p.Target.U55 {
		return t, false
	}
	for _, u := range g.Users(n) {
		for _, name := range bodyNames(g, g.Node(u)) {
			s := p.Sub(name)
			if s == nil || !s.Whole {
				break
			}
			if name == g.Node(n).Target {
				return valueType(g, n), true
			}
		}
	}
	return t, false
}

// valueType is the type of n's value. A get_attr of a body has that of what the body returns.
func valueType(g *model.Graph, n model.NodeID) model.Type {
	x := g.Node(n)
	if x.Kind != model.GetAttr || g.Subs[x.Target] == nil {
		return x.Type
	}
	body := g.Subs[x.Target]
	for i := range body.Len() {
		out := body.Node(model.NodeID(i))
		if out.Kind != model.Output {
			continue
		}
		a := out.Arg(0)
		if a.Kind == model.ArgNode {
			return body.Node(a.Node).Type
		}
		t := model.Type{Kind: model.ListKind}
		for _, e := range a.List {
			if e.Kind == model.ArgNode && body.Node(e.Node).Type.IsTensor() {
				t.List = append(t.List, body.Node(e.Node).Type.T)
			}
		}
		return t
	}
	return x.Type
}

// submodule judges the get_attr of a body: it goes where its operator goes.
//
//	source  operator_support/control_flow_support.py: ControlFlowSubmoduleSupported
func submodule(a *ask) verdict {
	if a.target.U55 {
		return no(textNoControlFlow, a.target.Spec)
	}
	for _, u := range a.g.Users(a.id) {
		user := a.g.Node(u)
		if bodyArguments(user.Target) == nil {
			return no("Submodule had unsupported user %s", user.Name)
		}
		if !a.bodiesWhole(user) {
			return no("One submodule was not fully partitioned")
		}
	}
	return pass
}

// controlFlow accepts cond and while_loop where the specification has the extension and their bodies are whole.
//
//	source  operator_support/control_flow_support.py: ControlFlowOpSupported
func controlFlow(a *ask) verdict {
	if a.target.U55 {
		return no(textNoControlFlow, a.target.Spec)
	}
	if !a.bodiesWhole(a.n) {
		return no("Submodule was not fully partitioned.")
	}
	return pass
}

const textNoControlFlow = "TOSA spec %s does not support control flow extension."

// bodiesWhole asks for the bodies of an operator. 1.3.1 looks them up in the main graph, wherever the operator stands.
func (a *ask) bodiesWhole(call *model.Node) bool {
	home := a.g
	if !a.t.v14 {
		home = a.walk.root
	}
	ok, missing := a.walk.bodiesWhole(a.g, home, call)
	if missing != "" {
		a.raise("AttributeError: GraphModule has no attribute `" + missing + "`")
	}
	return ok
}
