package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"seam/internal/pipeline"
	"seam/internal/record"
	"seam/internal/snapshot"
	"seam/model"
)

type runCmd struct {
	modelFlags
	Record string `help:"Write the run in the form of a recording." placeholder:"OUT"`
	TOSA   string `help:"Write each delegate as a TOSA file: tagN.tosa in this folder." name:"tosa" placeholder:"DIR"`

	Accuracy int `help:"Evaluate this many batches as the device does and say what the outputs lose; 0 for none." placeholder:"N"`
}

// Run runs the stages and prints what they gave.
func (c *runCmd) Run(e *env) error {
	s, err := c.open()
	if err != nil {
		return err
	}
	res, err := s.run(e)
	if err != nil {
		return err
	}
	if c.Record != "" {
		rec := record.Of(res, s.name, Version)
		if err := snapshot.WriteFile(c.Record, func(w io.Writer) error { return record.Write(w, rec) }); err != nil {
			return err
		}
	}
	var written error
	if c.TOSA != "" {
		var some codeError // some delegates were written: the summary follows
		if written = writeTOSA(e, c.TOSA, res); written != nil && !errors.As(written, &some) {
			return written
		}
	}
	out := newRunJSON(res)
	if c.Accuracy > 0 && res.Part != nil {
		if err := out.measure(e.ctx, s.runner, res, c.Accuracy); err != nil {
			return err
		}
	}
	if e.opts.JSON {
		err = printJSON(e.stdout, out)
	} else {
		err = out.print(e.stdout)
	}
	return errors.Join(err, written)
}

// runAccuracyJSON is how far a run's outputs are from the float run.
type runAccuracyJSON struct {
	Batches int              `json:"batches"`
	Outputs []outputLossJSON `json:"outputs"`
	Missing []string         `json:"missing,omitempty"` // why figures are not known
}

type outputLossJSON struct {
	Name string `json:"name"`
	lossJSON
}

// measure adds what the outputs lose on the device, and what the places lose where the lowering says nothing.
//
//	errors  cancellation, and data that cannot be evaluated; what is not modelled is in Missing
func (j *runJSON) measure(ctx context.Context, r *pipeline.Runner, res *pipeline.Result, batches int) error {
	j.Accuracy = &runAccuracyJSON{Outputs: []outputLossJSON{}}
	a, err := r.Accuracy(ctx, res, batches)
	var missing *model.MissingError
	switch {
	case errors.As(err, &missing):
		j.Accuracy.Missing = append(j.Accuracy.Missing, oneLine(err.Error()))
		return nil
	case err != nil:
		return err
	}
	j.Accuracy.Batches = a.Batches
	for _, m := range a.Missing {
		j.Accuracy.Missing = append(j.Accuracy.Missing, oneLine((&model.MissingError{NotModelled: m}).Error()))
	}
	for _, o := range a.Outputs {
		j.Accuracy.Outputs = append(j.Accuracy.Outputs, outputLossJSON{o.Name, newLoss(o.Loss)})
	}
	for i := range j.Losses {
		for _, f := range res.AllFindings() {
			if f.ID != pipeline.FindingLossy || f.Rule.ID != j.Losses[i].Rule {
				continue
			}
			if l, n := a.At(f.Nodes); n != model.None {
				loss := newLoss(l)
				j.Losses[i].Error, j.Losses[i].Worst = &loss, res.Edge.Graph.Node(n).Name
			}
		}
	}
	return nil
}

// run runs the stages with progress on standard error.
func (s *session) run(e *env) (*pipeline.Result, error) {
	s.runner.LogTo(e.log)
	bar := newProgress(e)
	defer bar.done()
	res, err := s.runner.Run(e.ctx, s.cfg, func(p pipeline.Progress, _ *pipeline.Result) {
		line := p.Stage.String()
		if p.Total > 1 {
			line = fmt.Sprintf("%s %d/%d", line, p.Done, p.Total)
		}
		bar.show(line)
	})
	switch {
	case err == nil:
		return res, nil
	case e.ctx.Err() != nil:
		return nil, err
	case s.cfg.Shapes != "": // the sizes do not fit the model
		return nil, usageError{err}
	}
	return nil, inputError{fmt.Errorf("%s: %w", s.model.Path, err)}
}

// runJSON is the summary of a run.
type runJSON struct {
	Model       string                 `json:"model"`
	Config      string                 `json:"config"`
	Pack        string                 `json:"pack"`
	Annotator   string                 `json:"annotator"`
	Target      string                 `json:"target"`
	Data        string                 `json:"data"`
	Stages      []string               `json:"stages"`
	Nodes       int                    `json:"nodes"`
	Partitioned bool                   `json:"partitioned"`
	Upstream    bool                   `json:"upstream_fails"`
	Error       string                 `json:"error,omitempty"`
	Summary     snapshot.Summary       `json:"summary"`
	Stranded    []strandedJSON         `json:"stranded"`
	Losses      []lossyRuleJSON        `json:"losses"`
	NotLowered  []notLoweredJSON       `json:"not_lowered"`
	NotModelled []snapshot.NotModelled `json:"not_modelled"`
	Accuracy    *runAccuracyJSON       `json:"accuracy,omitempty"`
}

