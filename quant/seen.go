package quant

import (
	"math"

	"seam/model"
)

// Extent is the smallest and the largest finite number of a node's value, over all batches, in real units.
type Extent struct {
	Node     model.NodeID
	Min, Max float32
}

// CountBins is the number of parts into which GroupStat.Counts divides a histogram's range.
const CountBins = 64

// note widens what is known of a value by one batch of it. Numbers that are not finite are passed over, as observers do.
func (w *watcher) note(n model.NodeID, x []float32) {
	i := 0
	for i < len(w.seen) && w.seen[i].Node != n {
		i++
	}
	if i == len(w.seen) {
		w.seen = append(w.seen, Extent{n, float32(math.Inf(1)), float32(math.Inf(-1))})
	}
	e := &w.seen[i]
	for _, v := range x {
		if v < e.Min && v >= -math.MaxFloat32 {
			e.Min = v
		}
		if v > e.Max && v <= math.MaxFloat32 {
			e.Max = v
		}
	}
}

// coarse adds up equal parts of a histogram.
//
//	bins    counts; their number is a multiple of CountBins
//	result  CountBins counts
func coarse(bins []float32) []float32 {
	out := make([]float32, CountBins)
	each := len(bins) / CountBins
	for i := range out {
		for _, v := range bins[i*each : (i+1)*each] {
			out[i] += v
		}
	}
	return out
}
