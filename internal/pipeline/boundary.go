package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"seam/model"
	"seam/quant"
)

// Rules of the partitioner that only explanations name.
func convexRule() model.Rule {
	return model.Rule{ID: "P-CONVEX", File: "torch/fx/passes/infra/partitioner.py", Symbol: "CapabilityBasedPartitioner"}
}

func detagRule() model.Rule {
	return model.Rule{ID: "P-DETAG", File: "backends/arm/tosa/partitioner.py", Symbol: "_detag_boundary_nodes"}
}

func splitRule() model.Rule {
	return model.Rule{ID: "P-SPLIT", File: "backends/arm/tosa/partitioner.py", Symbol: "_validate_partition"}
}

// ExplainBoundary is the causal chain behind a boundary: that of the operator at its CPU side with the most stranded work, or what
// keeps its two delegates apart.
func (r *Runner) ExplainBoundary(ctx context.Context, res *Result, id int) (model.Explanation, error) {
	if res.Layout == nil || id < 1 || id > len(res.Layout.Boundaries) {
		return model.Explanation{}, fmt.Errorf("no boundary B%d", id)
	}
	b := res.Layout.Boundaries[id-1]
	about := model.Ref{Stage: Partitioned.String(), Node: b.At, Name: fmt.Sprintf("B%d", id)}
	for _, end := range []Placement{b.From, b.To} {
		if end.Kind == OnHost && end.Index >= 0 {
			e, err := r.Explain(ctx, res, res.rootOf(end.Index))
			e.About.Name = about.Name
			return e, err
		}
	}
	x := explainer{Result: res, at: b.At, node: res.Edge.Graph.Node(b.At)}
	x.crossing(b)
	e := model.Explanation{About: about, Verdict: fmt.Sprintf("B%d is the model's own input or output: %d bytes cross", id, b.Bytes)}
	if !b.External() {
		e.Verdict = fmt.Sprintf("B%d: %s feeds %s; %s", id, b.From, b.To, x.apart(b.From.Index, b.To.Index))
	}
	x.outcome()
	e.Steps = x.trace.Steps
	return e, nil
}

// ExplainFinding is the causal chain of a finding's first operator, about all of them; of a near-merge it is that of its first
// boundary.
func (r *Runner) ExplainFinding(ctx context.Context, res *Result, f Finding) (model.Explanation, error) {
	if f.ID == FindingNearJoin && len(f.Boundaries) > 0 {
		return r.ExplainBoundary(ctx, res, f.Boundaries[0])
	}
	if len(f.Nodes) == 0 {
		return model.Explanation{}, fmt.Errorf("explain %q: it has no node", f.Text)
	}
	e, err := r.Explain(ctx, res, f.Nodes[0])
	if f.Count > 1 {
		e.Verdict = fmt.Sprintf("%s  x%d", e.Verdict, f.Count)
	}
	return e, err
}

// rootOf is the operator of an island that belongs to the finding with the most stranded work.
func (r *Result) rootOf(island int) model.NodeID {
	for _, f := range r.Findings() {
		for _, n := range f.Nodes {
			if p := r.Layout.Place[n]; p.Kind == OnHost && p.Index == island {
				return n
			}
		}
	}
	return r.Layout.Islands[island][0]
}

// crossing says what crosses a boundary, and which quantize and dequantize nodes stand there.
func (x *explainer) crossing(b Boundary) {
	var parts []string
	var refs []model.Ref
	for _, n := range b.Tensors {
		node := x.Edge.Graph.Node(n)
		refs = append(refs, x.ref(n))
		if node.Type.IsTensor() {
			parts = append(parts, fmt.Sprintf("%s %s", shortName(node.Name), node.Type.T.Format(x.Edge.Graph.SymbolTexts())))
		} else {
			parts = append(parts, shortName(node.Name))
		}
	}
	x.add(Partitioned, model.Rule{}, true, refs, "%d bytes cross: %s", b.Bytes, strings.Join(parts, ", "))
	var peeled []model.NodeID
	for _, n := range b.Tensors {
		for _, m := range append(slices.Clone(x.Edge.Graph.Users(n)), n) {
			if x.Layout.Place[m].Kind == Peeled {
				peeled = append(peeled, m)
			}
		}
	}
	x.peeledStep(peeled)
}

