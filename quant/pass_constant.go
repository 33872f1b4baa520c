package quant

import (
	"context"
	"fmt"
	"math"
	"slices"

	"seam/model"
	"seam/model/eval"
)

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

// freeze makes node n the constant t, under its own name.
func (e *editor) freeze(n model.NodeID, t *model.Tensor) {
	name := e.FreeAttr("_frozen_param")
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

// infinite says whether a number or a constant is replaced because it is infinite, or the largest float32.
func infinite(g *model.Graph, n model.NodeID) bool {
	x := g.Node(n)
	if x.Kind == model.Call {
		return slices.ContainsFunc(x.Args, func(a model.Arg) bool { return a.Kind == model.ArgFloat && isLimit(a.Float) })
	}
	if x.Kind != model.GetAttr {
		return false
	}
	attr, ok := g.Attrs.Get(x.Target)
	if !ok || attr.Param || attr.Tensor == nil || attr.Tensor.DType != model.Float32 {
		return false
	}
	v, err := attr.Tensor.Floats()
	return err == nil && slices.ContainsFunc(v, func(f float32) bool { return f-f != 0 })
}

func isLimit(f float64) bool { return math.IsInf(f, 0) || math.Abs(f) == math.MaxFloat32 }

// limits are what infinities become.
//
//	source  backends/arm/common/pipeline_config.py: QuantizeInfConfig
func limits(release string) (lo, hi float64) {
	if release == "1.3.1" {
		return -255, 255
	}
	return -256, 255
}

// replaceInfinities gives infinite numbers and constants finite values.
//
//	source  backends/arm/_passes/replace_inf_and_limit_values_pass.py
func replaceInfinities(e *editor) {
	lo, hi := limits(e.release)
	for _, n := range e.hits() {
		x := e.Node(n)
		if x.Kind == model.GetAttr {
			e.finite(x.Target, float32(lo), float32(hi))
			continue
		}
		args := slices.Clone(x.Args)
		for i, a := range args {
			if a.Kind == model.ArgFloat && isLimit(a.Float) {
				args[i] = model.FloatArg(hi)
				if a.Float < 0 {
					args[i] = model.FloatArg(lo)
				}
			}
		}
		e.SetArgs(n, args, x.Kwargs)
	}
}

// finite replaces what is not finite in a constant, if all its readers may be transformed.
func (e *editor) finite(name string, lo, hi float32) {
	for n := e.First(); n != model.None; n = e.Next(n) {
		if x := e.Node(n); x.Kind != model.GetAttr || x.Target != name {
			continue
		}
		for _, u := range e.Users(n) {
			if e.Node(u).Kind == model.Call && !e.permitted(u) {
				return
			}
		}
	}
	attr, _ := e.Attr(name)
	v, _ := attr.Tensor.Floats()
	for i, f := range v {
		switch {
		case f != f:
			v[i] = 0
		case math.IsInf(float64(f), 1):
			v[i] = hi
		case math.IsInf(float64(f), -1):
			v[i] = lo
		}
	}
	attr.Tensor = model.FromFloats(attr.Tensor.Shape, v)
	e.SetAttr(attr)
}

// splitConstants gives each reader of a constant a constant of its own.
//
//	source  backends/arm/_passes/deduplicate_get_attr_pass.py
func splitConstants(e *editor) {
	var all []model.NodeID
	for n := e.First(); n != model.None; n = e.Next(n) {
		if e.Node(n).Kind == model.GetAttr {
			all = append(all, n)
		}
	}
	if e.release > "1.3.1" {
		for _, n := range all {
			for i, u := range e.Users(n) {
				if i == 0 {
					continue
				}
				e.At(u)
				x := e.Node(n)
				e.ReplaceIn(u, n, e.put(model.Spec{Kind: model.GetAttr, Target: x.Target, Type: x.Type, Like: n}))
			}
		}
	}
	seen := map[string]bool{}
	for n := e.First(); n != model.None; n = e.Next(n) {
		x := e.Node(n)
		if x.Kind != model.GetAttr {
			continue
		}
		if seen[x.Target] {
			if attr, ok := e.Attr(x.Target); ok {
				attr.Name = e.FreeAttr("_deduplicated_get_attr_" + x.Name + "_")
				e.SetAttr(attr)
				x.Target = attr.Name
			}
		}
		seen[x.Target] = true
	}
}
