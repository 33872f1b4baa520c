package quant

import "seam/model"

// Slot is a place that carries a spec: all edges of the annotated graph (slot = EdgeID), then all values (Edges() + NodeID).
type Slot int32

// SpecKind says how a place gets its quantization parameters.
type SpecKind uint8

// The kinds of spec. NoSpec: the annotator wrote nothing at the place; NullSpec: it wrote down "not quantized".
const (
	NoSpec SpecKind = iota
	NullSpec
	Observed
	Fixed
	Derived
	Shared
)

var specNames = [...]string{"none", "not quantized", "observed", "fixed", "derived", "shared"}

func (k SpecKind) String() string { return specNames[k] }

// Scheme is upstream's qscheme.
type Scheme uint8

// The schemes.
const (
	PerTensorAffine Scheme = iota
	PerTensorSymmetric
	PerChannelSymmetric
	PerChannelAffine
)

var schemeNames = [...]string{"per_tensor_affine", "per_tensor_symmetric", "per_channel_symmetric", "per_channel_affine"}

func (s Scheme) String() string { return schemeNames[s] }

// PerChannel says whether a spec of the scheme has a scale per channel.
func (s Scheme) PerChannel() bool { return s >= PerChannelSymmetric }

// Observer is the class that looks at the values.
type Observer uint8

// The observers.
const (
	NoObserver Observer = iota
	HistogramObserver
	MinMaxObserver
	PerChannelMinMaxObserver
	FixedQParamsObserver
	DerivedObserver
	FusedFakeQuantize // observes a moving average, and gives the value back quantized and dequantized
	FakeQuantize      // observes extremes, likewise
)

var observerNames = [...]string{
	"", "HistogramObserver", "MinMaxObserver", "PerChannelMinMaxObserver", "FixedQParamsObserver",
	"DerivedObserverOrFakeQuantize", "FusedMovingAvgObsFakeQuantize", "FakeQuantize",
}

func (o Observer) String() string { return observerNames[o] }

// QParam turns integers into real numbers: real = Scale * (q - Zero). Scale is the exact double of a float32.
type QParam struct {
	Scale float64
	Zero  int64
}

// QSpec is the quantization spec of one place. It is comparable and holds no pointers.
type QSpec struct {
	Kind     SpecKind
	DType    model.DType
	Scheme   Scheme
	Axis     int8 // channel axis, -1 for none
	Min, Max int64
	Observer Observer
	Eps      float32
	Fixed    QParam  // Fixed
	Of       Slot    // Shared: the place whose spec it takes
	From     [2]Slot // Derived: the activation's and the weight's place
}

// same says whether two resolved specs may share an observer: what prepare compares, which leaves observer class and eps out.
//
//	source  torchao/quantization/pt2e/prepare.py: _has_same_attr
func (q QSpec) same(r QSpec) bool {
	if q.DType != r.DType || q.Min != r.Min || q.Max != r.Max || q.Scheme != r.Scheme {
		return false
	}
	if (q.Kind == Fixed) != (r.Kind == Fixed) {
		return false
	}
	if q.Kind == Fixed {
		return q.Fixed == r.Fixed
	}
	return q.Axis == r.Axis
}

// GroupID numbers the sharing groups of an annotation from 0, by first member.
type GroupID int32

// SharingGroup is the places that share one observer.
type SharingGroup struct {
	ID      GroupID
	Spec    QSpec  // the spec that won: that of the first place in visiting order
	Root    Slot   // the place whose spec won
	Members []Slot // in visiting order
}

// Annotation is what an annotator wrote: specs by place, the groups that prepare makes of them, and the marks.
type Annotation struct {
	Graph  *model.Graph // the graph that was annotated
	Specs  []QSpec      // by Slot
	Order  []Slot       // the places with a spec, in the order in which prepare visits them
	Of     []GroupID    // by Slot; -1 without a spec
	Groups []SharingGroup
	Marks  []model.Mark // by NodeID, after annotation
	Done   []bool       // by NodeID: the annotator wrote an annotation
	Notes  []Note       // by NodeID: who annotated the node, or why nobody did

	Bodies map[string]*Annotation // of loops, by the name of their get_attr; nil without any
}

// Note says which rule annotated a node, or which refused it and why.
type Note struct {
	Rule   model.Rule
	Family string // the family list that holds the operator, "" if none does
	Text   string // why it was left alone; upstream's text where it has one
}

// EdgeSlot is the place of edge e.
func EdgeSlot(e model.EdgeID) Slot { return Slot(e) }

// ValueSlot is the place of the output of n.
func (a *Annotation) ValueSlot(n model.NodeID) Slot { return Slot(a.Graph.Edges()) + Slot(n) }

// InputSlot is the place of the edge from p into n, -1 if there is none.
func (a *Annotation) InputSlot(p, n model.NodeID) Slot { return Slot(a.Graph.Edge(p, n)) }

// Spec is the spec of a place.
func (a *Annotation) Spec(s Slot) QSpec {
	if s < 0 {
		return QSpec{}
	}
	return a.Specs[s]
}

// Group is the group of a place, -1 if it has none.
func (a *Annotation) Group(s Slot) GroupID {
	if s < 0 {
		return -1
	}
	return a.Of[s]
}

// Place is a slot's nodes: the producer, and the consumer (None for the output of the producer).
func (a *Annotation) Place(s Slot) (p, n model.NodeID) {
	if e := a.Graph.Edges(); int(s) >= e {
		return model.NodeID(int(s) - e), model.None
	}
	return a.Graph.EdgeEnds(model.EdgeID(s))
}

// PlaceName is "a->b" for an edge, "a" for an output.
func (a *Annotation) PlaceName(s Slot) string {
	p, n := a.Place(s)
	if n == model.None {
		return a.Graph.Node(p).Name
	}
	return a.Graph.Node(p).Name + "->" + a.Graph.Node(n).Name
}

// GroupStat is what one group's observer saw and chose.
type GroupStat struct {
	Params   []QParam  // one, or one a channel; empty without an answer
	Min, Max []float32 // what it saw; for a histogram its ends
	Lo, Hi   float32   // the range that the scale covers, per tensor
	Err      string    // why the observer could not answer
	Unknown  bool      // seam cannot evaluate what the group looks at: shown as "?"
	Seen     []Extent  // what each value had on its own, in graph order; none for a fake-quantizing observer
	Counts   []float32 // of a histogram: how many values fell into each of equal parts of [Min, Max]
}

// Calibration is every group's answer.
type Calibration struct {
	Groups    []GroupStat // by GroupID
	Synthetic bool        // from seeded synthetic inputs, not from the user's data

	Bodies map[string]*Calibration // of loops, by the name of their get_attr; nil without any

	folded *folded // weights that converting made integers of; nil keeps none
}

// Param is the parameters of a group, nil if unknown.
func (c *Calibration) Param(g GroupID) []QParam {
	if c == nil || g < 0 || int(g) >= len(c.Groups) {
		return nil
	}
	return c.Groups[g].Params
}
