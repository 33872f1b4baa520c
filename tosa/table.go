package tosa

import (
	"math"

	"seam/model"
)

// tableFunc is a function of one real number that a TABLE can hold.
type tableFunc func(float64) float64

// tableFuncOf is the function of an edge operator, nil if it has none. Parameters come from the node's arguments.
//
//	source  backends/arm/_passes/insert_table_ops.py: TableOps
func tableFuncOf(x *model.Node) tableFunc {
	for _, r := range tableRows {
		if r.Op == x.Target {
			return r.F
		}
	}
	number := func(i int, otherwise float64) float64 {
		if v, ok := x.Arg(i).Number(); ok {
			return v
		}
		return otherwise
	}
	switch x.Target {
	case "aten.elu.default":
		return elu(number(1, 1), number(2, 1), number(3, 1))
	case "aten.gelu.default":
		if x.Kwarg("approximate").Str == "tanh" {
			return geluTanh
		}
		return func(v float64) float64 { return v * 0.5 * math.Erfc(-v/math.Sqrt2) }
	case "aten.leaky_relu.default":
		return leakyReLU(number(1, 0.01))
	case "aten.pow.Tensor_Scalar":
		exponent := number(1, 0)
		return func(v float64) float64 { return math.Pow(v, exponent) }
	case "aten.remainder.Scalar":
		return remainder(number(1, 0))
	}
	return nil
}

// tableRows is the functions without parameters, sorted by operator.
var tableRows = [...]struct {
	Op string
	F  tableFunc
}{
	{"aten.acos.default", math.Acos},
	{"aten.acosh.default", math.Acosh},
	{"aten.asin.default", math.Asin},
	{"aten.asinh.default", math.Asinh},
	{"aten.atan.default", math.Atan},
	{"aten.atanh.default", math.Atanh},
	{"aten.ceil.default", math.Ceil},
	{"aten.cos.default", math.Cos},
	{"aten.cosh.default", math.Cosh},
	{"aten.erf.default", math.Erf},
	{"aten.erfinv.default", math.Erfinv},
	{"aten.exp.default", math.Exp},
	{"aten.expm1.default", math.Expm1},
	{"aten.floor.default", math.Floor},
	{"aten.hardsigmoid.default", hardSigmoid},
	{"aten.hardswish.default", func(v float64) float64 { return v * hardSigmoid(v) }},
	{"aten.log.default", math.Log},
	{"aten.log10.default", math.Log10},
	{"aten.log1p.default", math.Log1p},
	{"aten.reciprocal.default", func(v float64) float64 { return 1 / v }},
	{"aten.round.default", math.RoundToEven},
	{"aten.rsqrt.default", func(v float64) float64 { return 1 / math.Sqrt(v) }},
	{"aten.sigmoid.default", sigmoid},
	{"aten.silu.default", func(v float64) float64 { return v * sigmoid(v) }},
	{"aten.sin.default", math.Sin},
	{"aten.sinh.default", math.Sinh},
	{"aten.tan.default", math.Tan},
	{"aten.tanh.default", math.Tanh},
}

// elu is alpha*scale*(exp(v*inputScale)-1) below zero, scale*v above, in float32 as torch computes it.
func elu(alpha, scale, inputScale float64) tableFunc {
	return func(v float64) float64 {
		if v > 0 {
			return float64(float32(v) * float32(scale))
		}
		e := float32(math.Expm1(float64(float32(v) * float32(inputScale))))
		return float64(e * (float32(alpha) * float32(scale)))
	}
}

func leakyReLU(slope float64) tableFunc {
	return func(v float64) float64 {
		if v > 0 {
			return v
		}
		return float64(float32(v) * float32(slope))
	}
}

// remainder has the sign of the divisor, as Python's % has.
func remainder(divisor float64) tableFunc {
	return func(v float64) float64 {
		r := math.Mod(v, divisor)
		if r != 0 && (r < 0) != (divisor < 0) {
			r += divisor
		}
		return r
	}
}

func sigmoid(v float64) float64 { return 1 / (1 + math.Exp(-v)) }

func hardSigmoid(v float64) float64 { return math.Min(math.Max(v+3, 0), 6) / 6 }

func geluTanh(v float64) float64 {
	return 0.5 * v * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(v+0.044715*v*v*v)))
}

// table8 is the 256 entries of an int8 TABLE: the output code of every input code from -128.
//
//	source  insert_table_ops.py: generate_8bit_table_values; lower.md 3.5
func table8(f tableFunc, in, out *qargs) []int64 {
	table := make([]int64, 256)
	for i := range table {
		c := min(max(i-128, in.lo), in.hi)
		table[i] = int64(tableCode(f, float64(float32(c-in.zero())*float32(in.scale())), out))
	}
	return table
}

// table16 is the 513 entries of an int16 TABLE at every 128th input code from the least, and the right shift that makes them
// fit 16 bits.
//
//	source  insert_table_ops.py: generate_16_bit_table_values; lower.md 3.5
func table16(f tableFunc, in, out *qargs) (table []int64, shift int) {
	table = make([]int64, 513)
	most := 0.0
	for k := range table {
		x := in.lo + int(float64(k)*float64(in.hi+1-in.lo)/512)
		code := min(max(x, in.lo), in.hi) &^ 127
		v := float64(float32(code-in.zero()) * float32(in.scale()))
		if k == 512 && in.hi == math.MaxInt16 {
			v = float64(float32(float64(math.MaxInt16+1-in.zero()) * in.scale()))
		}
		table[k] = int64(tableCode(f, v, out))
		most = math.Max(most, math.Abs(float64(table[k])))
	}
	if most > 0 {
		shift = max(0, int(math.Ceil(math.Log2(most)))+1-16)
	}
	for k := range table {
		table[k] >>= shift
	}
	return table, shift
}

// tableCode is the output code for a real input. No number has code 0.
func tableCode(f tableFunc, x float64, out *qargs) int {
	y := float64(float32(f(x)))
	if math.IsNaN(y) {
		return 0
	}
	return out.code(y)
}
