package quant

import (
	"slices"

	"seam/model"
)

// wiring says which observer calls prepare puts where: behind which node, and which readers read through which.
type wiring struct {
	observers []wired
	value     []int32 // by node: the call behind it for its output's place, -1 without
	reads     []int32 // by edge: the call for the edge's place that the reader reads through, -1 where it reads what stands there already
	last      []int32 // by node: the newest call for one of its readers' places, -1 without; wired.before leads to those before
}

// wired is one observer call.
type wired struct {
	node   model.NodeID // whose value it looks at
	slot   Slot         // the place that asked for it
	before int32        // the call for a reader that was made before it on the same node, -1 for none
}

// wire decides the observer calls of an annotation.
//
//	source  torchao/quantization/pt2e/prepare.py: _maybe_insert_input_observer_for_arg_or_kwarg,
//	        _maybe_insert_output_observer_for_node
func (a *Annotation) wire() *wiring {
	g := a.Graph
	w := &wiring{
		value: slices.Repeat([]int32{-1}, g.Len()), reads: slices.Repeat([]int32{-1}, g.Edges()), last: slices.Repeat([]int32{-1}, g.Len()),
	}
	for i := range g.Len() {
		n := model.NodeID(i)
		if !a.Done[n] {
			continue
		}
		for _, arg := range g.Node(n).Args { // not those given by name
			arg.Walk(func(p model.NodeID) {
				e := g.Edge(p, n)
				w.reads[e] = a.readsThrough(w, p, n, EdgeSlot(e))
			})
		}
		s := a.ValueSlot(n)
		if gr := a.Group(s); gr >= 0 && a.Groups[gr].Spec.Kind != NullSpec && g.Node(n).Type.IsTensor() {
			w.value[n] = w.add(wired{n, s, -1})
		}
	}
	return w
}

func (w *wiring) add(x wired) int32 {
	w.observers = append(w.observers, x)
	return int32(len(w.observers) - 1)
}

// readsThrough is the call through which n reads p, for the place s of that edge.
func (a *Annotation) readsThrough(w *wiring, p, n model.NodeID, s Slot) int32 {
	g := a.Group(s)
	if g < 0 || a.Groups[g].Spec.Kind == NullSpec || a.Graph.Node(p).Kind == model.GetAttr && a.writesInto(n, p) {
		return -1
	}
	if g == a.Group(a.ValueSlot(p)) {
		return -1
	}
	for k := w.last[p]; k >= 0; k = w.observers[k].before {
		if a.Group(w.observers[k].slot) == g {
			return k
		}
	}
	w.last[p] = w.add(wired{p, s, w.last[p]})
	return w.last[p]
}

// writesInto says whether n overwrites a buffer in place.
func (a *Annotation) writesInto(n, buffer model.NodeID) bool {
	x := a.Graph.Node(n)
	if x.Arg(0).Kind != model.ArgNode || x.Arg(0).Node != buffer || !x.Op.HasTag("inplace") {
		return false
	}
	attr, ok := a.Graph.Attrs.Get(a.Graph.Node(buffer).Target)
	return ok && !attr.Param
}

// behind is the calls on node p in graph order: that of its output, then those of its readers' places, the newest first.
func (w *wiring) behind(out []int32, p model.NodeID) []int32 {
	if v := w.value[p]; v >= 0 {
		out = append(out, v)
	}
	for k := w.last[p]; k >= 0; k = w.observers[k].before {
		out = append(out, k)
	}
	return out
}
