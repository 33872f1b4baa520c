package tosa

import (
	"math"

	"seam/model"
)

// clamp lowers clamp, relu and hardtanh: CLAMP with bounds in codes of the output.
//
//	source  backends/arm/_passes: ConvertToClampPass, QuantizeClampArgumentsPass; lower.md 2.3
func (e *emitter) clamp(n model.NodeID) (model.NodeID, error) {
	least, most, of := e.composed(n)
	x, err := e.arg(of, 0)
	if err != nil {
		return model.None, err
	}
	if e.edge.Node(n).Type.T.DType == model.Int32 {
		return e.clampTensor(n)
	}
	q, err := e.needOutQ(n)
	if err != nil {
		return model.None, err
	}
	lo, hi := limits(q.dtype)
	if f, ok := least.Number(); ok {
		lo = q.code(f)
	}
	if f, ok := most.Number(); ok {
		hi = q.code(f)
	}
	return e.op(n, opClamp, e.outType(n, q), []model.Arg{model.NodeArg(x)},
		intKw("min_val", lo), intKw("max_val", hi), textKw("nan_mode", "PROPAGATE")), nil
}

// composed is the bounds of a clamp and of those in front of it whose only reader it is, and the first of them, which reads what
// is clamped.
//
//	source  backends/arm/_passes/fuse_consecutive_clamps_pass.py: FuseConsecutiveClampsPass
func (e *emitter) composed(n model.NodeID) (lo, hi model.Arg, first model.NodeID) {
	lo, hi = bounds(e.edge.Node(n))
	for first = n; ; {
		p := e.soleSource(first)
		if p == model.None || e.env[p] == model.None || !e.is(e.env[p], opClamp) {
			return lo, hi, first
		}
		a, b := bounds(e.edge.Node(p))
		a, b = tighter(a, lo, 1), tighter(b, hi, -1)
		if x, ok := a.Number(); ok {
			if y, ok := b.Number(); ok && x > y {
				return lo, hi, first
			}
		}
		lo, hi, first = a, b, p
	}
}

// tighter is the bound that leaves less: the larger one for sign 1, the smaller one for -1. None bounds nothing.
func tighter(a, b model.Arg, sign float64) model.Arg {
	x, ok := a.Number()
	y, ok2 := b.Number()
	if !ok || ok2 && sign*y > sign*x {
		return b
	}
	return a
}

// soleSource is the edge node in front of n, Q and DQ left out, if nothing else reads it; else None.
func (e *emitter) soleSource(n model.NodeID) model.NodeID {
	p := e.edge.Node(n).Arg(0).Node
	for e.edge.Node(n).Arg(0).Kind == model.ArgNode && e.inside[p] && len(e.edge.Users(p)) == 1 {
		if x := e.edge.Node(p); !isQuantize(x) && !isDequantize(x) {
			return p
		}
		p = e.edge.Node(p).Args[0].Node
	}
	return model.None
}

// bounds is the real bounds of an activation, None where it has none.
func bounds(x *model.Node) (lo, hi model.Arg) {
	switch {
	case x.Target == "aten.relu.default":
		return model.FloatArg(0), model.Arg{}
	case x.Target == "aten.hardtanh.default" && len(x.Args) < 2:
		return model.FloatArg(-1), model.FloatArg(1)
	case x.Target == "aten.hardtanh.default" && len(x.Args) < 3:
		return x.Args[1], model.FloatArg(1)
	}
	return x.Arg(1), x.Arg(2)
}

// table lowers a function of one value: TABLE, which for int16 gives int32 in 128ths and needs a RESCALE.
//
//	source  backends/arm/_passes/insert_table_ops.py: InsertTableOpsPass; lower.md 2.5
func (e *emitter) table(n model.NodeID) (model.NodeID, error) {
	node := e.edge.Node(n)
	x, err := e.arg(n, 0)
	if err != nil {
		return model.None, err
	}
	in, err := e.inQ(n, 0)
	if err != nil {
		return model.None, err
	}
	out, err := e.needOutQ(n)
	if err != nil {
		return model.None, err
	}
	kind := e.edgeName(n)
	if e.known(x) != nil {
		return e.foldTable(n, x, kind, in, out), nil
	}
	name := "b_" + e.names.Create(model.EdgeName(node.Target)) + "_table_constant"
	t := model.TensorOf(out.dtype, e.tensor(x).Shape)
	f := tableFuncOf(node)
	switch {
	case in.dtype == model.Int8 && out.dtype == model.Int8:
		values := model.FromInts(model.Int8, model.ShapeInts(256), table8(f, in, out))
		return e.op(n, opTable, t, []model.Arg{model.NodeArg(x), model.NodeArg(e.addFront(name, values, frontTable))}), nil
	case in.dtype == model.Int16 && out.dtype == model.Int16:
		list, shift := table16(f, in, out)
		c := e.addFront(name, model.FromInts(model.Int16, model.ShapeInts(513), list), frontTable)
		t.T.DType = model.Int32
		y := e.op(n, opTable, t, []model.Arg{model.NodeArg(x), model.NodeArg(c)})
		return e.rescale(n, y, model.Int16, []float64{math.Ldexp(1, shift-7)}, 0, 0), nil
	}
	return model.None, e.refuse(n, "table of "+in.dtype.String()+" to "+out.dtype.String())
}
