package ethosu

import (
	"fmt"
	"slices"

	"seam/model"
)

// Run checks every node of an edge graph and partitions it.
//
//	errors  an UpstreamError where upstream raises; a MissingError for what is not modelled
//	source  backends/arm/tosa/partitioner.py: TOSAPartitioner.partition
func Run(g *model.Graph, cfg Config) (*Partitioning, error) {
	return RunWhatIf(g, cfg, WhatIf{})
}

// run partitions one graph, the bodies in it first.
//
//	source  backends/arm/tosa/partitioner.py: TOSAPartitioner._tag_module
func (w *walk) run(g *model.Graph, change WhatIf) (*Partitioning, error) {
	target, err := ParseTarget(w.cfg.Target)
	if err != nil {
		return nil, err
	}
	subs, err := w.bodies(g, WhatIf{Off: change.Off}) // nodes are named in the main graph alone
	if err != nil {
		return nil, err
	}
	accept, rejected, err := w.check(g)
	if err != nil {
		return nil, err
	}
	if !change.none() {
		accept, rejected = change.apply(g, accept, rejected)
	}
	t := newTagger(g, w.cfg)
	t.next, t.rejected = w.next, rejected
	for _, nodes := range propose(g, accept) {
		t.process(nodes)
	}
	w.next, w.tags[g] = t.next, t.tag
	return t.finish(target, subs), nil
}

// propose groups the accepted nodes into partitions, in upstream's order and each in upstream's node order.
//
// Upstream walks the graph backwards and lets each node join the oldest partition that it may join without a cycle. A new
// partition is opened only by a node that reaches every older one through something outside, so each partition reaches all
// older ones, and the set of partitions that a node reaches is always a prefix. A node's partition is therefore one number:
// the largest of its users', and one more than what an unaccepted user reaches.
//
//	source  torch/fx/passes/infra/partitioner.py: CapabilityBasedPartitioner.propose_partitions
func propose(g *model.Graph, accept []bool) [][]model.NodeID {
	level := make([]int32, g.Len()) // partition of an accepted node; what another one reaches, -1 for none
	var size []int
	var id []int // by partition: the number that survives its merges; of two equally large, the newer one's
	next := 0
	for i := g.Len() - 1; i >= 0; i-- {
		n := model.NodeID(i)
		if !accept[n] {
			level[n] = reached(g, n, level)
			continue
		}
		part := int32(0)
		for _, u := range g.Users(n) {
			l := level[u]
			if !accept[u] {
				l++
			}
			part = max(part, l)
		}
		level[n] = part
		if int(part) == len(size) {
			size, id = append(size, 0), append(id, next)
		}
		if size[part]++; size[part] == 2 {
			id[part] = next
		}
		next++
	}
	parts := make([][]model.NodeID, len(size))
	for i := range g.Len() {
		if n := model.NodeID(i); accept[n] {
			parts[level[n]] = append(parts[level[n]], n)
		}
	}
	moveGetitems(g, parts, accept, level)
	order := make([]int, len(parts))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return id[a] - id[b] })
	var out [][]model.NodeID
	for _, i := range order {
		if len(parts[i]) > 0 {
			out = append(out, parts[i])
		}
	}
	return out
}

func reached(g *model.Graph, n model.NodeID, level []int32) int32 {
	l := int32(-1)
	for _, u := range g.Users(n) {
		l = max(l, level[u])
	}
	return l
}

// moveGetitems puts the results of a node with several into the partition of that node, or out of any.
func moveGetitems(g *model.Graph, parts [][]model.NodeID, accept []bool, level []int32) {
	of := make([]int32, g.Len())
	for i := range of {
		if of[i] = -1; accept[i] {
			of[i] = level[i]
		}
	}
	for again := true; again; {
		again = false
		for i := range g.Len() {
			n := model.NodeID(i)
			for _, u := range g.Users(n) {
				if g.Node(u).Target != "_operator.getitem" || of[u] == of[n] {
					continue
				}
				if of[u] >= 0 {
					k := slices.Index(parts[of[u]], u)
					parts[of[u]] = slices.Delete(parts[of[u]], k, k+1)
				}
				if of[n] >= 0 {
					parts[of[n]] = append(parts[of[n]], u)
				}
				of[u], again = of[n], true
			}
		}
	}
}

