package eval

import (
	"math"
	"slices"

	"seam/model"
)

// binaryRow is an operator of two operands. Without an integer form, integers become float32 first; with bools, 1 and 0 go
// through the integer form.
type binaryRow struct {
	name string
	f    func(a, b float32) float32
	i    func(a, b int64) int64
}

var binaryRows = [...]binaryRow{
	{"add", func(a, b float32) float32 { return a + b }, func(a, b int64) int64 { return a + b }},
	{"sub", func(a, b float32) float32 { return a - b }, func(a, b int64) int64 { return a - b }},
	{"rsub", func(a, b float32) float32 { return b - a }, func(a, b int64) int64 { return b - a }},
	{"mul", func(a, b float32) float32 { return a * b }, func(a, b int64) int64 { return a * b }},
	{"div", func(a, b float32) float32 { return a / b }, nil},
	{"floor_divide", floorDiv, floorDivInt},
	{"remainder", remainder, remainderInt},
	{"fmod", fmod, func(a, b int64) int64 { return a % b }},
	{"maximum", maximum, func(a, b int64) int64 { return max(a, b) }},
	{"minimum", minimum, func(a, b int64) int64 { return min(a, b) }},
	{"max", maximum, func(a, b int64) int64 { return max(a, b) }},
	{"min", minimum, func(a, b int64) int64 { return min(a, b) }},
	{"pow", pow, powInt},
	{"atan2", atan2, nil},
	{"copysign", copysign, nil},
	{"hypot", hypot, nil},
	{"bitwise_and", nil, bitAnd},
	{"bitwise_or", nil, bitOr},
	{"bitwise_xor", nil, bitXor},
	{"bitwise_left_shift", nil, shiftLeft},
	{"bitwise_right_shift", nil, shiftRight},
	{"__and__", nil, bitAnd},
	{"__or__", nil, bitOr},
	{"__xor__", nil, bitXor},
	{"__lshift__", nil, shiftLeft},
	{"__rshift__", nil, shiftRight},
}

func bitAnd(a, b int64) int64 { return a & b }
func bitOr(a, b int64) int64  { return a | b }
func bitXor(a, b int64) int64 { return a ^ b }

func fmod(a, b float32) float32  { return float32(math.Mod(float64(a), float64(b))) }
func pow(a, b float32) float32   { return float32(math.Pow(float64(a), float64(b))) }
func atan2(a, b float32) float32 { return float32(math.Atan2(float64(a), float64(b))) }

func hypot(a, b float32) float32 { return float32(math.Hypot(float64(a), float64(b))) }

func copysign(a, b float32) float32 { return float32(math.Copysign(float64(a), float64(b))) }

func maximum(a, b float32) float32 { return max(a, b) } // NaN wins, as in torch
func minimum(a, b float32) float32 { return min(a, b) }

// remainder has the divisor's sign.
//
//	source  aten/src/ATen/native/cpu/BinaryOpsKernel.cpp: remainder_kernel
func remainder(a, b float32) float32 {
	m := math.Mod(float64(a), float64(b))
	if m != 0 && (m < 0) != (b < 0) {
		m += float64(b)
	}
	return float32(m)
}

func remainderInt(a, b int64) int64 {
	m := a % b
	if m != 0 && (m < 0) != (b < 0) {
		m += b
	}
	return m
}

// floorDiv is the quotient of two floats rounded down, corrected as torch corrects it for the remainder's rounding.
//
//	source  c10/util/generic_math.h: div_floor_floating
func floorDiv(a, b float32) float32 {
	if b == 0 {
		return a / b
	}
	m := float32(math.Mod(float64(a), float64(b)))
	d := (a - m) / b
	if m != 0 && (b < 0) != (m < 0) {
		d--
	}
	if d == 0 {
		return float32(math.Copysign(0, float64(a/b)))
	}
	f := float32(math.Floor(float64(d)))
	if d-f > 0.5 {
		f++
	}
	return f
}

func floorDivInt(a, b int64) int64 { return (a - remainderInt(a, b)) / b }

func powInt(a, b int64) int64 {
	if b < 0 {
		panic("an integer to a negative power")
	}
	r := int64(1)
	for ; b > 0; b >>= 1 {
		if b&1 == 1 {
			r *= a
		}
		a *= a
	}
	return r
}

func shiftLeft(a, b int64) int64 {
	if b < 0 || b > 63 {
		return 0
	}
	return a << b
}

func shiftRight(a, b int64) int64 {
	if b < 0 || b > 63 {
		b = 63
	}
	return a >> b
}

func bindBinary(o op) kernel {
	if o.base == "prelu" {
		return prelu
	}
	i := slices.IndexFunc(binaryRows[:], func(r binaryRow) bool { return r.name == o.base })
	if i < 0 {
		return nil
	}
	row := &binaryRows[i]
	return func(c *call) *Value { return c.binary(row) }
}

// second is the name of the other operand.
func (c *call) second() string {
	if c.has("exponent") {
		return "exponent"
	}
	return "other"
}

