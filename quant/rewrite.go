package quant

import (
	"slices"

	"seam/model"
)

// rewrite is one node under a pass, and the nodes that take its place.
type rewrite struct {
	*tracer
	n    model.NodeID // the old node
	like model.NodeID // whose meta and mark new nodes take over; None for nodes without any
	x    *model.Node
}

// keep puts the node in as it is.
func (r rewrite) keep() model.Arg {
	args, kw := r.args(r.x.Args), r.kwargs()
	return r.put1(r.x.Target, r.retyped(args, kw), kw, args...)
}

func (r rewrite) kwargs() []model.KwArg {
	var kw []model.KwArg
	for _, k := range r.x.Kwargs {
		kw = append(kw, model.KwArg{Name: k.Name, Arg: r.args([]model.Arg{k.Arg})[0]})
	}
	return kw
}

// stand puts v in the place of old node m, which reads r's node.
func (r rewrite) stand(m model.NodeID, v model.Arg) { r.env[m], r.preset[m] = v, true }

// newConstant stands for a constant that is created where it is read.
func (r rewrite) newConstant(t *model.Tensor) model.Arg {
	r.extra = append(r.extra, t)
	return model.NodeArg(lazy(model.NodeID(r.old.Len() + len(r.extra) - 1)))
}

// arg is argument i of the old node in the new graph.
func (r rewrite) arg(i int) model.Arg { return r.args([]model.Arg{r.x.Arg(i)})[0] }

// fresh is r for nodes that take over neither meta nor mark.
func (r rewrite) fresh() rewrite { return r.as(model.None) }

// as is r for nodes that take over the meta and mark of old node m.
func (r rewrite) as(m model.NodeID) rewrite {
	r.like = m
	return r
}

func (r rewrite) put1(op string, typ model.Type, kw []model.KwArg, args ...model.Arg) model.Arg {
	s := model.Spec{Kind: model.Call, Target: op, Args: slices.Clone(args), Kwargs: kw, Type: typ}
	if op == "aten.__rshift__.Scalar" || op == "aten.__lshift__.Scalar" {
		s.Name = op[len("aten.__") : len("aten.__")+len("rshift")]
	}
	return r.add(r.n, r.like, s)
}

// emit adds a call.
func (r rewrite) emit(op string, typ model.Type, args ...model.Arg) model.Arg {
	return r.put1(op, typ, nil, args...)
}

// fail stops the pass at what seam does not model.
func (r rewrite) fail(rule string) model.Arg {
	if r.err == nil {
		r.err = &model.MissingError{NotModelled: model.NotModelled{Stage: "prepare", Rule: rule, Nodes: []string{r.x.Name}}}
	}
	return model.Arg{}
}

// raise stops the pass as upstream does.
func (r rewrite) raise(text string) model.Arg {
	if r.err == nil {
		r.err = &model.UpstreamError{Step: "prepare", Text: text}
	}
	return model.Arg{}
}

// shape is the shape of an argument in the new graph.
func (r rewrite) shape(a model.Arg) model.Shape { return r.typeOf(a).Shape }

// unary adds a call whose result has the type of its operand.
func (r rewrite) unary(op string, a model.Arg, rest ...model.Arg) model.Arg {
	return r.emit(op, model.Type{Kind: model.TensorKind, T: r.typeOf(a)}, append([]model.Arg{a}, rest...)...)
}

// binary adds a call of two operands that broadcast.
func (r rewrite) binary(op string, a, b model.Arg) model.Arg {
	return r.emit(op, r.joined(a, b), a, b)
}

// compare adds a call of two operands that broadcast, with a bool result.
func (r rewrite) compare(op string, a, b model.Arg) model.Arg {
	t := r.joined(a, b)
	t.T.DType = model.Bool
	return r.emit(op, t, a, b)
}

// joined is the type of what comes of two operands.
func (r rewrite) joined(a, b model.Arg) model.Type {
	s, ok := broadcast(r.shape(a), r.shape(b))
	if !ok {
		r.fail(r.pass.name + " on extents of which it is not known whether they are equal")
	}
	return model.TensorOf(r.promote(a, b), s)
}

// choose adds a where.self.
func (r rewrite) choose(mask, a, b model.Arg) model.Arg {
	t := r.joined(a, b)
	s, ok := broadcast(t.T.Shape, r.shape(mask))
	if !ok {
		r.fail(r.pass.name + " on extents of which it is not known whether they are equal")
	}
	t.T.Shape = s
	return r.emit("aten.where.self", t, mask, a, b)
}

// reduce adds a reduction over dims, as upstream writes it: the dims, then keepdim.
func (r rewrite) reduce(op string, a model.Arg, dims []int, keep bool) model.Arg {
	t := r.typeOf(a)
	return r.emit(op, model.TensorOf(t.DType, reducedShape(t.Shape, dims, keep)), a, model.IntsArg(dims...), model.BoolArg(keep))
}