// tagger is the state of post-processing: which tag each node carries.
type tagger struct {
	g        *model.Graph
	cfg      Config
	tag      []int32 // by node; -1 for none
	proposed []int32
	alive    map[int]bool // the tags that are returned
	next     int
	rejected []model.Rejection
	refused  []bool // by node: upstream has a reason already
	set      stamps // scratch of reenters
	seen     stamps // scratch of reenters and boundary
	queue    []model.NodeID
}

// stamps is a set of nodes that empties at no cost.
type stamps struct {
	at  []int32 // by node: the last round in which it was in the set
	now int32
}

// clear empties the set, which is of n nodes at most.
func (s *stamps) clear(n int) {
	if s.at == nil {
		s.at = make([]int32, n)
	}
	s.now++
}

func (s *stamps) has(n model.NodeID) bool { return s.at[n] == s.now }

func (s *stamps) add(n model.NodeID) { s.at[n] = s.now }

func newTagger(g *model.Graph, cfg Config) *tagger {
	t := &tagger{g: g, cfg: cfg, tag: make([]int32, g.Len()), proposed: make([]int32, g.Len()), alive: map[int]bool{}}
	for i := range t.tag {
		t.tag[i], t.proposed[i] = -1, -1
	}
	return t
}

// process tags one proposed partition, takes its boundary off, splits it where that made a cycle, and drops what does nothing.
//
//	source  backends/arm/tosa/partitioner.py: TOSAPartitioner._tag_module
func (t *tagger) process(nodes []model.NodeID) {
	tag := t.newTag()
	for _, n := range nodes {
		t.tag[n], t.proposed[n] = int32(tag), int32(tag)
	}
	t.detag(nodes, tag)
	left := t.carrying(nodes, tag)
	groups := map[int][]model.NodeID{tag: left}
	order := []int{tag}
	if t.cfg.Release > "1.3.1" && len(left) > 0 && t.reenters(left) {
		delete(t.alive, tag)
		groups, order = map[int][]model.NodeID{}, nil
		for _, c := range t.components(left) {
			k := t.newTag()
			for _, n := range c {
				t.tag[n] = int32(k)
			}
			groups[k], order = c, append(order, k)
		}
	}
	for _, k := range order {
		if t.cfg.Release == "1.3.1" { // it looks at what was proposed, whatever the boundary sweep took out
			t.drop(groups[k], nodes, k)
		} else if len(groups[k]) > 0 {
			t.drop(groups[k], groups[k], k)
		}
	}
}

func (t *tagger) newTag() int {
	k := t.next
	t.next++
	t.alive[k] = true
	return k
}

