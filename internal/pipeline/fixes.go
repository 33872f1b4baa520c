package pipeline

import (
	"context"
	"fmt"
	"slices"

	"seam/ethosu"
	"seam/model"
	"seam/model/load"
	"seam/quant"
)

// fixes tries what could bring edge node at into a delegate, each by running the stages again.
func (r *Runner) fixes(ctx context.Context, res *Result, at model.NodeID) ([]model.Fix, error) {
	var out []model.Fix
	try := func(edit, text string, run *Runner, cfg Config) error {
		after, err := run.Run(ctx, cfg, nil)
		if err != nil {
			return err
		}
		out = append(out, fix(edit, text, res, after))
		return nil
	}
	for _, c := range r.candidates(res, at) {
		if err := try(c.edit, c.text, c.runner, c.cfg); err != nil {
			return out, err
		}
	}
	return out, nil
}

// candidate is a change worth trying.
type candidate struct {
	edit, text string
	runner     *Runner
	cfg        Config
}

// candidates is the changes worth trying for edge node at. Those that upstream has no line for are left to Without.
func (r *Runner) candidates(res *Result, at model.NodeID) []candidate {
	out := r.aliasCandidates(res, at)
	cfg := res.Config
	option := func(change, text string) {
		if with, err := cfg.With(change); err == nil && with != cfg {
			out = append(out, candidate{change, text, r, with})
		}
	}
	first, ok := res.firstReason(at)
	if !ok {
		return out
	}
	if !cfg.Static && res.Edge.Graph.Node(at).Type.Symbolic() {
		option("--static", "export with fixed shapes for lowering")
	}
	if ethosu.OnlyU55(first.Rule) || res.Part.Target.U55 && !r.refusedOn(res, at, otherTarget(res.Part.Target)) {
		option("target="+u85, "target Ethos-U85, which does not have this check")
	}
	return out
}

// The configurations that stand for the two subsets in a search.
const (
	u55 = "ethos-u55-128"
	u85 = "ethos-u85-256"
)

// otherTarget is a target of the other subset.
func otherTarget(t ethosu.Target) string {
	if t.U55 {
		return u85
	}
	return u55
}

// refusedOn says whether another target's checks refuse edge node at too, on the same edge graph.
func (r *Runner) refusedOn(res *Result, at model.NodeID, target string) bool {
	accept, _, err := ethosu.Check(res.Edge.Graph, ethosu.Config{Release: res.Config.Release, Target: target})
	return err != nil || !accept[at]
}

// aliasCandidates is what brings an operator into the list that lacks it: an edit of the list, another spelling in the model, a
// release or an annotator that has it.
func (r *Runner) aliasCandidates(res *Result, at model.NodeID) []candidate {
	op := res.unannotated(at)
	lists := newLists(res.Config)
	fam := lists.lacking(op)
	if op == "" || fam == nil || !slices.ContainsFunc(res.Part.Reasons(at), func(x model.Rejection) bool {
		return quantizationRule(x.Rule.ID)
	}) {
		return nil
	}
	cfg := res.Config
	e := quant.Edit{Family: fam.Name, Op: op, On: true}
	with := cfg
	with.Edits = cfg.Edits.With(e)
	out := []candidate{{e.String(), fmt.Sprintf("add %s to %s (%s)", op, fam.Rule.Symbol, fam.Rule.File), r, with}}
	if alt := lists.spelling(op); alt != "" {
		if run := r.respelled(op, alt); run != nil {
			out = append(out, candidate{"", fmt.Sprintf("write the model so that it traces as %s", alt), run, cfg})
		}
	}
	if newest := Packs()[len(Packs())-1]; cfg.Release != newest {
		with := cfg
		with.Release, with.Edits = newest, cfg.Edits.Without(e.Key())
		out = append(out, candidate{"pack=" + newest, "use ExecuTorch " + newest, r, with})
	}
	return out
}

// respelled is a runner of the model with every call of op written as alt, nil if that cannot be built.
func (r *Runner) respelled(op, alt string) *Runner {
	b := model.Edit(r.model.Graph)
	for n := b.First(); n != model.None; n = b.Next(n) {
		if x := b.Node(n); x.Target == op {
			x.Target, x.Op = alt, model.LookupOp(alt)
		}
	}
	g, _, err := b.Freeze()
	if err != nil {
		return nil
	}
	m := &load.Model{}
	*m = *r.model
	m.Graph = g
	return New(m, r.data)
}

// fix says what a change gave and what it cost.
func fix(edit, text string, before, after *Result) model.Fix {
	f := model.Fix{Edit: edit, Text: text, Computed: after.Part != nil}
	if after.Part == nil {
		f.Cost = "not known: the run does not reach the partition stage"
		return f
	}
	e := Compare(before, after)
	f.Delegates = len(after.Part.Parts)
	f.Cost = fmt.Sprintf("%+d bytes cross, %+d operators on the CPU", e.Bytes[1]-e.Bytes[0], e.Stranded[1]-e.Stranded[0])
	if e.WorstBits > 0.005 {
		f.Cost += fmt.Sprintf(", %.2f bits of resolution lost at the worst place", e.WorstBits)
	} else {
		f.Cost += ", no resolution lost"
	}
	return f
}
