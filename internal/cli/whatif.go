package cli

import (
	"context"
	"fmt"
	"io"
	"strings"

	"seam/internal/pipeline"
)

// whatifCmd compares the configuration with the one after changes. Its --set takes more than that of the other commands.
type whatifCmd struct {
	modelFlags
	Rows     int `help:"How many moved operators and changed scales the text lists." default:"8"`
	Accuracy int `help:"Evaluate this many batches as the device does and say what the outputs lose; 0 for none." placeholder:"N"`
}

// Help is the long help.
func (whatifCmd) Help() string {
	return `--set takes, once or more:
  FAMILY:OVERLOAD=on|off     an entry of an annotator's list
  check:RULE=on|off          a support check
  node:NAME=cpu|npu          an operator that is refused, or that no check refuses
  node:NAME=float|PRESET     a node without quantization config, or with int8, a16w8 or a8w4 (composable annotator)
  module:PATH=float|PRESET   likewise a module; type:CLASS= the modules of a class; op:OVERLOAD= the calls of an operator
  target=NAME pack=RELEASE annotator=NAME quant=PRESET per-channel=on|off io=on|off static=on|off`
}

// Run prints what the changes give.
func (c *whatifCmd) Run(e *env) error {
	changes := c.Set
	c.Set = nil // what comes before has none of them
	if len(changes) == 0 {
		return usagef("no change: give --set at least once")
	}
	s, err := c.open()
	if err != nil {
		return err
	}
	with := s.cfg
	for _, x := range changes {
		if with, err = with.With(x); err == nil {
			err = s.runner.Knows(x)
		}
		if err != nil {
			return usagef("--set: %w", err)
		}
	}
	before, err := s.run(e)
	if err != nil {
		return err
	}
	s.cfg = with
	after, err := s.run(e)
	if err != nil {
		return err
	}
	for _, x := range changes {
		if err := after.Knows(x); err != nil {
			return usagef("--set: %w", err)
		}
	}
	out, err := newWhatif(e.ctx, s.runner, changes, before, after)
	if err != nil {
		return err
	}
	if c.Accuracy > 0 {
		if out.Accuracy, err = newAccuracy(e.ctx, s.runner, before, after, c.Accuracy); err != nil {
			return err
		}
	}
	if e.opts.JSON {
		return printJSON(e.stdout, out)
	}
	return out.print(e.stdout, c.Rows)
}

// whatifJSON is what changes give.
type whatifJSON struct {
	Model   string      `json:"model"`
	Changes []string    `json:"changes"`
	WhatIf  []string    `json:"what_if"` // of the result after: what no release does
	Before  figuresJSON `json:"before"`
	After   figuresJSON `json:"after"`
	Bits    float64     `json:"worst_bits_lost"`
	Moved   []movedJSON `json:"moved"`
	Scales  []scaleJSON `json:"scales"`

	Accuracy *accuracyJSON `json:"accuracy,omitempty"` // with --accuracy
}

type figuresJSON struct {
	Partitioned bool        `json:"partitioned"`
	Error       string      `json:"error,omitempty"`
	Delegates   int         `json:"delegates"`
	Stranded    int         `json:"stranded"`
	OnNPU       int         `json:"on_npu"`
	MACs        int64       `json:"macs_on_cpu"`
	Bytes       int64       `json:"boundary_bytes"`
	Groups      int         `json:"groups"`
	Causes      []causeJSON `json:"causes"`
	WithoutAll  *int        `json:"delegates_without_all"` // null where that was not computed
}

type causeJSON struct {
	ID        string   `json:"id"`
	Text      string   `json:"text"`
	Count     int      `json:"count"`
	Rule      string   `json:"rule,omitempty"`
	Also      []string `json:"also,omitempty"`
	MACs      int64    `json:"macs_on_cpu"`
	Work      int64    `json:"bytes_on_cpu"`
	Bytes     int64    `json:"boundary_bytes"`
	Delegates *int     `json:"delegates_without"` // null where that was not computed
}

type movedJSON struct {
	Node   string `json:"node"`
	Before string `json:"before"`
	After  string `json:"after"`
}

type scaleJSON struct {
	Place  string  `json:"place"`
	Before float64 `json:"before"`
	After  float64 `json:"after"`
	Bits   float64 `json:"bits_lost"`
}

func newWhatif(ctx context.Context, r *pipeline.Runner, changes []string, before, after *pipeline.Result) (whatifJSON, error) {
	x := pipeline.Compare(before, after)
	out := whatifJSON{
		Model: newRunJSON(before).Model, Changes: changes, WhatIf: append([]string{}, after.Config.WhatIf()...),
		Bits: x.WorstBits, Moved: []movedJSON{}, Scales: []scaleJSON{},
	}
	for _, m := range x.Moved {
		out.Moved = append(out.Moved, movedJSON{m.Name, m.Before.String(), m.After.String()})
	}
	for _, s := range x.Scales {
		out.Scales = append(out.Scales, scaleJSON{s.Place, s.Before, s.After, s.Bits})
	}
	var err error
	if out.Before, err = newFigures(ctx, r, before, x, 0); err != nil {
		return out, err
	}
	out.After, err = newFigures(ctx, r, after, x, 1)
	return out, err
}

