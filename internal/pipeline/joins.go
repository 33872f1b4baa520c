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
		return len(pathBetween(g, r.Part, j.from, j.to, func(n model.NodeID) bool { return !r.idle(n) })) > 0
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

// pathBetween is the shortest way from delegate a to delegate b over nodes of neither, with at least one node that counts; nil if
// there is none. Its ends are in a and in b.
//
//	counts whether a node between them makes the way one; nil for every node
func pathBetween(g *model.Graph, p *ethosu.Partitioning, a, b int, counts func(model.NodeID) bool) []model.NodeID {
	type state struct {
		node    model.NodeID
		counted bool
	}
	from := map[state]state{}
	var queue []state
	push := func(n model.NodeID, counted bool, by state) {
		s := state{n, counted}
		if _, ok := from[s]; !ok {
			from[s] = by
			queue = append(queue, s)
		}
	}
	none := state{node: model.None}
	for _, n := range p.Parts[a].Nodes {
		push(n, false, none)
	}
	last := slices.Max(p.Parts[b].Nodes) // ids are topological: what comes later does not lead there
	for len(queue) > 0 {
		s := queue[0]
		queue = queue[1:]
		for _, u := range g.Users(s.node) {
			switch part := int(p.PartOf[u]); {
			case part == a || u > last:
			case part == b:
				if s.counted {
					path := []model.NodeID{u}
					for ; s != none; s = from[s] {
						path = append(path, s.node)
					}
					slices.Reverse(path)
					return path
				}
			default:
				push(u, s.counted || counts == nil || counts(u), s)
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
			if b.From.Kind == Delegated && b.To.Kind == Delegated && b.From.Index == j.from && b.To.Index == j.to {
				f.Bytes += b.Bytes
				f.Boundaries = append(f.Boundaries, b.ID)
			}
		}
		out = append(out, f)
	}
	return out
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
