package quant

import "seam/model"

// The rules of the legacy annotator, one function a family: what each wants written at a node.

func (a *annotator) twoInputs(n model.NodeID, p *props) verdict {
	x := a.g.Node(n)
	p.in(x.Arg(0), a.args.act())
	p.in(x.Arg(1), a.args.act())
	p.output(a.args.act())
	return taken
}

func (a *annotator) gridSampler(n model.NodeID, p *props) verdict {
	q, ok := a.fixedInput(a.g.Node(n).Target)
	if !ok {
		return refused
	}
	p.in(a.g.Node(n).Arg(0), q)
	p.output(q)
	return taken
}

func (a *annotator) where(n model.NodeID, p *props) verdict {
	x := a.g.Node(n)
	t := x.Arg(1)
	if t.Kind != model.ArgNode {
		return refused
	}
	p.in(t, a.sharedWithOutput(t.Node))
	p.in(x.Arg(2), shared(a.edge(t.Node, n)))
	p.output(shared(a.edge(t.Node, n)))
	return taken
}

// sharedWithOutput is the spec of x's output where it has one, else an activation's own.
func (a *annotator) sharedWithOutput(x model.NodeID) QSpec {
	if a.done[x] && a.hasOut(x) {
		return shared(a.value(x))
	}
	return a.args.act()
}

func (a *annotator) sharedOrAct(n model.NodeID, p *props) verdict {
	x := a.g.Node(n).Arg(0)
	if x.Kind != model.ArgNode {
		return refused
	}
	p.in(x, a.sharedWithOutput(x.Node))
	p.output(shared(a.edge(x.Node, n)))
	return taken
}

// concat gives every operand and the result the spec of the first operand.
func (a *annotator) concat(n model.NodeID, p *props) verdict {
	list := a.g.Node(n).Arg(0)
	if list.Kind != model.ArgList || len(list.List) == 0 || list.List[0].Kind != model.ArgNode {
		a.stop = &model.UpstreamError{Step: "prepare", Text: "expected a non-empty list of nodes in " + a.g.Node(n).Name}
		return refused
	}
	first := list.List[0].Node
	of := shared(a.edge(first, n))
	for _, e := range list.List {
		if e.Kind == model.ArgNode && e.Node == first {
			p.in(e, a.args.act())
		} else {
			p.in(e, of)
		}
	}
	p.output(of)
	return taken
}

func (a *annotator) indexPut(n model.NodeID, p *props) verdict {
	x := a.g.Node(n)
	of := shared(a.edge(x.Arg(0).Node, n))
	p.in(x.Arg(0), a.args.act())
	p.in(x.Arg(2), of)
	p.output(of)
	return taken
}

func (a *annotator) oneToOne(n model.NodeID, p *props) verdict {
	p.in(a.g.Node(n).Arg(0), a.args.act())
	p.output(a.args.act())
	return taken
}

func (a *annotator) fixed(n model.NodeID, p *props) verdict {
	q, ok := a.fixedInput(a.g.Node(n).Target)
	if !ok {
		return refused
	}
	p.in(a.g.Node(n).Arg(0), q)
	p.output(a.args.act())
	return taken
}

func (a *annotator) sharedInput(n model.NodeID, p *props) verdict {
	x := a.g.Node(n).Arg(0)
	if x.Kind != model.ArgNode {
		return refused
	}
	p.in(x, a.args.act())
	p.output(shared(a.edge(x.Node, n)))
	return taken
}

func (a *annotator) copyInto(n model.NodeID, p *props) verdict {
	x := a.g.Node(n)
	p.in(x.Arg(0), a.args.act())
	p.in(x.Arg(1), a.args.act())
	p.output(shared(a.edge(x.Arg(1).Node, n)))
	return taken
}

func (a *annotator) compare(n model.NodeID, p *props) verdict {
	x := a.g.Node(n)
	p.in(x.Arg(0), a.args.act())
	if x.Arg(0).Kind == model.ArgNode && x.Arg(0).Node != x.Arg(1).Node {
		p.in(x.Arg(1), shared(a.edge(x.Arg(0).Node, n)))
	} else {
		p.in(x.Arg(1), a.args.act())
	}
	return taken
}

func (a *annotator) fill(_ model.NodeID, p *props) verdict {
	p.output(a.args.act())
	return taken
}

func (a *annotator) getitem(n model.NodeID, p *props) verdict {
	s := a.g.Node(n).Arg(0)
	if s.Kind != model.ArgNode || !a.done[s.Node] || !a.hasOut(s.Node) {
		return refused
	}
	p.in(s, shared(a.value(s.Node)))
	p.output(shared(a.value(s.Node)))
	p.always = true
	return taken
}

func (a *annotator) cast(n model.NodeID, p *props) verdict {
	x := a.g.Node(n).Arg(0)
	if x.Kind != model.ArgNode {
		return refused
	}
	q, ok := castSpec(a.g.Node(x.Node).Type)
	if !ok {
		return refused
	}
	p.output(q)
	return taken
}

// castSpec is the spec of a float tensor that was cast from an integer one: scale 1, the integer's range.
func castSpec(t model.Type) (QSpec, bool) {
	q := QSpec{
		Kind: Fixed, DType: t.T.DType, Scheme: PerTensorSymmetric, Axis: -1, Observer: FixedQParamsObserver,
		Fixed: QParam{Scale: 1},
	}
	switch t.T.DType {
	case model.Int8:
		q.Min, q.Max = -128, 127
	case model.Int16:
		q.Min, q.Max = -32768, 32767
	case model.Int32:
		q.Min, q.Max = -2147483648, 2147483647
	default:
		return QSpec{}, false
	}
	return q, t.IsTensor()
}

// controlFlow gives the first operand an activation's spec, and shares it with the others; a loop's result shares it too.
func (a *annotator) controlFlow(n model.NodeID, p *props) verdict {
	x := a.g.Node(n)
	loop := x.Target == "higher_order.while_loop"
	operands := x.Arg(len(x.Args) - 1)
	if loop {
		operands = x.Arg(len(x.Args) - 2)
	}
	p.output(a.args.act())
	for i, o := range operands.List {
		if o.Kind != model.ArgNode {
			return refused
		}
		if i == 0 {
			p.in(o, a.args.act())
			continue
		}
		p.in(o, shared(a.edge(operands.List[0].Node, n)))
	}
	if loop && len(operands.List) > 0 {
		p.output(shared(a.edge(operands.List[0].Node, n)))
	}
	return taken
}
