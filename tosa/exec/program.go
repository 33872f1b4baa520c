package exec

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"seam/model"
)

// Program is a graph made ready for many batches: constants decoded and packed, kernels bound, last uses known. It is
// immutable, so several goroutines may run it.
type Program struct {
	steps   []step
	inputs  []model.NodeID
	outputs []model.NodeID
}

// kernel computes one operator from its operands, which it must not keep. A panic says that they do not fit each other.
type kernel func(in []*Tensor) *Tensor

// step is what to do at one node.
type step struct {
	node   *model.Node
	value  *Tensor        // of a constant
	input  int            // index among the block's inputs, -1 if it is none
	in     []model.NodeID // operands in order, lists laid flat
	kernel kernel         // of a call
	shape  []int          // of a call's result
	drop   []model.NodeID // values that nothing reads after this node
}

// Run evaluates one batch.
//
//	inputs  a value for each placeholder, in order
//	visit   called for every placeholder and operator as soon as its value is known, in graph order; may be nil. A visitor may
//	        keep a value: none is overwritten later
//	result  the block's outputs, in order
//	errors  operands that do not fit each other, wrapped with the node; what visit returns; ctx.Err(), tested between nodes
func (p *Program) Run(ctx context.Context, inputs []*model.Tensor, visit func(n model.NodeID, v *Tensor) error) ([]*model.Tensor, error) {
	in, err := p.decode(inputs)
	if err != nil {
		return nil, fmt.Errorf("evaluate: %w", err)
	}
	env := make([]*Tensor, len(p.steps))
	last := make([]*Tensor, len(p.outputs))
	var buffer []*Tensor
	for i := range p.steps {
		s := &p.steps[i]
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if env[i], err = s.eval(env, in, &buffer); err != nil {
			return nil, fmt.Errorf("evaluate node %q (%s): %w", s.node.Name, s.node.Target, err)
		}
		for k, o := range p.outputs {
			if o == model.NodeID(i) {
				last[k] = env[i]
			}
		}
		if visit != nil && env[i] != nil && s.node.Kind != model.GetAttr {
			if err := visit(model.NodeID(i), env[i]); err != nil {
				return nil, err
			}
		}
		for _, d := range s.drop {
			env[d] = nil
		}
	}
	out := make([]*model.Tensor, len(last))
	for k, t := range last {
		out[k] = t.Model()
	}
	return out, nil
}

// decode checks the inputs and decodes them.
func (p *Program) decode(inputs []*model.Tensor) ([]*Tensor, error) {
	if len(inputs) != len(p.inputs) {
		return nil, fmt.Errorf("%d inputs for %d placeholders", len(inputs), len(p.inputs))
	}
	out := make([]*Tensor, len(inputs))
	for i, t := range inputs {
		if t == nil {
			return nil, fmt.Errorf("input %d: no value", i)
		}
		want := p.steps[p.inputs[i]].node.Type
		if !t.Type().Equal(want) {
			return nil, fmt.Errorf("input %d: %s, want %s", i, t.Type().T.Format(nil), want.T.Format(nil))
		}
		v, err := FromTensor(t)
		if err != nil {
			return nil, fmt.Errorf("input %d: %w", i, err)
		}
		out[i] = v
	}
	return out, nil
}

// eval is the value of one node, nil for the output. The buffer is for its operands.
func (s *step) eval(env, inputs []*Tensor, buffer *[]*Tensor) (*Tensor, error) {
	switch {
	case s.input >= 0:
		return inputs[s.input], nil
	case s.node.Kind != model.Call:
		return s.value, nil
	}
	in := (*buffer)[:0]
	for _, p := range s.in {
		in = append(in, env[p])
	}
	*buffer = in
	v, err := s.call(in)
	if err != nil {
		return nil, err
	}
	if want := s.node.Type.T; v.DType != want.DType || !slices.Equal(v.Shape, s.shape) {
		return nil, fmt.Errorf("gives %s%v, the graph says %s", v.DType, v.Shape, want.Format(nil))
	}
	return v, nil
}

// call runs the kernel. A panic is a graph whose operands do not fit each other: an error of this node, not of the program.
func (s *step) call(in []*Tensor) (v *Tensor, err error) {
	defer caught(&err)
	return s.kernel(in), nil
}

// caught turns a panic into an error; to be deferred.
func caught(err *error) {
	if x := recover(); x != nil {
		*err = fmt.Errorf("%s", strings.TrimPrefix(fmt.Sprint(x), "runtime error: "))
	}
}
