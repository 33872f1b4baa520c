package tosa

import "seam/model"

// cloned writes a copy with its dim order: clone and dropout keep the format unless they name one, contiguous is contiguous and
// nothing where that holds already.
func (e *lowering) cloned(c *edgeCall) (model.Arg, error) {
	x, format := c.args[0], e.kwarg(c, "memory_format").Str
	switch format {
	case "torch.preserve_format":
		format = ""
	case "", inContiguous:
	case inChannelsLast:
		if e.rank(x) == 4 {
			break
		}
		fallthrough
	default:
		return model.Arg{}, e.missing("memory format " + format)
	}
	if c.op == "aten.contiguous.default" {
		if format == "" {
			format = inContiguous
		}
		last := isChannelsLast(e.plainShape(x), e.stridesAt(x))
		if format == inContiguous && e.stridesAt(x) == nil || format == inChannelsLast && last {
			return x, nil
		}
	}
	return e.cloneIn(x, format), nil
}

// named is an argument by its name, wherever it is written, or its default.
func (e *lowering) named(c *edgeCall, name string) model.Arg {
	for i, a := range e.schema(c.op) {
		if a.Name == name {
			return e.arg(c, i)
		}
	}
	return model.Arg{}
}

// kwarg is a keyword of a call, None if it has none of that name.
func (e *lowering) kwarg(c *edgeCall, name string) model.Arg {
	for _, k := range c.kw {
		if k.Name == name {
			return k.Arg
		}
	}
	return model.Arg{}
}

// castTo writes a change of element type, device or memory format; one that changes nothing is left out, even one that copies.
//
//	source  aten/src/ATen/native/TensorConversions.cpp: to; exir/passes/remove_noop_pass.py: RemoveToCopyPass
func (e *lowering) castTo(c *edgeCall) (model.Arg, error) {
	x, d := c.args[0], c.t.T.DType
	if c.op == "dim_order_ops._to_dim_order_copy.default" {
		return e.toDimOrder(c)
	}
	format := e.named(c, "memory_format").Str
	if format == "torch.preserve_format" || format == inContiguous && e.stridesAt(x) == nil {
		format = ""
	}
	if format != "" && format != inChannelsLast || format == inChannelsLast && e.rank(x) != 4 {
		return model.Arg{}, e.missing("cast to memory format " + format)
	}
	if e.typeOf(x).T.DType == d && (format == "" || isChannelsLast(e.plainShape(x), e.stridesAt(x))) {
		return x, nil
	}
	kw := append(castKwargs(c, d), model.KwArg{Name: "dim_order", Arg: e.dimOrderOf(x, format)})
	v := e.add("dim_order_ops._to_dim_order_copy.default", c.t, kw, []model.Arg{x})
	if format == "" {
		e.setStrides(v.Node, e.pointwiseStrides(e.Node(v.Node)))
	} else {
		e.setStrides(v.Node, formatStrides(e.plainShape(x), format))
	}
	return v, nil
}

// castKwargs is the keywords that each form of to leaves on the copy.
func castKwargs(c *edgeCall, d model.DType) []model.KwArg {
	kw := []model.KwArg{{Name: "dtype", Arg: dtypeArg(d)}}
	switch c.op {
	case "aten.type_as.default", "aten.to.other":
		return append(kw, model.KwArg{Name: "layout", Arg: strided}, model.KwArg{Name: "device", Arg: cpu})
	case "aten.to.device":
		return append(kw, model.KwArg{Name: "device", Arg: cpu})
	}
	return kw
}

// toDimOrder adds the dim order that a cast of the source graph does not have yet.
func (e *lowering) toDimOrder(c *edgeCall) (model.Arg, error) {
	kw := c.kw
	if e.kwarg(c, "dim_order").IsNone() {
		kw = append(without(kw, "dim_order"), model.KwArg{Name: "dim_order", Arg: e.dimOrderOf(c.args[0], "")})
	}
	return e.emitKw(c.op, c.t, kw, c.args[0]), nil
}
