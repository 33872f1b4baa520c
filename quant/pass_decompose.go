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

func matrixOperands(g *model.Graph, n model.NodeID) bool {
	a := g.Node(n).Arg(1)
	return a.Kind == model.ArgNode && g.Node(a.Node).Type.T.Shape.Rank() != 1
}

// matmuls writes matmul as mm or bmm.
//
//	source  torch/_decomp/decompositions.py: matmul
func matmuls(e *editor) {
	for _, n := range e.hits() {
		d := e.decompose(n)
		a, b := d.x.Arg(0), d.x.Arg(1)
		ra, rb := d.typ(a).Shape.Rank(), d.typ(b).Shape.Rank()
		switch {
		case d.x.Type.Symbolic() || ra == 0:
			e.fail("DecomposeMatmulPass on a shape that is not fixed", n)
			return
		case ra == 2 && rb == 2:
			d.finish(d.emit("aten.mm.default", d.x.Type, a, b))
		case ra == 1 && rb == 2:
			d.finish(d.vectorMatrix(a, b))
		case ra >= 3 && rb == 2 && (d.trained(b) || contiguous(d.strides(a.Node), d.typ(a).Shape)):
			d.finish(d.folded(a, b))
		case rb >= 3 && (ra == 2 && d.trained(a) || ra == 1 && (d.trained(a) || contiguous(d.strides(b.Node), d.typ(b).Shape))):
			d.finish(d.foldedLeft(a, b))
		case ra == 1:
			e.fail("DecomposeMatmulPass of a vector with a batch of matrices", n)
			return
		case ra == 3 && rb == 3 && d.typ(a).Shape.At(0) != d.typ(b).Shape.At(0):
			d.finish(d.single(a, b))
		default:
			d.finish(d.batched(a, b, "aten._unsafe_view.default"))
		}
	}
	e.sweep()
}

// single multiplies a batch by a batch of one, which becomes a plain matrix.
func (d *decomposition) single(a, b model.Arg) model.Arg {
	squeeze := func(x model.Arg) model.Arg {
		t := d.typ(x)
		return d.emit("aten.squeeze.dim", model.TensorOf(t.DType, t.Shape.Remove(0)), x, model.IntArg(0))
	}
	if d.typ(a).Shape.At(0) == 1 {
		left := squeeze(a)
		if d.trained(a) {
			return d.foldedLeft(left, b)
		}
		return d.batched(left, b, "aten._unsafe_view.default")
	}
	trained := d.trained(b)
	b = squeeze(b)
	if trained || contiguous(d.strides(a.Node), d.typ(a).Shape) {
		return d.folded(a, b)
	}
	return d.batched(a, b, "aten._unsafe_view.default")
}

func (d *decomposition) vectorMatrix(a, b model.Arg) model.Arg {
	t := d.typ(a)
	one := d.emit("aten.unsqueeze.default", model.TensorOf(t.DType, t.Shape.Insert(0, 1)), a, model.IntArg(0))
	mm := d.emit("aten.mm.default", model.TensorOf(t.DType, model.ShapeOf(1, d.typ(b).Shape.At(1))), one, b)
	return d.emit("aten.squeeze_.dim", d.x.Type, mm, model.IntArg(0))
}

// folded multiplies many rows by one matrix.
func (d *decomposition) folded(a, b model.Arg) model.Arg {
	t := d.typ(a)
	return d.view("aten._unsafe_view.default", d.rowsTimes(a, b), t.Shape.With(-1, d.typ(b).Shape.At(1)))
}

// rowsTimes multiplies all rows of a with the matrix or vector b.
func (d *decomposition) rowsTimes(a, b model.Arg) model.Arg {
	t := d.typ(a)
	inner := t.Shape.At(-1)
	rows := model.Dim(t.Shape.Numel())
	if inner > 0 {
		rows /= inner
	}
	flat := d.reshape(a, model.ShapeOf(rows, inner))
	if d.typ(b).Shape.Rank() == 1 {
		return d.emit("aten.mv.default", model.TensorOf(t.DType, model.ShapeOf(rows)), flat, b)
	}
	return d.emit("aten.mm.default", model.TensorOf(t.DType, model.ShapeOf(rows, d.typ(b).Shape.At(1))), flat, b)
}

// foldedLeft multiplies a matrix or vector a with every matrix of b: b's columns are rows of one matrix, times a turned over.
func (d *decomposition) foldedLeft(a, b model.Arg) model.Arg {
	turn := func(x model.Arg) model.Arg {
		t := d.typ(x)
		to := t.Shape.With(-1, t.Shape.At(-2)).With(-2, t.Shape.At(-1))
		return d.emit("aten.transpose.int", model.TensorOf(t.DType, to), x, model.IntArg(-2), model.IntArg(-1))
	}
	t := d.typ(a)
	turn(b) // the trace has one that nothing reads
	rows := turn(b)
	out := d.typ(rows).Shape
	if t.Shape.Rank() == 1 {
		return d.view("aten._unsafe_view.default", d.rowsTimes(rows, a), out.Remove(out.Rank()-1))
	}
	a = d.emit("aten.t.default", model.TensorOf(t.DType, model.ShapeOf(t.Shape.At(1), t.Shape.At(0))), a)
	v := turn(d.view("aten._unsafe_view.default", d.rowsTimes(rows, a), out.With(-1, t.Shape.At(0))))
	if contiguous(d.strides(v.Node), d.typ(v).Shape) {
		return v
	}
	return d.clone(v)
}

// trained says whether a value is a parameter that asks for a gradient.
//
//	source  torch/_decomp/decompositions.py: should_fold
func (d *decomposition) trained(a model.Arg) bool {
	x := d.Node(a.Node)
	attr, ok := d.Attr(x.Target)
	return ok && x.Kind == model.GetAttr && attr.Param && !attr.Frozen
}

func (d *decomposition) view(op string, a model.Arg, to model.Shape) model.Arg {
	return d.emit(op, model.TensorOf(d.typ(a).DType, to), a, model.IntsArg(to.Ints()...))
}

// batched expands both operands, multiplies batch by batch, and gives the result its shape by op.
func (d *decomposition) batched(a, b model.Arg, op string) model.Arg {
	sa, sb := d.typ(a).Shape, d.typ(b).Shape
	batch, ok := broadcast(batchOf(sa), batchOf(sb))
	if !ok {
		d.fail("a product of matrices on a shape that is not fixed", d.n)
		return a
	}
	x := d.flatten(a, batch)
	y := d.flatten(b, batch)
	n, p := sa.At(-2), sb.At(-1)
	out := d.emit("aten.bmm.default", model.TensorOf(d.typ(a).DType, model.ShapeOf(d.typ(x).Shape.At(0), n, p)), x, y)
	return d.view(op, out, batch.Append(n).Append(p))
}

func batchOf(s model.Shape) model.Shape { return model.ShapeOf(s.Dims()[:max(0, s.Rank()-2)]...) }

// flatten expands a to the batch, and makes the batch one dimension.
func (d *decomposition) flatten(a model.Arg, batch model.Shape) model.Arg {
	t := d.typ(a)
	n, m := t.Shape.At(-2), t.Shape.At(-1)
	return d.reshape(d.expand(a, batch.Append(n).Append(m)), model.ShapeOf(model.Dim(batch.Numel()), n, m))
}

func (d *decomposition) expand(a model.Arg, to model.Shape) model.Arg {
	return d.emit("aten.expand.default", model.TensorOf(d.typ(a).DType, to), a, model.IntsArg(to.Ints()...))
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
