package exec

import (
	"fmt"
)

// bindDepthwise covers DEPTHWISE_CONV2D: x [N,H,W,C] with w [KH,KW,C,M] to [N,OH,OW,C*M]. One input channel makes it a CONV2D.
func bindDepthwise(o *op) kernel {
	o.need(5)
	axes, zero, zeroWeight := convAxes(o, 2), o.number(3), o.number(4)
	x, w := o.shape(0), o.shape(1)
	if len(x) != 4 || len(w) != 4 || x[3] != w[2] {
		panic(fmt.Sprintf("operand %v and weight %v", x, w))
	}
	kernel, c, m := [3]int{1, w[0], w[1]}, w[2], w[3]
	if c == 1 {
		return newConv(o, axes, kernel, m, func(t *Tensor) *weights {
			return packWeights(t.Elems, m, w[0]*w[1], 1, m, zeroWeight)
		})
	}
	bias := o.biases(c * m)
	taps := axes(threeAxes(x), kernel)
	p := depthwise{ys: taps[1], xs: taps[2], height: x[1], width: x[2], channels: c, times: m, columns: w[1]}
	shape := []int{x[0], len(p.ys), len(p.xs), c * m}
	o.gives(shape)
	return func(in []*Tensor) *Tensor {
		e := p
		e.x, e.w, e.bias = shifted(in[0], zero), shifted(in[1], zeroWeight), bias(in)
		y := newTensor(o.out(), shape)
		parallel(x[0]*len(p.ys), y.Len()*w[0]*w[1], func(lo, hi int) { e.rows(y, lo, hi) })
		return y
	}
}

// depthwise is one evaluation of a DEPTHWISE_CONV2D; all but x, w and bias is the same for every evaluation.
type depthwise struct {
	ys, xs                                  [][]tap
	height, width, channels, times, columns int
	x, w                                    []int32 // less their zero points
	bias                                    []int64
}

// meeting is where an element of the kernel meets the operand: both offsets are those of channel 0.
type meeting struct{ x, w int }

// rows computes rows lo..hi of the result.
func (p *depthwise) rows(y *Tensor, lo, hi int) {
	var at []meeting
	n := p.channels * p.times
	for r := lo; r < hi; r++ {
		for o, xs := range p.xs {
			at = at[:0]
			for _, ty := range p.ys[r%len(p.ys)] {
				row := (r/len(p.ys)*p.height + ty.in) * p.width
				for _, tx := range xs {
					at = append(at, meeting{(row + tx.in) * p.channels, (ty.k*p.columns + tx.k) * n})
				}
			}
			cell := (r*len(p.xs) + o) * n
			if y.Wide != nil {
				depthwiseCell(p, y.Wide[cell:cell+n], at)
			} else {
				depthwiseCell(p, y.Elems[cell:cell+n], at)
			}
		}
	}
}

// depthwiseCell computes all channels of one output cell.
func depthwiseCell[T int32 | int64](p *depthwise, out []T, at []meeting) {
	c := 0
	if p.times == 1 {
		for ; c+4 <= len(out); c += 4 {
			depthwiseFour(p, (*[4]T)(out[c:]), at, c)
		}
	}
	for ; c < len(out); c++ {
		sum := T(p.bias[c])
		for _, t := range at {
			sum += T(p.x[t.x+c/p.times]) * T(p.w[t.w+c])
		}
		out[c] = sum
	}
}

// depthwiseFour computes four channels from c on, each of which has one filter.
func depthwiseFour[T int32 | int64](p *depthwise, out *[4]T, at []meeting, c int) {
	b := (*[4]int64)(p.bias[c:])
	s0, s1, s2, s3 := T(b[0]), T(b[1]), T(b[2]), T(b[3])
	for _, t := range at {
		x, w := (*[4]int32)(p.x[t.x+c:]), (*[4]int32)(p.w[t.w+c:])
		s0 += T(x[0]) * T(w[0])
		s1 += T(x[1]) * T(w[1])
		s2 += T(x[2]) * T(w[2])
		s3 += T(x[3]) * T(w[3])
	}
	*out = [4]T{s0, s1, s2, s3}
}
