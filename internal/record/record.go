// Package record holds recordings of what the real tools answered, and compares a run with them.
//
// A recording is one JSON file: a configuration, then what every step gave, up to the last one or to the step that failed.
// Names, order, operators, arguments, specs and reasons are compared exactly; only what calibration computes has a tolerance.
// A run of seam is written in the same form (Of), so that one program can read both.
package record

import "seam/quant"

// Format is the version of the recording schema that this package reads and writes.
const Format = 1

// Recording is one model asked of one configuration. A slice that is nil was not recorded; an empty one was, with nothing in
// it.
type Recording struct {
	Config   Config
	Versions Versions
	Seam     *Origin // only in what seam wrote
	OK       bool
	Error    string // for reading
	FailedIn string // prepare, calibrate, convert, reexport or lower

	NotModelled []Missing // what stopped seam where upstream went on

	Annotated   []Node
	Specs       []Spec
	Annotations []PlaceSpec
	Groups      []PlaceGroup
	QParams     []QParams
	Converted   []Node
	Edge        []Node
	Subgraphs   []Subgraph // bodies of control flow in the edge dialect
	Rejections  []Rejection
	Tags        []string
	Lowered     []Node
	Delegates   int
	SubCalls    int // delegate calls in the subgraphs
}

// Config is the configuration that was asked, with every argument spelled out.
type Config struct {
	Name      string
	Annotator string
	Target    string
	Disabled  []string // operators taken out of the annotators' concat list
	Static    bool
	Quant     quant.Args
	IO        *quant.Args
	IODisable bool
	Overrides string // compact JSON of the list, "" for none
}

// Versions are the releases that answered.
type Versions struct{ ExecuTorch, Torch, TorchAO string }

// Origin says which seam wrote a recording, and what the schema of the tools has no field for.
type Origin struct {
	Version string `json:"version"`
	Edits   string `json:"edits,omitempty"`
	Shapes  string `json:"shapes,omitempty"`
	Data    string `json:"data,omitempty"` // "synthetic" where no calibration data was given
}

// Missing is something that seam does not model, and the nodes that it stopped at.
type Missing struct {
	Operator string   `json:"operator,omitempty"`
	Rule     string   `json:"rule,omitempty"`
	Nodes    []string `json:"nodes"`
}

// Mark is what a node says of the quantizer's annotation.
type Mark uint8

// The marks: a node without one has no "arm_quantized".
const (
	Unmarked Mark = iota
	MarkFalse
	MarkTrue
)

// Node is one node of a recorded graph.
type Node struct {
	Name, Op, Target string
	Args             []Arg
	Kwargs           []KwArg
	Val              Val
	Tag              string
	Mark             Mark
}

// KwArg is an argument given by name.
type KwArg struct {
	Name string
	Arg  Arg
}

// ValKind says how a node's value is written.
type ValKind uint8

// The kinds of value.
const (
	NoVal   ValKind = iota // the node carries none
	NullVal                // None
	TypeVal                // Text is "float32[1,16,64]"
	SymVal                 // Text is a number or another object as Python prints it
	ListVal
)

// Val is the type of a node's value.
type Val struct {
	Kind ValKind
	Text string
	List []Val
}

// Spec is one distinct quantization spec. Which fields count depends on Kind.
type Spec struct {
	Kind      string // observed, derived, fixed
	Observer  string
	From      [2]string
	Axis      int // -1 for none
	Dynamic   bool
	Eps       float64
	HasEps    bool
	Scale     float64
	ZeroPoint int64
	DType     string
	Min, Max  int64
	Scheme    string
}

// PlaceSpec is a place ("a->b", or "a" for an output) and what stands there.
type PlaceSpec struct {
	Place  string
	Null   bool   // "not quantized"
	Shared string // the place whose spec it takes, "" if it has one of its own
	Spec   int    // index into Specs
}

// PlaceGroup is a place and the number of its observer group.
type PlaceGroup struct {
	Place string
	Group int
}

// QParams is what the observer of one group saw and chose.
type QParams struct {
	Group          int
	Error          string
	Scale          []float64
	ZeroPoint      []int64
	MinVal, MaxVal []float64 // nil where the observer keeps none
	Observer       string
}

// Subgraph is the body of a control-flow operator.
type Subgraph struct {
	Name  string
	Nodes []Node
}

// Rejection is a node that the partitioner refused, and the first reason it got.
type Rejection struct{ Node, Reason string }
