package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"seam/quant"
)

// Goal is what a search is to reach: a figure of the partition, and the value that it may have.
type Goal struct {
	Figure string // "delegates", "stranded" (operators on the CPU), "bytes" (that cross) or "macs" (on the CPU)
	AtMost bool   // a limit; else the exact value
	Value  int64
}

// ParseGoal reads "delegates=1" or "bytes<=1000".
func ParseGoal(s string) (Goal, error) {
	g := Goal{}
	figure, val, ok := strings.Cut(s, "<=")
	if g.AtMost = ok; !ok {
		figure, val, ok = strings.Cut(s, "=")
	}
	n, err := strconv.ParseInt(val, 10, 64)
	if !ok || err != nil || n < 0 || !slices.Contains([]string{"delegates", "stranded", "bytes", "macs"}, figure) {
		return g, fmt.Errorf("goal %q: want delegates=N, stranded=N, bytes=N or macs=N, or <= in place of =", s)
	}
	g.Figure, g.Value = figure, n
	return g, nil
}

func (g Goal) String() string {
	if g.AtMost {
		return fmt.Sprintf("%s<=%d", g.Figure, g.Value)
	}
	return fmt.Sprintf("%s=%d", g.Figure, g.Value)
}

// Met says whether a result has what the goal asks for. One that does not reach the partition stage has not.
func (g Goal) Met(r *Result) bool {
	if r.Part == nil {
		return false
	}
	var e Effect
	e.figures(0, r)
	have := map[string]int64{
		"delegates": int64(e.Delegates[0]), "stranded": int64(e.Stranded[0]), "bytes": e.Bytes[0], "macs": e.MACs[0],
	}[g.Figure]
	return have == g.Value || g.AtMost && have < g.Value
}

// Search is how to look for the smallest set of changes.
type Search struct {
	Goal    Goal
	Max     int           // changes at once
	Checks  bool          // support checks may be switched off too
	Timeout time.Duration // 0 for none
}

// Solution is a set of changes, as Config.With reads them, that reaches the goal.
type Solution struct {
	Changes []string
	Effect  Effect
	WhatIf  bool // one of the changes is of what no release has
}

// Found is what a search gave.
type Found struct {
	Candidates []string   // the single changes that it combined, in order
	Solutions  []Solution // all of the smallest size there is; none was reached if empty
	Size       int        // changes in each solution; without one, the largest size that was tried in full
	Tried      int        // sets that were run
	Met        bool       // the goal is met without any change
	Stopped    bool       // the time ran out: of the last size, not all sets were tried
}

// Smallest looks for the smallest sets of changes that reach a goal: single changes first, then pairs and so on, each computed by
// running the stages. The order is fixed, and no smaller set of the candidates reaches the goal.
//
//	errors  cancellation by the caller; running out of time is none
func (r *Runner) Smallest(ctx context.Context, res *Result, s Search) (Found, error) {
	if res.Part == nil {
		return Found{}, fmt.Errorf("search: the run does not reach the partition stage")
	}
	f := Found{Candidates: res.changes(s.Checks), Met: s.Goal.Met(res)}
	if f.Met {
		return f, nil
	}
	limited := ctx
	if s.Timeout > 0 {
		var stop context.CancelFunc
		limited, stop = context.WithTimeout(ctx, s.Timeout)
		defer stop()
	}
	for size := 1; size <= min(s.Max, len(f.Candidates)); size++ {
		err := f.size(limited, r, res, s.Goal, size)
		if ctx.Err() != nil {
			return f, ctx.Err()
		}
		if f.Stopped = errors.Is(err, context.DeadlineExceeded); !f.Stopped && err != nil {
			return f, err
		}
		if len(f.Solutions) > 0 || !f.Stopped {
			f.Size = size
		}
		if f.Stopped || len(f.Solutions) > 0 {
			break
		}
	}
	return f, nil
}

// size tries every set of that many candidates.
func (f *Found) size(ctx context.Context, r *Runner, res *Result, goal Goal, size int) error {
	pick := make([]int, size)
	for i := range pick {
		pick[i] = i
	}
	for {
		if err := f.try(ctx, r, res, goal, pick); err != nil {
			return err
		}
		i := size - 1
		for i >= 0 && pick[i] == len(f.Candidates)-size+i {
			i--
		}
		if i < 0 {
			return nil
		}
		pick[i]++
		for j := i + 1; j < size; j++ {
			pick[j] = pick[j-1] + 1
		}
	}
}

// try runs one set. Changes of the same thing are no set, nor is one that names what its pack or annotator does not have.
func (f *Found) try(ctx context.Context, r *Runner, res *Result, goal Goal, pick []int) error {
	cfg := res.Config
	sol := Solution{}
	keys := map[string]bool{}
	for _, i := range pick {
		c := f.Candidates[i]
		key, _, _ := strings.Cut(c, "=")
		var err error
		if cfg, err = cfg.With(c); err != nil || keys[key] {
			return ctx.Err()
		}
		keys[key] = true
		sol.Changes = append(sol.Changes, c)
	}
	if _, err := quant.LoadRules(cfg.Release, cfg.Annotator, cfg.Edits); err != nil {
		return ctx.Err()
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	after, err := r.runTo(ctx, cfg, nil, Partitioned)
	if err != nil {
		return err
	}
	f.Tried++
	if goal.Met(after) {
		sol.Effect = Compare(res, after)
		sol.WhatIf = slices.ContainsFunc(cfg.WhatIf(), func(c string) bool { return slices.Contains(sol.Changes, c) })
		f.Solutions = append(f.Solutions, sol)
	}
	return nil
}

// changes is the single changes worth combining, in order: what the causes ask for, then other targets, releases and annotators.
func (r *Result) changes(checks bool) []string {
	var out []string
	add := func(c string) {
		if with, err := r.Config.With(c); err == nil && with != r.Config && !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	findings := r.Findings()
	for _, f := range findings {
		for _, op := range f.Ops {
			if f.ID == FindingAlias {
				add(quant.Edit{Family: f.Family, Op: op, On: true}.String())
			}
		}
		if f.ID == FindingShapes {
			add("static=on")
			r.hiddenAliases(f, add)
		}
	}
	if slices.ContainsFunc(findings, func(f Finding) bool { return f.Rule.ID == "P-U55-DTYPE" }) {
		add("quant=" + quant.Int8.String())
	}
	add("target=" + otherTarget(r.Part.Target))
	for _, p := range slices.Backward(Packs()) {
		add("pack=" + p)
	}
	add("annotator=" + quant.Composable.String())
	add("annotator=" + quant.Legacy.String())
	for _, f := range findings {
		if checks && f.Rule.ID != "" {
			add("check:" + f.Rule.ID + "=off")
			for _, also := range f.Also {
				add("check:" + also.ID + "=off")
			}
		}
	}
	return out
}

// hiddenAliases adds the edits for operators that are refused for their shapes first, and would be refused for a missing annotation
// after that.
func (r *Result) hiddenAliases(f Finding, add func(string)) {
	lists := newLists(r.Config)
	for _, n := range f.Nodes {
		if op := r.unannotated(n); op != "" {
			if fam := lists.lacking(op); fam != nil {
				add(quant.Edit{Family: fam.Name, Op: op, On: true}.String())
			}
		}
	}
}
