package ethosu

import (
	"fmt"
	"math"

	"seam/model"
)

// nearest accepts nearest upsampling that RESIZE can express.
//
//	source  operator_support/upsample_support.py: UpsampleNearest2dSupported
func nearest(a *ask) verdict {
	r, ok := a.newResize()
	if !ok {
		return pass
	}
	r.nearest = true
	if a.t.v15 {
		if scales := a.arg(2); !scales.IsNone() {
			if scales.Kind != model.ArgList || len(scales.List) != 2 {
				return no("Nearest upsample requires two spatial scale factors.")
			}
			for i, s := range scales.List {
				f, number := s.Number()
				if !number {
					return no("Nearest upsample requires constant scale factors.")
				}
				r.scale[i] = f
			}
		}
	}
	if a.raised != "" {
		return pass
	}
	return a.resizeFits(r)
}

// bilinear accepts bilinear upsampling that RESIZE can express.
//
//	source  operator_support/upsample_support.py: UpsampleBilinear2dSupported
func bilinear(a *ask) verdict {
	r, ok := a.newResize()
	align := a.arg(2)
	if !ok || a.raised != "" {
		return pass
	}
	r.alignCorners = align.Bool()
	return a.resizeFits(r)
}

func (a *ask) resizeFits(r *resize) verdict {
	if text := r.parameters(!a.t.v15); text != "" {
		return no("%s", text)
	}
	if text := r.validate(false); text != "" {
		return no("%s", text)
	}
	return pass
}

// bilinearBoundary accepts a downscale by exactly 16, which RESIZE just misses and a later pass makes a pooling. Unlike the
// check before it, upstream does not catch what a symbolic ratio raises here.
//
//	source  _passes/decompose_unsupported_bilinear_resize_pass.py: is_exact_tosa_boundary_bilinear_downscale
func bilinearBoundary(a *ask) verdict {
	r, ok := a.newResize()
	if !ok || a.arg(2).Bool() {
		return verdict{}
	}
	if text := r.parameters(true); text != "" {
		a.raise("RuntimeError: " + text)
		return pass
	}
	exact := r.y.d == 16*r.y.n && r.x.d == 16*r.x.n
	return verdict{ok: exact && r.validate(true) == ""}
}

// RESIZE's limits.
const (
	maxResize      = 16384
	maxResizeScale = 2048
)

// validate says what RESIZE has against the parameters, "" if nothing.
//
//	boundary  whether a downscale by exactly 16 is let through
//	source    tosa/resize_utils.py: get_tosa_resize_validation_error
func (r *resize) validate(boundary bool) string {
	if text := r.dimensions(); text != "" {
		return text
	}
	if text := r.scales(boundary); text != "" {
		return text
	}
	for i, p := range []axis{r.y, r.x} {
		if p.offset < -p.n || p.offset >= 16*p.n {
			return fmt.Sprintf("RESIZE offset_%s must be in [%d, %d); got %d", "yx"[i:i+1], -p.n, 16*p.n, p.offset)
		}
	}
	if text := r.borders(); text != "" {
		return text
	}
	if !r.concreteIn || !r.concreteOut {
		return ""
	}
	h, w := r.y.size(int64(r.in[0])), r.x.size(int64(r.in[1]))
	if h != int64(r.out[0]) || w != int64(r.out[1]) {
		return fmt.Sprintf("RESIZE output shape is inconsistent with input and parameters; expected (%d, %d), got (%d, %d)", h, w,
			r.out[0], r.out[1])
	}
	return ""
}

// size is how many output elements the axis gives for so many input elements.
func (p axis) size(in int64) int64 { return floorDiv((in-1)*p.n-p.offset+p.border, p.d) + 1 }

func (r *resize) dimensions() string {
	var dims []model.Dim
	if r.concreteIn {
		dims = append(dims, r.in[:]...)
	}
	if r.concreteOut {
		dims = append(dims, r.out[:]...)
	}
	for _, d := range dims {
		if d >= maxResize {
			return fmt.Sprintf("RESIZE dimensions must be less than %d; got %d", maxResize, d)
		}
	}
	return ""
}

func (r *resize) scales(boundary bool) string {
	y, x := r.y, r.x
	for _, v := range []int64{y.n, y.d, x.n, x.d} {
		if v < math.MinInt16 || v > math.MaxInt16 {
			return fmt.Sprintf("RESIZE scale must be in int16 range [-32768, 32767]; got %d", v)
		}
	}
	ratio := fmt.Sprintf("got y=%d/%d, x=%d/%d", y.n, y.d, x.n, x.d)
	switch {
	case min(y.n, y.d, x.n, x.d) <= 0:
		return fmt.Sprintf("RESIZE scale values must be positive; got [%d, %d, %d, %d]", y.n, y.d, x.n, x.d)
	case y.n > maxResizeScale*y.d || x.n > maxResizeScale*x.d:
		return fmt.Sprintf("RESIZE scale ratio must be <= MAX_SCALE (%d); %s", maxResizeScale, ratio)
	case y.n > maxResizeScale || x.n > maxResizeScale:
		return fmt.Sprintf("RESIZE scale numerator must be <= %d; got y=%d, x=%d", maxResizeScale, y.n, x.n)
	case boundary && y.d == 16*y.n && x.d == 16*x.n:
	case y.d >= 16*y.n || x.d >= 16*x.n:
		return "RESIZE downscale must be strictly greater than 1/16; " + ratio
	}
	return ""
}

func (r *resize) borders() string {
	for _, p := range []axis{r.y, r.x} {
		if p.border < math.MinInt16 || p.border > math.MaxInt16 {
			return fmt.Sprintf("RESIZE border must be in int16 range [-32768, 32767]; got %d", p.border)
		}
	}
	for i, p := range []axis{r.y, r.x} {
		if p.border < -16*p.n || p.border >= p.n {
			return fmt.Sprintf("RESIZE border_%s must be in [%d, %d); got %d", "yx"[i:i+1], -16*p.n, p.n, p.border)
		}
	}
	return ""
}
