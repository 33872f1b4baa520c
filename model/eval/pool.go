package eval

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"seam/model"
)

// bindPool covers average and maximum pooling over one to three dimensions.
func bindPool(o op) kernel {
	base, pair := strings.CutSuffix(o.base, "_with_indices")
	i := strings.LastIndex(base, "_pool")
	if i < 0 || len(base) != i+len("_pool")+2 {
		return nil
	}
	n, err := strconv.Atoi(base[i+len("_pool") : len(base)-1])
	if err != nil || n < 1 || n > spatial {
		return nil
	}
	switch base[:i] {
	case "avg":
		return func(c *call) *Value { return averagePool(c, n) }
	case "max":
		return func(c *call) *Value { return maxPool(c, n, pair) }
	case "adaptive_max":
		return func(c *call) *Value { return adaptiveMax(c, n) }
	case "adaptive_avg", "_adaptive_avg":
		return func(c *call) *Value { return adaptivePool(c, n) }
	}
	return nil
}

// readWindow reads the pooling arguments for input x; upper is the padding behind, which is the same.
func (c *call) readWindow(x *Value, n int) window {
	w := window{
		in: fill3(x.Shape[len(x.Shape)-n:], 1), kernel: c.sizes("kernel_size", n, 1, 1), dilation: c.sizes("dilation", n, 1, 1),
		before: c.sizes("padding", n, 0, 0),
	}
	w.stride = w.kernel
	if len(c.integers("stride")) > 0 {
		w.stride = c.sizes("stride", n, 1, 1)
	}
	for d := range w.in {
		room := w.in[d] + 2*w.before[d] - w.dilation[d]*(w.kernel[d]-1) - 1
		if room < 0 || w.stride[d] < 1 {
			c.fail("window %v in %v", w.kernel, w.in)
			return w
		}
		if c.truth("ceil_mode") {
			room += w.stride[d] - 1
		}
		w.out[d] = room/w.stride[d] + 1
		if c.truth("ceil_mode") && (w.out[d]-1)*w.stride[d] >= w.in[d]+w.before[d] {
			w.out[d]-- // the last window must start inside of the input or the padding in front
		}
	}
	return w
}

// pooled makes the result and calls f for every plane and output cell.
func pooled(x *Value, n int, size dims, f func(plane []float32, at dims) float32) *Value {
	lead := x.Shape[:len(x.Shape)-n]
	out := newValue(toFloat(x.DType), append(slices.Clone(lead), size[spatial-n:]...))
	in, cells := numel(x.Shape[len(lead):]), size.size()
	src := x.floats()
	parallel(numel(lead), 8*len(src), func(lo, hi int) {
		for p := lo; p < hi; p++ {
			plane := src[p*in : (p+1)*in]
			for i := range cells {
				out.F[p*cells+i] = f(plane, dims{i / (size[1] * size[2]), i / size[2] % size[1], i % size[2]})
			}
		}
	})
	return out
}

// each calls f for every cell inside of the input of the window at an output cell.
func (w *window) each(at dims, f func(i int)) {
	for z := range w.kernel[0] {
		iz := w.at(0, at[0], z)
		for y := range w.kernel[1] {
			iy := w.at(1, at[1], y)
			if iz < 0 || iz >= w.in[0] || iy < 0 || iy >= w.in[1] {
				continue
			}
			for x := range w.kernel[2] {
				if ix := w.at(2, at[2], x); ix >= 0 && ix < w.in[2] {
					f((iz*w.in[1]+iy)*w.in[2] + ix)
				}
			}
		}
	}
}

// averagePool is the mean of each window. Padding counts as zeros unless count_include_pad is off; what ceil_mode adds beyond
// the padding never counts.
func averagePool(c *call, n int) *Value {
	x := c.floatTensor(selfName(c))
	w := c.readWindow(x, n)
	if c.err != nil {
		return nil
	}
	override, all := c.integer("divisor_override", 0), c.truth("count_include_pad")
	return pooled(x, n, w.out, func(plane []float32, at dims) float32 {
		sum, size, inside := float32(0), 1, 0
		w.each(at, func(i int) {
			sum += plane[i]
			inside++
		})
		for d := range at {
			start := w.at(d, at[d], 0)
			size *= min(start+w.kernel[d], w.in[d]+w.before[d]) - start
		}
		switch {
		case override != 0:
			size = override
		case !all:
			size = inside
		}
		return sum / float32(size)
	})
}

