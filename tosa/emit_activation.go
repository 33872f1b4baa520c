package tosa

import "seam/model"

// clamp lowers clamp, relu and hardtanh: CLAMP with bounds in codes of the output.
//
//	source  backends/arm/_passes: ConvertToClampPass, QuantizeClampArgumentsPass; lower.md 2.3
func (e *emitter) clamp(n model.NodeID) (model.NodeID, error) {
	if err := e.needMark(n); err != nil {
		return model.None, err
	}
	x, err := e.arg(n, 0)
	if err != nil {
		return model.None, err
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
