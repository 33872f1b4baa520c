package tosa

import (
	"slices"
	"strings"

	"seam/model"
)

// fill writes zeros and ones as full, and their _like forms as full_like.
//
//	source  torch/_refs/__init__.py: zeros, ones, zeros_like, new_full
func (e *lowering) fill(c *edgeCall) (model.Arg, error) {
	d := c.t.T.DType
	v := fillValue(c.op, d)
	if strings.Contains(c.op, "_like.") {
		return e.emitKw("aten.full_like.default", c.t, e.likeKwargs(c.kw), c.args[0], v), nil
	}
	size := c.args[0]
	if strings.HasPrefix(c.op, "aten.new_") {
		size = c.args[1]
		if c.op == "aten.new_full.default" {
			v = c.args[2]
		}
	}
	return e.emitKw("aten.full.default", c.t, fullKwargs(c.kw, d), size, v), nil
}

// fillValue is 0 or 1, as a bool for a tensor of bools.
func fillValue(op string, d model.DType) model.Arg {
	one := strings.Contains(op, "ones")
	switch {
	case d == model.Bool:
		return model.BoolArg(one)
	case one:
		return model.IntArg(1)
	}
	return model.IntArg(0)
}

// fullKwargs is all keywords of a full, with the defaults of those that are not written.
func fullKwargs(kw []model.KwArg, d model.DType) []model.KwArg {
	out := []model.KwArg{
		{Name: "dtype", Arg: dtypeArg(d)},
		{Name: "layout", Arg: strided},
		{Name: "device", Arg: cpu},
		{Name: "pin_memory", Arg: model.BoolArg(false)},
	}
	for i := range out {
		for _, k := range kw {
			if k.Name == out[i].Name && k.Name != "dtype" {
				out[i].Arg = k.Arg
			}
		}
	}
	return out
}

// full is a tensor of one number.
func (e *lowering) full(s model.Shape, d model.DType, v model.Arg) model.Arg {
	return e.emitKw("aten.full.default", model.TensorOf(d, s), fullKwargs(nil, d), e.shapeArg(s), v)
}

// likeKwargs is the keywords of a full_like: those written, pin_memory, and the memory format.
func (e *lowering) likeKwargs(kw []model.KwArg) []model.KwArg {
	out := without(without(kw, "pin_memory"), "memory_format")
	pin, format := model.BoolArg(false), model.ConstArg("torch.preserve_format")
	for _, k := range kw {
		switch k.Name {
		case "pin_memory":
			pin = k.Arg
		case "memory_format":
			format = k.Arg
		}
	}
	return append(out, model.KwArg{Name: "pin_memory", Arg: pin}, model.KwArg{Name: "memory_format", Arg: format})
}

// fillScalar is a tensor like x full of one number.
//
//	source  torch/_decomp/decompositions.py: fill_scalar
func (e *lowering) fillScalar(c *edgeCall) (model.Arg, error) {
	kw := []model.KwArg{{Name: "pin_memory", Arg: model.BoolArg(false)}}
	return e.emitKw("aten.full_like.default", c.t, kw, c.args[0], c.args[1]), nil
}

// fillTensor copies one value everywhere.
func (e *lowering) fillTensor(c *edgeCall) (model.Arg, error) {
	return e.emit("aten.copy.default", c.t, c.args[0], c.args[1]), nil
}

// zero is a tensor like x full of zeros.
func (e *lowering) zero(c *edgeCall) (model.Arg, error) {
	return e.emitKw("aten.full_like.default", c.t, e.likeKwargs(nil), c.args[0], fillValue("zeros", c.t.T.DType)), nil
}

// arange names its start.
//
//	source  torch/_decomp/decompositions.py: arange_default, arange_start
func (e *lowering) arange(c *edgeCall) (model.Arg, error) {
	args := c.args
	if c.op == "aten.arange.default" {
		args = []model.Arg{model.IntArg(0), c.args[0]}
	}
	return e.emitKw("aten.arange.start_step", c.t, rangeKwargs(c.kw), args...), nil
}

