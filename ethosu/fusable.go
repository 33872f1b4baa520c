package ethosu

import (
	"math"

	"seam/model"
)

// properQuantization refuses a node whose neighbours are not quantized, unless an activation is to be fused between them.
//
//	source  operator_support/tosa_supported_operators.py: CheckProperQuantization
func properQuantization(a *ask) verdict {
	inOK, outOK := false, false
	switch {
	case a.n.Target == "aten.max_pool2d_with_indices.default":
		outOK = a.picksQuantized()
	case a.fuseInput(a.id):
		outOK = a.fuseable(a.g.Users(a.id)[0])
	case len(a.in) > 0 && a.fuseable(a.id):
		inOK = a.fuseInput(a.in[0])
	}
	if a.raised != "" {
		return pass
	}
	if a.any&isSymInt != 0 {
		if a.t.v15 {
			return no("Symbolic scalar inputs cannot be delegated.")
		}
		for _, p := range a.in {
			if a.facts[p].is&isSymInt != 0 {
				a.typeError(p)
				return pass
			}
		}
	}
	if !inOK && !a.inputsQuantized() {
		return no("One or more inputs were not quantized.")
	}
	users := isQ
	if a.t.v14 {
		users |= isSymSize
	}
	if !outOK && !a.everyUser(a.id, users) && a.own.is&isInteger == 0 {
		return no("One or more outputs were not quantized.")
	}
	return pass
}

func (a *ask) inputsQuantized() bool {
	for _, p := range a.in {
		if a.facts[p].is&(isDQ|isInteger) == 0 {
			return false
		}
	}
	return true
}

// picksQuantized says whether the node's results are all picked by getitem and then quantized.
func (a *ask) picksQuantized() bool {
	for _, u := range a.g.Users(a.id) {
		if a.facts[u].is&isGetitem == 0 || !a.everyUser(u, isQ) {
			return false
		}
	}
	return true
}

// fuseInput says whether an activation behind p can be fused into it.
//
//	source  _passes/fuse_quantized_activation_pass.py: _is_fuseable_input
func (r *run) fuseInput(p model.NodeID) bool {
	return r.classOf(p)&opConvLike != 0 && len(r.g.Users(p)) == 1
}

// fuseable says whether p is an activation that the quantize behind it can stand for: relu, or hardtanh from 0, with that
// quantize as its only user. What the quantize must be like differs by release.
//
//	source  _passes/fuse_quantized_activation_pass.py: _is_fuseable_quantized_activation
func (a *ask) fuseable(p model.NodeID) bool {
	n, c := a.g.Node(p), a.classOf(p)
	if c&opHardtanh != 0 {
		if len(n.Args) < 2 {
			a.raise(noArgument)
			return false
		}
		if lo, ok := n.Arg(1).Number(); !ok || lo != 0 {
			return false
		}
	} else if c&opRelu == 0 {
		return false
	}
	users := a.g.Users(p)
	if len(users) != 1 {
		return false
	}
	q := a.g.Node(users[0])
	if !a.t.v15 {
		return a.facts[users[0]].is&isQ != 0 && a.zeroIsMin(q)
	}
	if a.classOf(users[0])&opQuantTensor == 0 {
		return false
	}
	return c&opRelu != 0 || a.boundIsMax(n.Arg(2), q)
}

// zeroIsMin says whether the quantize's zero point is the least value it gives.
func (a *ask) zeroIsMin(q *model.Node) bool {
	zp, min := q.Arg(2), q.Arg(3)
	if a.t.row(q.Op).class&opQuantTensor == 0 {
		return false // the parameters are tensors
	}
	return zp.Kind == model.ArgInt && min.Kind == model.ArgInt && zp.Int == min.Int
}

// boundIsMax says whether an upper bound quantizes to the greatest value that q gives.
//
//	errors  exact: q computes in float32, and so do the inverse scale and the product here
//	source  torch/ao/quantization/fx/_decomposed.py: quantize_per_tensor
func (a *ask) boundIsMax(bound model.Arg, q *model.Node) bool {
	hi, ok1 := bound.Number()
	scale, ok2 := q.Arg(1).Number()
	zp, ok3 := q.Arg(2).Number()
	qmin, ok4 := q.Arg(3).Number()
	qmax, ok5 := q.Arg(4).Number()
	if !ok1 || !ok2 || !ok3 || !ok4 || !ok5 {
		a.raise(noArgument)
		return false
	}
	v := math.RoundToEven(float64(float32(hi)*float32(1/scale))) + zp
	return min(max(v, qmin), qmax) == qmax
}
