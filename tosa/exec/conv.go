package exec

import (
	"fmt"
	"slices"

	"seam/model"
)

// tap is n neighbouring elements of a kernel's axis, from element k on, and the elements of the operand that they meet, from in
// on.
type tap struct{ in, k, n int }

// axisTaps is, by output, the elements of a kernel's axis that meet the operand; those that meet padding are left out.
//
//	in             the operand's extent
//	before, after  padding; below zero where elements are cut off
//	source         TOSA 1.0 specification: CONV2D. The windows must end where the padded operand does
func axisTaps(in, kernel, stride, before, after, dilation int) [][]tap {
	if in < 1 || kernel < 1 || stride < 1 || dilation < 1 {
		panic(fmt.Sprintf("kernel %d, stride %d, dilation %d over %d elements", kernel, stride, dilation, in))
	}
	room := in - 1 + before + after - (kernel-1)*dilation
	if room < 0 || room%stride != 0 {
		panic(fmt.Sprintf("kernel %d, stride %d, dilation %d over %d elements padded by %d and %d", kernel, stride, dilation, in, before, after))
	}
	out := make([][]tap, numel([]int{room/stride + 1}))
	for o := range out {
		for k := range kernel {
			if at := o*stride - before + k*dilation; at >= 0 && at < in {
				out[o] = append(out[o], tap{at, k, 1})
			}
		}
	}
	return out
}

// transposedTaps is axisTaps of a transposed convolution.
//
//	before, after  added to the output at its ends; below zero where elements are cut off
//	source         TOSA 1.0 specification: TRANSPOSE_CONV2D
func transposedTaps(in, kernel, stride, before, after int) [][]tap {
	if in < 1 || kernel < 1 || stride < 1 || before <= -kernel || after <= -kernel {
		panic(fmt.Sprintf("kernel %d, stride %d over %d elements padded by %d and %d", kernel, stride, in, before, after))
	}
	out := make([][]tap, numel([]int{(in-1)*stride + before + after + kernel}))
	for o := range out {
		for k := range kernel {
			at := o - before - k
			if at >= 0 && at%stride == 0 && at/stride < in {
				out[o] = append(out[o], tap{at / stride, k, 1})
			}
		}
	}
	return out
}

// joined makes one tap of neighbours.
func joined(axis [][]tap) [][]tap {
	out := make([][]tap, len(axis))
	for o, taps := range axis {
		for _, t := range taps {
			if last := len(out[o]) - 1; last >= 0 && out[o][last].in+out[o][last].n == t.in && out[o][last].k+out[o][last].n == t.k {
				out[o][last].n++
				continue
			}
			out[o] = append(out[o], t)
		}
	}
	return out
}

// axesOf is the taps of the three spatial axes, by output. A convolution over two axes has extents of 1 for the first.
type axesOf func(in, kernel [3]int) [3][][]tap

// bindConv2D covers CONV2D.
func bindConv2D(o *op) kernel {
	return bindConv(o, 2, convAxes(o, 2))
}

// bindConv3D covers CONV3D.
func bindConv3D(o *op) kernel {
	return bindConv(o, 3, convAxes(o, 3))
}

// convAxes reads the attributes of a convolution over n axes.
func convAxes(o *op, n int) axesOf {
	pad, stride, dilation := o.list("pad", 2*n), o.list("stride", n), o.list("dilation", n)
	return func(in, kernel [3]int) [3][][]tap {
		axes := [3][][]tap{{{{0, 0, 1}}}}
		for i := range n {
			d := 3 - n + i
			axes[d] = axisTaps(in[d], kernel[d], stride[i], pad[2*i], pad[2*i+1], dilation[i])
		}
		return axes
	}
}

// bindTransposeConv covers TRANSPOSE_CONV2D.
func bindTransposeConv(o *op) kernel {
	pad, stride := o.list("out_pad", 4), o.list("stride", 2)
	return bindConv(o, 2, func(in, kernel [3]int) [3][][]tap {
		return [3][][]tap{
			{{{0, 0, 1}}},
			transposedTaps(in[1], kernel[1], stride[0], pad[0], pad[1]),
			transposedTaps(in[2], kernel[2], stride[1], pad[2], pad[3]),
		}
	})
}

