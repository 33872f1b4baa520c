package record

import (
	"strconv"
	"strings"

	"seam/ethosu"
	"seam/internal/pipeline"
	"seam/model"
	"seam/quant"
)

// annotatedNodes is the graph that was annotated, with the marks that the annotator left.
func annotatedNodes(a *quant.Annotation) []Node {
	w := newNodeWriter(a.Graph)
	out := make([]Node, a.Graph.Len())
	for i := range out {
		out[i] = w.node(model.NodeID(i))
		out[i].Mark = markOf(a.Marks[i])
	}
	return out
}

// convertedNodes is the graph with quantize and dequantize nodes. Those and the constants made for them carry no value.
func convertedNodes(res *pipeline.Result) []Node {
	g, before := res.Converted, res.Annotatable
	if before == nil { // the model came with quantize nodes
		before = g
	}
	old := map[string]bool{}
	for i := range before.Len() {
		if n := before.Node(model.NodeID(i)); n.Kind == model.GetAttr {
			old[n.Target] = true
		}
	}
	w := newNodeWriter(g)
	out := make([]Node, g.Len())
	for i := range out {
		n := g.Node(model.NodeID(i))
		out[i] = w.node(model.NodeID(i))
		out[i].Mark = markOf(g.Mark(model.NodeID(i)))
		if n.Kind == model.GetAttr && !old[n.Target] || isQDQ(n.Target) {
			out[i].Val = Val{}
		}
	}
	return out
}

// edgeNodes is an edge graph, or a body of one, with the tags if it was partitioned.
func edgeNodes(g *model.Graph, p *ethosu.Partitioning) []Node {
	w, consts := newNodeWriter(g), constants(g)
	out := make([]Node, g.Len())
	for i := range out {
		id := model.NodeID(i)
		n := g.Node(id)
		out[i] = w.node(id)
		out[i].Mark = markOf(g.Mark(id))
		if p != nil {
			out[i].Tag = tagText(p.TagOf[i])
			if t, ok := p.NotedType(g, id); ok && n.Kind == model.GetAttr {
				out[i].Val = w.val(t)
			}
		}
		switch {
		case n.Kind == model.Call:
			out[i].Target = edgeTarget(n.Target)
		case n.Kind == model.Placeholder && consts[n.Name]: // seam keeps the constant's name there
			out[i].Target = n.Name
		}
		if n.Kind == model.Output && out[i].Val.Kind == NoVal && len(n.Args) > 0 {
			out[i].Val = w.valOf(n.Args[0])
		}
	}
	return out
}

// subgraphs is the bodies of an edge graph's control flow; one inside another is called "outer.inner".
func subgraphs(prefix string, g *model.Graph, p *ethosu.Partitioning) []Subgraph {
	var out []Subgraph
	for i := range g.Len() {
		n := g.Node(model.NodeID(i))
		body := g.Subs[n.Target]
		if n.Kind != model.GetAttr || body == nil {
			continue
		}
		part := bodyOf(p, n.Target)
		out = append(out, Subgraph{prefix + n.Target, edgeNodes(body, part)})
		out = append(out, subgraphs(prefix+n.Target+".", body, part)...)
	}
	return out
}

// bodyOf is what the partitioner decided about a body, nil if it did not get there.
func bodyOf(p *ethosu.Partitioning, name string) *ethosu.Partitioning {
	if p == nil || p.Sub(name) == nil {
		return nil
	}
	return p.Sub(name).Partitioning
}

func tagText(t int32) string {
	if t < 0 {
		return ""
	}
	return "tag" + strconv.Itoa(int(t))
}

func isQDQ(target string) bool { return strings.HasPrefix(target, "quantized_decomposed.") }

// edgeTarget is an edge operator as recordings print it: what is no edge operator keeps its name.
func edgeTarget(op string) string {
	switch {
	case op == "aten.scalar_tensor.default", strings.HasPrefix(op, "_operator."), strings.HasPrefix(op, "torch."),
		strings.HasPrefix(op, "aten.sym_"):
		return op
	case strings.HasPrefix(op, "higher_order."):
		return "torch.ops." + op
	}
	return "edge." + op
}

func markOf(m model.Mark) Mark { return Mark(m) }

// nodeWriter turns nodes of one graph into recorded nodes.
type nodeWriter struct {
	g       *model.Graph
	symbols []string
}

func newNodeWriter(g *model.Graph) nodeWriter { return nodeWriter{g, g.SymbolTexts()} }

func (w nodeWriter) node(id model.NodeID) Node {
	n := w.g.Node(id)
	out := Node{Name: n.Name, Op: n.Kind.String(), Target: n.Target, Val: w.val(n.Type)}
	if n.Kind == model.Call && strings.HasPrefix(n.Target, "higher_order.") {
		out.Target = "torch.ops." + n.Target
	}
	if n.Kind == model.Placeholder && out.Val.Kind == NoVal { // an argument that is None
		out.Val.Kind = NullVal
	}
	for _, a := range n.Args {
		out.Args = append(out.Args, w.arg(a))
	}
	for _, k := range n.Kwargs {
		out.Kwargs = append(out.Kwargs, KwArg{k.Name, w.arg(k.Arg)})
	}
	return out
}

func (w nodeWriter) arg(a model.Arg) Arg {
	out := Arg{Kind: a.Kind, Str: a.Str, Int: a.Int, Float: a.Float}
	switch a.Kind {
	case model.ArgNode:
		out.Str = w.g.Node(a.Node).Name
	case model.ArgList:
		out.List = []Arg{}
		for _, e := range a.List {
			out.List = append(out.List, w.arg(e))
		}
	}
	return out
}

func (w nodeWriter) val(t model.Type) Val {
	switch t.Kind {
	case model.TensorKind:
		return Val{Kind: TypeVal, Text: t.T.Format(w.symbols)}
	case model.ListKind:
		v := Val{Kind: ListVal, List: []Val{}}
		for _, e := range t.List {
			v.List = append(v.List, Val{Kind: TypeVal, Text: e.Format(w.symbols)})
		}
		return v
	case model.SymKind:
		if t.Text == "None" {
			return Val{Kind: NullVal}
		}
		return Val{Kind: SymVal, Text: t.Text}
	}
	return Val{}
}

// valOf is the value of an output's argument: that of the node, or the list of those of several.
func (w nodeWriter) valOf(a model.Arg) Val {
	switch a.Kind {
	case model.ArgNode:
		return w.val(w.g.Node(a.Node).Type)
	case model.ArgList:
		v := Val{Kind: ListVal, List: []Val{}}
		for _, e := range a.List {
			v.List = append(v.List, w.valOf(e))
		}
		return v
	case model.ArgNone:
		return Val{Kind: NullVal}
	}
	return Val{Kind: SymVal, Text: argText(Arg{Kind: a.Kind, Str: a.Str, Int: a.Int, Float: a.Float})}
}
