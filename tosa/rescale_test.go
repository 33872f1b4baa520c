package tosa

import (
	"math"
	"testing"
)

// TestScaleParam holds the vectors of lower.md 3.1 and 11; a shift of 0 means that the scale is refused.
func TestScaleParam(t *testing.T) {
	for _, c := range []struct {
		scale           float64
		mult32, shift32 int
		mult16, shift16 int
	}{
		{1, 1073741824, 30, 16384, 14},
		{0.5, 1073741824, 31, 16384, 15},
		{524288, 1073741824, 11, 0, 0},
		{0.05 * 0.003 / 0.04, 2061584302, 39, 31457, 23},
		{1.0 / 49, 1402438301, 36, 21400, 20},
		{0.00123, 1352399302, 40, 20636, 24},
		{0.0625, 1073741824, 34, 16384, 18},
		{0.3333333333333333, 1431655765, 32, 21845, 16},
		{0.1, 1717986918, 34, 26214, 18},
		{127.5, 2139095040, 24, 32640, 8},
		{268435456, 1073741824, 2, 0, 0},
		{0x1.fffffffe00000p-1, 1073741824, 30, 16384, 14},
		{0x1.0000000200000p-1, 1073741824, 31, 16384, 15},
		{0x1.0000000600000p-1, 1073741826, 31, 16384, 15},
		{0x1.8000000100000p-1, 1610612736, 31, 24576, 15},
		{1e-12, 4611686, 62, 18014, 54},
		{5e-19, 2, 62, 2, 62},
		{3e-20, 0, 62, 0, 62},
		{536870912, 0, 0, 0, 0},
		{0, 0, 0, 0, 0},
		{-1, 0, 0, 0, 0},
		{math.Inf(1), 0, 0, 0, 0},
		{math.NaN(), 0, 0, 0, 0},
	} {
		check := func(bits, mult, shift int) {
			m, s, err := ScaleParam(c.scale, bits)
			if int(m) != mult || s != shift || (err != nil) != (shift == 0) {
				t.Errorf("ScaleParam(%v, %d) = %d, %d, %v; want %d, %d", c.scale, bits, m, s, err, mult, shift)
			}
		}
		check(32, c.mult32, c.shift32)
		check(16, c.mult16, c.shift16)
	}
}

// TestApplyScale holds the RESCALE evaluations of lower.md 11, vectors 14 to 22.
func TestApplyScale(t *testing.T) {
	const none = math.MaxInt32
	for i, c := range []struct {
		mult      int32
		shift     int
		zin, zout int64
		lo, hi    int64
		in, want  []int64
	}{
		{1073741824, 31, 0, 0, -none, none, []int64{-5, -3, -1, 1, 3, 5}, []int64{-2, -1, 0, 1, 2, 3}},
		{1073741824, 31, 0, 10, -128, 127, []int64{-1000, -5, -3, 1, 5, 1000}, []int64{-128, 8, 9, 11, 13, 127}},
		{1073741824, 11, -23, 0, -none, none, []int64{-128, -64, -1, 0, 1, 63, 127}, []int64{-55050240, -21495808, 11534336, 12058624, 12582912, 45088768, 78643200}},
		{1527843905, 13, -23, 0, -none, none, []int64{-128, -64, -1, 0, 1, 63, 127}, []int64{-19582960, -7646680, 4103096, 4289601, 4476105, 16039377, 27975657}},
		{1789569707, 50, 0, 3, -128, 127, []int64{2097152, -5242880, 123456789}, []int64{6, -5, 127}},
		{1319579938, 31, -9, -94, -128, 127, []int64{-128, -64, -1, 0, 1, 63, 127}, []int64{-128, -128, -89, -88, -88, -50, -10}},
		{1527093676, 39, 0, -128, -128, 127, []int64{10000, -10000, 250000, 1999999}, []int64{-100, -128, 127, 127}},
		{1294071282, 29, 0, 0, -none, none, []int64{-32768, -1, 0, 1, 32767}, []int64{-78984, -2, 0, 2, 78981}},
		{16779, 24, 0, 0, -32768, 32767, []int64{-32768 * 127, -127000, -127, 0, 127, 127000, 32767 * 127}, []int64{-4162, -127, 0, 0, 0, 127, 4162}},
		{26594, 14, 0, 0, -none, none, []int64{-32768 * 127, 127000}, []int64{-6754876, 206142}},
	} {
		for k, x := range c.in {
			got := min(max(ApplyScale(x-c.zin, c.mult, c.shift)+c.zout, c.lo), c.hi)
			if got != c.want[k] {
				t.Errorf("vector %d: %d -> %d, want %d", i+14, x, got, c.want[k])
			}
		}
	}
}

func TestQuantizeValue(t *testing.T) {
	for _, c := range []struct {
		x, scale           float64
		zero, lo, hi, want int
	}{
		{0, 0.1, -7, -128, 127, -7},
		{6, 6.0 / 255, -128, -128, 127, 127},
		{0.25, 0.1, 0, -128, 127, 2},
		{0.35, 0.1, 0, -128, 127, 4},
		{1e9, 0.1, 0, -128, 127, 127},
		{math.Inf(-1), 0.1, 0, -128, 127, -128},
	} {
		if got := quantizeValue(c.x, c.scale, c.zero, c.lo, c.hi); got != c.want {
			t.Errorf("quantizeValue(%v, %v, %d) = %d, want %d", c.x, c.scale, c.zero, got, c.want)
		}
	}
}
