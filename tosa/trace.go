package tosa

import (
	"slices"
	"strings"

	"seam/model"
)

// This file holds what rules are written in: one method an elementary operator, which adds it in place of the current node and
// says what type it gives.

// unnamed is what calls are called until all nodes are named, at the end.
const unnamed = "call"

// emit adds a call with the current node's meta and mark.
func (e *lowering) emit(op string, t model.Type, args ...model.Arg) model.Arg {
	return e.emitKw(op, t, nil, args...)
}

// emitKw is emit with keywords. As re-export and the edge passes do, it drops trailing defaults, makes constants of numbers in
// place of tensors, and casts the operands of mixed types.
func (e *lowering) emitKw(op string, t model.Type, kw []model.KwArg, args ...model.Arg) model.Arg {
	args = e.castMixed(op, e.liftNumbers(op, e.dropDefaults(op, args)))
	return e.add(op, t, kw, args)
}

// add adds a call as it is.
func (e *lowering) add(op string, t model.Type, kw []model.KwArg, args []model.Arg) model.Arg {
	id := e.Add(model.Spec{Kind: model.Call, Target: op, Name: unnamed, Args: args, Kwargs: kw, Type: t, Like: model.ID(e.cur)})
	e.setStrides(id, e.stridesOf(id))
	return model.NodeArg(id)
}

// opInfo is what a run needs of one operator, looked up once.
type opInfo struct {
	args   []model.SchemaArg
	name   string // of a node in the edge graph
	layout layout
	view   viewRule
	mixed  bool // its operands are cast to one type
	float  bool // to a floating one
}

func (e *lowering) info(op string) *opInfo {
	if x := e.infos[op]; x != nil {
		return x
	}
	s, _ := model.SchemaOf(op)
	x := &opInfo{args: s.Args, name: edgeName(op), view: viewRules[op], layout: layoutOf(op)}
	x.float, x.mixed = mixedOps[op]
	e.infos[op] = x
	return x
}

// schema is an operator's arguments.
func (e *lowering) schema(op string) []model.SchemaArg { return e.info(op).args }

// dropDefaults cuts trailing positional arguments that equal the schema's default in type and value.
func (e *lowering) dropDefaults(op string, args []model.Arg) []model.Arg {
	s := e.schema(op)
	for k := len(args); k > 0 && k <= len(s) && !s[k-1].Required && s[k-1].Default.Equal(args[k-1]); k-- {
		args = args[:k-1]
	}
	return args
}

// complete is a call's arguments in schema order with defaults.
func (e *lowering) complete(c *edgeCall) []model.Arg {
	if c.full != nil {
		return c.full
	}
	s := e.schema(c.op)
	c.full = make([]model.Arg, max(len(s), len(c.args)))
	copy(c.full, c.args)
	for i := len(c.args); i < len(s); i++ {
		c.full[i] = s[i].Default
		for _, k := range c.kw {
			if k.Name == s[i].Name {
				c.full[i] = k.Arg
			}
		}
	}
	return c.full
}

// arg is argument i in schema order, or its default.
func (e *lowering) arg(c *edgeCall, i int) model.Arg {
	if full := e.complete(c); i < len(full) {
		return full[i]
	}
	return model.Arg{}
}

func (e *lowering) typeOf(a model.Arg) model.Type {
	if a.Kind != model.ArgNode {
		return model.Type{}
	}
	return e.Node(a.Node).Type
}

func (e *lowering) shapeOf(a model.Arg) model.Shape { return e.typeOf(a).T.Shape }

// plainShape is a value's shape with numbers in place of symbols.
func (e *lowering) plainShape(a model.Arg) model.Shape { return e.plain(e.shapeOf(a)) }

func (e *lowering) rank(a model.Arg) int { return e.shapeOf(a).Rank() }

