package model

import (
	"encoding/hex"
	"math"
	"slices"
	"testing"
)

func TestFloats(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, c := range []struct {
		d    DType
		raw  string // little endian
		want []float64
	}{
		{Float32, "0000803f000080bf0000807f", []float64{1, -1, inf}},
		{Float64, "000000000000f03f9a9999999999b93f", []float64{1, float64(float32(0.1))}},
		{Float16, "003c00c0ff7b007c00fc", []float64{1, -2, 65504, inf, -inf}},
		{Float16, "0100ff0300040080007e", []float64{0x1p-24, 1023 * 0x1p-24, 0x1p-14, math.Copysign(0, -1), nan}},
		{BFloat16, "803f0041807f", []float64{1, 8, inf}},
		{Float8E4M3FN, "38b87e7fff0108", []float64{1, -1, 448, nan, nan, 0x1p-9, 0x1p-6}},
		{Float8E5M2, "3cbc7b7cfc7f01", []float64{1, -1, 57344, inf, -inf, nan, 0x1p-16}},
		{Float8E4M3FNUZ, "40c07f8001", []float64{1, -1, 240, nan, 0x1p-10}},
		{Float8E5M2FNUZ, "40c07f8001", []float64{1, -1, 57344, nan, 0x1p-17}},
		{Float8E8M0FNU, "7f8000feff", []float64{1, 2, 0x1p-127, 0x1p127, nan}},
		{Int8, "7f80ff", []float64{127, -128, -1}},
		{Bool, "000102", []float64{0, 1, 1}},
	} {
		got, err := (&Tensor{c.d, ShapeInts(len(c.want)), unhex(t, c.raw)}).Floats()
		if err != nil {
			t.Errorf("%s: %v", c.d, err)
		}
		same := func(f float32, w float64) bool {
			return math.Float64bits(float64(f)) == math.Float64bits(w) || f != f && w != w
		}
		if !slices.EqualFunc(got, c.want, same) {
			t.Errorf("%s %s: %v, want %v", c.d, c.raw, got, c.want)
		}
	}
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestInts(t *testing.T) {
	for _, c := range []struct {
		d    DType
		give []int64
		raw  string
		want []int64
	}{
		{Uint8, []int64{1, 255, 256}, "01ff00", []int64{1, 255, 0}},
		{Int8, []int64{1, -1, 128}, "01ff80", []int64{1, -1, -128}},
		{Int16, []int64{258, -2}, "0201feff", []int64{258, -2}},
		{Uint16, []int64{258, -2}, "0201feff", []int64{258, 65534}},
		{Int32, []int64{-2}, "feffffff", []int64{-2}},
		{Uint32, []int64{-2}, "feffffff", []int64{4294967294}},
		{Int64, []int64{-2}, "feffffffffffffff", []int64{-2}},
		{Bool, []int64{0, 1, 7}, "000107", []int64{0, 1, 1}},
		{Int32, nil, "", []int64{}},
	} {
		x := FromInts(c.d, ShapeInts(len(c.give)), c.give)
		got, err := x.Ints()
		if err != nil || hex.EncodeToString(x.Raw) != c.raw || !slices.Equal(got, c.want) || x.Len() != len(c.give) {
			t.Errorf("%s %v: bytes %x, read back %v (%v), want %s and %v", c.d, c.give, x.Raw, got, err, c.raw, c.want)
		}
	}
}

func TestTensorRefuses(t *testing.T) {
	if _, err := (&Tensor{Complex64, ShapeInts(1), make([]byte, 8)}).Floats(); err == nil {
		t.Error("floats of a complex tensor")
	}
	if _, err := (&Tensor{Float32, ShapeInts(1), make([]byte, 4)}).Ints(); err == nil {
		t.Error("whole numbers of a float tensor")
	}
	if n := (&Tensor{Unknown, ShapeInts(1), nil}).Len(); n != 0 {
		t.Errorf("a tensor of unknown type has %d elements", n)
	}
}

func TestFromFloats(t *testing.T) {
	give := []float32{0, -1.5, math.MaxFloat32}
	x := FromFloats(ShapeInts(3), give)
	if got, err := x.Floats(); err != nil || !slices.Equal(got, give) || !x.Type().Equal(TensorOf(Float32, ShapeInts(3))) {
		t.Errorf("read back %v (%v) of type %+v", got, err, x.Type())
	}
}

func TestDType(t *testing.T) {
	for d := Unknown + 1; d < NumDTypes; d++ {
		if got := ParseDType(d.String()); got != d {
			t.Errorf("ParseDType(%s) = %s", d, got)
		}
		if got := ParseDType("torch." + d.String()); got != d {
			t.Errorf("ParseDType(torch.%s) = %s", d, got)
		}
		classes := 0
		for _, in := range []bool{d.IsFloat(), d.IsComplex(), d.IsInteger()} {
			if in {
				classes++
			}
		}
		if classes != 1 || d.Bytes() == 0 {
			t.Errorf("%s: in %d classes, %d bytes", d, classes, d.Bytes())
		}
	}
	if ParseDType("") != Unknown || ParseDType("?") != Unknown || ParseDType("torch.") != Unknown || NumDTypes.String() != "?" {
		t.Error("names of no dtype")
	}
}
