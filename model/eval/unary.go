package eval

import (
	"math"
	"slices"

	"seam/model"
)

// unaryRow is an operator of one tensor. f is computed in float64 and rounded once. Without an integer form, integers become
// float32 first.
type unaryRow struct {
	name string
	f    func(x float64) float64
	i    func(x int64) int64
}

var unaryRows = [...]unaryRow{
	{"abs", math.Abs, func(x int64) int64 { return max(x, -x) }},
	{"acos", math.Acos, nil},
	{"acosh", math.Acosh, nil},
	{"asin", math.Asin, nil},
	{"asinh", math.Asinh, nil},
	{"atan", math.Atan, nil},
	{"atanh", math.Atanh, nil},
	{"ceil", math.Ceil, same},
	{"cos", math.Cos, nil},
	{"cosh", math.Cosh, nil},
	{"deg2rad", func(x float64) float64 { return float64(float32(x) * float32(math.Pi/180)) }, nil},
	{"erf", math.Erf, nil},
	{"erfc", math.Erfc, nil},
	{"erfinv", math.Erfinv, nil},
	{"exp", math.Exp, nil},
	{"exp2", math.Exp2, nil},
	{"expm1", math.Expm1, nil},
	{"floor", math.Floor, same},
	{"frac", func(x float64) float64 { return x - math.Trunc(x) }, nil},
	{"hardsigmoid", func(x float64) float64 { return relu6(x+3) / 6 }, nil},
	{"hardswish", func(x float64) float64 { return x * relu6(x+3) / 6 }, nil},
	{"log", math.Log, nil},
	{"log10", math.Log10, nil},
	{"log1p", math.Log1p, nil},
	{"log2", math.Log2, nil},
	{"log_sigmoid", func(x float64) float64 { return min(x, 0) - math.Log1p(math.Exp(-math.Abs(x))) }, nil},
	{"mish", func(x float64) float64 { return x * math.Tanh(softplus(x)) }, nil},
	{"neg", func(x float64) float64 { return -x }, func(x int64) int64 { return -x }},
	{"reciprocal", func(x float64) float64 { return 1 / x }, nil},
	{"rsqrt", func(x float64) float64 { return 1 / math.Sqrt(x) }, nil},
	{"sigmoid", sigmoid, nil},
	{"sign", signum, signInt},
	{"silu", func(x float64) float64 { return x * sigmoid(x) }, nil},
	{"sin", math.Sin, nil},
	{"sinh", math.Sinh, nil},
	{"sqrt", math.Sqrt, nil},
	{"square", func(x float64) float64 { return x * x }, func(x int64) int64 { return x * x }},
	{"tan", math.Tan, nil},
	{"tanh", math.Tanh, nil},
	{"trunc", math.Trunc, same},
}

func same(x int64) int64 { return x }

func relu6(x float64) float64 { return min(max(x, 0), 6) }

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

func softplus(x float64) float64 { return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }

// signum is -1, 0 or 1; NaN has no sign.
func signum(x float64) float64 {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return 0
}

func signInt(x int64) int64 { return max(min(x, 1), -1) }

// shapedRow is an operator of one tensor whose function depends on its other arguments.
type shapedRow struct {
	name string
	make func(c *call) func(x float64) float64
}

var shapedRows = [...]shapedRow{
	{"gelu", makeGelu},
	{"leaky_relu", func(c *call) func(float64) float64 {
		slope := c.number("negative_slope", 0.01)
		return func(x float64) float64 { return pickSign(x, x, x*slope) }
	}},
	{"elu", makeElu},
	{"celu", makeCelu},
	{"hardshrink", makeHardshrink},
	{"softshrink", makeSoftshrink},
	{"selu", func(*call) func(float64) float64 {
		return elu(1.6732632423543772848170429916717, 1.0507009873554804934193349852946, 1)
	}},
	{"round", makeRound},
	{"logit", makeLogit},
	{"softplus", func(c *call) func(float64) float64 {
		beta, limit := c.number("beta", 1), c.number("threshold", 20)
		return func(x float64) float64 {
			if x*beta > limit {
				return x
			}
			return math.Log1p(math.Exp(x*beta)) / beta
		}
	}},
}