func selfName(c *call) string {
	if c.has("self") {
		return "self"
	}
	return "input"
}

// maxPool is the maximum of each window, and with pair the flat position of the first one in its plane. NaN wins.
func maxPool(c *call, n int, pair bool) *Value {
	x := c.tensor(selfName(c))
	w := c.readWindow(x, n)
	if c.err != nil {
		return nil
	}
	best := func(plane []float32, at dims) (float32, int) {
		top, where := float32(math.Inf(-1)), -1
		w.each(at, func(i int) {
			if v := plane[i]; where < 0 || v > top || v != v {
				top, where = v, i
			}
		})
		return top, where
	}
	out := topOf(x, n, w.out, best)
	if !pair {
		return out
	}
	return listOf(out, placesOf(x, n, w.out, best))
}

// pick is the value that an output cell takes from a plane, and its flat position there.
type pick func(plane []float32, at dims) (float32, int)

func topOf(x *Value, n int, size dims, best pick) *Value {
	return pooled(x, n, size, func(plane []float32, at dims) float32 {
		v, _ := best(plane, at)
		return v
	}).cast(x.DType)
}

func placesOf(x *Value, n int, size dims, best pick) *Value {
	lead := len(x.Shape) - n
	out := newValue(model.Int64, append(slices.Clone(x.Shape[:lead]), size[spatial-n:]...))
	cells, in, src := size.size(), numel(x.Shape[lead:]), x.floats()
	for i := range out.I {
		p, j := i/cells, i%cells
		_, where := best(src[p*in:(p+1)*in], dims{j / (size[1] * size[2]), j / size[2] % size[1], j % size[2]})
		out.I[i] = int64(where)
	}
	return out
}

// adaptivePool splits the input evenly into a given number of cells; neighbours overlap where it does not divide.
func adaptivePool(c *call, n int) *Value {
	x := c.floatTensor("self")
	in, out := c.cells(x, n)
	return pooled(x, n, out, func(plane []float32, at dims) float32 {
		lo, hi := cellRange(at, in, out)
		return averageRange(plane, in, lo, hi)
	})
}

// cells is the extents that an adaptive pool reads and writes.
func (c *call) cells(x *Value, n int) (in, out dims) {
	size := c.integers("output_size")
	if c.arg("output_size").Kind != model.ArgList {
		size = slices.Repeat(size, n)
	}
	return fill3(x.Shape[len(x.Shape)-n:], 1), fill3(size, 1)
}

// cellRange is what the output cell at a place reads of each dimension.
func cellRange(at, in, out dims) (lo, hi dims) {
	for d := range at {
		lo[d] = at[d] * in[d] / out[d]
		hi[d] = ((at[d]+1)*in[d] + out[d] - 1) / out[d]
	}
	return lo, hi
}

// adaptiveMax is the maximum of each cell of adaptivePool, and the flat position of the first one in its plane. NaN wins.
//
//	source  aten/src/ATen/native/cpu/AdaptiveMaxPoolKernel.cpp
func adaptiveMax(c *call, n int) *Value {
	x := c.floatTensor("self")
	in, out := c.cells(x, n)
	best := func(plane []float32, at dims) (float32, int) {
		lo, hi := cellRange(at, in, out)
		return topRange(plane, in, lo, hi)
	}
	return listOf(topOf(x, n, out, best), placesOf(x, n, out, best))
}

func topRange(plane []float32, in, lo, hi dims) (float32, int) {
	top, where := float32(math.Inf(-1)), -1
	for z := lo[0]; z < hi[0]; z++ {
		for y := lo[1]; y < hi[1]; y++ {
			row := (z*in[1] + y) * in[2]
			for i := row + lo[2]; i < row+hi[2]; i++ {
				if v := plane[i]; where < 0 || v > top || v != v {
					top, where = v, i
				}
			}
		}
	}
	return top, where
}

func averageRange(plane []float32, in, lo, hi dims) float32 {
	sum, n := float32(0), 0
	for z := lo[0]; z < hi[0]; z++ {
		for y := lo[1]; y < hi[1]; y++ {
			row := (z*in[1] + y) * in[2]
			for _, v := range plane[row+lo[2] : row+hi[2]] {
				sum += v
				n++
			}
		}
	}
	return sum / float32(n)
}
