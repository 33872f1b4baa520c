package eval

import "seam/model"

// category is 0 for bool, 1 for integers, 2 for floats: the higher one wins a promotion.
func category(d model.DType) int {
	switch {
	case d.IsFloat():
		return 2
	case d == model.Bool:
		return 0
	}
	return 1
}

// promote is the common type of two tensors of equal standing.
//
//	source  c10/core/ScalarType.cpp: promoteTypes
func promote(a, b model.DType) model.DType {
	ca, cb := category(a), category(b)
	switch {
	case a == model.Unknown || a == b:
		return b
	case b == model.Unknown:
		return a
	case ca != cb:
		if ca > cb {
			return a
		}
		return b
	case ca == 2 && isHalf(a) && isHalf(b):
		return model.Float32
	case a == model.Uint8 || b == model.Uint8:
		if other := max(a, b); other != model.Int8 { // Uint8 is the smaller number
			return other
		}
		return model.Int16
	case a.Bytes() >= b.Bytes():
		return a
	}
	return b
}

// resultType is the type that an elementwise operator computes in. Tensors come first, then tensors of rank 0, then Python
// numbers; a lower group counts only where its category is higher.
//
//	source  aten/src/ATen/native/TypeProperties.cpp: result_type
func resultType(operands ...operand) model.DType {
	var groups [3]model.DType
	for _, o := range operands {
		k := 0
		switch {
		case o.literal:
			k = 2
		case len(o.v.Shape) == 0:
			k = 1
		}
		groups[k] = promote(groups[k], o.v.DType)
	}
	d := groups[0]
	for _, low := range groups[1:] {
		if low != model.Unknown && (d == model.Unknown || category(low) > category(d)) {
			d = low
		}
	}
	return d
}

// operand is a tensor or a Python number.
type operand struct {
	v       *Value
	literal bool
}

// operand reads an argument that may be either.
func (c *call) operand(name string) operand {
	a := c.arg(name)
	if a.Kind == model.ArgNode {
		return operand{v: c.tensor(name)}
	}
	if v := c.value(a); v != nil {
		return operand{v, true}
	}
	c.fail("argument %q is no tensor and no number", name)
	return operand{&Value{DType: model.Float32, F: []float32{0}}, true}
}

// toFloat is the type of what a floating operator makes of d: integers become float32.
func toFloat(d model.DType) model.DType {
	if d.IsFloat() {
		return d
	}
	return model.Float32
}
