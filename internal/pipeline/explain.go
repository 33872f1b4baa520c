package pipeline

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"seam/model"
	"seam/quant"
)

// Explain is the causal chain behind the placement of edge node at, and what each fix gives and costs, computed by running the
// stages again.
func (r *Runner) Explain(ctx context.Context, res *Result, at model.NodeID) (model.Explanation, error) {
	if res.Part == nil || at < 0 || int(at) >= res.Edge.Graph.Len() {
		return model.Explanation{}, fmt.Errorf("nothing to explain: the run did not reach the partition stage")
	}
	x := explainer{Result: res, lists: newLists(res.Config), at: at, node: res.Edge.Graph.Node(at)}
	e := model.Explanation{About: model.Ref{Stage: Edge.String(), Node: at, Name: x.node.Name}}
	x.traced()
	x.annotated()
	x.specs()
	x.scales()
	x.lowered()
	x.refused()
	x.peeled()
	x.dropped()
	x.path()
	x.near()
	x.outcome()
	e.Verdict = x.verdict()
	var err error
	if len(x.Part.Reasons(at)) > 0 {
		if err = x.counterfactual(ctx, r); err == nil {
			e.Fixes, err = r.fixes(ctx, res, at)
		}
	}
	e.Steps = x.trace.Steps
	return e, err
}

// explainer collects the steps of one node's chain.
type explainer struct {
	*Result
	lists *lists
	at    model.NodeID // of the edge graph
	node  *model.Node
	ann   model.NodeID // the annotated node it came from, None if unknown
	trace model.Trace
}

func (x *explainer) add(stage Stage, rule model.Rule, ok bool, refs []model.Ref, format string, args ...any) {
	x.trace.Add(model.Step{Stage: stage.String(), Rule: rule, OK: ok, Text: fmt.Sprintf(format, args...), Refs: refs})
}

func (x *explainer) verdict() string {
	name := x.node.Name
	switch p := x.Layout.Place[x.at]; p.Kind {
	case Delegated:
		return fmt.Sprintf("%s runs in delegate %s of %d", name, p, len(x.Part.Parts))
	case Peeled:
		return fmt.Sprintf("%s is a boundary node, left on the CPU: its other side is outside the delegate", name)
	case OnHost:
		return fmt.Sprintf("%s stays on the CPU: %s", name, delegates(len(x.Part.Parts)))
	}
	return name
}

// traced says what the program wrote and which overload capture made of it.
func (x *explainer) traced() {
	up := x.Follow(Edge, x.at, Traced)
	if len(up) == 0 {
		return
	}
	n := up[len(up)-1]
	t := x.Traced.Node(n)
	at := ""
	if t.Meta != nil && !t.Meta.Loc.IsZero() {
		at = fmt.Sprintf(" at %s:%d", t.Meta.Loc.File, t.Meta.Loc.Line)
		if t.Meta.Loc.Text != "" {
			at += "  " + strings.TrimSpace(t.Meta.Loc.Text)
		}
	}
	x.add(Traced, model.Rule{}, true, []model.Ref{{Stage: Traced.String(), Node: n, Name: t.Name}}, "%s%s", t.Target, at)
}

