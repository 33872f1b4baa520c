package snapshot

import (
	"fmt"

	"seam/internal/pipeline"
	"seam/model"
	"seam/quant"
)

// nodes lists the nodes of the last graph that was reached.
func (d *Doc) nodes(res *pipeline.Result) {
	stage := res.Last()
	g := res.Graph(stage)
	d.Graph = stage.String()
	refused := map[model.NodeID][]Refusal{}
	if res.Part != nil {
		for _, r := range res.Part.Rejected {
			refused[r.Node] = append(refused[r.Node], Refusal{r.Rule.ID, r.Rule.File, r.Rule.Symbol, r.Text, r.First})
		}
	}
	symbols := g.SymbolTexts()
	for i := range g.Len() {
		id := model.NodeID(i)
		n := g.Node(id)
		x := Node{
			ID: i, Name: n.Name, Op: opText(n), Type: typeText(n.Type, symbols), Source: Source(n.Meta),
			Module: n.Meta.Path(), Inputs: ints(g.In(id)), Constant: g.IsConstant(id),
		}
		if n.Kind == model.Call {
			x.In, x.Out = ports(res, stage, id)
			x.Placement = placement(res, id)
			x.Refusals = refused[id]
			x.Annotated, x.Traced = origins(res, stage, id)
		}
		d.Nodes = append(d.Nodes, x)
	}
}

// origins is the annotated node that a call came from, and the operator that it was traced as if that is another.
func origins(res *pipeline.Result, stage pipeline.Stage, id model.NodeID) (annotated, traced string) {
	if up := res.Follow(stage, id, pipeline.Annotated); res.Ann != nil && len(up) > 0 {
		annotated = res.Annotatable.Node(up[len(up)-1]).Name
	}
	if up := res.Follow(stage, id, pipeline.Traced); len(up) > 0 {
		n := res.Traced.Node(up[len(up)-1])
		if n.Kind == model.Call && n.Target != res.Graph(stage).Node(id).Target {
			traced = n.Target
		}
	}
	return annotated, traced
}

func opText(n *model.Node) string {
	if n.Kind == model.Call {
		return n.Target
	}
	return n.Kind.String()
}

// Source is the line of the user's program that a node came from: "networks.py:251", or "".
func Source(m *model.Meta) string {
	if m == nil || m.Loc.IsZero() {
		return ""
	}
	return fmt.Sprintf("%s:%d", relative(m.Loc.File), m.Loc.Line)
}

// ports is the inputs and the output of a node. Their producers are nodes of the annotated graph, or of the listed one where the
// model came quantized.
func ports(res *pipeline.Result, stage pipeline.Stage, id model.NodeID) (in []Port, out *Port) {
	g := res.Graph(stage)
	if res.Ann != nil {
		g = res.Ann.Graph
	}
	for _, p := range res.Ports(stage, id) {
		x := port(p)
		if p.Name == "out" {
			out = &x
			continue
		}
		x.From = g.Node(p.Node).Name
		in = append(in, x)
	}
	return in, out
}

func port(p pipeline.Port) Port {
	x := Port{Spec: specText(p), Origin: Simulated}
	switch {
	case p.Recorded:
		x.Origin = Recorded
	case !p.Known:
		x.Origin = Unknown
	}
	if p.Spec.DType != model.Unknown {
		x.DType = p.Spec.DType.String()
	}
	if p.Group >= 0 {
		g := int(p.Group)
		x.Group = &g
	}
	switch len(p.Params) {
	case 0:
	case 1:
		x.Scale, x.ZeroPoint = &p.Params[0].Scale, &p.Params[0].Zero
	default:
		for _, q := range p.Params {
			x.Scales = append(x.Scales, q.Scale)
		}
	}
	return x
}

func specText(p pipeline.Port) string {
	if p.Spec.Kind == quant.Observed {
		if p.Members > 1 {
			return "shared"
		}
		return "independent"
	}
	return p.Spec.Kind.String()
}

func placement(res *pipeline.Result, id model.NodeID) *Placement {
	if res.Layout == nil || int(id) >= len(res.Layout.Place) {
		return nil
	}
	p := res.Layout.Place[id]
	switch p.Kind {
	case pipeline.Delegated:
		return &Placement{"npu", p.String(), Simulated}
	case pipeline.Peeled:
		return &Placement{"boundary", "", Simulated}
	case pipeline.OnHost:
		return &Placement{"host", p.String(), Simulated}
	}
	return nil
}
