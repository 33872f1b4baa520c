package pipeline

import (
	"cmp"
	"math"
	"slices"

	"seam/model"
)

// AccuracyChange is what a change costs, beside the delegates that it gains.
type AccuracyChange struct {
	Delegates [2]int
	Outputs   []OutputChange // by the model's outputs
	Worst     []NodeChange   // edge nodes that lose, the largest loss first
}

// OutputChange is an output's loss before and after.
type OutputChange struct {
	Name          string
	Before, After Loss
}

// NodeChange is an edge node's loss before and after, matched by name.
type NodeChange struct {
	Name          string
	Node          model.NodeID // in the result after
	Before, After Loss
}

// DB is by how much the SQNR falls, in dB; 0 where either is not known or both are without noise.
func (c NodeChange) DB() float64 {
	if d := c.Before.SQNR - c.After.SQNR; c.Before.Known && c.After.Known && !math.IsNaN(d) {
		return d
	}
	return 0
}

// CompareAccuracy is what a change costs: the losses a before it against b after it.
func CompareAccuracy(before, after *Result, a, b *Accuracy) AccuracyChange {
	c := AccuracyChange{Delegates: [2]int{len(before.Part.Parts), len(after.Part.Parts)}}
	for i := range max(len(a.Outputs), len(b.Outputs)) {
		var o OutputChange
		if i < len(a.Outputs) {
			o.Name, o.Before = a.Outputs[i].Name, a.Outputs[i].Loss
		}
		if i < len(b.Outputs) {
			o.Name, o.After = b.Outputs[i].Name, b.Outputs[i].Loss
		}
		c.Outputs = append(c.Outputs, o)
	}
	g := after.Edge.Graph
	for i := range g.Len() {
		n := model.NodeID(i)
		x := g.Node(n)
		m := before.Edge.Graph.ByName(x.Name)
		if m == model.None || x.Kind != model.Call || isBoundary(x) {
			continue
		}
		if w := (NodeChange{Name: x.Name, Node: n, Before: a.Nodes[m], After: b.Nodes[n]}); w.DB() > 0 {
			c.Worst = append(c.Worst, w)
		}
	}
	slices.SortStableFunc(c.Worst, func(x, y NodeChange) int { return cmp.Compare(y.DB(), x.DB()) })
	return c
}
