package model

// DType is an element type, named as torch names it.
type DType uint8

// The element types. The numbers are seam's own: torch's schema, .pte files and TOSA each count differently, and readers
// translate (formats.md, trap 1).
const (
	Unknown DType = iota
	Uint8
	Int8
	Int16
	Int32
	Int64
	Float16
	Float32
	Float64
	Complex32
	Complex64
	Complex128
	Bool
	BFloat16
	Uint16
	Uint32
	Uint64
	Float8E4M3FN
	Float8E5M2
	Float8E4M3FNUZ
	Float8E5M2FNUZ
	Float8E8M0FNU
	Int4
	Int48
	ShapeType
	NumDTypes
)

var dtypeRows = [NumDTypes]struct {
	name  string
	bytes int
}{
	Unknown: {"?", 0}, Uint8: {"uint8", 1}, Int8: {"int8", 1}, Int16: {"int16", 2}, Int32: {"int32", 4}, Int64: {"int64", 8},
	Float16: {"float16", 2}, Float32: {"float32", 4}, Float64: {"float64", 8},
	Complex32: {"complex32", 4}, Complex64: {"complex64", 8}, Complex128: {"complex128", 16},
	Bool: {"bool", 1}, BFloat16: {"bfloat16", 2}, Uint16: {"uint16", 2}, Uint32: {"uint32", 4}, Uint64: {"uint64", 8},
	Float8E4M3FN: {"float8_e4m3fn", 1}, Float8E5M2: {"float8_e5m2", 1}, Float8E4M3FNUZ: {"float8_e4m3fnuz", 1},
	Float8E5M2FNUZ: {"float8_e5m2fnuz", 1}, Float8E8M0FNU: {"float8_e8m0fnu", 1},
	Int4: {"int4", 1}, Int48: {"int48", 6}, ShapeType: {"shape", 8},
}

func (d DType) String() string {
	if d < NumDTypes {
		return dtypeRows[d].name
	}
	return "?"
}

// Bytes is the size of one element in memory.
func (d DType) Bytes() int { return dtypeRows[d].bytes }

// ParseDType reads a name as String writes it; a leading "torch." is allowed. Unknown if it is no dtype.
func ParseDType(s string) DType {
	if len(s) > 6 && s[:6] == "torch." {
		s = s[6:]
	}
	for d := Unknown + 1; d < NumDTypes; d++ {
		if dtypeRows[d].name == s {
			return d
		}
	}
	return Unknown
}

// IsFloat says whether d is a real floating type.
func (d DType) IsFloat() bool {
	switch d {
	case Float16, Float32, Float64, BFloat16, Float8E4M3FN, Float8E5M2, Float8E4M3FNUZ, Float8E5M2FNUZ, Float8E8M0FNU:
		return true
	}
	return false
}

// IsComplex says whether d is a complex type.
func (d DType) IsComplex() bool { return d == Complex32 || d == Complex64 || d == Complex128 }

// IsInteger says whether d is an integer or bool, which upstream's checks treat alike.
func (d DType) IsInteger() bool { return d != Unknown && !d.IsFloat() && !d.IsComplex() }
