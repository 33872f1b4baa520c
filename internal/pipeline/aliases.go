package pipeline

import (
	"slices"
	"strings"

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

// lists finds the annotator's list that lacks an operator. That a list lacks a spelling is found from the data: the operator
// table, the families of this release and of the newest one, and what a person switched off.
type lists struct {
	rules *quant.Rules
	views []quant.FamilyView
	known map[string]*quant.Family // by operator; nil for none
}

func newLists(cfg Config) *lists {
	l := &lists{known: map[string]*quant.Family{}}
	rules, err := quant.LoadRules(cfg.Release, cfg.Annotator, cfg.Edits)
	if err != nil {
		return l
	}
	l.rules, l.views = rules, rules.View()
	return l
}

// annotates says whether a family's operators get an annotation from being in it. The others only change how one is made.
func annotates(f *quant.Family) bool {
	return f != nil && !strings.HasPrefix(f.Name, "io.") && f.Name != "parameter_targets" &&
		!strings.HasSuffix(f.Rule.File, "quantization_config.py")
}

// holds says whether a list that annotates holds op.
func (l *lists) holds(op string) bool {
	return l.owner(op) != nil
}

func (l *lists) owner(op string) *quant.Family {
	f := l.rules.FamilyOf(model.LookupOp(op))
	if f == nil || annotates(f) {
		return f
	}
	for _, v := range l.views {
		f := l.rules.Family(v.Name)
		if annotates(f) && slices.ContainsFunc(v.Entries, func(e quant.Entry) bool { return e.Op == op && e.On }) {
			return f
		}
	}
	return nil
}

// lacking is the list that should hold op and does not, nil if there is none: the one that it was switched off in, the one that
// holds another spelling, or the one that another release has it in.
func (l *lists) lacking(op string) *quant.Family {
	if l.rules == nil {
		return nil
	}
	if f, ok := l.known[op]; ok {
		return f
	}
	f := l.find(op)
	l.known[op] = f
	return f
}

func (l *lists) find(op string) *quant.Family {
	if l.holds(op) {
		return nil
	}
	if f := l.listing(func(e quant.Entry) bool { return e.Op == op && e.Default }); f != nil {
		return f
	}
	for _, s := range spellings(op) {
		if f := l.owner(s); f != nil {
			return f
		}
	}
	return l.listing(func(e quant.Entry) bool { return e.Op == op })
}

// listing is the first list that annotates with an entry that ok accepts.
func (l *lists) listing(ok func(quant.Entry) bool) *quant.Family {
	for _, v := range l.views {
		if f := l.rules.Family(v.Name); annotates(f) && slices.ContainsFunc(v.Entries, ok) {
			return f
		}
	}
	return nil
}

// spelling is another overload of op that the annotator holds, "" if there is none.
func (l *lists) spelling(op string) string {
	if l.rules == nil {
		return ""
	}
	for _, s := range spellings(op) {
		if l.holds(s) {
			return s
		}
	}
	return ""
}

// unannotated is the operator that edge node n had when the annotator left it out, "" if it was annotated or is not known.
func (r *Result) unannotated(n model.NodeID) string {
	up := r.Follow(Edge, n, Annotated)
	if r.Ann == nil || len(up) == 0 || r.Ann.Done[up[len(up)-1]] {
		return ""
	}
	return r.Ann.Graph.Node(up[len(up)-1]).Target
}
