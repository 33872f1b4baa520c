package tosa

import (
	"math"

	"seam/model"
)

// clamp lowers clamp, relu and hardtanh: CLAMP with bounds in codes of the output.
//
//	source  backends/arm/_passes: ConvertToClampPass, QuantizeClampArgumentsPass; lower.md 2.3
func (e *emitter) clamp(n model.NodeID) (model.NodeID, error) {
	x, err := e.arg(n, 0)
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
	least, most := bounds(e.edge.Node(n))
	if f, ok := least.Number(); ok {
		lo = q.code(f)
	}
	if f, ok := most.Number(); ok {
		hi = q.code(f)
	}
	return e.op(n, opClamp, e.outType(n, q), []model.Arg{model.NodeArg(x)},
		intKw("min_val", lo), intKw("max_val", hi), textKw("nan_mode", "PROPAGATE")), nil
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
	if e.known(x) != nil {
		return e.foldTable(n, x, in, out), nil
	}
	name := "b_" + e.names.Create(model.EdgeName(node.Target)) + "_table_constant"
	t := model.TensorOf(out.dtype, e.tensor(x).Shape)
	f := tableFuncOf(node)
	switch {
	case in.dtype == model.Int8 && out.dtype == model.Int8:
		values := model.FromInts(model.Int8, model.ShapeInts(256), table8(f, in, out))
		return e.op(n, opTable, t, []model.Arg{model.NodeArg(x), model.NodeArg(e.addConst(name, values, model.None))}), nil
	case in.dtype == model.Int16 && out.dtype == model.Int16:
		list, shift := table16(f, in, out)
		c := e.addConst(name, model.FromInts(model.Int16, model.ShapeInts(513), list), model.None)
		t.T.DType = model.Int32
		y := e.op(n, opTable, t, []model.Arg{model.NodeArg(x), model.NodeArg(c)})
		return e.rescale(n, y, model.Int16, []float64{math.Ldexp(1, shift-7)}, 0, 0), nil
	}
	return model.None, e.refuse(n, "table of "+in.dtype.String()+" to "+out.dtype.String())
}
