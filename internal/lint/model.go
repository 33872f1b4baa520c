package lint

import (
	"context"
	"fmt"
	"path"
	"slices"

	"seam/internal/pipeline"
	"seam/model"
	"seam/quant"
)

// Model reports the gaps that concern what a model contains, with its nodes. Each edit is tried: the stages run again with it.
//
//	errors  cancellation, a broken input, or an unknown release
func Model(ctx context.Context, run *pipeline.Runner, cfg pipeline.Config) (*Report, error) {
	rep, err := Pack(cfg.Release, cfg.Annotator, cfg.Edits)
	if err != nil {
		return nil, err
	}
	res, err := run.Run(ctx, cfg, nil)
	if err != nil {
		return nil, fmt.Errorf("run the stages: %w", err)
	}
	rep.Model = res.Model.Path
	if res.Failed != nil && res.Layout == nil {
		rep.Stopped = res.Failed.Error()
	}
	m := &modelLint{run: run, res: res, uint8: cfg.HasIO && cfg.IO.Preset == quant.UInt8IO}
	found := rep.Findings
	rep.Findings = []Finding{}
	for _, f := range found {
		if f.Nodes = m.nodes(f); len(f.Nodes) == 0 || f.ID == BridgeMissing && !m.uint8 {
			continue
		}
		if err := m.compute(ctx, &f); err != nil {
			return nil, err
		}
		m.judge(&f)
		rep.Findings = append(rep.Findings, f)
	}
	rep.Findings = append(rep.Findings, m.strangers(rep.Findings)...)
	rep.settle()
	return rep, nil
}

// modelLint is a run of a model that findings are held against.
type modelLint struct {
	run   *pipeline.Runner
	res   *pipeline.Result
	uint8 bool // the inputs and outputs are
}

// unannotated are the kinds that say that nodes get no mark.
var unannotated = []string{AliasMissing, InplaceUnannotated, Unlisted, FormUnknown}

// nodes is the calls that a finding concerns. Where it says that these get no mark, only those that got none.
func (m *modelLint) nodes(f Finding) []Node {
	stage, g := pipeline.Traced, m.res.Traced
	bare := slices.Contains(unannotated, f.ID)
	if bare && m.res.Ann != nil {
		stage, g = pipeline.Annotated, m.res.Annotatable
	}
	var out []Node
	for i := range g.Len() {
		n := model.NodeID(i)
		if x := g.Node(n); x.Kind != model.Call || x.Target != f.Op || bare && !m.bare(g, n) {
			continue
		}
		out = append(out, m.node(stage, n))
	}
	return out
}

// bare says whether a node of the graph that was annotated got no annotation although its value is a float tensor. In a model that
// came quantized, marks of the file say so.
func (m *modelLint) bare(g *model.Graph, n model.NodeID) bool {
	t, ok := g.Node(n).Type.First()
	if ok && !t.DType.IsFloat() {
		return false
	}
	if m.res.Ann == nil {
		return g.Mark(n) != model.MarkedQuantized
	}
	return !m.res.Ann.Done[n] && m.res.Ann.Marks[n] != model.MarkedQuantized
}

// node describes a node of a stage as the user's program has it.
func (m *modelLint) node(stage pipeline.Stage, n model.NodeID) Node {
	x := m.res.Graph(stage).Node(n)
	for _, up := range m.res.Follow(stage, n, pipeline.Traced) {
		x = m.res.Traced.Node(up)
	}
	out := Node{Name: x.Name, Host: m.onHost(stage, n)}
	if x.Meta != nil {
		out.Module = x.Meta.ModuleText()
		if l := x.Meta.Loc; !l.IsZero() {
			out.Source = fmt.Sprintf("%s:%d", path.Base(l.File), l.Line)
		}
	}
	return out
}

// onHost says whether some operator that the node becomes stays on the CPU.
func (m *modelLint) onHost(stage pipeline.Stage, n model.NodeID) bool {
	return len(m.stranded(stage, n)) > 0
}

// stranded is the edge nodes of a node that stay on the CPU.
func (m *modelLint) stranded(stage pipeline.Stage, n model.NodeID) []model.NodeID {
	if m.res.Layout == nil {
		return nil
	}
	var out []model.NodeID
	for _, e := range m.res.Follow(stage, n, pipeline.Edge) {
		if slices.Contains(m.res.Layout.Stranded, e) {
			out = append(out, e)
		}
	}
	return out
}

