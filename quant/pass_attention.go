package quant

import (
	"math"

	"seam/model"
)

// attention writes scaled dot product attention out, with half of the scale on either operand.
//
//	source  backends/transforms/decompose_sdpa.py; torch/_decomp/decompositions.py:
//	        scaled_dot_product_flash_attention_for_cpu
func attention(e *editor) {
	for _, n := range e.hits() {
		d := e.decompose(n)
		q, k := d.typ(d.x.Arg(0)).Shape, d.typ(d.x.Arg(1)).Shape
		if d.x.Type.Symbolic() || k.Symbolic() || q.Rank() != k.Rank() || q.Rank() < 3 || q.Rank() > 4 {
			e.fail("DecomposeScaledDotProductAttentionPass on shapes that are not fixed, or of other ranks than 3 and 4", n)
			return
		}
		if why := headMismatch(d, q, k); why != "" {
			e.err = &model.UpstreamError{Step: "prepare", Text: "ValueError: " + why}
			return
		}
		d.finish(d.attend(q.Rank() == 4))
	}
	e.sweep()
}

// headMismatch is upstream's complaint about numbers of heads, "" if there is none.
func headMismatch(d *decomposition, q, k model.Shape) string {
	switch {
	case q.At(1) == k.At(1):
		return ""
	case !d.x.Kwarg("enable_gqa").Bool():
		return "SDPA head mismatch requires enable_gqa=True"
	case k.At(1) == 0 || q.At(1)%k.At(1) != 0:
		return "GQA mismatch"
	}
	return ""
}

// option is an argument that may be given by place or by name.
func (d *decomposition) option(i int, name string) model.Arg {
	if a := d.x.Arg(i); !a.IsNone() {
		return a
	}
	return d.x.Kwarg(name)
}

// attend writes one attention; with four dimensions upstream traces the kernel for CPUs, which lays its result out anew.
func (d *decomposition) attend(flash bool) model.Arg {
	q, k, v := d.x.Arg(0), d.x.Arg(1), d.x.Arg(2)
	if heads, have := d.typ(q).Shape.At(1), d.typ(k).Shape.At(1); heads != have {
		k, v = d.repeatHeads(k, heads), d.repeatHeads(v, heads)
	}
	mask := d.option(3, "attn_mask")
	if mask.Kind == model.ArgNode && d.typ(mask).DType == model.Bool {
		mask = d.additive(mask, d.typ(q).DType)
	}
	half := model.FloatArg(math.Sqrt(d.scale(q)))
	q = d.same("aten.mul.Scalar", q, half)
	if d.option(5, "is_causal").Bool() {
		mask = d.causal(d.typ(q).Shape.At(-2), d.typ(k).Shape.At(-2), d.typ(q).DType)
	}
	t := d.typ(k)
	t.Shape = t.Shape.With(-1, t.Shape.At(-2)).With(-2, t.Shape.At(-1))
	k = d.emit("aten.transpose.int", model.Type{Kind: model.TensorKind, T: t}, k, model.IntArg(-2), model.IntArg(-1))
	k = d.same("aten.mul.Scalar", k, half)
	view := "aten._unsafe_view.default"
	if flash {
		view = "aten.view.default"
	}
	w := d.batched(q, k, view)
	if mask.Kind == model.ArgNode {
		w = d.same("aten.add.Tensor", w, mask)
	}
	out := d.batched(d.same("aten._safe_softmax.default", w, model.IntArg(-1)), v, view)
	if !flash {
		return out
	}
	return d.permute(d.clone(d.permute(out, 2, 0, 1, 3)), 1, 2, 0, 3)
}

// scale is the factor of the scores: 1/sqrt of the head's size unless given.
func (d *decomposition) scale(q model.Arg) float64 {
	if f, ok := d.x.Kwarg("scale").Number(); ok {
		return f
	}
	return 1 / math.Sqrt(float64(d.typ(q).Shape.At(-1)))
}

// repeatHeads repeats each head so that there are as many as the queries have.
func (d *decomposition) repeatHeads(a model.Arg, heads model.Dim) model.Arg {
	s := d.typ(a).Shape
	x := d.unsqueeze(a, 2)
	x = d.expand(x, d.typ(x).Shape.With(2, heads/s.At(1)))
	return d.reshape(x, s.With(1, heads))
}

// additive is a bool mask as what is added to the scores: 0 where it is true, else minus infinity.
func (d *decomposition) additive(mask model.Arg, t model.DType) model.Arg {
	dtype := model.KwArg{Name: "dtype", Arg: model.ConstArg("torch." + t.String())}
	layout := model.KwArg{Name: "layout", Arg: model.ConstArg("torch.strided")}
	device := model.KwArg{Name: "device", Arg: model.ConstArg("cpu")}
	scalar := model.TensorOf(t, model.Shape{})
	low := d.emitKw("aten.scalar_tensor.default", scalar, []model.KwArg{dtype, device}, model.FloatArg(math.Inf(-1)))
	zero := d.emitKw("aten.scalar_tensor.default", scalar, []model.KwArg{dtype, layout, device}, model.FloatArg(0))
	return d.emit("aten.where.self", model.TensorOf(t, d.typ(mask).Shape), mask, zero, low)
}

// causal is the mask that hides what comes later.
func (d *decomposition) causal(rows, cols model.Dim, t model.DType) model.Arg {
	typ := model.TensorOf(model.Bool, model.ShapeOf(rows, cols))
	all := d.emitKw("aten.ones.default", typ, []model.KwArg{
		{Name: "dtype", Arg: model.ConstArg("torch.bool")},
		{Name: "layout", Arg: model.ConstArg("torch.strided")},
		{Name: "device", Arg: model.ConstArg("cpu")},
	}, model.IntsArg(int(rows), int(cols)))
	return d.additive(d.emit("aten.tril.default", typ, all), t)
}
