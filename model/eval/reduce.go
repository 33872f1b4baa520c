package eval

import (
	"math"
	"slices"

	"seam/model"
)

// bindReduce covers what makes one element of many.
func bindReduce(o op) kernel {
	switch o.base {
	case "sum":
		return func(c *call) *Value { return c.fold(sumRow, sumInts, false) }
	case "mean":
		return func(c *call) *Value { return c.fold(meanRow, nil, false) }
	case "amax":
		return func(c *call) *Value { return c.fold(maxRow, maxInts, true) }
	case "amin":
		return func(c *call) *Value { return c.fold(minRow, minInts, true) }
	case "max":
		return extreme(o, maxRow, maxInts, 1)
	case "min":
		return extreme(o, minRow, minInts, -1)
	case "any":
		return func(c *call) *Value { return c.foldTruth(1) }
	case "all":
		return func(c *call) *Value { return c.foldTruth(0) }
	case "prod":
		return product
	case "aminmax":
		return func(c *call) *Value { return listOf(c.fold(minRow, minInts, true), c.fold(maxRow, maxInts, true)) }
	case "argmax":
		return func(c *call) *Value { return c.argument(1) }
	case "argmin":
		return func(c *call) *Value { return c.argument(-1) }
	case "var", "std", "var_mean":
		return func(c *call) *Value { return c.spread(o.base) }
	case "linalg_vector_norm":
		return vectorNorm
	case "logsumexp":
		return func(c *call) *Value { return c.fold(logSumExpRow, nil, false) }
	}
	return nil
}

// rowsOf lays x out so that the reduced dimensions are the last ones: the kept dimensions' shape, with an extent of 1 where
// keepdim asks for it, and the length of a row.
func (c *call) rowsOf(x *Value, axes []int) (rows *Value, shape []int, n int) {
	var keep []int
	n = 1
	shape = []int{}
	for i, d := range x.Shape {
		switch {
		case !slices.Contains(axes, i):
			keep = append(keep, i)
			shape = append(shape, d)
			continue
		case c.truth("keepdim"):
			shape = append(shape, 1)
		}
		n *= d
	}
	order := keep
	for i := range x.Shape {
		if slices.Contains(axes, i) {
			order = append(order, i)
		}
	}
	if !slices.IsSorted(order) {
		x = permuted(x, order)
	}
	return x, shape, n
}

// fold reduces the dimensions that "dim" names. Integers are summed as int64 unless same keeps their type; without an integer
// form they become float32.
func (c *call) fold(f func(row []float32) float32, i func(row []int64) int64, same bool) *Value {
	x := c.tensor("self")
	d := c.dtype("dtype")
	switch {
	case d != model.Unknown:
	case i == nil:
		d = toFloat(x.DType)
	case x.isFloat() || same:
		d = x.DType
	default:
		d = model.Int64
	}
	return c.foldRows(x.cast(d), c.axes("dim", len(x.Shape)), f, i)
}

func (c *call) foldRows(x *Value, axes []int, f func(row []float32) float32, i func(row []int64) int64) *Value {
	rows, shape, n := c.rowsOf(x, axes)
	out := newValue(x.DType, shape)
	parallel(out.Len(), 4*x.Len(), func(lo, hi int) {
		for k := lo; k < hi; k++ {
			if x.isFloat() {
				out.F[k] = f(rows.F[k*n : (k+1)*n])
			} else {
				out.I[k] = i(rows.I[k*n : (k+1)*n])
			}
		}
	})
	return out
}

func sum64(row []float32) float64 {
	s := 0.0
	for _, v := range row {
		s += float64(v)
	}
	return s
}

func sumRow(row []float32) float32  { return float32(sum64(row)) }
func meanRow(row []float32) float32 { return float32(sum64(row) / float64(len(row))) }

func sumInts(row []int64) int64 {
	s := int64(0)
	for _, v := range row {
		s += v
	}
	return s
}

// product multiplies in order; half types are rounded after every step, unlike sums.
//
//	source  aten/src/ATen/native/cpu/ReduceOpsKernel.cpp: prod_kernel_impl
func product(c *call) *Value {
	d := c.dtype("dtype")
	if d == model.Unknown {
		d = c.tensor("self").DType
	}
	round := rounding(d)
	return c.fold(func(row []float32) float32 {
		p := float32(1)
		for _, v := range row {
			p = round(p * v)
		}
		return p
	}, prodInts, false)
}

func prodInts(row []int64) int64 {
	p := int64(1)
	for _, v := range row {
		p *= v
	}
	return p
}

// maxRow is the largest element; NaN wins. An empty row panics, as torch raises.
func maxRow(row []float32) float32 { return slices.Max(row) }
func minRow(row []float32) float32 { return slices.Min(row) }
func maxInts(row []int64) int64    { return slices.Max(row) }
func minInts(row []int64) int64    { return slices.Min(row) }

func logSumExpRow(row []float32) float32 {
	top := float64(slices.Max(row))
	if math.IsInf(top, 0) {
		top = 0
	}
	s := 0.0
	for _, v := range row {
		s += math.Exp(float64(v) - top)
	}
	return float32(math.Log(s) + top)
}

