package exec

import (
	"fmt"

	"seam/model"
)

// Tensor is a value of an evaluation, contiguous. The elements are in Wide for int48 and shapes, else in Elems: bool is 0 or 1,
// int4, int8 and int16 are sign-extended, whatever an operator calls unsigned.
type Tensor struct {
	DType model.DType
	Shape []int
	Elems []int32
	Wide  []int64
}

// maxElements bounds one value, so that a bad graph is an error and not an exhausted machine.
const maxElements = 1 << 28

// isWide says whether elements of that type do not fit 32 bits.
func isWide(d model.DType) bool {
	return d == model.Int48 || d == model.ShapeType || d == model.Int64
}

// limits is the least and the greatest element of an integer type.
func limits(d model.DType) (lo, hi int64) {
	switch d {
	case model.Bool:
		return 0, 1
	case model.Int4:
		return -8, 7
	case model.Int48:
		return -1 << 47, 1<<47 - 1
	}
	bits := 8 * d.Bytes()
	return -1 << (bits - 1), 1<<(bits-1) - 1
}

// numel is the product of the extents, 1 for rank 0. It panics above maxElements.
func numel(shape []int) int {
	n := 1
	for _, d := range shape {
		if d < 0 || d > 0 && n > maxElements/d {
			panic(fmt.Sprintf("a value of shape %v", shape))
		}
		n *= d
	}
	return n
}

// newTensor makes a value of zeros.
func newTensor(d model.DType, shape []int) *Tensor {
	t := &Tensor{DType: d, Shape: shape}
	if n := numel(shape); isWide(d) {
		t.Wide = make([]int64, n)
	} else {
		t.Elems = make([]int32, n)
	}
	return t
}

// Len is the number of elements.
func (t *Tensor) Len() int { return len(t.Elems) + len(t.Wide) }

// Int is element i.
func (t *Tensor) Int(i int) int64 {
	if t.Wide != nil {
		return t.Wide[i]
	}
	return int64(t.Elems[i])
}

// Ints is a copy of the elements.
func (t *Tensor) Ints() []int64 {
	out := make([]int64, t.Len())
	for i := range out {
		out[i] = t.Int(i)
	}
	return out
}

// withShape is the same elements under another shape.
func (t *Tensor) withShape(shape []int) *Tensor {
	if numel(shape) != t.Len() {
		panic(fmt.Sprintf("%v elements cannot have shape %v", t.Shape, shape))
	}
	return &Tensor{t.DType, shape, t.Elems, t.Wide}
}

// dim is extent i; a negative i counts from the end.
func (t *Tensor) dim(i int) int {
	if i < 0 {
		i += len(t.Shape)
	}
	return t.Shape[i]
}

// FromTensor decodes a tensor.
//
//	errors  a type that the integer profile does not have, a symbolic shape, and data that do not fill the shape. Bytes behind
//	        the last element are ignored, as the file format allows them
func FromTensor(t *model.Tensor) (*Tensor, error) {
	kind := t.Type().T.Format(nil)
	if t.DType.Bytes() == 0 || t.DType.IsFloat() || t.DType.IsComplex() || t.DType == model.Uint32 || t.DType == model.Uint64 {
		return nil, fmt.Errorf("%s has no integer values", kind)
	}
	n, width := t.Shape.Numel(), t.DType.Bytes()
	if n < 0 || n > maxElements || n*int64(width) > int64(len(t.Raw)) {
		return nil, fmt.Errorf("%s holds %d bytes", kind, len(t.Raw))
	}
	v := newTensor(t.DType, t.Shape.Ints())
	for i := range int(n) {
		x := littleEndian(t.Raw[i*width : (i+1)*width])
		if t.DType == model.Bool && x != 0 {
			x = 1
		}
		if v.Wide != nil {
			v.Wide[i] = x
		} else {
			v.Elems[i] = int32(x)
		}
	}
	return v, nil
}

// Model encodes the value.
func (t *Tensor) Model() *model.Tensor {
	return model.FromInts(t.DType, model.ShapeInts(t.Shape...), t.Ints())
}

// littleEndian is a two's complement number of up to 8 bytes.
func littleEndian(b []byte) int64 {
	var v uint64
	for i, x := range b {
		v |= uint64(x) << (8 * i)
	}
	unused := 64 - 8*len(b)
	return int64(v<<unused) >> unused
}
