package quant

import (
	"math"

	"seam/model"
)

// span is the least and the largest value that a whole number may have.
type span struct{ lo, hi int64 }

func (s span) fits() bool { return s.lo >= math.MinInt32 && s.hi <= math.MaxInt32 }

// indexPaths is what is computed from the index that argmax node source gives, and is known to stay within int32: the spans
// of whole numbers, and the calls that may read int32 instead.
//
//	source  backends/arm/_passes/convert_int64_output_ops_to_int32.py: _find_safe_index_consumers
type indexPaths struct {
	g     *model.Graph
	spans map[model.NodeID]span
	safe  map[model.NodeID]bool
}

func newIndexPaths(g *model.Graph, source model.NodeID) *indexPaths {
	p := &indexPaths{g, map[model.NodeID]span{source: {0, lookedOver(g, source) - 1}}, map[model.NodeID]bool{}}
	for i := int(source) + 1; i < g.Len(); i++ {
		n := model.NodeID(i)
		if g.Node(n).Kind != model.Call {
			continue
		}
		if s, ok := p.infer(n); ok {
			p.spans[n], p.safe[n] = s, true
		} else if p.widens(n) {
			p.safe[n] = true
		}
	}
	return p
}

// lookedOver is how many elements argmax n looks over.
func lookedOver(g *model.Graph, n model.NodeID) int64 {
	x := g.Node(n)
	if x.Arg(0).Kind != model.ArgNode {
		return 0
	}
	s := g.Node(x.Arg(0).Node).Type.T.Shape
	if d := x.Arg(1); d.Kind == model.ArgInt && s.Rank() > 0 {
		return int64(s.At(wrapDim(int(d.Int), s.Rank())))
	}
	return s.Numel()
}

// infer is the span of a whole number computed from known ones.
func (p *indexPaths) infer(n model.NodeID) (span, bool) {
	x := p.g.Node(n)
	if !int64Output(p.g, n) {
		return span{}, false
	}
	switch x.Target {
	case "aten.unsqueeze.default", "aten.expand.default", "aten.view.default":
		s, ok := p.spans[x.Arg(0).Node]
		return s, ok && x.Arg(0).Kind == model.ArgNode
	case "aten.add.Tensor", "aten.sub.Tensor", "aten.mul.Tensor":
		a, ok := p.operand(x.Arg(0))
		b, ok2 := p.operand(x.Arg(1))
		if !ok || !ok2 || !a.fits() || !b.fits() {
			return span{}, false
		}
		s := combined(x, a, b)
		return s, s.fits()
	}
	return span{}, false
}

func combined(x *model.Node, a, b span) span {
	if x.Target == "aten.mul.Tensor" {
		return span{
			min(a.lo*b.lo, a.lo*b.hi, a.hi*b.lo, a.hi*b.hi), max(a.lo*b.lo, a.lo*b.hi, a.hi*b.lo, a.hi*b.hi),
		}
	}
	if k := x.Kwarg("alpha"); k.Kind == model.ArgInt {
		b = span{min(b.lo*k.Int, b.hi*k.Int), max(b.lo*k.Int, b.hi*k.Int)}
	}
	if x.Target == "aten.sub.Tensor" {
		return span{a.lo - b.hi, a.hi - b.lo}
	}
	return span{a.lo + b.lo, a.hi + b.hi}
}

// operand is the span of an operand: a number, a constant of one element, or what was computed.
func (p *indexPaths) operand(a model.Arg) (span, bool) {
	switch a.Kind {
	case model.ArgInt:
		return span{a.Int, a.Int}, true
	case model.ArgNode:
		if s, ok := p.spans[a.Node]; ok {
			return s, true
		}
		return p.constant(a.Node)
	}
	return span{}, false
}

func (p *indexPaths) constant(n model.NodeID) (span, bool) {
	attr, ok := p.g.Attrs.Get(p.g.Node(n).Target)
	if p.g.Node(n).Kind != model.GetAttr || !ok || attr.Tensor == nil || attr.Tensor.Len() != 1 || !attr.Tensor.DType.IsInteger() {
		return span{}, false
	}
	v, err := attr.Tensor.Ints()
	if err != nil {
		return span{}, false
	}
	return span{v[0], v[0]}, true
}

// widens says whether n reads whole numbers of known spans alone, and gives something else.
func (p *indexPaths) widens(n model.NodeID) bool {
	switch p.g.Node(n).Target {
	case "aten.to.dtype", "aten.to.dtype_layout", "aten.index.Tensor", "aten.add.Tensor", "aten.sub.Tensor", "aten.mul.Tensor":
	default:
		return false
	}
	if !p.g.Node(n).Type.IsTensor() || int64Output(p.g, n) {
		return false
	}
	found := false
	for _, in := range p.g.In(n) {
		if !int64Output(p.g, in) {
			continue
		}
		if _, ok := p.spans[in]; !ok {
			return false
		}
		found = true
	}
	return found
}

// castIndex casts an index to int32 for what is known to keep it in range, and back where other readers begin.
//
//	source  backends/arm/_passes/convert_int64_output_ops_to_int32.py: _cast_safe_index_paths_to_int32
func (e *editor) castIndex(n model.NodeID) {
	source := n - model.ID(0)
	if size := lookedOver(e.old, source); size < 0 {
		e.fail("ConvertInt64OutputOpsToInt32Pass over an extent that is not fixed", n)
		return
	} else if size > math.MaxInt32 {
		e.err = &model.UpstreamError{Step: "prepare", Text: "RuntimeError: the int64 index cannot be safely cast to int32"}
		return
	}
	p := newIndexPaths(e.old, source)
	var direct []model.NodeID
	for _, u := range e.old.Users(source) {
		if p.safe[u] {
			direct = append(direct, model.ID(u))
		}
	}
	e.castAfter(n, direct, model.Int32)
	for i := range e.old.Len() {
		m := model.NodeID(i)
		if _, computed := p.spans[m]; computed && m != source {
			e.castBack(p, m)
		} else if _, single := p.constant(m); single && int64Output(e.old, m) {
			e.castConstant(p, m)
		}
	}
}

// castBack puts a cast to int64 behind m for the readers that may not read int32.
func (e *editor) castBack(p *indexPaths, m model.NodeID) {
	var rest []model.NodeID
	for _, u := range e.old.Users(m) {
		if !p.safe[u] {
			rest = append(rest, model.ID(u))
		}
	}
	if len(rest) > 0 {
		e.castAfter(model.ID(m), rest, model.Int64)
	}
}

// castConstant casts a constant of one element for the arithmetic that is done in int32.
func (e *editor) castConstant(p *indexPaths, m model.NodeID) {
	var readers []model.NodeID
	for _, u := range e.old.Users(m) {
		if p.safe[u] && e.old.Node(u).Op.Row().Eval == model.EvBinary {
			readers = append(readers, model.ID(u))
		}
	}
	if len(readers) > 0 {
		e.castAfter(model.ID(m), readers, model.Int32)
	}
}