// bindConv binds a convolution of x [N,H,W,Ci] with w [Co,KH,KW,Ci], or with one more axis in front of H and KH. Constant
// weights are packed once.
func bindConv(o *op, spatial int, axes axesOf) kernel {
	o.need(5)
	zero, zeroWeight, d := o.number(3), o.number(4), o.out()
	pack := func(w *Tensor) *weights {
		narrow(w)
		taps := numel(w.Shape[1:])
		return packWeights(w.Elems, w.Shape[0], taps, taps, 1, zeroWeight)
	}
	var packed *weights
	if w := o.in[1]; w != nil {
		packed = pack(w)
	}
	return func(in []*Tensor) *Tensor {
		x, w := in[0], in[1]
		if len(x.Shape) != spatial+2 || len(w.Shape) != spatial+2 || x.dim(-1) != w.dim(-1) {
			panic(fmt.Sprintf("operand %v and weight %v", x.Shape, w.Shape))
		}
		c := &conv{w: packed, in: threeAxes(x.Shape), kernel: threeAxes(w.Shape), channels: x.dim(-1)}
		if c.w == nil {
			c.w = pack(w)
		}
		c.axes = axes(c.in, c.kernel)
		return c.run(x, in[2], zero, d)
	}
}

// threeAxes is the three extents between the first and the last, with 1 for one that is not there.
func threeAxes(shape []int) [3]int {
	v := [3]int{1, 1, 1}
	copy(v[5-len(shape):], shape[1:len(shape)-1])
	return v
}

// conv is one evaluation of a convolution.
type conv struct {
	axes       [3][][]tap
	in, kernel [3]int
	channels   int // of the operand
	w          *weights
	x          []int32 // the operand less its zero point
	bias       []int64 // by output channel
}

// run is the convolution of x, as type d.
func (c *conv) run(x, bias *Tensor, zero int32, d model.DType) *Tensor {
	shape := []int{x.Shape[0], len(c.axes[0]), len(c.axes[1]), len(c.axes[2]), c.w.rows}
	if len(x.Shape) == 4 {
		shape = append(shape[:1], shape[2:]...)
	}
	y := newTensor(d, shape)
	c.x, c.bias = shifted(x, zero), biases(bias, c.w.rows)
	c.axes[2] = joined(c.axes[2])
	rows := x.Shape[0] * len(c.axes[0]) * len(c.axes[1])
	most := magnitude(x, zero)
	parallel(rows*len(c.w.blocks), y.Len()*c.w.taps, func(lo, hi int) {
		s := c.w.newSums(most)
		for i := lo; i < hi; i++ {
			c.row(s, y, i%rows, i/rows)
		}
	})
	return y
}

// biases is one bias for each of n channels.
func biases(t *Tensor, n int) []int64 {
	b := t.Ints()
	if len(b) == 1 {
		return slices.Repeat(b, n)
	}
	if len(b) != n {
		panic(fmt.Sprintf("%d biases for %d channels", len(b), n))
	}
	return b
}

// row computes one block of channels of one row of the result.
func (c *conv) row(s *sums, y *Tensor, r, b int) {
	block, width, rows := c.w.blocks[b], len(c.axes[2]), c.w.rows
	n := min(lanes, rows-b*lanes)
	bias := c.bias[b*lanes : b*lanes+n]
	plane := r / len(c.axes[1])
	ys := c.axes[1][r%len(c.axes[1])]
	image := plane / len(c.axes[0]) * c.in[0]
	for o, xs := range c.axes[2] {
		for _, tz := range c.axes[0][plane%len(c.axes[0])] {
			for _, ty := range ys {
				for _, tx := range xs {
					at := (((image+tz.in)*c.in[1]+ty.in)*c.in[2] + tx.in) * c.channels
					k := ((tz.k*c.kernel[1]+ty.k)*c.kernel[2] + tx.k) * c.channels
					s.add(c.x[at:at+tx.n*c.channels], block[k:])
				}
			}
		}
		s.store(y, (r*width+o)*rows+b*lanes, n, bias)
	}
}
