package exec

import (
	"fmt"
)

// bindDepthwise covers DEPTHWISE_CONV2D: x [N,H,W,C] with w [KH,KW,C,M] to [N,OH,OW,C*M]. One input channel makes it a CONV2D.
func bindDepthwise(o *op) kernel {
	o.need(5)
	axes, zero, zeroWeight, d := convAxes(o, 2), o.number(3), o.number(4), o.out()
	return func(in []*Tensor) *Tensor {
		x, w := in[0], in[1]
		if len(x.Shape) != 4 || len(w.Shape) != 4 || x.Shape[3] != w.Shape[2] {
			panic(fmt.Sprintf("operand %v and weight %v", x.Shape, w.Shape))
		}
		size, kernel := threeAxes(x.Shape), [3]int{1, w.Shape[0], w.Shape[1]}
		c, m := w.Shape[2], w.Shape[3]
		taps := axes(size, kernel)
		if c == 1 {
			narrow(w)
			p := packWeights(w.Elems, m, kernel[1]*kernel[2], 1, m, zeroWeight)
			return (&conv{axes: taps, in: size, kernel: kernel, channels: 1, w: p}).run(x, in[2], zero, d)
		}
		y := newTensor(d, []int{x.Shape[0], len(taps[1]), len(taps[2]), c * m})
		p := &depthwise{
			ys: taps[1], xs: taps[2], height: size[1], width: size[2], channels: c, times: m, columns: kernel[2],
			x: shifted(x, zero), w: shifted(w, zeroWeight), bias: biases(in[2], c*m),
		}
		parallel(x.Shape[0]*len(p.ys), y.Len()*kernel[1]*kernel[2], func(lo, hi int) { p.rows(y, lo, hi) })
		return y
	}
}

// depthwise is one evaluation of a DEPTHWISE_CONV2D.
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
