package tosa

import "seam/model"

// pad becomes the operator of its mode.
//
//	source  aten/src/ATen/native/PadNd.cpp: _pad_enum_symint
func (e *lowering) pad(c *call) (model.Arg, error) {
	x, sides, mode, v := c.args[0], c.args[1], e.arg(c, 2), e.arg(c, 3)
	if mode.Str != "constant" {
		return model.Arg{}, e.missing("pad mode " + mode.Str)
	}
	if v.IsNone() {
		v = model.FloatArg(0)
	}
	return e.emit("aten.constant_pad_nd.default", c.t, x, sides, v), nil
}

// padded adds constant borders; sides are before and after, from the last axis.
func (e *lowering) padded(x model.Arg, sides []int, v model.Arg) model.Arg {
	s := e.shapeOf(x)
	for i := range len(sides) / 2 {
		s = s.With(-1-i, s.At(-1-i)+model.Dim(sides[2*i]+sides[2*i+1]))
	}
	return e.emit("aten.constant_pad_nd.default", model.TensorOf(e.typeOf(x).T.DType, s), x, model.IntsArg(sides...), v)
}