// apart adds the steps that say what keeps delegates a and b from being one, and is the summary.
func (x *explainer) apart(a, b int) string {
	g, p := x.Edge.Graph, x.Part
	useful := func(n model.NodeID) bool { return !x.idle(n) }
	if path := newSides(g, p.Parts[a].Nodes, p.Parts[b].Nodes).path(g, useful); path != nil {
		x.trace.Add(x.pathStep(path))
		for _, n := range path {
			if p := x.Layout.Place[n]; p.Kind == OnHost {
				return fmt.Sprintf("another path between them runs through %s on the CPU", g.Node(n).Name)
			}
		}
		return "another path between them runs through another delegate"
	}
	reason := x.proposed(a, b)
	for _, j := range x.joins() {
		if j.from == a && j.to == b {
			x.add(Partitioned, model.Rule{}, false, x.refs(j.between), "near-merge: %s", x.between(j))
			return "nothing useful stands between them" + reason
		}
	}
	return "no path keeps them apart" + reason
}

// near says of an idle operator which delegates it alone keeps apart.
func (x *explainer) near() {
	for _, j := range x.joins() {
		if slices.Contains(j.between, x.at) {
			x.add(Partitioned, model.Rule{}, false, x.refs(j.between), "near-merge of D%d and D%d: %s", j.from+1, j.to+1, x.between(j))
		}
	}
}

// proposed says how two delegates that no path keeps apart were proposed: as one partition, or as two because of a node that was
// taken off the boundary later. The text goes behind a summary.
func (x *explainer) proposed(a, b int) string {
	g, p := x.Edge.Graph, x.Part
	from, to := p.Proposed[p.Parts[a].Nodes[0]], p.Proposed[p.Parts[b].Nodes[0]]
	if from == to {
		x.add(Partitioned, splitRule(), false, nil, "D%d and D%d were proposed as one partition; with its boundary nodes taken off, a way "+
			"led out of it and back in, and it was split into its connected pieces", a+1, b+1)
		return ": one proposed partition, split"
	}
	members := func(tag int32) []model.NodeID {
		var out []model.NodeID
		for i, t := range p.Proposed {
			if t == tag {
				out = append(out, model.NodeID(i))
			}
		}
		return out
	}
	path := newSides(g, members(from), members(to)).path(g, func(n model.NodeID) bool { return p.Proposed[n] < 0 })
	if path == nil {
		return ""
	}
	end := path[len(path)-1]
	step := x.pathStep(path)
	step.Text += fmt.Sprintf("; %s was proposed with D%d, and only then taken off its boundary", shortName(g.Node(end).Name), b+1)
	x.trace.Add(step)
	return fmt.Sprintf(": %s, which was proposed with D%d and then taken off, kept them apart", shortName(g.Node(end).Name), b+1)
}

func (x *explainer) ref(n model.NodeID) model.Ref {
	return model.Ref{Stage: Partitioned.String(), Node: n, Name: x.Edge.Graph.Node(n).Name}
}

func (x *explainer) refs(nodes []model.NodeID) []model.Ref {
	var out []model.Ref
	for _, n := range nodes {
		out = append(out, x.ref(n))
	}
	return out
}

// pathStep shows a way out of a delegate and into another one.
func (x *explainer) pathStep(path []model.NodeID) model.Step {
	var names []string
	for _, n := range path {
		name := shortName(x.Edge.Graph.Node(n).Name)
		if p := x.Layout.Place[n]; p.Kind == Delegated {
			name = p.String() + ":" + name
		} else {
			name += "*"
		}
		names = append(names, name)
	}
	text := fmt.Sprintf("path out and in: %s (* outside): one delegate would make a cycle", strings.Join(names, " > "))
	return model.Step{Stage: Partitioned.String(), Rule: convexRule(), Text: text, Refs: x.refs(path)}
}

// peeled lists the boundary nodes that stay on the CPU because the operator does.
func (x *explainer) peeled() {
	if x.Layout.Place[x.at].Kind != OnHost {
		return
	}
	var nodes []model.NodeID
	for _, n := range slices.Concat(x.Edge.Graph.In(x.at), x.Edge.Graph.Users(x.at)) {
		if x.Layout.Place[n].Kind == Peeled {
			nodes = append(nodes, n)
		}
	}
	x.peeledStep(nodes)
}