// annotated says which family took the operator, or which list lacks it.
func (x *explainer) annotated() {
	x.ann = model.None
	up := x.Follow(Edge, x.at, Annotated)
	if x.Ann == nil || len(up) == 0 {
		return
	}
	x.ann = up[len(up)-1]
	n := x.Ann.Graph.Node(x.ann)
	refs := []model.Ref{{Stage: Annotated.String(), Node: x.ann, Name: n.Name}}
	note := x.Ann.Notes[x.ann]
	if fam := x.lists.lacking(n.Target); !x.Ann.Done[x.ann] && fam != nil {
		x.add(Annotated, fam.Rule, false, refs, "the %s annotator's family %s lists %s; it lacks %s", x.Config.Annotator, fam.Name,
			strings.Join(x.holds(fam), " "), n.Target)
		return
	}
	if x.Ann.Done[x.ann] {
		x.add(Annotated, note.Rule, true, refs, "family %s holds %s", orNone(note.Family), n.Target)
		return
	}
	x.add(Annotated, note.Rule, false, refs, "%s is not annotated: %s", n.Target, orNone(note.Text))
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// holds is the family's operators as the edits left them.
func (x *explainer) holds(fam *quant.Family) []string {
	var out []string
	for _, f := range x.lists.views {
		if f.Name != fam.Name {
			continue
		}
		for _, e := range f.Entries {
			if e.On {
				out = append(out, e.Op)
			}
		}
	}
	switch {
	case len(out) > 8:
		out = append(out[:8], fmt.Sprintf("and %d more", len(out)-8))
	case len(out) == 0:
		out = []string{"nothing"}
	}
	return out
}

// endGroups is the groups at the node's edges: those of its inputs' values and of what its readers see.
func (x *explainer) endGroups() (names []string, groups []quant.GroupID) {
	a := x.Ann
	if a == nil || x.ann == model.None {
		return nil, nil
	}
	for i, p := range a.Graph.In(x.ann) {
		g := a.Group(a.InputSlot(p, x.ann))
		if g < 0 {
			g = a.Group(a.ValueSlot(p))
		}
		names, groups = append(names, fmt.Sprintf("in%d %s", i, a.Graph.Node(p).Name)), append(groups, g)
	}
	out := a.Group(a.ValueSlot(x.ann))
	for _, u := range a.Graph.Users(x.ann) {
		if out < 0 {
			out = a.Group(a.InputSlot(x.ann, u))
		}
	}
	return append(names, "out"), append(groups, out)
}

// specs says how many observers the values around the node have.
func (x *explainer) specs() {
	names, groups := x.endGroups()
	if len(groups) < 2 {
		return
	}
	distinct := map[quant.GroupID]bool{}
	var parts []string
	for i, g := range groups {
		text := "no spec"
		if g >= 0 {
			distinct[g] = true
			text = fmt.Sprintf("group %d", g)
		}
		parts = append(parts, names[i]+": "+text)
	}
	if len(distinct) == 1 {
		x.add(Annotated, model.Rule{}, true, nil, "one shared spec: %s", strings.Join(parts, ", "))
		return
	}
	x.add(Annotated, model.Rule{}, false, nil, "%d independent specs: %s", len(distinct), strings.Join(parts, ", "))
}

// scales shows the scales at the node's edges, and how far apart they are.
func (x *explainer) scales() {
	if x.Cal == nil {
		return
	}
	names, groups := x.endGroups()
	var parts []string
	lo, hi := 0.0, 0.0
	equal := true
	for i, g := range groups {
		p := x.Cal.Param(g)
		if len(p) != 1 {
			continue
		}
		s := p[0].Scale
		equal = equal && (lo == 0 || s == lo)
		if lo == 0 || s < lo {
			lo = s
		}
		hi = max(hi, s)
		parts = append(parts, fmt.Sprintf("%s s=%.6g z=%d", names[i], s, p[0].Zero))
	}
	if len(parts) < 2 {
		return
	}
	data := ""
	if x.Cal.Synthetic {
		data = " (synthetic data)"
	}
	if equal {
		x.add(Calibrated, model.Rule{}, true, nil, "equal scales%s: %s", data, strings.Join(parts, ", "))
		return
	}
	x.add(Calibrated, model.Rule{}, false, nil, "%d observers, unequal scales%s: %s; largest ratio %.3g", len(parts), data,
		strings.Join(parts, ", "), hi/lo)
}

// lowered says what TOSA would need: operators that only move data hold one scale, and no RESCALE goes in front of them.
func (x *explainer) lowered() {
	var tosa string
	switch row := model.LookupOp(x.node.Target).Row(); row.Eval {
	case model.EvCat:
		tosa = "CONCAT"
	case model.EvReshape:
		tosa = "RESHAPE"
	case model.EvPermute:
		tosa = "TRANSPOSE"
	case model.EvSlice:
		tosa = "SLICE"
	default:
		return
	}
	rule := model.Rule{
		ID: "T-NO-RESCALE", File: "backends/arm/_passes/fold_qdq_with_annotated_qparams_pass.py",
		Symbol: "FoldAndAnnotateQParamsPass",
	}
	if x.Layout.Place[x.at].Kind == Delegated {
		x.add(Edge, rule, true, nil, "one TOSA %s holds one scale; all its values share one", tosa)
		return
	}
	x.add(Edge, rule, false, nil, "dequantize -> %s in float -> quantize: one TOSA %s holds one scale, and no RESCALE goes in front of it",
		x.node.Target, tosa)
}

// refused gives every reason word for word, the reported one first.
func (x *explainer) refused() {
	for _, first := range []bool{true, false} {
		for _, r := range x.Part.Reasons(x.at) {
			if r.First == first {
				mark := "also true: "
				if first {
					mark = ""
				}
				x.add(Partitioned, r.Rule, false, []model.Ref{{Stage: Partitioned.String(), Node: x.at, Name: x.node.Name}}, "%s%s", mark, r.Text)
			}
		}
	}
}

// path shows the way out of a delegate, through the node, and into another one: what keeps them apart.
func (x *explainer) path() {
	if x.Layout.Place[x.at].Kind != OnHost {
		return
	}
	back := x.walk(func(n model.NodeID) []model.NodeID { return x.Edge.Graph.In(n) })
	ahead := x.walk(func(n model.NodeID) []model.NodeID { return x.Edge.Graph.Users(n) })
	if len(back) == 0 || len(ahead) == 0 {
		return
	}
	slices.Reverse(back)
	x.trace.Add(x.pathStep(slices.Concat(back, []model.NodeID{x.at}, ahead)))
}

// walk is the shortest way from the node to a delegated one.
func (x *explainer) walk(next func(model.NodeID) []model.NodeID) []model.NodeID {
	from := map[model.NodeID]model.NodeID{x.at: model.None}
	queue := []model.NodeID{x.at}
	for len(queue) > 0 {
		n := queue[0]
		queue = queue[1:]
		if x.Layout.Place[n].Kind == Delegated {
			var back []model.NodeID
			for m := n; m != x.at; m = from[m] {
				back = append([]model.NodeID{m}, back...)
			}
			return back
		}
		for _, m := range next(n) {
			if _, seen := from[m]; !seen && x.Edge.Graph.Node(m).Kind == model.Call {
				from[m] = n
				queue = append(queue, m)
			}
		}
	}
	return nil
}

// outcome is what came of it all, and whether that is what any release does.
func (x *explainer) outcome() {
	x.add(Partitioned, model.Rule{}, len(x.Part.Parts) <= 1, nil, "%s, %d boundaries, %d bytes cross per inference, %d operators on the CPU",
		delegates(len(x.Part.Parts)), len(x.Layout.Boundaries), x.Layout.Bytes, len(x.Layout.Stranded))
	if list := x.Config.WhatIf(); len(list) > 0 {
		x.add(Partitioned, model.Rule{}, true, nil, "what-if: no release does this: %s", strings.Join(list, ", "))
	}
}