// results adds a getitem for every result of a call, in order; those that nothing reads go with the dead code.
func (e *lowering) results(v model.Arg, t model.Type) model.Arg {
	l := model.ListArg()
	for i, r := range t.List {
		one := model.Type{Kind: model.TensorKind, T: r}
		item := e.add("_operator.getitem", one, nil, []model.Arg{v, model.IntArg(int64(i))})
		if x := e.Node(v.Node); keepsFormat[x.Target] {
			e.setStrides(item.Node, e.formatOf(x, e.plain(r.Shape)))
		}
		l.List = append(l.List, item)
	}
	return l
}

// like adds an operator whose result has x's type.
func (e *lowering) like(op string, x model.Arg, more ...model.Arg) model.Arg {
	return e.emit(op, e.typeOf(x), append([]model.Arg{x}, more...)...)
}

// binary adds an operator of two operands with broadcast and promotion; numbers stand for themselves.
func (e *lowering) binary(op string, a, b model.Arg) model.Arg {
	return e.emit(op, e.broadcastType(a, b), a, b)
}

// compare adds a comparison.
func (e *lowering) compare(op string, a, b model.Arg) model.Arg {
	t := e.broadcastType(a, b)
	t.T.DType = model.Bool
	return e.emit(op, t, a, b)
}

// where picks a where c holds, else b.
func (e *lowering) where(c, a, b model.Arg) model.Arg {
	t := e.broadcastType(a, b)
	t.T.Shape = broadcast(t.T.Shape, e.shapeOf(c))
	return e.emit("aten.where.self", t, c, a, b)
}

// viewAs is x with another shape of the same elements. The strides must allow it (see reshapeAs).
func (e *lowering) viewAs(x model.Arg, s model.Shape) model.Arg {
	return e.emit("aten.view_copy.default", model.TensorOf(e.typeOf(x).T.DType, s), x, e.shapeArg(s))
}

// reshapeAs is viewAs behind a copy where the strides do not allow a view.
func (e *lowering) reshapeAs(x model.Arg, s model.Shape) model.Arg {
	if _, ok := viewStrides(e.plainShape(x), e.stridesAt(x), e.plain(s)); !ok {
		x = e.clone(x)
	}
	return e.viewAs(x, s)
}

// permuted is x with its axes in that order.
func (e *lowering) permuted(x model.Arg, axes ...int) model.Arg {
	s := e.shapeOf(x)
	for i, a := range axes {
		s = s.With(i, e.shapeOf(x).At(a))
	}
	return e.emit("aten.permute_copy.default", model.TensorOf(e.typeOf(x).T.DType, s), x, model.IntsArg(axes...))
}

// unsqueezed is x with an axis of one in front of axis d; a negative d counts from the end of the result.
func (e *lowering) unsqueezed(x model.Arg, d int) model.Arg {
	at := wrapDim(int64(d), e.rank(x)+1)
	t := model.TensorOf(e.typeOf(x).T.DType, e.shapeOf(x).Insert(at, 1))
	return e.emit("aten.unsqueeze_copy.default", t, x, model.IntArg(int64(d)))
}

// squeezed is x without axis d, which must be one.
func (e *lowering) squeezed(x model.Arg, d int) model.Arg {
	t := model.TensorOf(e.typeOf(x).T.DType, e.shapeOf(x).Remove(wrapDim(int64(d), e.rank(x))))
	return e.emit("aten.squeeze_copy.dims", t, x, model.IntsArg(d))
}

// expanded is x broadcast to a shape.
func (e *lowering) expanded(x model.Arg, s model.Shape) model.Arg {
	return e.emit("aten.expand_copy.default", model.TensorOf(e.typeOf(x).T.DType, s), x, e.shapeArg(s))
}

// sliced is x from start to end along axis d, which counts from the front.
func (e *lowering) sliced(x model.Arg, d int, start, end int64) model.Arg {
	t := model.TensorOf(e.typeOf(x).T.DType, e.shapeOf(x).With(d, model.Dim(end-start)))
	return e.emit("aten.slice_copy.Tensor", t, x, model.IntArg(int64(d)), model.IntArg(start), model.IntArg(end))
}

