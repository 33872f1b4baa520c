package pipeline

import (
	"slices"

	"seam/model"
	"seam/tosa"
)

// LossyRule is one rule by which the lowering of delegates loses something without saying so.
type LossyRule struct {
	Rule  model.Rule
	Text  string // of the first place
	Count int
	Node  string // edge node of the first place
}

// Lossy is what the lowering of all delegates loses, by rule, in the order in which the delegates have them. None before the TOSA stage.
func (r *Result) Lossy() []LossyRule {
	var out []LossyRule
	for _, l := range r.Delegates {
		for _, x := range l.Notes {
			i := slices.IndexFunc(out, func(k LossyRule) bool { return k.Rule == x.Rule })
			if i < 0 {
				i = len(out)
				out = append(out, LossyRule{Rule: x.Rule, Text: x.Text})
				if len(x.Nodes) > 0 {
					out[i].Node = r.Edge.Graph.Node(x.Nodes[0]).Name
				}
			}
			out[i].Count++
		}
	}
	return out
}

// AllFindings is Findings, and what the lowering of the delegates loses without saying so: one finding a rule. Before the TOSA stage
// the two are the same.
func (r *Result) AllFindings() []Finding {
	out := r.Findings()
	at := map[string]int{}
	for _, l := range r.Delegates {
		for _, x := range l.Notes {
			i, ok := at[x.Rule.ID]
			if !ok {
				i = len(out)
				at[x.Rule.ID] = i
				out = append(out, Finding{ID: FindingLossy, Severity: "warning", Text: x.Text, Rule: x.Rule, Delegates: Unknown})
			}
			f := &out[i]
			f.Count++
			f.add(r, x.Nodes)
		}
	}
	return out
}

// add adds operators to a finding, each once.
func (f *Finding) add(r *Result, nodes []model.NodeID) {
	for _, n := range nodes {
		x := r.Edge.Graph.Node(n)
		if x.Kind != model.Call || isBoundary(x) || slices.Contains(f.Nodes, n) {
			continue
		}
		f.Nodes = append(f.Nodes, n)
		if op := r.tracedOp(n); !slices.Contains(f.Ops, op) {
			f.Ops = append(f.Ops, op)
		}
	}
}

// At is the largest of the losses at some nodes, the zero Loss where none is known.
func (a *Accuracy) At(nodes []model.NodeID) (worst Loss, at model.NodeID) {
	at = model.None
	for _, n := range nodes {
		if l := a.Nodes[n]; l.Known && (at == model.None || l.SQNR < worst.SQNR) {
			worst, at = l, n
		}
	}
	return worst, at
}

// LossyAt is the losses of delegate part at any of some edge nodes.
func (r *Result) LossyAt(part int, nodes ...model.NodeID) []tosa.Note {
	if part < 0 || part >= len(r.Delegates) {
		return nil
	}
	var out []tosa.Note
	for _, x := range r.Delegates[part].Notes {
		if slices.ContainsFunc(x.Nodes, func(n model.NodeID) bool { return slices.Contains(nodes, n) }) {
			out = append(out, x)
		}
	}
	return out
}
