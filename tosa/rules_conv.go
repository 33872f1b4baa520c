package tosa

import (
	"slices"
	"strings"

	"seam/model"
)

// conv writes every convolution with nine arguments.
//
//	source  aten/src/ATen/native/Convolution.cpp: conv1d, conv_transpose2d, convolution_same
func (e *lowering) conv(c *edgeCall) (model.Arg, error) {
	transposed := strings.Contains(c.op, "transpose")
	spatial := convRank(c.op)
	x, t := e.arg(c, 0), c.t
	batched := e.rank(x) == spatial+2
	if !batched {
		x = e.unsqueezed(x, 0)
		t.T.Shape = t.T.Shape.Insert(0, 1)
	}
	stride, padding, dilation, outPad, groups := e.arg(c, 3), e.arg(c, 4), e.arg(c, 5), zeros(spatial), e.arg(c, 6)
	if transposed {
		outPad, groups, dilation = e.arg(c, 5), e.arg(c, 6), e.arg(c, 7)
	}
	if padding.Kind == model.ArgStr && padding.Str == "valid" {
		padding, outPad = zeros(1), zeros(1)
	}
	if padding.Kind == model.ArgStr {
		var err error
		if x, padding, err = e.samePadding(x, e.arg(c, 1), dilation, spatial, padding.Str); err != nil {
			return x, err
		}
	}
	v := e.emit("aten.convolution.default", t, x, e.arg(c, 1), e.arg(c, 2), perAxis(stride, spatial), perAxis(padding, spatial),
		perAxis(dilation, spatial), model.BoolArg(transposed), perAxis(outPad, spatial), groups)
	if !batched {
		v = e.squeezed(v, 0)
	}
	return v, nil
}

// convRank is the number of spatial axes that a convolution's name says.
func convRank(op string) int {
	for i, d := range []string{"1d", "2d", "3d"} {
		if strings.Contains(op, d) {
			return i + 1
		}
	}
	return 0
}

// perAxis is a list of n numbers for a number that stands for all. A list of one, which stands for all as well, stays.
func perAxis(a model.Arg, n int) model.Arg {
	if a.Kind != model.ArgInt {
		return a
	}
	return model.ListArg(slices.Repeat([]model.Arg{a}, n)...)
}

func zeros(n int) model.Arg { return model.IntsArg(make([]int, max(n, 0))...) }

// samePadding is the padding that "same" stands for. Where the two sides differ, the larger side is padded first.
func (e *lowering) samePadding(x, w, dilation model.Arg, spatial int, how string) (model.Arg, model.Arg, error) {
	if how != "same" {
		return x, model.Arg{}, e.missing("padding " + how)
	}
	d, _ := dilation.Ints()
	if len(d) == 1 {
		d = slices.Repeat(d, spatial)
	}
	low, extra, even := make([]int, spatial), make([]int, 2*spatial), true
	for i := range spatial {
		total := d[i] * (int(e.shapeOf(w).At(i+2)) - 1)
		low[i] = total / 2
		if total%2 != 0 {
			extra[2*(spatial-1-i)+1], even = 1, false
		}
	}
	if even {
		return x, model.IntsArg(low...), nil
	}
	return e.padded(x, extra, model.IntArg(0)), model.IntsArg(low...), nil
}

// linear stays one operator between dequantize and quantize; elsewhere it becomes a matrix product.
func (e *lowering) linear(c *edgeCall) (model.Arg, error) {
	x, w, b := e.arg(c, 0), e.arg(c, 1), e.arg(c, 2)
	if e.kept(c) {
		return e.emit(c.op, c.t, x, w, b), nil
	}
	return e.linearOf(x, w, b)
}

// linearOf is a linear in elementary operators.
//
//	source  aten/src/ATen/native/Linear.cpp: linear, _flatten_nd_linear
func (e *lowering) linearOf(x, w, b model.Arg) (model.Arg, error) {
	s := e.shapeOf(x)
	if s.Rank() == 0 {
		return model.Arg{}, e.missing("")
	}
	t := model.TensorOf(e.typeOf(x).T.DType, s.With(-1, e.shapeOf(w).At(0)))
	if s.Rank() == 2 {
		return e.product(t, x, e.permuted(w, 1, 0), b), nil
	}
	if b.Kind != model.ArgNode || e.stridesAt(x) != nil {
		v, err := e.matmulOf(t, x, e.permuted(w, 1, 0))
		if err == nil && b.Kind == model.ArgNode {
			v = e.binary("aten.add.Tensor", v, b)
		}
		return v, err
	}
	rows, err := e.extent(s.Dims()[:s.Rank()-1])
	if err != nil {
		return model.Arg{}, err
	}
	flat := e.viewAs(x, model.ShapeOf(rows, s.At(-1)))
	out := model.TensorOf(t.T.DType, model.ShapeOf(rows, t.T.Shape.At(-1)))
	return e.viewAs(e.product(out, flat, e.permuted(w, 1, 0), b), t.T.Shape), nil
}

