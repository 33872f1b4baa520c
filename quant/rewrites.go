package quant

import (
	"strings"

	"seam/model"
)

// dropped leaves a node out.
func dropped(*tracer, model.NodeID) (model.Arg, bool) { return model.Arg{}, true }

// rewriteInplace writes an in-place operator as its plain twin.
func rewriteInplace(t *tracer, n model.NodeID) (model.Arg, bool) {
	x := t.old.Node(n)
	return t.emit(n, strings.Replace(x.Target, "_.", ".", 1), x.Type, t.args(n, x.Args)...), true
}

// divide writes a/b as a * reciprocal(b).
//
//	source  backends/arm/_passes/decompose_div_pass.py
func divide(t *tracer, n model.NodeID) (model.Arg, bool) {
	x := t.old.Node(n)
	a, b := t.arg(n, 0), t.arg(n, 1)
	if b.Kind != model.ArgNode {
		return model.Arg{}, false
	}
	r := t.emit(n, "aten.reciprocal.default", t.Node(b.Node).Type, b)
	return t.emit(n, "aten.mul.Tensor", x.Type, a, r), true
}

// squareRoot writes sqrt as a power.
//
//	source  backends/arm/_passes/decompose_sqrt_pass.py
func squareRoot(t *tracer, n model.NodeID) (model.Arg, bool) {
	return t.emit(n, "aten.pow.Tensor_Scalar", t.old.Node(n).Type, t.arg(n, 0), model.FloatArg(0.5)), true
}

// softmax writes softmax and log_softmax as amax, sub, exp, sum, reciprocal, mul and log.
//
//	source  backends/arm/_passes/decompose_softmax_pass.py
func softmax(t *tracer, n model.NodeID) (model.Arg, bool) {
	x := t.old.Node(n)
	dim := model.ListArg(x.Arg(1))
	narrow := x.Type
	narrow.T.Shape = narrow.T.Shape.With(int(x.Arg(1).Int), 1)
	in := t.arg(n, 0)
	peak := t.emit(n, "aten.amax.default", narrow, in, dim, model.BoolArg(true))
	low := t.emit(n, "aten.sub.Tensor", x.Type, in, peak)
	e := t.emit(n, "aten.exp.default", x.Type, low)
	sum := t.emit(n, "aten.sum.dim_IntList", narrow, e, dim, model.BoolArg(true))
	r := t.emit(n, "aten.reciprocal.default", narrow, sum)
	out := t.emit(n, "aten.mul.Tensor", x.Type, e, r)
	if x.Target == "aten.log_softmax.int" {
		out = t.emit(n, "aten.log.default", x.Type, out)
	}
	return out, true
}

// adaptiveAvgPool writes an adaptive average pool as one average pool where the cells are regular and small, else as one
// pool a cell, joined by cat.
//
//	source  backends/arm/_passes/decompose_adaptive_avg_pool2d_pass.py
func adaptiveAvgPool(t *tracer, n model.NodeID) (model.Arg, bool) {
	x := t.old.Node(n)
	in := t.arg(n, 0)
	shape := t.typeOf(in).Shape
	if shape.Symbolic() || shape.Rank() != 4 {
		t.err = &model.MissingError{NotModelled: model.NotModelled{
			Stage: "prepare", Rule: "DecomposeAdaptiveAvgPool2dPass on a shape that is not fixed or not of rank 4",
			Nodes: []string{x.Name},
		}}
		return model.Arg{}, false
	}
	h, w := int(shape.At(2)), int(shape.At(3))
	oh, ow := int(x.Type.T.Shape.At(2)), int(x.Type.T.Shape.At(3))
	sh, sw := h/oh, w/ow
	if h%oh <= 1 && w%ow <= 1 && sh >= 1 && sh <= 3 && sw >= 1 && sw <= 3 {
		return t.emit(n, "aten.avg_pool2d.default", x.Type, in,
			model.IntsArg(sh+h%oh, sw+w%ow), model.IntsArg(sh, sw), model.IntsArg(0, 0)), true
	}
	var rows []model.Arg
	for i := range oh {
		var cells []model.Arg
		for j := range ow {
			cells = append(cells, t.poolCell(n, in, [4]int{i * h / oh, ceilDiv((i+1)*h, oh), j * w / ow, ceilDiv((j+1)*w, ow)}))
		}
		rows = append(rows, t.join(n, cells, 3))
	}
	return t.join(n, rows, 2), true
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }

// poolCell averages the region top, bottom, left, right of in.
func (t *tracer) poolCell(n model.NodeID, in model.Arg, r [4]int) model.Arg {
	typ := t.Node(in.Node).Type
	typ.T.Shape = typ.T.Shape.With(2, model.Dim(r[1]-r[0]))
	x := t.emit(n, "aten.slice_copy.Tensor", typ, in, model.IntArg(2), model.IntArg(int64(r[0])), model.IntArg(int64(r[1])))
	typ.T.Shape = typ.T.Shape.With(3, model.Dim(r[3]-r[2]))
	x = t.emit(n, "aten.slice_copy.Tensor", typ, x, model.IntArg(3), model.IntArg(int64(r[2])), model.IntArg(int64(r[3])))
	typ.T.Shape = typ.T.Shape.With(2, 1).With(3, 1)
	return t.emit(n, "aten.avg_pool2d.default", typ, x,
		model.IntsArg(r[1]-r[0], r[3]-r[2]), model.IntsArg(1, 1), model.IntsArg(0, 0))
}

// join concatenates along dim, if there are several.
func (t *tracer) join(n model.NodeID, parts []model.Arg, dim int) model.Arg {
	if len(parts) == 1 {
		return parts[0]
	}
	typ := t.Node(parts[0].Node).Type
	size := model.Dim(0)
	for _, p := range parts {
		size += t.typeOf(p).Shape.At(dim)
	}
	typ.T.Shape = typ.T.Shape.With(dim, size)
	return t.emit(n, "aten.cat.default", typ, model.ListArg(parts...), model.IntArg(int64(dim)))
}

// avgPool writes an average pool with explicit stride and padding, and zeros padded in front where they count.
//
//	source  backends/arm/_passes/decompose_avg_pool2d_pass.py
func avgPool(t *tracer, n model.NodeID) (model.Arg, bool) {
	x := t.old.Node(n)
	args, err := model.Complete(x)
	if err != nil {
		t.err = err
		return model.Arg{}, false
	}
	pad, _ := args[3].Ints()
	countPad := args[5].Bool() && (len(pad) > 0 && pad[0] > 0 || len(pad) > 1 && pad[1] > 0)
	if countPad || !args[6].IsNone() {
		t.err = &model.MissingError{NotModelled: model.NotModelled{
			Stage: "prepare", Rule: "DecomposeAvgPool2dPass with counted padding or divisor_override", Nodes: []string{x.Name},
		}}
		return model.Arg{}, false
	}
	stride := args[2]
	if len(stride.List) == 0 {
		stride = args[1]
	}
	return t.emit(n, "aten.avg_pool2d.default", x.Type,
		t.arg(n, 0), args[1], stride, args[3], args[4], model.BoolArg(false)), true
}
