package quant

import (
	"slices"

	"seam/model"
)

// legacy annotates as _TOSAQuantizerV1 does: the IO config first, then the settings of modules by name, by type, and the
// global one, each with one rule a node, in graph order.
//
//	source  backends/arm/quantizer/quantization_annotator.py: annotate_graph
func (a *annotator) legacy(list []Override) {
	for i, rule := range legacyRules {
		a.legacyFams[i] = a.rules.Family(rule.family)
	}
	if a.cfg.HasIO {
		a.legacyIO()
	}
	for _, byName := range []bool{true, false} {
		for _, o := range list {
			if (o.Name != "") == byName && !o.None {
				a.args = o.Args
				a.legacyPass(o.Covers)
			}
		}
	}
	a.args = a.cfg.Args
	a.legacyPass(func(n *model.Node) bool {
		return !slices.ContainsFunc(list, func(o Override) bool { return o.Covers(n) })
	})
}

// legacyPass annotates the calls that the filter lets through, in graph order.
func (a *annotator) legacyPass(covers func(*model.Node) bool) {
	for i := range a.g.Len() {
		n := model.NodeID(i)
		if a.g.Node(n).Kind != model.Call || a.done[n] || a.stop != nil || !covers(a.g.Node(n)) {
			continue
		}
		p, ok := a.legacyProps(n)
		if !ok {
			a.notes[n] = Note{Text: "no rule of the legacy annotator holds " + a.g.Node(n).Target}
			continue
		}
		a.notes[n].Rule, a.notes[n].Family = p.family.Rule, p.family.Name
		if why := a.acceptable(n, p); why != "" {
			a.notes[n].Text = why
			continue
		}
		a.write(n, p)
	}
}

func (a *annotator) legacyIO() {
	for i := range a.g.Len() {
		n := model.NodeID(i)
		switch a.g.Node(n).Kind {
		case model.Placeholder:
			if len(a.g.Users(n)) > 0 && !a.done[n] {
				a.setOut(n, a.cfg.IO.act())
				a.markDone(n)
			}
		case model.Output:
			for _, p := range a.g.In(n) {
				a.setIn(p, n, a.cfg.IO.act())
			}
			a.markDone(n)
		}
	}
}

func (a *annotator) markDone(n model.NodeID) {
	a.done[n] = true
	a.mark(n, model.MarkedQuantized)
}

// props is what a rule wants written at a node (upstream: _OpQuantProperties).
type props struct {
	family *Family
	ins    []inProp
	out    QSpec
	hasOut bool
	always bool // the acceptance test does not apply
}

type inProp struct {
	arg  model.Arg
	spec QSpec
	mark bool // the input node is marked too
	opt  bool // skipped if the argument is missing
}

func (p *props) in(arg model.Arg, q QSpec) { p.ins = append(p.ins, inProp{arg: arg, spec: q}) }

func (p *props) output(q QSpec) { p.out, p.hasOut = q, true }

// acceptable is "" if the node may be annotated, else why not.
//
//	source  backends/arm/quantizer/quantization_annotator.py: _is_ok_for_quantization
func (a *annotator) acceptable(n model.NodeID, p *props) string {
	if p.always {
		return ""
	}
	if p.hasOut && (!a.isFloat32(n) || a.isLargeScalar(n)) {
		return "the output is not a float32 tensor, or a constant too large for quantization"
	}
	for _, in := range p.ins {
		if in.opt && in.arg.IsNone() {
			continue
		}
		if in.arg.Kind != model.ArgNode {
			a.stop = &model.UpstreamError{Step: "prepare", Text: "an operand of " + a.g.Node(n).Name + " is not a node"}
			return "an operand is not a node"
		}
		if m := in.arg.Node; !a.isFloat32(m) || a.isLargeScalar(m) {
			return "input " + a.g.Node(m).Name + " is not a float32 tensor, or a constant too large for quantization"
		}
	}
	return ""
}

func (a *annotator) write(n model.NodeID, p *props) {
	for _, in := range p.ins {
		if in.arg.Kind != model.ArgNode {
			continue
		}
		a.setIn(in.arg.Node, n, in.spec)
		if in.mark {
			a.markDone(in.arg.Node)
		}
	}
	if p.hasOut {
		a.setOut(n, p.out)
	}
	a.markDone(n)
}

// legacyProps finds the rule of a node: the first that applies, in upstream's order.
//
//	source  backends/arm/quantizer/quantization_annotator.py: get_quant_properties
func (a *annotator) legacyProps(n model.NodeID) (*props, bool) {
	for i, rule := range legacyRules {
		f := a.legacyFams[i]
		if f == nil || !rule.chain && !f.set.Has(a.op(n)) {
			continue
		}
		p := &props{family: f}
		switch rule.apply(a, n, p) {
		case taken:
			return p, true
		case refused:
			return nil, false
		}
	}
	return nil, false
}

