package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"seam/internal/pipeline"
	"seam/internal/snapshot"
	"seam/model"
)

type explainCmd struct {
	modelFlags
	About  string `arg:"" optional:"" help:"A boundary (B1) or a node; without it every cause that keeps operators on the CPU."`
	Format string `short:"f" help:"text, md or json." enum:"text,md,json" default:"text"`
}

// Run prints causal chains.
func (c *explainCmd) Run(e *env) error {
	s, err := c.open()
	if err != nil {
		return err
	}
	res, err := s.run(e)
	if err != nil {
		return err
	}
	if res.Part == nil {
		return notPartitioned(e, res)
	}
	why, err := s.explain(e.ctx, res, c.About)
	if err != nil {
		return err
	}
	d := snapshot.New(res, Version, why)
	switch {
	case e.opts.JSON || c.Format == "json":
		return printJSON(e.stdout, d.Causes)
	case len(d.Causes) == 0:
		_, err := fmt.Fprintln(e.stdout, "nothing is refused: every operator runs on the NPU")
		return err
	}
	return printCauses(e.stdout, d.Causes, c.Format == "md")
}

// notPartitioned prints the summary, which says where the stages ended: there is nothing more to explain.
func notPartitioned(e *env, res *pipeline.Result) error {
	if e.opts.JSON {
		return printJSON(e.stdout, newRunJSON(res))
	}
	return printRun(e.stdout, res)
}

// explain is the explanation of one thing, or of every boundary, or of every cause that keeps operators on the CPU.
func (s *session) explain(ctx context.Context, res *pipeline.Result, about string) ([]model.Explanation, error) {
	if about != "" {
		x, err := s.explainOne(ctx, res, about)
		if err != nil {
			return nil, err
		}
		return []model.Explanation{x}, nil
	}
	var out []model.Explanation
	for _, f := range res.Findings() { // one chain a cause, however many operators it holds back
		x, err := s.runner.ExplainFinding(ctx, res, f)
		if err != nil {
			return nil, fmt.Errorf("explain %s: %w", f.Text, err)
		}
		out = append(out, x)
	}
	return out, nil
}

func (s *session) explainOne(ctx context.Context, res *pipeline.Result, about string) (model.Explanation, error) {
	if id, ok := boundaryID(about); ok {
		for _, b := range res.Layout.Boundaries {
			if b.ID == id {
				return s.runner.ExplainBoundary(ctx, res, id)
			}
		}
		return model.Explanation{}, usagef("no boundary %s: there are %d", about, len(res.Layout.Boundaries))
	}
	n, ok := edgeNode(res, about)
	if !ok {
		return model.Explanation{}, usagef("no node %q in any stage; seam show %s lists them", about, res.Model.Path)
	}
	return s.runner.Explain(ctx, res, n)
}

func boundaryID(s string) (int, bool) {
	digits, ok := strings.CutPrefix(strings.ToUpper(s), "B")
	id, err := strconv.Atoi(digits)
	return id, ok && err == nil
}

// edgeNode finds a node of the edge graph by its name, or by the name that it has in an earlier stage.
func edgeNode(res *pipeline.Result, name string) (model.NodeID, bool) {
	if n := res.Edge.Graph.ByName(name); n >= 0 {
		return n, true
	}
	for _, s := range []pipeline.Stage{pipeline.Traced, pipeline.Annotated, pipeline.Converted} {
		g := res.Graph(s)
		if g == nil {
			continue
		}
		n := g.ByName(name)
		if n < 0 {
			continue
		}
		for _, m := range res.Follow(s, n, pipeline.Edge) {
			if x := res.Edge.Graph.Node(m); x.Kind == model.Call && !strings.HasPrefix(x.Target, "quantized_decomposed.") {
				return m, true
			}
		}
	}
	return model.None, false
}

// printCauses prints the chains as text or as Markdown.
func printCauses(w io.Writer, causes []snapshot.Cause, md bool) error {
	var b strings.Builder
	for i, c := range causes {
		if i > 0 {
			b.WriteByte('\n')
		}
		head, indent := "", "  "
		if md {
			head, indent = "### ", ""
		}
		fmt.Fprintf(&b, "%s%s\n", head, c.Head())
		if md {
			b.WriteByte('\n')
		}
		for _, l := range c.Lines() {
			fmt.Fprintf(&b, "%s%s\n", indent, l)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

type snapshotCmd struct {
	modelFlags
	Output string `short:"o" help:"File to write; - for standard output." default:"-" placeholder:"OUT"`
	Format string `short:"f" help:"json or md." enum:"json,md" default:"json"`
	NoWhy  bool   `help:"Leave out the causes and the resolution that sharing costs, which take the longest."`
}

// Run writes the snapshot.
func (c *snapshotCmd) Run(e *env) error {
	s, err := c.open()
	if err != nil {
		return err
	}
	res, err := s.run(e)
	if err != nil {
		return err
	}
	var why []model.Explanation
	if res.Part != nil && !c.NoWhy {
		if why, err = s.explain(e.ctx, res, ""); err != nil {
			return err
		}
	}
	d := snapshot.New(res, Version, why)
	if !c.NoWhy {
		losses, err := s.runner.Losses(e.ctx, res)
		if err != nil {
			return fmt.Errorf("resolution lost: %w", err)
		}
		d.AddLosses(res, losses)
	}
	write := d.WriteJSON
	if c.Format == "md" {
		write = d.WriteMarkdown
	}
	if c.Output == "-" {
		return write(e.stdout)
	}
	if _, err := os.Stat(c.Output); err == nil {
		fmt.Fprintf(e.stderr, "seam: replacing %s\n", c.Output)
	}
	return snapshot.WriteFile(c.Output, write)
}