func newFigures(ctx context.Context, r *pipeline.Runner, res *pipeline.Result, x pipeline.Effect, i int) (figuresJSON, error) {
	f := figuresJSON{
		Partitioned: res.Part != nil, Delegates: x.Delegates[i], Stranded: x.Stranded[i], OnNPU: x.OnNPU[i], MACs: x.MACs[i],
		Bytes: x.Bytes[i], Groups: x.Groups[i], Causes: []causeJSON{},
	}
	if res.Failed != nil {
		f.Error = oneLine(res.Failed.Error())
	}
	if res.Part == nil {
		return f, nil
	}
	causes, err := r.Causes(ctx, res)
	for _, c := range causes {
		j := causeJSON{ID: c.ID, Text: oneLine(c.Text), Count: c.Count, Rule: c.Rule.ID, MACs: c.MACs, Work: c.Work, Bytes: c.Bytes}
		for _, a := range c.Also {
			j.Also = append(j.Also, a.ID)
		}
		if c.Delegates != pipeline.Unknown {
			n := c.Delegates
			j.Delegates = &n
		}
		f.Causes = append(f.Causes, j)
	}
	if err != nil || len(causes) < 2 {
		return f, err
	}
	all, err := r.Without(ctx, res, causes...)
	if err == nil {
		f.WithoutAll = &all.Delegates[1]
	}
	return f, ctx.Err()
}

// print prints the figures side by side, then what moved and which scales changed, each at most rows lines.
func (o whatifJSON) print(w io.Writer, rows int) error {
	var b strings.Builder
	fmt.Fprintf(&b, "model    %s\nchanges  %s\n", o.Model, strings.Join(o.Changes, "  "))
	if len(o.WhatIf) > 0 {
		fmt.Fprintf(&b, "what-if  %s: no release does this\n", strings.Join(o.WhatIf, "  "))
	}
	b.WriteByte('\n')
	if err := table(&b, func(row func(...any)) {
		row("", "before", "after")
		for _, f := range []struct {
			name string
			of   func(figuresJSON) int64
		}{
			{"delegates", func(f figuresJSON) int64 { return int64(f.Delegates) }},
			{"operators on the CPU", func(f figuresJSON) int64 { return int64(f.Stranded) }},
			{"MACs on the CPU", func(f figuresJSON) int64 { return f.MACs }},
			{"nodes on the NPU", func(f figuresJSON) int64 { return int64(f.OnNPU) }},
			{"boundary bytes", func(f figuresJSON) int64 { return f.Bytes }},
		} {
			row(f.name, o.Before.figure(f.of), o.After.figure(f.of))
		}
		row("spec groups", o.Before.Groups, o.After.Groups)
		row("bits lost, worst place", "", fmt.Sprintf("%.2f", o.Bits))
	}); err != nil {
		return err
	}
	printCauseRows(&b, "before", o.Before)
	printCauseRows(&b, "after", o.After)
	printSome(&b, "moved", o.Moved, rows, func(m movedJSON) string {
		return fmt.Sprintf("%s  %s -> %s", m.Node, orGone(m.Before), orGone(m.After))
	})
	printSome(&b, "scales changed", o.Scales, rows, func(s scaleJSON) string {
		return fmt.Sprintf("%s  %.6g -> %.6g  %+.2f bits lost", s.Place, s.Before, s.After, s.Bits)
	})
	if o.Accuracy != nil {
		o.Accuracy.print(&b, rows)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// figure is a figure as text, "?" where the run did not get to it.
func (f figuresJSON) figure(of func(figuresJSON) int64) string {
	if !f.Partitioned {
		return "?"
	}
	return fmt.Sprint(of(f))
}

func orGone(place string) string {
	switch place {
	case "":
		return "gone"
	case ".":
		return "boundary"
	}
	return place
}

// printCauseRows prints a side's causes, a line each, the worst first.
func printCauseRows(b *strings.Builder, side string, f figuresJSON) {
	if f.Error != "" {
		fmt.Fprintf(b, "\n%s: stopped: %s\n", side, f.Error)
	}
	if len(f.Causes) == 0 {
		return
	}
	fmt.Fprintf(b, "\ncauses %s:\n", side)
	for _, c := range f.Causes {
		fmt.Fprintf(b, "  %s\n", c.line())
	}
	if f.WithoutAll != nil {
		fmt.Fprintf(b, "  without all of them: %s\n", count(*f.WithoutAll, "delegate"))
	}
}

// line is a cause with what it strands, and what the result is without it.
func (c causeJSON) line() string {
	s := c.Text
	if c.Count > 1 {
		s += fmt.Sprintf("  x%d", c.Count)
	}
	if c.Rule != "" {
		s += "  [" + strings.Join(append([]string{c.Rule}, c.Also...), " ") + "]"
	}
	s += fmt.Sprintf("; %d MACs and %d bytes on the CPU, %d bytes cross", c.MACs, c.Work, c.Bytes)
	if c.Delegates != nil {
		s += fmt.Sprintf("; without it: %s", count(*c.Delegates, "delegate"))
	}
	return s
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// printSome prints at most limit rows under a heading that counts all.
func printSome[T any](b *strings.Builder, head string, rows []T, limit int, line func(T) string) {
	if len(rows) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s: %d\n", head, len(rows))
	for i, x := range rows {
		if i == limit {
			fmt.Fprintf(b, "  and %d more\n", len(rows)-limit)
			return
		}
		fmt.Fprintf(b, "  %s\n", line(x))
	}
}