// notLoweredJSON is a delegate that has no TOSA.
type notLoweredJSON struct {
	Tag  int    `json:"tag"`
	Node string `json:"node"`
	Text string `json:"text"`
}

// lossyRuleJSON is what the lowering of the delegates loses by one rule.
type lossyRuleJSON struct {
	Rule  string `json:"rule"`
	Text  string `json:"text"` // of the first place
	Node  string `json:"node"`
	Count int    `json:"count"`

	Error *lossJSON `json:"error,omitempty"` // the largest measured at any of its places
	Worst string    `json:"worst,omitempty"` // the edge node there
}

type strandedJSON struct {
	Node   string `json:"node"`
	Op     string `json:"op"`
	Source string `json:"source,omitempty"`
	Reason string `json:"reason"`
}

func newRunJSON(res *pipeline.Result) runJSON {
	d := snapshot.New(res, Version, nil)
	out := runJSON{
		Model: d.Model.Name, Config: record.ConfigName(res.Config), Pack: d.Pack.Name, Annotator: d.Pack.Annotator,
		Target: d.Target, Data: d.Config.Data, Stages: d.Stages, Nodes: d.Model.Nodes, Partitioned: res.Part != nil,
		Summary: d.Summary, Stranded: stranded(res), Losses: []lossyRuleJSON{}, NotLowered: []notLoweredJSON{},
		NotModelled: d.NotModelled,
	}
	for _, l := range res.Lossy() {
		out.Losses = append(out.Losses, lossyRuleJSON{Rule: l.Rule.ID, Text: oneLine(l.Text), Node: l.Node, Count: l.Count})
	}
	for _, l := range res.Delegates {
		for _, r := range l.Failed {
			out.NotLowered = append(out.NotLowered, notLoweredJSON{l.Tag, res.Edge.Graph.Node(r.Node).Name, oneLine(r.Text)})
		}
	}
	if res.Failed != nil {
		var up *model.UpstreamError
		out.Upstream, out.Error = errors.As(res.Failed, &up), oneLine(res.Failed.Error())
	}
	return out
}

// stranded is the refused operators on the CPU, each with the reason that upstream reports.
func stranded(res *pipeline.Result) []strandedJSON {
	out := []strandedJSON{}
	if res.Layout == nil {
		return out
	}
	reason := map[model.NodeID]string{}
	for _, r := range res.Part.Rejected {
		if _, have := reason[r.Node]; !have || r.First {
			reason[r.Node] = r.Text
		}
	}
	for _, id := range res.Layout.Stranded {
		n := res.Edge.Graph.Node(id)
		out = append(out, strandedJSON{n.Name, n.Target, snapshot.Source(n.Meta), oneLine(reason[id])})
	}
	return out
}

// printRun prints the summary as text.
func printRun(w io.Writer, res *pipeline.Result) error {
	r := newRunJSON(res)
	return r.print(w)
}

// print prints the summary as text.
func (r *runJSON) print(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "model      %s, %d nodes\n", r.Model, r.Nodes)
	fmt.Fprintf(&b, "config     %s, pack %s, target %s, %s data\n", r.Config, r.Pack, r.Target, r.Data)
	fmt.Fprintf(&b, "stages     %s\n", strings.Join(r.Stages, " > "))
	if r.Error != "" {
		fmt.Fprintf(&b, "stopped    %s\n", r.Error)
	}
	if r.Partitioned {
		s := r.Summary
		fmt.Fprintf(&b, "delegates  %d, with %d nodes; %d boundaries, %d bytes an inference\n", s.Delegates, s.OnNPU,
			s.Boundaries, s.BoundaryBytes)
		fmt.Fprintf(&b, "stranded   %d\n", len(r.Stranded))
	}
	for _, x := range r.Stranded {
		fmt.Fprintf(&b, "  %s %s%s: %s\n", x.Node, x.Op, bracket(x.Source), x.Reason)
	}
	for _, l := range r.Losses {
		fmt.Fprintf(&b, "loses      %s x%d, first at %s: %s\n", l.Rule, l.Count, l.Node, l.Text)
		if l.Error != nil {
			fmt.Fprintf(&b, "           measured at worst %s at %s, largest %g\n", l.Error, l.Worst, l.Error.Largest)
		}
	}
	if a := r.Accuracy; a != nil {
		for _, o := range a.Outputs {
			fmt.Fprintf(&b, "output     %s: %s against the float run, over %d batches\n", o.Name, o.lossJSON, a.Batches)
		}
		for _, m := range a.Missing {
			fmt.Fprintf(&b, "output     ? %s\n", m)
		}
	}
	for _, l := range r.NotLowered {
		fmt.Fprintf(&b, "no TOSA    tag%d, at %s: %s\n", l.Tag, l.Node, l.Text)
	}
	for _, m := range r.NotModelled {
		fmt.Fprintf(&b, "not modelled in %s: %s%s, at %s\n", m.Stage, m.Operator, m.Rule, firstOf(m.Nodes))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func bracket(s string) string {
	if s == "" {
		return ""
	}
	return " (" + s + ")"
}

func firstOf(names []string) string {
	switch len(names) {
	case 0:
		return "no node"
	case 1:
		return names[0]
	}
	return fmt.Sprintf("%s and %d more", names[0], len(names)-1)
}
