package eval

import (
	"slices"

	"seam/model"
)

// bindScan covers running sums and products.
func bindScan(o op) kernel {
	switch o.base {
	case "cumsum":
		return func(c *call) *Value {
			return scan(c, func(a, b float64) float64 { return a + b }, func(a, b int64) int64 { return a + b })
		}
	case "cumprod":
		return func(c *call) *Value {
			return scan(c, func(a, b float64) float64 { return a * b }, func(a, b int64) int64 { return a * b })
		}
	}
	return nil
}

// scan runs along "dim"; floats add up in float64, integers become int64.
func scan(c *call, f func(a, b float64) float64, i func(a, b int64) int64) *Value {
	x, d := c.tensor("self"), c.dtype("dtype")
	if d == model.Unknown {
		if d = model.Int64; x.isFloat() {
			d = x.DType
		}
	}
	x = x.cast(d)
	if len(x.Shape) == 0 || x.Len() == 0 {
		return x
	}
	axis := c.axis("dim", len(x.Shape), 0)
	n, inner := x.Shape[axis], numel(x.Shape[axis+1:])
	out := newValue(d, x.Shape)
	for r := range x.Len() / n {
		at := r/inner*n*inner + r%inner
		if x.isFloat() {
			s := float64(x.F[at])
			out.F[at] = x.F[at]
			for k := 1; k < n; k++ {
				s = f(s, float64(x.F[at+k*inner]))
				out.F[at+k*inner] = float32(s)
			}
			continue
		}
		out.I[at] = x.I[at]
		for k := 1; k < n; k++ {
			out.I[at+k*inner] = i(out.I[at+(k-1)*inner], x.I[at+k*inner])
		}
	}
	return out
}

// bindSort covers orders of elements.
func bindSort(o op) kernel {
	switch o.base {
	case "sort":
		return func(c *call) *Value {
			return sorted(c, c.truth("descending"), -1)
		}
	case "argsort":
		return func(c *call) *Value { return sorted(c, c.truth("descending"), -1).List[1] }
	case "topk":
		return func(c *call) *Value { return sorted(c, c.truth("largest"), c.integer("k", 0)) }
	}
	return nil
}

// sorted is the first k values (all for -1) along "dim" and where they stood, equal ones in their order; NaN is the largest.
func sorted(c *call, down bool, k int) *Value {
	x := c.tensor("self")
	shape, n, inner := slices.Clone(x.Shape), 1, 1
	if len(shape) > 0 {
		axis := c.axis("dim", len(shape), -1)
		n, inner = shape[axis], numel(shape[axis+1:])
		if k < 0 {
			k = n
		}
		shape[axis] = k
	} else {
		k = 1
	}
	at := newValue(model.Int64, shape)
	index := newValue(model.Int64, shape)
	order := make([]int, n)
	for r := range x.Len() / max(n, 1) {
		start := r/inner*n*inner + r%inner
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(i, j int) int {
			if !down {
				i, j = j, i
			}
			switch i, j := start+i*inner, start+j*inner; {
			case better(x, i, j, 1):
				return -1
			case better(x, j, i, 1):
				return 1
			}
			return 0
		})
		for i := range k {
			to := r/inner*k*inner + r%inner + i*inner
			index.I[to] = int64(order[i])
			at.I[to] = int64(start + order[i]*inner)
		}
	}
	return listOf(take(x, at), index)
}
