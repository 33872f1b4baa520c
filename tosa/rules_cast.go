package tosa

import "seam/model"

// cloned writes a copy with its dim order. A contiguous of a contiguous tensor is nothing.
func (e *lowering) cloned(c *edgeCall) (model.Arg, error) {
	x := c.args[0]
	format := ""
	if f := e.kwarg(c, "memory_format"); f.Kind == model.ArgConst {
		format = f.Str
	}
	if format == channelsLast && c.t.T.Shape.Rank() == 4 {
		if isChannelsLast(e.plainShape(x), e.stridesAt(x)) && c.op == "aten.contiguous.default" {
			return x, nil
		}
		return e.cloneIn(x, format), nil
	}
	if c.op == "aten.contiguous.default" && e.stridesAt(x) == nil {
		return x, nil
	}
	v := e.clone(x)
	if c.op != "aten.contiguous.default" && format != "torch.contiguous_format" {
		s := e.plainShape(x)
		if e.stridesAt(x) != nil {
			e.setStrides(v.Node, elementwiseStrides(s, [][]int64{e.stridesAt(x)}, []model.Shape{s}))
		}
	}
	return v, nil
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

// castTo writes a change of element type; one to the same type is nothing unless it copies.
//
//	source  aten/src/ATen/native/TensorConversions.cpp: to; exir/passes/remove_noop_pass.py: RemoveToCopyPass
func (e *lowering) castTo(c *edgeCall) (model.Arg, error) {
	x := c.args[0]
	if c.op == "dim_order_ops._to_dim_order_copy.default" {
		return e.toDimOrder(c)
	}
	format := e.kwarg(c, "memory_format")
	if format.Kind == model.ArgConst && format.Str != "torch.preserve_format" && format.Str != "torch.contiguous_format" {
		return model.Arg{}, e.missing("cast to a memory format")
	}
	if c.op == "aten.type_as.default" || c.op == "aten.to.other" {
		return e.castLike(x, c.t), nil
	}
	return e.cast(x, c.t.T.DType), nil
}

// castLike is a cast that names layout and device too.
func (e *lowering) castLike(x model.Arg, t model.Type) model.Arg {
	if e.typeOf(x).T.DType == t.T.DType {
		return x
	}
	kw := []model.KwArg{
		{Name: "dtype", Arg: dtypeArg(t.T.DType)},
		{Name: "layout", Arg: strided},
		{Name: "device", Arg: cpu},
		{Name: "dim_order", Arg: dimOrder(e.rank(x), "")},
	}
	return e.emitKw("dim_order_ops._to_dim_order_copy.default", t, kw, x)
}

// toDimOrder adds the dim order that a cast of the source graph does not have yet.
func (e *lowering) toDimOrder(c *edgeCall) (model.Arg, error) {
	kw := c.kw
	if e.kwarg(c, "dim_order").IsNone() {
		kw = append(without(kw, "dim_order"), model.KwArg{Name: "dim_order", Arg: dimOrder(c.t.T.Shape.Rank(), "")})
	}
	return e.emitKw(c.op, c.t, kw, c.args[0]), nil
}
