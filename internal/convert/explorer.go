package convert

import (
	"encoding/json"
	"io"
	"strconv"
	"strings"

	"seam/internal/snapshot"
)

// The parts of Model Explorer's graph that are written.
//
//	source  google-ai-edge/model-explorer, src/ui/src/components/visualizer/common/input_graph.ts
type (
	meGraph struct {
		ID    string   `json:"id"`
		Nodes []meNode `json:"nodes"`
	}
	meNode struct {
		ID        string   `json:"id"`
		Label     string   `json:"label"`
		Namespace string   `json:"namespace"` // layers, separated by "/"
		Attrs     []meAttr `json:"attrs"`
		Edges     []meEdge `json:"incomingEdges"`
		Outputs   []meMeta `json:"outputsMetadata,omitempty"`
		Style     *meStyle `json:"style,omitempty"`
	}
	meAttr struct {
		Key   string `json:"key"`
		Value string `json:"value"`
	}
	meEdge struct {
		Source string `json:"sourceNodeId"`
		Output string `json:"sourceNodeOutputId"`
		Input  string `json:"targetNodeInputId"`
	}
	meMeta struct {
		ID    string   `json:"id"`
		Attrs []meAttr `json:"attrs"`
	}
	meStyle struct {
		Background string `json:"backgroundColor"`
	}
)

// modelExplorer writes a list of one graph. A delegate is a layer, with the modules of the program inside it.
func modelExplorer(w io.Writer, d *snapshot.Doc) error {
	p := newPicture(d)
	g := meGraph{ID: d.Model.Name, Nodes: []meNode{}}
	in := make([][]meEdge, len(d.Nodes))
	for _, e := range p.edges {
		in[e.to] = append(in[e.to], meEdge{strconv.Itoa(e.from), "0", strconv.Itoa(e.port)})
	}
	for i := range d.Nodes {
		if p.shown[i] {
			g.Nodes = append(g.Nodes, explorerNode(&d.Nodes[i], in[i]))
		}
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	return enc.Encode([]meGraph{g})
}

func explorerNode(n *snapshot.Node, in []meEdge) meNode {
	x := meNode{ID: strconv.Itoa(n.ID), Label: n.Op, Namespace: namespace(n), Attrs: attrs(n), Edges: in}
	if x.Edges == nil {
		x.Edges = []meEdge{}
	}
	if n.Type != "" {
		x.Outputs = []meMeta{{"0", []meAttr{{"tensor_shape", n.Type}}}}
	}
	if n.Placement != nil && n.Placement.Kind == "host" {
		x.Style = &meStyle{"#ffcdd2"}
	}
	return x
}

func namespace(n *snapshot.Node) string {
	parts := []string{}
	if id := placeID(n); id != "" {
		parts = append(parts, title(id))
	}
	if n.Module != "" {
		parts = append(parts, strings.Split(n.Module, ".")...)
	}
	return strings.Join(parts, "/")
}

func attrs(n *snapshot.Node) []meAttr {
	out := []meAttr{{"name", n.Name}}
	add := func(key, value string) {
		if value != "" {
			out = append(out, meAttr{key, value})
		}
	}
	add("source", n.Source)
	add("traced as", n.Traced)
	if n.Out != nil {
		add("spec", n.Out.Spec)
		add("qtype", n.Out.DType)
		if n.Out.Scale != nil && n.Out.ZeroPoint != nil {
			add("scale", strconv.FormatFloat(*n.Out.Scale, 'g', -1, 64))
			add("zero point", strconv.FormatInt(*n.Out.ZeroPoint, 10))
		}
	}
	if n.Placement != nil {
		add("runs on", n.Placement.Kind)
	}
	for _, r := range n.Refusals {
		add("refused by "+r.Rule, strings.Join(strings.Fields(r.Text), " "))
	}
	return out
}
