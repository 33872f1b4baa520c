package eval

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"seam/model"
)

// Program is a graph made ready for many batches: constants decoded, kernels bound, last uses known. It is immutable, so
// several goroutines may run it.
type Program struct {
	steps   []step
	inputs  []model.NodeID // what a caller fills, in order
	scalars []bool         // by input: a number, text or None, fixed at capture
	outputs []model.Arg
	width   int
}

// step is what to do at one node.
type step struct {
	node    *model.Node
	value   *Value // get_attr and constant placeholders
	input   int    // index among the user inputs, -1 if it is none
	kernel  kernel
	op      op
	names   []string // the schema's argument names, for args
	args    []model.Arg
	drop    []model.NodeID // values that nothing reads after this node
	write   []model.NodeID // in-place: the nodes whose storage this one overwrites
	unknown bool           // seam cannot evaluate it, or something it reads
	lost    bool           // an unknown call overwrites it: its later readers are unknown
	subs    []*Program     // control flow: the bodies, in argument order
}

// Missing lists the operators that no kernel covers, with the calls they stop at, in node order. A write into a view whose
// base is read later is listed by rule.
func Missing(g *model.Graph) []model.NotModelled {
	var out []model.NotModelled
	at := map[string]int{}
	add := func(operator, rule, node string) {
		i, ok := at[operator+"|"+rule]
		if !ok {
			i = len(out)
			at[operator+"|"+rule] = i
			out = append(out, model.NotModelled{Stage: "calibrate", Operator: operator, Rule: rule})
		}
		out[i].Nodes = append(out[i].Nodes, node)
	}
	al := aliases(g)
	for i := range g.Len() {
		n := g.Node(model.NodeID(i))
		if n.Kind != model.Call {
			continue
		}
		if k, _ := kernelOf(n); k == nil {
			add(n.Target, "", n.Name)
		} else if al.hidden(g, model.NodeID(i)) {
			add("", "write through a view", n.Name)
		}
		for _, sub := range bodies(g, n) {
			for _, m := range Missing(sub) {
				for _, name := range m.Nodes {
					add(m.Operator, m.Rule, n.Name+"/"+name)
				}
			}
		}
	}
	return out
}

// bodies is the graphs that a control-flow call names, in argument order.
func bodies(g *model.Graph, n *model.Node) []*model.Graph {
	var out []*model.Graph
	for _, a := range n.Args {
		if a.Kind != model.ArgNode || len(g.Subs) == 0 {
			continue
		}
		if p := g.Node(a.Node); p.Kind == model.GetAttr && g.Subs[p.Target] != nil {
			out = append(out, g.Subs[p.Target])
		}
	}
	return out
}

// Compile prepares g. Calls that Missing lists, and what depends on them, evaluate to nil.
//
//	errors  a constant without data, a call without a required argument
func Compile(g *model.Graph) (*Program, error) {
	p := &Program{steps: make([]step, g.Len()), width: g.Len()}
	for i := range p.steps {
		n := g.Node(model.NodeID(i))
		if k := g.Inputs[n.Name]; n.Kind == model.Placeholder && (k == model.UserInput || k == model.ScalarInput) {
			p.inputs, p.scalars = append(p.inputs, model.NodeID(i)), append(p.scalars, k == model.ScalarInput)
		}
	}
	al := aliases(g)
	for i := range p.steps {
		id := model.NodeID(i)
		if err := p.prepare(g, id, al); err != nil {
			return nil, err
		}
		if last := lastUse(g, id); last >= 0 {
			p.steps[last].drop = append(p.steps[last].drop, id)
		}
	}
	return p, nil
}

// lastUse is the last node that reads n; n itself if none does.
func lastUse(g *model.Graph, n model.NodeID) model.NodeID {
	last := n
	for _, u := range g.Users(n) {
		last = max(last, u)
	}
	return last
}

func (p *Program) prepare(g *model.Graph, id model.NodeID, al *aliasing) error {
	s := &p.steps[id]
	s.node, s.input = g.Node(id), slices.Index(p.inputs, id)
	switch s.node.Kind {
	case model.Output:
		for _, a := range s.node.Args {
			if a.Kind == model.ArgList {
				p.outputs = append(p.outputs, a.List...)
			} else {
				p.outputs = append(p.outputs, a)
			}
		}
	case model.Call:
		return p.bind(g, id, al)
	default:
		if s.input < 0 && g.Subs[s.node.Target] == nil {
			return s.constant(g)
		}
	}
	return nil
}

// constant decodes the value of a get_attr or of a placeholder that a constant fills. A number, text or None has none.
func (s *step) constant(g *model.Graph) error {
	a, ok := g.Attrs.Get(s.node.Target)
	if !ok {
		if s.node.Kind == model.Placeholder {
			return nil
		}
		return fmt.Errorf("node %q: no constant %q", s.node.Name, s.node.Target)
	}
	if a.Tensor == nil || a.Tensor.DType.IsComplex() {
		s.unknown = true
		return nil
	}
	v, err := FromTensor(a.Tensor)
	if err != nil {
		return fmt.Errorf("node %q: constant %q: %w", s.node.Name, s.node.Target, err)
	}
	s.value = v
	return nil
}