func (e *lowering) product(t model.Type, x, w, b model.Arg) model.Arg {
	if b.Kind == model.ArgNode {
		return e.emit("aten.addmm.default", t, b, x, w)
	}
	return e.emit("aten.mm.default", t, x, w)
}

func (e *lowering) matmul(c *edgeCall) (model.Arg, error) {
	return e.matmulOf(c.t, c.args[0], c.args[1])
}

// matmulOf is a product of vectors, matrices or batches of matrices.
//
//	source  torch/_decomp/decompositions.py: matmul
func (e *lowering) matmulOf(t model.Type, a, b model.Arg) (model.Arg, error) {
	s, u := e.shapeOf(a), e.shapeOf(b)
	d := e.typeOf(a).T.DType
	switch {
	case s.Rank() == 0 || u.Rank() == 0:
		return model.Arg{}, e.missing("")
	case s.Rank() == 1 && u.Rank() == 1:
		return e.dot(a, b), nil
	case s.Rank() == 2 && u.Rank() == 1:
		return e.matrixVector(a, b), nil
	case s.Rank() == 1 && u.Rank() == 2:
		row := e.emit("aten.mm.default", model.TensorOf(d, model.ShapeOf(1, u.At(1))), e.unsqueezed(a, 0), b)
		return e.squeezed(row, 0), nil
	case s.Rank() == 2 && u.Rank() == 2:
		return e.emit("aten.mm.default", t, a, b), nil
	case s.Rank() >= 3 && u.Rank() <= 2 && e.stridesAt(a) == nil:
		return e.foldedProduct(t, a, b)
	case s.Rank() == 1 && e.stridesAt(b) == nil:
		return e.foldedProduct(t, e.transposed(b), a)
	}
	return e.batchProduct(t, a, b)
}

// transposed swaps the last two axes.
func (e *lowering) transposed(x model.Arg) model.Arg {
	axes, _ := axesOf("aten.mT.default", nil, e.rank(x))
	return e.permuted(x, axes...)
}

func (e *lowering) dotProduct(c *edgeCall) (model.Arg, error) {
	return e.dot(c.args[0], c.args[1]), nil
}

func (e *lowering) matrixTimesVector(c *edgeCall) (model.Arg, error) {
	return e.matrixVector(c.args[0], c.args[1]), nil
}

// outer is every product of two vectors' elements.
func (e *lowering) outer(c *edgeCall) (model.Arg, error) {
	col := e.reshapeAs(c.args[0], model.ShapeOf(e.shapeOf(c.args[0]).At(0), 1))
	return e.binary("aten.mul.Tensor", col, c.args[1]), nil
}

// dot is the sum of the products.
func (e *lowering) dot(a, b model.Arg) model.Arg {
	p := e.binary("aten.mul.Tensor", a, b)
	return e.emit("aten.sum.dim_IntList", model.TensorOf(e.typeOf(p).T.DType, model.Shape{}), p, model.ListArg())
}

// matrixVector is the products summed over the last axis.
func (e *lowering) matrixVector(a, b model.Arg) model.Arg {
	p := e.binary("aten.mul.Tensor", a, b)
	t := model.TensorOf(e.typeOf(p).T.DType, model.ShapeOf(e.shapeOf(a).At(0)))
	return e.emit("aten.sum.dim_IntList", t, p, model.IntsArg(1))
}

// foldedProduct folds a's leading axes into one.
func (e *lowering) foldedProduct(t model.Type, a, b model.Arg) (model.Arg, error) {
	s := e.shapeOf(a)
	rows, err := e.extent(s.Dims()[:s.Rank()-1])
	if err != nil {
		return model.Arg{}, err
	}
	flat := e.reshapeAs(a, model.ShapeOf(rows, s.At(-1)))
	if e.rank(b) == 1 {
		return e.viewAs(e.matrixVector(flat, b), t.T.Shape), nil
	}
	out := model.TensorOf(t.T.DType, model.ShapeOf(rows, e.shapeOf(b).At(1)))
	return e.viewAs(e.emit("aten.mm.default", out, flat, b), t.T.Shape), nil
}