// peeledStep says of each quantize and dequantize node why it was taken out of its delegate.
func (x *explainer) peeledStep(nodes []model.NodeID) {
	slices.Sort(nodes)
	nodes = slices.Compact(nodes)
	var parts []string
	for i, n := range nodes {
		if i == 4 {
			parts = append(parts, fmt.Sprintf("and %d more", len(nodes)-i))
			break
		}
		if why := x.whyPeeled(n); why != "" {
			parts = append(parts, shortName(x.Edge.Graph.Node(n).Name)+why)
		}
	}
	if len(parts) > 0 {
		x.add(Partitioned, detagRule(), false, x.refs(nodes), "taken off the boundary: %s", strings.Join(parts, ", "))
	}
}

// whyPeeled is the other side of a boundary node: the producer or the reader that is not in its partition.
func (x *explainer) whyPeeled(n model.NodeID) string {
	g := x.Edge.Graph
	mine := x.Part.Proposed[n]
	if mine < 0 || len(x.Part.Reasons(n)) > 0 { // dropped with its whole partition
		return ""
	}
	if quant.IsQuantize(g.Node(n).Target) {
		if in := g.In(n); len(in) > 0 {
			return fmt.Sprintf(" (its producer %s is outside)", g.Node(in[0]).Name)
		}
		return ""
	}
	for _, u := range g.Users(n) {
		if x.Part.Proposed[u] != mine || x.Part.TagOf[u] < 0 {
			return fmt.Sprintf(" (its reader %s is outside)", shortName(g.Node(u).Name))
		}
	}
	return ""
}

// dropped shows the whole of a partition that was dropped because it computes nothing.
func (x *explainer) dropped() {
	first, ok := x.firstReason(x.at)
	if !ok || first.Rule.ID != "P-NO-COMPUTE" {
		return
	}
	var nodes []model.NodeID
	for _, r := range x.Part.Rejected {
		if r.Rule == first.Rule && x.Part.Proposed[r.Node] == x.Part.Proposed[x.at] {
			nodes = append(nodes, r.Node)
		}
	}
	x.add(Partitioned, first.Rule, false, x.refs(nodes), "the partition held only %s: lowering removes them all", x.names(nodes, 6))
}

// counterfactual says what the result is without the node's cause, computed.
func (x *explainer) counterfactual(ctx context.Context, r *Runner) error {
	for _, f := range x.Findings() {
		if !slices.Contains(f.Nodes, x.at) || f.ID == FindingNearJoin {
			continue
		}
		e, err := r.Without(ctx, x.Result, f)
		var missing *model.MissingError
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.As(err, &missing):
			x.add(Partitioned, model.Rule{}, false, nil, "without this cause: not known, for %s", err)
		case err != nil:
			x.add(Partitioned, model.Rule{}, false, nil, "%s", err)
		default:
			x.add(Partitioned, model.Rule{}, true, x.refs(f.Nodes), "without this cause (%s): %s, %d bytes cross, %d operators on the CPU",
				f.label(), delegates(e.Delegates[1]), e.Bytes[1], e.Stranded[1])
			return x.together(ctx, r, e)
		}
		return nil
	}
	return nil
}

// together says what the result is without all causes, where one alone gives no fewer delegates.
func (x *explainer) together(ctx context.Context, r *Runner, alone Effect) error {
	all := x.Findings()
	if alone.Delegates[1] < alone.Delegates[0] || len(all) < 2 {
		return nil
	}
	e, err := r.Without(ctx, x.Result, all...)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err == nil && e.Delegates[1] < alone.Delegates[1] {
		x.add(Partitioned, model.Rule{}, true, nil, "not this cause alone: without all of them %s", delegates(e.Delegates[1]))
	}
	return nil
}

// delegates is a number of delegates as text.
func delegates(n int) string {
	if n == 1 {
		return "1 delegate"
	}
	return fmt.Sprintf("%d delegates", n)
}

// shortName leaves out what every quantize and dequantize node of an edge graph has in its name.
func shortName(s string) string {
	for _, kind := range []string{"_per_tensor_default", "_per_channel_default"} {
		if rest, ok := strings.CutPrefix(s, "quantized_decomposed_"); ok && strings.Contains(rest, kind) {
			return strings.Replace(rest, kind, "", 1)
		}
	}
	return s
}
