package quant

import (
	"sync"

	"seam/model"
)

// Transformed is the graph to annotate.
type Transformed struct {
	Graph *model.Graph
	From  model.Relation // its nodes to the traced ones
	plan  transformPlan
}

// transformPlan is what the passes before annotation depended on.
type transformPlan struct {
	base  *model.Graph // the traced graph with batch norms folded
	rules *Rules
	u55   bool
	allow []bool // by base node: a gated pass may rewrite it
	moved bool   // a pass worked, so that the marks of the first annotation are in the graph: base node n's at place n+1
}

// Transform folds batch norms and runs the passes that come before annotation.
//
//	result   the graph to annotate, tied to g
//	errors   a MissingError for a pass that is needed and not modelled; an UpstreamError where a pass raises
//	source   torchao/quantization/pt2e/quantize_pt2e.py: prepare_pt2e;
//	         backends/arm/_passes/arm_pass_manager.py: transform_for_annotation_pipeline
func Transform(g *model.Graph, rules *Rules, cfg Config) (*Transformed, error) {
	s := state{g: g, rel: model.Identity(g.Len()), release: rules.Release, u55: cfg.U55}
	s.look()
	if s.ops["aten.batch_norm.default"] {
		b := model.Edit(g)
		foldBatchNorms(b)
		b.OrderUsers()
		var err error
		if s.g, s.rel, err = b.Freeze(); err != nil {
			return nil, err
		}
		s.look()
	}
	if err := s.permit(rules, cfg); err != nil {
		return nil, err
	}
	plan := transformPlan{base: s.g, rules: rules, u55: cfg.U55, allow: s.allow}
	if err := s.passes(rules, cfg); err != nil {
		return nil, err
	}
	plan.moved = s.marked
	return &Transformed{s.g, s.rel, plan}, nil
}

// Again transforms the same traced graph under other rules, where the passes may do what they did; false if they may not.
func (t *Transformed) Again(rules *Rules, cfg Config) (*Transformed, bool) {
	p := t.plan
	if rules.Release != p.rules.Release || rules.Annotator != p.rules.Annotator || cfg.U55 != p.u55 || len(t.Graph.Subs) > 0 {
		return nil, false
	}
	s := state{g: p.base, release: rules.Release, u55: cfg.U55}
	if err := s.permit(rules, cfg); err != nil || !sameGate(p.base, s.allow, p.allow) {
		return nil, false
	}
	if s.marks == nil || !p.moved {
		return t, true
	}
	if p.base.MarkCells() > 1 {
		return nil, false
	}
	p.rules = rules
	marks := append(make([]model.Mark, 1, len(s.marks)+1), s.marks...)
	return &Transformed{t.Graph.Revise(model.Revision{Marks: marks, Attrs: t.Graph.Attrs}), t.From, p}, true
}

// sameGate says whether the gate is the same for every operator that any pass looks for. Others are never asked about, and neither are
// copies of them.
func sameGate(g *model.Graph, a, b []bool) bool {
	for i := range a {
		if x := g.Node(model.NodeID(i)); a[i] != b[i] && x.Kind == model.Call && sought()[x.Target] {
			return false
		}
	}
	return true
}

// sought is the operators that the passes look for.
var sought = sync.OnceValue(func() map[string]bool {
	out := map[string]bool{}
	for i := range passes {
		for _, op := range passes[i].ops {
			out[op] = true
		}
	}
	return out
})

// passes runs the passes that have work.
func (s *state) passes(rules *Rules, cfg Config) error {
	for i := range passes {
		p := &passes[i]
		if !p.in(rules.Release) || cfg.U55 && p.notU55 {
			continue
		}
		if p.settles && s.stale {
			if err := s.retrace(nil); err != nil {
				return err
			}
		}
		if !s.wants(p) {
			continue
		}
		if err := s.run(p); err != nil {
			return err
		}
	}
	return s.transformBodies(rules, cfg)
}

// state is the graph between two passes.
type state struct {
	g        *model.Graph
	rel      model.Relation
	allow    []bool       // by node: a gated pass may rewrite it
	marks    []model.Mark // by node: those that the first annotation left, until a pass takes them over
	marked   bool         // a pass took them over
	release  string
	u55      bool
	retraced bool            // an execution anew has created the constants again
	stale    bool            // the names are not those that executing anew would give
	ops      map[string]bool // the operators of the graph's calls
	inner    map[string]bool // those of the bodies of control flow
}

