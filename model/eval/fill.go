package eval

import (
	"math"
	"slices"
	"strings"

	"seam/model"
)

// bindFill covers tensors made from numbers.
func bindFill(o op) kernel {
	base, like := strings.CutSuffix(o.base, "_like")
	base, fresh := strings.CutPrefix(base, "new_")
	same := like || fresh // the element type is self's by default
	switch base {
	case "full":
		return func(c *call) *Value { return c.filled(c.operand("fill_value"), same) }
	case "zeros", "zero", "empty":
		return func(c *call) *Value { return c.filled(literal(0), same || base == "zero") }
	case "ones":
		return func(c *call) *Value { return c.filled(literal(1), same) }
	case "fill":
		return func(c *call) *Value {
			x := c.tensor("self")
			return expandTo(c.operand("value").v.cast(x.DType), x.Shape)
		}
	case "scalar_tensor":
		return func(c *call) *Value {
			return c.operand("s").v.cast(orFloat(c.dtype("dtype")))
		}
	case "arange":
		return arange
	case "linspace":
		return linspace
	case "eye":
		return eye
	}
	return nil
}

// literal is a floating number as an operand.
func literal(f float64) operand { return operand{number(f), true} }

func orFloat(d model.DType) model.DType {
	if d == model.Unknown {
		return model.Float32
	}
	return d
}

// filled has the shape of "size", or of self. The element type is the argument's, else self's or the number's.
func (c *call) filled(with operand, same bool) *Value {
	d := c.dtype("dtype")
	var shape []int
	if c.has("size") {
		shape = c.integers("size")
	} else {
		shape = c.tensor("self").Shape
	}
	if same && d == model.Unknown {
		d = c.tensor("self").DType
	}
	if d == model.Unknown {
		d = with.v.DType
	}
	if c.err != nil {
		return nil
	}
	out := newValue(d, slices.Clone(shape))
	v := with.v.cast(d)
	for i := range out.F {
		out.F[i] = v.F[0]
	}
	for i := range out.I {
		out.I[i] = v.I[0]
	}
	return out
}

// arange counts from start to end in double precision.
func arange(c *call) *Value {
	start, end, step := c.number("start", 0), c.number("end", 0), c.number("step", 1)
	d := c.dtype("dtype")
	if d == model.Unknown {
		d = model.Int64
		for _, name := range []string{"start", "end", "step"} {
			if c.arg(name).Kind == model.ArgFloat {
				d = model.Float32
			}
		}
	}
	n := math.Ceil((end - start) / step)
	if !(n >= 0 && n < maxElements) {
		c.fail("a range from %g to %g by %g", start, end, step)
		return nil
	}
	out := newValue(d, []int{int(n)})
	for i := range int(n) {
		if v := start + step*float64(i); d.IsFloat() {
			out.F[i] = float32(v)
		} else {
			out.I[i] = int64(start) + int64(step)*int64(i)
		}
	}
	return out
}

// linspace steps from both ends towards the middle.
//
//	source  aten/src/ATen/native/cpu/RangeFactoriesKernel.cpp: linspace_kernel
func linspace(c *call) *Value {
	a, b, n := float32(c.number("start", 0)), float32(c.number("end", 0)), c.integer("steps", 0)
	out := newValue(orFloat(c.dtype("dtype")), []int{n})
	step := float32(0)
	if n > 1 {
		step = (b - a) / float32(n-1)
	}
	for i := range out.F {
		if i < n/2 {
			out.F[i] = a + float32(step*float32(i))
		} else {
			out.F[i] = b - float32(step*float32(n-1-i))
		}
	}
	if n == 1 && out.F != nil {
		out.F[0] = a
	}
	return out
}

func eye(c *call) *Value {
	n := c.integer("n", 0)
	m := c.integer("m", n)
	out := newValue(orFloat(c.dtype("dtype")), []int{n, m})
	for i := range min(n, m) {
		if out.F != nil {
			out.F[i*m+i] = 1
		} else {
			out.I[i*m+i] = 1
		}
	}
	return out
}
