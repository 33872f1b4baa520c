package exec

import (
	"fmt"
	"math"
	"math/bits"

	"seam/model"
)

// The functions of elements. Sums and products keep the low 32 bits; bools are 0 or 1.

func abs(a int32) int32 { return max(a, -a) }

func not(a int32) int32 { return ^a }

func isZero(a int32) int32 { return truth(a == 0) }

func add(a, b int32) int32 { return a + b }

func subtract(a, b int32) int32 { return a - b }

func multiply(a, b int32) int32 { return a * b }

func and(a, b int32) int32 { return a & b }

func or(a, b int32) int32 { return a | b }

func xor(a, b int32) int32 { return a ^ b }

func least(a, b int32) int32 { return min(a, b) }

func most(a, b int32) int32 { return max(a, b) }

func equal(a, b int32) int32 { return truth(a == b) }

func greater(a, b int32) int32 { return truth(a > b) }

func greaterEqual(a, b int32) int32 { return truth(a >= b) }

func truth(b bool) int32 {
	if b {
		return 1
	}
	return 0
}

func leadingZeros(a int32) int32 { return int32(bits.LeadingZeros32(uint32(a))) }

// divide cuts towards zero. A divisor of 0 is an error; the least number by -1 wraps.
func divide(a, b int32) int32 { return a / b }

// mapped is f of every element, as type d.
func mapped(x *Tensor, d model.DType, f func(int32) int32) *Tensor {
	narrow(x)
	y := newTensor(d, x.Shape)
	parallel(len(x.Elems), 4*len(x.Elems), func(lo, hi int) {
		out := y.Elems[lo:hi]
		for i, v := range x.Elems[lo:hi] {
			out[i] = f(v)
		}
	})
	return y
}

// narrow panics if the elements are int48, which few operators take.
func narrow(x *Tensor) {
	if x.Wide != nil {
		panic(fmt.Sprintf("operand of type %s", x.DType))
	}
}

// zipped is the kernel of a function of two elements, with broadcasting.
func (o *op) zipped(f func(a, b int32) int32) kernel {
	o.need(2)
	shape, l := broadcast(o.shape(0), o.shape(1))
	o.gives(shape)
	n, step := l.inner()
	return func(in []*Tensor) *Tensor {
		a, b := in[0], in[1]
		narrow(a)
		narrow(b)
		y := newTensor(o.out(), shape)
		l.rows(func(at []int) {
			out, p, q := y.Elems[at[0]:at[0]+n], at[1], at[2]
			for i := range out {
				out[i] = f(a.Elems[p], b.Elems[q])
				p, q = p+step[1], q+step[2]
			}
		})
		return y
	}
}

// bindMul covers MUL: int8 and int16 operands give their int32 product; int32 products are shifted right, rounded half up.
func bindMul(o *op) kernel {
	shift := o.number(2)
	f := multiply
	if shift != 0 {
		if o.dtype(0) != model.Int32 || shift < 0 || shift > 63 {
			panic(fmt.Sprintf("%s operands with shift %d", o.dtype(0), shift))
		}
		f = func(a, b int32) int32 { return int32((int64(a)*int64(b) + 1<<(shift-1)) >> shift) }
	}
	return o.zipped(f)
}

// bindNegate covers NEGATE: the sign is changed around the zero points, the result clipped.
func bindNegate(o *op) kernel {
	zeroIn, zeroOut := int64(o.number(1)), int64(o.number(2))
	lo, hi := limits(o.out())
	return func(in []*Tensor) *Tensor {
		return mapped(in[0], o.out(), func(a int32) int32 { return int32(min(max(zeroIn-int64(a)+zeroOut, lo), hi)) })
	}
}

// bindClamp covers CLAMP.
func bindClamp(o *op) kernel {
	o.need(1)
	lo, hi := o.node.Kwarg("min_val"), o.node.Kwarg("max_val")
	if lo.Kind != model.ArgInt || hi.Kind != model.ArgInt || lo.Int > hi.Int {
		panic("bounds of CLAMP")
	}
	least, most := int32(max(lo.Int, math.MinInt32)), int32(min(hi.Int, math.MaxInt32))
	return func(in []*Tensor) *Tensor {
		return mapped(in[0], o.out(), func(a int32) int32 { return min(max(a, least), most) })
	}
}

// bindArithmeticShift covers ARITHMETIC_RIGHT_SHIFT; with the attribute round, half is rounded up.
func bindArithmeticShift(o *op) kernel {
	o.need(2)
	round := o.is("round")
	return o.zipped(func(a, b int32) int32 {
		y := a >> b
		if round && b > 0 {
			y += a >> (b - 1) & 1
		}
		return y
	})
}

// bindLeftShift covers LOGICAL_LEFT_SHIFT, which keeps the low bits of the operands' type.
func bindLeftShift(o *op) kernel {
	o.need(2)
	unused := 32 - 8*o.dtype(0).Bytes()
	return o.zipped(func(a, b int32) int32 { return a << b << unused >> unused })
}

// bindRightShift covers LOGICAL_RIGHT_SHIFT, which fills up with zeros within the operands' type.
func bindRightShift(o *op) kernel {
	o.need(2)
	unused := 32 - 8*o.dtype(0).Bytes()
	return o.zipped(func(a, b int32) int32 {
		return int32(uint32(a)<<unused>>unused>>b) << unused >> unused
	})
}

// bindSelect covers SELECT: the first of two values where the condition holds, else the second.
func bindSelect(o *op) kernel {
	o.need(3)
	shape, l := broadcast(o.shape(0), o.shape(1), o.shape(2))
	o.gives(shape)
	n, step := l.inner()
	return func(in []*Tensor) *Tensor {
		c, a, b := in[0], in[1], in[2]
		narrow(a)
		narrow(b)
		y := newTensor(o.out(), shape)
		l.rows(func(at []int) {
			for i := range n {
				v := b.Elems[at[3]+i*step[3]]
				if c.Elems[at[1]+i*step[1]] != 0 {
					v = a.Elems[at[2]+i*step[2]]
				}
				y.Elems[at[0]+i*step[0]] = v
			}
		})
		return y
	}
}

// bindCast covers CAST between integers and bool: the low bits are kept; bool is whether a number is not 0.
func bindCast(o *op) kernel {
	o.need(1)
	d := o.out()
	if isWide(d) || d.Bytes() == 0 || d.IsFloat() {
		panic(fmt.Sprintf("cast to %s", d))
	}
	f := func(a int32) int32 { return truth(a != 0) }
	if unused := 32 - 8*d.Bytes(); d != model.Bool {
		f = func(a int32) int32 { return a << unused >> unused }
	}
	return func(in []*Tensor) *Tensor { return mapped(in[0], d, f) }
}
