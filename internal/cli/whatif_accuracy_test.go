package cli

import (
	"math"
	"testing"

	"seam/internal/pipeline"
)

// TestLossText keeps what is not known, what is exact and what has no signal apart.
func TestLossText(t *testing.T) {
	for _, c := range []struct {
		loss pipeline.Loss
		want string
	}{
		{pipeline.Loss{}, "?"},
		{pipeline.Loss{Known: true, SQNR: 41.84, Largest: 0.1}, "41.8 dB"},
		{pipeline.Loss{Known: true, SQNR: math.Inf(1)}, "exact"},
		{pipeline.Loss{Known: true, SQNR: math.Inf(-1), Largest: 0.1}, "no signal"},
		{pipeline.Loss{Known: true, SQNR: math.NaN()}, "?"},
		{pipeline.Loss{Known: true, SQNR: math.Inf(-1), Largest: math.Inf(1)}, "?"},
	} {
		if got := newLoss(c.loss).String(); got != c.want {
			t.Errorf("%+v: %q, want %q", c.loss, got, c.want)
		}
	}
}
