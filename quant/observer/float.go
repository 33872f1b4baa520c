package observer

import "math"

// lowBits are the bits a float64 has and a float32 has not; halfBit is their value at the midpoint
// between two float32 values.
const (
	lowBits   = 1<<29 - 1
	halfBit   = 1 << 28
	minNormal = 0x1p-126
)

// fma32 is a*b + c rounded once to float32.
//
// The product is exact in float64. Rounding the sum to float64 first can only hurt when it lands on a
// midpoint of float32, or where float32 is subnormal and its midpoints lie elsewhere: then fmaOdd
// decides.
func fma32(a, b, c float32) float32 {
	s := float64(a)*float64(b) + float64(c)
	if math.Float64bits(s)&lowBits != halfBit && math.Abs(s) >= minNormal {
		return float32(s)
	}
	return fmaOdd(float64(a)*float64(b), float64(c))
}

// fmaOdd is the float32 nearest to p + c, for a p that is exact. The float64 sum is rounded to odd,
// which leaves enough of the lost part for the second rounding to be right.
func fmaOdd(p, c float64) float32 {
	s := p + c
	if s == 0 || math.IsNaN(s) || math.IsInf(s, 0) {
		return float32(s)
	}
	t := s - p
	lost := (p - (s - t)) + (c - t)
	bits := math.Float64bits(s)
	if lost == 0 || bits&1 == 1 {
		return float32(s)
	}
	if (lost > 0) == (s > 0) {
		bits++
	} else {
		bits--
	}
	return float32(math.Float64frombits(bits))
}

// linspace fills dst with len(dst) >= 2 evenly spaced values from a to b, the second half counted
// back from b.
//
// Source: torch.linspace on the CPU, aten/src/ATen/native/cpu/RangeFactoriesKernel.cpp.
func linspace(dst []float32, a, b float32) {
	last := len(dst) - 1
	step := (b - a) / float32(last)
	half := len(dst) / 2
	for i := range half {
		dst[i] = fma32(step, float32(i), a)
	}
	for i := half; i <= last; i++ {
		dst[i] = fma32(-step, float32(last-i), b)
	}
}

// The sum of a histogram reads it as rows of sumCols columns of sumLanes lanes, and closes a partial
// sum after sumBlock rows.
const (
	sumLanes = 8
	sumCols  = 4
	sumWidth = sumLanes * sumCols
	sumBlock = 16
)

// cascade adds values of bins in the order of upstream's vector kernel, which float32 results depend on. A bin that is left out
// counts as zero.
//
// Source: torch.sum on the CPU, aten/src/ATen/native/cpu/SumKernel.cpp (cascade_sum).
type cascade struct {
	part, total [sumWidth]float32
	block       int
}

// add adds the value of a bin; bins come in ascending order.
func (s *cascade) add(bin int, x float32) {
	if b := bin / (sumBlock * sumWidth); b != s.block {
		s.close(b)
	}
	s.part[bin%sumWidth] += x
}

// close ends a block.
func (s *cascade) close(next int) {
	for i, x := range &s.part {
		s.total[i] += x
	}
	s.part, s.block = [sumWidth]float32{}, next
}

func (s *cascade) sum() float32 {
	s.close(0)
	var out float32
	for lane := range sumLanes {
		t := s.total[lane]
		for col := 1; col < sumCols; col++ {
			t += s.total[col*sumLanes+lane]
		}
		out += t
	}
	return out
}

// sum adds all bins.
func sum(v *[Bins]float32) float32 {
	var s cascade
	for block := 0; block < Bins; block += sumBlock * sumWidth {
		for row := block; row < block+sumBlock*sumWidth; row += sumWidth {
			for i, x := range v[row : row+sumWidth] {
				s.part[i] += x
			}
		}
		s.close(0)
	}
	return s.sum()
}

// floorDiv is upstream's float32 floor division x // d for d >= 0, quirks included: it goes through
// the remainder, and the quotient of the rest is floored with a correction.
//
// Source: torch.div(rounding_mode="floor"), aten/src/ATen/native/cpu/BinaryOpsKernel.cpp
// (div_floor_floating).
func floorDiv(x, d float32) float32 {
	// Away from whole numbers a float64 quotient has the same floor, and the quirks below do not show.
	if q := float64(x) / float64(d); q > 0 && q < 1<<20 {
		if f := math.Floor(q); q-f > 1e-6 && q-f < 1-1e-6 {
			return float32(f)
		}
	}
	plain := x / d
	if d == 0 {
		return plain
	}
	m := fmod(x, d)
	rest := x - m
	if math.IsInf(float64(plain), 0) && !math.IsInf(float64(x), 0) {
		rest = x // the remainder of so large a quotient is not used
	}
	q := rest / d
	if m < 0 {
		q--
	}
	f := float32(math.Floor(float64(q)))
	if q-f > 0.5 {
		f++
	}
	return f
}

// fmod is the exact remainder of x / d with the sign of x, for d > 0.
//
// A quotient below 2^29 times a 24-bit divisor fits a float64, so the remainder comes out exact from
// one division; the quotient is at most one too large.
func fmod(x, d float32) float32 {
	a, w := math.Abs(float64(x)), float64(d)
	if a < w {
		return x
	}
	n := math.Trunc(a / w)
	if !(n < 1<<29) {
		return float32(math.Mod(float64(x), w))
	}
	m := a - n*w
	if m < 0 {
		m += w
	}
	if x < 0 {
		m = -m
	}
	return float32(m)
}

// extent is the smallest and the largest value of x, which is not empty; both NaN if x holds one.
//
// Source: torch.aminmax.
func extent(x []float32) (mn, mx float32) {
	mn, mx = x[0], x[0]
	for _, v := range x {
		if v < mn {
			mn = v
		}
		if v > mx {
			mx = v
		}
		if v != v {
			return v, v
		}
	}
	return mn, mx
}

// minNaN is the smaller of two values, and NaN if either is one.
func minNaN(a, b float32) float32 {
	if a != a || a < b {
		return a
	}
	return b
}

// maxNaN is the larger of two values, and NaN if either is one.
func maxNaN(a, b float32) float32 {
	if a != a || a > b {
		return a
	}
	return b
}

// inf is plus infinity for sign >= 0, else minus infinity.
func inf(sign int) float32 { return float32(math.Inf(sign)) }
