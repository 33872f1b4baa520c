package quant

import (
	"strings"

	"seam/model"
)

// rewriteInplace writes an in-place operator as its plain twin.
//
//	source  backends/arm/_passes/rewrite_inplace_arithmetic_pass.py
func rewriteInplace(r rewrite) model.Arg {
	return r.put1(strings.Replace(r.x.Target, "_.", ".", 1), r.x.Type, r.kwargs(), r.args(r.x.Args)...)
}

// selu's parameters as an elu's.
const (
	seluAlpha = 1.6732632423543772
	seluScale = 1.0507009873554805
)

// eluFamily writes selu and celu as elu with alpha, scale and input scale.
//
//	source  backends/arm/_passes/decompose_elu_pass.py: ConvertEluFamilyToEluPass
func eluFamily(r rewrite) model.Arg {
	alpha, scale, input := model.FloatArg(seluAlpha), model.FloatArg(seluScale), model.FloatArg(1)
	if r.x.Target == "aten.celu.default" {
		if alpha = r.x.Arg(1); alpha.IsNone() {
			alpha = model.FloatArg(1)
		}
		v, _ := alpha.Number()
		scale, input = model.FloatArg(1), model.FloatArg(1/v)
	}
	return r.emit("aten.elu.default", r.x.Type, r.arg(0), alpha, scale, input)
}

// leakyRelu adds the positive part to the scaled negative part.
//
//	source  backends/arm/_passes/decompose_leaky_relu_pass.py
func leakyRelu(r rewrite) model.Arg {
	slope := r.x.Arg(1)
	if slope.IsNone() {
		slope = model.FloatArg(0.01)
	}
	x := r.arg(0)
	pos := r.unary("aten.clamp.default", x, model.IntArg(0), model.Arg{})
	neg := r.unary("aten.clamp.default", x, model.Arg{}, model.IntArg(0))
	return r.binary("aten.add.Tensor", pos, r.binary("aten.mul.Tensor", neg, slope))
}

// prelu adds the positive part to the negative part times a weight a channel.
//
//	source  backends/arm/_passes/decompose_prelu_pass.py
func prelu(r rewrite) model.Arg {
	x, w := r.arg(0), r.arg(1)
	pos := r.unary("aten.clamp.default", x, model.IntArg(0), model.Arg{})
	neg := r.unary("aten.clamp.default", x, model.Arg{}, model.IntArg(0))
	if s := r.shape(w); s.Rank() > 1 {
		return r.raise("RuntimeError: Unsupported PReLU weight shape")
	} else if rank := r.shape(x).Rank(); s.Rank() == 1 && s.At(0) != 1 {
		if rank < 2 {
			return r.raise("RuntimeError: Per-channel PReLU weight requires input rank >= 2")
		}
		w = r.reshape("aten.view_copy.default", w, ones(rank).With(1, s.At(0)))
	}
	return r.binary("aten.add.Tensor", pos, r.binary("aten.mul.Tensor", neg, w))
}

// ones is a shape of extents 1.
func ones(rank int) model.Shape {
	var s model.Shape
	for range rank {
		s = s.Append(1)
	}
	return s
}

// logit writes log(x / (1 - x)), after a clamp where eps is given.
//
//	source  backends/arm/_passes/decompose_logit_pass.py
func logit(r rewrite) model.Arg {
	x, eps := r.arg(0), r.x.Arg(1)
	if eps.IsNone() {
		eps = r.x.Kwarg("eps")
	}
	if v, ok := eps.Number(); ok {
		x = r.unary("aten.clamp.default", x, eps, model.FloatArg(1-v))
	}
	neg := r.unary("aten.mul.Scalar", x, model.FloatArg(-1))
	frac := r.unary("aten.reciprocal.default", r.unary("aten.add.Scalar", neg, model.FloatArg(1)))
	return r.unary("aten.log.default", r.binary("aten.mul.Tensor", x, frac))
}

// sign chooses between 1, 0 and -1 by two comparisons.
//
//	source  backends/arm/_passes/decompose_sign_pass.py
func sign(r rewrite) model.Arg {
	x, zero := r.arg(0), model.FloatArg(0)
	above := r.compare("aten.gt.Scalar", x, zero)
	below := r.compare("aten.lt.Scalar", x, zero)
	zeros := r.unary("aten.mul.Scalar", x, zero)
	plus := r.unary("aten.add.Scalar", zeros, model.FloatArg(1))
	minus := r.unary("aten.neg.default", plus)
	low := r.choose(below, minus, zeros)
	high := r.choose(above, plus, zeros)
	return r.choose(below, low, high)
}

// glu halves its input along a dimension and multiplies one half with the sigmoid of the other.
//
//	source  backends/arm/_passes/decompose_glu_pass.py
func glu(r rewrite) model.Arg {
	x := r.arg(0)
	dim := -1
	if a := r.x.Arg(1); a.Kind == model.ArgInt {
		dim = int(a.Int)
	}
	dim = wrapDim(dim, r.shape(x).Rank())
	n := int(r.shape(x).At(dim))
	if n < 0 {
		return r.fail("DecomposeGluPass on an extent that is not fixed")
	}
	a := r.slice(x, dim, 0, n/2)
	b := r.slice(x, dim, n/2, n)
	return r.binary("aten.mul.Tensor", a, r.unary("aten.sigmoid.default", b))
}

// squareRoot writes sqrt as a power.
//
//	source  backends/arm/_passes/decompose_sqrt_pass.py
func squareRoot(r rewrite) model.Arg {
	return r.emit("aten.pow.Tensor_Scalar", r.x.Type, r.arg(0), model.FloatArg(0.5))
}

// softmax writes softmax and log_softmax as amax, sub, exp, sum, reciprocal, mul and log.
//
//	source  backends/arm/_passes/decompose_softmax_pass.py
func softmax(r rewrite) model.Arg {
	x := r.arg(0)
	dims := []int{int(r.x.Arg(1).Int)}
	peak := r.reduce("aten.amax.default", x, dims, true)
	e := r.unary("aten.exp.default", r.binary("aten.sub.Tensor", x, peak))
	sum := r.reduce("aten.sum.dim_IntList", e, dims, true)
	out := r.binary("aten.mul.Tensor", e, r.unary("aten.reciprocal.default", sum))
	if r.x.Target == "aten.log_softmax.int" {
		out = r.unary("aten.log.default", out)
	}
	return out
}

// maskedFill chooses between a tensor of the value and the input.
//
//	source  backends/arm/_passes/decompose_masked_fill_pass.py
func maskedFill(r rewrite) model.Arg {
	x, mask := r.arg(0), r.arg(1)
	return r.choose(mask, r.unary("aten.full_like.default", x, r.x.Arg(2)), x)
}

// notEqual writes ne as the opposite of eq.
//
//	source  backends/arm/_passes/decompose_ne_pass.py
func notEqual(r rewrite) model.Arg {
	return r.unary("aten.logical_not.default", r.compare("aten.eq.Tensor", r.arg(0), r.arg(1)))
}
