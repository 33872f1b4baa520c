package quant

import (
	"slices"

	"seam/model"
)

// floatEps is the eps of a norm that names none: that of float32.
const floatEps = 1.1920928955078125e-07

// layerNorm writes a layer norm as (x - mean) * rsqrt(var + eps), times weight, plus bias. The mean and the difference carry
// no meta.
//
//	source  backends/arm/_passes/decompose_layernorm_pass.py
func layerNorm(r rewrite) model.Arg {
	x := r.arg(0)
	s := r.shape(x)
	rank, count := s.Rank(), len(r.x.Arg(1).List)
	dims := make([]int, count)
	params := ones(rank)
	for i := range dims {
		dims[i] = rank - 1 - i
		params = params.With(dims[i], s.At(dims[i]))
	}
	mean := r.fresh().reduce("aten.mean.dim", x, dims, true)
	diff := r.fresh().binary("aten.sub.Tensor", x, mean)
	return r.normed(x, diff, dims, params, r.x.Arg(4), 2, 3)
}

// normed scales the difference from the mean, and applies weight and bias, arguments w and b, in the given shape.
func (r rewrite) normed(x, diff model.Arg, dims []int, params model.Shape, eps model.Arg, w, b int) model.Arg {
	if eps.IsNone() {
		eps = model.FloatArg(floatEps)
	}
	t := r.typeOf(x)
	variance := r.put1("aten.var.correction", model.TensorOf(t.DType, reducedShape(t.Shape, dims, true)), []model.KwArg{
		{Name: "correction", Arg: model.IntArg(0)}, {Name: "keepdim", Arg: model.BoolArg(true)},
	}, x, model.IntsArg(dims...))
	root := r.unary("aten.rsqrt.default", r.binary("aten.add.Tensor", variance, eps))
	out := r.binary("aten.mul.Tensor", diff, root)
	if !r.x.Arg(w).IsNone() {
		out = r.binary("aten.mul.Tensor", out, r.reshape("aten.reshape.default", r.arg(w), params))
	}
	if !r.x.Arg(b).IsNone() {
		out = r.binary("aten.add.Tensor", out, r.reshape("aten.reshape.default", r.arg(b), params))
	}
	return out
}

// groupNorm writes a group norm in the shape [N, groups, C/groups, rest] as layerNorm does.
//
//	source  backends/arm/_passes/decompose_groupnorm_pass.py
func groupNorm(r rewrite) model.Arg {
	s := r.x.Type.T.Shape
	groups := model.Dim(r.x.Arg(1).Int)
	if s.Symbolic() {
		return r.fail("DecomposeGroupNormPass on a shape that is not fixed")
	}
	rest := model.Dim(1)
	for i := 2; i < s.Rank(); i++ {
		rest *= s.At(i)
	}
	each := s.At(1) / groups
	x := r.reshape("aten.reshape.default", r.arg(0), model.ShapeOf(s.At(0), groups, each, rest))
	dims := []int{2, 3}
	mean := r.fresh().reduce("aten.mean.dim", x, dims, true)
	diff := r.fresh().binary("aten.sub.Tensor", x, mean)
	out := r.normed(x, diff, dims, model.ShapeOf(1, groups, each, 1), r.x.Arg(4), 2, 3)
	return r.reshape("aten.reshape.default", out, s)
}

// batchNorm writes a batch norm with its running statistics.
//
//	source  backends/arm/_passes/decompose_batch_norm_no_stats.py
func batchNorm(r rewrite) model.Arg {
	x := r.arg(0)
	d := r.typeOf(x).DType
	rank, channels := r.shape(x).Rank(), r.shape(x).At(1)
	params := ones(rank).With(1, channels)
	view := func(a model.Arg) model.Arg { return r.reshape("aten.view_copy.default", a, params) }
	mean, variance := view(r.arg(3)), view(r.arg(4))
	diff := r.binary("aten.sub.Tensor", x, mean)
	eps := r.x.Arg(7)
	if r.x.Target == "aten._native_batch_norm_legit_no_training.default" {
		eps = r.x.Arg(6)
	}
	if eps.IsNone() {
		eps = model.FloatArg(floatEps)
	}
	shift := r.binary("aten.add.Tensor", variance, r.full(ones(rank).Ints(), eps, d, false))
	out := r.binary("aten.mul.Tensor", diff, r.unary("aten.rsqrt.default", shift))
	param := func(i int, none int64) model.Arg {
		if r.x.Arg(i).IsNone() {
			return view(r.full([]int{int(channels)}, model.IntArg(none), d, false))
		}
		return view(r.arg(i))
	}
	out = r.binary("aten.mul.Tensor", out, param(1, 1))
	return r.binary("aten.add.Tensor", out, param(2, 0))
}

// standaloneBatchNorm says whether a batch norm stands behind no convolution that it is annotated with.
func standaloneBatchNorm(g *model.Graph, n model.NodeID) bool {
	x := g.Node(n)
	if x.Target == "aten.batch_norm.default" && x.Arg(5).Bool() {
		return false
	}
	a := x.Arg(0)
	return a.Kind != model.ArgNode || !slices.Contains(convsBeforeNorm, g.Node(a.Node).Target)
}

var convsBeforeNorm = []string{"aten.conv1d.default", "aten.conv2d.default", "aten.conv3d.default", "aten.convolution.default"}
