package pipeline

import (
	"fmt"
	"slices"

	"seam/model"
)

// Finding is one cause of trouble with all the nodes it concerns.
type Finding struct {
	ID       string // "alias-missing", "refused"
	Severity string // "error" or "warning"
	Text     string
	Rule     model.Rule
	Nodes    []model.NodeID // of the edge graph
	Count    int
}

// Findings groups the operators that stay on the CPU by cause: the traced operator and the check that upstream reports. The
// most frequent come first.
func (r *Result) Findings() []Finding {
	if r.Layout == nil {
		return nil
	}
	at := map[string]int{}
	var out []Finding
	for _, n := range r.Layout.Stranded {
		f := r.finding(n)
		k := f.ID + f.Text
		i, ok := at[k]
		if !ok {
			i = len(out)
			at[k] = i
			out = append(out, f)
		}
		out[i].Nodes = append(out[i].Nodes, n)
		out[i].Count++
	}
	slices.SortStableFunc(out, func(a, b Finding) int { return b.Count - a.Count })
	return out
}

func (r *Result) finding(n model.NodeID) Finding {
	op := r.tracedOp(n)
	f := Finding{ID: "refused", Severity: "error", Text: op + " stays on the CPU"}
	if first, ok := r.firstReason(n); ok {
		f.Rule = first.Rule
		f.Text = fmt.Sprintf("%s: %s", op, reasonKind(first.Text))
	}
	if fam := r.lackingFamily(n); fam != nil {
		f.ID = "alias-missing"
		f.Text = fmt.Sprintf("%s is missing in family %s", op, fam.Name)
	}
	return f
}

// reasonKind is a refusal without the part that differs from node to node.
func reasonKind(text string) string {
	if len(text) > 90 {
		return text[:90] + "..."
	}
	return text
}

// firstReason is the rejection of n that upstream reports.
func (r *Result) firstReason(n model.NodeID) (model.Rejection, bool) {
	for _, x := range r.Part.Reasons(n) {
		if x.First {
			return x, true
		}
	}
	return model.Rejection{}, false
}

// tracedOp is the operator that edge node n was traced as.
func (r *Result) tracedOp(n model.NodeID) string {
	if up := r.Follow(Edge, n, Traced); len(up) > 0 {
		return r.Traced.Node(up[len(up)-1]).Target
	}
	return r.Edge.Graph.Node(n).Target
}
