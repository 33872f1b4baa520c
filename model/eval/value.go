package eval

import (
	"fmt"
	"math"

	"seam/model"
)

// Value is a tensor of an evaluation: floats in F, integers and bools in I (one of them), contiguous. A node with several
// results has List alone; a symbolic number is an int64 of rank 0.
type Value struct {
	DType model.DType
	Shape []int
	F     []float32
	I     []int64
	List  []*Value
}

// maxElements bounds one value, so that a bad graph is an error and not an exhausted machine.
const maxElements = 1 << 28

// FromTensor decodes a tensor.
//
//	errors  complex types, symbolic shapes, and data that do not fill the shape
func FromTensor(t *model.Tensor) (*Value, error) {
	v := &Value{DType: t.DType, Shape: t.Shape.Ints()}
	if n := t.Shape.Numel(); n != int64(t.Len()) {
		return nil, fmt.Errorf("%s holds %d elements", t.Type().T.Format(nil), t.Len())
	}
	var err error
	if t.DType.IsFloat() {
		v.F, err = t.Floats()
	} else {
		v.I, err = t.Ints()
	}
	if err != nil {
		return nil, err
	}
	return v, nil
}

// Len is the number of elements.
func (v *Value) Len() int {
	if v.F != nil {
		return len(v.F)
	}
	return len(v.I)
}

// numel is the product of the extents, 1 for rank 0.
func numel(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// newValue makes a zero-filled value. The product is bounded before anything is allocated; a panic becomes the node's error.
func newValue(d model.DType, shape []int) *Value {
	n := 1
	for _, x := range shape {
		if x < 0 || (x > 0 && n > maxElements/x) {
			panic(fmt.Sprintf("a value of shape %v", shape))
		}
		n *= x
	}
	v := &Value{DType: d, Shape: shape}
	if d.IsFloat() {
		v.F = make([]float32, n)
	} else {
		v.I = make([]int64, n)
	}
	return v
}

// newFloat makes a zero-filled float32 value.
func newFloat(shape ...int) *Value { return newValue(model.Float32, shape) }

// listOf is the value of a node with several results.
func listOf(v ...*Value) *Value { return &Value{List: append([]*Value{}, v...)} }

// intValue is a number as a value of rank 0.
func intValue(i int) *Value { return &Value{DType: model.Int64, I: []int64{int64(i)}} }

// isFloat says whether the elements are in F.
func (v *Value) isFloat() bool { return v.DType.IsFloat() }

// floats is the elements as float32: F itself, or converted integers.
func (v *Value) floats() []float32 {
	if v.isFloat() {
		return v.F
	}
	out := make([]float32, len(v.I))
	for i, x := range v.I {
		out[i] = float32(x)
	}
	return out
}

// ints is the elements as int64: I itself, or floats cut towards zero.
func (v *Value) ints() []int64 {
	if !v.isFloat() {
		return v.I
	}
	out := make([]int64, len(v.F))
	for i, x := range v.F {
		out[i] = int64(x)
	}
	return out
}

// truths is 1 where an element is not zero. NaN is true.
func (v *Value) truths() []int64 {
	out := make([]int64, v.Len())
	for i := range out {
		if v.isFloat() && v.F[i] != 0 || !v.isFloat() && v.I[i] != 0 {
			out[i] = 1
		}
	}
	return out
}

// cast converts to d as Tensor.to does; v itself if it has that type.
func (v *Value) cast(d model.DType) *Value {
	switch {
	case d == v.DType || d == model.Unknown:
		return v
	case d == model.Bool:
		return &Value{DType: d, Shape: v.Shape, I: v.truths()}
	case d.IsFloat():
		f := v.floats()
		if v.isFloat() && isHalf(d) {
			f = append([]float32(nil), f...)
		}
		return normalise(&Value{DType: d, Shape: v.Shape, F: f})
	}
	i := v.ints()
	if !v.isFloat() {
		i = append([]int64(nil), i...)
	}
	return normalise(&Value{DType: d, Shape: v.Shape, I: i})
}

// withShape is the same elements under another shape.
func (v *Value) withShape(shape []int) *Value {
	if numel(shape) != v.Len() {
		panic(fmt.Sprintf("%v elements cannot have shape %v", v.Shape, shape))
	}
	return &Value{DType: v.DType, Shape: shape, F: v.F, I: v.I}
}

// first is the only element of a number.
func (v *Value) first() float64 {
	if v.isFloat() {
		return float64(v.F[0])
	}
	return float64(v.I[0])
}

func isHalf(d model.DType) bool { return d == model.Float16 || d == model.BFloat16 }

// normalise brings the elements into the range of v's type, in place: halves are rounded to even, integers wrap.
func normalise(v *Value) *Value {
	switch v.DType {
	case model.Float16:
		roundAll(v.F, RoundHalf)
	case model.BFloat16:
		roundAll(v.F, RoundBrain)
	case model.Int32, model.Int16, model.Int8, model.Uint8, model.Uint16, model.Uint32:
		for i, x := range v.I {
			if y := wrap(v.DType, x); y != x {
				v.I[i] = y
			}
		}
	}
	return v
}

// roundAll writes only what changes: the elements may be shared with a value that was rounded before.
func roundAll(v []float32, round func(x float32) float32) {
	for i, x := range v {
		if y := round(x); y < x || y > x {
			v[i] = y
		}
	}
}

// rounding is the step from float32 to a floating type.
func rounding(d model.DType) func(x float32) float32 {
	switch d {
	case model.Float16:
		return RoundHalf
	case model.BFloat16:
		return RoundBrain
	}
	return func(x float32) float32 { return x }
}

// wrap keeps the low bits of x as an integer of type d.
func wrap(d model.DType, x int64) int64 {
	switch d {
	case model.Int32:
		return int64(int32(x))
	case model.Int16:
		return int64(int16(x))
	case model.Int8:
		return int64(int8(x))
	case model.Uint8:
		return int64(uint8(x))
	case model.Uint16:
		return int64(uint16(x))
	case model.Uint32:
		return int64(uint32(x))
	}
	return x
}

// RoundHalf is the nearest IEEE binary16, ties to even.
func RoundHalf(x float32) float32 {
	switch a := math.Abs(float64(x)); {
	case a != a || a == 0:
		return x
	case a >= 65520:
		return float32(math.Copysign(math.Inf(1), float64(x)))
	case a < 1.0/(1<<14):
		return float32(math.RoundToEven(float64(x)*(1<<24)) / (1 << 24))
	}
	b := math.Float32bits(x)
	return math.Float32frombits((b + 0xfff + b>>13&1) &^ 0x1fff)
}

// RoundBrain is the nearest bfloat16, ties to even.
func RoundBrain(x float32) float32 {
	if x != x {
		return x
	}
	b := math.Float32bits(x)
	return math.Float32frombits((b + 0x7fff + b>>16&1) &^ 0xffff)
}
