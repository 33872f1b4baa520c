package model

// Relation ties the nodes of one graph to nodes of another, many to many, in two flat slices.
type Relation struct {
	off []int32
	to  []NodeID
}

// Of is the nodes that n is tied to.
func (r Relation) Of(n NodeID) []NodeID {
	if n < 0 || int(n)+1 >= len(r.off) {
		return nil
	}
	return r.to[r.off[n]:r.off[n+1]]
}

// Len is the number of nodes on the near side.
func (r Relation) Len() int { return max(0, len(r.off)-1) }

// NewRelation makes a relation of n nodes from what each is tied to.
func NewRelation(n int, of func(NodeID) []NodeID) Relation {
	r := Relation{off: make([]int32, n+1)}
	for i := range n {
		r.to = append(r.to, of(NodeID(i))...)
		r.off[i+1] = int32(len(r.to))
	}
	return r
}

// Identity ties each of n nodes to the node of the same ID.
func Identity(n int) Relation {
	r := Relation{off: make([]int32, n+1), to: make([]NodeID, n)}
	for i := range n {
		r.to[i], r.off[i+1] = NodeID(i), int32(i+1)
	}
	return r
}

// Then follows r and then next.
func (r Relation) Then(next Relation) Relation {
	return NewRelation(r.Len(), func(n NodeID) []NodeID {
		var out []NodeID
		for _, m := range r.Of(n) {
			out = appendNew(out, next.Of(m)...)
		}
		return out
	})
}

// Reverse is the relation read from the far side, which has n nodes.
func (r Relation) Reverse(n int) Relation {
	back := make([][]NodeID, n)
	for i := range r.Len() {
		for _, m := range r.Of(NodeID(i)) {
			back[m] = append(back[m], NodeID(i))
		}
	}
	return NewRelation(n, func(m NodeID) []NodeID { return back[m] })
}

func appendNew(out []NodeID, more ...NodeID) []NodeID {
next:
	for _, m := range more {
		for _, have := range out {
			if have == m {
				continue next
			}
		}
		out = append(out, m)
	}
	return out
}
