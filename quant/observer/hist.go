package observer

import "math"

// Sizes of a histogram: its bins, and the parts a bin is split into when the range grows.
const (
	Bins     = 2048
	upsample = 16
	parts    = Bins * upsample
)

// maxCount is where a float32 counter stops: 2^24 + 1 rounds back to 2^24.
const maxCount = 1 << 24

// Histogram counts values in equal bins between the smallest and the largest value seen. When a
// batch widens that range, the counts so far are spread over the new bins.
//
// Source: observer.py, HistogramObserver (bins 2048, upsample_rate 16).
type Histogram struct {
	r      Range
	mn, mx float32
	hist   [Bins]float32
	finite []float32 // kept between batches that hold infinities
}

// NewHistogram makes an observer that has seen nothing. The scheme of r is per tensor.
func NewHistogram(r Range) *Histogram {
	h := new(Histogram)
	h.Reset(r)
	return h
}

// Reset makes h an observer that has seen nothing.
func (h *Histogram) Reset(r Range) {
	*h = Histogram{r: r, mn: inf(1), mx: inf(-1), finite: h.finite[:0]}
}

// Empty says that no value reached the observer. Empty batches, and batches of infinities only, do
// not count.
func (h *Histogram) Empty() bool { return h.mn == inf(1) || h.mx == inf(-1) }

// Range is where the first bin starts and the last one ends, in real units; +inf and -inf if Empty.
func (h *Histogram) Range() (mn, mx float32) { return h.mn, h.mx }

// Counts is the bins. A count has a fraction once the range has grown. The caller must not change them.
func (h *Histogram) Counts() []float32 { return h.hist[:] }

// Clone is an observer with the same state that shares nothing with h.
func (h *Histogram) Clone() *Histogram {
	c := *h
	c.finite = nil
	return &c
}

// Observe counts one batch.
//
//	x       real units, any length; infinities are dropped
//	errors  HistcError if x holds a NaN; the observer is then as before
//	source  observer.py, HistogramObserver.forward and _combine_histograms
func (h *Histogram) Observe(x []float32) error { return h.observe(x, histc) }

// Narrow is a float format narrower than float32.
type Narrow struct {
	Round func(float32) float32 // the nearest value of the format
	Most  float32               // the largest finite one
	Name  string                // as upstream's messages call it
}

// ObserveNarrow counts one batch of values of a narrower format, in which upstream counts them.
//
//	errors  HistcError; WidenError for a batch of nothing but the format's largest or smallest number
func (h *Histogram) ObserveNarrow(x []float32, f Narrow) error {
	var err error
	failed := h.observe(x, func(dst *[Bins]float32, x []float32, lo, hi float32) {
		if lo == hi && math.Abs(float64(lo))+1 > float64(f.Most) {
			err = &WidenError{f.Name}
			return
		}
		histcNarrow(dst, x, lo, hi, f.Round)
	})
	if failed != nil {
		return failed
	}
	return err
}

// counter is histc in some format.
type counter func(dst *[Bins]float32, x []float32, lo, hi float32)

func (h *Histogram) observe(x []float32, count counter) error {
	if len(x) == 0 {
		return nil
	}
	lo, hi := extent(x)
	if lo == inf(-1) || hi == inf(1) {
		if x = h.dropInf(x); len(x) == 0 {
			return nil
		}
		lo, hi = extent(x)
	}
	switch {
	case lo != lo:
		return &HistcError{lo, hi}
	case h.Empty():
		h.mn, h.mx = lo, hi
		count(&h.hist, x, lo, hi)
	default:
		h.merge(x, min(h.mn, lo), max(h.mx, hi), count)
	}
	return nil
}

// dropInf is x without infinities, in a buffer of h.
func (h *Histogram) dropInf(x []float32) []float32 {
	h.finite = h.finite[:0]
	for _, v := range x {
		if math.Abs(float64(v)) <= math.MaxFloat32 {
			h.finite = append(h.finite, v)
		}
	}
	return h.finite
}

// merge counts x over [mn, mx], which holds the range of h and of x, and brings the old counts there.
func (h *Histogram) merge(x []float32, mn, mx float32, count counter) {
	var fresh [Bins]float32
	count(&fresh, x, mn, mx)
	if mn != h.mn || mx != h.mx {
		var moved [Bins]float32
		h.move(&moved, mn, mx)
		h.hist, h.mn, h.mx = moved, mn, mx
	}
	for i, v := range &fresh {
		h.hist[i] += v
	}
}

// move fills dst, which is zero, with the counts of h over [mn, mx]. Counts of a single point stay
// together; others are spread.
func (h *Histogram) move(dst *[Bins]float32, mn, mx float32) {
	if h.mn != h.mx {
		h.spread(dst, mn, mx)
		return
	}
	histc(dst, []float32{h.mn}, mn, mx)
	total := sum(&h.hist)
	for i := range dst {
		dst[i] *= total
	}
}

