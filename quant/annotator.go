package quant

import (
	"math"

	"seam/model"
)

// Annotate runs a release's annotator on g and groups what it wrote, as prepare does.
//
//	errors  an UpstreamError where upstream raises; a MissingError for a rule that is not modelled
//	source  backends/arm/quantizer/arm_quantizer.py: TOSAQuantizer.annotate
func Annotate(g *model.Graph, rules *Rules, cfg Config) (*Annotation, error) {
	a, err := annotate(g, rules, cfg)
	if err != nil {
		return nil, err
	}
	ann := a.finish()
	if err := ann.group(); err != nil {
		return ann, err
	}
	return ann, ann.annotateBodies(rules, cfg)
}

// annotator is the state of one annotation run.
type annotator struct {
	g     *model.Graph
	rules *Rules
	cfg   Config
	args  Args // the setting in force
	in    families

	legacyFams [numLegacyRules]*Family // by rule

	specs   []QSpec  // by Slot
	ins     [][]Slot // by NodeID: its input places in the order written
	done    []bool   // the node has an annotation object
	matched []bool   // composable: a pattern quantizer took the node
	refused []bool   // composable: the node's cluster was refused
	allow   []bool   // the transforms before annotation may rewrite the node
	notes   []Note
	cells   []model.Mark // by mark place
	marks   []model.Mark // by NodeID, for nodes without a place
	stop    error
}

func annotate(g *model.Graph, rules *Rules, cfg Config) (*annotator, error) {
	list, err := cfg.overrides()
	if err != nil {
		return nil, err
	}
	a := newAnnotator(g, rules, cfg)
	if rules.Annotator == Legacy {
		a.legacy(list)
	} else {
		a.composable(list)
	}
	return a, a.stop
}

func newAnnotator(g *model.Graph, rules *Rules, cfg Config) *annotator {
	n := g.Len()
	a := &annotator{
		in: rules.sets(), g: g, rules: rules, cfg: cfg, args: cfg.Args, specs: make([]QSpec, g.Edges()+n),
		ins: make([][]Slot, n), done: make([]bool, n), matched: make([]bool, n), refused: make([]bool, n),
		allow: make([]bool, n), notes: make([]Note, n), marks: make([]model.Mark, n),
		cells: make([]model.Mark, g.MarkCells()),
	}
	slots := make([]Slot, g.Edges())
	for i := range n {
		first, end := g.InEdges(model.NodeID(i))
		a.ins[i] = slots[first:first:end]
		a.cells[g.MarkCell(model.NodeID(i))] = g.Mark(model.NodeID(i))
	}
	return a
}

func (a *annotator) edge(p, n model.NodeID) Slot { return Slot(a.g.Edge(p, n)) }

func (a *annotator) value(n model.NodeID) Slot { return Slot(a.g.Edges()) + Slot(n) }

func (a *annotator) op(n model.NodeID) model.OpID { return a.g.Node(n).Op }

// setIn writes the spec of the edge from p into n; a second write keeps the first one's place in the order.
func (a *annotator) setIn(p, n model.NodeID, q QSpec) {
	s := a.edge(p, n)
	if a.specs[s].Kind == NoSpec {
		a.ins[n] = append(a.ins[n], s)
	}
	a.specs[s] = q
}

func (a *annotator) setOut(n model.NodeID, q QSpec) { a.specs[a.value(n)] = q }

// hasOut says whether n's output carries a spec.
func (a *annotator) hasOut(n model.NodeID) bool { return a.specs[a.value(n)].Kind > NullSpec }

// mark writes the quantizer's mark where n keeps it, for every node that shares the place.
func (a *annotator) mark(n model.NodeID, m model.Mark) {
	if c := a.g.MarkCell(n); c > 0 {
		a.cells[c] = m
	} else {
		a.marks[n] = m
	}
}

func (a *annotator) markOf(n model.NodeID) model.Mark {
	if c := a.g.MarkCell(n); c > 0 {
		return a.cells[c]
	}
	return a.marks[n]
}

func shared(s Slot) QSpec { return QSpec{Kind: Shared, Of: s, Axis: -1} }

// finish turns the state into an Annotation without groups.
func (a *annotator) finish() *Annotation {
	ann := &Annotation{Graph: a.g, Specs: a.specs, Done: a.done, Notes: a.notes, Marks: make([]model.Mark, a.g.Len())}
	for i := range ann.Marks {
		n := model.NodeID(i)
		ann.Marks[i] = a.markOf(n)
		if !a.done[n] {
			continue
		}
		ann.Order = append(ann.Order, a.ins[n]...)
		if s := a.value(n); a.specs[s].Kind > NullSpec {
			ann.Order = append(ann.Order, s)
		}
	}
	return ann
}

