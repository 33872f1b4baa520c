package quant

import (
	"seam/model"
)

// adaptiveAvgPool writes an adaptive average pool as one average pool where the cells are regular and small, else as one
// pool a cell, joined by cat.
//
//	source  backends/arm/_passes/decompose_adaptive_avg_pool2d_pass.py
func adaptiveAvgPool(r rewrite) model.Arg {
	in := r.arg(0)
	s := r.shape(in)
	if s.Rank() != 4 {
		return r.raise("ValueError: not enough values to unpack")
	}
	if s.At(2).Symbolic() || s.At(3).Symbolic() {
		if r.release == "1.3.1" {
			return r.fail("DecomposeAdaptiveAvgPool2dPass on a shape that is not fixed")
		}
		return r.keep()
	}
	h, w := int(s.At(2)), int(s.At(3))
	oh, ow := int(r.x.Type.T.Shape.At(2)), int(r.x.Type.T.Shape.At(3))
	sh, sw := h/oh, w/ow
	if h%oh <= 1 && w%ow <= 1 && sh >= 1 && sh <= 3 && sw >= 1 && sw <= 3 {
		return r.emit("aten.avg_pool2d.default", r.x.Type, in,
			model.IntsArg(sh+h%oh, sw+w%ow), model.IntsArg(sh, sw), model.IntsArg(0, 0))
	}
	var rows []model.Arg
	for i := range oh {
		var cells []model.Arg
		for j := range ow {
			cells = append(cells, r.poolCell(in, [4]int{i * h / oh, ceilDiv((i+1)*h, oh), j * w / ow, ceilDiv((j+1)*w, ow)}))
		}
		rows = append(rows, r.join(cells, 3))
	}
	return r.join(rows, 2)
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }

// poolCell averages the region top, bottom, left, right of in.
func (r rewrite) poolCell(in model.Arg, at [4]int) model.Arg {
	x := r.slice(r.slice(in, 2, at[0], at[1]), 3, at[2], at[3])
	t := r.typeOf(x)
	t.Shape = t.Shape.With(2, 1).With(3, 1)
	return r.emit("aten.avg_pool2d.default", model.Type{Kind: model.TensorKind, T: t}, x,
		model.IntsArg(at[1]-at[0], at[3]-at[2]), model.IntsArg(1, 1), model.IntsArg(0, 0))
}

// join concatenates along dim, if there are several.
func (r rewrite) join(parts []model.Arg, dim int) model.Arg {
	if len(parts) == 1 {
		return parts[0]
	}
	return r.cat(parts, dim)
}

// avgPool writes an average pool with explicit stride and padding, zeros padded in front where they count, and a factor
// where another divisor is asked for.
//
//	source  backends/arm/_passes/decompose_avg_pool2d_pass.py
func avgPool(r rewrite) model.Arg {
	args, err := model.Complete(r.x)
	if err != nil {
		r.err = err
		return model.Arg{}
	}
	x := r.arg(0)
	s := r.shape(x)
	if s.Rank() != 4 {
		return r.raise("ValueError: not enough values to unpack")
	}
	for _, a := range args[1:4] {
		if len(a.List) == 1 {
			return r.raise("ValueError: not enough values to unpack (expected 2, got 1)")
		}
	}
	kernel, stride, pad := pair(args[1]), pair(args[2]), pair(args[3])
	if len(args[2].List) == 0 {
		stride = kernel
	}
	ceil, divisor := args[4], args[6]
	counted := args[5].Bool() || !divisor.IsNone()
	if counted && (pad[0] > 0 || pad[1] > 0) {
		if s.At(2).Symbolic() || s.At(3).Symbolic() {
			return r.fail("DecomposeAvgPool2dPass with counted padding on a shape that is not fixed")
		}
		post := [2]int{}
		for i := range post {
			post[i] = r.postPad(int(s.At(2+i)), kernel[i], stride[i], pad[i], ceil.Bool(), !divisor.IsNone())
		}
		to := s.With(2, s.At(2)+model.Dim(pad[0]+post[0])).With(3, s.At(3)+model.Dim(pad[1]+post[1]))
		x = r.emit("aten.pad.default", model.TensorOf(r.typeOf(x).DType, to), x,
			model.IntsArg(pad[1], post[1], pad[0], post[0]), model.StrArg("constant"), model.FloatArg(0))
	}
	if counted {
		pad = [2]int{}
	}
	out := r.put1("aten.avg_pool2d.default", r.x.Type, r.kwargs(), x, args[1], model.IntsArg(stride[0], stride[1]),
		model.IntsArg(pad[0], pad[1]), ceil, model.BoolArg(false))
	if v, ok := divisor.Number(); ok && int(v) != kernel[0]*kernel[1] {
		out = r.binary("aten.mul.Tensor", out, model.FloatArg(float64(kernel[0]*kernel[1])/v))
	}
	return out
}

func pair(a model.Arg) [2]int {
	v, _ := a.Ints()
	switch len(v) {
	case 0:
		return [2]int{}
	case 1:
		return [2]int{v[0], v[0]}
	}
	return [2]int{v[0], v[1]}
}

// postPad is how many zeros go behind: as many as the last window reaches.
//
//	source  backends/arm/_passes/decompose_avg_pool2d_pass.py: _compute_post_pad;
//	        backends/arm/operators/operator_validation_utils.py: adjust_pooling_pad_if_needed
func (r rewrite) postPad(size, kernel, stride, pad int, ceil, override bool) int {
	if pad == 0 {
		return 0
	}
	adjusted := adjustedPad(size, kernel, stride, pad, ceil, r.release >= "1.5.1")
	if r.release < "1.5.1" {
		if ceil && !override || adjusted <= 0 {
			return pad
		}
		return adjusted
	}
	if ceil && !override && adjusted > pad || adjusted < 0 {
		return pad
	}
	return adjusted
}

// adjustedPad is what must stand behind so that the output comes out as it does with the same padding on both sides.
func adjustedPad(size, kernel, stride, pad int, ceil bool, inside bool) int {
	out := (size-kernel+2*pad)/stride + 1
	if ceil {
		out = ceilDiv(size-kernel+2*pad, stride) + 1
		if inside && (out-1)*stride >= size+pad {
			out--
		}
	}
	return (out-1)*stride - size + kernel - pad
}
