package convert

import (
	"fmt"
	"io"
	"strings"

	"seam/internal/snapshot"
)

// dot writes Graphviz: a cluster for each delegate and island, bold edges where a value crosses.
func dot(w io.Writer, d *snapshot.Doc) error {
	p := newPicture(d)
	var b strings.Builder
	fmt.Fprintf(&b, "digraph %s {\n", dotText(d.Model.Name))
	b.WriteString("  rankdir=TB;\n  node [shape=box, fontname=\"monospace\", fontsize=10];\n")
	for i, c := range p.places {
		indent := "  "
		if c.id != "" {
			style := "filled"
			colour := "#e8f5e9"
			if !c.npu {
				colour = "#ffebee"
			}
			fmt.Fprintf(&b, "  subgraph cluster_%d {\n    label=%s;\n    style=%s;\n    color=%q;\n", i, dotText(c.title), style, colour)
			indent = "    "
		}
		for _, n := range c.nodes {
			fmt.Fprintf(&b, "%sn%d [label=%s];\n", indent, n, dotText(strings.Join(label(&d.Nodes[n]), "\n")))
		}
		if c.id != "" {
			b.WriteString("  }\n")
		}
	}
	for _, e := range p.edges {
		style := ""
		if e.crosses {
			style = " [style=bold, color=\"#c62828\"]"
		}
		fmt.Fprintf(&b, "  n%d -> n%d%s;\n", e.from, e.to, style)
	}
	b.WriteString("}\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// dotText is a quoted text of Graphviz.
func dotText(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) + `"`
}

// mermaid writes a flowchart: a subgraph for each delegate and island, thick edges where a value crosses.
func mermaid(w io.Writer, d *snapshot.Doc) error {
	p := newPicture(d)
	var b strings.Builder
	b.WriteString("flowchart TB\n")
	for _, c := range p.places {
		indent := "  "
		if c.id != "" {
			fmt.Fprintf(&b, "  subgraph %s[%s]\n", c.id, mermaidText(c.title))
			indent = "    "
		}
		for _, n := range c.nodes {
			fmt.Fprintf(&b, "%sn%d[%s]\n", indent, n, mermaidText(strings.Join(label(&d.Nodes[n]), "\n")))
		}
		if c.id != "" {
			b.WriteString("  end\n")
		}
	}
	for _, e := range p.edges {
		arrow := "-->"
		if e.crosses {
			arrow = "==>"
		}
		fmt.Fprintf(&b, "  n%d %s n%d\n", e.from, arrow, e.to)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// mermaidText is a quoted text of Mermaid.
func mermaidText(s string) string {
	return `"` + strings.NewReplacer("#", "#35;", `"`, "#quot;", "<", "#lt;", ">", "#gt;", "\n", "<br/>").Replace(s) + `"`
}
