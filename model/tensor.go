package model

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Tensor is a constant: contiguous little-endian elements in logical order. Raw may be nil where a file holds no data.
type Tensor struct {
	DType DType
	Shape Shape
	Raw   []byte
}

// Type is the tensor's type.
func (t *Tensor) Type() Type { return TensorOf(t.DType, t.Shape) }

// FromFloats makes a float32 tensor; len(v) must be the shape's element count.
func FromFloats(s Shape, v []float32) *Tensor {
	raw := make([]byte, 4*len(v))
	for i, f := range v {
		binary.LittleEndian.PutUint32(raw[4*i:], math.Float32bits(f))
	}
	return &Tensor{Float32, s, raw}
}

// FromInts makes an integer or bool tensor of type d, keeping the low bits.
func FromInts(d DType, s Shape, v []int64) *Tensor {
	w := d.Bytes()
	raw := make([]byte, w*len(v))
	var word [8]byte
	for i, x := range v {
		binary.LittleEndian.PutUint64(word[:], uint64(x))
		copy(raw[w*i:w*i+w], word[:])
	}
	return &Tensor{d, s, raw}
}

// Len is the number of elements that Raw holds.
func (t *Tensor) Len() int {
	if b := t.DType.Bytes(); b > 0 {
		return len(t.Raw) / b
	}
	return 0
}

// Floats decodes the elements as float32: float64 is rounded, integers convert, complex is refused.
func (t *Tensor) Floats() ([]float32, error) {
	n := t.Len()
	out := make([]float32, n)
	switch {
	case t.DType == Float32:
		for i := range out {
			out[i] = math.Float32frombits(binary.LittleEndian.Uint32(t.Raw[4*i:]))
		}
	case t.DType == Float64:
		for i := range out {
			out[i] = float32(math.Float64frombits(binary.LittleEndian.Uint64(t.Raw[8*i:])))
		}
	case t.DType == Float16:
		for i := range out {
			out[i] = HalfToFloat(binary.LittleEndian.Uint16(t.Raw[2*i:]))
		}
	case t.DType == BFloat16:
		for i := range out {
			out[i] = math.Float32frombits(uint32(binary.LittleEndian.Uint16(t.Raw[2*i:])) << 16)
		}
	case t.DType.IsFloat():
		for i := range out {
			out[i] = Float8ToFloat(t.DType, t.Raw[i])
		}
	case t.DType.IsInteger():
		v, err := t.Ints()
		if err != nil {
			return nil, err
		}
		for i := range out {
			out[i] = float32(v[i])
		}
	default:
		return nil, fmt.Errorf("%s has no float values", t.DType)
	}
	return out, nil
}

// Ints decodes an integer or bool tensor (bool: any non-zero byte is 1).
func (t *Tensor) Ints() ([]int64, error) {
	n := t.Len()
	out := make([]int64, n)
	for i := range out {
		switch t.DType {
		case Bool:
			if t.Raw[i] != 0 {
				out[i] = 1
			}
		case Uint8:
			out[i] = int64(t.Raw[i])
		case Int8:
			out[i] = int64(int8(t.Raw[i]))
		case Int16:
			out[i] = int64(int16(binary.LittleEndian.Uint16(t.Raw[2*i:])))
		case Uint16:
			out[i] = int64(binary.LittleEndian.Uint16(t.Raw[2*i:]))
		case Int32:
			out[i] = int64(int32(binary.LittleEndian.Uint32(t.Raw[4*i:])))
		case Uint32:
			out[i] = int64(binary.LittleEndian.Uint32(t.Raw[4*i:]))
		case Int64, Uint64:
			out[i] = int64(binary.LittleEndian.Uint64(t.Raw[8*i:]))
		default:
			return nil, fmt.Errorf("%s has no integer values", t.DType)
		}
	}
	return out, nil
}

// HalfToFloat widens an IEEE binary16.
func HalfToFloat(h uint16) float32 {
	sign, exp, man := uint32(h>>15)<<31, uint32(h>>10)&31, uint32(h)&1023
	switch {
	case exp == 31:
		return math.Float32frombits(sign | 0xff<<23 | man<<13)
	case exp == 0:
		f := float32(man) / (1 << 24)
		if sign != 0 {
			f = -f
		}
		return f
	}
	return math.Float32frombits(sign | (exp+112)<<23 | man<<13)
}

// Float8ToFloat widens an 8-bit float of type d.
func Float8ToFloat(d DType, b byte) float32 {
	if d == Float8E8M0FNU {
		if b == 0xff {
			return float32(math.NaN())
		}
		return float32(math.Ldexp(1, int(b)-127))
	}
	manBits, bias := 3, 7
	if d == Float8E5M2 || d == Float8E5M2FNUZ {
		manBits, bias = 2, 15
	}
	fnuz := d == Float8E4M3FNUZ || d == Float8E5M2FNUZ
	if fnuz {
		bias++
	}
	exp, man := int(b&0x7f)>>manBits, int(b)&(1<<manBits-1)
	switch {
	case fnuz && b == 0x80, d == Float8E4M3FN && b&0x7f == 0x7f, d == Float8E5M2 && exp == 31 && man != 0:
		return float32(math.NaN())
	case d == Float8E5M2 && exp == 31:
		return float32(math.Inf(1 - 2*int(b>>7)))
	}
	f := math.Ldexp(float64(man), 1-bias-manBits)
	if exp > 0 {
		f = math.Ldexp(float64(man+1<<manBits), exp-bias-manBits)
	}
	if b&0x80 != 0 {
		f = -f
	}
	return float32(f)
}