// compute runs the stages with the finding's edit. Where symbolic sizes keep everything off the NPU, the edit's own effect shows only
// with fixed ones: there both runs are done again with these.
func (m *modelLint) compute(ctx context.Context, f *Finding) error {
	e, err := quant.ParseEdit(f.Edit)
	if f.Edit == "" || err != nil || m.res.Layout == nil || m.res.Ann == nil {
		return nil
	}
	cfg := m.res.Config
	if err := m.effect(ctx, f, m.res, e); err != nil || f.Effect == nil || f.Effect.Changed() || cfg.Static || !symbolic(m.res.Traced) {
		return err
	}
	cfg.Static = true
	before, err := m.run.Run(ctx, cfg, nil)
	if err != nil || before.Layout == nil {
		return err
	}
	if err := m.effect(ctx, f, before, e); err != nil {
		return err
	}
	f.Effect.Static = true
	return nil
}

// effect fills in what an edit changes against a run.
func (m *modelLint) effect(ctx context.Context, f *Finding, before *pipeline.Result, e quant.Edit) error {
	cfg := before.Config
	cfg.Edits = cfg.Edits.With(e)
	after, err := m.run.Run(ctx, cfg, nil)
	if err != nil {
		return fmt.Errorf("run the stages with %s: %w", f.Edit, err)
	}
	if after.Layout == nil {
		f.Advice = joined(f.Advice, fmt.Sprintf("with the edit the stages do not reach the partition: %v", after.Failed))
		return nil
	}
	x := pipeline.Compare(before, after)
	f.Effect = &Effect{Delegates: x.Delegates, Host: x.Stranded, Bytes: x.Bytes, Groups: x.Groups}
	return nil
}

// symbolic says whether a graph has a user input of symbolic size.
func symbolic(g *model.Graph) bool {
	for i := range g.Len() {
		if x := g.Node(model.NodeID(i)); x.Kind == model.Placeholder && x.Type.Symbolic() {
			return true
		}
	}
	return false
}

func joined(a, b string) string {
	if a == "" {
		return b
	}
	return a + "; " + b
}

// judge makes a note of a finding that moves nothing here: none of its nodes stays on the CPU, or the edit changes nothing.
func (m *modelLint) judge(f *Finding) {
	host := slices.ContainsFunc(f.Nodes, func(n Node) bool { return n.Host })
	switch {
	case f.ID == BridgeMissing && f.Effect != nil && !f.Effect.Changed() && f.Effect.Groups[0] == f.Effect.Groups[1]:
		f.Severity = Note // the node is not near an input or output
	case m.res.Layout == nil || !slices.Contains(unannotated, f.ID):
	case !host:
		f.Severity = Note
	case f.Severity == Error && f.Effect != nil && !f.Effect.Changed():
		f.Severity = Warning
	}
}

// strangers is the operators that got no mark, stay on the CPU for that, and that no finding explains: what they become was
// not known beforehand.
func (m *modelLint) strangers(have []Finding) []Finding {
	if m.res.Ann == nil || m.res.Layout == nil {
		return nil
	}
	known := map[string]bool{}
	for _, f := range have {
		known[f.Op] = true
	}
	var out []Finding
	for i := range m.res.Annotatable.Len() {
		n := model.NodeID(i)
		x := m.res.Annotatable.Node(n)
		if x.Kind != model.Call || known[x.Target] || !m.bare(m.res.Annotatable, n) || m.held(x.Op) || !m.unmarked(n) {
			continue
		}
		known[x.Target] = true
		f := Finding{ID: FormUnknown, Severity: Warning, Op: x.Target}
		f.Text = short(x.Target) + " is held by no list, and what it becomes is refused for the missing mark"
		f.Nodes = m.nodes(f)
		out = append(out, f)
	}
	return out
}

func (m *modelLint) held(op model.OpID) bool {
	rules, err := quant.LoadRules(m.res.Config.Release, m.res.Config.Annotator, m.res.Config.Edits)
	return err == nil && rules.FamilyOf(op) != nil
}

// unmarked says whether the reason that upstream gives for every edge node of n on the CPU is the missing mark.
func (m *modelLint) unmarked(n model.NodeID) bool {
	all := m.stranded(pipeline.Annotated, n)
	for _, e := range all {
		for _, r := range m.res.Part.Reasons(e) {
			if r.First && r.Rule.ID != "P-ARM-QUANTIZED" {
				return false
			}
		}
	}
	return len(all) > 0
}
