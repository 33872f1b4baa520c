package exec

import (
	"fmt"
	"math"
)

// pool is the window of a pooling operator, one value an axis: rows, columns.
type pool struct {
	kernel, stride, pad []int
}

func readPool(o *op) *pool {
	o.need(1)
	return &pool{o.list("kernel", 2), o.list("stride", 2), o.list("pad", 4)}
}

// each calls f for every output cell with the offsets, in elements, of what its window reads inside of the operand. A window
// that reads nothing is refused.
func (p *pool) each(x *Tensor, f func(out []int32, taps []int)) *Tensor {
	if len(x.Shape) != 4 {
		panic(fmt.Sprintf("pool of shape %v", x.Shape))
	}
	narrow(x)
	n, h, w, c := x.Shape[0], x.Shape[1], x.Shape[2], x.Shape[3]
	ys := axisTaps(h, p.kernel[0], p.stride[0], p.pad[0], p.pad[1], 1)
	xs := axisTaps(w, p.kernel[1], p.stride[1], p.pad[2], p.pad[3], 1)
	y := newTensor(x.DType, []int{n, len(ys), len(xs), c})
	parallel(n*len(ys), y.Len()*p.kernel[0]*p.kernel[1], func(lo, hi int) {
		var taps []int
		for r := lo; r < hi; r++ {
			for i := range xs {
				taps = taps[:0]
				for _, a := range ys[r%len(ys)] {
					for _, b := range xs[i] {
						taps = append(taps, ((r/len(ys)*h+a.in)*w+b.in)*c)
					}
				}
				if len(taps) == 0 {
					panic("a window over padding alone")
				}
				f(y.Elems[(r*len(xs)+i)*c:(r*len(xs)+i+1)*c], taps)
			}
		}
	})
	return y
}

// bindMaxPool covers MAX_POOL2D.
func bindMaxPool(o *op) kernel {
	p := readPool(o)
	return func(in []*Tensor) *Tensor {
		x := in[0]
		return p.each(x, func(out []int32, taps []int) {
			copy(out, x.Elems[taps[0]:taps[0]+len(out)])
			for _, t := range taps[1:] {
				for i, v := range x.Elems[t : t+len(out)] {
					out[i] = max(out[i], v)
				}
			}
		})
	}
}

// bindAvgPool covers AVG_POOL2D: the mean of what the window reads; padding does not count.
func bindAvgPool(o *op) kernel {
	p := readPool(o)
	zeroIn, zeroOut := o.number(1), int64(o.number(2))
	lo, hi := limits(o.out())
	if n := p.kernel[0] * p.kernel[1]; n < 1 || n > math.MaxUint16+1 {
		panic(fmt.Sprintf("kernel %v", p.kernel))
	}
	return func(in []*Tensor) *Tensor {
		x := in[0]
		return p.each(x, func(out []int32, taps []int) {
			for _, t := range taps {
				for i, v := range x.Elems[t : t+len(out)] {
					out[i] += v
				}
			}
			mult, shift := reciprocal(len(taps))
			zero := zeroIn * int32(len(taps))
			for i, v := range out {
				out[i] = int32(min(max(scaled(int64(v-zero), mult, shift, false)+zeroOut, lo), hi))
			}
		})
	}
}