func (p *Program) bind(g *model.Graph, id model.NodeID, al *aliasing) error {
	s := &p.steps[id]
	s.kernel, s.op = kernelOf(s.node)
	s.unknown = s.kernel == nil || al.hidden(g, id)
	for _, in := range g.In(id) {
		s.unknown = s.unknown || p.steps[in].unknown || p.steps[in].lost
	}
	for _, sub := range bodies(g, s.node) {
		q, err := Compile(sub)
		if err != nil {
			return fmt.Errorf("node %q: %w", s.node.Name, err)
		}
		s.subs = append(s.subs, q)
		s.unknown = s.unknown || slices.ContainsFunc(q.steps, func(t step) bool { return t.unknown })
	}
	s.write = al.writes(id)
	if !s.unknown {
		return s.complete()
	}
	for i := range id {
		p.steps[i].lost = p.steps[i].lost || s.op.inPlace && al.base[i] == al.base[id]
	}
	return nil
}

// complete fills in the arguments that capture left out.
func (s *step) complete() error {
	var err error
	if s.args, err = model.Complete(s.node); err != nil {
		return err
	}
	if sc, ok := model.SchemaOf(s.node.Target); ok {
		s.names = make([]string, len(sc.Args))
		for i, a := range sc.Args {
			s.names[i] = a.Name
		}
	}
	return nil
}

// run is the state of one evaluation.
type run struct {
	ctx     context.Context
	env     []*Value // by node; nil where unknown, not yet computed, or dropped
	scratch []float32
}

// floats is scratch memory of n floats, valid until the next call.
func (r *run) floats(n int) []float32 {
	if cap(r.scratch) < n {
		r.scratch = make([]float32, n)
	}
	return r.scratch[:n]
}

// Run evaluates one batch.
//
//	inputs  a value for each placeholder that a caller fills, in order; those for numbers, texts and None are nil or left out
//	visit   called for every node but the output as soon as its value is known, in graph order; may be nil. The value is nil
//	        where Missing says so, and for checks and bodies of control flow. A visitor may keep a value: none is
//	        overwritten later
//	result  the graph's outputs; nil for None
//	errors  bad arguments, wrapped with the node; what visit returns; ctx.Err(), tested between nodes
func (p *Program) Run(ctx context.Context, inputs []*model.Tensor, visit func(n model.NodeID, v *Value) error) ([]*Value, error) {
	in, err := p.fill(inputs)
	if err != nil {
		return nil, fmt.Errorf("evaluate: %w", err)
	}
	return p.eval(ctx, in, visit)
}

// fill decodes the inputs, by position among all that a caller fills.
func (p *Program) fill(inputs []*model.Tensor) ([]*Value, error) {
	if len(inputs) < len(p.inputs) { // the numbers are left out
		var all []*model.Tensor
		for _, scalar := range p.scalars {
			switch {
			case scalar:
				all = append(all, nil)
			case len(inputs) > 0:
				all, inputs = append(all, inputs[0]), inputs[1:]
			}
		}
		inputs = append(all, inputs...)
	}
	if len(inputs) != len(p.inputs) {
		return nil, fmt.Errorf("%d inputs for %d placeholders", len(inputs), len(p.inputs))
	}
	out := make([]*Value, len(inputs))
	for i, t := range inputs {
		if t == nil {
			continue
		}
		v, err := FromTensor(t)
		if err != nil {
			return nil, fmt.Errorf("input %d: %w", i, err)
		}
		out[i] = v
	}
	return out, nil
}

func (p *Program) eval(ctx context.Context, in []*Value, visit func(n model.NodeID, v *Value) error) ([]*Value, error) {
	r := &run{ctx: ctx, env: make([]*Value, p.width)}
	var out []*Value
	for i := range p.steps {
		s := &p.steps[i]
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if s.node.Kind == model.Output {
			out = p.results(r)
			continue
		}
		if err := s.eval(r, model.NodeID(i), in); err != nil {
			return nil, fmt.Errorf("evaluate node %q (%s): %w", s.node.Name, s.node.Target, err)
		}
		if visit != nil {
			if err := visit(model.NodeID(i), r.env[i]); err != nil {
				return nil, err
			}
		}
		for _, d := range s.drop {
			r.env[d] = nil
		}
	}
	return out, nil
}

func (p *Program) results(r *run) []*Value {
	c := &call{run: r}
	out := make([]*Value, len(p.outputs))
	for i, a := range p.outputs {
		out[i] = c.value(a)
	}
	return out
}

func (s *step) eval(r *run, id model.NodeID, in []*Value) error {
	switch {
	case s.node.Kind != model.Call:
		r.env[id] = s.value
		if s.input >= 0 {
			r.env[id] = in[s.input]
		}
		return nil
	case s.unknown:
		return nil
	}
	v, err := s.call(r)
	if err != nil {
		return err
	}
	if s.op.inPlace && v != nil {
		v = s.redirect(r, v)
	}
	r.env[id] = v
	return nil
}

// call runs the kernel. A panic of a kernel is a graph whose arguments do not fit each other (an index out of range, a shape
// that is too large): an error of this node, not of the program.
func (s *step) call(r *run) (v *Value, err error) {
	c := &call{step: s, node: s.node, run: r}
	defer func() {
		if x := recover(); x != nil {
			v, err = nil, fmt.Errorf("%s", strings.TrimPrefix(fmt.Sprint(x), "runtime error: "))
		}
		if c.err != nil {
			v, err = nil, c.err
		}
	}()
	if v = s.kernel(c); v != nil && v.List == nil && s.node.Op.Row().Eval != model.EvIdentity {
		normalise(v)
	}
	return v, nil
}

// redirect makes every node whose storage s overwrites have the new elements, under its own shape and s's element type.
func (s *step) redirect(r *run, v *Value) *Value {
	old := r.env[s.node.Arg(0).Node]
	if old == nil {
		return v
	}
	v = v.cast(old.DType).withShape(old.Shape)
	for _, w := range s.write {
		if o := r.env[w]; o != nil {
			r.env[w] = v.withShape(o.Shape)
		}
	}
	return v
}
