package convert

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strconv"

	"seam/internal/snapshot"
)

//go:embed report.tmpl
var reportText string

// report is what the page shows. The page loads nothing and runs nothing, and says so to the browser: texts of a model cannot
// become a program even if one of them were not escaped.
type report struct {
	Doc      *snapshot.Doc
	Title    string
	Head     []string // how it was run
	Picture  template.HTML
	Nodes    []reportNode
	Stranded []reportNode
}

// reportNode is a node with what a cell of the page says of it.
type reportNode struct{ *snapshot.Node }

// page writes a document for a browser: the figures, the drawing, and the lists behind it.
func page(w io.Writer, d *snapshot.Doc) error {
	t, err := template.New("report").Funcs(template.FuncMap{"text": clean}).Parse(reportText)
	if err != nil {
		return fmt.Errorf("convert to html: %w", err)
	}
	lines := head(d)
	r := report{Doc: d, Title: lines[0], Head: lines[2:], Picture: template.HTML(drawing(d))}
	for i := range d.Nodes {
		n := reportNode{&d.Nodes[i]}
		if !n.Constant {
			r.Nodes = append(r.Nodes, n)
		}
		if n.Placement != nil && n.Placement.Kind == "host" {
			r.Stranded = append(r.Stranded, n)
		}
	}
	return t.Execute(w, r)
}

// Place is where a node runs: "D1", "H1", "boundary", or "" if the document does not say.
func (n reportNode) Place() string {
	if id := placeID(n.Node); id != "" || n.Placement == nil {
		return id
	}
	return n.Placement.Kind
}

// Quant is a node's output as it is quantized: "int8 scale 0.5 zero point -3", or "int8 3 scales".
func (n reportNode) Quant() string {
	if n.Out == nil {
		return ""
	}
	out := n.Out.DType
	if n.Out.Scale != nil && n.Out.ZeroPoint != nil {
		out += fmt.Sprintf(" scale %s zero point %d", strconv.FormatFloat(*n.Out.Scale, 'g', -1, 64), *n.Out.ZeroPoint)
	}
	if len(n.Out.Scales) > 0 {
		out += " " + plural(len(n.Out.Scales), "scale")
	}
	return out
}

// Reasons is the refusals, that which upstream reports in front.
func (n reportNode) Reasons() []snapshot.Refusal {
	out := slices.Clone(n.Refusals)
	slices.SortStableFunc(out, func(a, b snapshot.Refusal) int { return before(a.First, b.First) })
	return out
}