// clone is a contiguous copy.
//
//	source  exir/passes/memory_format_ops_pass.py: MemoryFormatOpsPass
func (e *lowering) clone(x model.Arg) model.Arg { return e.cloneIn(x, inContiguous) }

// cloneIn is a copy in a memory format; "" keeps x's.
func (e *lowering) cloneIn(x model.Arg, format string) model.Arg {
	kw := []model.KwArg{{Name: "dim_order", Arg: e.dimOrderOf(x, format)}}
	v := e.emitKw("dim_order_ops._clone_dim_order.default", e.typeOf(x), kw, x)
	if format == "" {
		e.setStrides(v.Node, e.pointwiseStrides(e.Node(v.Node)))
	} else {
		e.setStrides(v.Node, formatStrides(e.plainShape(x), format))
	}
	return v
}

// cast is x in another element type.
func (e *lowering) cast(x model.Arg, d model.DType) model.Arg {
	t := e.typeOf(x)
	if t.T.DType == d {
		return x
	}
	t.T.DType = d
	kw := []model.KwArg{{Name: "dtype", Arg: dtypeArg(d)}, {Name: "dim_order", Arg: e.dimOrderOf(x, "")}}
	v := e.add("dim_order_ops._to_dim_order_copy.default", t, kw, []model.Arg{x})
	e.setStrides(v.Node, elementwiseStrides(e.plain(t.T.Shape), [][]int64{e.stridesAt(x)}, []model.Shape{e.plain(t.T.Shape)}))
	return v
}

// scalarTensor is a number as a tensor.
func (e *lowering) scalarTensor(v model.Arg, d model.DType) model.Arg {
	kw := []model.KwArg{{Name: "dtype", Arg: dtypeArg(d)}, {Name: "layout", Arg: strided}, {Name: "device", Arg: cpu}}
	return e.emitKw("aten.scalar_tensor.default", model.TensorOf(d, model.Shape{}), kw, v)
}

// arangeFrom is the whole numbers from start below end, as Python's torch.arange makes them.
func (e *lowering) arangeFrom(start, end int64) model.Arg {
	t := model.TensorOf(model.Int64, model.ShapeOf(model.Dim(end-start)))
	kw := []model.KwArg{
		{Name: "layout", Arg: strided}, {Name: "device", Arg: cpu}, {Name: "pin_memory", Arg: model.BoolArg(false)},
	}
	return e.emitKw("aten.arange.start_step", t, kw, model.IntArg(start), model.IntArg(end))
}

var (
	strided = model.ConstArg("torch.strided")
	cpu     = model.ConstArg("cpu")
)

func dtypeArg(d model.DType) model.Arg { return model.ConstArg("torch." + d.String()) }

// dimOrderOf is the axes of x from the outermost in memory to the innermost, in a copy of a memory format; "" keeps x's. By then
// views are copies, so that all is contiguous unless a format was asked for.
func (e *lowering) dimOrderOf(x model.Arg, format string) model.Arg {
	rank := e.rank(x)
	if format == inChannelsLast {
		e.sawChannelsLast = true
		return model.IntsArg(0, 2, 3, 1)
	}
	if e.sawChannelsLast && rank == 4 && format == "" {
		e.fail("copy behind a channels-last tensor")
	}
	return dimOrder(rank)
}

func dimOrder(rank int) model.Arg {
	order := make([]int, rank)
	for i := range order {
		order[i] = i
	}
	return model.IntsArg(order...)
}

// The memory formats: one whose axes lie in order, and one whose channels lie innermost.
const (
	inContiguous   = "torch.contiguous_format"
	inChannelsLast = "torch.channels_last"
)

// isIntList says whether a schema's type is a list of whole numbers.
func isIntList(t string) bool { return strings.HasPrefix(t, "int[") || strings.HasPrefix(t, "SymInt[") }

// without is a keyword list without one name.
func without(kw []model.KwArg, name string) []model.KwArg {
	return slices.DeleteFunc(slices.Clone(kw), func(k model.KwArg) bool { return k.Name == name })
}
