package record

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"seam/model"
)

// callDelegate is the operator that runs a delegate.
const callDelegate = "torch.ops.higher_order.executorch_call_delegate"

// Lower builds the main graph after delegation from an edge graph with tags: every tag becomes a get_attr, a call of the
// delegate and one getitem a result, delegates' constants vanish, and the rest is sorted as upstream sorts it. consts names
// the placeholders that are parameters, buffers or lifted constants.
//
//	source  exir/backend/backend_api.py; torch/fx/passes/tools_common.py: legalize_graph
func Lower(edge []Node, consts map[string]bool) []Node {
	l := newLowering(edge, consts)
	if len(l.tags) == 0 {
		return slices.Clone(edge)
	}
	for _, t := range l.tags {
		l.fuse(t)
	}
	l.dropConstants()
	return l.finish()
}

// lowering is a graph that is being rewritten: nodes in order, and who reads whom.
type lowering struct {
	nodes  []*lnode
	byName map[string]*lnode
	consts map[string]bool
	tags   []string // in order of the tags' last nodes: the order in which delegates can run
}

type lnode struct {
	Node
	users []*lnode
	gone  bool
}

func newLowering(edge []Node, consts map[string]bool) *lowering {
	l := &lowering{byName: map[string]*lnode{}, consts: consts}
	for _, n := range edge {
		x := &lnode{Node: n}
		x.Args, x.Kwargs = cloneArgs(n.Args), slices.Clone(n.Kwargs)
		l.nodes = append(l.nodes, x)
		l.byName[n.Name] = x
		for _, p := range l.inputs(x) {
			p.users = append(p.users, x)
		}
		if n.Tag != "" && !slices.Contains(l.tags, n.Tag) {
			l.tags = append(l.tags, n.Tag)
		}
	}
	slices.Sort(l.tags)
	return l
}

func cloneArgs(a []Arg) []Arg {
	out := slices.Clone(a)
	for i := range out {
		if out[i].List != nil {
			out[i].List = cloneArgs(out[i].List)
		}
	}
	return out
}

// inputs is the nodes that n reads, each once.
func (l *lowering) inputs(n *lnode) []*lnode {
	var out []*lnode
	walkArgs(&n.Node, func(a *Arg) {
		if p := l.byName[a.Str]; p != nil && !slices.Contains(out, p) {
			out = append(out, p)
		}
	})
	return out
}

// walkArgs calls f for every argument of n that is a node.
func walkArgs(n *Node, f func(*Arg)) {
	var walk func(a *Arg)
	walk = func(a *Arg) {
		if a.Kind == model.ArgNode {
			f(a)
		}
		for i := range a.List {
			walk(&a.List[i])
		}
	}
	for i := range n.Args {
		walk(&n.Args[i])
	}
	for i := range n.Kwargs {
		walk(&n.Kwargs[i].Arg)
	}
}

// fuse replaces the nodes of a tag by one call and a getitem for each result that is read outside.
func (l *lowering) fuse(tag string) {
	call := &lnode{Node: Node{Name: "fused_" + tag, Op: model.Call.String(), Target: callDelegate, Val: Val{Kind: ListVal}}}
	var results []*lnode
	in := func(n *lnode) bool { return n.Tag == tag }
	for _, n := range l.nodes {
		if !in(n) {
			continue
		}
		for _, p := range l.inputs(n) {
			if !in(p) && !slices.Contains(p.users, call) {
				call.Args = append(call.Args, Arg{Kind: model.ArgNode, Str: p.Name})
				p.users = append(p.users, call)
			}
		}
		if slices.ContainsFunc(n.users, func(u *lnode) bool { return !in(u) }) {
			results = append(results, n)
		}
	}
	l.byName[call.Name] = call
	made := []*lnode{call}
	for i, r := range results {
		made = append(made, l.getitem(call, r, i, in))
	}
	l.replace(in, made)
	l.sort()
}

func (l *lowering) getitem(call, r *lnode, i int, in func(*lnode) bool) *lnode {
	g := &lnode{Node: Node{
		Name: l.freeName("getitem"), Op: model.Call.String(), Target: "_operator.getitem", Val: r.Val, Mark: r.Mark,
		Args: []Arg{{Kind: model.ArgNode, Str: call.Name}, {Kind: model.ArgInt, Int: int64(i)}},
	}}
	l.byName[g.Name] = g
	call.users, call.Val.List = append(call.users, g), append(call.Val.List, r.Val)
	for _, u := range r.users {
		if in(u) {
			continue
		}
		walkArgs(&u.Node, func(a *Arg) {
			if a.Str == r.Name {
				a.Str = g.Name
			}
		})
		g.users = append(g.users, u)
	}
	return g
}

