package quant

import (
	"slices"

	"seam/model"
)

// cluster is the connected operators of the shared-qspec list that get one spec, and what their neighbours offer.
type cluster struct {
	nodes []model.NodeID
	adj   []QSpec // neighbours' specs, in the order met; only the first counts
	from  []Slot  // where each comes from
	io    bool    // a neighbour is an annotated placeholder or the output
	u8    bool    // such a neighbour has a uint8 spec
}

// shareFrom annotates the cluster that start belongs to.
//
//	source  backends/arm/quantizer/arm_quantizer_utils.py: SharedQspecQuantizer._annotate_shared_cluster
func (a *annotator) shareFrom(start model.NodeID) {
	if len(a.floatIn(start)) == 0 && len(a.floatUsers(start)) == 0 {
		a.annotated(start)
		a.notes[start].Text = textNoFloats
		return
	}
	if a.refused[start] { // the cluster is the same from each of its nodes
		return
	}
	c := a.collect(start)
	if len(c.adj) == 0 && c.io && a.rules.Release > "1.3.1" {
		c.adj = append(c.adj, a.cfg.Args.act())
	}
	slices.Sort(c.nodes)
	if c.u8 && a.touchesBridge(c.nodes) {
		a.refuse(c.nodes, textUint8)
		return
	}
	a.share(c)
}

// share writes one spec to every place of the cluster: the first neighbour's, at the first operand of the first node.
func (a *annotator) share(c cluster) {
	root := c.nodes[0]
	ins := a.floatIn(root)
	if len(c.adj) == 0 || len(ins) == 0 {
		a.refuse(c.nodes, textNoSpec)
		return
	}
	of := shared(a.edge(ins[0], root))
	for _, n := range c.nodes {
		for _, p := range a.floatIn(n) {
			a.setIn(p, n, of)
		}
		if len(a.floatUsers(n)) > 0 {
			a.setOut(n, of)
		}
		a.annotated(n)
	}
	a.setIn(ins[0], root, c.adj[0])
}

func (a *annotator) refuse(nodes []model.NodeID, text string) {
	for _, n := range nodes {
		a.refused[n] = true
		if a.notes[n].Text == "" {
			a.notes[n].Text = text
		}
	}
}

func (a *annotator) touchesBridge(nodes []model.NodeID) bool {
	return slices.ContainsFunc(nodes, func(n model.NodeID) bool { return a.rules.has("io.uint8_bridge", a.op(n)) })
}

// floatIn is the inputs of n whose value is a float tensor.
func (a *annotator) floatIn(n model.NodeID) []model.NodeID {
	var out []model.NodeID
	for _, p := range a.g.In(n) {
		if a.isFloat(p) {
			out = append(out, p)
		}
	}
	return out
}

// floatUsers is the users of n, none if n itself is no float tensor.
func (a *annotator) floatUsers(n model.NodeID) []model.NodeID {
	if !a.isFloat(n) {
		return nil
	}
	return a.g.Users(n)
}

// collect walks from start over listed operators without an annotation, inputs first, then users, breadth first.
func (a *annotator) collect(start model.NodeID) cluster {
	var c cluster
	seen := map[model.NodeID]bool{}
	queue := []model.NodeID{start}
	for len(queue) > 0 {
		n := queue[0]
		queue = queue[1:]
		if seen[n] {
			continue
		}
		seen[n] = true
		c.nodes = append(c.nodes, n)
		next := func(m model.NodeID) {
			if !seen[m] && !a.done[m] && a.isShareable(m) {
				queue = append(queue, m)
			}
		}
		for _, p := range a.g.In(n) {
			next(p)
			a.neighbour(&c, p, a.value(p))
		}
		for _, u := range a.g.Users(n) {
			next(u)
			a.neighbour(&c, u, a.edge(n, u))
		}
	}
	return c
}

// neighbour notes what an annotated neighbour m offers at place s.
func (a *annotator) neighbour(c *cluster, m model.NodeID, s Slot) {
	if !a.done[m] {
		return
	}
	q := a.specs[s]
	k := a.g.Node(m).Kind
	if k == model.Placeholder || k == model.Output {
		c.io = true
		if q.DType == model.Uint8 && q.Kind != NoSpec {
			if c.u8 = true; a.rules.Release > "1.3.1" {
				return
			}
		}
	}
	if q.Kind > NullSpec {
		c.adj, c.from = append(c.adj, q), append(c.from, s)
	}
}
