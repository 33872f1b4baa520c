package quant

import (
	"slices"
	"strings"

	"seam/model"
)

// divide writes a/b as a * reciprocal(b).
//
//	source  backends/arm/_passes/decompose_div_pass.py
func divide(r rewrite) model.Arg {
	b := r.arg(1)
	if b.Kind != model.ArgNode {
		return r.keep()
	}
	t := r.typeOf(b)
	if !t.DType.IsFloat() {
		t.DType = model.Float32
	}
	inv := r.emit("aten.reciprocal.default", model.Type{Kind: model.TensorKind, T: t}, b)
	return r.emit("aten.mul.Tensor", r.x.Type, r.arg(0), inv)
}

// addmm multiplies, scales both terms, and adds; the scales are written even where they are 1.
//
//	source  backends/arm/_passes/decompose_addmm_pass.py
func addmm(r rewrite) model.Arg {
	scale := func(name string) model.Arg {
		if a := r.x.Kwarg(name); !a.IsNone() {
			return a
		}
		return model.FloatArg(1)
	}
	a, b := r.arg(1), r.arg(2)
	mm := r.emit("aten.mm.default", model.TensorOf(r.typeOf(a).DType, r.shape(a).With(1, r.shape(b).At(1))), a, b)
	mm = r.unary("aten.mul.Scalar", mm, scale("alpha"))
	bias := r.unary("aten.mul.Scalar", r.arg(0), scale("beta"))
	return r.binary("aten.add.Tensor", mm, bias)
}

// alpha multiplies the second operand of add and sub by alpha first.
//
//	source  backends/arm/_passes/decompose_add_sub_alpha_pass.py
func alpha(r rewrite) model.Arg {
	return r.emit(r.x.Target, r.x.Type, r.arg(0), r.binary("aten.mul.Tensor", r.arg(1), r.x.Kwarg("alpha")))
}

func hasAlpha(g *model.Graph, n model.NodeID) bool {
	v, ok := g.Node(n).Kwarg("alpha").Number()
	return ok && v != 1
}

func byMode(name string) []model.KwArg {
	return []model.KwArg{{Name: "rounding_mode", Arg: model.StrArg(name)}}
}

// remainder writes x - floor(x / y) * y.
//
//	source  backends/arm/_passes/decompose_remainder_pass.py
func remainder(r rewrite) model.Arg {
	x, y := r.arg(0), r.arg(1)
	q := r.put1("aten.div.Tensor_mode", r.joined(x, y), byMode("floor"), x, y)
	return r.binary("aten.sub.Tensor", x, r.binary("aten.mul.Tensor", q, y))
}

// floorDivide writes floor_divide as a division with a rounding mode.
//
//	source  backends/arm/_passes/decompose_floor_divide_pass.py
func floorDivide(r rewrite) model.Arg {
	x, y := r.arg(0), r.arg(1)
	if y.Kind == model.ArgInt {
		y = r.unary("aten.full_like.default", x, y)
	}
	return r.put1("aten.div.Tensor_mode", r.x.Type, byMode("floor"), x, y)
}

// divMode writes a division with a rounding mode as a division and what rounds its result. Integer divisions stay as they are
// where the target divides integers.
//
//	source  backends/arm/_passes/decompose_div_tensor_mode.py
func divMode(r rewrite) model.Arg {
	mode := r.x.Kwarg("rounding_mode")
	if mode.IsNone() {
		mode = r.x.Arg(2)
	}
	a, b := r.arg(0), r.arg(1)
	ai, bi := r.isInteger(a), r.isInteger(b)
	if mode.Kind == model.ArgStr && ai && bi && !r.u55 {
		return r.keep()
	}
	if ai {
		a = r.toFloat(a)
	}
	if bi {
		b = r.toFloat(b)
	}
	out := r.rounded(r.quotient(a, b), mode.Str)
	if d := r.x.Type.T.DType; d != model.Float32 {
		out = r.cast(out, d)
	}
	return out
}

// divModeFloat is divMode in 1.3.1, which knows floats alone.
func divModeFloat(r rewrite) model.Arg {
	mode := r.x.Kwarg("rounding_mode")
	if mode.IsNone() {
		mode = r.x.Arg(2)
	}
	return r.rounded(r.quotient(r.arg(0), r.arg(1)), mode.Str)
}

// quotient adds a division, whose result is float32 for whole numbers.
func (r rewrite) quotient(a, b model.Arg) model.Arg {
	t := r.joined(a, b)
	if !t.T.DType.IsFloat() {
		t.T.DType = model.Float32
	}
	return r.emit("aten.div.Tensor", t, a, b)
}

func (r rewrite) isInteger(a model.Arg) bool {
	if a.Kind == model.ArgNode {
		return r.typeOf(a).DType.IsInteger()
	}
	return a.Kind == model.ArgInt || a.Kind == model.ArgBool
}

