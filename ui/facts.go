package ui

import (
	"fmt"
	"strings"

	"seam/internal/pipeline"
	"seam/model"
	"seam/quant"
)

// facts is a result with what the panes need of it, prepared once in the goroutine of the run. Only the listings are added
// later, on the event loop.
type facts struct {
	res      *pipeline.Result
	partial  bool
	noTOSA   bool                            // its delegates could not be lowered
	place    [numLevels][]pipeline.Placement // by node
	refused  [numLevels][]bool               // by node: a check refused it, and it runs on the CPU
	moved    [numLevels][]bool               // by node: it runs elsewhere than in the result compared with, or is another or new
	findings []pipeline.Finding
	pieces   []piece
	groups   []group
	ops      map[string]int // how often each overload occurs where the annotator looks
	effect   pipeline.Effect
	compared bool // effect was computed against another result
	listings map[foldedKey]*listing
}

// The levels are the distinct graphs: traced, annotated, converted, edge.
const (
	levelTraced = iota
	levelAnnotated
	levelConverted
	levelEdge
	numLevels
)

func levelOf(s pipeline.Stage) int {
	switch s {
	case pipeline.Traced:
		return levelTraced
	case pipeline.Annotated, pipeline.Calibrated:
		return levelAnnotated
	case pipeline.Converted:
		return levelConverted
	}
	return levelEdge
}

// piece is a row of the delegates pane: a delegate, an island on the CPU or a boundary.
type piece struct {
	place    pipeline.Placement
	boundary int // index into Layout.Boundaries, -1 for a delegate or island
	at       model.NodeID
	text     string
}

// group is a row of the groups pane: places that share one observer because the annotator said so.
type group struct {
	id quant.GroupID
	at model.NodeID // of the annotated graph: the producer of its root
}

// newFacts prepares a result. base is what it is compared with, nil for nothing.
func newFacts(res, base *pipeline.Result) *facts {
	f := &facts{res: res, listings: map[foldedKey]*listing{}}
	together(func() {
		if res.Layout != nil {
			f.placements()
		}
		if res.Annotatable != nil {
			f.ops = overloads(res.Annotatable)
		}
		if res.Ann != nil {
			f.groups = groups(res)
		}
	}, func() {
		if res.Layout != nil {
			f.pieces = pieces(res)
			f.findings = res.AllFindings()
		}
	}, func() {
		if base != nil && base != res {
			f.effect, f.compared = pipeline.Compare(base, res), true
		}
	})
	if f.compared {
		f.markMoved(base)
	}
	return f
}

// placements carries where each edge node runs, and whether it was refused, down to the graphs before. Where an earlier node
// became several, an operator says more than the quantize and dequantize around it, and the CPU more than a delegate.
func (f *facts) placements() {
	r := f.res
	g := r.Edge.Graph
	f.place[levelEdge] = r.Layout.Place
	f.refused[levelEdge] = make([]bool, g.Len())
	for _, x := range r.Part.Rejected {
		f.refused[levelEdge][x.Node] = r.Layout.Place[x.Node].Kind == pipeline.OnHost
	}
	down := [numLevels]model.Relation{levelAnnotated: r.ToTraced, levelConverted: r.ToAnnotated, levelEdge: r.Edge.From}
	graphs := graphs(r)
	for l := levelEdge; l > levelTraced; l-- {
		if graphs[l-1] == nil {
			return
		}
		f.carry(l, graphs[l], graphs[l-1], down[l])
	}
}

func (f *facts) carry(l int, from, to *model.Graph, rel model.Relation) {
	place, refused := make([]pipeline.Placement, to.Len()), make([]bool, to.Len())
	weight := make([]int8, to.Len())
	for n := range from.Len() {
		p, bad := f.place[l][n], f.refused[l][n]
		w := placeWeight(p, isQDQ(from.Node(model.NodeID(n)).Target))
		for _, m := range rel.Of(model.NodeID(n)) {
			if to.Node(m).Kind != model.Call {
				continue
			}
			refused[m] = refused[m] || bad
			if w > weight[m] {
				place[m], weight[m] = p, w
			}
		}
	}
	f.place[l-1], f.refused[l-1] = place, refused
}

func placeWeight(p pipeline.Placement, qdq bool) int8 {
	w := int8(0)
	switch p.Kind {
	case pipeline.OnHost:
		w = 2
	case pipeline.Delegated, pipeline.Peeled:
		w = 1
	}
	if w > 0 && !qdq {
		w += 2
	}
	return w
}

func isQDQ(target string) bool { return strings.HasPrefix(target, "quantized_decomposed.") }

func overloads(g *model.Graph) map[string]int {
	out := map[string]int{}
	for n := range g.Len() {
		if x := g.Node(model.NodeID(n)); x.Kind == model.Call {
			out[x.Target]++
		}
	}
	return out
}

// graphs is the graphs of a result by level; those of stages that were not reached are nil.
func graphs(r *pipeline.Result) [numLevels]*model.Graph {
	return [numLevels]*model.Graph{r.Traced, r.Annotatable, r.Converted, r.Graph(pipeline.Edge)}
}

