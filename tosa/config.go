package tosa

import "seam/model"

// Config is every option of the edge stage and of lowering. It is comparable.
type Config struct {
	Release string
	U55     bool // the target is of the U55 subset
	// Reordered says that an input of the program has its axes in another order in memory, which delegates take over.
	Reordered bool
	Bind      string // canonical "s69=64;s77=2": sizes of symbols in the re-exported program; "" leaves them symbolic
}

// Lowered is one delegate in TOSA.
type Lowered struct {
	Tag    int
	Graph  *model.Graph
	From   model.Relation // TOSA node to edge nodes; several when fused
	Into   model.Relation // edge node to TOSA nodes; none when folded away
	Failed []model.Rejection
	Notes  []Note // what the lowering loses
}
