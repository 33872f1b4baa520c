package ethosu

import (
	"strings"

	"seam/model"
)

func isQuantize(n *model.Node) bool {
	return strings.HasPrefix(n.Target, "quantized_decomposed.quantize_per_")
}

func isDequantize(n *model.Node) bool {
	return strings.HasPrefix(n.Target, "quantized_decomposed.dequantize_per_")
}

// computes says whether the lowering of n leaves an operator behind: a partition of nodes that leave none is rejected.
//
//	source  backends/arm/tosa/partitioner.py: is_noop_clone and its siblings
func (t *tagger) computes(n model.NodeID) bool {
	x := t.g.Node(n)
	switch x.Target {
	case "dim_order_ops._clone_dim_order.default", "aten.alias_copy.default", "aten.detach_copy.default",
		"aten.view_copy.default":
		return false
	case "aten.permute_copy.default":
		return t.cfg.Release < "1.5.1" || !identityPermute(x)
	case "aten.expand_copy.default":
		return !t.expandsNothing(x)
	case "aten.squeeze_copy.dims":
		return x.Type.T.Shape != t.g.Node(x.Arg(0).Node).Type.T.Shape
	case "aten.flip.default":
		return len(x.Arg(1).List) > 0
	case "aten.as_strided_copy.default":
		return true
	}
	return !isQuantize(x) && !isDequantize(x)
}

func identityPermute(x *model.Node) bool {
	axes, ok := x.Arg(1).Ints()
	for i, a := range axes {
		if a < 0 {
			a += len(axes)
		}
		ok = ok && a == i
	}
	return ok
}

// expandsNothing says whether an expand multiplies no dimension and adds none.
func (t *tagger) expandsNothing(x *model.Node) bool {
	in := t.g.Node(x.Arg(0).Node).Type.T.Shape
	sizes := x.Arg(1).List
	if len(sizes) != in.Rank() {
		return false
	}
	for i, s := range sizes {
		if s.Kind != model.ArgInt || s.Int != -1 && in.At(i) == 1 && s.Int != 1 {
			return false
		}
	}
	return true
}
