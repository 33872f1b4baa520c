package quant

import (
	"context"
	"fmt"
	"slices"

	"seam/model"
	"seam/model/eval"
)

// dead says whether RemoveGraphAsserts takes n out: a check, or what nobody reads.
func dead(g *model.Graph, n model.NodeID) bool {
	x := g.Node(n)
	switch x.Kind {
	case model.GetAttr:
		return len(g.Users(n)) == 0
	case model.Call:
		return isAssert(x.Target) || len(g.Users(n)) == 0 && !hasEffect(x)
	}
	return false
}

func isAssert(op string) bool {
	switch op {
	case "aten._assert_async.msg", "aten._assert_scalar.default", "aten.sym_constrain_range_for_size.default",
		"aten.sym_constrain_range.default", "aten._assert_tensor_metadata.default":
		return true
	}
	return false
}

// removeAsserts takes checks out, and then what nobody reads.
//
//	source  exir/passes/remove_graph_asserts_pass.py
func removeAsserts(e *editor) {
	e.RemoveDead(func(n model.NodeID) bool { x := e.Node(n); return hasEffect(x) && !isAssert(x.Target) })
}

// foldable says, by node, what is computed from constants alone. Constructors are not, unless they read a constant.
//
//	source  torchao/quantization/pt2e/constant_fold.py: ConstantFolder.run_node
func foldable(g *model.Graph) []bool {
	known := make([]bool, g.Len())
	kept := mutable(g)
	for i := range known {
		n := model.NodeID(i)
		x := g.Node(n)
		if x.Kind == model.GetAttr {
			attr, ok := g.Attrs.Get(x.Target)
			known[i] = ok && attr.Tensor != nil
			continue
		}
		in := g.In(n)
		if x.Kind != model.Call || len(in) == 0 || IsDequantize(x.Target) || x.Op.Row().Eval == model.EvControl {
			continue
		}
		known[i] = true
		for _, p := range in {
			known[i] = known[i] && known[p] && !kept[p]
		}
	}
	return known
}

// mutable is the constants that a copy or put writes into, and what it reads them through.
//
//	source  torchao/quantization/pt2e/constant_fold.py: ConstantFolder._find_mutable_buffers
func mutable(g *model.Graph) map[model.NodeID]bool {
	out := map[model.NodeID]bool{}
	for i := range g.Len() {
		x := g.Node(model.NodeID(i))
		if !writesBuffer(x.Target) || x.Arg(0).Kind != model.ArgNode {
			continue
		}
		for work := []model.NodeID{x.Arg(0).Node}; len(work) > 0; {
			n := work[0]
			work = work[1:]
			if !out[n] {
				out[n] = true
				work = append(work, g.In(n)...)
			}
		}
	}
	return out
}

func writesBuffer(op string) bool {
	switch op {
	case "aten.copy_.default", "aten.index_copy_.default", "aten.index_put_.default", "aten.put_.default":
		return true
	}
	return false
}

// foldsAhead says whether a call reads nothing but constants, or a weight is no parameter.
func foldsAhead(g *model.Graph, n model.NodeID) bool {
	x := g.Node(n)
	if x.Kind != model.Call {
		return false
	}
	if slices.Contains(parameterTargets, x.Target) && (plainConstant(g, x.Arg(1)) || plainConstant(g, x.Arg(2))) {
		return true
	}
	in := g.In(n)
	for _, p := range in {
		if g.Node(p).Kind != model.GetAttr {
			return false
		}
	}
	return len(in) > 0 && x.Op.Row().Eval != model.EvControl
}

// plainConstant says whether an argument is a constant but no parameter.
func plainConstant(g *model.Graph, a model.Arg) bool {
	if a.Kind != model.ArgNode || g.Node(a.Node).Kind != model.GetAttr {
		return false
	}
	attr, ok := g.Attrs.Get(g.Node(a.Node).Target)
	return ok && !attr.Param
}

// parameterTargets are the operators whose weights and biases are parameters again after folding.
var parameterTargets = []string{
	"aten.linear.default", "aten.convolution.default", "aten.conv1d.default", "aten.conv1d.padding", "aten.conv2d.default",
	"aten.conv2d.padding", "aten.conv3d.default", "aten.conv3d.padding", "aten.conv_transpose2d.input",
}

