package eval

import (
	"fmt"
	"slices"

	"seam/model"
)

// spatial is the number of spatial dimensions kernels work in: fewer are filled up with extents of 1 in front.
const spatial = 3

type dims [spatial]int

// fill3 puts v at the end, after def.
func fill3(v []int, def int) dims {
	d := dims{def, def, def}
	copy(d[spatial-len(v):], v)
	return d
}

func (d dims) size() int { return d[0] * d[1] * d[2] }

// window is how a kernel slides over the spatial dimensions: input position = output*stride - before + tap*dilation.
type window struct {
	in, out, kernel, stride, before, dilation dims
}

// span is the range of outputs along dimension d that tap k reads inside of the input.
func (w *window) span(d, k int) (lo, hi int) {
	s, off := w.stride[d], k*w.dilation[d]-w.before[d]
	if off < 0 {
		lo = (-off + s - 1) / s
	}
	if last := w.in[d] - 1 - off; last >= 0 {
		hi = min(w.out[d], last/s+1)
	}
	return lo, max(hi, lo)
}

// at is the input position of output o and tap k along dimension d.
func (w *window) at(d, o, k int) int { return o*w.stride[d] - w.before[d] + k*w.dilation[d] }

// conv is a convolution taken apart: x [batch, groups*inC, in...], w [groups*outC, inC, kernel...].
type conv struct {
	window
	batch, groups, inC, outC int
	x, w                     []float32
	bias                     []float32 // nil if there is none
}

// bindConv covers convolutions over one to three dimensions.
func bindConv(o op) kernel {
	switch o.base {
	case "conv1d":
		return func(c *call) *Value { return convolution(c, 1, false) }
	case "conv2d":
		return func(c *call) *Value { return convolution(c, 2, false) }
	case "conv3d":
		return func(c *call) *Value { return convolution(c, 3, false) }
	case "conv_transpose1d":
		return func(c *call) *Value { return convolution(c, 1, true) }
	case "conv_transpose2d":
		return func(c *call) *Value { return convolution(c, 2, true) }
	case "conv_transpose3d":
		return func(c *call) *Value { return convolution(c, 3, true) }
	case "convolution":
		return func(c *call) *Value {
			return convolution(c, len(c.floatTensor("weight").Shape)-2, c.truth("transposed"))
		}
	}
	return nil
}

// convolution evaluates a convolution over n spatial dimensions. An input without a batch dimension gets one for the time.
func convolution(c *call, n int, transposed bool) *Value {
	x, w := c.floatTensor("input"), c.floatTensor("weight")
	if len(w.Shape) != n+2 || len(x.Shape) != n+2 && len(x.Shape) != n+1 {
		c.fail("input %v and weight %v for %d dimensions", x.Shape, w.Shape, n)
		return nil
	}
	single := len(x.Shape) == n+1
	if single {
		x = x.withShape(append([]int{1}, x.Shape...))
	}
	k := c.readConv(x, w, n, transposed)
	if c.err != nil {
		return nil
	}
	shape := append([]int{k.batch, k.groups * k.outC}, k.out[spatial-n:]...)
	if transposed {
		shape = append(shape[:2], k.in[spatial-n:]...)
	}
	out := newValue(x.DType, shape)
	k.spreadBias(out.F)
	switch {
	case transposed:
		k.transpose(c, out.F)
	case k.inC == 1 && k.outC < 8:
		k.depthwise(out.F)
	default:
		k.direct(c, out.F)
	}
	if single {
		return out.withShape(shape[1:])
	}
	return out
}

