package quant

import (
	"math"

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
		Kind: model.Call, Target: op, Name: d.names.Create(model.PacketName(op)), Args: args, Kwargs: kw, Type: t,
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
		if t := e.Node(x.Arg(2).Node).Type.T; x.Target != "aten.index_copy.default" || x.Type.T.Shape.Rank() == 0 ||
			t.Shape.Rank() != 1 {
			e.fail("DecomposeIndexCopyPass in place, or without extents", n)
			return
		}
		d := e.decompose(n)
		at := make([]model.Arg, wrapDim(int(x.Arg(1).Int), x.Type.T.Shape.Rank())+1)
		at[len(at)-1] = x.Arg(2)
		d.finish(d.emit("aten.index_put.default", x.Type, x.Arg(0), model.ListArg(at...), x.Arg(3)))
	}
	e.sweep()
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
		case ra >= 3 && rb == 2 && contiguous(d.strides(a.Node), d.typ(a).Shape):
			d.finish(d.folded(a, b))
		case ra == 3 && rb == 3 && d.typ(a).Shape.At(0) != d.typ(b).Shape.At(0) || ra == 1:
			e.fail("DecomposeMatmulPass on matrices that broadcast", n)
			return
		default:
			d.finish(d.batched(a, b, "aten._unsafe_view.default"))
		}
	}
	e.sweep()
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
	inner := t.Shape.At(-1)
	rows := model.Dim(t.Shape.Numel())
	if inner > 0 {
		rows /= inner
	}
	flat := d.view("aten.view.default", a, model.ShapeOf(rows, inner))
	mm := d.emit("aten.mm.default", model.TensorOf(t.DType, model.ShapeOf(rows, d.typ(b).Shape.At(1))), flat, b)
	return d.view("aten._unsafe_view.default", mm, t.Shape.With(-1, d.typ(b).Shape.At(1)))
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

// flatten expands a to the batch, and makes the batch one dimension: a view where the strides allow it, else a copy.
func (d *decomposition) flatten(a model.Arg, batch model.Shape) model.Arg {
	t := d.typ(a)
	n, m := t.Shape.At(-2), t.Shape.At(-1)
	to := batch.Append(n).Append(m)
	x := d.emit("aten.expand.default", model.TensorOf(t.DType, to), a, model.IntsArg(to.Ints()...))
	flat := model.ShapeOf(model.Dim(batch.Numel()), n, m)
	if !mergeable(d.strides(x.Node), to, batch.Rank()) {
		x = d.emitKw("aten.clone.default", model.TensorOf(t.DType, to), []model.KwArg{
			{Name: "memory_format", Arg: model.ConstArg("torch.contiguous_format")},
		}, x)
		return d.view("aten._unsafe_view.default", x, flat)
	}
	return d.view("aten.view.default", x, flat)
}

// attention writes scaled dot product attention out, with half of the scale on either operand.
//
//	source  backends/transforms/decompose_sdpa.py; torch/_decomp/decompositions.py:
//	        scaled_dot_product_flash_attention_for_cpu
func attention(e *editor) {
	for _, n := range e.hits() {
		d := e.decompose(n)
		q, k, v := d.x.Arg(0), d.x.Arg(1), d.x.Arg(2)
		s := d.typ(q).Shape
		if d.x.Type.Symbolic() || s.Rank() != 4 || s.At(1) != d.typ(k).Shape.At(1) || d.x.Arg(5).Bool() ||
			d.x.Kwarg("is_causal").Bool() || d.mask().Kind == model.ArgNode && !d.typ(d.mask()).DType.IsFloat() {
			e.fail("DecomposeScaledDotProductAttentionPass on other than four dimensions with as many heads everywhere, "+
				"or with a bool or causal mask", n)
			return
		}
		d.finish(d.attend(q, k, v))
	}
	e.sweep()
}

func (d *decomposition) mask() model.Arg {
	if m := d.x.Arg(3); !m.IsNone() {
		return m
	}
	return d.x.Kwarg("attn_mask")
}

func (d *decomposition) attend(q, k, v model.Arg) model.Arg {
	scale := 1 / math.Sqrt(float64(d.typ(q).Shape.At(-1)))
	if f, ok := d.x.Kwarg("scale").Number(); ok {
		scale = f
	}
	half := model.FloatArg(math.Sqrt(scale))
	same := func(op string, a model.Arg, rest ...model.Arg) model.Arg {
		return d.emit(op, model.Type{Kind: model.TensorKind, T: d.typ(a)}, append([]model.Arg{a}, rest...)...)
	}
	q = same("aten.mul.Scalar", q, half)
	t := d.typ(k)
	t.Shape = t.Shape.With(-1, t.Shape.At(-2)).With(-2, t.Shape.At(-1))
	k = d.emit("aten.transpose.int", model.Type{Kind: model.TensorKind, T: t}, k, model.IntArg(-2), model.IntArg(-1))
	k = same("aten.mul.Scalar", k, half)
	w := d.batched(q, k, "aten.view.default")
	if m := d.mask(); m.Kind == model.ArgNode {
		w = same("aten.add.Tensor", w, m)
	}
	w = same("aten._safe_softmax.default", w, model.IntArg(-1))
	out := d.batched(w, v, "aten.view.default")
	s := d.typ(out)
	turn := func(a model.Arg, dims ...int) model.Arg {
		t := d.typ(a)
		to := t.Shape
		for i, p := range dims {
			to = to.With(i, t.Shape.At(p))
		}
		return d.emit("aten.permute.default", model.TensorOf(s.DType, to), a, model.IntsArg(dims...))
	}
	out = turn(out, 2, 0, 1, 3)
	out = d.emitKw("aten.clone.default", model.Type{Kind: model.TensorKind, T: d.typ(out)}, []model.KwArg{
		{Name: "memory_format", Arg: model.ConstArg("torch.contiguous_format")},
	}, out)
	return turn(out, 1, 2, 0, 3)
}

// dead says whether RemoveGraphAsserts takes n out: a check, or what nobody reads.
func dead(g *model.Graph, n model.NodeID) bool {
	x := g.Node(n)
	switch x.Kind {
	case model.GetAttr:
		return len(g.Users(n)) == 0
	case model.Call:
		return isAssert(x.Target) || len(g.Users(n)) == 0 && !hasEffect(x)
	}
	return false
}

func isAssert(op string) bool {
	switch op {
	case "aten._assert_async.msg", "aten._assert_scalar.default", "aten.sym_constrain_range_for_size.default",
		"aten.sym_constrain_range.default", "aten._assert_tensor_metadata.default":
		return true
	}
	return false
}

// removeAsserts takes checks out, and then what nobody reads.
//
//	source  exir/passes/remove_graph_asserts_pass.py
func removeAsserts(e *editor) {
	e.RemoveDead(func(n model.NodeID) bool { x := e.Node(n); return hasEffect(x) && !isAssert(x.Target) })
}