// pickSign is pos for x > 0, else neg; NaN stays.
func pickSign(x, pos, neg float64) float64 {
	if x > 0 {
		return pos
	}
	return neg
}

func makeGelu(c *call) func(x float64) float64 {
	if c.arg("approximate").Str == "tanh" {
		k := math.Sqrt(2 / math.Pi)
		return func(x float64) float64 { return 0.5 * x * (1 + math.Tanh(k*(x+0.044715*x*x*x))) }
	}
	return func(x float64) float64 { return 0.5 * x * (1 + math.Erf(x/math.Sqrt2)) }
}

func makeElu(c *call) func(x float64) float64 {
	return elu(c.number("alpha", 1), c.number("scale", 1), c.number("input_scale", 1))
}

func elu(alpha, scale, inScale float64) func(x float64) float64 {
	return func(x float64) float64 { return pickSign(x, x*scale, math.Expm1(x*inScale)*alpha*scale) }
}

func makeRound(c *call) func(x float64) float64 {
	k := math.Pow(10, c.number("decimals", 0))
	return func(x float64) float64 { return math.RoundToEven(x*k) / k }
}

func makeLogit(c *call) func(x float64) float64 {
	eps := c.number("eps", -1)
	return func(x float64) float64 {
		if eps >= 0 {
			x = min(max(x, eps), 1-eps)
		}
		return math.Log(x / (1 - x))
	}
}

// testRow is an operator of one tensor whose result is a bool.
type testRow struct {
	name string
	f    func(x float64) bool
}

var testRows = [...]testRow{
	{"logical_not", func(x float64) bool { return x == 0 }},
	{"isnan", math.IsNaN},
	{"isinf", func(x float64) bool { return math.IsInf(x, 0) }},
}

func bindUnary(o op) kernel {
	if i := slices.IndexFunc(unaryRows[:], func(r unaryRow) bool { return r.name == o.base }); i >= 0 {
		row := &unaryRows[i]
		return func(c *call) *Value { return c.unary(row.f, row.i) }
	}
	if i := slices.IndexFunc(shapedRows[:], func(r shapedRow) bool { return r.name == o.base }); i >= 0 {
		row := &shapedRows[i]
		return func(c *call) *Value { return c.unary(row.make(c), nil) }
	}
	if i := slices.IndexFunc(testRows[:], func(r testRow) bool { return r.name == o.base }); i >= 0 {
		row := &testRows[i]
		return func(c *call) *Value { return c.test(row.f) }
	}
	switch o.base {
	case "bitwise_not":
		return bitwiseNot
	case "nan_to_num":
		return nanToNum
	case "threshold":
		return threshold
	}
	return nil
}

func (c *call) unary(f func(x float64) float64, i func(x int64) int64) *Value {
	x := c.value(c.step.args[0])
	if x == nil || x.List != nil {
		c.fail("argument 0 is no tensor")
		return nil
	}
	if i != nil && !x.isFloat() {
		out := newValue(x.DType, x.Shape)
		for k, v := range x.I {
			out.I[k] = i(v)
		}
		return out
	}
	return mapFloat(x, f)
}

// mapFloat applies f to every element, in float64, rounded once.
func mapFloat(x *Value, f func(x float64) float64) *Value {
	out, in := newValue(toFloat(x.DType), x.Shape), x.floats()
	parallel(len(in), 16*len(in), func(lo, hi int) {
		for k := lo; k < hi; k++ {
			out.F[k] = float32(f(float64(in[k])))
		}
	})
	return out
}

func (c *call) test(f func(x float64) bool) *Value {
	x := c.tensor("self")
	out := newValue(model.Bool, x.Shape)
	for k := range out.I {
		v := 0.0
		if x.isFloat() {
			v = float64(x.F[k])
		} else {
			v = float64(x.I[k])
		}
		if f(v) {
			out.I[k] = 1
		}
	}
	return out
}

func bitwiseNot(c *call) *Value {
	x := c.tensor("self")
	if x.isFloat() {
		c.fail("bits of %s", x.DType)
		return nil
	}
	out := newValue(x.DType, x.Shape)
	for k, v := range x.I {
		if out.I[k] = ^v; x.DType == model.Bool {
			out.I[k] = 1 - v
		}
	}
	return out
}
