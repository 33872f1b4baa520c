package eval

import (
	"math"
	"slices"
	"strings"

	"seam/model"
)

// bindResize covers changes of the spatial size.
func bindResize(o op) kernel {
	switch {
	case strings.HasPrefix(o.base, "upsample_nearest"), strings.HasPrefix(o.base, "_upsample_nearest_exact"):
		exact := strings.HasPrefix(o.base, "_")
		return func(c *call) *Value { return upsample(c, func(c *call, r *resize, d int) { r.nearest(d, exact) }) }
	case o.base == "upsample_linear1d", o.base == "upsample_bilinear2d":
		return func(c *call) *Value {
			corners := c.truth("align_corners")
			return upsample(c, func(c *call, r *resize, d int) { r.linear(d, corners) })
		}
	case o.base == "pixel_shuffle":
		return pixelShuffle
	case o.base == "pixel_unshuffle":
		return pixelUnshuffle
	case o.base == "im2col":
		return imageToColumns
	case o.base == "channel_shuffle":
		return channelShuffle
	case o.base == "grid_sampler", o.base == "grid_sampler_2d":
		return gridSample
	}
	return nil
}

// tap is the two input positions that an output position reads, and the weight of the second.
type tap struct {
	lo, hi int
	w0, w1 float32
}

// resize is a change of the last dimensions' extents.
type resize struct {
	in, out []int
	scale   []float64 // output size per input size as given, 0 where it is not
	taps    [][]tap   // by dimension and output position
}

// upsample reads the sizes, plans every dimension, and interpolates.
func upsample(c *call, plan func(c *call, r *resize, d int)) *Value {
	x := c.floatTensor(selfName(c))
	n := len(x.Shape) - 2
	r := &resize{in: x.Shape[2:], scale: c.scales(n), taps: make([][]tap, n)}
	r.out = slices.Clone(c.integers("output_size"))
	if len(r.out) == 0 {
		for d, s := range r.scale {
			r.out = append(r.out, int(float64(r.in[d])*s))
		}
	}
	if len(r.out) != n || numel(r.out) <= 0 {
		c.fail("output size %v for %v", r.out, x.Shape)
		return nil
	}
	for d := range n {
		r.taps[d] = make([]tap, r.out[d])
		plan(c, r, d)
	}
	out := newValue(x.DType, append(slices.Clone(x.Shape[:2]), r.out...))
	in, cells := numel(r.in), numel(r.out)
	st, ost := strides(r.in), strides(r.out)
	parallel(x.Shape[0]*x.Shape[1], 8*out.Len(), func(lo, hi int) {
		for p := lo; p < hi; p++ {
			plane := x.F[p*in : (p+1)*in]
			for i := range cells {
				out.F[p*cells+i] = r.interpolate(plane, st, ost, i, 0, 0)
			}
		}
	})
	return out
}

// scales is the factors that the arguments give for n dimensions, 0 where there is none.
func (c *call) scales(n int) []float64 {
	out := make([]float64, n)
	if l := c.arg("scale_factors").List; len(l) == n {
		for d, a := range l {
			out[d], _ = a.Number()
		}
		return out
	}
	names := []string{"scales_d", "scales_h", "scales_w"}
	if n == 1 {
		names = []string{"scales"}
	}
	for d := range n {
		out[d] = c.number(names[len(names)-n+d], 0)
	}
	return out
}

// step is the input positions per output position.
//
//	source  aten/src/ATen/native/UpSample.h: compute_scales_value
func (r *resize) step(d int) float32 {
	if r.scale[d] > 0 {
		return float32(1 / r.scale[d])
	}
	return float32(r.in[d]) / float32(r.out[d])
}

// nearest reads one position.
//
//	source  aten/src/ATen/native/UpSample.h: nearest_idx, nearest_exact_idx
func (r *resize) nearest(d int, exact bool) {
	s, half := r.step(d), float32(0)
	if exact {
		half = 0.5
	}
	for i := range r.taps[d] {
		p := min(int((float32(i)+half)*s), r.in[d]-1)
		switch {
		case exact:
		case r.out[d] == r.in[d]:
			p = i
		case r.out[d] == 2*r.in[d]: // whatever the scale says
			p = i / 2
		}
		r.taps[d][i] = tap{p, p, 1, 0}
	}
}

// linear weighs the two neighbours of the source position.
//
//	source  aten/src/ATen/native/UpSample.h: area_pixel_compute_scale, area_pixel_compute_source_index
func (r *resize) linear(d int, corners bool) {
	s := r.step(d)
	if corners {
		if s = 0; r.out[d] > 1 {
			s = float32(r.in[d]-1) / float32(r.out[d]-1)
		}
	}
	for i := range r.taps[d] {
		at := s * float32(i)
		if !corners {
			at = max(0, float32(s*(float32(i)+0.5))-0.5)
		}
		lo := min(int(at), r.in[d]-1)
		w := min(max(at-float32(lo), 0), 1)
		if r.out[d] == r.in[d] {
			lo, w = i, 0
		}
		r.taps[d][i] = tap{lo, min(lo+1, r.in[d]-1), 1 - w, w}
	}
}

