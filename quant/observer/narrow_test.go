package observer

import (
	"fmt"
	"math"
	"testing"
)

// half rounds to binary16 in the range that the test needs: normal numbers, and infinity.
func half(x float32) float32 {
	switch {
	case x >= 65520:
		return inf(1)
	case x <= -65520:
		return inf(-1)
	case x == 0:
		return x
	}
	step := float32(1)
	for a := max(x, -x); a >= 2048*step; {
		step *= 2
	}
	for a := max(x, -x); a < 1024*step; {
		step /= 2
	}
	return step * float32(math.RoundToEven(float64(x/step)))
}

// TestNarrow compares with what torch.histc(x, 2048, min(x), max(x)) gives for float16, in one thread.
func TestNarrow(t *testing.T) {
	f := Narrow{Round: half, Most: 65504, Name: "c10::Half"}
	for _, c := range []struct {
		name string
		x    []float32
		want string
	}{
		{"places overflow", []float32{-118, -100, 0, 3, 127}, "0:4 150:1"},
		{"no overflow", []float32{0, 1, 2, 16}, "0:1 128:1 256:1 2047:1"},
		{"one number", []float32{1, 1, 1}, "1024:3"},
		{"its neighbour above is lost", []float32{2049, 2049}, "2047:2"},
		{"both are", []float32{4096, 4096}, "0:2"},
		{"a full bin", append(make([]float32, 3000), 4), "0:2048 2047:1"},
		{"largest", []float32{65504}, "value cannot be converted to type c10::Half without overflow"},
	} {
		h := NewHistogram(Range{Min: -128, Max: 127, Bits: 8})
		for i := range c.x {
			c.x[i] = half(c.x[i])
		}
		got := ""
		if err := h.ObserveNarrow(c.x, f); err != nil {
			got = err.Error()
		} else {
			for i, n := range h.Counts() {
				if n != 0 {
					got += fmt.Sprintf(" %d:%g", i, n)
				}
			}
			got = got[1:]
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
