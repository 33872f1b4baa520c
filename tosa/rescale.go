package tosa

import (
	"fmt"
	"math"
)

// maxShift is the largest shift that a RESCALE may have.
const maxShift = 62

// ScaleParam turns a real scale into the multiplier and shift of a RESCALE: scale = mult * 2^-shift.
//
//	scale   > 0; real units of the input a unit of the output
//	bits    32 for scale32, 16 for an INT48 input
//	mult    0 <= mult < 2^(bits-1); 0 where the scale is below 2^-62
//	shift   2 .. 62
//	errors  a scale that is not positive and finite, or 2^(bits-3) and above, which needs a shift below 2
//	source  backends/arm/operators/op_tosa_rescale.py: _compute_multiplier_and_shift; lower.md 3.1
func ScaleParam(scale float64, bits int) (mult int32, shift int, err error) {
	off := bits - 1
	if !(scale > 0) || math.IsInf(scale, 0) {
		return 0, 0, fmt.Errorf("rescale: scale %v is not positive and finite", scale)
	}
	frac, exp := math.Frexp(scale)
	m := int64(math.RoundToEven(math.Ldexp(frac, off)))
	if m == 1<<off {
		m /= 2
		exp++
	}
	shift = off - exp
	if shift > maxShift {
		m >>= min(31, shift-maxShift)
		shift = maxShift
	}
	if shift < 2 {
		return 0, 0, fmt.Errorf("rescale: scale %v needs shift %d, less than 2", scale, shift)
	}
	return int32(m), shift, nil
}

// ApplyScale multiplies a value by mult * 2^-shift and rounds half up, as RESCALE with SINGLE_ROUND does.
//
//	v       the input less its zero point; -2^(shift-1) <= v < 2^(shift-1) for a 32-bit multiplier
//	source  TOSA 1.0 specification: apply_scale_32, apply_scale_16
func ApplyScale(v int64, mult int32, shift int) int64 {
	return (v*int64(mult) + 1<<(shift-1)) >> shift
}

// scaleParams is the multipliers and shifts of all scales of one RESCALE.
func scaleParams(scales []float64, bits int) (mults, shifts []int64, err error) {
	for _, s := range scales {
		m, sh, err := ScaleParam(s, bits)
		if err != nil {
			return nil, nil, err
		}
		mults, shifts = append(mults, int64(m)), append(shifts, int64(sh))
	}
	return mults, shifts, nil
}

// quantizeValue is the code of a real value: half to even, clamped to lo..hi.
//
//	x       real units, rounded to float32 first
//	scale   real units a step
//	source  torch: quantize_per_tensor; lower.md 3.5
func quantizeValue(x, scale float64, zero, lo, hi int) int {
	q := math.RoundToEven(float64(float32(x)*float32(1/scale))) + float64(zero)
	return int(math.Max(float64(lo), math.Min(float64(hi), q)))
}
