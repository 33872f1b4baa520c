package model

// OrderUsers makes every user list follow the graph's order, as if all arguments had been written front to back.
func (b *Builder) OrderUsers() {
	for n := b.nodes[head].next; n != head; n = b.nodes[n].next {
		b.Touch(n)
	}
}

// RemoveDead erases nodes without users, back to front, unless keep says otherwise. Placeholders and the output stay.
func (b *Builder) RemoveDead(keep func(NodeID) bool) int {
	erased := 0
	for n := b.Last(); n != None; {
		prev := b.Prev(n)
		k := b.nodes[n].Kind
		if k != Placeholder && k != Output && b.UserCount(n) == 0 && !keep(n) {
			b.Erase(n)
			erased++
		}
		n = prev
	}
	return erased
}

// Rebuild makes a builder that holds g's nodes outside the list, under the IDs that ID gives, so that new nodes can take
// their meta, marks and sources over with Spec.Like. Names start anew.
func Rebuild(g *Graph) *Builder {
	b := Derive(g, g.Dialect)
	b.nodes = make([]bnode, len(g.nodes)+1, 2*len(g.nodes)+64)
	b.marks = append([]Mark(nil), g.marks...)
	src := make([]NodeID, len(g.nodes))
	for i := range g.nodes {
		n := &b.nodes[i+1]
		n.Node, n.dead, n.cell = *g.Node(NodeID(i)), true, g.cells[i]
		n.Args, n.Kwargs = nil, nil
		src[i] = NodeID(i)
		n.src = src[i : i+1 : i+1]
	}
	return b
}

// RenameAll gives every node a new name in graph order, from the candidate that f gives.
func (b *Builder) RenameAll(f func(*Node) string) {
	b.Names = NewNamespace()
	for n := b.nodes[head].next; n != head; n = b.nodes[n].next {
		b.nodes[n].Name = b.Names.Create(f(&b.nodes[n].Node))
	}
}
