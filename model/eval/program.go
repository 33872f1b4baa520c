package eval

import (
	"context"
	"fmt"
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
	value   *Value         // get_attr and constant placeholders
	input   int            // index among the user inputs, -1 if it is none
	*family                // of a call
	args    []model.Arg    // in schema order, defaults filled in
	drop    []model.NodeID // values that nothing reads after this node
	write   []model.NodeID // in-place: the nodes whose storage this one overwrites
	unknown bool           // seam cannot evaluate it, or something it reads
	lost    bool           // an unknown call overwrites it: its later readers are unknown
	subs    []*Program     // control flow: the bodies, in argument order
}

// run is the state of one evaluation.
type run struct {
	ctx     context.Context
	env     []*Value // by node; nil where unknown, not yet computed, or dropped
	scratch []float32
}

// floats is scratch memory of n floats, valid until the next call.
func (r *run) floats(n int) []float32 {
	if n > maxElements {
		panic("the columns of a convolution are too large")
	}
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
	r.env[id] = v
	return err
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
	if s.op.inPlace && v != nil && c.err == nil {
		v = s.redirect(r, v)
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
