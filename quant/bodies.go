package quant

import (
	"context"
	"fmt"

	"seam/model"
	"seam/model/eval"
)

const whileLoop = "higher_order.while_loop"

// loopBodies is the names of the bodies of g's loops, which are prepared as graphs of their own. Their conditions are not, and
// neither are the branches of cond.
//
//	source  torchao/quantization/pt2e/quantize_pt2e.py: prepare_pt2e
func loopBodies(g *model.Graph) []string {
	var out []string
	for i := range g.Len() {
		x := g.Node(model.NodeID(i))
		if x.Target != whileLoop || x.Arg(1).Kind != model.ArgNode {
			continue
		}
		if name := g.Node(x.Arg(1).Node).Target; g.Subs[name] != nil {
			out = append(out, name)
		}
	}
	return out
}

// transformBodies runs the passes on the bodies of loops.
func (s *state) transformBodies(rules *Rules, cfg Config) error {
	names := loopBodies(s.g)
	if len(names) == 0 {
		return nil
	}
	e := newEditor(s)
	for _, name := range names {
		body, err := Transform(s.g.Subs[name], rules, cfg)
		if err != nil {
			return fmt.Errorf("body %q: %w", name, err)
		}
		e.Subs[name] = body.Graph
	}
	return e.finish(s)
}

// annotateBodies annotates the bodies of loops.
func (a *Annotation) annotateBodies(rules *Rules, cfg Config) error {
	for _, name := range loopBodies(a.Graph) {
		body, err := Annotate(a.Graph.Subs[name], rules, cfg)
		if err != nil {
			return fmt.Errorf("body %q: %w", name, err)
		}
		if a.Bodies == nil {
			a.Bodies = map[string]*Annotation{}
		}
		a.Bodies[name] = body
	}
	return nil
}

// observeBodies answers what the observers in the bodies of loops see: one batch a turn.
func (a *Annotation) observeBodies(ctx context.Context, run *FloatRun, cal *Calibration) error {
	if len(a.Bodies) == 0 {
		return nil
	}
	turns := map[string][][]*model.Tensor{}
	for _, batch := range run.batches {
		if err := a.turns(ctx, run, batch, turns); err != nil {
			return err
		}
	}
	cal.Bodies = map[string]*Calibration{}
	for name, body := range a.Bodies {
		r, err := NewFloatRun(body.Graph, turns[name], KeepBytes)
		if err != nil {
			return fmt.Errorf("body %q: %w", name, err)
		}
		if cal.Bodies[name], err = Observe(ctx, body, r, nil); err != nil {
			return fmt.Errorf("body %q: %w", name, err)
		}
	}
	return nil
}

// turns adds to each body the values that it is given in one batch, turn by turn.
func (a *Annotation) turns(ctx context.Context, run *FloatRun, batch []*model.Tensor, turns map[string][][]*model.Tensor) error {
	values := make([]*eval.Value, a.Graph.Len())
	_, err := run.prog.Run(ctx, batch, func(n model.NodeID, v *eval.Value) error {
		values[n] = v
		x := a.Graph.Node(n)
		if x.Target != whileLoop {
			return nil
		}
		var state []*model.Tensor
		for _, o := range append(append([]model.Arg(nil), x.Arg(2).List...), x.Arg(3).List...) {
			t, ok := a.tensorAt(o, values)
			if !ok {
				return nil // what the observers see is unknown, and stays so
			}
			state = append(state, t)
		}
		cond, body := a.Graph.Node(x.Arg(0).Node).Target, a.Graph.Node(x.Arg(1).Node).Target
		list, err := loop(ctx, a.Graph.Subs[cond], a.Graph.Subs[body], state)
		turns[body] = append(turns[body], list...)
		return err
	})
	return err
}

func (a *Annotation) tensorAt(o model.Arg, values []*eval.Value) (*model.Tensor, bool) {
	if o.Kind != model.ArgNode {
		return nil, false
	}
	return tensorOf(values[o.Node], a.Graph.Node(o.Node).Type.T)
}

// loop runs a loop, and gives the values at the start of each turn. What is not carried comes last, and stays.
func loop(ctx context.Context, cond, body *model.Graph, state []*model.Tensor) ([][]*model.Tensor, error) {
	test, err := eval.Compile(cond)
	if err != nil {
		return nil, err
	}
	turn, err := eval.Compile(body)
	if err != nil {
		return nil, err
	}
	var out [][]*model.Tensor
	for {
		ok, err := test.Run(ctx, state, nil)
		if err != nil || len(ok) != 1 || ok[0] == nil || len(ok[0].I) != 1 || ok[0].I[0] == 0 {
			return out, err
		}
		out = append(out, state)
		next, err := turn.Run(ctx, state, nil)
		if err != nil {
			return out, err
		}
		state = append([]*model.Tensor(nil), state...)
		for i, v := range next {
			t, known := tensorOf(v, state[i].Type().T)
			if !known {
				return out, nil
			}
			state[i] = t
		}
	}
}

