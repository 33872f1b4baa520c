package model

// Revision is what a graph has other than the one that was built: numbers among arguments, marks, and constants' values.
type Revision struct {
	Args  []NodeArgs
	Marks []Mark // by mark place
	Attrs *Attrs
}

// NodeArgs is the arguments of one node. They name the nodes that the node read before.
type NodeArgs struct {
	Node NodeID
	Args []Arg
}

// Revise makes a graph of g's structure, which shares all that r does not name with the graph that was built.
func (g *Graph) Revise(r Revision) *Graph {
	out := *g.Base()
	out.base, out.Attrs, out.marks = g.Base(), r.Attrs, r.Marks
	if len(r.Args) == 0 {
		return &out
	}
	out.over, out.revised = make([]int32, len(out.nodes)), make([]Node, len(r.Args))
	for i, x := range r.Args {
		out.revised[i] = out.nodes[x.Node]
		out.revised[i].Args = x.Args
		out.over[x.Node] = int32(i + 1)
	}
	return &out
}

// Base is the graph that g was revised from, at first or second hand; g itself if it was not. Graphs of one base have their
// structure in common: nodes, names, operators, edges, types.
func (g *Graph) Base() *Graph {
	if g.base != nil {
		return g.base
	}
	return g
}

// Namesake is the node of g that is called as node n of h, None if there is none.
func (g *Graph) Namesake(h *Graph, n NodeID) NodeID {
	if g.Base() == h.Base() {
		return n
	}
	return g.ByName(h.Node(n).Name)
}

// AllMarks is the marks by place. The caller must not change them.
func (g *Graph) AllMarks() []Mark { return g.marks }

// SetMarks gives every node of the graph that Edit or Rebuild took a mark place of its own: node n has place n+1. A place that
// holds NoMark counts as none.
func (b *Builder) SetMarks(by []Mark) {
	b.marks = append(make([]Mark, 1, len(by)+1), by...)
	for i := range by {
		b.nodes[i+1].cell = int32(i + 1)
	}
}

// Final is the number that Freeze gave to node n, None if n was erased.
func (b *Builder) Final(n NodeID) NodeID { return b.final[n] }

// With is a with constants added or replaced; a stays as it is.
func (a *Attrs) With(list []Attr) *Attrs {
	if len(list) == 0 {
		return a
	}
	out := &Attrs{parent: a}
	for _, x := range list {
		out = out.with(x)
	}
	return out
}

// Moved is a, which is from or was derived from it in one step, derived from to instead.
func (a *Attrs) Moved(from, to *Attrs) *Attrs {
	if a == from {
		return to
	}
	return &Attrs{parent: to, own: a.own, order: a.order}
}