func (r rewrite) toFloat(a model.Arg) model.Arg {
	if a.Kind == model.ArgNode {
		return r.cast(a, model.Float32)
	}
	return model.FloatArg(float64(a.Int))
}

// rounded rounds a quotient down, or towards zero by a choice between ceil and floor.
func (r rewrite) rounded(q model.Arg, mode string) model.Arg {
	switch mode {
	case "floor":
		return r.unary("aten.floor.default", q)
	case "trunc":
		zero := r.full(ones(r.x.Type.T.Shape.Rank()).Ints(), model.FloatArg(0), model.Float32, true)
		neg := r.compare("aten.gt.Tensor", zero, q)
		up := r.unary("aten.ceil.default", q)
		down := r.unary("aten.floor.default", q)
		return r.choose(neg, up, down)
	}
	return q
}

// scalarOps are the operators on a number that become operators on a tensor, without ".Scalar".
var scalarOps = []string{
	"add", "sub", "mul", "div", "__rshift__", "__lshift__", "eq", "gt", "ge", "lt", "le", "ne", "bitwise_and", "bitwise_or",
	"bitwise_xor", "remainder",
}

// scalarTwins are their full names.
func scalarTwins() []string {
	out := make([]string, len(scalarOps))
	for i, n := range scalarOps {
		out[i] = "aten." + n + ".Scalar"
	}
	return out
}

func notRemainder(g *model.Graph, n model.NodeID) bool {
	return g.Node(n).Target != "aten.remainder.Scalar" && len(g.Node(n).Args) == 2
}

// scalarToTensor makes a tensor of an operator's number.
//
//	source  backends/arm/_passes/replace_scalar_with_tensor_pass.py
func scalarToTensor(r rewrite) model.Arg {
	op := strings.Replace(r.x.Target, ".Scalar", ".Tensor", 1)
	op = strings.Replace(op, "__rshift__", "bitwise_right_shift", 1)
	op = strings.Replace(op, "__lshift__", "bitwise_left_shift", 1)
	v, _ := r.x.Arg(1).Number()
	x := r.arg(0)
	full := r.full([]int{1}, model.FloatArg(v), r.typeOf(x).DType, true)
	t := r.joined(x, full)
	if r.x.Type.T.DType == model.Bool {
		t.T.DType = model.Bool
	}
	return r.put1(op, t, r.kwargs(), x, full)
}

// scalarOperand says whether a node has a number that becomes a constant: whole numbers stay where the result is no float.
func scalarOperand(g *model.Graph, n model.NodeID) bool {
	x := g.Node(n)
	for _, a := range x.Args {
		if isConstantOperand(x, a) {
			return true
		}
	}
	return false
}

// constantOps are the operators whose numbers become constants.
var constantOps = []string{
	"aten.add.Tensor", "aten.sub.Tensor", "aten.rsub.Scalar", "aten.mul.Tensor", "aten.div.Tensor", "aten.div_.Tensor",
	"aten.div.Tensor_mode",
}

func isScalarOp(op string) bool { return slices.Contains(constantOps, op) }

func isConstantOperand(x *model.Node, a model.Arg) bool {
	return a.Kind == model.ArgFloat || (a.Kind == model.ArgInt || a.Kind == model.ArgBool) && x.Type.T.DType.IsFloat()
}

// scalarsToConstants makes constants of an operator's numbers, of rank that of the largest operand. rsub becomes sub with
// exchanged operands, without meta.
//
//	source  backends/arm/_passes/scalars_to_attribute_pass.py
func scalarsToConstants(r rewrite) model.Arg {
	rank := 1
	for _, a := range r.x.Args {
		if a.Kind == model.ArgNode {
			if t, ok := r.old.Node(a.Node).Type.First(); ok {
				rank = max(rank, t.Shape.Rank())
			}
		}
	}
	args := r.args(r.x.Args)
	for i, a := range args {
		if !isConstantOperand(r.x, a) {
			continue
		}
		v, _ := a.Number()
		args[i] = r.newConstant(scalarTensor(r.x.Type.T.DType, ones(rank), v))
	}
	if r.x.Target == "aten.rsub.Scalar" {
		return r.fresh().binary("aten.sub.Tensor", args[1], args[0])
	}
	typ := r.x.Type
	typ.T = r.joined(args[0], args[1]).T
	return r.put1(r.x.Target, typ, r.kwargs(), args...)
}

// scalarTensor is a constant of one element.
func scalarTensor(d model.DType, s model.Shape, v float64) *model.Tensor {
	if d.IsInteger() || d == model.Bool {
		return model.FromInts(d, s, []int64{int64(v)})
	}
	t := model.FromFloats(s, []float32{float32(v)})
	if d != model.Float32 {
		t = &model.Tensor{DType: d, Shape: s}
	}
	return t
}
