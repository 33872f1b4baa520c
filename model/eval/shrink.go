package eval

import (
	"math"

	"seam/model"
)

// makeCelu is elu with the slope of both sides equal at 0, each step in float32.
//
//	source  aten/src/ATen/native/Activation.cpp: celu; cpu/Elu.h: get_scalar_elu_elementwise_func
func makeCelu(c *call) func(x float64) float64 {
	alpha := c.number("alpha", 1)
	k, inverse := float32(alpha), float32(1/alpha)
	return func(x float64) float64 {
		if x < 0 {
			return float64(float32(math.Expm1(float64(float32(x)*inverse))) * k)
		}
		return x
	}
}

// makeHardshrink is zero near zero. The limit is rounded to the tensor's type.
//
//	source  aten/src/ATen/native/cpu/Activation.cpp: hardshrink_kernel
func makeHardshrink(c *call) func(x float64) float64 {
	limit := number(c.number("lambd", 0.5)).cast(toFloat(c.tensor("self").DType)).first()
	return func(x float64) float64 {
		if x >= -limit && x <= limit {
			return 0
		}
		return x
	}
}

// makeSoftshrink moves towards zero by a limit, and stays there; NaN stays.
//
//	source  aten/src/ATen/native/cpu/Activation.cpp: softshrink_kernel
func makeSoftshrink(c *call) func(x float64) float64 {
	limit := float64(float32(c.number("lambd", 0.5)))
	return func(x float64) float64 {
		switch {
		case x > limit:
			return x - limit
		case x < -limit:
			return x + limit
		case x != x:
			return x
		}
		return 0
	}
}

// threshold replaces what is not above a limit; NaN stays.
//
//	source  aten/src/ATen/native/cpu/Activation.cpp: threshold_kernel
func threshold(c *call) *Value {
	limit, value := c.number("threshold", 0), c.number("value", 0)
	low := float64(float32(limit))
	return c.unary(func(x float64) float64 {
		if x <= low {
			return value
		}
		return x
	}, func(x int64) int64 {
		if x <= int64(limit) {
			return int64(value)
		}
		return x
	})
}

// nanToNum replaces NaN and the infinities; without numbers for them, by zero and the type's largest.
//
//	source  aten/src/ATen/native/cpu/UnaryOpsKernel.cpp: nan_to_num_kernel
func nanToNum(c *call) *Value {
	x := c.tensor("self")
	if !x.isFloat() {
		return x
	}
	top := largest(x.DType)
	nan, hi, lo := c.number("nan", 0), c.number("posinf", top), c.number("neginf", -top)
	return mapFloat(x, func(x float64) float64 {
		switch {
		case x != x:
			return nan
		case math.IsInf(x, 1):
			return hi
		case math.IsInf(x, -1):
			return lo
		}
		return x
	})
}

// largest is the largest finite number of a floating type.
func largest(d model.DType) float64 {
	switch d {
	case model.Float16:
		return 65504
	case model.BFloat16:
		return 0x1.fep127
	}
	return math.MaxFloat32
}
