package exec

import (
	"fmt"
	"slices"
)

// pool is a pooling operator over x [N,H,W,C].
type pool struct {
	x, shape []int
	ys, xs   [][]tap
}

// readPool reads the attributes. A window that reads nothing but padding is refused.
func readPool(o *op) *pool {
	kernel, stride, pad := o.list("kernel", 2), o.list("stride", 2), o.list("pad", 4)
	x := o.shape(0)
	if len(x) != 4 {
		panic(fmt.Sprintf("pool of shape %v", x))
	}
	p := &pool{
		x:  x,
		ys: axisTaps(x[1], kernel[0], stride[0], pad[0], pad[1], 1),
		xs: axisTaps(x[2], kernel[1], stride[1], pad[2], pad[3], 1),
	}
	p.shape = []int{x[0], len(p.ys), len(p.xs), x[3]}
	o.gives(p.shape)
	for _, taps := range slices.Concat(p.ys, p.xs) {
		if len(taps) == 0 {
			panic("a window over padding alone")
		}
	}
	return p
}

// each calls f for every output cell with the offsets, in elements, of what its window reads inside of the operand.
func (p *pool) each(x *Tensor, f func(out []int32, taps []int)) *Tensor {
	narrow(x)
	y := newTensor(x.DType, p.shape)
	c := p.x[3]
	parallel(p.x[0]*len(p.ys), 4*max(x.Len(), y.Len()), func(lo, hi int) {
		var taps []int
		for r := lo; r < hi; r++ {
			for i, xs := range p.xs {
				taps = taps[:0]
				for _, a := range p.ys[r%len(p.ys)] {
					for _, b := range xs {
						taps = append(taps, ((r/len(p.ys)*p.x[1]+a.in)*p.x[2]+b.in)*c)
					}
				}
				at := (r*len(p.xs) + i) * c
				f(y.Elems[at:at+c], taps)
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
