package model

import "slices"

// Freeze numbers the nodes in order and makes the Graph, with the Relation from its nodes to those they came from. The
// builder must not be used afterwards, but for Final.
func (b *Builder) Freeze() (*Graph, Relation, error) {
	id := slices.Repeat([]NodeID{None}, len(b.nodes))
	var order []NodeID
	for n := b.nodes[head].next; n != head; n = b.nodes[n].next {
		id[n] = NodeID(len(order))
		order = append(order, n)
	}
	g := &Graph{
		Dialect: b.Dialect, Symbols: b.Symbols, Attrs: b.attrs, Subs: b.Subs, Inputs: b.Inputs, marks: b.marks,
		nodes: make([]Node, len(order)), names: &nameIndex{}, consts: &constIndex{}, seqs: make([]int32, len(order)), cells: make([]int32, len(order)),
	}
	var slab argSlab
	at := NodeID(0)
	renumber := func(p NodeID) NodeID {
		if id[p] == None { // an erased node: reading itself is what Check finds
			return at
		}
		return id[p]
	}
	for i, n := range order {
		at = NodeID(i)
		g.nodes[i], g.seqs[i], g.cells[i] = b.nodes[n].Node, b.nodes[n].seq, b.nodes[n].cell
		g.nodes[i].Args, g.nodes[i].Kwargs = slab.mapArgs(b.nodes[n].Args, b.nodes[n].Kwargs, renumber)
	}
	g.link()
	b.final = id
	rel := NewRelation(len(order), func(n NodeID) []NodeID { return b.nodes[order[n]].src })
	return g, rel, Check(g)
}

// link fills the flat operand and user lists. Users are ordered by their last write.
func (g *Graph) link() {
	n := len(g.nodes)
	g.inOff, g.userOff = make([]int32, n+1), make([]int32, n+1)
	for i := range g.nodes {
		g.ins = appendInputs(g.ins, &g.nodes[i])
		g.inOff[i+1] = int32(len(g.ins))
	}
	for _, p := range g.ins {
		g.userOff[p+1]++
	}
	for i := range n {
		g.userOff[i+1] += g.userOff[i]
	}
	g.users = make([]NodeID, len(g.ins))
	fill := slices.Clone(g.userOff)
	for i := range n {
		for _, p := range g.In(NodeID(i)) {
			g.users[fill[p]] = NodeID(i)
			fill[p]++
		}
	}
	bySeq := func(x, y NodeID) int { return int(g.seqs[x]) - int(g.seqs[y]) }
	for i := range n {
		if u := g.Users(NodeID(i)); len(u) > 1 && !slices.IsSortedFunc(u, bySeq) {
			slices.SortStableFunc(u, bySeq)
		}
	}
}