// spread splits every bin of h into equal parts and adds each part to the bin of [mn, mx] that holds
// its middle. Empty bins are skipped: their parts are zero.
//
//	dst     Bins zeros, filled with counts
//	mn, mx  real units, holding the range of h
//	source  observer.py, HistogramObserver._upscale_histogram
func (h *Histogram) spread(dst *[Bins]float32, mn, mx float32) {
	var edges [Bins + 1]float32
	linspace(edges[:], mn, mx)
	at := cursor{edges: &edges, sorted: ascending(edges[:])}
	size := (h.mx - h.mn) / parts
	half := float32(0.5 * size)
	for i, count := range &h.hist {
		if count == 0 {
			continue
		}
		part := float32(count / upsample)
		// linspace over parts+1 values, of which the last is not used: the second half counts back.
		step, k, dir, from := size, i*upsample, 1, h.mn
		if i >= Bins/2 {
			step, k, dir, from = -size, parts-k, -1, h.mx
		}
		for range upsample {
			bin := at.find(fma32(step, float32(k), from) + half)
			dst[bin] += part
			k += dir
		}
	}
}

// cursor finds bins for values that mostly ascend.
type cursor struct {
	edges  *[Bins + 1]float32
	sorted bool
	above  int // number of edges at or below the last value
}

// find is the bin of v: the number of edges at or below v, less one, kept inside the histogram.
//
// Edges of a range near the end of float32 may be NaN or out of order, and then only upstream's own
// bisection gives its answer.
//
// Source: torch.bucketize(right=True), aten/src/ATen/native/Bucketization.cpp (cus_upper_bound).
func (c *cursor) find(v float32) int {
	if !c.sorted {
		c.above = upperBound(c.edges[:], v)
	}
	n := c.above
	for n < len(c.edges) && !(c.edges[n] > v) {
		n++
	}
	for n > 0 && c.edges[n-1] > v {
		n--
	}
	c.above = n
	return min(max(n-1, 0), Bins-1)
}

// upperBound bisects for the first edge above v.
func upperBound(edges []float32, v float32) int {
	lo, hi := 0, len(edges)
	for lo < hi {
		mid := (lo + hi) / 2
		if edges[mid] > v {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	return lo
}

// ascending says whether no value is below the one before, nor a NaN.
func ascending(v []float32) bool {
	for i := 1; i < len(v); i++ {
		if !(v[i-1] <= v[i]) {
			return false
		}
	}
	return true
}

// histc counts x in the bins of [lo, hi]. A range that is a point is first widened.
//
//	dst     overwritten
//	x       lo <= x <= hi, no NaN
//	source  torch.histc, aten/src/ATen/native/cpu/HistogramKernel.cpp (linear interpolation)
//
// Two quirks follow from the float32 arithmetic there. If hi - lo overflows, upstream's edges are
// NaN and nothing is counted. If (x - lo) * Bins overflows, the index wraps to 0.
func histc(dst *[Bins]float32, x []float32, lo, hi float32) {
	if lo == hi {
		lo, hi = widen(lo)
	}
	width := hi - lo
	if width > math.MaxFloat32 {
		clear(dst[:])
		return
	}
	var even, odd [Bins]uint32 // two counters: equal neighbours need not wait for each other
	for len(x) >= 2 {
		even[bin(x[0], lo, width)]++
		odd[bin(x[1], lo, width)]++
		x = x[2:]
	}
	for _, v := range x {
		even[bin(v, lo, width)]++
	}
	for i := range dst {
		dst[i] = float32(min(even[i]+odd[i], maxCount))
	}
}

// histcNarrow is histc in a narrower format: every step is rounded, the counts too, so that a bin is full where one more would round
// back. A place that overflows is the first bin, as is one that is no number.
//
//	source  aten/src/ATen/native/cpu/HistogramKernel.cpp, on c10::Half and c10::BFloat16, in one thread
func histcNarrow(dst *[Bins]float32, x []float32, lo, hi float32, round func(float32) float32) {
	clear(dst[:])
	if lo == hi {
		lo, hi = round(float32(float64(lo)-1)), round(float32(float64(hi)+1))
	}
	width := round(hi - lo)
	if width > math.MaxFloat32 {
		return
	}
	for _, v := range x {
		at := 0
		if p := round(round(round(v-lo)*Bins) / width); p >= 0 && p <= math.MaxFloat32 {
			at = min(int(p), Bins-1)
		}
		dst[at] = round(dst[at] + 1)
	}
}

// bin is the index of x in a histogram that starts at lo.
func bin(x, lo, width float32) uint32 {
	p := float32((x-lo)*Bins) / width
	switch {
	case p < Bins:
		return uint32(p) % Bins
	case p == Bins:
		return Bins - 1
	}
	return 0
}

// widen is the range upstream gives a single point: one to each side, or the next float32 where one
// is too small to matter, but never infinity.
func widen(c float32) (lo, hi float32) {
	lo, hi = float32(float64(c)-1), float32(float64(c)+1)
	if lo == c {
		lo = max(math.Nextafter32(c, inf(-1)), -math.MaxFloat32)
	}
	if hi == c {
		hi = min(math.Nextafter32(c, inf(1)), math.MaxFloat32)
	}
	return lo, hi
}
