package pipeline

import (
	"seam/model"
	"seam/quant"
)

// edgeTarget is the edge operator that an overload becomes, as far as one row of the operator table says.
func edgeTarget(op string) string {
	row, ok := model.FindOp(op)
	switch {
	case !ok || row.Edge == model.NoEdge:
		return ""
	case row.Edge == model.EdRename:
		return row.Into
	case row.Edge == model.EdSame:
		return op
	}
	return ""
}

// spellings is the other overloads that become the same edge operator: two spellings of one operation.
func spellings(op string) []string {
	into := edgeTarget(op)
	var out []string
	for _, o := range model.Ops() {
		if into != "" && o.Name != op && edgeTarget(o.Name) == into {
			out = append(out, o.Name)
		}
	}
	return out
}

// lackingFamily is the family that holds another spelling of the unannotated node n's operator but not that one itself, nil if
// there is none. That a list lacks an alias is found from the data: the operator table and the families.
func (r *Result) lackingFamily(n model.NodeID) *quant.Family {
	up := r.Follow(Edge, n, Annotated)
	if r.Ann == nil || len(up) == 0 || r.Ann.Done[up[len(up)-1]] {
		return nil
	}
	op := r.Ann.Graph.Node(up[len(up)-1]).Target
	rules, err := quant.LoadRules(r.Config.Release, r.Config.Annotator, r.Config.Edits)
	if err != nil || rules.FamilyOf(model.LookupOp(op)) != nil {
		return nil
	}
	for _, s := range spellings(op) {
		if f := rules.FamilyOf(model.LookupOp(s)); f != nil {
			return f
		}
	}
	return nil
}
