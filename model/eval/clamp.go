package eval

import "seam/model"

// bindClamp covers operators that cut values off at bounds. NaN stays NaN.
func bindClamp(o op) kernel {
	switch o.base {
	case "relu":
		return func(c *call) *Value { return clampTo(c.tensor("self"), number(0), nil) }
	case "relu6":
		return func(c *call) *Value { return clampTo(c.tensor("self"), number(0), number(6)) }
	case "hardtanh":
		return func(c *call) *Value {
			return clampTo(c.tensor("self"), number(c.number("min_val", -1)), number(c.number("max_val", 1)))
		}
	case "clamp", "clip", "clamp_min", "clamp_max":
		return clamp
	}
	return nil
}

func number(f float64) *Value { return &Value{DType: model.Float32, F: []float32{float32(f)}} }

// clamp takes its bounds from the arguments; they may be tensors, and take part in the result's type.
func clamp(c *call) *Value {
	x := c.operand("self")
	all := []operand{x}
	bound := func(name string) *Value {
		if !c.has(name) {
			return nil
		}
		o := c.operand(name)
		all = append(all, o)
		return o.v
	}
	lo, hi := bound("min"), bound("max")
	return clampTo(x.v.cast(resultType(all...)), lo, hi)
}

// clampTo is min(max(x, lo), hi); a nil bound is none.
func clampTo(x, lo, hi *Value) *Value {
	if x.isFloat() && isNumber(lo) && isNumber(hi) {
		return clampFloats(x, lo, hi)
	}
	if lo != nil {
		x = apply(x.DType, x, lo, maximum, func(a, b int64) int64 { return max(a, b) })
	}
	if hi != nil {
		x = apply(x.DType, x, hi, minimum, func(a, b int64) int64 { return min(a, b) })
	}
	return x
}

func isNumber(v *Value) bool { return v == nil || len(v.Shape) == 0 }

func clampFloats(x, lo, hi *Value) *Value {
	out := newValue(x.DType, x.Shape)
	copy(out.F, x.F)
	if lo != nil {
		l := lo.floats()[0]
		for i, v := range out.F {
			if v < l {
				out.F[i] = l
			}
		}
	}
	if hi != nil {
		h := hi.floats()[0]
		for i, v := range out.F {
			if v > h {
				out.F[i] = h
			}
		}
	}
	return out
}