func (l *lowering) freeName(base string) string {
	name := base
	for i := 1; l.byName[name] != nil; i++ {
		name = base + "_" + strconv.Itoa(i)
	}
	return name
}

// replace takes the nodes of a tag out, with what they read, and puts the new ones in front of the output.
func (l *lowering) replace(in func(*lnode) bool, made []*lnode) {
	var keep []*lnode
	for _, n := range l.nodes {
		if in(n) {
			delete(l.byName, n.Name)
			continue
		}
		n.users = slices.DeleteFunc(n.users, in)
		if n.Op == model.Output.String() {
			keep = append(keep, made...)
		}
		keep = append(keep, n)
	}
	l.nodes = keep
}

// sort orders the nodes as torch.fx does: nodes whose operands are all placed, first come first served.
func (l *lowering) sort() {
	wait := map[*lnode]int{}
	for _, n := range l.nodes {
		for _, u := range n.users {
			wait[u]++
		}
	}
	var queue []*lnode
	for _, n := range l.nodes {
		if wait[n] == 0 {
			queue = append(queue, n)
		}
	}
	var out []*lnode
	for len(queue) > 0 {
		n := queue[0]
		queue = queue[1:]
		out = append(out, n)
		for _, u := range n.users {
			if wait[u]--; wait[u] > 0 {
				continue
			}
			if early(u.Target) {
				queue = append([]*lnode{u}, queue...)
			} else {
				queue = append(queue, u)
			}
		}
	}
	l.nodes = out
	l.relink()
}

// relink orders every user list as copying the nodes in their new order leaves it.
func (l *lowering) relink() {
	for _, n := range l.nodes {
		n.users = n.users[:0]
	}
	for _, n := range l.nodes {
		for _, p := range l.inputs(n) {
			p.users = append(p.users, n)
		}
	}
}

// early says whether torch.fx puts an operator in front of what else could run: those of symbolic sizes.
//
//	source  torch/fx/passes/tools_common.py: PRIORITIZED_OPS
func early(target string) bool {
	switch target {
	case "aten.sym_constrain_range.default", "aten.sym_constrain_range_for_size.default", "aten._assert_async.msg",
		"aten.scalar_tensor.default", "aten._assert_scalar.default":
		return true
	}
	return strings.HasPrefix(target, "_operator.") && target != "_operator.getitem"
}

// dropConstants takes out the constants that delegates own. One that others read too stays as often as they read it.
func (l *lowering) dropConstants() {
	for _, n := range l.nodes {
		if !l.consts[n.Name] || len(n.users) == 0 {
			continue
		}
		owned := slices.DeleteFunc(slices.Clone(n.users), func(u *lnode) bool { return u.Target != callDelegate })
		if len(owned) == len(n.users) {
			n.gone = true
		}
		for _, u := range owned {
			u.Args = slices.DeleteFunc(u.Args, func(a Arg) bool { return a.Str == n.Name })
		}
	}
	l.nodes = slices.DeleteFunc(l.nodes, func(n *lnode) bool { return n.gone })
	l.relink()
}

// finish numbers the delegates in order and puts the get_attr of each in front of its call.
func (l *lowering) finish() []Node {
	var out []Node
	k := 0
	rename := map[string]string{}
	for _, n := range l.nodes {
		x := n.Node
		x.Tag = ""
		if x.Target == callDelegate {
			attr := fmt.Sprintf("lowered_module_%d", k)
			out = append(out, Node{Name: attr, Op: model.GetAttr.String(), Target: attr})
			x.Args = append([]Arg{{Kind: model.ArgNode, Str: attr}}, x.Args...)
			name := "executorch_call_delegate"
			if k > 0 {
				name += "_" + strconv.Itoa(k)
			}
			rename[x.Name], x.Name = name, name
			k++
		}
		walkArgs(&x, func(a *Arg) {
			if to, ok := rename[a.Str]; ok {
				a.Str = to
			}
		})
		out = append(out, x)
	}
	return out
}
