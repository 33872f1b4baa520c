package pipeline

import (
	"math"
	"slices"

	"seam/model"
	"seam/quant"
)

// Compare is what a change did, from the result before it to the one after.
func Compare(before, after *Result) Effect {
	var e Effect
	e.figures(0, before)
	e.figures(1, after)
	e.scales(before, after)
	e.moved(before, after)
	return e
}

// figures fills in one side's counts.
func (e *Effect) figures(i int, r *Result) {
	e.Missing[i] = len(r.Missing)
	if r.Ann != nil {
		e.Groups[i] = len(r.Ann.Groups)
	}
	if r.Layout == nil {
		return
	}
	e.Delegates[i], e.Stranded[i] = len(r.Part.Parts), len(r.Layout.Stranded)
	e.OnNPU[i], e.Bytes[i] = r.Layout.OnNPU, r.Layout.Bytes
	for _, n := range r.Layout.Stranded {
		e.MACs[i] += macs(r.Edge.Graph, n)
	}
}

// scales lists the places whose parameters differ, those that lose most resolution first.
func (e *Effect) scales(before, after *Result) {
	if before.Cal == nil || after.Cal == nil {
		return
	}
	old := slotMatch(before.Ann, after.Ann)
	for _, s := range after.Ann.Order {
		t := old(s)
		if t < 0 {
			continue
		}
		was, is := before.Cal.Param(before.Ann.Group(t)), after.Cal.Param(after.Ann.Group(s))
		if len(was) == 0 || len(was) != len(is) || slices.Equal(was, is) {
			continue
		}
		c := ScaleChange{Place: after.Ann.PlaceName(s), Before: was[0].Scale, After: is[0].Scale, Zero: [2]int64{was[0].Zero, is[0].Zero}}
		for i := range was {
			c.Bits = max(c.Bits, math.Log2(is[i].Scale/was[i].Scale))
		}
		if after.Ann.Spec(s).Kind != quant.Derived {
			e.WorstBits = max(e.WorstBits, c.Bits)
		}
		e.Scales = append(e.Scales, c)
	}
	slices.SortStableFunc(e.Scales, func(a, b ScaleChange) int {
		switch {
		case a.Bits > b.Bits:
			return -1
		case a.Bits < b.Bits:
			return 1
		}
		return 0
	})
}

// slotMatch finds a place of the new annotation in the old one: the same slot of the same graph, else by name.
func slotMatch(old, now *quant.Annotation) func(quant.Slot) quant.Slot {
	if old.Graph.Base() == now.Graph.Base() {
		return func(s quant.Slot) quant.Slot {
			if old.Spec(s).Kind == quant.NoSpec {
				return -1
			}
			return s
		}
	}
	byName := make(map[string]quant.Slot, len(old.Order))
	for _, s := range old.Order {
		byName[old.PlaceName(s)] = s
	}
	return func(s quant.Slot) quant.Slot {
		if t, ok := byName[now.PlaceName(s)]; ok {
			return t
		}
		return -1
	}
}

// moved lists the operators that run elsewhere, matched by name.
func (e *Effect) moved(before, after *Result) {
	if before.Layout == nil || after.Layout == nil {
		return
	}
	a, b := before.Edge.Graph, after.Edge.Graph
	compute := func(n *model.Node) bool {
		return n.Kind == model.Call && !quant.IsQuantize(n.Target) && !quant.IsDequantize(n.Target)
	}
	for i := range b.Len() {
		n := model.NodeID(i)
		x := b.Node(n)
		if !compute(x) {
			continue
		}
		m := a.Namesake(b, n)
		if m == model.None {
			continue
		}
		if was, is := before.Layout.Place[m], after.Layout.Place[n]; was != is {
			e.Moved = append(e.Moved, Moved{Node: n, Name: x.Name, Before: was, After: is})
		}
	}
	for i := range a.Len() {
		n := model.NodeID(i)
		if x := a.Node(n); compute(x) && b.Namesake(a, n) == model.None {
			e.Moved = append(e.Moved, Moved{Node: model.None, Name: x.Name, Before: before.Layout.Place[n]})
		}
	}
}