// verdict is what a rule says of a node.
type verdict uint8

const (
	passed  verdict = iota // the next rule is tried
	taken                  // this rule decides
	refused                // this rule decides that the node stays as it is
)

const numLegacyRules = 16

type legacyRule struct {
	family string
	chain  bool // the rule looks at a chain of nodes, of which the family holds only some
	apply  func(*annotator, model.NodeID, *props) verdict
}

// legacyRules are the rules in upstream's order.
var legacyRules = [numLegacyRules]legacyRule{
	{"conv", true, (*annotator).convChain},
	{"two_inputs", false, (*annotator).twoInputs},
	{"grid_sampler", false, (*annotator).gridSampler},
	{"where", false, (*annotator).where},
	{"shared_or_act", false, (*annotator).sharedOrAct},
	{"shared.concat", false, (*annotator).concat},
	{"index_put", false, (*annotator).indexPut},
	{"one_to_one", false, (*annotator).oneToOne},
	{"fixed_input", false, (*annotator).fixed},
	{"shared_input", false, (*annotator).sharedInput},
	{"copy", false, (*annotator).copyInto},
	{"compare", false, (*annotator).compare},
	{"fill", false, (*annotator).fill},
	{"getitem", false, (*annotator).getitem},
	{"cast", false, (*annotator).cast},
	{"control_flow", false, (*annotator).controlFlow},
}

// convChain is rules 1 to 4: a convolution or linear, alone or with a batch norm and an activation behind it, of which the
// first gets the inputs and the last the output.
func (a *annotator) convChain(n model.NodeID, p *props) verdict {
	conv, lin := a.rules.Family("conv"), a.rules.Family("linear")
	bn, relu := a.rules.Family("batch_norm"), a.rules.Family("relu")
	op := a.op(n)
	isConv := conv.set.Has(op) || lin.set.Has(op)
	fuses := a.args.act().Scheme != PerTensorSymmetric
	convs, withLin := []*Family{conv}, []*Family{conv, lin}
	last := false
	switch {
	case fuses && a.inChain(n, convs, []*Family{bn}, []*Family{relu}):
		last = relu.set.Has(op)
	case a.inChain(n, convs, []*Family{bn}):
		last = bn.set.Has(op)
	case fuses && a.inChain(n, withLin, []*Family{relu}):
		last = relu.set.Has(op)
	case isConv:
		last = true
	default:
		return passed
	}
	if isConv {
		a.convInputs(n, p)
	}
	if last {
		p.output(a.args.act())
	}
	return taken
}

func (a *annotator) convInputs(n model.NodeID, p *props) {
	x := a.g.Node(n)
	p.in(x.Arg(0), a.args.act())
	p.ins = append(p.ins, inProp{arg: x.Arg(1), spec: a.weightSpec(n), mark: true})
	if b := x.Arg(2); b.Kind == model.ArgNode {
		p.ins = append(p.ins, inProp{arg: b, spec: a.biasSpec(n), mark: true, opt: true})
	}
}

// inChain says whether n is a link of the chain of families. Left of it every producer has one user; right of it the first
// user is followed, however many there are.
//
//	source  backends/arm/quantizer/quantization_annotator.py: _match_pattern
func (a *annotator) inChain(n model.NodeID, links ...[]*Family) bool {
	at := -1
	for i, l := range links {
		if a.links(n, l) {
			at = i
			break
		}
	}
	if at < 0 {
		return false
	}
	for i, m := at, n; i > 0; i-- {
		in := a.g.In(m)
		if len(in) == 0 || len(a.g.Users(in[0])) != 1 || !a.links(in[0], links[i-1]) {
			return false
		}
		m = in[0]
	}
	for i, m := at, n; i < len(links)-1; i++ {
		u := a.g.Users(m)
		if len(u) == 0 || !a.links(u[0], links[i+1]) {
			return false
		}
		m = u[0]
	}
	return true
}

func (a *annotator) links(n model.NodeID, fams []*Family) bool {
	for _, f := range fams {
		if f.set.Has(a.op(n)) {
			return a.reluMinZero(n)
		}
	}
	return false
}

// reluMinZero is false for a hardtanh whose lower bound is not 0, which does not fuse.
func (a *annotator) reluMinZero(n model.NodeID) bool {
	x := a.g.Node(n)
	if x.Target != "aten.hardtanh.default" && x.Target != "aten.hardtanh_.default" {
		return true
	}
	v, ok := x.Arg(1).Number()
	return ok && v == 0
}
