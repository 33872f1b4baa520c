package pipeline

import (
	"fmt"
	"slices"

	"seam/ethosu"
	"seam/model"
)

// idle says whether node n on the CPU computes nothing: a quantize, a dequantize, or what only renames a value.
func (r *Result) idle(n model.NodeID) bool {
	p := r.Layout.Place[n]
	return p.Kind == Peeled || p.Kind == OnHost && !ethosu.Computes(r.Edge.Graph, r.Config.Release, n)
}

// join is two delegates with nothing useful between them: what stands between is left on the CPU, but computes nothing.
type join struct {
	from, to int            // delegates
	between  []model.NodeID // in graph order; none where a value goes straight from one to the other
}

// joins finds the near-merges: pairs of delegates, one feeding the other, where every way from one to the other goes through idle
// nodes alone. Sorted by pair.
func (r *Result) joins() []join {
	g := r.Edge.Graph
	at := map[[2]int]int{}
	var out []join
	for k := range r.Part.Parts {
		for _, start := range r.Part.Parts[k].Outputs {
			for to, between := range r.idleWays(start) {
				key := [2]int{k, to}
				i, ok := at[key]
				if !ok {
					i = len(out)
					at[key] = i
					out = append(out, join{from: k, to: to})
				}
				out[i].between = append(out[i].between, between...)
			}
		}
	}
	out = slices.DeleteFunc(out, func(j join) bool {
		s := newSides(g, r.Part.Parts[j.from].Nodes, r.Part.Parts[j.to].Nodes)
		return s.path(g, func(n model.NodeID) bool { return !r.idle(n) }) != nil
	})
	for i := range out {
		slices.Sort(out[i].between)
		out[i].between = slices.Compact(out[i].between)
	}
	slices.SortFunc(out, func(a, b join) int {
		if a.from != b.from {
			return a.from - b.from
		}
		return a.to - b.to
	})
	return out
}

// idleWays is, by delegate that is reached from a delegate's output through idle nodes alone, those nodes.
func (r *Result) idleWays(start model.NodeID) map[int][]model.NodeID {
	g, own := r.Edge.Graph, r.Part.PartOf[start]
	out := map[int][]model.NodeID{}
	var walk func(n model.NodeID, way []model.NodeID)
	seen := map[model.NodeID]bool{}
	walk = func(n model.NodeID, way []model.NodeID) {
		for _, u := range g.Users(n) {
			switch p := r.Part.PartOf[u]; {
			case p >= 0 && p != own:
				out[int(p)] = append(out[int(p)], way...)
			case p < 0 && g.Node(u).Kind == model.Call && !seen[u] && r.idle(u):
				seen[u] = true
				walk(u, append(slices.Clone(way), u))
			}
		}
	}
	walk(start, nil)
	return out
}

// sides is two sets of nodes that a way may lead between.
type sides struct {
	from, to []model.NodeID
	in       []int8 // by NodeID: 1 in from, 2 in to, 0 in neither
}

func newSides(g *model.Graph, from, to []model.NodeID) sides {
	s := sides{from, to, make([]int8, g.Len())}
	for _, n := range from {
		s.in[n] = 1
	}
	for _, n := range to {
		s.in[n] = 2
	}
	return s
}

// path is the shortest way from one side to the other over nodes of neither, at least one of which counts; nil if there is none.
// Its ends are in the two sides.
func (s sides) path(g *model.Graph, counts func(model.NodeID) bool) []model.NodeID {
	type state struct {
		node    model.NodeID
		counted bool
	}
	none := state{node: model.None}
	from := map[state]state{}
	var queue []state
	push := func(next, by state) {
		if _, ok := from[next]; !ok {
			from[next] = by
			queue = append(queue, next)
		}
	}
	for _, n := range s.from {
		push(state{node: n}, none)
	}
	last := slices.Max(s.to) // ids are topological: what comes later does not lead there
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for _, u := range g.Users(at.node) {
			switch {
			case u > last || s.in[u] == 1:
			case s.in[u] == 0:
				push(state{u, at.counted || counts(u)}, at)
			case at.counted:
				path := []model.NodeID{u}
				for ; at != none; at = from[at] {
					path = append(path, at.node)
				}
				slices.Reverse(path)
				return path
			}
		}
	}
	return nil
}

// nearJoins is a finding for each near-merge.
func (r *Result) nearJoins() []Finding {
	var out []Finding
	for _, j := range r.joins() {
		f := Finding{
			ID: FindingNearJoin, Severity: "warning", Nodes: j.between, Count: 1, Delegates: Unknown,
			Text: fmt.Sprintf("D%d and D%d: %s", j.from+1, j.to+1, r.between(j)),
		}
		for _, b := range r.Layout.Boundaries {
			if r.atJoin(b, j) {
				f.Bytes += b.Bytes
				f.Boundaries = append(f.Boundaries, b.ID)
				if len(j.between) == 0 {
					f.Nodes = append(f.Nodes, b.At)
				}
			}
		}
		out = append(out, f)
	}
	return out
}

// atJoin says whether a boundary is one of a near-merge: from one delegate to the other, or between one and an island that stands
// between them.
func (r *Result) atJoin(b Boundary, j join) bool {
	from := b.From == Placement{Delegated, j.from}
	to := b.To == Placement{Delegated, j.to}
	host := func(p Placement) bool {
		return p.Kind == OnHost && p.Index >= 0 && slices.ContainsFunc(j.between, func(n model.NodeID) bool { return r.Layout.Place[n] == p })
	}
	return from && to || from && host(b.To) || to && host(b.From)
}

// between says what stands between the two delegates of a near-merge.
func (r *Result) between(j join) string {
	if len(j.between) == 0 {
		return "a value goes straight from one to the other"
	}
	return fmt.Sprintf("only %s between them, which compute nothing", r.names(j.between, 4))
}

// names is the nodes' names, the first limit of them.
func (r *Result) names(nodes []model.NodeID, limit int) string {
	s := ""
	for i, n := range nodes {
		if i == limit {
			return s + fmt.Sprintf(" and %d more", len(nodes)-limit)
		}
		if i > 0 {
			s += ", "
		}
		s += shortName(r.Edge.Graph.Node(n).Name)
	}
	return s
}
