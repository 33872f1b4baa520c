// Package convert writes a partition as a picture: for Graphviz, Mermaid and Model Explorer, or drawn, as SVG and as a page for a
// browser.
package convert

import (
	"fmt"
	"io"
	"strings"

	"seam/internal/snapshot"
)

// Formats is the names that Write knows.
func Formats() []string { return []string{"dot", "mermaid", "model-explorer", "svg", "html"} }

// Write writes the nodes of a snapshot, with their places, in a format. Parameters and constants are left out.
//
//	errors  a format that is not known
func Write(w io.Writer, d *snapshot.Doc, format string) error {
	switch format {
	case "dot":
		return dot(w, d)
	case "mermaid":
		return mermaid(w, d)
	case "model-explorer":
		return modelExplorer(w, d)
	case "svg":
		return svg(w, d)
	case "html":
		return page(w, d)
	}
	return fmt.Errorf("convert to %q: want %s", format, strings.Join(Formats(), ", "))
}

// picture is what every format draws: the nodes that are no constants, by where they run, and what flows between them.
type picture struct {
	doc    *snapshot.Doc
	shown  []bool // by node
	places []place
	edges  []edge
}

// place is a delegate, an island on the CPU, or with no name what belongs to neither.
type place struct {
	id, title string
	npu       bool
	nodes     []int
}

// edge is a value from one node to another. A crossing enters or leaves a delegate.
type edge struct {
	from, to, port int
	crosses        bool
}

func newPicture(d *snapshot.Doc) *picture {
	p := &picture{doc: d, shown: make([]bool, len(d.Nodes))}
	at := map[string]int{}
	for i := range d.Nodes {
		n := &d.Nodes[i]
		if p.shown[i] = !n.Constant; !p.shown[i] {
			continue
		}
		id := placeID(n)
		j, ok := at[id]
		if !ok {
			j = len(p.places)
			at[id] = j
			p.places = append(p.places, place{id: id, title: title(id), npu: strings.HasPrefix(id, "D")})
		}
		p.places[j].nodes = append(p.places[j].nodes, i)
	}
	for i := range d.Nodes {
		for port, from := range d.Nodes[i].Inputs {
			if p.shown[i] && from >= 0 && from < i && p.shown[from] {
				a, b := placeID(&d.Nodes[from]), placeID(&d.Nodes[i])
				p.edges = append(p.edges, edge{from, i, port, a != b && (strings.HasPrefix(a, "D") || strings.HasPrefix(b, "D"))})
			}
		}
	}
	return p
}

// placeID is "D1", "H1", or "" for inputs, outputs and boundary nodes.
func placeID(n *snapshot.Node) string {
	if n.Placement == nil {
		return ""
	}
	return n.Placement.ID
}

func title(id string) string {
	switch {
	case strings.HasPrefix(id, "D"):
		return id + " on the NPU"
	case strings.HasPrefix(id, "H"):
		return id + " on the CPU"
	}
	return id
}

// short is an operator's name without namespace and without ".default".
func short(op string) string {
	op = strings.TrimSuffix(op, ".default")
	return strings.TrimPrefix(strings.TrimPrefix(op, "aten."), "quantized_decomposed.")
}

// label is what a node's box says.
func label(n *snapshot.Node) []string {
	out := []string{n.Name, short(n.Op)}
	if n.Type != "" {
		out = append(out, n.Type)
	}
	if n.Source != "" {
		out = append(out, n.Source)
	}
	return out
}
