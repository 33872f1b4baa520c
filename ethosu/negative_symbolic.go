package ethosu

import (
	"slices"

	"seam/model"
)

// symbolicSpatial is the operators whose spatial dimensions must be numbers, because their padding can never be adjusted
// statically.
var symbolicSpatial = []string{"aten._adaptive_avg_pool2d.default", "aten.conv_transpose2d.input"}

// symbolicArgs refuses what a graph with symbolic sizes may not have without TOSA's shape extension. On Ethos-U resolvedShapes
// refuses all of it before, so this only adds a reason; whether a convolution's or a pooling's padding could be adjusted
// statically is left undecided.
//
//	source  operator_support/tosa_supported_operators.py: SymbolicShapeSupportCheck
func symbolicArgs(a *ask) verdict {
	if (a.own.is|a.any)&isSymbolic == 0 || a.own.is&isQDQ != 0 {
		return pass
	}
	if a.any&isSymInt != 0 && slices.ContainsFunc(a.in, a.symIntArg) {
		return no("Node has symbolic shape arguments, has the TOSA spec shape extension support?")
	}
	if len(a.in) == 0 {
		return pass
	}
	t, ok := a.tensor(a.in[0])
	if !ok || !t.Shape.Symbolic() {
		return pass
	}
	switch a.n.Target {
	case "aten.mean.dim", "aten.mean.default":
		if a.meansSymbolic(t.Shape) {
			return no("Symbolic mean dims unsupported")
		}
	case "aten.squeeze_copy.dim", "aten.squeeze_copy.dims", "aten.unsqueeze_copy.default":
		return no("Symbolic view dims unsupported")
	case "aten.constant_pad_nd.default":
		return no("Symbolic pad dims unsupported")
	case "aten.slice_copy.Tensor":
		return no("Symbolic slices unsupported")
	default:
		if slices.Contains(symbolicSpatial, a.n.Target) && spatialSymbolic(t.Shape) {
			return no("Symbolic spatial dims unsupported")
		}
	}
	return pass
}

// symIntArg says whether p is a symbolic number; upstream looks at positional arguments only, where they all are.
func (a *ask) symIntArg(p model.NodeID) bool { return a.facts[p].is&isSymInt != 0 }

func spatialSymbolic(s model.Shape) bool {
	for i := 2; i < s.Rank(); i++ {
		if s.At(i).Symbolic() {
			return true
		}
	}
	return false
}

// meansSymbolic says whether a mean goes over a symbolic dimension; without a list it goes over all.
func (a *ask) meansSymbolic(s model.Shape) bool {
	dims, listed := argOrKwarg(a.n, 1, "dim").Ints()
	if !listed || a.n.Target == "aten.mean.default" {
		return s.Symbolic()
	}
	return slices.ContainsFunc(dims, func(d int) bool { return s.At(mod(d, s.Rank())).Symbolic() })
}
