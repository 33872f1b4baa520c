package observer

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// pattern is a random float32 with an exponent near e.
func pattern(r *rand.Rand, e int) float32 {
	m := 1 + float64(r.Uint32()>>9)/(1<<23)
	if r.IntN(3) == 0 {
		m = 1 + float64(r.IntN(4))/4 // few bits: exact results and midpoints
	}
	if r.IntN(2) == 0 {
		m = -m
	}
	return float32(math.Ldexp(m, e+r.IntN(30)-15))
}

func TestFMA32(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 300000 {
		e := []int{0, -60, 50, -70}[i%4]
		a, b, c := pattern(r, e), pattern(r, e), pattern(r, 2*e)
		x := new(big.Float).SetPrec(400).SetFloat64(float64(a))
		x.Mul(x, new(big.Float).SetFloat64(float64(b)))
		x.Add(x, new(big.Float).SetFloat64(float64(c)))
		want, _ := x.Float32()
		if got := fma32(a, b, c); got != want {
			t.Fatalf("%x * %x + %x: %x; want %x", a, b, c, got, want)
		}
	}
	// A midpoint of float32 after rounding to float64, but just above it before.
	if got := fma32(0x1.000002p0, 0x1.000002p-60, 0x1p0+0x1p-23); got != 0x1.000002p0 {
		t.Errorf("tiny addend: %x", got)
	}
	if got := fma32(0x1.000002p-13, 0x1.000002p-11, 1); got != 0x1.000002p0 {
		t.Errorf("above a midpoint: %x", got)
	}
}

func TestFmod(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for i := range 300000 {
		e := []int{0, -120, 100}[i%3]
		x, d := pattern(r, e), pattern(r, e)
		d = max(d, -d)
		if got, want := fmod(x, d), float32(math.Mod(float64(x), float64(d))); got != want {
			t.Fatalf("%x mod %x: %x; want %x", x, d, got, want)
		}
	}
}

// scan is search as upstream writes it, without cursors.
func scan(h *Histogram) window {
	share := cumulate(&h.hist)
	total := float64(sum(&h.hist))
	w := window{end: Bins - 1, err: inf(1)}
	for alpha, beta := 0.0, 1.0; alpha < beta; {
		nextAlpha, nextBeta := alpha+searchStep, beta-searchStep
		l, r := w.start, w.end
		for l < w.end && share[l] < float32(nextAlpha*total) {
			l++
		}
		for r > w.start && share[r] > float32(nextBeta*total) {
			r--
		}
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
		e := h.loss(h.counted(), start, end)
		if e > w.err {
			break
		}
		w.start, w.end, w.err = start, end, e
	}
	return w
}

func TestSearchIsScan(t *testing.T) {
	for i, c := range load(t) {
		if c.Err != "" || i%8 != 0 {
			continue
		}
		h := observed(t, rangeOf(c.Range), c.xs...)
		got, want := h.search(), scan(h)
		if got.start != want.start || got.end != want.end || got.calls != want.calls {
			t.Errorf("case %d, %s: %v; want %v", i, c.Kind, got, want)
		}
	}
}
