package quant

import (
	"slices"

	"seam/model"
)

// selectScatter chooses between the source, expanded, and the input by a mask over one dimension.
//
//	source  backends/arm/_passes/decompose_select_scatter_pass.py
func selectScatter(r rewrite) model.Arg {
	x := r.arg(0)
	s := r.shape(x)
	dim := wrapDim(int(r.x.Arg(2).Int), s.Rank())
	if s.Symbolic() {
		return r.fail("DecomposeSelectScatterPass on a shape that is not fixed")
	}
	size, index := int64(s.At(dim)), r.x.Arg(3).Int
	if index < 0 {
		index += size
	}
	at := r.emit("aten.arange.start_step", model.TensorOf(model.Int64, model.ShapeInts(int(size))),
		model.IntArg(0), model.IntArg(size), model.IntArg(1))
	place := slices.Repeat([]int{1}, s.Rank())
	place[dim] = -1
	at = r.emit("aten.view_copy.default", model.TensorOf(model.Int64, ones(s.Rank()).With(dim, s.At(dim))), at,
		model.IntsArg(place...))
	mask := r.compare("aten.eq.Scalar", at, model.IntArg(index))
	src := r.arg(1)
	t := r.typeOf(src)
	t.Shape = t.Shape.Insert(dim, 1)
	src = r.emit("aten.unsqueeze_copy.default", model.Type{Kind: model.TensorKind, T: t}, src, model.IntArg(int64(dim)))
	src = r.emit("aten.expand_copy.default", model.TensorOf(t.DType, s), src, model.IntsArg(s.Ints()...))
	return r.choose(mask, src, x)
}

// sliceScatter joins the source and what stands around it, or puts it at its places where the step is not 1.
//
//	source  backends/arm/_passes/decompose_slice_scatter_pass.py
func sliceScatter(r rewrite) model.Arg {
	x, src := r.arg(0), r.arg(1)
	args, err := model.Complete(r.x)
	if err != nil {
		r.err = err
		return model.Arg{}
	}
	s := r.shape(x)
	dim := wrapDim(int(args[2].Int), s.Rank())
	if s.At(dim).Symbolic() {
		return r.fail("DecomposeSliceScatterPass on an extent that is not fixed")
	}
	size, step := int(s.At(dim)), int(args[5].Int)
	lo, hi := bound(args[3], 0, size), bound(args[4], size, size)
	if hi <= lo {
		return x
	}
	at := r.put1("aten.arange.start_step", model.TensorOf(model.Int32, model.ShapeInts(ceilDiv(hi-lo, step))), []model.KwArg{
		{Name: "dtype", Arg: model.ConstArg("torch.int32")}, {Name: "device", Arg: model.ConstArg("cpu")},
	}, model.IntArg(int64(lo)), model.IntArg(int64(hi)), model.IntArg(int64(step)))
	if step == 1 {
		return r.around(x, src, dim, lo, hi)
	}
	if dim == 0 {
		return r.emit("aten.index_put.default", r.x.Type, x, model.ListArg(at), src, model.BoolArg(false))
	}
	perm, back := []int{dim}, make([]int, s.Rank())
	for i := range s.Rank() {
		if i != dim {
			perm = append(perm, i)
		}
	}
	for i, p := range perm {
		back[p] = i
	}
	x, src = r.permute(x, perm), r.permute(src, perm)
	out := r.emit("aten.index_put.default", model.Type{Kind: model.TensorKind, T: r.typeOf(x)}, x, model.ListArg(at), src,
		model.BoolArg(false))
	return r.permute(out, back)
}

// around joins the parts of x outside lo to hi with src between them.
func (r rewrite) around(x, src model.Arg, dim, lo, hi int) model.Arg {
	size := int(r.shape(x).At(dim))
	part := func(lo, hi int) model.Arg {
		t := r.typeOf(x)
		t.Shape = t.Shape.With(dim, model.Dim(hi-lo))
		return r.emit("aten.slice_copy.Tensor", model.Type{Kind: model.TensorKind, T: t}, x, model.IntArg(int64(dim)),
			model.IntArg(int64(lo)), model.IntArg(int64(hi)), model.IntArg(1))
	}
	parts := []model.Arg{src}
	if lo > 0 {
		parts = []model.Arg{part(0, lo), src}
	}
	if hi < size {
		parts = append(parts, part(hi, size))
	}
	return r.cat(parts, dim)
}

// permute adds a permute_copy.
func (r rewrite) permute(x model.Arg, dims []int) model.Arg {
	t := r.typeOf(x)
	to := t.Shape
	for i, d := range dims {
		to = to.With(i, t.Shape.At(d))
	}
	return r.emit("aten.permute_copy.default", model.TensorOf(t.DType, to), x, model.IntsArg(dims...))
}

