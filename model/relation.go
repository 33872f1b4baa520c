package model

import (
	"cmp"
	"slices"
)

// Relation ties the nodes of one graph to nodes of another, many to many, in two flat slices.
type Relation struct {
	off  []int32
	to   []NodeID
	keys []NodeID // sparse: the nodes that are tied to any, ascending; off counts these then
}

// Of is the nodes that n is tied to.
func (r Relation) Of(n NodeID) []NodeID {
	if r.keys != nil {
		i, ok := slices.BinarySearch(r.keys, n)
		if !ok {
			return nil
		}
		n = NodeID(i)
	}
	if n < 0 || int(n)+1 >= len(r.off) {
		return nil
	}
	return r.to[r.off[n]:r.off[n+1]]
}

// Len is the number of nodes on the near side, of a sparse relation those that are tied to any.
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

// Then follows r, which is not sparse, and then next.
func (r Relation) Then(next Relation) Relation {
	return NewRelation(r.Len(), func(n NodeID) []NodeID {
		var out []NodeID
		for _, m := range r.Of(n) {
			out = appendNew(out, next.Of(m)...)
		}
		return out
	})
}

// Back is the nodes that are tied to m, found by looking at all.
func (r Relation) Back(m NodeID) []NodeID {
	var out []NodeID
	row := 0
	for i, t := range r.to {
		if t != m {
			continue
		}
		for int(r.off[row+1]) <= i {
			row++
		}
		n := NodeID(row)
		if r.keys != nil {
			n = r.keys[row]
		}
		out = append(out, n)
	}
	return out
}

// Reverse is the relation read from the far side. It is sparse: it costs nothing for nodes that are not tied to any.
func (r Relation) Reverse() Relation {
	type tie struct{ from, to NodeID }
	var ties []tie
	for i := range r.Len() {
		n := NodeID(i)
		if r.keys != nil {
			n = r.keys[i]
		}
		for _, m := range r.Of(n) {
			ties = append(ties, tie{m, n})
		}
	}
	slices.SortFunc(ties, func(a, b tie) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to)) })
	back := Relation{keys: []NodeID{}, to: make([]NodeID, len(ties))}
	for i, t := range ties {
		if i == 0 || ties[i-1].from != t.from {
			back.keys, back.off = append(back.keys, t.from), append(back.off, int32(i))
		}
		back.to[i] = t.to
	}
	back.off = append(back.off, int32(len(ties)))
	return back
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