// foldAhead computes what depends on constants alone.
//
//	source  backends/arm/_passes/constant_folding_pass.py
func foldAhead(e *editor) {
	known := foldable(e.old)
	var ends []model.NodeID
	for i, k := range known {
		n := model.NodeID(i)
		if x := e.old.Node(n); !k || x.Kind != model.Call || !x.Type.IsTensor() {
			continue
		}
		users := e.old.Users(n)
		if len(users) == 0 || slices.ContainsFunc(users, func(u model.NodeID) bool { return !known[u] }) {
			ends = append(ends, n)
		}
	}
	if len(ends) > 0 {
		values, err := evalConstants(e.old, known, ends)
		if err != nil {
			e.err = err
			return
		}
		for i, n := range ends {
			e.freeze(model.ID(n), values[i])
		}
		e.sweep()
	}
	e.parameters()
}

// foldedName is how the names of folded constants begin.
const foldedName = "_frozen_param"

// freeze makes node n the constant t, under its own name.
func (e *editor) freeze(n model.NodeID, t *model.Tensor) {
	name := e.FreeAttr(foldedName)
	e.SetAttr(model.Attr{Name: name, Tensor: t})
	e.SetArgs(n, nil, nil)
	x := e.Node(n)
	x.Kind, x.Target, x.Op, x.Type = model.GetAttr, name, model.None, t.Type()
}

// parameters makes the weights and biases of convolutions and linear layers parameters.
func (e *editor) parameters() {
	for n := e.First(); n != model.None; n = e.Next(n) {
		x := e.Node(n)
		if !slices.Contains(parameterTargets, x.Target) {
			continue
		}
		for i := 1; i <= 2; i++ {
			a := x.Arg(i)
			if a.Kind != model.ArgNode || e.Node(a.Node).Kind != model.GetAttr {
				continue
			}
			if attr, ok := e.Attr(e.Node(a.Node).Target); ok && !attr.Param {
				attr.Param = true
				e.SetAttr(attr)
			}
		}
	}
}

// evalConstants computes the nodes ends of g, of which nothing but constants is needed.
func evalConstants(g *model.Graph, known []bool, ends []model.NodeID) ([]*model.Tensor, error) {
	need := make([]bool, g.Len())
	for _, n := range ends {
		need[n] = true
	}
	for i := g.Len() - 1; i >= 0; i-- {
		if need[i] {
			for _, p := range g.In(model.NodeID(i)) {
				need[p] = true
			}
		}
	}
	b := model.Derive(g, g.Dialect)
	id := make([]model.NodeID, g.Len())
	at := func(p model.NodeID) model.NodeID { return id[p] }
	for i := range id {
		if x := g.Node(model.NodeID(i)); need[i] && known[i] {
			s := model.Spec{Kind: x.Kind, Target: x.Target, Name: x.Name, Type: x.Type}
			for _, a := range x.Args {
				s.Args = append(s.Args, a.Map(at))
			}
			for _, k := range x.Kwargs {
				s.Kwargs = append(s.Kwargs, model.KwArg{Name: k.Name, Arg: k.Arg.Map(at)})
			}
			id[i] = b.Add(s)
		}
	}
	var out []model.Arg
	for _, n := range ends {
		out = append(out, model.NodeArg(id[n]))
	}
	b.Add(model.Spec{Kind: model.Output, Target: "output", Args: []model.Arg{model.ListArg(out...)}})
	sub, _, err := b.Freeze()
	if err != nil {
		return nil, err
	}
	return runConstants(g, sub, ends)
}

func runConstants(g, sub *model.Graph, ends []model.NodeID) ([]*model.Tensor, error) {
	prog, err := eval.Compile(sub)
	if err != nil {
		return nil, err
	}
	values, err := prog.Run(context.Background(), nil, nil)
	if err != nil {
		return nil, fmt.Errorf("fold constants: %w", err)
	}
	out := make([]*model.Tensor, len(ends))
	for i, n := range ends {
		var ok bool
		if out[i], ok = tensorOf(values[i], g.Node(n).Type.T); !ok {
			x := g.Node(n)
			return nil, &model.MissingError{NotModelled: model.NotModelled{
				Stage: "prepare", Operator: x.Target, Rule: "ConstantFoldingPass: its value", Nodes: []string{x.Name},
			}}
		}
	}
	return out, nil
}

// tensorOf is a value as a constant of type t.
func tensorOf(v *eval.Value, t model.TensorType) (*model.Tensor, bool) {
	switch {
	case v == nil:
		return nil, false
	case v.F != nil && t.DType == model.Float32:
		return model.FromFloats(model.ShapeInts(v.Shape...), v.F), true
	case v.F == nil:
		return model.FromInts(t.DType, model.ShapeInts(v.Shape...), v.I), true
	}
	return nil, false
}
