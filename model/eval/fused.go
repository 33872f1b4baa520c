package eval

import (
	"math"
	"slices"

	"seam/model"
)

// bindFused covers operators that stand for several elementary ones.
func bindFused(o op) kernel {
	switch o.base {
	case "glu":
		return func(c *call) *Value {
			x := c.floatTensor("self")
			d := c.axis("dim", len(x.Shape), -1)
			n := x.Shape[d]
			gate := mapFloat(cut(x, d, n/2, n, 1), sigmoid)
			return times(cut(x, d, 0, n/2, 1), gate)
		}
	case "scaled_dot_product_attention":
		return attention
	case "addcmul":
		return func(c *call) *Value {
			k := float32(c.number("value", 1))
			return c.pointwise("tensor1", "tensor2", func(s, a, b float32) float32 { return fma(k*a, b, s) })
		}
	case "addcdiv":
		return func(c *call) *Value {
			k := float32(c.number("value", 1))
			return c.pointwise("tensor1", "tensor2", func(s, a, b float32) float32 { return s + k*a/b })
		}
	case "lerp":
		return func(c *call) *Value { return c.pointwise("end", "weight", lerp) }
	}
	return nil
}

// pointwise computes f of self and two more operands, element by element, in self's type.
//
//	source  aten/src/ATen/native/cpu/PointwiseOpsKernel.cpp
func (c *call) pointwise(second, third string, f func(x, y, z float32) float32) *Value {
	x, y, z := c.floatTensor("self"), c.operand(second).v, c.operand(third).v
	out := newValue(x.DType, broadcast(x.Shape, y.Shape, z.Shape))
	w := walkOver(out.Shape, spread(x.Shape, out.Shape), spread(y.Shape, out.Shape), spread(z.Shape, out.Shape))
	p, q, r := x.floats(), y.floats(), z.floats()
	w.rows(func(o int, off []int, n int, step []int) {
		for i := range n {
			out.F[o+i] = f(p[off[0]+i*step[0]], q[off[1]+i*step[1]], r[off[2]+i*step[2]])
		}
	})
	return out
}

// lerp goes from a towards b, for weights of 0.5 and more back from b.
//
//	source  aten/src/ATen/native/Lerp.h: lerp_vec
func lerp(a, b, w float32) float32 {
	if w < 0.5 && w > -0.5 {
		return fma(w, b-a, a)
	}
	return fma(w-1, b-a, b)
}

func plus(a, b *Value) *Value {
	return apply(a.DType, a, b, func(a, b float32) float32 { return a + b }, nil)
}

func times(a, b *Value) *Value {
	return apply(a.DType, a, b, func(a, b float32) float32 { return a * b }, nil)
}

// attention is softmax(q*k'*scale + mask)*v over the last two dimensions; a bool mask forbids where it is false.
func attention(c *call) *Value {
	q, k, v := c.floatTensor("query"), c.floatTensor("key"), c.floatTensor("value")
	if c.number("dropout_p", 0) != 0 {
		c.fail("attention with dropout is random")
		return nil
	}
	if r := len(q.Shape); c.truth("enable_gqa") && r > 2 {
		k, v = shareHeads(k, q.Shape[r-3]), shareHeads(v, q.Shape[r-3])
	}
	r := len(k.Shape)
	order := c.axes("", r)
	order[r-2], order[r-1] = r-1, r-2
	scale := c.number("scale", 1/math.Sqrt(float64(q.Shape[len(q.Shape)-1])))
	score := c.matmul(scaled(q, scale, q.DType), permuted(k, order))
	if score == nil {
		return nil
	}
	if c.truth("is_causal") {
		rows, cols := score.Shape[len(score.Shape)-2], score.Shape[len(score.Shape)-1]
		for i := range score.F {
			if i%cols > i/cols%rows {
				score.F[i] = float32(math.Inf(-1))
			}
		}
	}
	if mask := c.maybe("attn_mask"); mask != nil {
		if mask.DType == model.Bool {
			mask = choose(mask, number(0), number(math.Inf(-1)), model.Float32)
		}
		score = plus(score, mask)
	}
	return c.matmul(softmax(score, len(score.Shape)-1, false), v)
}

// shareHeads repeats the heads (third dimension from the end) so that there are n.
func shareHeads(x *Value, n int) *Value {
	d := len(x.Shape) - 3
	k := n / max(1, x.Shape[d])
	split, st := slices.Insert(slices.Clone(x.Shape), d+1, k), slices.Insert(strides(x.Shape), d+1, 0)
	shape := slices.Clone(x.Shape)
	shape[d] *= k
	return view(x, 0, split, st).withShape(shape)
}
