package tosa

import (
	"strings"

	"seam/model"
)

// fill writes zeros and ones as full, and their _like forms as full_like.
//
//	source  torch/_refs/__init__.py: zeros, ones, zeros_like, new_full
func (e *lowering) fill(c *call) (model.Arg, error) {
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
func (e *lowering) fillScalar(c *call) (model.Arg, error) {
	kw := []model.KwArg{{Name: "pin_memory", Arg: model.BoolArg(false)}}
	return e.emitKw("aten.full_like.default", c.t, kw, c.args[0], c.args[1]), nil
}

// zero is a tensor like x full of zeros.
func (e *lowering) zero(c *call) (model.Arg, error) {
	return e.emitKw("aten.full_like.default", c.t, e.likeKwargs(nil), c.args[0], fillValue("zeros", c.t.T.DType)), nil
}

// eye compares two ranges.
//
//	source  torch/_refs/__init__.py: eye
func (e *lowering) eye(c *call) (model.Arg, error) {
	return model.Arg{}, e.missing("eye, not quantized around")
}

// roll gathers along an axis by shifted indices.
//
//	source  torch/_refs/__init__.py: roll
func (e *lowering) roll(c *call) (model.Arg, error) {
	x := c.args[0]
	shifts, ok := c.args[1].Ints()
	dims, ok2 := e.arg(c, 2).Ints()
	if !ok || !ok2 || len(shifts) != len(dims) || len(dims) == 0 || c.t.T.Shape.Symbolic() {
		return model.Arg{}, e.missing("")
	}
	for i, d := range dims {
		d = wrapDim(int64(d), e.rank(x))
		n := int64(c.t.T.Shape.At(d))
		kw := []model.KwArg{
			{Name: "layout", Arg: strided}, {Name: "device", Arg: cpu}, {Name: "pin_memory", Arg: model.BoolArg(false)},
		}
		start := ((n-int64(shifts[i]))%n + n) % n
		at := e.binary("aten.add.Tensor", e.arange(n, model.Int64, kw...), model.IntArg(start))
		x = e.emit("aten.index_select.default", c.t, x, model.IntArg(int64(d)), e.like("aten.fmod.Scalar", at, model.IntArg(n)))
	}
	return x, nil
}
