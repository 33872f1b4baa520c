package cli

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"

	"seam/internal/pipeline"
	"seam/internal/snapshot"
	"seam/model"
)

type showCmd struct {
	modelFlags
	What  string `help:"nodes, delegates, groups or boundaries." enum:"nodes,delegates,groups,boundaries" default:"nodes"`
	CSV   bool   `help:"Print comma-separated values." name:"csv"`
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
		return showRows(e, c.CSV, d.Delegates, []string{"id", "tag", "nodes", "bytes", "in", "out", "macs"},
			func(x snapshot.Delegate) []any { return []any{x.ID, x.Tag, len(x.Nodes), x.Bytes, x.In, x.Out, x.MACs} })
	case "groups":
		return c.groups(e, s, res, d)
	}
	return showRows(e, c.CSV, d.Boundaries, []string{"id", "from", "to", "bytes", "types", "tensors"},
		func(x snapshot.Boundary) []any {
			var names, types []string
			for _, t := range x.Tensors {
				names, types = append(names, t.Name), append(types, strings.ReplaceAll(t.Type, " ", ""))
			}
			return []any{x.ID, x.From, x.To, x.Bytes, strings.Join(types, " "), strings.Join(names, " ")}
		})
}

// groups prints the sharing groups: who won, who lost, and what sharing costs.
func (c *showCmd) groups(e *env, s *session, res *pipeline.Result, d *snapshot.Doc) error {
	losses, err := s.runner.Losses(e.ctx, res)
	if err != nil {
		return fmt.Errorf("resolution lost: %w", err)
	}
	d.AddLosses(res, losses)
	head := []string{"id", "kind", "scale", "zero", "places", "anchor", "won", "lost", "bits lost", "members"}
	return showRows(e, c.CSV, d.Groups, head, func(x snapshot.Group) []any {
		members := strings.Join(x.Members, " ")
		if !c.CSV && len(x.Members) > 4 {
			members = strings.Join(x.Members[:4], " ") + fmt.Sprintf(" and %d more", len(x.Members)-4)
		}
		return []any{
			x.ID, x.Kind, number(x.Scale), number(x.ZeroPoint), len(x.Members), x.Anchor, orDash(x.Won), len(x.Lost),
			number(x.BitsLost), members,
		}
	})
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// showRows prints rows as JSON, as CSV or as a table.
func showRows[T any](e *env, asCSV bool, rows []T, head []string, cells func(T) []any) error {
	if e.opts.JSON {
		return printJSON(e.stdout, rows)
	}
	if asCSV {
		return writeCSV(e.stdout, head, rows, cells)
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

// writeCSV writes rows as RFC 4180 has them; "-" for no value becomes an empty field.
func writeCSV[T any](w io.Writer, head []string, rows []T, cells func(T) []any) error {
	out := csv.NewWriter(w)
	names := make([]string, len(head))
	for i, h := range head {
		names[i] = strings.ReplaceAll(h, " ", "_")
	}
	if err := out.Write(names); err != nil {
		return err
	}
	for _, x := range rows {
		var row []string
		for _, c := range cells(x) {
			s := fmt.Sprint(c)
			if s == "-" {
				s = ""
			}
			row = append(row, s)
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
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
	head := []string{"#", "node", "op", "type", "spec", "scale", "zero", "on", "source"}
	return showRows(e, c.CSV, rows, head, func(x snapshot.Node) []any {
		spec, scale, zero, on := "-", "-", "-", "-"
		if x.Out != nil {
			spec, scale, zero = x.Out.Spec, number(x.Out.Scale), number(x.Out.ZeroPoint)
		}
		if x.Placement != nil {
			on = strings.TrimSpace(x.Placement.Kind + " " + x.Placement.ID)
		}
		return []any{x.ID, x.Name, x.Op, x.Type, spec, scale, zero, on, x.Source}
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
