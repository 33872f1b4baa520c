package quant

import (
	"cmp"
	"slices"

	"seam/model"
)

// circuit is what of an annotation decides the nodes that converting makes: the observer calls behind each value, and who reads
// through which of them in which order. Two annotations of one graph with equal circuits give the same nodes under the same names.
type circuit struct {
	*wiring
	ann   *Annotation
	cal   *Calibration
	wrote []int32 // by node, then by call: when its arguments were last written
	now   int32
}

// reader is what reads a value or a call behind it.
type reader struct {
	through int32 // the place, among the calls behind the value, of that which it reads; -1 for the value itself
	who     int32 // a node, or -1-place of a call
	wrote   int32
}

func newCircuit(a *Annotation, cal *Calibration) *circuit {
	c := &circuit{wiring: a.wire(), ann: a, cal: cal}
	n := a.Graph.Len()
	c.wrote = make([]int32, n+len(c.observers))
	for i := range n {
		c.wrote[i] = a.Graph.WriteOrder(model.NodeID(i))
		c.now = max(c.now, c.wrote[i])
	}
	c.inserted()
	c.became()
	return c
}

func (c *circuit) write(i int32) {
	c.now++
	c.wrote[i] = c.now
}

// inserted follows which arguments prepared.insertObservers writes when.
func (c *circuit) inserted() {
	g := c.ann.Graph
	made := int32(0) // calls are made in their order
	var users []reader
	for i := range g.Len() {
		n := model.NodeID(i)
		if !c.ann.Done[n] {
			continue
		}
		first, end := g.InEdges(n)
		for _, k := range c.reads[first:end] {
			for ; k >= made; made++ {
				c.write(int32(g.Len()) + made)
			}
		}
		c.write(int32(n))
		if v := c.value[n]; v >= 0 {
			c.write(int32(g.Len()) + v)
			made = v + 1
			users = c.readers(users[:0], n, nil)
			for _, u := range users {
				c.write(u.who)
			}
		}
	}
}

// became follows prepared.replace, call by call: it reads anew, and then all its readers do.
func (c *circuit) became() {
	nodes := c.ann.Graph.Len()
	var calls []int32
	var by []reader
	for i := range nodes {
		p := model.NodeID(i)
		calls = c.behind(calls[:0], p)
		for at, k := range calls {
			c.write(int32(nodes) + k)
			by = c.readers(by[:0], p, calls)
			for _, r := range by {
				switch {
				case r.through != int32(at):
				case r.who < 0:
					c.write(int32(nodes) + calls[-1-r.who])
				default:
					c.write(r.who)
				}
			}
		}
	}
}

// readers is what reads p and the calls behind it: by what they read, then in the order of their last write.
func (c *circuit) readers(out []reader, p model.NodeID, calls []int32) []reader {
	for _, u := range c.ann.Graph.Users(p) {
		out = append(out, reader{c.through(p, u, calls), int32(u), c.wrote[u]})
	}
	for at, k := range calls {
		out = append(out, reader{c.on(p, at), int32(-1 - at), c.wrote[c.ann.Graph.Len()+int(k)]})
	}
	if len(out) > 1 {
		slices.SortFunc(out, func(x, y reader) int { return cmp.Or(cmp.Compare(x.through, y.through), cmp.Compare(x.wrote, y.wrote)) })
	}
	return out
}

// through is the place of the call behind p that u reads p through, -1 if it reads p itself.
func (c *circuit) through(p, u model.NodeID, calls []int32) int32 {
	if k := c.reads[c.ann.Graph.Edge(p, u)]; k >= 0 {
		return int32(slices.Index(calls, k))
	}
	if c.value[p] >= 0 && len(calls) > 0 {
		return 0
	}
	return -1
}

// on is the place of the call that the call at a place looks at, -1 for the value itself.
func (c *circuit) on(p model.NodeID, at int) int32 {
	if at > 0 && c.value[p] >= 0 {
		return 0
	}
	return -1
}

// comparison compares two circuits of one graph, value by value.
type comparison struct {
	old, now           *circuit
	oldCalls, nowCalls []int32 // behind the value that was compared last
	oldBy, nowBy       []reader
}

// same says whether converting gives the same nodes around value p.
func (c *comparison) same(p model.NodeID) bool {
	c.oldCalls, c.nowCalls = c.old.behind(c.oldCalls[:0], p), c.now.behind(c.nowCalls[:0], p)
	if len(c.oldCalls) != len(c.nowCalls) {
		return false
	}
	for i := range c.oldCalls {
		if !c.sameCall(c.oldCalls[i], c.nowCalls[i]) {
			return false
		}
	}
	c.oldBy, c.nowBy = c.old.readers(c.oldBy[:0], p, c.oldCalls), c.now.readers(c.nowBy[:0], p, c.nowCalls)
	if len(c.oldBy) != len(c.nowBy) {
		return false
	}
	for i, x := range c.oldBy {
		y := c.nowBy[i]
		if x.through != y.through || x.who != y.who {
			return false
		}
		alone := (i == 0 || c.oldBy[i-1].through != x.through) && (i+1 == len(c.oldBy) || c.oldBy[i+1].through != x.through)
		if n := model.NodeID(x.who); n >= 0 && x.through >= 0 && !alone && c.old.ann.annotated(n) != c.now.ann.annotated(n) {
			return false // it gets a dequantize of its own in one of them
		}
	}
	return true
}

// sameCall says whether two calls become pairs of the same types and constants.
func (c *comparison) sameCall(k, l int32) bool {
	old, now := c.old.ann, c.now.ann
	g, h := old.Group(c.old.observers[k].slot), now.Group(c.now.observers[l].slot)
	x, y := &old.Groups[g].Spec, &now.Groups[h].Spec
	params := len(c.old.cal.Param(g))
	return x.DType == y.DType && x.Min == y.Min && x.Max == y.Max && x.Axis == y.Axis && x.Scheme.PerChannel() == y.Scheme.PerChannel() &&
		(x.Kind == Derived) == (y.Kind == Derived) && params > 0 && params == len(c.now.cal.Param(h))
}
