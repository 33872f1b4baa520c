package observer

import "slices"

// MinMax keeps the smallest and the largest value it saw. Infinities count; a NaN stays and makes
// Param fail.
//
// Source: observer.py, MinMaxObserver.
type MinMax struct {
	r      Range
	mn, mx float32
}

// NewMinMax makes an observer that has seen nothing.
func NewMinMax(r Range) *MinMax {
	return &MinMax{r: r, mn: inf(1), mx: inf(-1)}
}

// Observe widens the range to hold x, in real units. An empty x changes nothing.
func (m *MinMax) Observe(x []float32) {
	if len(x) == 0 {
		return
	}
	mn, mx := extent(x)
	m.mn, m.mx = minNaN(mn, m.mn), maxNaN(mx, m.mx)
}

// Range is the observed range in real units; +inf and -inf before the first value.
func (m *MinMax) Range() (mn, mx float32) { return m.mn, m.mx }

// Param is ParamOf the observed range, with its errors.
func (m *MinMax) Param() (Param, error) { return ParamOf(m.mn, m.mx, m.r) }

// PerChannel keeps the smallest and the largest value of each index of one axis.
//
// Source: observer.py, PerChannelMinMaxObserver.
type PerChannel struct {
	r      Range
	axis   int
	mn, mx []float32
}

// NewPerChannel makes an observer of channels along axis, counted from 0.
func NewPerChannel(r Range, axis int) *PerChannel {
	return &PerChannel{r: r, axis: axis}
}

// Observe widens the range of every channel to hold the values of x that belong to it.
//
//	x       row-major, in real units; an empty x changes nothing
//	shape   extents of x; their product is len(x)
//	errors  ShapeError if shape does not fit x, the axis, or the channels seen before; nothing is
//	        changed then
func (c *PerChannel) Observe(x []float32, shape []int) error {
	if len(x) == 0 {
		return nil
	}
	v, ok := viewOf(len(x), shape, c.axis)
	if !ok {
		return &ShapeError{shape, c.axis, "shape does not fit the values or the axis"}
	}
	if c.mn == nil {
		c.mn = slices.Repeat([]float32{inf(1)}, v.channels)
		c.mx = slices.Repeat([]float32{inf(-1)}, v.channels)
	}
	if len(c.mn) != v.channels {
		return &ShapeError{shape, c.axis, "number of channels changed"}
	}
	v.each(func(ch, from, to int) {
		mn, mx := extent(x[from:to])
		c.mn[ch], c.mx[ch] = minNaN(mn, c.mn[ch]), maxNaN(mx, c.mx[ch])
	})
	return nil
}

// Ranges are the observed ranges in real units, one a channel; empty before the first value.
func (c *PerChannel) Ranges() (mn, mx []float32) {
	return slices.Clone(c.mn), slices.Clone(c.mx)
}

// Params is ParamOf each channel's range, with its errors. Before the first value the number of
// channels is unknown and the result is one parameter, scale 1 and zero 0, as upstream emits.
func (c *PerChannel) Params() ([]Param, error) {
	if len(c.mn) == 0 {
		return []Param{unset()}, nil
	}
	out := make([]Param, len(c.mn))
	for i := range out {
		p, err := ParamOf(c.mn[i], c.mx[i], c.r)
		if err != nil {
			return nil, err
		}
		out[i] = p
	}
	return out, nil
}

// view is a row-major tensor seen as outer x channels x inner.
type view struct {
	outer, channels, inner int
}

// viewOf splits shape at axis; ok is false if axis is outside it, an extent is negative, or its size is
// not n.
func viewOf(n int, shape []int, axis int) (v view, ok bool) {
	if axis < 0 || axis >= len(shape) {
		return v, false
	}
	if slices.Min(shape) < 0 {
		return v, false
	}
	v = view{1, shape[axis], 1}
	for _, d := range shape[:axis] {
		v.outer *= d
	}
	for _, d := range shape[axis+1:] {
		v.inner *= d
	}
	return v, v.outer*v.channels*v.inner == n
}

// each calls f with every run of values of one channel, in memory order.
func (v view) each(f func(ch, from, to int)) {
	at := 0
	for range v.outer {
		for ch := range v.channels {
			f(ch, at, at+v.inner)
			at += v.inner
		}
	}
}
