package eval

import (
	"slices"

	"seam/model"
)

// aliasing says which nodes share their whole storage, element by element: in-place results, and views that keep the order of
// the elements. Other views of the same storage (slices, permutations) are partial.
type aliasing struct {
	root    []model.NodeID // the node that owns the storage, through whole aliases only
	base    []model.NodeID // the node that owns the storage, through partial views too
	inPlace []bool
	members map[model.NodeID][]model.NodeID // by base, the nodes that were made from it, in order
}

func aliases(g *model.Graph) *aliasing {
	a := &aliasing{
		root: make([]model.NodeID, g.Len()), base: make([]model.NodeID, g.Len()), inPlace: make([]bool, g.Len()),
		members: map[model.NodeID][]model.NodeID{},
	}
	for i := range g.Len() {
		id := model.NodeID(i)
		a.root[i], a.base[i] = id, id
		n := g.Node(id)
		if n.Kind != model.Call || n.Arg(0).Kind != model.ArgNode {
			continue
		}
		o, from := parseOp(n.Target, n.Op), n.Arg(0).Node
		a.inPlace[i] = o.inPlace
		switch {
		case mayCopy(o) && a.root[from] != a.base[from]:
		case o.inPlace || isWhole(o):
			a.root[i], a.base[i] = a.root[from], a.base[from]
		case n.Op.HasTag("view"):
			a.base[i] = a.base[from]
		}
		if b := a.base[i]; b != id {
			a.members[b] = append(a.members[b], id)
		}
	}
	return a
}

// sharing is the nodes in front of n that share storage with it, wholly or in part.
func (a *aliasing) sharing(n model.NodeID) []model.NodeID {
	out := []model.NodeID{a.base[n]}
	for _, m := range a.members[a.base[n]] {
		if m < n {
			out = append(out, m)
		}
	}
	return out
}

// isWhole says whether the operator returns its first argument's storage, all of it and in order.
func isWhole(o op) bool {
	switch o.base {
	case "view", "squeeze", "unsqueeze", "unflatten", "alias", "detach", "dropout":
		return !o.copies
	}
	return mayCopy(o)
}

// mayCopy says whether the operator is a view of contiguous storage and a copy of anything else. Partial views are taken for
// not contiguous.
func mayCopy(o op) bool {
	return o.base == "reshape" || o.base == "flatten" || o.base == "ravel" || o.base == "contiguous"
}

// writes is the nodes in front of n that n overwrites.
func (a *aliasing) writes(n model.NodeID) []model.NodeID {
	if !a.inPlace[n] {
		return nil
	}
	var out []model.NodeID
	for _, m := range a.sharing(n) {
		if a.root[m] == a.root[n] {
			out = append(out, m)
		}
	}
	return out
}

// hidden says whether n overwrites storage of which a later reader holds another view: that reader would not see the write.
func (a *aliasing) hidden(g *model.Graph, n model.NodeID) bool {
	if !a.inPlace[n] {
		return false
	}
	return slices.ContainsFunc(a.sharing(n), func(m model.NodeID) bool {
		return a.root[m] != a.root[n] && slices.ContainsFunc(g.Users(m), func(u model.NodeID) bool { return u > n })
	})
}