// extreme is max or min: over everything, over a dimension with indices, or of two tensors.
func extreme(o op, f func(row []float32) float32, i func(row []int64) int64, way float64) kernel {
	switch o.overload {
	case "default":
		return func(c *call) *Value { return c.fold(f, i, true) }
	case "dim":
		return func(c *call) *Value { return listOf(c.fold(f, i, true), c.argument(way)) }
	}
	return nil
}

// argument is the index of the first largest element (way 1) or smallest (-1) of each row; NaN wins.
func (c *call) argument(way float64) *Value {
	x := c.tensor("self")
	var axes []int
	if c.has("dim") {
		axes = []int{c.axis("dim", len(x.Shape), 0)}
	} else {
		axes = c.axes("", len(x.Shape))
	}
	rows, shape, n := c.rowsOf(x, axes)
	out := newValue(model.Int64, shape)
	for k := range out.I {
		best := 0
		for j := 1; j < n; j++ {
			if better(rows, k*n+j, k*n+best, way) {
				best = j
			}
		}
		out.I[k] = int64(best)
	}
	return out
}

// better says whether element i stands before element j: larger for way 1, smaller for -1, NaN before all.
func better(x *Value, i, j int, way float64) bool {
	if !x.isFloat() {
		return way > 0 && x.I[i] > x.I[j] || way < 0 && x.I[i] < x.I[j]
	}
	a, b := float64(x.F[i]), float64(x.F[j])
	return way*a > way*b || math.IsNaN(a) && !math.IsNaN(b)
}

// foldTruth is whether an element with that truth decides: 1 for any, 0 for all.
func (c *call) foldTruth(decides int64) *Value {
	x := c.tensor("self")
	d := model.Bool
	if x.DType == model.Uint8 {
		d = model.Uint8
	}
	out := c.foldRows(&Value{DType: d, Shape: x.Shape, I: x.truths()}, c.axes("dim", len(x.Shape)), nil,
		func(row []int64) int64 {
			if slices.Contains(row, decides) {
				return decides
			}
			return 1 - decides
		})
	return out
}

// spread is the variance or its root, alone or with the mean. The divisor is n - correction, 1 by default.
func (c *call) spread(what string) *Value {
	x := c.floatTensor("self")
	correction := c.number("correction", 1)
	if a := c.arg("unbiased"); !a.IsNone() && !a.Bool() {
		correction = 0
	}
	root := what == "std"
	axes := c.axes("dim", len(x.Shape))
	out := c.foldRows(x, axes, func(row []float32) float32 {
		v := variance(row, correction)
		if root {
			v = math.Sqrt(v)
		}
		return float32(v)
	}, nil)
	if what != "var_mean" {
		return out
	}
	return listOf(out, c.foldRows(x, axes, meanRow, nil))
}

// variance is the mean square distance from the mean, with divisor max(0, n - correction).
func variance(row []float32, correction float64) float64 {
	mean, s := sum64(row)/float64(len(row)), 0.0
	for _, v := range row {
		d := float64(v) - mean
		s += d * d
	}
	return s / max(0, float64(len(row))-correction)
}

// vectorNorm is the p-norm of each row.
func vectorNorm(c *call) *Value {
	x := c.floatTensor("self")
	p, axes := c.number("ord", 2), c.axes("dim", len(x.Shape))
	f := func(row []float32) float32 { return float32(norm(row, p)) }
	if p == 2 && x.DType == model.Float32 {
		f = norm2
		if !trailing(axes, len(x.Shape)) {
			f = func(row []float32) float32 { return float32(math.Sqrt(float64(squaresInOrder(row, 0)))) }
		}
	}
	out := c.foldRows(x, axes, f, nil)
	return out.cast(c.dtype("dtype"))
}

// trailing says whether axes are the last ones of rank.
func trailing(axes []int, rank int) bool {
	return !slices.ContainsFunc(axes, func(a int) bool { return a < rank-len(axes) })
}

// norm2 is the Euclidean norm of what lies together in memory: eight sums side by side, added up in order, then the rest.
//
//	source  aten/src/ATen/native/cpu/ReduceOpsKernel.cpp: norm_kernel_tensor_iterator_impl
func norm2(row []float32) float32 {
	const lanes = 8
	var sum [lanes]float32
	whole := len(row) - len(row)%lanes
	for i, x := range row[:whole] {
		sum[i%lanes] += float32(x * x)
	}
	for _, s := range sum[1:] {
		sum[0] += s
	}
	return float32(math.Sqrt(float64(squaresInOrder(row[whole:], sum[0]))))
}

// squaresInOrder adds the squares one by one, each step rounded to float32.
func squaresInOrder(row []float32, sum float32) float32 {
	for _, x := range row {
		sum += float32(x * x)
	}
	return sum
}

func norm(row []float32, p float64) float64 {
	s := 0.0
	if math.IsInf(p, -1) {
		s = math.Inf(1)
	}
	for _, v := range row {
		a := math.Abs(float64(v))
		switch {
		case math.IsInf(p, 1):
			s = max(s, a)
		case math.IsInf(p, -1):
			s = min(s, a)
		case p == 0 && a != 0:
			s++
		case p == 2:
			s += a * a
		case p != 0:
			s += math.Pow(a, p)
		}
	}
	switch {
	case math.IsInf(p, 0) || p == 0:
		return s
	case p == 2:
		return math.Sqrt(s)
	}
	return math.Pow(s, 1/p)
}
