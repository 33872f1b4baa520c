package exec

import (
	"fmt"

	"seam/model"
)

// rescale is the constants of one RESCALE. With one channel the multiplier and shift are for all elements.
type rescale struct {
	mult, shift     []int64
	zeroIn, zeroOut int64
	lo, hi          int64 // limits of the result
	unsignedIn      int64 // mask that makes an element of the input unsigned, 0 if it is signed
	bits            int   // width of the result in bits, to wrap an unsigned one; 0 if it is signed
	double          bool
}

// bindRescale covers RESCALE.
//
//	source  TOSA 1.0 specification: RESCALE, apply_scale_32, apply_scale_16
func bindRescale(o *op) kernel {
	r := &rescale{
		mult: o.constant(1).Ints(), shift: o.constant(2).Ints(), zeroIn: o.constant(3).Int(0), zeroOut: o.constant(4).Int(0),
		double: o.mode("rounding_mode") == "DOUBLE_ROUND",
	}
	r.lo, r.hi = limits(o.out())
	if o.is("input_unsigned") {
		r.unsignedIn = 1<<(8*o.dtype(0).Bytes()) - 1
		r.zeroIn &= r.unsignedIn
	}
	if o.is("output_unsigned") {
		r.bits = 8 * o.out().Bytes()
		r.lo, r.hi = 0, 1<<r.bits-1
		r.zeroOut &= r.hi
	}
	if len(r.mult) != len(r.shift) || !o.is("per_channel") && len(r.mult) != 1 {
		panic(fmt.Sprintf("%d multipliers and %d shifts", len(r.mult), len(r.shift)))
	}
	for _, s := range r.shift {
		if s < 2 || s > 62 {
			panic(fmt.Sprintf("shift %d", s))
		}
	}
	if o.is("scale32") && o.dtype(0) == model.Int48 || isWide(o.out()) {
		panic(fmt.Sprintf("%s to %s", o.dtype(0), o.out()))
	}
	return func(in []*Tensor) *Tensor { return r.run(in[0], o.out()) }
}

// run rescales every element of x.
func (r *rescale) run(x *Tensor, d model.DType) *Tensor {
	y := newTensor(d, x.Shape)
	channels := len(r.mult)
	if channels > 1 && (len(x.Shape) == 0 || x.dim(-1) != channels) {
		panic(fmt.Sprintf("%d multipliers for shape %v", channels, x.Shape))
	}
	parallel(len(y.Elems)/channels, 4*len(y.Elems), func(lo, hi int) {
		lo, hi = lo*channels, hi*channels
		switch out := y.Elems[lo:hi]; {
		case x.Wide != nil:
			rescaleAll(r, out, x.Wide[lo:hi])
		default:
			rescaleAll(r, out, x.Elems[lo:hi])
		}
	})
	return y
}

// rescaleAll chooses the loop: the plain one, or the one that knows unsigned types and double rounding.
func rescaleAll[T int32 | int64](r *rescale, out []int32, x []T) {
	channels := len(r.mult)
	switch {
	case r.bits != 0 || r.unsignedIn != 0 || r.double:
		for i, v := range x {
			out[i] = r.element(int64(v), i%channels)
		}
	case channels == 1:
		rescaleOne(r, out, x)
	default:
		for i := 0; i+channels <= len(x); i += channels {
			rescaleChannels(r, out[i:i+channels], x[i:i+channels])
		}
	}
}

func rescaleOne[T int32 | int64](r *rescale, out []int32, x []T) {
	m, s := r.mult[0], r.shift[0]&63
	half := int64(1)<<(s-1) - r.zeroIn*m
	zero, lo, hi := r.zeroOut, r.lo, r.hi
	out = out[:len(x)]
	for i, v := range x {
		out[i] = int32(min(max((int64(v)*m+half)>>s+zero, lo), hi))
	}
}

func rescaleChannels[T int32 | int64](r *rescale, out []int32, x []T) {
	zeroIn, zero, lo, hi := r.zeroIn, r.zeroOut, r.lo, r.hi
	out, mult, shift := out[:len(x)], r.mult[:len(x)], r.shift[:len(x)]
	for i, v := range x {
		s := shift[i] & 63
		out[i] = int32(min(max(((int64(v)-zeroIn)*mult[i]+1<<(s-1))>>s+zero, lo), hi))
	}
}

// element rescales one element of channel c with every option.
func (r *rescale) element(v int64, c int) int32 {
	if r.unsignedIn != 0 {
		v &= r.unsignedIn
	}
	y := scaled(v-r.zeroIn, r.mult[c], r.shift[c], r.double) + r.zeroOut
	y = min(max(y, r.lo), r.hi)
	if unused := 32 - r.bits; r.bits != 0 {
		return int32(y) << unused >> unused
	}
	return int32(y)
}

// scaled is v * mult * 2^-shift. Half is rounded up; with double rounding, and a shift above 31, a quarter of a step away from
// zero goes before.
//
//	v       -2^(shift-1) <= v < 2^(shift-1) for a multiplier of 31 bits, 48 bits for one of 15
//	source  TOSA 1.0 specification: apply_scale_32
func scaled(v, mult, shift int64, double bool) int64 {
	round := int64(1) << (shift - 1)
	if double && shift > 31 {
		if v >= 0 {
			round += 1 << 30
		} else {
			round -= 1 << 30
		}
	}
	return (v*mult + round) >> shift
}

// reciprocal is the multiplier and shift by which AVG_POOL2D divides by n.
//
//	n       1 and above
//	source  TOSA 1.0 specification: reciprocal_scale
func reciprocal(n int) (mult, shift int64) {
	k := int64(0)
	for int64(1)<<k < int64(n) {
		k++
	}
	return ((1<<30 + 1) << k) / int64(n), 30 + k
}