func (c *call) binary(row *binaryRow) *Value {
	a, b := c.operand("self"), c.operand(c.second())
	f, i := row.f, row.i
	switch mode := c.arg("rounding_mode").Str; mode {
	case "floor":
		f, i = floorDiv, floorDivInt
	case "trunc":
		f = func(a, b float32) float32 { return float32(math.Trunc(float64(a / b))) }
		i = func(a, b int64) int64 { return a / b }
	}
	d := resultType(a, b)
	if i == nil {
		d = toFloat(d)
	} else if f == nil && d.IsFloat() {
		c.fail("bits of %s", d)
		return nil
	}
	x, y := a.v, b.v
	switch alpha := c.number("alpha", 1); {
	case alpha == 1:
	case d.IsFloat():
		f = fusedAdd(row.name, number(alpha).cast(d).F[0])
	case row.name == "rsub":
		x = scaled(x, alpha, d)
	default:
		y = scaled(y, alpha, d)
	}
	return apply(d, x, y, f, i)
}

// fusedAdd is add, sub or rsub with a factor, rounded once.
//
//	source  aten/src/ATen/native/ufunc/add.h: add
func fusedAdd(name string, alpha float32) func(a, b float32) float32 {
	switch name {
	case "sub":
		alpha = -alpha
	case "rsub":
		return func(a, b float32) float32 { return fma(a, -alpha, b) }
	}
	return func(a, b float32) float32 { return fma(b, alpha, a) }
}

// fma is a*b + c with one rounding, as torch's kernels are compiled; the product is exact in float64.
func fma(a, b, c float32) float32 { return float32(float64(a)*float64(b) + float64(c)) }

// scaled is v times a number, in type d.
func scaled(v *Value, k float64, d model.DType) *Value {
	s := &Value{DType: model.Float32, F: []float32{float32(k)}}
	if !d.IsFloat() {
		s = &Value{DType: model.Int64, I: []int64{int64(k)}}
	}
	return apply(d, v, s, func(a, b float32) float32 { return a * b }, func(a, b int64) int64 { return a * b })
}

// apply computes f or i element by element over the broadcast shape, in type d.
func apply(d model.DType, a, b *Value, f func(a, b float32) float32, i func(a, b int64) int64) *Value {
	out := newValue(d, broadcast(a.Shape, b.Shape))
	w := walkOver(out.Shape, spread(a.Shape, out.Shape), spread(b.Shape, out.Shape))
	if d.IsFloat() {
		zip(out.F, a.floats(), b.floats(), w, f)
	} else {
		zip(out.I, a.ints(), b.ints(), w, i)
		if d == model.Bool {
			out.I = out.truths()
		}
	}
	return out
}

func zip[A, R any](out []R, a, b []A, w walker, f func(a, b A) R) {
	w.rows(func(o int, off []int, n int, step []int) {
		p, q := off[0], off[1]
		for i := range n {
			out[o+i] = f(a[p], b[q])
			p += step[0]
			q += step[1]
		}
	})
}

// prelu scales negative elements by a weight per channel (dimension 1).
func prelu(c *call) *Value {
	x, w := c.floatTensor("self"), c.floatTensor("weight")
	if w.Len() != 1 && len(x.Shape) >= 2 {
		shape := make([]int, len(x.Shape)-1)
		for i := range shape {
			shape[i] = 1
		}
		shape[0] = w.Len()
		w = w.withShape(shape)
	} else {
		w = w.withShape(nil)
	}
	return apply(x.DType, x, w, func(a, b float32) float32 {
		if a > 0 {
			return a
		}
		return a * b
	}, nil)
}

// compareRow is an operator whose result is a bool.
type compareRow struct {
	name string
	f    func(a, b float32) bool
	i    func(a, b int64) bool
}

var compareRows = [...]compareRow{
	{"eq", func(a, b float32) bool { return a == b }, func(a, b int64) bool { return a == b }},
	{"ne", func(a, b float32) bool { return a != b }, func(a, b int64) bool { return a != b }},
	{"lt", func(a, b float32) bool { return a < b }, func(a, b int64) bool { return a < b }},
	{"le", func(a, b float32) bool { return a <= b }, func(a, b int64) bool { return a <= b }},
	{"gt", func(a, b float32) bool { return a > b }, func(a, b int64) bool { return a > b }},
	{"ge", func(a, b float32) bool { return a >= b }, func(a, b int64) bool { return a >= b }},
	{"logical_and", func(a, b float32) bool { return a != 0 && b != 0 }, func(a, b int64) bool { return a != 0 && b != 0 }},
	{"logical_or", func(a, b float32) bool { return a != 0 || b != 0 }, func(a, b int64) bool { return a != 0 || b != 0 }},
	{"logical_xor", func(a, b float32) bool { return (a != 0) != (b != 0) }, func(a, b int64) bool { return (a != 0) != (b != 0) }},
}

func bindCompare(o op) kernel {
	i := slices.IndexFunc(compareRows[:], func(r compareRow) bool { return r.name == o.base })
	if i < 0 {
		return nil
	}
	row := &compareRows[i]
	return func(c *call) *Value {
		a, b := c.operand("self"), c.operand("other")
		out := newValue(model.Bool, broadcast(a.v.Shape, b.v.Shape))
		w := walkOver(out.Shape, spread(a.v.Shape, out.Shape), spread(b.v.Shape, out.Shape))
		hit := make([]bool, len(out.I))
		if resultType(a, b).IsFloat() {
			zip(hit, a.v.floats(), b.v.floats(), w, row.f)
		} else {
			zip(hit, a.v.ints(), b.v.ints(), w, row.i)
		}
		for k, h := range hit {
			if h {
				out.I[k] = 1
			}
		}
		return out
	}
}
