package eval

import (
	"slices"
	"strings"
)

// bindPad covers padding: with a constant, mirrored, with the edge, and round the end.
func bindPad(o op) kernel {
	switch {
	case o.base == "pad":
		return func(c *call) *Value { return pad(c, c.integers("pad"), c.arg("mode").Str) }
	case o.base == "constant_pad_nd":
		return func(c *call) *Value { return pad(c, c.integers("pad"), "constant") }
	case strings.HasPrefix(o.base, "reflection_pad"):
		return func(c *call) *Value { return pad(c, c.integers("padding"), "reflect") }
	case strings.HasPrefix(o.base, "replication_pad"):
		return func(c *call) *Value { return pad(c, c.integers("padding"), "replicate") }
	}
	return nil
}

// pad widens the last dimensions; by holds pairs (front, behind), the last dimension first. Negative padding cuts.
func pad(c *call, by []int, mode string) *Value {
	x := c.tensor("self")
	if len(by)%2 != 0 || len(by) > 2*len(x.Shape) {
		c.fail("padding %v of %v", by, x.Shape)
		return nil
	}
	shape, from := c.padPlan(x, by, mode)
	if from == nil {
		return nil
	}
	return padded(x, shape, from, c.number("value", 0))
}

// padPlan is the result's shape, and by dimension and position of the result the offset in the input, -1 for the constant.
func (c *call) padPlan(x *Value, by []int, mode string) (shape []int, from [][]int) {
	shape, from = slices.Clone(x.Shape), make([][]int, len(x.Shape))
	st := strides(x.Shape)
	for d := range shape {
		front := 0
		if k := 2 * (len(shape) - 1 - d); k < len(by) {
			front = by[k]
			shape[d] += by[k] + by[k+1]
		}
		from[d] = make([]int, max(shape[d], 0))
		for i := range from[d] {
			p := source(i-front, x.Shape[d], mode)
			if mode != "constant" && (p < 0 || p >= x.Shape[d]) {
				c.fail("padding %v of %v in mode %s", by, x.Shape, mode)
				return nil, nil
			}
			if from[d][i] = -1; p >= 0 {
				from[d][i] = p * st[d]
			}
		}
	}
	return shape, from
}

// padded reads x where the plan says, and value elsewhere.
func padded(x *Value, shape []int, from [][]int, value float64) *Value {
	out, os := newValue(x.DType, shape), strides(shape)
	for i := range out.Len() {
		p := 0
		for d := range shape {
			o := from[d][i/os[d]%shape[d]]
			if o < 0 {
				p = -1
				break
			}
			p += o
		}
		switch {
		case x.isFloat() && p < 0:
			out.F[i] = float32(value)
		case x.isFloat():
			out.F[i] = x.F[p]
		case p < 0:
			out.I[i] = int64(value)
		default:
			out.I[i] = x.I[p]
		}
	}
	return out
}

// source is the position in a dimension of n that a padded position reads; -1 outside in mode "constant".
func source(i, n int, mode string) int {
	switch {
	case i >= 0 && i < n:
		return i
	case mode == "constant":
		return -1
	case mode == "reflect":
		if i < 0 {
			i = -i
		}
		if i >= n {
			i = 2*(n-1) - i
		}
		return i
	case mode == "replicate":
		return min(max(i, 0), n-1)
	case mode == "circular":
		return (i%n + n) % n
	}
	panic("padding mode " + mode)
}
