package eval

import (
	"fmt"
	"slices"

	"seam/model"
)

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
	c := compiler{g: g, al: aliases(g), known: map[string]*family{}}
	for i := range p.steps {
		id := model.NodeID(i)
		if err := c.prepare(p, id); err != nil {
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

// compiler is the state of Compile.
type compiler struct {
	g     *model.Graph
	al    *aliasing
	known map[string]*family // by target
}

// family is what all calls of one operator share.
type family struct {
	kernel kernel
	op     op
	schema model.Schema
	names  []string // of the schema's arguments
}

func (c *compiler) family(n *model.Node) *family {
	f := c.known[n.Target]
	if f == nil {
		f = &family{}
		f.kernel, f.op = kernelOf(n)
		f.schema, _ = model.SchemaOf(n.Target)
		for _, a := range f.schema.Args {
			f.names = append(f.names, a.Name)
		}
		c.known[n.Target] = f
	}
	return f
}

func (c *compiler) prepare(p *Program, id model.NodeID) error {
	s := &p.steps[id]
	s.node, s.input = c.g.Node(id), -1
	switch s.node.Kind {
	case model.Output:
		for _, a := range s.node.Args {
			if a.Kind == model.ArgList {
				p.outputs = append(p.outputs, a.List...)
			} else {
				p.outputs = append(p.outputs, a)
			}
		}
		return nil
	case model.Call:
		return c.bind(p, id)
	}
	if s.node.Kind == model.Placeholder {
		s.input = slices.Index(p.inputs, id)
	}
	if s.input < 0 && c.g.Subs[s.node.Target] == nil {
		return s.constant(c.g)
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

func (c *compiler) bind(p *Program, id model.NodeID) error {
	s := &p.steps[id]
	s.family = c.family(s.node)
	s.unknown = s.kernel == nil || c.al.hidden(c.g, id)
	for _, in := range c.g.In(id) {
		s.unknown = s.unknown || p.steps[in].unknown || p.steps[in].lost
	}
	for _, sub := range bodies(c.g, s.node) {
		q, err := Compile(sub)
		if err != nil {
			return fmt.Errorf("node %q: %w", s.node.Name, err)
		}
		s.subs = append(s.subs, q)
		s.unknown = s.unknown || slices.ContainsFunc(q.steps, func(t step) bool { return t.unknown })
	}
	s.write = c.al.writes(id)
	if s.unknown && s.op.inPlace {
		for _, m := range c.al.sharing(id) {
			p.steps[m].lost = true
		}
	}
	if s.unknown {
		return nil
	}
	s.args = s.node.Args
	if s.names == nil {
		return nil
	}
	var err error
	s.args, err = s.schema.Complete(s.node)
	return err
}