// convertBodies converts the bodies of loops.
func (p *prepared) convertBodies() {
	for name, body := range p.ann.Bodies {
		conv, err := Convert(body, p.cal.Bodies[name])
		if err != nil {
			p.err = fmt.Errorf("body %q: %w", name, err)
			return
		}
		p.Subs[name] = conv.Graph
	}
}

// needsInline says whether a body of control flow holds constants, or numbers that become constants.
func needsInline(g *model.Graph, n model.NodeID) bool {
	sub := g.Subs[g.Node(n).Target]
	if g.Node(n).Kind != model.GetAttr || sub == nil {
		return false
	}
	for i := range sub.Len() {
		if inlines(sub, model.NodeID(i)) {
			return true
		}
	}
	return false
}

func inlines(g *model.Graph, n model.NodeID) bool {
	x := g.Node(n)
	if x.Kind == model.GetAttr {
		return g.Subs[x.Target] == nil
	}
	return isScalarOp(x.Target) && scalarOperand(g, n)
}

// inlineBodies makes the constants and numbers in bodies of control flow tensors of one value.
//
//	source  backends/arm/_passes/scalars_to_attribute_pass.py: handle_control_nodes; control_flow_const_inline.py
func inlineBodies(e *editor) {
	for _, n := range e.hits() {
		name := e.Node(n).Target
		body, err := inlined(e.Subs[name])
		if err != nil {
			e.err = err
			return
		}
		e.Subs[name] = body
	}
}

// inlined is a body with full in place of constants and numbers.
func inlined(g *model.Graph) (*model.Graph, error) {
	e := newEditor(&state{g: g, rel: model.Identity(g.Len()), allow: make([]bool, g.Len())})
	for i := range g.Len() {
		n := model.NodeID(i)
		if !inlines(g, n) {
			continue
		}
		if g.Node(n).Kind == model.GetAttr {
			e.inlineConstant(model.ID(n))
		} else {
			e.inlineNumbers(model.ID(n))
		}
	}
	if e.err != nil {
		return nil, e.err
	}
	out, _, err := e.Freeze()
	return out, err
}

func (e *editor) inlineConstant(n model.NodeID) {
	attr, _ := e.Attr(e.Node(n).Target)
	if attr.Tensor == nil || attr.Tensor.Len() != 1 {
		e.err = &model.UpstreamError{Step: "prepare", Text: "RuntimeError: a Tensor with several elements cannot be converted to Scalar"}
		return
	}
	e.At(n)
	v, _ := attr.Tensor.Floats()
	arg := model.FloatArg(float64(v[0]))
	if !attr.Tensor.DType.IsFloat() {
		arg = model.IntArg(int64(v[0]))
	}
	full := e.oneValue(n, attr.Tensor.Type(), arg)
	e.ReplaceUses(n, full)
	e.Erase(n)
}

// oneValue adds a full of type t in front of n.
func (e *editor) oneValue(n model.NodeID, t model.Type, v model.Arg) model.NodeID {
	return e.put(model.Spec{
		Kind: model.Call, Target: "aten.full.default", Type: t, From: e.Source(n),
		Args: []model.Arg{model.IntsArg(t.T.Shape.Ints()...), v},
		Kwargs: []model.KwArg{
			{Name: "device", Arg: model.ConstArg("cpu")}, {Name: "dtype", Arg: model.ConstArg("torch." + t.T.DType.String())},
		},
	})
}

func (e *editor) inlineNumbers(n model.NodeID) {
	x := e.Node(n)
	rank := 1
	for _, p := range e.In(n) {
		if t, ok := e.Node(p).Type.First(); ok {
			rank = max(rank, t.Shape.Rank())
		}
	}
	args := append([]model.Arg(nil), x.Args...)
	for i, a := range args {
		if v, ok := a.Number(); ok && isConstantOperand(x, a) {
			e.At(n)
			args[i] = model.NodeArg(e.oneValue(n, model.TensorOf(x.Type.T.DType, ones(rank)), model.FloatArg(v)))
			x = e.Node(n)
		}
	}
	if x.Target == "aten.rsub.Scalar" {
		x.Target, x.Op = "aten.sub.Tensor", model.LookupOp("aten.sub.Tensor")
		args = []model.Arg{args[1], args[0]}
	}
	e.SetArgs(n, args, x.Kwargs)
}