func (t *tagger) carrying(nodes []model.NodeID, tag int) []model.NodeID {
	var out []model.NodeID
	for _, n := range nodes {
		if t.tag[n] == int32(tag) {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return out
}

// Texts of post-processing.
const (
	textFirstNode = "Was first node in partition and input %s had fp dtype."
	textUint8     = "Partition contained internal uint8 tensors. Uint8 is only supported at IO boundaries for TOSA backends."
	textNoCompute = "Partition contained only ops which are removed in the TOSA lowering, leading to an empty partition."
)

func partitionRule(id, symbol string) model.Rule {
	return model.Rule{ID: id, File: "backends/arm/tosa/partitioner.py", Symbol: symbol}
}

// detag takes quantize nodes with a producer outside, dequantize nodes with a user outside, and nodes that read a float from
// outside, out of the partition: one sweep forward, tags read as they are.
//
//	source  backends/arm/tosa/partitioner.py: TOSAPartitioner._detag_boundary_nodes
func (t *tagger) detag(nodes []model.NodeID, tag int) {
	sorted := slices.Clone(nodes)
	slices.Sort(sorted)
	for _, n := range sorted {
		x := t.g.Node(n)
		in := t.g.In(n)
		switch {
		case isQuantize(x):
			if len(in) == 0 || t.tag[in[0]] != int32(tag) {
				t.tag[n] = -1
			}
		case isDequantize(x):
			for _, u := range t.g.Users(n) {
				if t.tag[u] != int32(tag) {
					t.tag[n] = -1
					break
				}
			}
		default:
			if p := t.floatFromOutside(in, tag); p != model.None {
				t.tag[n] = -1
				t.reject(n, partitionRule("P-FIRST-NODE-FP", "_detag_boundary_nodes"), fmt.Sprintf(textFirstNode, t.g.Node(p).Name))
			}
		}
	}
}

func (t *tagger) floatFromOutside(in []model.NodeID, tag int) model.NodeID {
	for _, p := range in {
		if t.tag[p] == int32(tag) {
			continue
		}
		typ := valueType(t.g, p)
		if e, ok := typ.First(); ok && (e.DType.IsFloat() || e.DType.IsComplex()) {
			return p
		}
	}
	return model.None
}

func (t *tagger) reject(n model.NodeID, r model.Rule, text string) {
	if t.refused == nil {
		t.refused = make([]bool, t.g.Len())
		for _, x := range t.rejected {
			t.refused[x.Node] = true
		}
	}
	t.rejected = append(t.rejected, model.Rejection{Node: n, Rule: r, Text: text, First: !t.refused[n]})
	t.refused[n] = true
}

// reenters says whether a path leaves the set and comes back.
//
//	source  backends/arm/tosa/partitioner.py: TOSAPartitioner._validate_partition
func (t *tagger) reenters(set []model.NodeID) bool {
	t.set.clear(t.g.Len())
	for _, n := range set {
		t.set.add(n)
	}
	t.seen.clear(t.g.Len())
	last := set[len(set)-1]
	queue := t.queue[:0]
	defer func() { t.queue = queue }()
	push := func(u model.NodeID) {
		if u <= last && !t.seen.has(u) {
			t.seen.add(u)
			queue = append(queue, u)
		}
	}
	for _, n := range set {
		for _, u := range t.g.Users(n) {
			if !t.set.has(u) {
				push(u)
			}
		}
	}
	for len(queue) > 0 {
		n := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		if t.set.has(n) {
			return true
		}
		for _, u := range t.g.Users(n) {
			push(u)
		}
	}
	return false
}

// components is the connected pieces of the set, by smallest node. Upstream numbers them from an unordered set.
//
//	source  backends/arm/tosa/partitioner.py: TOSAPartitioner._find_connected_components
func (t *tagger) components(set []model.NodeID) [][]model.NodeID {
	piece := map[model.NodeID]int{}
	for _, n := range set {
		piece[n] = -1
	}
	var out [][]model.NodeID
	for _, start := range set {
		if piece[start] >= 0 {
			continue
		}
		k := len(out)
		out = append(out, nil)
		stack := []model.NodeID{start}
		piece[start] = k
		for len(stack) > 0 {
			n := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			out[k] = append(out[k], n)
			for _, m := range slices.Concat(t.g.In(n), t.g.Users(n)) {
				if have, ok := piece[m]; ok && have < 0 {
					piece[m] = k
					stack = append(stack, m)
				}
			}
		}
		slices.Sort(out[k])
	}
	return out
}

// drop rejects a group of nodes that holds uint8 values inside, or where nothing among judged computes.
func (t *tagger) drop(nodes, judged []model.NodeID, tag int) {
	text, rule := "", partitionRule("P-UINT8-INSIDE", "_partition_has_invalid_uint8")
	if slices.ContainsFunc(nodes, func(n model.NodeID) bool { return t.innerUint8(n) }) {
		text = textUint8
	} else if !slices.ContainsFunc(judged, func(n model.NodeID) bool { return t.computes(n) }) {
		text, rule = textNoCompute, partitionRule("P-NO-COMPUTE", "is_noop_partition")
	} else {
		return
	}
	for _, n := range nodes {
		t.tag[n] = -1
		t.reject(n, rule, text)
	}
	delete(t.alive, tag)
}

func (t *tagger) innerUint8(n model.NodeID) bool {
	x := t.g.Node(n)
	e, ok := x.Type.First()
	if !ok || e.DType != model.Uint8 || isQuantize(x) || isDequantize(x) {
		return false
	}
	users := t.g.Users(n)
	if x.Target != "_operator.getitem" || len(users) == 0 {
		return true
	}
	return slices.ContainsFunc(users, func(u model.NodeID) bool { return t.g.Node(u).Kind != model.Output })
}
