package ethosu

import (
	"slices"

	"seam/model"
)

// finish makes the result of the tags.
func (t *tagger) finish(target Target, subs []SubPartition) *Partitioning {
	p := &Partitioning{
		Target: target, TagOf: t.tag, Proposed: t.proposed, PartOf: make([]int32, t.g.Len()), Rejected: t.rejected, Subs: subs,
	}
	for _, s := range subs {
		p.Tags = append(p.Tags, s.Tags...)
	}
	for k := range t.alive {
		p.Tags = append(p.Tags, k)
	}
	slices.Sort(p.Tags)
	byTag := map[int]int{}
	for i := range t.g.Len() {
		k := int(t.tag[i])
		if p.PartOf[i] = -1; k < 0 {
			continue
		}
		at, ok := byTag[k]
		if !ok {
			at = len(p.Parts)
			byTag[k] = at
			p.Parts = append(p.Parts, Partition{Tag: k})
		}
		p.Parts[at].Nodes = append(p.Parts[at].Nodes, model.NodeID(i))
		p.PartOf[i] = int32(at)
	}
	t.executionOrder(p)
	for k := range p.Parts {
		t.boundary(p, k)
	}
	return p
}

// executionOrder sorts the delegates as they run: a delegate behind all those whose values it needs, else by first operator.
//
//	source  exir/backend/backend_api.py: delegates are numbered in graph order
func (t *tagger) executionOrder(p *Partitioning) {
	n := len(p.Parts)
	if n < 2 {
		return
	}
	depth := t.depths(p)
	first := make([]model.NodeID, n)
	for k := range p.Parts {
		nodes := p.Parts[k].Nodes
		first[k] = nodes[0]
		for _, x := range nodes {
			if node := t.g.Node(x); !isDequantize(node) && !isQuantize(node) {
				first[k] = x
				break
			}
		}
	}
	order := make([]int, n)
	for k := range order {
		order[k] = k
	}
	slices.SortStableFunc(order, func(a, b int) int {
		if depth[a] != depth[b] {
			return depth[a] - depth[b]
		}
		return int(first[a] - first[b])
	})
	parts := make([]Partition, n)
	for to, from := range order {
		parts[to] = p.Parts[from]
		for _, x := range parts[to].Nodes {
			p.PartOf[x] = int32(to)
		}
	}
	p.Parts = parts
}

// depths is, by delegate, the longest chain of delegates in front of it.
func (t *tagger) depths(p *Partitioning) []int {
	depth := make([]int, len(p.Parts))
	at := make([]int, t.g.Len()) // delegates on the way to each node
	for range p.Parts {
		changed := false
		clear(at)
		for i := range t.g.Len() {
			n := model.NodeID(i)
			k := p.PartOf[i]
			for _, q := range t.g.In(n) {
				d := at[q]
				if j := p.PartOf[q]; j >= 0 && j != k {
					d = max(d, depth[j]+1)
				}
				at[i] = max(at[i], d)
			}
			if k >= 0 {
				if at[i] > depth[k] {
					depth[k], changed = at[i], true
				}
				at[i] = depth[k]
			}
		}
		if !changed {
			break
		}
	}
	return depth
}

// boundary fills in what crosses delegate k's edge and how much it computes.
func (t *tagger) boundary(p *Partitioning, k int) {
	part := &p.Parts[k]
	t.seen.clear(t.g.Len())
	for _, n := range part.Nodes {
		for _, q := range t.g.In(n) {
			if p.PartOf[q] != int32(k) && !t.seen.has(q) && !t.g.IsConstant(q) {
				t.seen.add(q)
				part.Inputs = append(part.Inputs, q)
				part.Bytes += Bytes(t.g.Node(q).Type)
			}
		}
		for _, u := range t.g.Users(n) {
			if p.PartOf[u] != int32(k) {
				part.Outputs = append(part.Outputs, n)
				part.Bytes += Bytes(t.g.Node(n).Type)
				break
			}
		}
		part.MACs += MACs(t.g, n)
	}
}

// Bytes is the memory of a value: elements times their size; 0 where a shape is symbolic.
func Bytes(t model.Type) int64 {
	list := t.List
	if t.IsTensor() {
		list = []model.TensorType{t.T}
	}
	n := int64(0)
	for _, e := range list {
		n += max(e.Shape.Numel(), 0) * int64(e.DType.Bytes())
	}
	return n
}

// MACs is the multiply-accumulate operations of node n per inference; 0 for operators that do none, and where a shape is
// symbolic.
func MACs(g *model.Graph, n model.NodeID) int64 {
	x := g.Node(n)
	weight := func(i int) model.Shape { return g.Node(x.Arg(i).Node).Type.T.Shape }
	out := max(x.Type.T.Shape.Numel(), 0)
	switch x.Target {
	case "aten.convolution.default":
		w := weight(1)
		if x.Arg(6).Bool() { // transposed: each input element meets the kernel
			return max(weight(0).Numel(), 0) * w.Numel() / max(1, int64(w.At(0)))
		}
		return out * w.Numel() / max(1, int64(w.At(0)))
	case "aten.linear.default":
		return out * int64(weight(1).At(1))
	case "aten.mm.default", "aten.bmm.default":
		if d := weight(0).At(-1); d > 0 {
			return out * int64(d)
		}
	}
	return 0
}
