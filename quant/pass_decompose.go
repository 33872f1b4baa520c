package quant

import (
	"seam/model"
)

// decomposition is a node being replaced by what tracing it gives: its nodes are named within the trace first, and carry the
// module's path but no mark.
//
//	source  backends/arm/_passes/get_decomposition_pass.py; torch/fx/experimental/proxy_tensor.py: make_fx
type decomposition struct {
	*editor
	n     model.NodeID
	x     *model.Node
	names *model.Namespace
	sized []model.NodeID // the calls that are given sizes, in order
}

func (e *editor) decompose(n model.NodeID) *decomposition {
	return &decomposition{editor: e, n: n, x: e.Node(n), names: model.NewNamespace()}
}

func (d *decomposition) emit(op string, t model.Type, args ...model.Arg) model.Arg {
	return d.emitKw(op, t, nil, args...)
}

func (d *decomposition) emitKw(op string, t model.Type, kw []model.KwArg, args ...model.Arg) model.Arg {
	d.At(d.n)
	x := d.Node(d.n)
	id := d.put(model.Spec{
		Kind: model.Call, Target: op, Name: d.names.Create(model.CallName(op)), Args: args, Kwargs: kw, Type: t,
		From: d.Source(d.n),
	})
	d.Node(id).Meta = x.Meta
	return model.NodeArg(id)
}

// finish puts v in the node's place.
func (d *decomposition) finish(v model.Arg) {
	d.ReplaceUses(d.n, v.Node)
	d.Erase(d.n)
}

func (d *decomposition) typ(a model.Arg) model.TensorType { return d.Node(a.Node).Type.T }

// indexCopies writes index_copy as an index_put.
//
//	source  torch/_decomp/decompositions.py: _index_copy
func indexCopies(e *editor) {
	for _, n := range e.hits() {
		x := e.Node(n)
		if t := e.Node(x.Arg(2).Node).Type.T; x.Type.T.Shape.Rank() == 0 || t.Shape.Rank() != 1 {
			e.fail("DecomposeIndexCopyPass without extents", n)
			return
		}
		d := e.decompose(n)
		at := make([]model.Arg, wrapDim(int(x.Arg(1).Int), x.Type.T.Shape.Rank())+1)
		at[len(at)-1] = x.Arg(2)
		op := "aten.index_put.default"
		if x.Target == "aten.index_copy_.default" {
			if e.learned(x.Arg(3)) {
				e.err = &model.UpstreamError{Step: "prepare", Text: "RuntimeError: a leaf Variable that requires grad is being used " +
					"in an in-place operation."}
				return
			}
			op = "aten.index_put_.default"
		}
		d.finish(d.emit(op, x.Type, x.Arg(0), model.ListArg(at...), x.Arg(3)))
	}
	e.sweep()
}

// learned says whether a value depends on a parameter, so that what it is written into requires a gradient, which tracing
// refuses.
func (e *editor) learned(a model.Arg) bool {
	seen := map[model.NodeID]bool{}
	var work []model.NodeID
	a.Walk(func(n model.NodeID) { work = append(work, n) })
	for len(work) > 0 {
		n := work[0]
		work = work[1:]
		if seen[n] {
			continue
		}
		seen[n] = true
		if attr, ok := e.Attr(e.Node(n).Target); ok && e.Node(n).Kind == model.GetAttr && attr.Param {
			return true
		}
		work = append(work, e.In(n)...)
	}
	return false
}

func (e *editor) sweep() {
	e.RemoveDead(func(n model.NodeID) bool { return hasEffect(e.Node(n)) })
}

func (d *decomposition) view(op string, a model.Arg, to model.Shape) model.Arg {
	return d.size(d.emit(op, model.TensorOf(d.typ(a).DType, to), a, model.IntsArg(to.Ints()...)))
}

func (d *decomposition) size(v model.Arg) model.Arg {
	d.sized = append(d.sized, v.Node)
	return v
}

func batchOf(s model.Shape) model.Shape { return model.ShapeOf(s.Dims()[:max(0, s.Rank()-2)]...) }

func (d *decomposition) expand(a model.Arg, to model.Shape) model.Arg {
	return d.size(d.emit("aten.expand.default", model.TensorOf(d.typ(a).DType, to), a, model.IntsArg(to.Ints()...)))
}

// reshape gives a another shape: a view where the strides allow it, else a copy.
func (d *decomposition) reshape(a model.Arg, to model.Shape) model.Arg {
	if viewable(d.strides(a.Node), d.typ(a).Shape, to) {
		return d.view("aten.view.default", a, to)
	}
	return d.view("aten._unsafe_view.default", d.clone(a), to)
}

func (d *decomposition) clone(a model.Arg) model.Arg {
	return d.emitKw("aten.clone.default", model.Type{Kind: model.TensorKind, T: d.typ(a)}, []model.KwArg{
		{Name: "memory_format", Arg: model.ConstArg("torch.contiguous_format")},
	}, a)
}

func (d *decomposition) permute(a model.Arg, dims ...int) model.Arg {
	t := d.typ(a)
	to := t.Shape
	for i, p := range dims {
		to = to.With(i, t.Shape.At(p))
	}
	return d.emit("aten.permute.default", model.TensorOf(t.DType, to), a, model.IntsArg(dims...))
}

func (d *decomposition) unsqueeze(a model.Arg, dim int) model.Arg {
	t := d.typ(a)
	return d.emit("aten.unsqueeze.default", model.TensorOf(t.DType, t.Shape.Insert(dim, 1)), a, model.IntArg(int64(dim)))
}

// same adds a call whose result has its first operand's type.
func (d *decomposition) same(op string, a model.Arg, rest ...model.Arg) model.Arg {
	return d.emit(op, model.Type{Kind: model.TensorKind, T: d.typ(a)}, append([]model.Arg{a}, rest...)...)
}
