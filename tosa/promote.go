package tosa

import "seam/model"

// broadcastType is the type of an elementwise operator of a and b, either of which may be a number.
func (e *lowering) broadcastType(a, b model.Arg) model.Type {
	return model.TensorOf(e.promoted(a, b), broadcast(e.shapeOf(a), e.shapeOf(b)))
}

// broadcast is the shape that two shapes broadcast to; a symbolic extent wins over one.
//
//	source  torch/_refs: _broadcast_shapes
func broadcast(a, b model.Shape) model.Shape {
	if a.Rank() < b.Rank() {
		a, b = b, a
	}
	out := a
	for i := 1; i <= b.Rank(); i++ {
		if out.At(-i) == 1 {
			out = out.With(-i, b.At(-i))
		}
	}
	return out
}

// promoted is the result type of operands: tensors with axes count first, then tensors without, then numbers; a later rank
// only counts where its category is higher.
//
//	source  c10/core/ScalarType.cpp: promoteTypes; aten/src/ATen/native/TypeProperties.cpp: result_type
func (e *lowering) promoted(args ...model.Arg) model.DType {
	var ranks [3]model.DType // with axes, without, numbers
	for _, a := range args {
		switch t := e.typeOf(a); {
		case t.IsTensor() && t.T.Shape.Rank() > 0:
			ranks[0] = promote(ranks[0], t.T.DType)
		case t.IsTensor():
			ranks[1] = promote(ranks[1], t.T.DType)
		default:
			ranks[2] = promote(ranks[2], numberType(a))
		}
	}
	out := ranks[0]
	for i, d := range ranks[1:] {
		switch {
		case d == model.Unknown || category(d) <= category(out):
		case i == 1 && category(d) == category(model.Float32) && !out.IsFloat():
			out = model.Float32
		default:
			out = d
		}
	}
	return out
}

// numberType is the element type of a Python number as a tensor.
func numberType(a model.Arg) model.DType {
	switch a.Kind {
	case model.ArgBool:
		return model.Bool
	case model.ArgInt:
		return model.Int64
	case model.ArgFloat:
		return model.Float32
	}
	return model.Unknown
}

// category orders bool, integers, floats, complex.
func category(d model.DType) int {
	switch {
	case d == model.Unknown:
		return -1
	case d == model.Bool:
		return 0
	case d.IsInteger():
		return 1
	case d.IsFloat():
		return 2
	}
	return 3
}

// promote is the smallest type that holds two types.
//
//	source  c10/core/ScalarType.cpp: promoteTypes
func promote(a, b model.DType) model.DType {
	switch {
	case a == b || b == model.Unknown:
		return a
	case a == model.Unknown || category(a) < category(b):
		return b
	case category(a) > category(b):
		return a
	}
	if category(a) == 2 && a.Bytes() == b.Bytes() {
		return model.Float32
	}
	if category(a) == 1 && (a == model.Uint8 || b == model.Uint8) && a.Bytes() == b.Bytes() {
		return model.Int16
	}
	if a.Bytes() >= b.Bytes() {
		return a
	}
	return b
}

// mixedOps are the operators whose operands are cast to one type, and whether integers become floats.
//
//	source  exir/passes/remove_mixed_type_operators.py
var mixedOps = map[string]bool{
	"aten.add.Tensor": false, "aten.mul.Tensor": false, "aten.sub.Tensor": false, "aten.div.Tensor": true,
	"aten.div.Tensor_mode": false, "aten.minimum.default": false,
}

// castMixed casts operands that do not have the promoted type.
func (e *lowering) castMixed(op string, args []model.Arg) []model.Arg {
	x := e.info(op)
	if !x.mixed || len(args) < 2 {
		return args
	}
	d := e.promoted(args[0], args[1])
	if x.float && d.IsInteger() {
		d = model.Float32
	}
	out := append([]model.Arg(nil), args...)
	for i := range 2 {
		if e.typeOf(out[i]).IsTensor() {
			out[i] = e.cast(out[i], d)
		}
	}
	return out
}

// liftNumbers makes constants of the numbers that stand in place of tensors, and tensors of sizes.
//
//	source  exir/passes/scalar_to_tensor_pass.py, sym_to_tensor_pass.py
func (e *lowering) liftNumbers(op string, args []model.Arg) []model.Arg {
	s := e.schema(op)
	out := args
	for i, a := range args {
		symbol := e.typeOf(a).Kind == model.SymKind
		if i >= len(s) || s[i].Type != "Tensor" && s[i].Type != "Tensor?" || numberType(a) == model.Unknown && !symbol {
			continue
		}
		if &out[0] == &args[0] {
			out = append([]model.Arg(nil), args...)
		}
		if symbol {
			kw := []model.KwArg{{Name: "dtype", Arg: dtypeArg(model.Int32)}}
			out[i] = e.add("aten.scalar_tensor.default", model.TensorOf(model.Int32, model.Shape{}), kw, []model.Arg{a})
			continue
		}
		out[i] = e.number(a)
	}
	return out
}

// number adds the constant that a Python number becomes, behind all other constants. It has the current node's mark.
//
//	source  torch/export: lift_constant_tensor_pass
func (e *lowering) number(a model.Arg) model.Arg {
	d := numberType(a)
	if e.lastConst == model.None {
		e.At(e.First())
	} else {
		e.After(e.lastConst)
	}
	id := e.Add(model.Spec{
		Kind: model.Placeholder, Target: liftedName, Name: liftedName, Type: model.TensorOf(d, model.Shape{}), Like: model.ID(e.cur),
	})
	e.lastConst = id
	e.lifted = append(e.lifted, lifted{id, numberTensor(a)})
	e.AtEnd()
	return model.NodeArg(id)
}

// lifted is a constant made from a number.
type lifted struct {
	node  model.NodeID
	value *model.Tensor
}

// numberTensor is the tensor of no axes that torch makes of a number: int64, float32 or bool.
func numberTensor(a model.Arg) *model.Tensor {
	switch a.Kind {
	case model.ArgFloat:
		return model.FromFloats(model.Shape{}, []float32{float32(a.Float)})
	case model.ArgBool:
		return model.FromInts(model.Bool, model.Shape{}, []int64{a.Int})
	}
	return model.FromInts(model.Int64, model.Shape{}, []int64{a.Int})
}

const liftedName = "_lifted_tensor_constant"
