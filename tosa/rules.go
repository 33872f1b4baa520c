package tosa

import (
	"math"

	"seam/model"
	"seam/quant"
)

// edgeRule lowers one converted node and returns what stands for it.
type edgeRule func(*lowering, model.NodeID, model.Op) (model.Arg, error)

// edgeRules is the rule of each class; nil is not modelled.
var edgeRules = [model.NumEdgeClasses]edgeRule{
	model.EdSame:    (*lowering).same,
	model.EdRename:  (*lowering).rename,
	model.EdQDQ:     (*lowering).same,
	model.EdConv:    (*lowering).conv,
	model.EdLinear:  (*lowering).linear,
	model.EdClone:   (*lowering).clone,
	model.EdView:    (*lowering).view,
	model.EdReshape: (*lowering).reshape,
	model.EdPermute: (*lowering).permute,
	model.EdSlice:   (*lowering).slice,
	model.EdSelect:  (*lowering).selectOne,
	model.EdSqueeze: (*lowering).squeeze,
	model.EdMaxPool: (*lowering).maxPool,
	model.EdStack:   (*lowering).stack,
	model.EdSum:     (*lowering).same,
}

// same keeps the operator.
func (e *lowering) same(n model.NodeID, _ model.Op) (model.Arg, error) {
	return e.keep(n, e.old.Node(n).Target), nil
}

// rename keeps the arguments under another operator.
func (e *lowering) rename(n model.NodeID, row model.Op) (model.Arg, error) {
	return e.keep(n, row.Into), nil
}

// keep emits op with n's arguments; an int for a list parameter becomes a list.
func (e *lowering) keep(n model.NodeID, op string) model.Arg {
	x := e.old.Node(n)
	args := e.args(x.Args)
	if s, ok := model.SchemaOf(op); ok {
		for i := range args {
			if i < len(s.Args) && args[i].Kind == model.ArgInt && isIntList(s.Args[i].Type) {
				args[i] = model.ListArg(args[i])
			}
		}
	}
	var kw []model.KwArg
	for _, k := range x.Kwargs {
		kw = append(kw, model.KwArg{Name: k.Name, Arg: e.args([]model.Arg{k.Arg})[0]})
	}
	return e.emitKw(n, op, e.typ(n), kw, args...)
}

func isIntList(t string) bool {
	return len(t) > 4 && (t[:4] == "int[" || len(t) > 7 && t[:7] == "SymInt[")
}

// conv writes every convolution with nine arguments.
//
//	source  torch/_decomp: aten.convolution
func (e *lowering) conv(n model.NodeID, _ model.Op) (model.Arg, error) {
	x := e.old.Node(n)
	a, err := model.Complete(x)
	if err != nil {
		return model.Arg{}, err
	}
	spatial := e.old.Node(x.Args[0].Node).Type.T.Shape.Rank() - 2
	zeros := make([]int, max(spatial, 0))
	return e.emit(n, "aten.convolution.default", e.typ(n),
		e.arg(n, 0), e.arg(n, 1), e.arg(n, 2), a[3], a[4], a[5], model.BoolArg(false), model.IntsArg(zeros...), a[6]), nil
}

// linear stays one operator between dequantize and quantize; elsewhere it becomes a matrix product.
//
//	source  backends/arm/tosa/partitioner.py: ops_to_not_decompose; torch/_decomp: linear
func (e *lowering) linear(n model.NodeID, _ model.Op) (model.Arg, error) {
	x := e.old.Node(n)
	if e.quantizedAround(n) {
		return e.emit(n, x.Target, e.typ(n), e.arg(n, 0), e.arg(n, 1), e.arg(n, 2)), nil
	}
	t := e.typ(n)
	w := e.typeOf(e.arg(n, 1))
	w.T.Shape = model.ShapeOf(w.T.Shape.At(1), w.T.Shape.At(0))
	rank := t.T.Shape.Rank()
	if rank == 2 {
		wt := e.emit(n, "aten.permute_copy.default", w, e.arg(n, 1), model.IntsArg(1, 0))
		return e.product(n, t, e.arg(n, 0), wt), nil
	}
	in := e.typeOf(e.arg(n, 0))
	if in.T.Shape.Symbolic() || rank < 2 {
		return model.Arg{}, e.missing(n)
	}
	rows := in.T.Shape.Numel() / int64(in.T.Shape.At(-1))
	flat := model.TensorOf(in.T.DType, model.ShapeOf(model.Dim(rows), in.T.Shape.At(-1)))
	v := e.emit(n, "aten.view_copy.default", flat, e.arg(n, 0), shapeArg(flat.T.Shape))
	wt := e.emit(n, "aten.permute_copy.default", w, e.arg(n, 1), model.IntsArg(1, 0))
	out := model.TensorOf(t.T.DType, model.ShapeOf(model.Dim(rows), t.T.Shape.At(-1)))
	return e.emit(n, "aten.view_copy.default", t, e.product(n, out, v, wt), shapeArg(t.T.Shape)), nil
}

