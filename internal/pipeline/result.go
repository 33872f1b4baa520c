package pipeline

import (
	"time"

	"seam/ethosu"
	"seam/model"
	"seam/model/load"
	"seam/quant"
	"seam/tosa"
)

// Stage is a state of the program that can be looked at.
type Stage uint8

// The stages, in order.
const (
	Traced Stage = iota
	Annotated
	Calibrated
	Converted
	Edge
	Partitioned
	TOSA
	NumStages
)

var stageNames = [NumStages]string{"traced", "annotated", "calibrated", "converted", "edge", "partitioned", "tosa"}

func (s Stage) String() string { return stageNames[s] }

// ParseStage reads a name as String writes it.
func ParseStage(name string) (Stage, bool) {
	for i, n := range stageNames {
		if n == name {
			return Stage(i), true
		}
	}
	return 0, false
}

// Config is every option of a run. It is comparable: lists are canonical texts.
type Config struct {
	Release   string          // rule pack: "1.5.1"
	Annotator quant.Annotator // of the pack
	Target    string          // "ethos-u55-128"
	Args      quant.Args
	IO        quant.Args
	HasIO     bool
	NoIO      bool
	Overrides string
	Edits     quant.Edits // toggled family entries
	Static    bool        // specialise symbols at re-export: the first batch's sizes, or the hints without data
	Shapes    string      // canonical "s69=64;emg.2=64": sizes that win over the first batch's
	Checks    string      // what-if: support checks switched off, canonical "P-ARM-QUANTIZED;P-RANK"
	Force     string      // what-if: operators placed by hand, canonical "cat=npu;relu_1=cpu"
}

// Result is one run. Graphs of stages that were not reached are nil; Missing and Failed say why.
type Result struct {
	Config Config
	Model  *load.Model
	Data   *load.Data

	Traced      *model.Graph
	Annotatable *model.Graph   // after batch-norm folding and the transforms before annotation
	ToTraced    model.Relation // Annotatable to Traced
	Ann         *quant.Annotation
	Cal         *quant.Calibration
	Converted   *model.Graph
	ToAnnotated model.Relation // Converted to Annotatable
	Edge        *tosa.EdgeProgram
	Part        *ethosu.Partitioning
	Delegates   []*tosa.Lowered // by index of Part.Parts
	Layout      *Layout         // delegates, islands and boundaries; nil until partitioned

	Bindings []Binding           // what each symbol was bound to, with Static
	Missing  []model.NotModelled // what stopped or limited a stage
	Failed   error               // an UpstreamError where upstream fails too; a MissingError where seam does not know

	Rev  [NumStages]uint32
	Took [NumStages]time.Duration // 0 where the stage was reused
}

// Binding is the size that a symbol took, and where it came from.
type Binding struct {
	Symbol string
	Size   int64
	Origin string // "--shape", "first batch", "hint"
}

// Graph is the graph of a stage, nil if the stage was not reached. Calibrated shows the annotated graph, Partitioned the edge
// graph; TOSA has one graph a delegate.
func (r *Result) Graph(s Stage) *model.Graph {
	switch s {
	case Traced:
		return r.Traced
	case Annotated:
		return r.Annotatable
	case Calibrated:
		if r.Cal != nil {
			return r.Annotatable
		}
	case Converted:
		return r.Converted
	case Edge:
		if r.Edge != nil {
			return r.Edge.Graph
		}
	case Partitioned:
		if r.Part != nil {
			return r.Edge.Graph
		}
	}
	return nil
}

// Reached says whether the run got to the stage.
func (r *Result) Reached(s Stage) bool {
	if s == TOSA {
		return len(r.Delegates) > 0
	}
	return r.Graph(s) != nil
}

// Last is the last stage reached with a graph of its own.
func (r *Result) Last() Stage {
	for s := Partitioned; s > Traced; s-- {
		if r.Reached(s) {
			return s
		}
	}
	if r.Traced.Len() == 0 && r.Reached(TOSA) { // see OfBlocks
		return TOSA
	}
	return Traced
}

// OfBlocks is a result of nothing but TOSA graphs: those of a file whose model is not known.
func OfBlocks(blocks []*tosa.Lowered) (*Result, error) {
	empty, _, err := model.NewBuilder(model.ATen).Freeze()
	if err != nil {
		return nil, err
	}
	return &Result{Traced: empty, Delegates: blocks}, nil
}

// Follow is the nodes of stage "to" that belong to node n of stage "from": the same node found again.
func (r *Result) Follow(from Stage, n model.NodeID, to Stage) []model.NodeID {
	set := []model.NodeID{n}
	f, t := level(from), level(to)
	for ; f > t && len(set) > 0; f-- {
		set = each(set, r.down(f).Of)
	}
	for ; f < t && len(set) > 0; f++ {
		set = each(set, r.down(f+1).Back)
	}
	return set
}

// level numbers the distinct graphs: traced 0, annotated 1, converted 2, edge 3.
func level(s Stage) int {
	return [NumStages]int{Traced: 0, Annotated: 1, Calibrated: 1, Converted: 2, Edge: 3, Partitioned: 3, TOSA: 3}[s]
}

func (r *Result) down(level int) model.Relation {
	switch {
	case level == 1:
		return r.ToTraced
	case level == 2:
		return r.ToAnnotated
	case level == 3 && r.Edge != nil:
		return r.Edge.From
	}
	return model.Relation{}
}

func each(set []model.NodeID, of func(model.NodeID) []model.NodeID) []model.NodeID {
	var out []model.NodeID
	seen := map[model.NodeID]bool{}
	for _, n := range set {
		for _, m := range of(n) {
			if !seen[m] {
				seen[m] = true
				out = append(out, m)
			}
		}
	}
	return out
}
