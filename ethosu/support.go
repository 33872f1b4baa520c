package ethosu

import (
	"fmt"
	"slices"

	"seam/model"
	"seam/quant"
)

// Check runs every support check on every node of an edge graph. Upstream stops at a node's first failing check; Check goes
// on, so that a person sees all that stands in the way.
//
//	accept    by NodeID: whether the partitioner may take the node; placeholders and output never, get_attr only of bodies
//	rejected  nodes in reverse graph order, a node's checks in upstream's order; First marks what upstream reports. A node that
//	          is accepted although a positive check refused it with a text keeps that rejection
//	errors    an unknown target or release; a *model.UpstreamError where upstream raises out of the partitioner
//	source    backends/arm/operator_support/tosa_supported_operators.py: tosa_support_factory
func Check(g *model.Graph, cfg Config) (accept []bool, rejected []model.Rejection, err error) {
	w := newWalk(g, cfg)
	if _, err := w.bodies(g, WhatIf{}); err != nil { // control flow is judged by its bodies' tags
		return nil, nil, err
	}
	return w.check(g)
}

// check is Check of one graph, whose bodies are partitioned.
func (w *walk) check(g *model.Graph) (accept []bool, rejected []model.Rejection, err error) {
	r, err := w.newRun(g)
	if err != nil {
		return nil, nil, err
	}
	for i := g.Len() - 1; i >= 0 && r.err == nil; i-- {
		r.node(model.NodeID(i))
	}
	if r.err != nil {
		return nil, nil, r.err
	}
	r.order()
	return r.accept, r.rejected, nil
}

// run is one pass over a graph.
type run struct {
	g        *model.Graph
	walk     *walk
	t        *tables
	target   Target
	symbols  []string
	facts    []fact
	accept   []bool
	reported []bool // by NodeID: upstream's reporter has a reason
	rejected []model.Rejection
	borrowed bool // a check of one node wrote about another
	err      error

	current ask     // the node under question, here to be reused
	numbers []int64 // its numeric arguments
}

func (w *walk) newRun(g *model.Graph) (*run, error) {
	target, err := ParseTarget(w.cfg.Target)
	if err != nil {
		return nil, fmt.Errorf("checking support: %w", err)
	}
	release := w.cfg.Release
	if release == "" {
		all := quant.Releases()
		release = all[len(all)-1]
	}
	if release, err = quant.ParseRelease(release); err != nil {
		return nil, fmt.Errorf("checking support: %w", err)
	}
	r := &run{
		g: g, walk: w, t: allTables()[tableKey{release, target.U55}], target: target, symbols: g.SymbolTexts(),
		accept: make([]bool, g.Len()), reported: make([]bool, g.Len()),
	}
	r.facts = r.collect()
	return r, nil
}

// order puts a node's rejections together where a check of a later node wrote some of them, and drops those that the node's own
// turn repeated.
func (r *run) order() {
	if !r.borrowed {
		return
	}
	slices.SortStableFunc(r.rejected, func(a, b model.Rejection) int { return int(b.Node) - int(a.Node) })
	kept, start := r.rejected[:0], 0
	for _, x := range r.rejected {
		if len(kept) > 0 && kept[len(kept)-1].Node != x.Node {
			start = len(kept)
		}
		same := func(k model.Rejection) bool { return k.Node == x.Node && k.Rule == x.Rule && k.Text == x.Text }
		if !slices.ContainsFunc(kept[start:], same) {
			kept = append(kept, x)
		}
	}
	r.rejected = kept
}

// ask is one node under question. A check that meets what makes upstream raise writes it to raised and may answer anything.
type ask struct {
	*run
	id     model.NodeID
	n      *model.Node
	in     []model.NodeID
	own    fact
	any    trait // of all inputs together
	all    trait // that every input has
	live   bool  // upstream is still evaluating this node
	raised string
}

// verdict is a check's answer. A positive check may refuse without a text.
type verdict struct {
	ok   bool
	text string
	u55  bool // it is the U55's hardware that refuses; the rule is the check's own one for that, if it has one
}

var pass = verdict{ok: true}

// no refuses with upstream's text.
func no(format string, args ...any) verdict {
	if len(args) == 0 {
		return verdict{text: format}
	}
	return verdict{text: fmt.Sprintf(format, args...)}
}

// onU55 marks a refusal as the U55's.
func (v verdict) onU55() verdict {
	v.u55 = !v.ok
	return v
}

func (r *run) node(id model.NodeID) {
	n := r.g.Node(id)
	switch n.Kind {
	case model.Call:
		a := r.ask(id)
		r.positives(a)
		if r.err == nil {
			r.negatives(a)
		}
		r.accept[id] = a.live
	case model.GetAttr:
		r.getAttr(r.ask(id))
	}
}

func (r *run) ask(id model.NodeID) *ask {
	r.numbers = r.numbers[:0]
	a := &r.current
	*a = ask{run: r, id: id, n: r.g.Node(id), in: r.g.In(id), own: r.facts[id], all: ^trait(0)}
	for _, p := range a.in {
		a.any |= r.facts[p].is
		a.all &= r.facts[p].is
	}
	return a
}

// positives asks the checks that can accept, in registration order, until one does. Those that refuse have had their say.
func (r *run) positives(a *ask) {
	said := false
	for _, c := range r.t.row(a.n.Op).positive {
		v := c.run(a)
		if a.raised != "" {
			r.fail(a)
			return
		}
		if v.ok {
			a.live = true
			return
		}
		if v.text != "" {
			r.reject(a.id, c.ruleOf(v), v.text)
			said = true
		}
		if r.err != nil {
			return
		}
	}
	if !said {
		r.reject(a.id, r.t.unlisted, unlistedText)
	}
}

// negatives asks the checks that can only refuse. What would raise upstream matters only where upstream gets to it.
func (r *run) negatives(a *ask) {
	for _, c := range r.t.row(a.n.Op).negative {
		v := c.run(a)
		if a.raised != "" {
			if a.live {
				r.fail(a)
				return
			}
			a.raised = ""
			continue
		}
		if !v.ok {
			r.reject(a.id, c.rule, v.text)
			a.live = false
		}
	}
}

// raise notes what upstream raises; the first one counts.
func (a *ask) raise(text string) {
	if a.raised == "" {
		a.raised = text
	}
}

// What Python raises for malformed arguments.
const (
	noArgument = "IndexError: tuple index out of range"
	noElement  = "IndexError: list index out of range"
	noModulo   = "ZeroDivisionError: integer modulo by zero"
)

func (r *run) fail(a *ask) {
	r.err = &model.UpstreamError{Step: "lower", Text: a.raised}
}

// reject notes a reason. The reporter keeps the first one a node gets, whoever wrote it.
func (r *run) reject(id model.NodeID, rule model.Rule, text string) {
	r.rejected = append(r.rejected, model.Rejection{Node: id, Rule: rule, Text: text, First: !r.reported[id]})
	r.reported[id] = true
}
