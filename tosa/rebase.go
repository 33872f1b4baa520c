package tosa

import (
	"seam/model"
	"seam/quant"
)

// EdgeProgram is the graph that the partitioner sees.
type EdgeProgram struct {
	Graph *model.Graph
	From  model.Relation // edge node to converted nodes
	plan  *edgePlan      // nil where Rebase cannot be
}

// edgePlan is what the edge graph of other numbers needs. Lowering to the edge looks at the parameters of quantize and dequantize
// calls in one place only, foldRedundant; all else that it does depends on the structure.
type edgePlan struct {
	graph *model.Graph // the edge graph that was built
	from  *model.Graph // the converted graph that it was built of
	pairs []edgePair
	folds []qdqFold
}

// edgePair is a per-tensor quantize or dequantize node and the converted node that it takes its parameters from.
type edgePair struct{ node, from model.NodeID }

// qdqFold is a quantize behind a dequantize, as converted nodes, and whether their parameters were equal, so that they went.
type qdqFold struct {
	dq, q []model.NodeID
	equal bool
}

// newEdgePlan is the plan of program p, built of the converted graph; nil where a quantize or dequantize node is not plainly one of
// the converted graph, or bodies of control flow were lowered too.
func newEdgePlan(p *EdgeProgram, conv *model.Graph, folds []qdqFold) *edgePlan {
	if len(p.Graph.Subs) > 0 || len(conv.Subs) > 0 || len(p.Graph.AllMarks()) != len(conv.AllMarks()) {
		return nil
	}
	plan := &edgePlan{graph: p.Graph, from: conv, folds: folds}
	for _, f := range folds {
		if len(f.dq) != 1 || len(f.q) != 1 {
			return nil
		}
	}
	for i := range p.Graph.Len() {
		n := model.NodeID(i)
		x := p.Graph.Node(n)
		if !isPerTensor(x) {
			continue
		}
		from := p.From.Of(n)
		if len(from) != 1 || !isPerTensor(conv.Node(from[0])) || !sameParams(x, conv.Node(from[0])) {
			return nil
		}
		plan.pairs = append(plan.pairs, edgePair{n, from[0]})
	}
	return plan
}

func isPerTensor(x *model.Node) bool {
	return x.Target == quant.OpQuantize || x.Target == quant.OpDequantize
}

// sameParams says whether two per-tensor nodes have one scale and one zero point.
func sameParams(x, y *model.Node) bool {
	return len(x.Args) > 2 && len(y.Args) > 2 && x.Args[1].Equal(y.Args[1]) && x.Args[2].Equal(y.Args[2])
}

// Rebase is the edge program of another converted graph of the same structure; false where that has another structure.
func (p *EdgeProgram) Rebase(conv *model.Graph) (*EdgeProgram, bool) {
	plan := p.plan
	if plan == nil || plan.from.Base() != conv.Base() {
		return nil, false
	}
	for _, f := range plan.folds {
		if equalBits(conv.Node(f.dq[0]).Args[1:], conv.Node(f.q[0]).Args[1:]) != f.equal {
			return nil, false
		}
	}
	rev := model.Revision{Marks: conv.AllMarks(), Attrs: plan.graph.Attrs.Moved(plan.from.Attrs, conv.Attrs)}
	for _, x := range plan.pairs {
		y := conv.Node(x.from)
		if old := plan.graph.Node(x.node); !sameParams(old, y) {
			args := append([]model.Arg(nil), old.Args...)
			args[1], args[2] = y.Args[1], y.Args[2]
			rev.Args = append(rev.Args, model.NodeArgs{Node: x.node, Args: args})
		}
	}
	return &EdgeProgram{plan.graph.Revise(rev), p.From, plan}, true
}
