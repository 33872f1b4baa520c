package tosa

import (
	"math"

	"seam/model"
)

// axisResize is the parameters of RESIZE for one axis: the scale n/d, the offset and the border in steps of 1/n.
type axisResize struct{ n, d, offset, border int }

// resizeAxis is the parameters for one axis of in elements that becomes out elements.
//
//	corners  the first and last elements stay where they are
//	source   backends/arm/_passes/rewrite_upsample.py: get_resize_parameters_1d
func resizeAxis(in, out int, nearest, corners bool) axisResize {
	num, den := out, in
	if corners && in > 1 && out > 1 {
		num, den = out-1, in-1
	}
	g := gcd(num, den)
	num, den = num/g, den/g
	r := axisResize{n: 2 * num, d: 2 * den}
	switch {
	case nearest && den != 1:
		r.offset = -num
	case nearest || !corners:
		r.offset = den - num
	}
	r.border = r.d*(out-1) - r.n*(in-1) + r.offset
	return r
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// resize lowers upsample_nearest2d and upsample_bilinear2d: TRANSPOSE, RESIZE, for bilinear a RESCALE, TRANSPOSE back.
//
//	source  backends/arm/_passes/rewrite_upsample.py: RewriteUpsamplePass; lower.md 2.2
func (e *emitter) resize(n model.NodeID) (model.NodeID, error) {
	x := e.edge.Node(n)
	nearest := x.Target == "aten.upsample_nearest2d.vec"
	corners, factors := x.Arg(2).Bool(), x.Arg(3)
	if nearest {
		corners, factors = false, x.Arg(2)
	}
	v, err := e.arg(n, 0)
	if err != nil {
		return model.None, err
	}
	in, out := e.shapeOf(v), x.Type.T.Shape.Ints()
	if ones(factors) {
		return e.same(n, v), nil
	}
	var axes [2]axisResize
	for i := range axes {
		if nearest && factors.Kind == model.ArgList && math.Abs(factors.List[i].Float-float64(out[i+2])/float64(in[i+2])) > 1e-6 {
			return model.None, e.refuse(n, x.Target+" by a factor other than the ratio of the sizes")
		}
		axes[i] = resizeAxis(in[i+2], out[i+2], nearest, corners)
	}
	q, err := e.needOutQ(n)
	if err != nil {
		return model.None, err
	}
	to, mode := q.dtype, "NEAREST"
	if !nearest {
		to, mode = accumulator(q.dtype), "BILINEAR"
	}
	y, z := axes[0], axes[1]
	v = e.transpose(n, v, 0, 2, 3, 1)
	v = e.op(n, opResize, model.TensorOf(to, model.ShapeInts(permuted(out, []int{0, 2, 3, 1})...)), []model.Arg{model.NodeArg(v)},
		textKw("mode", mode), intsKw("scale", []int{y.n, y.d, z.n, z.d}), intsKw("offset", []int{y.offset, z.offset}),
		intsKw("border", []int{y.border, z.border}))
	if !nearest {
		v = e.rescale(n, v, q.dtype, []float64{1 / float64(y.n*z.n)}, 0, 0)
	}
	return e.transpose(n, v, 0, 3, 1, 2), nil
}

// ones says whether a list of factors is [1, 1].
func ones(factors model.Arg) bool {
	for _, f := range factors.List {
		if v, _ := f.Number(); v != 1 {
			return false
		}
	}
	return len(factors.List) == 2
}