// reshape adds a call that gives the elements another shape.
func (r rewrite) reshape(op string, a model.Arg, to model.Shape) model.Arg {
	if to.Symbolic() {
		return r.fail(r.pass.name + " on a shape that is not fixed")
	}
	return r.emit(op, model.TensorOf(r.typeOf(a).DType, to), a, model.IntsArg(to.Ints()...))
}

// slice adds a slice_copy of elements lo to hi of dim.
func (r rewrite) slice(a model.Arg, dim, lo, hi int) model.Arg {
	t := r.typeOf(a)
	return r.emit("aten.slice_copy.Tensor", model.TensorOf(t.DType, t.Shape.With(dim, model.Dim(hi-lo))), a,
		model.IntArg(int64(dim)), model.IntArg(int64(lo)), model.IntArg(int64(hi)))
}

// full adds a tensor of one value.
func (r rewrite) full(shape []int, v model.Arg, d model.DType, device bool) model.Arg {
	kw := []model.KwArg{{Name: "dtype", Arg: model.ConstArg("torch." + d.String())}}
	if device {
		kw = append(kw, model.KwArg{Name: "device", Arg: model.ConstArg("cpu")})
	}
	return r.put1("aten.full.default", model.TensorOf(d, model.ShapeInts(shape...)), kw, model.IntsArg(shape...), v)
}

// cast adds a to.dtype whose type is given by name.
func (r rewrite) cast(a model.Arg, d model.DType) model.Arg {
	kw := []model.KwArg{{Name: "dtype", Arg: model.ConstArg("torch." + d.String())}}
	return r.put1("aten.to.dtype", model.TensorOf(d, r.shape(a)), kw, a)
}

// cat adds a concatenation along dim.
func (r rewrite) cat(parts []model.Arg, dim int) model.Arg {
	t := r.typeOf(parts[0])
	size := model.Dim(0)
	for _, p := range parts {
		size += r.shape(p).At(dim)
	}
	return r.emit("aten.cat.default", model.TensorOf(t.DType, t.Shape.With(dim, size)), model.ListArg(parts...),
		model.IntArg(int64(dim)))
}

// broadcast is the shape of two operands' result; ok is false where extents neither agree nor are 1.
func broadcast(a, b model.Shape) (model.Shape, bool) {
	if a.Rank() < b.Rank() {
		a, b = b, a
	}
	out, ok := a, true
	for i := 1; i <= b.Rank(); i++ {
		switch x, y := a.At(-i), b.At(-i); {
		case x == y || y == 1:
		case x == 1:
			out = out.With(-i, y)
		default:
			ok = false
		}
	}
	return out, ok
}

// promote is the element type of two operands' result: that of the highest kind; among equal kinds tensors with extents win
// over those without, and those over numbers.
//
//	source  c10/core/ScalarType.cpp, aten/src/ATen/native/TypeProperties.cpp: result_type
func (r rewrite) promote(a, b model.Arg) model.DType {
	x, px := r.operandType(a)
	y, py := r.operandType(b)
	kx, ky := dtypeKind(x), dtypeKind(y)
	switch {
	case px != py && px > py && kx >= ky, px != py && px < py && kx > ky:
		return x
	case px != py:
		return y
	case kx != ky && kx > ky:
		return x
	case kx != ky:
		return y
	case x.Bytes() > y.Bytes() || x == y:
		return x
	case x.Bytes() == y.Bytes(): // float16 with bfloat16, int8 with uint8
		return wider(x)
	}
	return y
}

func wider(x model.DType) model.DType {
	if x.IsFloat() {
		return model.Float32
	}
	return model.Int16
}

// operandType is an operand's element type, and its rank among types: 2 a tensor with extents, 1 one without, 0 a number.
func (r rewrite) operandType(a model.Arg) (model.DType, int) {
	switch a.Kind {
	case model.ArgNode:
		t := r.typeOf(a)
		if t.Shape.Rank() == 0 {
			return t.DType, 1
		}
		return t.DType, 2
	case model.ArgFloat:
		return model.Float32, 0
	case model.ArgBool:
		return model.Bool, 0
	}
	return model.Int64, 0
}

func dtypeKind(d model.DType) int {
	switch {
	case d.IsFloat():
		return 2
	case d == model.Bool:
		return 0
	}
	return 1
}

// reducedShape is s without dims, or with 1 in their places.
func reducedShape(s model.Shape, dims []int, keep bool) model.Shape {
	var drop [model.MaxRank]bool
	for _, d := range dims {
		drop[wrapDim(d, s.Rank())] = true
	}
	var out model.Shape
	for i := range s.Rank() {
		switch {
		case !drop[i]:
			out = out.Append(s.At(i))
		case keep:
			out = out.Append(1)
		}
	}
	return out
}

// wrapDim is a dimension counted from the front.
func wrapDim(d, rank int) int {
	if d < 0 {
		return d + max(rank, 1)
	}
	return d
}