// readConv reads the arguments. For a transposed convolution, in and out are those of the convolution it is the gradient of:
// in is what the operator returns.
func (c *call) readConv(x, w *Value, n int, transposed bool) *conv {
	k := &conv{batch: x.Shape[0], groups: c.integer("groups", 1), x: x.F, w: w.F}
	k.kernel = fill3(w.Shape[2:], 1)
	k.stride = c.sizes("stride", n, 1, 1)
	k.dilation = c.sizes("dilation", n, 1, 1)
	after := c.padding(k, n)
	if b := c.maybe("bias"); b != nil {
		k.bias = b.floats()
	}
	if min(k.groups, k.stride[0], k.stride[1], k.stride[2]) < 1 {
		c.fail("%d groups, stride %v", k.groups, k.stride)
		return k
	}
	if transposed {
		k.out = fill3(x.Shape[2:], 1)
		k.inC, k.outC = w.Shape[0]/k.groups, w.Shape[1]
		extra := c.sizes("output_padding", n, 0, 0)
		for d := range k.in {
			k.in[d] = (k.out[d]-1)*k.stride[d] - k.before[d] - after[d] + k.dilation[d]*(k.kernel[d]-1) + 1 + extra[d]
		}
	} else {
		k.in = fill3(x.Shape[2:], 1)
		k.inC, k.outC = w.Shape[1], w.Shape[0]/k.groups
		for d := range k.out {
			room := k.in[d] + k.before[d] + after[d] - k.dilation[d]*(k.kernel[d]-1) - 1
			if k.out[d] = room/k.stride[d] + 1; room < 0 {
				c.fail("kernel %v does not fit into %v", w.Shape[2:], x.Shape[2:])
			}
		}
	}
	if k.inC*k.groups != x.Shape[1] {
		c.fail("input %v for weight %v in %d groups", x.Shape, w.Shape, k.groups)
	}
	return k
}

// sizes reads one number a spatial dimension: n of them, one for all, or none for def. rest is for the dimensions that are
// not there.
func (c *call) sizes(name string, n, def, rest int) dims {
	v := c.integers(name)
	switch {
	case len(v) == 0:
		v = slices.Repeat([]int{def}, n)
	case len(v) == 1:
		v = slices.Repeat(v, n)
	case len(v) != n:
		c.fail("argument %q has %d entries for %d dimensions", name, len(v), n)
		v = v[:min(n, len(v))]
	}
	return fill3(v, rest)
}

// padding sets k.before and returns the padding behind: "same" puts the odd one there.
func (c *call) padding(k *conv, n int) dims {
	a := c.arg("padding")
	if a.Kind != model.ArgStr {
		k.before = c.sizes("padding", n, 0, 0)
		return k.before
	}
	var after dims
	switch a.Str {
	case "valid":
	case "same":
		for d := range after {
			total := k.dilation[d] * (k.kernel[d] - 1)
			k.before[d] = total / 2
			after[d] = total - total/2
		}
	default:
		c.fail("padding %q", a.Str)
	}
	return after
}

// spreadBias starts every output channel at its bias.
func (k *conv) spreadBias(out []float32) {
	if k.bias == nil {
		return
	}
	channels := k.groups * k.outC
	if len(k.bias) != channels {
		panic(fmt.Sprintf("%d biases for %d channels", len(k.bias), channels))
	}
	n := len(out) / max(1, k.batch*channels)
	for p := range k.batch * channels {
		plane, b := out[p*n:(p+1)*n], k.bias[p%channels]
		for i := range plane {
			plane[i] = b
		}
	}
}

// direct multiplies the weight of each group by the input's columns.
func (k *conv) direct(c *call, out []float32) {
	cells, taps := k.out.size(), k.inC*k.kernel.size()
	in := k.inC * k.in.size()
	plain := k.kernel.size() == 1 && k.stride == dims{1, 1, 1} && k.in == k.out
	var cols []float32
	if !plain {
		cols = c.run.floats(taps * cells)
	}
	for b := range k.batch * k.groups {
		x := k.x[b*in : (b+1)*in]
		if plain {
			cols = x
		} else {
			k.columns(x, cols)
		}
		g := b % k.groups
		w := matrix{k.outC, taps, false, k.w[g*k.outC*taps : (g+1)*k.outC*taps]}
		gemm(w, matrix{taps, cells, false, cols}, out[b*k.outC*cells:(b+1)*k.outC*cells], k.outC, cells)
	}
}

