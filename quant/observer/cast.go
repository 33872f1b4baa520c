package observer

import "math"

// Quantize turns real values into integers of one parameter.
//
//	x       real units
//	p       Scale > 0
//	result  round(x * (1/Scale)) + Zero, halves to even before Zero is added, clamped to
//	        [r.Min, r.Max] in float32. NaN gives 0 for 8 and 16 bits. For 32 bits NaN, and what the
//	        clamp leaves at 2^31, wrap to -2^31 as on x86-64
//	source  _decomposed.py, quantize_per_tensor
func Quantize(x []float32, p Param, r Range) []int32 {
	out := make([]int32, len(x))
	casterOf(float32(1/p.Scale), p.Zero, r).quantize(out, x)
	return out
}

// QuantizeChannels is Quantize with a parameter for each index of axis.
//
//	x       row-major, real units
//	shape   extents of x; their product is len(x)
//	ps      one a channel, or a single one for all (an observer that saw nothing)
//	result  as Quantize, but the reciprocal is rounded from float32; nil if the lengths disagree
//	source  _decomposed.py, quantize_per_channel
func QuantizeChannels(x []float32, shape []int, axis int, ps []Param, r Range) []int32 {
	v, ok := viewOf(len(x), shape, axis)
	if !ok || !v.fits(ps) {
		return nil
	}
	out := make([]int32, len(x))
	v.each(func(ch, from, to int) {
		p := channel(ps, ch)
		casterOf(1/float32(p.Scale), p.Zero, r).quantize(out[from:to], x[from:to])
	})
	return out
}

// Dequantize turns integers into real values: (float32(q) - Zero) * Scale, each step in float32.
//
// Source: _decomposed.py, dequantize_per_tensor.
func Dequantize(q []int32, p Param) []float32 {
	out := make([]float32, len(q))
	scale, zero := float32(p.Scale), float32(p.Zero)
	for i, v := range q {
		out[i] = (float32(v) - zero) * scale
	}
	return out
}

// DequantizeChannels is Dequantize with a parameter for each index of axis. Unlike there, the zero
// point is subtracted in integers. The result is nil if the lengths disagree.
//
// Source: _decomposed.py, dequantize_per_channel.
func DequantizeChannels(q []int32, shape []int, axis int, ps []Param) []float32 {
	v, ok := viewOf(len(q), shape, axis)
	if !ok || !v.fits(ps) {
		return nil
	}
	out := make([]float32, len(q))
	v.each(func(ch, from, to int) {
		p := channel(ps, ch)
		scale := float32(p.Scale)
		for i := from; i < to; i++ {
			out[i] = float32(int64(q[i])-p.Zero) * scale
		}
	})
	return out
}

// fits says whether ps has a parameter for every channel.
func (v view) fits(ps []Param) bool { return len(ps) == 1 || len(ps) == v.channels }

// channel is the parameter of channel ch, where a single one stands for all.
func channel(ps []Param, ch int) Param {
	if len(ps) == 1 {
		return ps[0]
	}
	return ps[ch]
}

// caster holds what quantizing reads, in float32 as the kernels see it.
type caster struct {
	inv, zero, lo, hi float32
	nan               int32
}

func casterOf(inv float32, zero int64, r Range) caster {
	c := caster{inv: inv, zero: float32(zero), lo: float32(r.Min), hi: float32(r.Max)}
	if r.Bits > 16 {
		c.nan = math.MinInt32
	}
	return c
}

// quantize fills out, which is as long as x.
func (c caster) quantize(out []int32, x []float32) {
	for i, v := range x {
		q := roundEven(v*c.inv) + c.zero
		if q < c.lo {
			q = c.lo
		}
		if q > c.hi {
			q = c.hi
		}
		if q != q {
			out[i] = c.nan
			continue
		}
		out[i] = toInt32(q)
	}
}
