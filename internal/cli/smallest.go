package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"seam/internal/pipeline"
)

// smallestCmd searches for the smallest set of changes that reaches a goal.
type smallestCmd struct {
	modelFlags
	Goal       string        `help:"What to reach: delegates=N, stranded=N, bytes=N or macs=N, or <= in place of =." default:"delegates=1"`
	MaxChanges int           `help:"How many changes at once to try at most." default:"2"`
	Checks     bool          `help:"Support checks may be switched off too; no release does that."`
	Timeout    time.Duration `help:"How long to search." default:"10s"`
}

// Help is the long help.
func (smallestCmd) Help() string {
	return `Tries single changes first, then pairs and so on: entries of the annotator's lists that the causes ask for, fixed
sizes, the other kind of target, other packs and the other annotator. Exits with 1 if no set reaches the goal.`
}

// Run prints the smallest sets.
func (c *smallestCmd) Run(e *env) error {
	goal, err := pipeline.ParseGoal(c.Goal)
	if err != nil {
		return usagef("--goal: %w", err)
	}
	if c.MaxChanges < 1 {
		return usagef("--max-changes %d: want 1 or more", c.MaxChanges)
	}
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
	search := pipeline.Search{Goal: goal, Max: c.MaxChanges, Checks: c.Checks, Timeout: c.Timeout}
	found, err := s.runner.Smallest(e.ctx, res, search)
	if err != nil {
		return err
	}
	out := newSmallest(newRunJSON(res).Model, search, found)
	if out.Before, err = newFigures(e.ctx, s.runner, res, pipeline.Compare(res, res), 0); err != nil {
		return err
	}
	if e.opts.JSON {
		err = printJSON(e.stdout, out)
	} else {
		err = out.print(e.stdout)
	}
	if err == nil && !found.Met && len(found.Solutions) == 0 {
		return codeError(ExitFindings)
	}
	return err
}

// smallestJSON is what a search gave.
type smallestJSON struct {
	Model      string         `json:"model"`
	Goal       string         `json:"goal"`
	MaxChanges int            `json:"max_changes"`
	Verdict    string         `json:"verdict"`
	Before     figuresJSON    `json:"before"`
	Candidates []string       `json:"candidates"`
	Tried      int            `json:"tried"`
	Complete   bool           `json:"complete"` // false if the time ran out
	Solutions  []solutionJSON `json:"solutions"`
}

type solutionJSON struct {
	Changes   []string `json:"changes"`
	WhatIf    bool     `json:"what_if"`
	Delegates int      `json:"delegates"`
	Stranded  int      `json:"stranded"`
	MACs      int64    `json:"macs_on_cpu"`
	Bytes     int64    `json:"boundary_bytes"`
	Bits      float64  `json:"worst_bits_lost"`
}

func newSmallest(model string, s pipeline.Search, f pipeline.Found) smallestJSON {
	out := smallestJSON{
		Model: model, Goal: s.Goal.String(), MaxChanges: s.Max, Verdict: smallestVerdict(s, f),
		Candidates: append([]string{}, f.Candidates...), Tried: f.Tried, Complete: !f.Stopped, Solutions: []solutionJSON{},
	}
	for _, x := range f.Solutions {
		e := x.Effect
		out.Solutions = append(out.Solutions, solutionJSON{
			x.Changes, x.WhatIf, e.Delegates[1], e.Stranded[1], e.MACs[1], e.Bytes[1], e.WorstBits,
		})
	}
	return out
}

// smallestVerdict says what was found, and how far that holds.
func smallestVerdict(s pipeline.Search, f pipeline.Found) string {
	switch {
	case f.Met:
		return "met without any change"
	case len(f.Solutions) > 0 && f.Stopped:
		return fmt.Sprintf("%s of %s, and none smaller; stopped after %s, so there may be more of that size",
			count(len(f.Solutions), "set"), count(f.Size, "change"), s.Timeout)
	case len(f.Solutions) > 0:
		return fmt.Sprintf("%s of %s, and none smaller", count(len(f.Solutions), "set"), count(f.Size, "change"))
	case f.Stopped:
		return fmt.Sprintf("stopped after %s: none with up to %s, larger sets were not all tried", s.Timeout, count(f.Size, "change"))
	}
	return fmt.Sprintf("none with up to %s", count(s.Max, "change"))
}

func (o smallestJSON) print(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "model    %s\ngoal     %s; now %s, %d operators on the CPU, %d bytes cross\n", o.Model, o.Goal,
		count(o.Before.Delegates, "delegate"), o.Before.Stranded, o.Before.Bytes)
	fmt.Fprintf(&b, "found    %s\n", o.Verdict)
	fmt.Fprintf(&b, "tried    %s of %s: %s\n", count(o.Tried, "set"), count(len(o.Candidates), "change"), strings.Join(o.Candidates, "  "))
	printCauseRows(&b, "now", o.Before)
	for _, s := range o.Solutions {
		mark := ""
		if s.WhatIf {
			mark = "  (what-if)"
		}
		fmt.Fprintf(&b, "\n%s%s\n  %s, %d operators and %d MACs on the CPU, %d bytes cross, %.2f bits lost at the worst place\n",
			strings.Join(s.Changes, "  "), mark, count(s.Delegates, "delegate"), s.Stranded, s.MACs, s.Bytes, s.Bits)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
