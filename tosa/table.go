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
	switch x.Target {
	case "aten.ceil.default":
		return math.Ceil
	case "aten.cos.default":
		return math.Cos
	case "aten.erf.default":
		return math.Erf
	case "aten.exp.default":
		return math.Exp
	case "aten.expm1.default":
		return math.Expm1
	case "aten.floor.default":
		return math.Floor
	case "aten.gelu.default":
		if x.Kwarg("approximate").Str == "tanh" {
			return geluTanh
		}
		return func(v float64) float64 { return v * 0.5 * math.Erfc(-v/math.Sqrt2) }
	case "aten.hardsigmoid.default":
		return hardSigmoid
	case "aten.hardswish.default":
		return func(v float64) float64 { return v * hardSigmoid(v) }
	case "aten.log.default":
		return math.Log
	case "aten.reciprocal.default":
		return func(v float64) float64 { return 1 / v }
	case "aten.rsqrt.default":
		return func(v float64) float64 { return 1 / math.Sqrt(v) }
	case "aten.sigmoid.default":
		return sigmoid
	case "aten.silu.default":
		return func(v float64) float64 { return v * sigmoid(v) }
	case "aten.sin.default":
		return math.Sin
	case "aten.tanh.default":
		return math.Tanh
	}
	return nil
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
