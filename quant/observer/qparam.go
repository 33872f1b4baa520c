package observer

import "math"

// Scheme says how a range becomes a scale and a zero point.
type Scheme uint8

// The schemes upstream calls torch.per_tensor_affine and so on. ParamOf works on one range, so to it
// only affine and symmetric differ.
const (
	PerTensorAffine Scheme = iota
	PerTensorSymmetric
	PerChannelSymmetric
	PerChannelAffine
)

// symmetric says whether the zero point is fixed by the dtype.
func (s Scheme) symmetric() bool { return s == PerTensorSymmetric || s == PerChannelSymmetric }

// Range says which integers a spec may use.
//
// Min < Max and Min <= 0 <= Max, as upstream checks when an observer is built; they count as given
// by the spec, not as the default of the dtype. Bits is the width of the dtype (8, 16, 32), not of
// the range: the histogram search spreads 2^Bits bins over a window. Eps > 0 is the smallest scale.
// Unsigned is a property of the dtype.
type Range struct {
	Min, Max int64
	Bits     int
	Scheme   Scheme
	Eps      float32
	Unsigned bool
}

// check refuses what upstream's _validate_qmin_qmax refuses.
func (r Range) check() error {
	switch {
	case r.Min > 0 || r.Max < 0:
		return &LimitError{r, "Used-specified quantization range must include 0."}
	case r.Min >= r.Max:
		return &LimitError{r, "qmin must be strictly less than qmax for user-specified quantization range."}
	}
	return nil
}

// Param maps integers to real values: real = (q - Zero) * Scale. Scale is the exact float64 of a
// float32.
type Param struct {
	Scale float64
	Zero  int64
}

// unset is the parameter of an observer no value reached.
func unset() Param { return Param{Scale: 1} }

// ParamOf turns an observed range of a tensor or of one channel into a parameter.
//
//	mn, mx  real units; widened so that mn <= 0 <= mx. +inf and -inf together mean nothing was
//	        observed: scale 1, zero 0
//	r       the integers to use
//	result  Scale > 0 and at least r.Eps, +Inf if the range overflows float32; Zero in [r.Min, r.Max]
//	        except for a symmetric 16-bit unsigned range without 32768
//	errors  LimitError for r, OrderError if mn > mx or either is a NaN
//	source  observer.py, UniformQuantizationObserverBase._calculate_qparams; utils.py,
//	        check_min_max_valid
func ParamOf(mn, mx float32, r Range) (Param, error) {
	if err := r.check(); err != nil {
		return Param{}, err
	}
	if mn == inf(1) && mx == inf(-1) {
		return unset(), nil
	}
	if !(mn <= mx) {
		return Param{}, &OrderError{mn, mx}
	}
	mn, mx = min(mn, 0), max(mx, 0)
	if r.Scheme.symmetric() {
		half := float32(float64(r.Max-r.Min) / 2)
		scale := max(max(-mn, mx)/half, r.Eps)
		return Param{Scale: float64(scale), Zero: r.middle()}, nil
	}
	scale := max((mx-mn)/float32(r.Max-r.Min), r.Eps)
	steps := toInt32(roundEven(mn / scale))
	zero := int64(int32(r.Min) - steps) // wraps like the int32 tensor upstream keeps it in
	return Param{Scale: float64(scale), Zero: min(max(zero, r.Min), r.Max)}, nil
}

// middle is the zero point of a symmetric range.
func (r Range) middle() int64 {
	switch {
	case r.Unsigned && r.Bits == 8:
		return (r.Min + r.Max) >> 1
	case r.Unsigned && r.Bits == 16:
		return 1 << 15
	}
	return 0
}

// roundEven rounds to an integer, halves to even.
func roundEven(v float32) float32 { return float32(math.RoundToEven(float64(v))) }

// toInt32 truncates as x86-64 does: what does not fit, NaN included, becomes the smallest int32.
func toInt32(v float32) int32 {
	if v >= -1<<31 && v < 1<<31 {
		return int32(v)
	}
	return math.MinInt32
}