// bound is an end of a slice, counted from the front and kept inside.
func bound(a model.Arg, missing, size int) int {
	v := missing
	if a.Kind == model.ArgInt {
		v = int(min(max(a.Int, -int64(size)-1), int64(size)))
		if v < 0 {
			v += size
		}
	}
	return max(0, min(v, size))
}

// tril chooses between the input and zero by a comparison of row and column numbers.
//
//	source  backends/arm/_passes/decompose_tril_pass.py
func tril(r rewrite) model.Arg {
	x := r.arg(0)
	t := r.typeOf(x)
	rows, cols := t.Shape.At(-2), t.Shape.At(-1)
	if rows.Symbolic() || cols.Symbolic() {
		return r.fail("DecomposeTrilPass on a shape that is not fixed")
	}
	line := func(n, a, b model.Dim) model.Arg {
		kw := []model.KwArg{{Name: "dtype", Arg: model.ConstArg("torch.float32")}}
		v := r.put1("aten.arange.default", model.TensorOf(model.Float32, model.ShapeOf(n)), kw, model.IntArg(int64(n)))
		return r.reshape("aten.reshape.default", v, model.ShapeOf(a, b))
	}
	row := line(rows, rows, 1)
	if d := r.x.Arg(1); d.Int != 0 {
		row = r.unary("aten.add.Scalar", row, d)
	}
	mask := r.compare("aten.ge.Tensor", row, line(cols, 1, cols))
	if t.DType == model.Bool {
		return r.binary("aten.bitwise_and.Tensor", x, mask)
	}
	kw := []model.KwArg{{Name: "dtype", Arg: model.ConstArg("torch." + t.DType.String())}}
	zero := r.put1("aten.scalar_tensor.default", model.TensorOf(t.DType, model.Shape{}), kw, model.IntArg(0))
	return r.choose(mask, x, zero)
}

// embedding reads rows by a flat list of indices. Its nodes carry no meta.
//
//	source  backends/arm/_passes/decompose_embedding_pass.py
func embedding(r rewrite) model.Arg {
	f := r.fresh()
	w, at := r.arg(0), r.arg(1)
	n := r.shape(at).Numel()
	if n < 0 || r.x.Type.Symbolic() {
		return r.fail("DecomposeEmbeddingPass on a shape that is not fixed")
	}
	at = f.reshape("aten.reshape.default", at, model.ShapeOf(model.Dim(n)))
	t := r.typeOf(w)
	rows := f.emit("aten.index_select.default", model.TensorOf(t.DType, t.Shape.With(0, model.Dim(n))), w, model.IntArg(0), at)
	return f.reshape("aten.reshape.default", rows, r.x.Type.T.Shape)
}

// indexPut adds what is at the places to the values where they accumulate.
//
//	source  backends/arm/_passes/accumulate_index_put_pass.py
func indexPut(r rewrite) model.Arg {
	x, values := r.arg(0), r.arg(2)
	at := r.arg(1)
	if r.x.Arg(3).Bool() {
		t, ok := r.indexed(r.typeOf(x), at.List)
		if !ok {
			return r.fail("AccumulateIndexPutPass with a mask")
		}
		values = r.binary("aten.add.Tensor", r.emit("aten.index.Tensor", t, x, at), values)
	}
	return r.put1(r.x.Target, r.x.Type, r.kwargs(), x, at, values)
}

// indexed is the type of x at places given by one index tensor a dimension, None for all; ok is false for masks.
func (r rewrite) indexed(x model.TensorType, at []model.Arg) (model.Type, bool) {
	var picked, out model.Shape
	first, gap, last := -1, false, -1
	for i, a := range at {
		if a.IsNone() {
			continue
		}
		t := r.typeOf(a)
		if t.DType == model.Bool || t.DType == model.Uint8 {
			return model.Type{}, false
		}
		picked, _ = broadcast(picked, t.Shape)
		gap = gap || last >= 0 && last != i-1
		if last = i; first < 0 {
			first = i
		}
	}
	if gap {
		first = 0
	}
	for i := range x.Shape.Rank() + 1 {
		if i == first {
			for _, d := range picked.Dims() {
				out = out.Append(d)
			}
		}
		if i < x.Shape.Rank() && (i >= len(at) || at[i].IsNone()) {
			out = out.Append(x.Shape.At(i))
		}
	}
	return model.TensorOf(x.DType, out), true
}

// dynamicFull makes a full of a size that is not fixed from one element.
//
//	source  backends/arm/_passes/decompose_dynamic_full_pass.py
func dynamicFull(r rewrite) model.Arg {
	t := r.x.Type
	t.T.Shape = model.ShapeInts(1)
	one := r.put1(r.x.Target, t, r.kwargs(), model.IntsArg(1), r.x.Arg(1))
	return r.emit("edge.aten.repeat.default", r.x.Type, one, r.arg(0))
}

func symbolicFull(g *model.Graph, n model.NodeID) bool {
	_, ok := g.Node(n).Arg(0).Ints()
	return !ok
}
