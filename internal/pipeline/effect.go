package pipeline

import "seam/model"

// Effect is what a change did: figures before and after.
type Effect struct {
	Delegates, Stranded, OnNPU, Groups [2]int
	Bytes                              [2]int64
	MACs                               [2]int64 // left on the CPU
	Missing                            [2]int
	Scales                             []ScaleChange // places whose parameters differ, worst loss first
	Moved                              []Moved       // edge nodes that changed place
	WorstBits                          float64       // resolution lost, worst place, in bits
}

// ScaleChange is a place whose scale or zero point changed.
type ScaleChange struct {
	Place  string
	Before float64
	After  float64
	Zero   [2]int64
	Bits   float64 // log2(After/Before): above 0 resolution is lost
}

// Moved is an edge node that runs elsewhere, matched by name.
type Moved struct {
	Node          model.NodeID // in the new result, None if gone
	Name          string
	Before, After Placement
}