// batchProduct broadcasts the leading axes and multiplies batches.
func (e *lowering) batchProduct(t model.Type, a, b model.Arg) (model.Arg, error) {
	s, u := e.shapeOf(a), e.shapeOf(b)
	if s.Rank() == 1 {
		return model.Arg{}, e.missing("matmul of a vector and a batch")
	}
	if u.Rank() == 1 {
		return e.batchVector(t, a, b)
	}
	lead := broadcast(leading(s), leading(u))
	batch, err := e.extent(lead.Dims())
	if err != nil {
		return model.Arg{}, err
	}
	n, m, p := s.At(-2), s.At(-1), u.At(-1)
	x := e.reshapeAs(e.expanded(a, lead.Append(n).Append(m)), model.ShapeOf(batch, n, m))
	y := e.reshapeAs(e.expanded(b, lead.Append(m).Append(p)), model.ShapeOf(batch, m, p))
	v := e.emit("aten.bmm.default", model.TensorOf(t.T.DType, model.ShapeOf(batch, n, p)), x, y)
	return e.viewAs(v, t.T.Shape), nil
}

// batchVector multiplies every matrix of a batch with one vector.
func (e *lowering) batchVector(t model.Type, a, b model.Arg) (model.Arg, error) {
	s := e.shapeOf(a)
	batch, err := e.extent(leading(s).Dims())
	if err != nil {
		return model.Arg{}, err
	}
	n, m := s.At(-2), s.At(-1)
	x := e.reshapeAs(e.expanded(a, s), model.ShapeOf(batch, n, m))
	y := e.unsqueezed(e.reshapeAs(e.expanded(b, leading(s).Append(m)), model.ShapeOf(batch, m)), 2)
	v := e.emit("aten.bmm.default", model.TensorOf(t.T.DType, model.ShapeOf(batch, n, 1)), x, y)
	return e.viewAs(e.squeezed(v, -1), t.T.Shape), nil
}

// baddbmm adds a product of batches.
//
//	source  torch/_decomp/decompositions.py: baddbmm
func (e *lowering) baddbmm(c *edgeCall) (model.Arg, error) {
	v := e.emit("aten.bmm.default", c.t, c.args[1], c.args[2])
	x := c.args[0]
	beta, _ := e.arg(c, 3).Number()
	alpha, _ := e.arg(c, 4).Number()
	if alpha != 1 {
		v = e.binary("aten.mul.Tensor", v, e.arg(c, 4))
	}
	if beta == 0 {
		return v, nil
	}
	if beta != 1 {
		x = e.binary("aten.mul.Tensor", x, e.arg(c, 3))
	}
	return e.binary("aten.add.Tensor", x, v), nil
}

// leading is a shape without its last two extents.
func leading(s model.Shape) model.Shape { return model.ShapeOf(s.Dims()[:s.Rank()-2]...) }

// bilinear is a product of two inputs' rows with a matrix for each output, which stays one operator.
//
//	source  aten/src/ATen/native/Linear.cpp: bilinear
func (e *lowering) bilinear(c *edgeCall) (model.Arg, error) {
	x, y, w, b := c.args[0], c.args[1], c.args[2], e.arg(c, 3)
	s := e.shapeOf(x)
	rows, err := e.extent(s.Dims()[:s.Rank()-1])
	if err != nil || e.stridesAt(x) != nil || e.stridesAt(y) != nil {
		return model.Arg{}, e.missing("")
	}
	flat := func(v model.Arg) model.Arg {
		n := e.shapeOf(v).At(-1)
		return e.emit("aten.view_copy.default", model.TensorOf(c.t.T.DType, model.ShapeOf(rows, n)), v, model.IntsArg(-1, int(n)))
	}
	x, y = flat(x), flat(y)
	t := model.TensorOf(c.t.T.DType, model.ShapeOf(rows, c.t.T.Shape.At(-1)))
	v := e.emit("aten._trilinear.default", t, x, w, y, model.IntsArg(1, 3), model.IntsArg(0), model.IntsArg(1, 2), model.IntsArg(2, 3))
	v = e.viewAs(v, c.t.T.Shape)
	if b.Kind == model.ArgNode {
		v = e.binary("aten.add.Tensor", v, b)
	}
	return v, nil
}
