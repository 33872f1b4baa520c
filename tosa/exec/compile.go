package exec

import (
	"fmt"
	"slices"
	"strings"

	"seam/model"
)

// stage is what a MissingError names.
const stage = "integer evaluation"

// Compile prepares a TOSA graph.
//
//	errors  *model.MissingError for an operator without a kernel, with all of its nodes; a constant without data; constant
//	        operands and attributes that do not fit each other
func Compile(g *model.Graph) (*Program, error) {
	if err := missing(g); err != nil {
		return nil, err
	}
	p := &Program{steps: make([]step, g.Len())}
	for i := range p.steps {
		id := model.NodeID(i)
		s := &p.steps[i]
		s.node, s.input = g.Node(id), -1
		if err := p.prepare(g, id); err != nil {
			return nil, fmt.Errorf("prepare node %q (%s): %w", s.node.Name, s.node.Target, err)
		}
		if last := lastUse(g, id); last >= 0 {
			p.steps[last].drop = append(p.steps[last].drop, id)
		}
	}
	return p, nil
}

// missing names the first operator that has no kernel.
func missing(g *model.Graph) error {
	var e *model.MissingError
	for i := range g.Len() {
		n := g.Node(model.NodeID(i))
		if n.Kind != model.Call || Modelled(n.Target) || e != nil && e.Operator != n.Target {
			continue
		}
		if e == nil {
			e = &model.MissingError{NotModelled: model.NotModelled{Stage: stage, Operator: n.Target}}
		}
		e.Nodes = append(e.Nodes, n.Name)
	}
	if e == nil {
		return nil
	}
	return e
}

// lastUse is the last node that reads n; n itself if none does.
func lastUse(g *model.Graph, n model.NodeID) model.NodeID {
	last := n
	for _, u := range g.Users(n) {
		last = max(last, u)
	}
	return last
}

func (p *Program) prepare(g *model.Graph, id model.NodeID) (err error) {
	defer caught(&err)
	s := &p.steps[id]
	switch s.node.Kind {
	case model.Placeholder:
		s.input = len(p.inputs)
		p.inputs = append(p.inputs, id)
	case model.GetAttr:
		a, ok := g.Attrs.Get(s.node.Target)
		if !ok || a.Tensor == nil {
			return fmt.Errorf("a constant without data")
		}
		if !a.Tensor.Type().Equal(s.node.Type) {
			return fmt.Errorf("the constant is %s", a.Tensor.Type().T.Format(nil))
		}
		s.value, err = FromTensor(a.Tensor)
	case model.Output:
		p.outputs = operands(s.node)
	case model.Call:
		s.in, s.shape = operands(s.node), s.node.Type.T.Shape.Ints()
		o := &op{node: s.node}
		for _, in := range s.in {
			o.in = append(o.in, p.steps[in].value)
			o.types = append(o.types, g.Node(in).Type.T)
		}
		s.kernel = rowOf(s.node.Target).kernel(o)
	}
	return err
}

// operands is an operator's operands in order; a list counts as its elements.
func operands(n *model.Node) []model.NodeID {
	var out []model.NodeID
	for _, a := range n.Args {
		a.Walk(func(p model.NodeID) { out = append(out, p) })
	}
	return out
}

// op is one operator, as a kernel is bound to it. Its methods panic where the operator is not well formed. Operands of a run
// have the types that the graph says.
type op struct {
	node  *model.Node
	in    []*Tensor // by operand: the value of a constant, else nil
	types []model.TensorType
}

// binder makes the kernel of one operator.
type binder func(o *op) kernel

// constant is operand i, which must be a constant.
func (o *op) constant(i int) *Tensor {
	if i >= len(o.in) || o.in[i] == nil {
		panic(fmt.Sprintf("operand %d is no constant", i))
	}
	return o.in[i]
}

// number is the first element of constant operand i. A weight's zero point may have several elements; the first one counts.
func (o *op) number(i int) int32 { return int32(o.constant(i).Int(0)) }

// sizes is constant operand i as extents.
func (o *op) sizes(i int) []int {
	var out []int
	for _, x := range o.constant(i).Ints() {
		out = append(out, int(x))
	}
	return out
}

// shape is the extents of operand i.
func (o *op) shape(i int) []int {
	o.need(i + 1)
	return o.types[i].Shape.Ints()
}

// dtype is the element type of operand i.
func (o *op) dtype(i int) model.DType { return o.types[i].DType }

// out is the element type of the result.
func (o *op) out() model.DType { return o.node.Type.T.DType }

// list is an attribute of n numbers.
func (o *op) list(name string, n int) []int {
	v, ok := o.node.Kwarg(name).Ints()
	if !ok || len(v) != n {
		panic(fmt.Sprintf("attribute %s has %d entries, want %d", name, len(v), n))
	}
	return v
}

// axis is the attribute of that name.
func (o *op) axis() int { return int(o.node.Kwarg("axis").Int) }

// is says whether an attribute is true.
func (o *op) is(name string) bool { return o.node.Kwarg(name).Bool() }

// mode is an attribute that is a name.
func (o *op) mode(name string) string { return o.node.Kwarg(name).Str }

// gives panics unless the graph says that the result has that shape. Kernels ask before any run, so that a bad graph does not
// take memory.
func (o *op) gives(shape []int) {
	if want := o.node.Type.T.Shape.Ints(); !slices.Equal(shape, want) {
		panic(fmt.Sprintf("gives shape %v, the graph says %v", shape, want))
	}
}

// need panics unless the operator has at least n operands.
func (o *op) need(n int) {
	if len(o.in) < n {
		panic(fmt.Sprintf("%d operands, want %d", len(o.in), n))
	}
}

// rowOf finds the row of a target, nil if there is none.
func rowOf(target string) *kernelRow {
	name, ok := strings.CutPrefix(target, "tosa.")
	if !ok {
		return nil
	}
	i, ok := slices.BinarySearchFunc(kernelRows[:], name, func(r kernelRow, name string) int { return strings.Compare(r.op, name) })
	if !ok {
		return nil
	}
	return &kernelRows[i]
}