func (e *lowering) product(n model.NodeID, t model.Type, x, w model.Arg) model.Arg {
	if b := e.arg(n, 2); b.Kind == model.ArgNode {
		return e.emit(n, "aten.addmm.default", t, b, x, w)
	}
	return e.emit(n, "aten.mm.default", t, x, w)
}

// quantizedAround says whether all of n's inputs are dequantized and all its users quantize; a linear may also have a relu or
// hardtanh as its only user.
func (e *lowering) quantizedAround(n model.NodeID) bool {
	for _, p := range e.old.In(n) {
		if t := e.old.Node(p).Target; t != quant.OpDequantize && t != quant.OpDequantizeChannel {
			return false
		}
	}
	users := e.old.Users(n)
	if len(users) == 1 && e.old.Node(n).Target == "aten.linear.default" {
		switch e.old.Node(users[0]).Target {
		case "aten.relu.default", "aten.hardtanh.default":
			return true
		}
	}
	for _, u := range users {
		if t := e.old.Node(u).Target; t != quant.OpQuantize && t != quant.OpQuantizeChannel {
			return false
		}
	}
	return true
}

func (e *lowering) typeOf(a model.Arg) model.Type {
	if a.Kind != model.ArgNode {
		return model.Type{}
	}
	return e.Node(a.Node).Type
}

func shapeArg(s model.Shape) model.Arg {
	l := model.ListArg()
	for i := range s.Rank() {
		l.List = append(l.List, model.IntArg(int64(s.At(i))))
	}
	return l
}

// clone writes a copy with its dim order.
//
//	source  exir/passes/memory_format_ops_pass.py: MemoryFormatOpsPass
func (e *lowering) clone(n model.NodeID, _ model.Op) (model.Arg, error) {
	return e.cloneOf(n, e.arg(n, 0), e.typ(n)), nil
}

func (e *lowering) cloneOf(n model.NodeID, x model.Arg, t model.Type) model.Arg {
	order := make([]int, t.T.Shape.Rank())
	for i := range order {
		order[i] = i
	}
	kw := []model.KwArg{{Name: "dim_order", Arg: model.IntsArg(order...)}}
	return e.emitKw(n, "dim_order_ops._clone_dim_order.default", t, kw, x)
}

// view keeps the sizes as written.
func (e *lowering) view(n model.NodeID, _ model.Op) (model.Arg, error) {
	return e.emit(n, "aten.view_copy.default", e.typ(n), e.arg(n, 0), e.arg(n, 1)), nil
}

// reshape carries resolved sizes, and copies first where the strides do not allow a view.
func (e *lowering) reshape(n model.NodeID, _ model.Op) (model.Arg, error) {
	t := e.typ(n)
	if t.T.Shape.Symbolic() {
		return model.Arg{}, e.missing(n)
	}
	x := e.arg(n, 0)
	if in := e.old.Node(n).Args[0].Node; !viewable(e.typ(in).T.Shape, e.strides[in], t.T.Shape) {
		x = e.cloneOf(n, x, e.typeOf(x))
	}
	return e.emit(n, "aten.view_copy.default", t, x, shapeArg(t.T.Shape)), nil
}

// permute writes permute and transpose with all axes named.
func (e *lowering) permute(n model.NodeID, _ model.Op) (model.Arg, error) {
	axes, ok := axesOf(e.old.Node(n), e.typ(n).T.Shape.Rank())
	if !ok {
		return model.Arg{}, e.missing(n)
	}
	if e.old.Node(n).Target == "aten.permute.default" {
		return e.emit(n, "aten.permute_copy.default", e.typ(n), e.arg(n, 0), e.arg(n, 1)), nil
	}
	return e.emit(n, "aten.permute_copy.default", e.typ(n), e.arg(n, 0), model.IntsArg(axes...)), nil
}

