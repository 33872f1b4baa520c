package ethosu

import "seam/model"

// typeError is what upstream raises where a check asks for the tensor of a value that is none.
func (a *ask) typeError(p model.NodeID) {
	kind := "SymInt"
	if a.facts[p].is&isOpaque != 0 {
		kind = "SymFloat"
	}
	a.raise(`TypeError: Expected a FakeTensor in meta["val"] of node ` + a.g.Node(p).Name + ", but got " + kind)
}

// mustBeTensors raises where an input is no tensor. Symbolic numbers are skipped since 1.4.1.
func (a *ask) mustBeTensors() bool {
	bad := isOpaque
	if !a.t.v14 {
		bad |= isSymInt
	}
	if a.any&bad == 0 {
		return true
	}
	for _, p := range a.in {
		if a.facts[p].is&bad != 0 && a.facts[p].is&isGetAttr == 0 {
			a.typeError(p)
			return false
		}
	}
	return true
}

// rankCheck refuses ranks over six.
//
//	source  operator_support/tosa_supported_operators.py: RankCheck
func rankCheck(a *ask) verdict {
	if !a.mustBeTensors() || (a.any|a.own.is)&hasHighRank == 0 || a.own.is&isGetAttr != 0 {
		return pass
	}
	for _, p := range a.in {
		if t, ok := a.tensor(p); ok && a.facts[p].is&isGetAttr == 0 && t.Shape.Rank() > maxRank {
			return no("%s has input_node %s with shape %s, rank %d which is unsupported. Max supported rank is %d.",
				a.n.Name, a.g.Node(p).Name, a.torchSize(t.Shape), t.Shape.Rank(), maxRank)
		}
	}
	if a.n.Type.IsTensor() {
		return a.outputRank("%s has shape %s, rank=%d which is unsupported.Max supported rank is %d.", a.n.Type.T.Shape)
	}
	for _, t := range a.n.Type.List {
		if v := a.outputRank("%s has a shape %s, rank %d which is unsupported.Max supported rank is %d.", t.Shape); !v.ok {
			return v
		}
	}
	return pass
}

func (a *ask) outputRank(text string, s model.Shape) verdict {
	if s.Rank() <= maxRank {
		return pass
	}
	return no(text, a.n.Name, a.torchSize(s), s.Rank(), maxRank)
}

// scalarReduction refuses a reduction of a rank-0 tensor.
func scalarReduction(a *ask) verdict {
	if len(a.in) == 0 {
		return pass
	}
	if t, ok := a.tensor(a.in[0]); !ok || t.Shape.Rank() > 0 {
		return pass
	}
	return no("%s reduces a scalar input, but TOSA reduction ops require a valid input axis.", a.n.Name)
}

// resolvedShapes refuses what depends on symbolic sizes, quantize and dequantize apart.
func resolvedShapes(a *ask) verdict {
	if a.own.is&isQDQ != 0 || (a.own.is|a.any)&isSymbolic == 0 {
		return pass
	}
	return no("Node has unresolved tensor shapes, which are not supported by this target.")
}

// symbolicShape is the same question as the releases before resolvedShapes asked it, last of all.
func symbolicShape(a *ask) verdict {
	if a.own.is&isQDQ != 0 || (a.own.is|a.any)&isSymbolic == 0 {
		return pass
	}
	nearest := a.n.Target == "aten.upsample_nearest2d.vec"
	switch {
	case !a.t.v14:
		if nearest {
			return pass
		}
		return no(symbolicText131)
	case !nearest:
		return no(symbolicText141)
	case len(a.in) == 0 || a.spatial(a.in[0]) != 2 || a.spatial(a.id) != 2:
		return no("upsample_nearest2d expects 2D spatial input/output.")
	}
	return pass
}

// spatial is the number of dimensions after the channel, at most two.
func (a *ask) spatial(p model.NodeID) int {
	t, _ := a.tensor(p)
	return min(max(t.Shape.Rank()-2, 0), 2)
}

// armQuantized refuses what the quantizer did not mark, but for integers and constants that are quantized at once.
//
//	source  operator_support/tosa_supported_operators.py: CheckArmQuantized, is_quantized
func armQuantized(a *ask) verdict {
	if a.own.is&isQDQ != 0 || a.own.is&a.all&isInteger != 0 || a.quantizedConstant() || a.g.Mark(a.id) == model.MarkedQuantized {
		return pass
	}
	return no("Node was not marked as quantized in the Arm backend.")
}

// quantizedConstant says whether the node is a constant that goes only into quantize operators, or only into casts to integers.
func (a *ask) quantizedConstant() bool {
	if a.t.row(a.n.Op).class&(opConstant|opFullLike) == 0 || len(a.g.Users(a.id)) == 0 {
		return false
	}
	if a.everyUser(a.id, isQ) {
		return true
	}
	for _, u := range a.g.Users(a.id) {
		if a.classOf(u)&opCast == 0 || a.facts[u].is&isInteger == 0 {
			return false
		}
	}
	return true
}

// classOf is the classes of p's operator.
func (r *run) classOf(p model.NodeID) class { return r.t.row(r.g.Node(p).Op).class }

// dtypeCheck refuses element types that the specification lacks.
func dtypeCheck(a *ask) verdict {
	if (a.own.is|a.any)&hasBanned == 0 || a.own.is&isGetAttr != 0 {
		return pass
	}
	for _, p := range a.in {
		if f := a.facts[p]; f.is&isGetAttr == 0 && a.t.banned[f.dtype] {
			return no("Had %s input %s that is not supported by %s.", pyDType(f.dtype), a.g.Node(p).Name, a.target.Spec)
		}
	}
	if a.n.Type.IsTensor() && a.t.banned[a.own.dtype] {
		return no("Had %s output that is not supported by %s.", pyDType(a.own.dtype), a.target.Spec)
	}
	for _, t := range a.n.Type.List {
		if a.t.banned[t.DType] {
			return no("Had %s output that is not supported by %s.", pyDType(t.DType), a.target.Spec)
		}
	}
	return pass
}
