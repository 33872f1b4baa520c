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
