package ui

import (
	"sort"

	"seam/internal/pipeline"
	"seam/model"
	"seam/ui/lanes"
)

type listKey struct {
	stage  pipeline.Stage
	part   int
	params bool
}

// listing is the rows of one stage: the nodes shown, in execution order, with the boundaries between them. It stores one
// number a node; what a row says is made when it is drawn.
type listing struct {
	g        *model.Graph
	key      listKey
	nodes    []model.NodeID
	ord      []int32        // by node: its index in nodes; for a hidden node that of the next one shown
	bounds   []bounds       // in order
	shown    []model.NodeID // nodes before folding
	folds    map[int]folded // by index into nodes: rows that stand for a run
	gutter   *lanes.Lanes
	constant []bool   // by node
	text     []string // the graph's symbols
	buf      []int32
}

// bounds is a boundary in front of the node of that index.
type bounds struct {
	before int
	id     int // index into Layout.Boundaries
}

// foldedKey is what a listing depends on: the folding by its revision, 0 for none.
type foldedKey struct {
	listKey
	rev int
}

func (f *facts) listing(k listKey, fo folding) *listing {
	key := foldedKey{k, fo.rev}
	if fo.by == foldNone {
		key.rev = 0
	}
	if l, ok := f.listings[key]; ok {
		return l
	}
	l := f.newListing(k, fo)
	if l.g != nil { // else its graph may still come
		f.listings[key] = l
	}
	return l
}

// forget drops the folded listings: their folding is old.
func (f *facts) forget() {
	for k := range f.listings {
		if k.rev > 0 {
			delete(f.listings, k)
		}
	}
}

// listNow is the listing of the stage on screen.
func (a *App) listNow() *listing { return a.f.listing(listKey{a.stage, a.part, a.params}, a.fold) }

func (f *facts) graph(s pipeline.Stage, part int) *model.Graph {
	if s != pipeline.TOSA {
		return f.res.Graph(s)
	}
	if part < 0 || part >= len(f.res.Delegates) || f.res.Delegates[part] == nil {
		return nil
	}
	return f.res.Delegates[part].Graph
}

func (f *facts) newListing(k listKey, fo folding) *listing {
	l := &listing{g: f.graph(k.stage, k.part), key: k}
	if l.g == nil {
		return l
	}
	l.text = l.g.SymbolTexts()
	l.ord = make([]int32, l.g.Len())
	constant := constants(l.g)
	for n := range l.g.Len() {
		l.ord[n] = int32(len(l.nodes))
		if k.params || !constant[n] {
			l.nodes = append(l.nodes, model.NodeID(n))
		}
	}
	l.bounds = f.bounds(k.stage, l.ord)
	l.constant, l.shown = constant, l.nodes
	l.fold(f, fo)
	l.gutter = lanes.New(lanes.Source{N: len(l.nodes), In: l.inputs})
	return l
}

// bounds is the boundaries that a stage's listing shows, in order.
//
//	ord  by node: its row
func (f *facts) bounds(s pipeline.Stage, ord []int32) []bounds {
	if s != pipeline.Partitioned || f.res.Layout == nil {
		return nil
	}
	var out []bounds
	for i, b := range f.res.Layout.Boundaries {
		if b.At >= 0 && int(b.At) < len(ord) {
			out = append(out, bounds{int(ord[b.At]), i})
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].before < out[j].before })
	return out
}

// inherit takes the listings of an earlier result over where its graphs are others of the same structure: only the boundaries differ.
func (f *facts) inherit(old *facts) {
	if old == nil {
		return
	}
	for key, l := range old.listings {
		g := f.graph(key.stage, key.part)
		if key.rev > 0 || key.stage == pipeline.TOSA || g == nil || g.Base() != l.g.Base() {
			continue
		}
		if _, have := f.listings[key]; !have {
			next := *l
			next.g, next.bounds = g, f.bounds(key.stage, l.ord)
			f.listings[key] = &next
		}
	}
}

// listAhead makes the listings of all stages, so that going from one to another finds them.
func (f *facts) listAhead() {
	made := make([]*listing, pipeline.TOSA)
	var work []func()
	for s := range pipeline.TOSA {
		if f.res.Reached(s) {
			work = append(work, func() {
				made[s] = f.newListing(listKey{stage: s}, folding{})
				f.res.Graph(s).ByName("") // which makes the index of names
			})
		}
	}
	together(work...)
	for s, l := range made {
		if l != nil && l.g != nil {
			f.listings[foldedKey{listKey{stage: pipeline.Stage(s)}, 0}] = l
		}
	}
}

// inputs is the operands of row i that are shown too, and are no constants: those take no lane. A folded row has those of its
// nodes that come from outside. The next call overwrites them.
func (l *listing) inputs(i int) []int32 {
	l.buf = l.buf[:0]
	fd, ok := l.folds[i]
	if !ok {
		l.reads(i, l.nodes[i])
		return l.buf
	}
	for _, n := range fd.nodes {
		l.reads(i, n)
	}
	return l.buf
}

func (l *listing) reads(i int, n model.NodeID) {
	for _, p := range l.g.In(n) {
		if o := l.ord[p]; !l.constant[p] && int(o) < i {
			l.buf = append(l.buf, o)
		}
	}
}

// foldAt is the run that item i stands for, if it stands for one.
func (l *listing) foldAt(i int) (folded, bool) {
	if len(l.folds) == 0 {
		return folded{}, false
	}
	if _, b := l.at(i); b >= 0 {
		return folded{}, false
	}
	fd, ok := l.folds[l.index(i)]
	return fd, ok
}

// constants says which nodes are parameters, buffers and constants rather than steps of the program, by node: those of the
// signature, and what quantizes or dequantizes them.
func constants(g *model.Graph) []bool {
	out := make([]bool, g.Len())
	for n := range out {
		switch x := g.Node(model.NodeID(n)); {
		case x.Kind != model.Call:
			out[n] = g.IsConstant(model.NodeID(n))
		case isQDQ(x.Target):
			in := g.In(model.NodeID(n))
			out[n] = len(in) > 0 && out[in[0]]
		}
	}
	return out
}

func (l *listing) len() int {
	if l == nil {
		return 0
	}
	return len(l.nodes) + len(l.bounds)
}

// at is item i: a node, or a boundary (then the node behind it).
func (l *listing) at(i int) (n model.NodeID, boundary int) {
	k := sort.Search(len(l.bounds), func(k int) bool { return l.bounds[k].before+k >= i })
	if k < len(l.bounds) && l.bounds[k].before+k == i {
		return l.nodes[min(l.bounds[k].before, len(l.nodes)-1)], l.bounds[k].id
	}
	return l.nodes[i-k], -1
}

// index is the position of item i's node in nodes.
func (l *listing) index(i int) int {
	return i - sort.Search(len(l.bounds), func(k int) bool { return l.bounds[k].before+k >= i })
}

// item is where node n is listed, the next shown one for a hidden node.
func (l *listing) item(n model.NodeID) int {
	if n < 0 || int(n) >= len(l.ord) {
		return 0
	}
	i := int(l.ord[n])
	return min(i+sort.Search(len(l.bounds), func(k int) bool { return l.bounds[k].before > i }), max(0, l.len()-1))
}

// boundary is where boundary number id of the layout is listed, -1 if it is not.
func (l *listing) boundary(id int) int {
	for k, b := range l.bounds {
		if b.id == id {
			return b.before + k
		}
	}
	return -1
}
