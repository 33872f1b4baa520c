package exec

import (
	"fmt"
	"slices"

	"seam/model"
)

// tap is n neighbouring elements of a kernel's axis, from element k on, and the elements of the operand that they meet, from in
// on.
type tap struct{ in, k, n int }

// maxExtent bounds a spatial axis of a result.
const maxExtent = 1 << 20

// extent panics unless n may be the extent of a spatial axis of a result.
func extent(n int) int {
	if n < 1 || n > maxExtent {
		panic(fmt.Sprintf("an axis of %d elements", n))
	}
	return n
}

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
	out := make([][]tap, extent(room/stride+1))
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
	out := make([][]tap, extent((in-1)*stride+before+after+kernel))
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

// bindConv binds a convolution of x [N,H,W,Ci] with w [Co,KH,KW,Ci], or with one more axis in front of H and KH.
func bindConv(o *op, spatial int, axes axesOf) kernel {
	o.need(5)
	x, w, zero := o.shape(0), o.shape(1), o.number(4)
	if len(x) != spatial+2 || len(w) != spatial+2 || x[spatial+1] != w[spatial+1] {
		panic(fmt.Sprintf("operand %v and weight %v", x, w))
	}
	taps := numel(w[1:])
	return newConv(o, axes, threeAxes(w), w[0], func(t *Tensor) *weights {
		return packWeights(t.Elems, w[0], taps, taps, 1, zero)
	})
}

// threeAxes is the three extents between the first and the last, with 1 for one that is not there.
func threeAxes(shape []int) [3]int {
	v := [3]int{1, 1, 1}
	copy(v[5-len(shape):], shape[1:len(shape)-1])
	return v
}

// conv is a convolution: x [N,D,H,W,Ci] with packed weights [Co,KD*KH*KW*Ci].
type conv struct {
	axes       [3][][]tap
	in, kernel [3]int
	channels   int // of the operand
	shape      []int
	zero       int32
	most       int64 // greatest magnitude of an element of x less the zero point
}

// newConv is the kernel of a convolution to co channels. Constant weights are packed once.
func newConv(o *op, axes axesOf, kernel [3]int, co int, pack func(w *Tensor) *weights) kernel {
	x := o.shape(0)
	c := &conv{in: threeAxes(x), kernel: kernel, channels: x[len(x)-1], zero: o.number(3)}
	c.axes = axes(c.in, kernel)
	c.shape = []int{x[0], len(c.axes[0]), len(c.axes[1]), len(c.axes[2]), co}
	if len(x) == 4 {
		c.shape = append(c.shape[:1], c.shape[2:]...)
	}
	o.gives(c.shape)
	c.axes[2] = joined(c.axes[2])
	c.most = magnitude(o.dtype(0), c.zero)
	bias := o.biases(co)
	var packed *weights
	if o.in[1] != nil {
		packed = pack(o.in[1])
	}
	return func(in []*Tensor) *Tensor {
		w := packed
		if w == nil {
			w = pack(in[1])
		}
		return c.run(in[0], w, bias(in), o.out())
	}
}

// biases gives one bias for each of n channels from operand 2, which has as many, or one for all. Constants are spread once.
func (o *op) biases(n int) func(in []*Tensor) []int64 {
	if b := o.shape(2); len(b) != 1 || b[0] != 1 && b[0] != n {
		panic(fmt.Sprintf("biases %v for %d channels", b, n))
	}
	spread := func(t *Tensor) []int64 {
		b := t.Ints()
		if len(b) == 1 {
			return slices.Repeat(b, n)
		}
		return b
	}
	if o.in[2] == nil {
		return func(in []*Tensor) []int64 { return spread(in[2]) }
	}
	all := spread(o.in[2])
	return func([]*Tensor) []int64 { return all }
}

// run is the convolution of x, as type d.
func (c *conv) run(x *Tensor, w *weights, bias []int64, d model.DType) *Tensor {
	y := newTensor(d, c.shape)
	e := &convRun{c, shifted(x, c.zero), w, bias, y}
	rows := c.shape[0] * len(c.axes[0]) * len(c.axes[1])
	parallel(rows*len(w.blocks), y.Len()*w.taps, func(lo, hi int) {
		s := w.newSums(c.most)
		for i := lo; i < hi; i++ {
			e.row(s, i%rows, i/rows)
		}
	})
	return y
}

// convRun is one evaluation of a convolution.
type convRun struct {
	*conv
	x    []int32 // the operand less its zero point
	w    *weights
	bias []int64
	y    *Tensor
}

// row computes one block of channels of one row of the result.
func (c *convRun) row(s *sums, r, b int) {
	block, width, channels := c.w.blocks[b], len(c.axes[2]), c.w.rows
	n := min(lanes, channels-b*lanes)
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
		s.store(c.y, (r*width+o)*channels+b*lanes, n, bias)
	}
}
