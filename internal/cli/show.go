package cli

import (
	"strconv"
	"strings"

	"seam/internal/pipeline"
	"seam/internal/snapshot"
	"seam/model"
)

type showCmd struct {
	modelFlags
	What  string `help:"nodes, delegates, groups or boundaries." enum:"nodes,delegates,groups,boundaries" default:"nodes"`
	Stage string `help:"Whose nodes: traced, annotated, converted or edge; the last one reached without it." placeholder:"STAGE"`
}

// Run prints one table.
func (c *showCmd) Run(e *env) error {
	if _, ok := pipeline.ParseStage(c.Stage); c.Stage != "" && !ok {
		return usagef("--stage %s: want traced, annotated, calibrated, converted, edge or partitioned", c.Stage)
	}
	if f, err := openTOSA(c.Model); f != nil || err != nil {
		if err != nil {
			return err
		}
		return printTOSA(e, f)
	}
	s, err := c.open()
	if err != nil {
		return err
	}
	res, err := s.run(e)
	if err != nil {
		return err
	}
	d := snapshot.New(res, Version, nil)
	switch c.What {
	case "nodes":
		return c.nodes(e, res, d)
	case "delegates":
		return showRows(e, d.Delegates, []string{"id", "tag", "nodes", "bytes", "macs"}, func(x snapshot.Delegate) []any {
			return []any{x.ID, x.Tag, len(x.Nodes), x.Bytes, x.MACs}
		})
	case "groups":
		return showRows(e, d.Groups, []string{"id", "kind", "scale", "zero", "places", "anchor"}, func(x snapshot.Group) []any {
			return []any{x.ID, x.Kind, number(x.Scale), number(x.ZeroPoint), len(x.Members), x.Anchor}
		})
	}
	return showRows(e, d.Boundaries, []string{"id", "from", "to", "bytes", "tensors"}, func(x snapshot.Boundary) []any {
		var names []string
		for _, t := range x.Tensors {
			names = append(names, t.Name)
		}
		return []any{x.ID, x.From, x.To, x.Bytes, strings.Join(names, " ")}
	})
}

// showRows prints rows as JSON or as a table.
func showRows[T any](e *env, rows []T, head []string, cells func(T) []any) error {
	if e.opts.JSON {
		return printJSON(e.stdout, rows)
	}
	return table(e.stdout, func(row func(...any)) {
		top := make([]any, len(head))
		for i, h := range head {
			top[i] = h
		}
		row(top...)
		for _, x := range rows {
			row(cells(x)...)
		}
	})
}

// number is a figure as text, "-" for none.
func number[T float64 | int64](v *T) string {
	if v == nil {
		return "-"
	}
	return strconv.FormatFloat(float64(*v), 'g', 6, 64)
}

func (c *showCmd) nodes(e *env, res *pipeline.Result, d *snapshot.Doc) error {
	stage := res.Last()
	if c.Stage != "" {
		stage, _ = pipeline.ParseStage(c.Stage)
	}
	if res.Graph(stage) == nil {
		return usagef("--stage %s: the run ended after %s", stage, res.Last())
	}
	rows := d.Nodes
	if stage != res.Last() {
		rows = stageNodes(res.Graph(stage))
	}
	return showRows(e, rows, []string{"#", "node", "op", "type", "spec", "scale", "on", "source"}, func(x snapshot.Node) []any {
		spec, scale, on := "-", "-", "-"
		if x.Out != nil {
			spec, scale = x.Out.Spec, number(x.Out.Scale)
		}
		if x.Placement != nil {
			on = strings.TrimSpace(x.Placement.Kind + " " + x.Placement.ID)
		}
		return []any{x.ID, x.Name, x.Op, x.Type, spec, scale, on, x.Source}
	})
}

// stageNodes is the nodes of an earlier stage, without placement.
func stageNodes(g *model.Graph) []snapshot.Node {
	var out []snapshot.Node
	symbols := g.SymbolTexts()
	for i := range g.Len() {
		n := g.Node(model.NodeID(i))
		x := snapshot.Node{ID: i, Name: n.Name, Op: n.Target, Source: snapshot.Source(n.Meta), Module: n.Meta.Path()}
		if n.Kind != model.Call {
			x.Op = n.Kind.String()
		}
		if n.Type.IsTensor() {
			x.Type = n.Type.T.Format(symbols)
		}
		out = append(out, x)
	}
	return out
}
