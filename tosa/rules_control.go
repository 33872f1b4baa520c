package tosa

import (
	"fmt"

	"seam/model"
)

// control lowers cond and while_loop: the bodies are lowered on their own and named in order, directly in front of the call,
// with the call's mark on their inputs and outputs.
//
//	source  torch/_higher_order_ops: cond.py, while_loop.py; executorch: exir/pass_base.py: call_cond, call_while
func (e *lowering) control(c *edgeCall) (model.Arg, error) {
	args := append([]model.Arg(nil), c.args...)
	operands := e.bodyNames(c)
	for i, a := range e.old.Node(c.id).Args {
		if a.Kind != model.ArgNode || e.old.Subs[e.old.Node(a.Node).Target] == nil {
			continue
		}
		body, err := e.body(e.old.Subs[e.old.Node(a.Node).Target], operands)
		if err != nil {
			return model.Arg{}, err
		}
		name := fmt.Sprint("submodule_", e.bodies)
		e.bodies++
		if e.Subs == nil {
			e.Subs = map[string]*model.Graph{}
		}
		e.Subs[name] = body
		args[i] = model.NodeArg(e.Add(model.Spec{Kind: model.GetAttr, Target: name, Name: name, Like: model.ID(e.cur)}))
	}
	v := e.add(c.op, c.t, c.kw, args)
	if c.t.Kind == model.ListKind {
		return e.results(v, c.t), nil
	}
	return v, nil
}

// body lowers one body.
func (e *lowering) body(g *model.Graph, operands []string) (*model.Graph, error) {
	b := newLowering(g, e.cfg)
	b.inBody, b.bodyMark, b.operands = true, e.old.Mark(e.cur), operands
	out, _, err := b.run()
	return out, err
}

// bodyNames is the names that the bodies' inputs have: those of while_loop are numbered, those of cond are the operands' own in
// the re-exported graph.
func (e *lowering) bodyNames(c *edgeCall) []string {
	x := e.old.Node(c.id)
	if x.Target != "higher_order.cond" || len(x.Args) < 4 {
		var out []string
		for _, a := range x.Args {
			for range a.List {
				out = append(out, fmt.Sprintf("arg%d_1", len(out)))
			}
		}
		return out
	}
	names := e.reexportNames()
	var out []string
	for _, a := range x.Args[3].List {
		out = append(out, names[a.Node])
	}
	return out
}

// reexportNames is the names of the re-exported graph, before it is decomposed: placeholders first, then the calls by their
// operator.
func (e *lowering) reexportNames() []string {
	ns := model.NewNamespace()
	out := make([]string, e.old.Len())
	for i := range out {
		if a := e.env[i]; a.Kind == model.ArgNode && e.Node(a.Node).Kind == model.Placeholder {
			out[i] = ns.Create(e.Node(a.Node).Name)
		}
	}
	for i := range out {
		if x := e.old.Node(model.NodeID(i)); x.Kind == model.Call {
			out[i] = ns.Create(model.CallName(x.Target))
		}
	}
	return out
}

// bodyInputs renames and marks the inputs of a body.
func (e *lowering) bodyInputs() {
	i := 0
	for n := e.First(); n != model.None && e.Node(n).Kind == model.Placeholder; n = e.Next(n) {
		if i < len(e.operands) {
			x := e.Node(n)
			delete(e.Inputs, x.Name)
			x.Name, x.Target = e.operands[i], e.operands[i]
		}
		i++
		e.SetMark(n, e.bodyMark)
	}
}