// rangeKwargs is the keywords of a range: the type and the device only where they are written, the others always.
func rangeKwargs(kw []model.KwArg) []model.KwArg {
	var out []model.KwArg
	for _, all := range fullKwargs(kw, model.Unknown) {
		at := slices.IndexFunc(kw, func(k model.KwArg) bool { return k.Name == all.Name })
		switch {
		case at >= 0:
			out = append(out, kw[at])
		case all.Name != "dtype" && all.Name != "device":
			out = append(out, all)
		}
	}
	return out
}

// eye compares two ranges of the smallest type that holds the sizes.
//
//	source  torch/_refs/__init__.py: eye, _strength_reduce_integer
func (e *lowering) eye(c *edgeCall) (model.Arg, error) {
	s := c.t.T.Shape
	if s.Symbolic() || e.kwarg(c, "pin_memory").Bool() {
		return model.Arg{}, e.missing("")
	}
	d := model.Int64
	for _, small := range []model.DType{model.Int32, model.Uint16, model.Uint8} {
		if limit := int64(1) << (8 * small.Bytes()); max(int64(s.At(0)), int64(s.At(1))) < limit {
			d = small
		}
	}
	var ranges [2]model.Arg
	for i := range ranges {
		t := model.TensorOf(d, model.ShapeOf(s.At(i)))
		ranges[i] = e.emitKw("aten.arange.start_step", t, fullKwargs(nil, d), model.IntArg(0), model.IntArg(int64(s.At(i))))
	}
	same := e.compare("aten.eq.Tensor", e.unsqueezed(ranges[0], -1), ranges[1])
	return e.cast(same, c.t.T.DType), nil
}

// linspace goes up from the start in its first half and down from the end in its second.
//
//	source  torch/_refs/__init__.py: linspace
func (e *lowering) linspace(c *edgeCall) (model.Arg, error) {
	start, ok := c.args[0].Number()
	end, ok2 := c.args[1].Number()
	n := c.args[2].Int
	if !ok || !ok2 || c.args[2].Kind != model.ArgInt || n < 2 || c.t.T.DType != model.Float32 {
		return model.Arg{}, e.missing("")
	}
	step := model.FloatArg((end - start) / float64(n-1))
	at := e.arangeFrom(0, n)
	low := e.compare("aten.lt.Scalar", at, model.FloatArg(float64(n)/2))
	up := e.binary("aten.add.Tensor", e.binary("aten.mul.Tensor", e.cast(at, model.Float32), step), c.args[0])
	back := e.cast(e.binary("aten.sub.Tensor", model.IntArg(n-1), at), model.Float32)
	down := e.binary("aten.sub.Tensor", c.args[1], e.binary("aten.mul.Tensor", back, step))
	return e.where(low, up, down), nil
}

// roll gathers along an axis by shifted indices; without axes, along the flattened tensor.
//
//	source  torch/_refs/__init__.py: roll
func (e *lowering) roll(c *edgeCall) (model.Arg, error) {
	x, s := c.args[0], c.t.T.Shape
	shifts, ok := axisList(c.args[1]).Ints()
	dims, ok2 := axisList(e.arg(c, 2)).Ints()
	if !ok || !ok2 || s.Symbolic() || s.Numel() == 0 {
		return model.Arg{}, e.missing("")
	}
	if len(dims) == 0 && len(shifts) == 1 {
		flat := e.reshapeAs(x, model.ShapeOf(model.Dim(s.Numel())))
		return e.viewAs(e.rolled(flat, 0, int64(shifts[0])), s), nil
	}
	if len(dims) != len(shifts) {
		return model.Arg{}, e.missing("")
	}
	for i, d := range dims {
		x = e.rolled(x, wrapDim(int64(d), s.Rank()), int64(shifts[i]))
	}
	return x, nil
}

func (e *lowering) rolled(x model.Arg, axis int, shift int64) model.Arg {
	n := int64(e.shapeOf(x).At(axis))
	start := ((n-shift)%n + n) % n
	at := e.binary("aten.add.Tensor", e.arangeFrom(0, n), model.IntArg(start))
	return e.like("aten.index_select.default", x, model.IntArg(int64(axis)), e.like("aten.fmod.Scalar", at, model.IntArg(n)))
}
