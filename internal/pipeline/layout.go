package pipeline

import (
	"seam/ethosu"
	"seam/model"
	"seam/quant"
)

// newLayout finds the delegates', islands' and boundaries' places in a partitioned edge graph.
func newLayout(g *model.Graph, p *ethosu.Partitioning) *Layout {
	l := &Layout{Place: make([]Placement, g.Len())}
	refused := make([]bool, g.Len())
	for _, r := range p.Rejected {
		refused[r.Node] = true
	}
	for i := range g.Len() {
		n := model.NodeID(i)
		x := g.Node(n)
		switch {
		case x.Kind != model.Call:
		case p.PartOf[n] >= 0:
			l.Place[n] = Placement{Delegated, int(p.PartOf[n])}
			l.OnNPU++
		case quant.IsQuantize(x.Target) || quant.IsDequantize(x.Target):
			l.Place[n] = Placement{Kind: Peeled}
		default:
			l.Place[n] = Placement{Kind: OnHost}
			l.Stranded = append(l.Stranded, n)
		}
	}
	l.islands(g)
	l.boundaries(g)
	return l
}

// islands groups the operators on the CPU that feed each other, through quantize and dequantize nodes too.
func (l *Layout) islands(g *model.Graph) {
	seen := make([]bool, g.Len())
	host := func(n model.NodeID) bool { return l.Place[n].Kind == OnHost || l.Place[n].Kind == Peeled }
	for _, start := range l.Stranded {
		if seen[start] {
			continue
		}
		id := len(l.Islands)
		l.Islands = append(l.Islands, nil)
		seen[start] = true
		stack := []model.NodeID{start}
		for len(stack) > 0 {
			n := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			if l.Place[n].Kind == OnHost {
				l.Place[n].Index = id
				l.Islands[id] = append(l.Islands[id], n)
			}
			for _, list := range [2][]model.NodeID{g.In(n), g.Users(n)} {
				for _, m := range list {
					if !seen[m] && host(m) {
						seen[m] = true
						stack = append(stack, m)
					}
				}
			}
		}
	}
}

// boundaries finds where values cross between a delegate and what is not in it, in order of the first reader.
func (l *Layout) boundaries(g *model.Graph) {
	type pair struct{ from, to Placement }
	at := map[pair]int{}
	end := func(n model.NodeID) (Placement, bool) {
		p := l.Place[n]
		switch g.Node(n).Kind {
		case model.Call:
			if p.Kind == Delegated || p.Kind == OnHost {
				return p, true
			}
		case model.Placeholder:
			return Placement{Kind: OnHost, Index: -1}, !g.IsConstant(n)
		case model.Output:
			return Placement{Kind: OnHost, Index: -1}, true
		}
		return p, false
	}
	for i := range g.Len() {
		n := model.NodeID(i)
		to, ok := end(n)
		if !ok {
			continue
		}
		for _, p := range g.In(n) {
			src, value := p, p
			for l.Place[src].Kind == Peeled && len(g.In(src)) > 0 { // a boundary Q or DQ belongs to the crossing
				src = g.In(src)[0]
			}
			from, ok := end(src)
			if !ok || from == to || from.Kind != Delegated && to.Kind != Delegated {
				continue
			}
			value = crossing(g, l, value)
			k := pair{from, to}
			b, ok := at[k]
			if !ok {
				b = len(l.Boundaries)
				at[k] = b
				l.Boundaries = append(l.Boundaries, Boundary{ID: b + 1, From: from, To: to, At: n})
			}
			l.cross(g, b, value)
		}
	}
}

// crossing is the value that leaves or enters the delegate: the integer one beside a peeled quantize or dequantize.
func crossing(g *model.Graph, l *Layout, n model.NodeID) model.NodeID {
	for l.Place[n].Kind == Peeled && quant.IsDequantize(g.Node(n).Target) && len(g.In(n)) > 0 {
		n = g.In(n)[0]
	}
	return n
}

func (l *Layout) cross(g *model.Graph, b int, value model.NodeID) {
	for _, v := range l.Boundaries[b].Tensors {
		if v == value {
			return
		}
	}
	size := ethosu.Bytes(g.Node(value).Type)
	l.Boundaries[b].Tensors = append(l.Boundaries[b].Tensors, value)
	l.Boundaries[b].Bytes += size
	l.Bytes += size
}

// External says whether one end of the boundary is the program's own input or output.
func (b Boundary) External() bool { return b.From.Index < 0 || b.To.Index < 0 }
