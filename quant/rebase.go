package quant

import (
	"slices"

	"seam/model"
)

// plan is what converting an annotation again needs to give the same nodes other numbers.
type plan struct {
	ann     *Annotation
	cal     *Calibration
	graph   *model.Graph
	pairs   []pairNode
	buffers []buffers
	frozen  []frozen
	circuit *circuit // of ann, made when it is first compared
}

// pairNode is a per-tensor quantize or dequantize node of the converted graph and the place whose parameters it holds.
type pairNode struct {
	node model.NodeID
	slot Slot
}

// buffers is the constants that hold a place's parameters, one a channel.
type buffers struct {
	slot        Slot
	scale, zero string
}

// planOf is the plan of a finished conversion, nil where bodies of control flow were converted with it.
func (p *prepared) planOf(g *model.Graph) *plan {
	if len(p.Subs) > 0 {
		return nil
	}
	p.plan.graph = g
	for i, s := range p.places {
		n := model.NodeID(i)
		if s < 0 || p.Final(n) == model.None {
			continue
		}
		if t := p.Node(n).Target; t == OpQuantize || t == OpDequantize {
			p.plan.pairs = append(p.plan.pairs, pairNode{p.Final(n), s})
		}
	}
	return p.plan
}

// Rebase converts another annotation of the same graph, where that gives the nodes that it gave before with other parameters;
// false if it does not. What changes is then the arguments of per-tensor pairs, the constants of per-channel ones, the integers
// of quantized constants, and marks.
func (c *Converted) Rebase(a *Annotation, cal *Calibration) (*Converted, bool) {
	if c.plan == nil {
		return nil, false
	}
	to, ok := c.plan.fits(a, cal)
	if !ok {
		return nil, false
	}
	r := rebase{plan: c.plan, cal: cal, params: make([][]QParam, len(to))}
	for s, t := range to {
		r.params[s] = cal.Param(a.Group(t))
	}
	attrs, err := r.constants()
	if err != nil {
		return nil, false
	}
	marks := append(make([]model.Mark, 1, len(a.Marks)+1), a.Marks...)
	return &Converted{c.plan.graph.Revise(model.Revision{Args: r.args(), Attrs: attrs, Marks: marks}), c.From, c.plan}, true
}

// fits is, for each place that had an observer call, the place that has it now; false unless converting a gives the nodes that
// converting the plan's annotation gave.
func (p *plan) fits(a *Annotation, cal *Calibration) ([]Slot, bool) {
	if a.Graph.Base() != p.ann.Graph.Base() || len(a.Bodies) > 0 {
		return nil, false
	}
	to := slices.Repeat([]Slot{-1}, len(a.Specs))
	if p.circuit == nil {
		p.circuit = newCircuit(p.ann, p.cal)
	}
	c := comparison{old: p.circuit, now: newCircuit(a, cal)}
	for i := range a.Graph.Len() {
		if !c.same(model.NodeID(i)) {
			return nil, false
		}
		for j, k := range c.oldCalls {
			to[c.old.observers[k].slot] = c.now.observers[c.nowCalls[j]].slot
		}
	}
	return to, true
}

// rebase is a plan with other parameters.
type rebase struct {
	*plan
	cal    *Calibration
	params [][]QParam // by place that had an observer call
}

// args is the arguments that change.
func (r *rebase) args() []model.NodeArgs {
	var out []model.NodeArgs
	for _, x := range r.pairs {
		q, old := r.params[x.slot][0], r.graph.Node(x.node).Args
		if old[1].Float != q.Scale || old[2].Int != q.Zero {
			out = append(out, model.NodeArgs{Node: x.node, Args: withParam(old, q)})
		}
	}
	return out
}

// withParam is the arguments of a per-tensor call with other parameters.
func withParam(args []model.Arg, q QParam) []model.Arg {
	out := slices.Clone(args)
	out[1], out[2] = model.FloatArg(q.Scale), model.IntArg(q.Zero)
	return out
}

// constants is the graph's constants with those that change.
func (r *rebase) constants() (*model.Attrs, error) {
	var list []model.Attr
	for _, b := range r.buffers {
		if r.keeps(b.slot) {
			continue
		}
		t := r.cal.channelPair(r.ann.Groups[r.ann.Group(b.slot)].Spec, r.params[b.slot])
		list = append(list, model.Attr{Name: b.scale, Tensor: t[0]}, model.Attr{Name: b.zero, Tensor: t[1]})
	}
	scales := r.graph.Attrs.With(list)
	list = nil
	for _, f := range r.frozen {
		if r.keeps(f.slot) {
			continue
		}
		if f.scale == "" {
			f.args = withParam(f.args, r.params[f.slot][0])
		}
		t, err := f.value(scales.Get, r.cal.folded)
		if err != nil {
			return nil, err
		}
		list = append(list, model.Attr{Name: f.name, Tensor: t})
	}
	return scales.With(list), nil
}

// keeps says whether a place's parameters are what they were.
func (r *rebase) keeps(s Slot) bool {
	was, is := r.plan.cal.Param(r.ann.Group(s)), r.params[s]
	return len(was) == len(is) && (len(was) == 0 || &was[0] == &is[0] || slices.Equal(was, is))
}
