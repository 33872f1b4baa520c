package quant

import (
	"math"
	"slices"
	"testing"
)

// TestNote: what a value had is the least and the greatest finite number of all its batches.
func TestNote(t *testing.T) {
	w := &watcher{}
	w.note(3, []float32{1, -2, float32(math.Inf(1))})
	w.note(5, []float32{7})
	w.note(3, []float32{4, float32(math.NaN()), float32(math.Inf(-1))})
	if want := []Extent{{3, -2, 4}, {5, 7, 7}}; !slices.Equal(w.seen, want) {
		t.Errorf("got %v, want %v", w.seen, want)
	}
}

// TestCoarse: the parts of a histogram keep its sum, in order.
func TestCoarse(t *testing.T) {
	bins := make([]float32, 2048)
	bins[0], bins[31], bins[32], bins[2047] = 1, 2, 4, 8
	got := coarse(bins)
	if len(got) != CountBins || got[0] != 3 || got[1] != 4 || got[CountBins-1] != 8 {
		t.Errorf("got %v", got)
	}
}
