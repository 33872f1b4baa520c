package pipeline

import (
	"context"
	"fmt"

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

func (r *Runner) candidates(res *Result, at model.NodeID) []candidate {
	var out []candidate
	cfg := res.Config
	if fam := res.lackingFamily(at); fam != nil {
		up := res.Follow(Edge, at, Annotated)
		op := res.Ann.Graph.Node(up[len(up)-1]).Target
		e := quant.Edit{Family: fam.Name, Op: op, On: true}
		with := cfg
		with.Edits = cfg.Edits.With(e)
		out = append(out, candidate{e.String(), fmt.Sprintf("add %s to %s (%s)", op, fam.Rule.Symbol, fam.Rule.File), r, with})
		if alt := heldSpelling(cfg, op); alt != "" {
			if run := r.respelled(op, alt); run != nil {
				out = append(out, candidate{"", fmt.Sprintf("write the model so that it traces as %s", alt), run, cfg})
			}
		}
		if newest := Packs()[len(Packs())-1]; cfg.Release != newest {
			with := cfg
			with.Release, with.Edits = newest, cfg.Edits.Without(e.Key())
			out = append(out, candidate{"pack=" + newest, "use ExecuTorch " + newest, r, with})
		}
	}
	first, ok := res.firstReason(at)
	if !ok {
		return out
	}
	if !cfg.Static && res.Edge.Graph.Node(at).Type.Symbolic() {
		with := cfg
		with.Static = true
		out = append(out, candidate{"--static", "export with fixed shapes for lowering", r, with})
	}
	if ethosu.OnlyU55(first.Rule) {
		with := cfg
		with.Target = "ethos-u85-256"
		out = append(out, candidate{"target=ethos-u85-256", "target Ethos-U85, which does not have this check", r, with})
	}
	return out
}

// heldSpelling is another overload of op that the annotator holds, "" if there is none.
func heldSpelling(cfg Config, op string) string {
	rules, err := quant.LoadRules(cfg.Release, cfg.Annotator, cfg.Edits)
	if err != nil {
		return ""
	}
	for _, s := range spellings(op) {
		if rules.FamilyOf(model.LookupOp(s)) != nil {
			return s
		}
	}
	return ""
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
