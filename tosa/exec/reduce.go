package exec

import (
	"fmt"

	"seam/model"
)

// split is the extents in front of an axis, along it, and behind it.
func split(shape []int, axis int) (outer, n, inner int) {
	if axis < 0 || axis >= len(shape) {
		panic(fmt.Sprintf("axis %d of shape %v", axis, shape))
	}
	return numel(shape[:axis]), shape[axis], numel(shape[axis+1:])
}

// reduced is x with one axis reduced by f to extent 1, as type d.
func reduced(x *Tensor, d model.DType, axis int, f func(a, b int32) int32) *Tensor {
	narrow(x)
	outer, n, inner := split(x.Shape, axis)
	shape := append([]int(nil), x.Shape...)
	shape[axis] = 1
	y := newTensor(d, shape)
	for a := range outer {
		out, from := y.Elems[a*inner:(a+1)*inner], x.Elems[a*n*inner:(a+1)*n*inner]
		copy(out, from)
		for at := inner; at < len(from); at += inner {
			for i, v := range from[at : at+inner] {
				out[i] = f(out[i], v)
			}
		}
	}
	return y
}

// bindArgMax covers ARGMAX: the first index of the greatest element along an axis, which goes.
func bindArgMax(o *op) kernel {
	o.need(1)
	axis := o.axis()
	return func(in []*Tensor) *Tensor {
		x := in[0]
		narrow(x)
		outer, n, inner := split(x.Shape, axis)
		y := newTensor(o.out(), append(append([]int(nil), x.Shape[:axis]...), x.Shape[axis+1:]...))
		for a := range outer {
			for i := range inner {
				at := a*n*inner + i
				best := 0
				for k := 1; k < n; k++ {
					if x.Elems[at+k*inner] > x.Elems[at+best*inner] {
						best = k
					}
				}
				y.Elems[a*inner+i] = int32(best)
			}
		}
		return y
	}
}
