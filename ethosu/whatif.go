package ethosu

import (
	"slices"

	"seam/model"
)

// WhatIf is changes to the partition stage that no release has. What they give is an answer to a question, not what upstream
// does.
type WhatIf struct {
	Off    []string       // rules of support checks that refuse nothing
	Accept []model.NodeID // operators that no support check refuses
	Refuse []model.NodeID // operators that stay on the CPU
}

// RuleKept is the rule of an operator that a what-if keeps on the CPU.
const RuleKept = "W-CPU"

// textKept is the reason of such an operator.
const textKept = "Kept on the CPU by a what-if."

// RunWhatIf is Run with changes. The partitioner's own rules, which look at a whole partition, stay as they are.
//
//	errors  as Run
func RunWhatIf(g *model.Graph, cfg Config, w WhatIf) (*Partitioning, error) {
	return newWalk(g, cfg).run(g, w)
}

func (w WhatIf) none() bool { return len(w.Off)+len(w.Accept)+len(w.Refuse) == 0 }

// apply takes the refusals away that the changes switch off, and accepts the operators that are left without one.
func (w WhatIf) apply(g *model.Graph, accept []bool, rejected []model.Rejection) ([]bool, []model.Rejection) {
	accept = slices.Clone(accept)
	freed := make([]bool, g.Len())
	for _, n := range w.Accept {
		freed[n], accept[n] = true, true
	}
	var kept []model.Rejection
	open, first := make([]bool, g.Len()), make([]bool, g.Len())
	lost := make([]bool, g.Len())
	for _, r := range rejected {
		if freed[r.Node] || slices.Contains(w.Off, r.Rule.ID) {
			lost[r.Node] = true
			continue
		}
		open[r.Node] = true
		first[r.Node] = first[r.Node] || r.First
		kept = append(kept, r)
	}
	for i := range accept {
		x := g.Node(model.NodeID(i))
		if lost[i] && !open[i] && (x.Kind == model.Call || x.Kind == model.GetAttr && g.Subs[x.Target] != nil) {
			accept[i] = true
		}
	}
	for i := range kept {
		if r := &kept[i]; !first[r.Node] {
			r.First, first[r.Node] = true, true
		}
	}
	return w.refuse(accept, kept)
}

// refuse keeps operators on the CPU that would be taken.
func (w WhatIf) refuse(accept []bool, rejected []model.Rejection) ([]bool, []model.Rejection) {
	for _, n := range w.Refuse {
		if accept[n] {
			rule := model.Rule{ID: RuleKept}
			rejected = append(rejected, model.Rejection{Node: n, Rule: rule, Text: textKept, First: true})
			accept[n] = false
		}
	}
	slices.SortStableFunc(rejected, func(a, b model.Rejection) int { return int(b.Node - a.Node) })
	return accept, rejected
}

// Computes says whether the lowering of an operator leaves something to compute. Quantize, dequantize and what only renames a
// value do not.
func Computes(g *model.Graph, release string, n model.NodeID) bool {
	t := &tagger{g: g, cfg: Config{Release: release}}
	return t.computes(n)
}

// IsCheck says whether a rule is one of the support checks, which a what-if can switch off.
func IsCheck(rule string) bool {
	return slices.ContainsFunc(Checks(), func(c CheckInfo) bool { return c.ID == rule })
}