// markMoved marks the operators that are not in the result compared with, or are others there, and the edge operators that run
// elsewhere.
func (f *facts) markMoved(base *pipeline.Result) {
	was := graphs(base)
	for l, g := range graphs(f.res) {
		if g == nil || was[l] == nil {
			continue
		}
		f.moved[l] = make([]bool, g.Len())
		if g.Base() == was[l].Base() {
			continue
		}
		for n := range g.Len() {
			x := g.Node(model.NodeID(n))
			if x.Kind != model.Call || isQDQ(x.Target) {
				continue
			}
			m := was[l].Namesake(g, model.NodeID(n))
			f.moved[l][n] = m == model.None || was[l].Node(m).Target != x.Target || !was[l].Node(m).Type.Equal(x.Type)
		}
	}
	edge := f.moved[levelEdge]
	for _, m := range f.effect.Moved {
		if m.Node >= 0 && int(m.Node) < len(edge) {
			edge[m.Node] = true
		}
	}
}

// placeOf is where node n of stage s runs.
func (f *facts) placeOf(s pipeline.Stage, n model.NodeID) pipeline.Placement {
	if p := f.place[levelOf(s)]; s != pipeline.TOSA && int(n) < len(p) {
		return p[n]
	}
	return pipeline.Placement{}
}

func (f *facts) isRefused(s pipeline.Stage, n model.NodeID) bool {
	r := f.refused[levelOf(s)]
	return s != pipeline.TOSA && int(n) < len(r) && r[n]
}

func (f *facts) isMoved(s pipeline.Stage, n model.NodeID) bool {
	m := f.moved[levelOf(s)]
	return s != pipeline.TOSA && int(n) < len(m) && m[n]
}

// pieces lists delegates, islands and boundaries in execution order.
func pieces(r *pipeline.Result) []piece {
	g := r.Edge.Graph
	var out []piece
	seen := map[pipeline.Placement]bool{}
	next := 0
	constant := constants(g)
	for n := range g.Len() {
		id := model.NodeID(n)
		for next < len(r.Layout.Boundaries) && r.Layout.Boundaries[next].At <= id {
			b := r.Layout.Boundaries[next]
			out = append(out, piece{boundary: next, at: b.At, text: boundaryText(b)})
			next++
		}
		p := r.Layout.Place[n]
		if (p.Kind == pipeline.Delegated || p.Kind == pipeline.OnHost) && !seen[p] && !constant[n] {
			seen[p] = true
			out = append(out, piece{place: p, boundary: -1, at: id, text: pieceText(r, p)})
		}
	}
	return out
}

func pieceText(r *pipeline.Result, p pipeline.Placement) string {
	var nodes []model.NodeID
	extra := ""
	switch {
	case p.Kind == pipeline.Delegated && p.Index < len(r.Part.Parts):
		part := r.Part.Parts[p.Index]
		nodes = part.Nodes
		extra = fmt.Sprintf("  %s MAC", count(part.MACs))
	case p.Kind == pipeline.OnHost && p.Index < len(r.Layout.Islands):
		nodes = r.Layout.Islands[p.Index]
	}
	return fmt.Sprintf("%s  %s%s", plural(len(nodes), "node"), tally(r.Edge.Graph, nodes), extra)
}

// boundaryText is a boundary as the lists show it.
func boundaryText(b pipeline.Boundary) string {
	return fmt.Sprintf("%s -> %s  %s B  x%d", sideText(b.From, "input"), sideText(b.To, "output"), bytesText(b.Bytes), len(b.Tensors))
}

// sideText is one side of a boundary; outside is what the program's own end is called there.
func sideText(p pipeline.Placement, outside string) string {
	if p.Index < 0 {
		return outside
	}
	return p.String()
}

// tally names the commonest operators of some nodes: "conv2d x9, relu x9, cat".
func tally(g *model.Graph, nodes []model.NodeID) string {
	const most = 4
	at := map[string]int{}
	var names []string
	var counts []int
	for _, n := range nodes {
		x := g.Node(n)
		if x.Kind != model.Call || isQDQ(x.Target) {
			continue
		}
		name := model.PacketName(x.Target)
		i, ok := at[name]
		if !ok {
			i = len(names)
			at[name], names, counts = i, append(names, name), append(counts, 0)
		}
		counts[i]++
	}
	var out []string
	for range min(most, len(names)) {
		best := 0
		for i := range counts {
			if counts[i] > counts[best] {
				best = i
			}
		}
		out = append(out, times(names[best], counts[best]))
		counts[best] = -1
	}
	return strings.Join(out, ", ")
}

func times(s string, n int) string {
	if n == 1 {
		return s
	}
	return fmt.Sprintf("%s x%d", s, n)
}

// groups lists the sharing groups that the annotator asked for; places that share only as the two ends of one edge are left
// out.
func groups(r *pipeline.Result) []group {
	var out []group
	for i, g := range r.Ann.Groups {
		shared := false
		for _, s := range g.Members {
			shared = shared || r.Ann.Spec(s).Kind == quant.Shared
		}
		if !shared {
			continue
		}
		p, _ := r.Ann.Place(g.Root)
		out = append(out, group{quant.GroupID(i), p})
	}
	return out
}
