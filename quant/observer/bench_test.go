package observer

import "testing"

// bell is n values around 0 with a few far out.
func bell(n int, k float32) []float32 {
	out, state := make([]float32, n), uint64(1)
	for i := range out {
		out[i] = value("bell", &state, i, k)
	}
	return out
}

func BenchmarkObserve(b *testing.B) {
	x := bell(120000, 1)
	h := observed(b, hist8, x)
	b.SetBytes(int64(4 * len(x)))
	b.ReportAllocs()
	for b.Loop() {
		if err := h.Observe(x); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSpread(b *testing.B) {
	h := observed(b, hist8, bell(120000, 1))
	b.ReportAllocs()
	for b.Loop() {
		var dst [Bins]float32
		h.spread(&dst, h.mn*1.3, h.mx*1.1)
	}
}

func BenchmarkParam(b *testing.B) {
	for _, c := range []struct {
		name string
		h    *Histogram
	}{
		{"int8", observed(b, hist8, bell(120000, 1))},
		{"int16", observed(b, hist16, bell(120000, 1))},
		{"constant", observed(b, hist8, list(3.7))},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.h.Param(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkQuantize(b *testing.B) {
	x := bell(120000, 1)
	p := Param{Scale: 0.03125, Zero: 3}
	b.SetBytes(int64(4 * len(x)))
	for b.Loop() {
		Quantize(x, p, hist8)
	}
}
