package quant

import (
	"seam/model"
)

// listOr is a list of dimensions, or all of them where it is missing.
func listOr(a model.Arg, rank int) []int {
	if v, ok := a.Ints(); ok && len(v) > 0 {
		return v
	}
	out := make([]int, rank)
	for i := range out {
		out[i] = i
	}
	return out
}

// meanDim writes a mean as a sum times 1/N, in rank 4 and back.
//
//	source  backends/arm/_passes/decompose_meandim_pass.py
func meanDim(r rewrite) model.Arg {
	x := r.arg(0)
	s, rank := r.shape(x), r.shape(x).Rank()
	var dims []int
	for _, d := range listOr(r.x.Arg(1), rank) {
		switch d = wrapDim(d, rank); {
		case s.At(d).Symbolic():
			return r.raise("NotImplementedError: Dynamic mean.dim decomposition is not supported for torch.aten.mean.")
		case s.At(d) != 1:
			dims = append(dims, d)
		}
	}
	x, dims = r.toRank4(x, dims)
	if len(dims) > 0 {
		n := 1
		for _, d := range dims {
			n *= int(r.shape(x).At(d))
		}
		x = r.binary("aten.mul.Tensor", r.reduce("aten.sum.dim_IntList", x, dims, true), model.FloatArg(1/float64(n)))
	}
	if r.shape(x) != r.x.Type.T.Shape {
		x = r.reshape("aten.reshape.default", x, r.x.Type.T.Shape)
	}
	return x
}

// toRank4 reshapes x to rank 4, with extents 1 in front; what has more goes to rank 4 and back to its own shape. The
// dimensions are those of the result.
func (r rewrite) toRank4(x model.Arg, dims []int) (model.Arg, []int) {
	s := r.shape(x)
	rank := s.Rank()
	if rank == 4 {
		return x, dims
	}
	to, shift := s, 0
	for ; to.Rank() < 4; shift++ {
		to = to.Insert(0, 1)
	}
	for to.Rank() > 4 {
		head := to.At(0)
		to = to.Remove(0)
		to = to.With(0, to.At(0)*head)
	}
	x = r.reshape("aten.reshape.default", x, to)
	if rank > 4 {
		return r.reshape("aten.reshape.default", x, s), dims
	}
	out := make([]int, len(dims))
	for i, d := range dims {
		out[i] = d + shift
	}
	return x, out
}

// variance writes a variance as the sum of squared differences from the mean, times 1/max(0, N - correction).
//
//	source  backends/arm/_passes/decompose_var_pass.py
func variance(r rewrite) model.Arg {
	x := r.arg(0)
	rank := r.shape(x).Rank()
	dims := listOr(r.x.Arg(1), rank)
	correction, keep := model.IntArg(1), model.BoolArg(false)
	if r.x.Target == "aten.var.dim" {
		if a := r.x.Arg(2); !a.IsNone() {
			correction = model.IntArg(a.Int)
		}
		if a := r.x.Arg(3); !a.IsNone() {
			keep = a
		}
	} else {
		if a := r.x.Kwarg("correction"); !a.IsNone() {
			correction = a
		}
		if a := r.x.Kwarg("keepdim"); !a.IsNone() {
			keep = a
		}
	}
	n := 1.0
	for _, d := range dims {
		if e := r.shape(x).At(wrapDim(d, rank)); !e.Symbolic() {
			n *= float64(e)
		} else {
			return r.fail("DecomposeVarPass over an extent that is not fixed")
		}
	}
	c, _ := correction.Number()
	if n-c <= 0 {
		return r.raise("ZeroDivisionError: division by zero")
	}
	mean := r.reduce("aten.mean.dim", x, dims, true)
	diff := r.binary("aten.sub.Tensor", x, mean)
	sum := r.reduce("aten.sum.dim_IntList", r.binary("aten.mul.Tensor", diff, diff), dims, keep.Bool())
	return r.binary("aten.mul.Tensor", sum, model.FloatArg(1/(n-c)))
}

// vectorNorm writes the norms of order 1 and 2.
//
//	source  backends/arm/_passes/decompose_linalg_vector_norm_pass.py
func vectorNorm(r rewrite) model.Arg {
	x := r.arg(0)
	order := 2.0
	if v, ok := r.x.Arg(1).Number(); ok {
		order = v
	}
	dims := listOr(r.x.Arg(2), r.shape(x).Rank())
	keep := r.x.Arg(3).Bool()
	switch order {
	case 1:
		return r.reduce("aten.sum.dim_IntList", r.unary("aten.abs.default", x), dims, keep)
	case 2:
		sum := r.reduce("aten.sum.dim_IntList", r.binary("aten.mul.Tensor", x, x), dims, keep)
		return r.unary("aten.sqrt.default", sum)
	}
	return r.raise("ValueError: the order is not supported for linalg_vector_norm operator")
}

// cosineSimilarity writes the dot product over the product of the norms, each at least eps.
//
//	source  backends/arm/_passes/decompose_cosine_similarity_pass.py
func cosineSimilarity(r rewrite) model.Arg {
	a, b := r.arg(0), r.arg(1)
	dims, eps := []int{1}, model.FloatArg(1e-8)
	if v, ok := r.x.Kwarg("dim").Ints(); ok {
		dims = v
	}
	if v := r.x.Kwarg("eps"); !v.IsNone() {
		eps = v
	}
	dot := r.reduce("aten.sum.dim_IntList", r.binary("aten.mul.Tensor", a, b), dims, false)
	norm := func(x model.Arg) model.Arg {
		sum := r.reduce("aten.sum.dim_IntList", r.binary("aten.mul.Tensor", x, x), dims, false)
		return r.unary("aten.pow.Tensor_Scalar", sum, model.FloatArg(0.5))
	}
	na, nb := norm(a), norm(b)
	least := r.unary("aten.full_like.default", na, eps)
	na = r.binary("aten.maximum.default", na, least)
	nb = r.binary("aten.maximum.default", nb, least)
	return r.binary("aten.div.Tensor", dot, r.binary("aten.mul.Tensor", na, nb))
}

// minMaxDim writes max.dim and min.dim, of which only the values are read, as amax and amin.
//
//	source  backends/arm/_passes/convert_minmax_pass.py
func minMaxDim(r rewrite) model.Arg {
	users := r.old.Users(r.n)
	if len(users) != 1 && (len(users) != 2 || len(r.old.Users(users[1])) > 0) {
		return r.raise("RuntimeError: Argmax is not supported by the arm_quantizer")
	}
	op := "aten.amax.default"
	if r.x.Target == "aten.min.dim" {
		op = "aten.amin.default"
	}
	x, dim := r.arg(0), r.x.Arg(1)
	t := r.typeOf(x)
	t.Shape = reducedShape(t.Shape, []int{int(dim.Int)}, true)
	x = r.emit(op, model.Type{Kind: model.TensorKind, T: t}, x, dim, model.BoolArg(true))
	if !r.x.Arg(2).Bool() {
		t.Shape = reducedShape(t.Shape, []int{int(dim.Int)}, false)
		x = r.emit("aten.squeeze.dims", model.Type{Kind: model.TensorKind, T: t}, x, model.ListArg(dim))
	}
	r.stand(users[0], x)
	return model.Arg{}
}