// axesOf is the input axis of each result axis.
func axesOf(x *model.Node, rank int) ([]int, bool) {
	wrap := func(i int64) int { return (int(i) + rank) % max(rank, 1) }
	if x.Target == "aten.permute.default" {
		axes, ok := x.Arg(1).Ints()
		for i := range axes {
			axes[i] = wrap(int64(axes[i]))
		}
		return axes, ok && len(axes) == rank
	}
	axes := make([]int, rank)
	for i := range axes {
		axes[i] = i
	}
	a, b := wrap(x.Arg(1).Int), wrap(x.Arg(2).Int)
	axes[a], axes[b] = axes[b], axes[a]
	return axes, x.Arg(1).Kind == model.ArgInt && x.Arg(2).Kind == model.ArgInt
}

func (e *lowering) slice(n model.NodeID, _ model.Op) (model.Arg, error) {
	return e.keep(n, "aten.slice_copy.Tensor"), nil
}

func (e *lowering) selectOne(n model.NodeID, _ model.Op) (model.Arg, error) {
	return e.keep(n, "aten.select_copy.int"), nil
}

// squeeze names the dimensions.
func (e *lowering) squeeze(n model.NodeID, _ model.Op) (model.Arg, error) {
	x := e.old.Node(n)
	dims := x.Arg(1)
	switch x.Target {
	case "aten.squeeze.default":
		all := make([]int, e.old.Node(x.Args[0].Node).Type.T.Shape.Rank())
		for i := range all {
			all[i] = i
		}
		dims = model.IntsArg(all...)
	case "aten.squeeze.dim":
		dims = model.ListArg(dims)
	}
	return e.emit(n, "aten.squeeze_copy.dims", e.typ(n), e.arg(n, 0), dims), nil
}

// maxPool writes the operator with indices and picks the values; a stride that equals the kernel is dropped.
func (e *lowering) maxPool(n model.NodeID, _ model.Op) (model.Arg, error) {
	t := e.typ(n)
	both := model.Type{Kind: model.ListKind, List: []model.TensorType{t.T, {DType: model.Int64, Shape: t.T.Shape}}}
	args := e.args(e.old.Node(n).Args)
	pool := e.emit(n, "aten.max_pool2d_with_indices.default", both, args...)
	return e.emit(n, "_operator.getitem", t, pool, model.IntArg(0)), nil
}

// stack writes a concatenation and a view.
func (e *lowering) stack(n model.NodeID, _ model.Op) (model.Arg, error) {
	x := e.old.Node(n)
	t := e.typ(n)
	dim := int(x.Arg(1).Int)
	if dim < 0 {
		dim += t.T.Shape.Rank()
	}
	if t.T.Shape.Symbolic() || dim >= t.T.Shape.Rank()-1 {
		return model.Arg{}, e.missing(n)
	}
	joined := t
	joined.T.Shape = t.T.Shape.Remove(dim).With(dim, t.T.Shape.At(dim)*t.T.Shape.At(dim+1))
	c := e.emit(n, "aten.cat.default", joined, e.arg(n, 0), model.IntArg(int64(dim)))
	return e.emit(n, "aten.view_copy.default", t, c, shapeArg(t.T.Shape)), nil
}

// takesAll says whether a slice of the edge graph under construction leaves its input as it is.
func (e *lowering) takesAll(n model.NodeID) bool {
	x := e.Node(n)
	in := e.Node(x.Args[0].Node).Type.T
	return x.Target == "aten.slice_copy.Tensor" && !in.Shape.Symbolic() && x.Type.T.Shape == in.Shape
}

// equalBits compares Q and DQ arguments.
func equalBits(a, b []model.Arg) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Kind == model.ArgFloat && b[i].Kind == model.ArgFloat && math.Float64bits(a[i].Float) == math.Float64bits(b[i].Float) {
			continue
		}
		if !a[i].Equal(b[i]) {
			return false
		}
	}
	return true
}
