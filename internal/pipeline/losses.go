package pipeline

import (
	"context"
	"fmt"
	"math"

	"seam/model"
	"seam/quant"
)

// Losses is the resolution that each place of a shared group loses by sharing, against an observer of its own on the same data.
//
//	result  by quant.Slot, in bits: log2 of the group's scale over the place's own; 0 for a place that shares with no other value,
//	        and where either scale is unknown. Below 0 the own observer would have clipped less and so be coarser
//	errors  cancellation, and what the observers raise
func (r *Runner) Losses(ctx context.Context, res *Result) ([]float64, error) {
	if res.Ann == nil || res.Cal == nil {
		return nil, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([]float64, len(res.Ann.Specs))
	alone := unshared(res.Ann)
	if len(alone.Groups) == 0 {
		return out, nil
	}
	run, err := r.floatRun(res)
	if err != nil {
		return nil, err
	}
	cal, err := quant.Observe(ctx, alone, run, nil)
	if err != nil {
		return nil, fmt.Errorf("observe places alone: %w", err)
	}
	for i, g := range alone.Groups {
		own, shared := cal.Param(quant.GroupID(i)), res.Cal.Param(res.Ann.Group(g.Root))
		if len(own) != 1 || len(shared) != 1 || own[0].Scale <= 0 {
			continue
		}
		for _, s := range g.Members {
			out[s] = math.Log2(shared[0].Scale / own[0].Scale)
		}
	}
	return out, nil
}

// unshared is an annotation in which each value of a shared group has an observer of its own, with the group's spec. Groups of one
// value are left out.
func unshared(a *quant.Annotation) *quant.Annotation {
	out := &quant.Annotation{Graph: a.Graph, Specs: a.Specs, Order: a.Order}
	for _, g := range a.Groups {
		if g.Spec.Kind != quant.Observed {
			continue
		}
		at := map[model.NodeID]int{}
		var own []quant.SharingGroup
		for _, s := range g.Members {
			p, _ := a.Place(s)
			i, ok := at[p]
			if !ok {
				i = len(own)
				at[p] = i
				own = append(own, quant.SharingGroup{Spec: g.Spec, Root: s})
			}
			own[i].Members = append(own[i].Members, s)
		}
		if len(own) < 2 {
			continue
		}
		for _, o := range own {
			o.ID = quant.GroupID(len(out.Groups))
			out.Groups = append(out.Groups, o)
		}
	}
	return out
}