// interpolate is output cell i of a plane, from dimension d on; at is the offset that the dimensions in front chose.
func (r *resize) interpolate(plane []float32, st, ost []int, i, d, at int) float32 {
	if d == len(st) {
		return plane[at]
	}
	t := r.taps[d][i/ost[d]%r.out[d]]
	v := r.interpolate(plane, st, ost, i, d+1, at+t.lo*st[d])
	if t.w1 == 0 {
		return v
	}
	return float32(t.w0*v) + float32(t.w1*r.interpolate(plane, st, ost, i, d+1, at+t.hi*st[d]))
}

// pixelShuffle moves groups of channels into space: [..., C*k*k, H, W] to [..., C, H*k, W*k].
func pixelShuffle(c *call) *Value {
	x, k := c.tensor("self"), c.integer("upscale_factor", 1)
	r := len(x.Shape) - 3
	ch, h, w := x.Shape[r]/(k*k), x.Shape[r+1], x.Shape[r+2]
	n := numel(x.Shape[:r])
	v := permuted(x.withShape([]int{n, ch, k, k, h, w}), []int{0, 1, 4, 2, 5, 3})
	return v.withShape(append(slices.Clone(x.Shape[:r]), ch, h*k, w*k))
}

// pixelUnshuffle is the inverse of pixelShuffle.
func pixelUnshuffle(c *call) *Value {
	x, k := c.tensor("self"), c.integer("downscale_factor", 1)
	r := len(x.Shape) - 3
	ch, h, w := x.Shape[r], x.Shape[r+1]/k, x.Shape[r+2]/k
	n := numel(x.Shape[:r])
	v := permuted(x.withShape([]int{n, ch, h, k, w, k}), []int{0, 1, 3, 5, 2, 4})
	return v.withShape(append(slices.Clone(x.Shape[:r]), ch*k*k, h, w))
}

func channelShuffle(c *call) *Value {
	x, g := c.tensor("self"), c.integer("groups", 1)
	v := x.withShape([]int{x.Shape[0], g, x.Shape[1] / g, numel(x.Shape[2:])})
	return permuted(v, []int{0, 2, 1, 3}).withShape(x.Shape)
}

// The modes of grid_sampler, as the schema numbers them.
const (
	gridBilinear = 0
	gridNearest  = 1
	padZeros     = 0
	padBorder    = 1
	padReflect   = 2
)

// gridSample reads x [N, C, H, W] at the places of a grid [N, OH, OW, 2] of (x, y) in -1..1.
//
//	source  aten/src/ATen/native/GridSampler.h
func gridSample(c *call) *Value {
	x, grid := c.floatTensor("input"), c.floatTensor("grid")
	mode, padding, corners := c.integer("interpolation_mode", 0), c.integer("padding_mode", 0), c.truth("align_corners")
	if len(x.Shape) != 4 || mode > gridNearest {
		c.fail("interpolation mode %d of rank %d", mode, len(x.Shape))
		return nil
	}
	ch, h, w, cells := x.Shape[1], x.Shape[2], x.Shape[3], grid.Shape[1]*grid.Shape[2]
	out := newValue(model.Float32, []int{x.Shape[0], ch, grid.Shape[1], grid.Shape[2]})
	for i := range x.Shape[0] * cells {
		px := gridPlace(grid.F[2*i], w, padding, corners)
		py := gridPlace(grid.F[2*i+1], h, padding, corners)
		for k := range ch {
			p := i/cells*ch + k
			out.F[p*cells+i%cells] = sample(x.F[p*h*w:(p+1)*h*w], h, w, px, py, mode)
		}
	}
	return out
}

// gridPlace turns a coordinate in -1..1 into a position in a dimension of n.
func gridPlace(v float32, n, padding int, corners bool) float32 {
	p := ((v+1)*float32(n) - 1) / 2
	lo, hi := float32(-0.5), float32(n)-0.5
	if corners {
		p = (v + 1) / 2 * float32(n-1)
		lo, hi = 0, float32(n-1)
	}
	switch padding {
	case padReflect:
		if span := hi - lo; span > 0 {
			d := math.Abs(float64(p - lo))
			extra, flips := math.Mod(d, float64(span)), math.Floor(d/float64(span))
			if p = float32(extra) + lo; math.Mod(flips, 2) != 0 {
				p = span - float32(extra) + lo
			}
		} else {
			p = 0
		}
		return min(max(p, 0), float32(n-1))
	case padBorder:
		return min(max(p, 0), float32(n-1))
	}
	return p
}

// sample reads a plane at a position; outside of it is 0.
func sample(plane []float32, h, w int, px, py float32, mode int) float32 {
	read := func(x, y float64) float32 {
		if !(x >= 0 && y >= 0 && x < float64(w) && y < float64(h)) {
			return 0
		}
		return plane[int(y)*w+int(x)]
	}
	if mode == gridNearest {
		return read(math.RoundToEven(float64(px)), math.RoundToEven(float64(py)))
	}
	x0, y0 := math.Floor(float64(px)), math.Floor(float64(py))
	wx, wy := px-float32(x0), py-float32(y0)
	return float32(read(x0, y0)*((1-wx)*(1-wy))) + float32(read(x0+1, y0)*(wx*(1-wy))) +
		float32(read(x0, y0+1)*((1-wx)*wy)) + float32(read(x0+1, y0+1)*(wx*wy))
}
