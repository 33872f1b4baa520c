package observer

import "math"

// searchStep is the share of all values a window loses at a time.
const searchStep = 1e-5

// Search is the part of the range worth spending integers on: the one for which the expected squared
// rounding error no longer falls when the window shrinks.
//
//	result  real units; Range if Empty, otherwise usually Range less the last bin, since the first
//	        smaller window is always taken. NaN if the range overflows float32
//	source  observer.py, HistogramObserver._non_linear_param_search
func (h *Histogram) Search() (lo, hi float32) {
	if h.Empty() {
		return h.mn, h.mx
	}
	w := h.search()
	width := (h.mx - h.mn) / Bins
	lo = h.mn + float32(width*float32(w.start))
	hi = h.mn + float32(width*float32(w.end+1))
	return lo, hi
}

// Param is ParamOf the range Search finds, with its errors; scale 1 and zero 0 if Empty.
//
// Source: observer.py, HistogramObserver.calculate_qparams.
func (h *Histogram) Param() (Param, error) {
	lo, hi := h.Search()
	return ParamOf(lo, hi, h.r)
}

// window is a run of bins, with both ends in it, and the error of the last one accepted.
type window struct {
	start, end int
	err        float32
	calls      int // how many errors were computed
}

// search shrinks the window from both ends until the error rises.
//
// Upstream scans for each bound from the window's end at every step. Both thresholds move one way
// only, and so do the bins that cross them: two cursors, clamped to the window, give the same bounds.
func (h *Histogram) search() window {
	share := cumulate(&h.hist)
	total := float64(sum(&h.hist))
	w := window{end: Bins - 1, err: inf(1)}
	bins := h.counted()
	first, last := 0, Bins-1
	for alpha, beta := 0.0, 1.0; alpha < beta; {
		nextAlpha, nextBeta := alpha+searchStep, beta-searchStep
		low, high := float32(nextAlpha*total), float32(nextBeta*total)
		for first < Bins && share[first] < low {
			first++
		}
		for last >= 0 && share[last] > high {
			last--
		}
		l, r := min(max(first, w.start), w.end), max(min(last, w.end), w.start)
		start, end := w.start, w.end
		if l-start > end-r {
			start, alpha = l, nextAlpha
		} else {
			end, beta = r, nextBeta
		}
		if start == w.start && end == w.end {
			continue
		}
		w.calls++
		e := h.loss(bins, start, end)
		if e > w.err { // false for NaN, which upstream accepts
			break
		}
		w.start, w.end, w.err = start, end, e
	}
	return w
}

// cumulate is the running sum of the bins, kept in float64 and rounded to float32 bin by bin.
//
// Source: torch.cumsum on the CPU.
func cumulate(hist *[Bins]float32) *[Bins]float32 {
	out, t := new([Bins]float32), 0.0
	for i, v := range hist {
		t += float64(v)
		out[i] = float32(t)
	}
	return out
}

// counted is the bins whose terms of a loss may be other than zero: those that hold values, or all where float32 overflows or
// underflows on the way.
func (h *Histogram) counted() []int32 {
	bin := (float64(h.mx) - float64(h.mn)) / Bins
	safe := bin > 1e-30 && bin*Bins < 1e12 // no cube overflows and no width underflows
	out, k := make([]int32, Bins), 0
	for i, count := range &h.hist {
		out[k] = int32(i)
		if count != 0 || !safe {
			k++
		}
	}
	return out[:k]
}

// grid is a window cut into equal steps, one for each integer of the dtype.
type grid struct {
	bin     float32 // width of a histogram bin
	step    float32 // width of a step
	half    float32 // half of step
	top     float32 // last step
	perUnit float64 // 1 / step
}

// loss is the squared error of rounding to the steps of a window, if the values of a bin are spread
// evenly over it.
//
//	bins        those of counted
//	start, end  bins of the window
//	result      counts times squared real units; 0 if a step is 0, NaN where cubes overflow
//	source      observer.py, HistogramObserver._compute_quantization_error and _get_norm
func (h *Histogram) loss(bins []int32, start, end int) float32 {
	bin := (float64(h.mx) - float64(h.mn)) / Bins
	steps := math.Ldexp(1, h.r.Bits)
	step := bin * float64(end-start+1) / steps
	if step == 0 {
		return 0
	}
	g := grid{bin: float32(bin), step: float32(step), half: float32(step / 2), top: float32(steps - 1)}
	g.perUnit = 1 / float64(g.step)
	whole := cubes(-g.half, g.half)
	var s cascade
	for _, i := range bins {
		s.add(int(i), g.term(int(i)-start, h.hist[i], whole))
	}
	return s.sum()
}

// term is the part of loss from one bin: the piece in the step where the bin begins, the whole steps
// in between, and the piece in the step where it ends.
//
//	at     bins from the start of the window
//	count  values in the bin
//	whole  cubes over a whole step
func (g *grid) term(at int, count, whole float32) float32 {
	begin := float32(float32(at) * g.bin)
	end := begin + g.bin
	first, last := g.stepOf(begin), g.stepOf(end)
	center := float32((first + 0.5) * g.step)
	endCenter := float32(last*g.step) + g.half
	density := count / g.bin

	head := float32(density * cubes(begin-center, g.half))
	body := float32(((last - first) - 1) * float32(density*whole))
	tail := float32(density * cubes(-g.half, end-endCenter))
	return (head + body) + tail
}

// stepOf is the step that holds a distance from the start of the window.
func (g *grid) stepOf(x float32) float32 {
	// Away from whole numbers a float64 quotient has the same floor, and the quirks of floorDiv do not show.
	if q := float64(x) * g.perUnit; q > 0 && q < 1<<20 {
		if f := math.Floor(q); q-f > 1e-6 && q-f < 1-1e-6 {
			return min(float32(f), g.top)
		}
	}
	q := floorDiv(x, g.step)
	if q < 0 {
		return 0
	}
	if q > g.top {
		return g.top
	}
	return q
}

// cubes is the integral of squares from x to y.
func cubes(x, y float32) float32 {
	return (float32(float32(y*y)*y) - float32(float32(x*x)*x)) / 3
}