// permit says which nodes the gated passes may rewrite. The composable annotator runs once in full for that, and leaves its
// marks.
func (s *state) permit(rules *Rules, cfg Config) error {
	s.stale = s.release == "1.3.1" // its passes execute the graph anew even where nothing is to do
	s.allow = make([]bool, s.g.Len())
	if rules.Annotator == Legacy {
		return legacyPermit(s.g, cfg, s.allow)
	}
	a, err := annotate(s.g, rules, cfg)
	if err != nil {
		return err
	}
	s.allow, s.marks = a.allow, make([]model.Mark, s.g.Len())
	for i := range s.marks {
		s.marks[i] = a.markOf(model.NodeID(i))
	}
	return nil
}

// remark writes the marks that the first annotation left, each to a place of the node's own. Where no pass has work nobody needs
// them: annotating again leaves the same.
func (s *state) remark(b *model.Builder) {
	if s.marks == nil {
		return
	}
	s.marked = true
	if s.g.MarkCells() == 1 {
		b.SetMarks(s.marks)
		return
	}
	for i, m := range s.marks {
		if m != model.NoMark {
			b.WriteMark(model.ID(model.NodeID(i)), m)
		}
	}
}

// legacyPermit is the legacy annotator's gate: it asks the settings alone, not the lists of operators.
//
//	source  backends/arm/quantizer/arm_quantizer.py: _TOSAQuantizerV1._set_disallow_tfa_for_nodes
func legacyPermit(g *model.Graph, cfg Config, allow []bool) error {
	list, err := cfg.overrides()
	if err != nil {
		return err
	}
	for i := range allow {
		allow[i] = true
		for pass := range 2 { // names win over types
			for _, o := range list {
				if (o.Name != "") == (pass == 1) && o.Covers(g.Node(model.NodeID(i))) {
					allow[i] = !o.None
				}
			}
		}
	}
	return nil
}

// look notes which operators the graph and the bodies of its control flow hold, so that a pass that looks for others costs
// nothing.
func (s *state) look() {
	s.ops, s.inner = map[string]bool{}, map[string]bool{}
	listOps(s.g, s.ops)
	for _, sub := range s.g.Subs {
		listInner(sub, s.inner)
	}
}

func listInner(g *model.Graph, ops map[string]bool) {
	listOps(g, ops)
	for _, sub := range g.Subs {
		listInner(sub, ops)
	}
}

func listOps(g *model.Graph, ops map[string]bool) {
	seen := make([]bool, model.NumOps())
	for i := range g.Len() {
		x := g.Node(model.NodeID(i))
		switch {
		case x.Kind != model.Call:
		case x.Op < 0:
			ops[x.Target] = true
		case !seen[x.Op]:
			seen[x.Op], ops[x.Target] = true, true
		}
	}
}

// wants says whether pass p has work, or executes the graph anew for an operator that it then leaves alone.
func (s *state) wants(p *pass) bool {
	if p.ops == nil {
		return p.wanted(s.g, s.allow)
	}
	for _, op := range p.ops {
		if s.inner[op] && p.apply != nil && !p.outer && (!p.exact || hitsInside(s.g, p)) {
			return true
		}
	}
	for _, op := range p.ops {
		if s.ops[op] {
			return p.eager || p.wanted(s.g, s.allow)
		}
	}
	return false
}

// hitsInside says whether the pass has work in a body of control flow.
func hitsInside(g *model.Graph, p *pass) bool {
	for _, sub := range g.Subs {
		if p.wanted(sub, nil) || hitsInside(sub, p) {
			return true
		}
	}
	return false
}

func (s *state) run(p *pass) error {
	switch {
	case p.edit != nil:
		s.stale = s.release == "1.3.1"
		if err := s.edit(p); err != nil || !p.retraces {
			return err
		}
		return s.retrace(nil)
	case p.apply == nil:
		return p.missing(s.g, s.allow)
	}
	if p.dce {
		if err := s.sweep(); err != nil {
			return err
		}
	}
	return s.retrace(p)
}

// sweep erases the nodes that nobody reads.
func (s *state) sweep() error {
	e := newEditor(s)
	if e.RemoveDead(func(n model.NodeID) bool { return hasEffect(e.Node(n)) }) == 0 {
		return nil
	}
	return e.finish(s)
}

// edit runs a pass that works on the graph as it is.
func (s *state) edit(p *pass) error {
	e := newEditor(s)
	e.pass = p
	p.edit(e)
	if e.err != nil {
		return e.err
	}
	if p.name != "DeduplicateGetAttrPass" { // a later pass writes every node's arguments once, in order
		e.OrderUsers()
	}
	return e.finish(s)
}

// retrace executes the graph anew with pass p, which may be nil.
func (s *state) retrace(p *pass) error {
	t := newTracer(s, p)
	t.DropAttrs()
	next, step, err := t.run()
	if err != nil {
		return err
	}
	s.g, s.rel, s.allow, s.marks, s.stale = next, step.Then(s.rel), t.allowed, nil, false
	s.retraced = true
	s.look()
	return nil
}