// isFloat says whether n's value is one tensor of a floating type, of any width.
func (a *annotator) isFloat(n model.NodeID) bool {
	t := a.g.Node(n).Type
	return t.IsTensor() && t.T.DType.IsFloat()
}

// isFloat32 says whether n's value is float32 tensors only.
//
//	source  backends/arm/quantizer/quantization_annotator.py: _is_input_non_float_tensor and its sibling
func (a *annotator) isFloat32(n model.NodeID) bool {
	switch t := a.g.Node(n).Type; t.Kind {
	case model.TensorKind:
		return t.T.DType == model.Float32
	case model.ListKind:
		for _, e := range t.List {
			if e.DType != model.Float32 {
				return false
			}
		}
		return true
	}
	return false
}

// largeScalar is the magnitude above which a constant scalar is not quantized.
const largeScalar = 3.4028235e15

// isLargeScalar says whether n is a one-element constant, or a fill, of too large a magnitude.
//
//	source  backends/arm/quantizer/quantization_annotator.py: _is_large_scalar
func (a *annotator) isLargeScalar(n model.NodeID) bool {
	x := a.g.Node(n)
	if x.Kind == model.GetAttr {
		attr, ok := a.g.Attrs.Get(x.Target)
		if !ok || attr.Tensor == nil || attr.Tensor.Len() != 1 {
			return false
		}
		v, err := attr.Tensor.Floats()
		return err == nil && math.Abs(float64(v[0])) > largeScalar
	}
	switch x.Target {
	case "aten.full.default", "aten.fill_.Scalar":
		v, ok := x.Arg(1).Number()
		return ok && math.Abs(v) > largeScalar
	}
	return false
}

// biasSpec is the spec of the bias of n: derived from what its activation and weight get.
//
//	errors  NotImplementedError upstream, where neither dtypes nor specs allow it
//	source  backends/arm/quantizer/quantization_config.py: QuantizationConfig.get_bias_qspec
func (a *annotator) biasSpec(n model.NodeID) QSpec {
	x := a.g.Node(n)
	w := a.args.weight(0)
	q := QSpec{
		Kind: Derived, DType: model.Int32, Scheme: w.Scheme, Axis: -1, Min: -2147483647, Max: 2147483647,
		Observer: DerivedObserver,
		From:     [2]Slot{a.edge(x.Arg(0).Node, n), a.edge(x.Arg(1).Node, n)},
	}
	if w.Scheme.PerChannel() {
		q.Axis = 0
	}
	return q
}

// weightSpec is the spec of the weight of n: its channel axis is 1 for an ungrouped transposed convolution.
//
//	source  backends/arm/quantizer/quantization_config.py: _get_conv_transpose_weight_qspec
func (a *annotator) weightSpec(n model.NodeID) QSpec {
	axis := int8(0)
	if x := a.g.Node(n); x.Target == "aten.conv_transpose2d.input" && a.args.PerChannel && a.args.Preset != A8W4 {
		if g := x.Arg(6); g.Kind != model.ArgInt || g.Int == 1 {
			axis = 1
		}
	}
	return a.args.weight(axis)
}

// fixedInput is the spec of the input of acos, asin and atanh, whose range is known; ok is false without an entry for the
// width.
//
//	source  backends/arm/quantizer/quantization_config.py: _FIXED_QPARAMS
func (a *annotator) fixedInput(target string) (QSpec, bool) {
	q := a.args.act()
	q.Kind, q.Observer, q.Eps = Fixed, FixedQParamsObserver, 0
	wide := q.DType == model.Int16
	switch target {
	case "aten.acos.default", "aten.asin.default":
		q.Fixed.Scale = 2.0 / 256
		if wide {
			q.Fixed.Scale = 2.0 / 65536
		}
	case "aten.atanh.default":
		q.Fixed.Scale = 1.998 / 256
		if wide {
			q.Fixed.Scale = 1.99998 / 65536
		}
	case "aten.grid_sampler.default":
		q.Min, q.Max, q.Fixed.Scale = -127, 127, 1.0/127
		if wide {
			return QSpec{}, false
		}
	default:
		return QSpec{}, false
	}
	return q, true
}