// columns lays out a row for every channel and tap: what that tap reads at every output cell, 0 in the padding.
func (k *conv) columns(x, cols []float32) {
	cells, taps := k.out.size(), k.kernel.size()
	parallel(k.inC*taps, len(cols), func(lo, hi int) {
		for r := lo; r < hi; r++ {
			plane := x[r/taps*k.in.size() : (r/taps+1)*k.in.size()]
			row := cols[r*cells : (r+1)*cells]
			clear(row)
			k.rows(r%taps, func(in, out, n int) {
				src, dst := plane[in:], row[out:out+n]
				if s := k.stride[2]; s != 1 {
					for i := range dst {
						dst[i] = src[i*s]
					}
				} else {
					copy(dst, src)
				}
			})
		}
	})
}

// rows calls f for every row of outputs that a tap reads inside of the input: the first input and output cell, the count.
func (k *conv) rows(tap int, f func(in, out, n int)) {
	t := dims{tap / (k.kernel[1] * k.kernel[2]), tap / k.kernel[2] % k.kernel[1], tap % k.kernel[2]}
	z0, z1 := k.span(0, t[0])
	y0, y1 := k.span(1, t[1])
	x0, x1 := k.span(2, t[2])
	if x1 <= x0 {
		return
	}
	for z := z0; z < z1; z++ {
		for y := y0; y < y1; y++ {
			in := (k.at(0, z, t[0])*k.in[1]+k.at(1, y, t[1]))*k.in[2] + k.at(2, x0, t[2])
			f(in, (z*k.out[1]+y)*k.out[2]+x0, x1-x0)
		}
	}
}

// depthwise adds up the taps of every output plane; each group has one input channel.
func (k *conv) depthwise(out []float32) {
	cells, taps, in := k.out.size(), k.kernel.size(), k.in.size()
	parallel(k.batch*k.groups*k.outC, len(out)*taps, func(lo, hi int) {
		for p := lo; p < hi; p++ {
			x := k.x[p/k.outC*in : (p/k.outC+1)*in]
			y := out[p*cells : (p+1)*cells]
			w := k.w[p%(k.groups*k.outC)*taps:]
			for t := range taps {
				k.rows(t, func(in, out, n int) { addScaled(y[out:out+n], x[in:], w[t], k.stride[2]) })
			}
		}
	})
}

// addScaled adds w times every step-th element of x to y.
func addScaled(y, x []float32, w float32, step int) {
	if step == 1 {
		x = x[:len(y)]
		for i := range y {
			y[i] += float32(w * x[i])
		}
		return
	}
	for i := range y {
		y[i] += float32(w * x[i*step])
	}
}

// transpose spreads every input cell over the taps: the columns of the result are w'*x, added up where they fall.
func (k *conv) transpose(c *call, out []float32) {
	cells, taps := k.out.size(), k.outC*k.kernel.size()
	cols := c.run.floats(taps * cells)
	size := k.outC * k.in.size()
	for b := range k.batch * k.groups {
		g := b % k.groups
		clear(cols)
		w := matrix{k.inC, taps, true, k.w[g*k.inC*taps : (g+1)*k.inC*taps]}
		gemm(w, matrix{k.inC, cells, false, k.x[b*k.inC*cells : (b+1)*k.inC*cells]}, cols, taps, cells)
		k.gather(cols, out[b*size:(b+1)*size])
	}
}

// gather adds the columns to the cells that they belong to; the inverse of columns.
func (k *conv) gather(cols, out []float32) {
	cells, taps, plane := k.out.size(), k.kernel.size(), k.in.size()
	parallel(k.outC, len(cols), func(lo, hi int) {
		for ch := lo; ch < hi; ch++ {
			y := out[ch*plane : (ch+1)*plane]
			for t := range taps {
				row := cols[(ch*taps+t)*cells:]
				k.rows(t, func(in, out, n int) {
					for i := range n {
						y[in+i*k.stride[2]] += row[out+i]
					}
				})
			}
		}
	})
}
