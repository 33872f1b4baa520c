package exec

import (
	"math"
	"slices"
	"testing"

	"seam/model"
)

// rescaleOp is a RESCALE with one multiplier.
func rescaleOp(from, to model.DType, mult, shift, zeroIn, zeroOut int64, kw ...model.KwArg) *op {
	d := model.Int32
	if from == model.Int48 {
		d = model.Int16
	}
	one := func(d model.DType, v int64) *Tensor {
		t := newTensor(d, []int{1})
		if t.Wide != nil {
			t.Wide[0] = v
		} else {
			t.Elems[0] = int32(v)
		}
		return t
	}
	kw = append(kw, model.KwArg{Name: "scale32", Arg: model.BoolArg(from != model.Int48)})
	return &op{
		node: &model.Node{Kwargs: kw, Type: model.TensorOf(to, model.ShapeInts(1))},
		in:   []*Tensor{nil, one(d, mult), one(model.Int8, shift), one(from, zeroIn), one(to, zeroOut)},
		types: []model.TensorType{
			{DType: from, Shape: model.ShapeInts(1)}, {DType: d}, {DType: model.Int8}, {DType: from}, {DType: to},
		},
	}
}

// values is a tensor of one axis.
func values(d model.DType, v ...int64) *Tensor {
	t := newTensor(d, []int{len(v)})
	for i, x := range v {
		if t.Wide != nil {
			t.Wide[i] = x
		} else {
			t.Elems[i] = int32(x)
		}
	}
	return t
}

// TestRescale is what the reference model gives for single elements (lower.md 11).
func TestRescale(t *testing.T) {
	codes := []int64{-128, -64, -1, 0, 1, 63, 127}
	for _, c := range []struct {
		from, to             model.DType
		mult, shift, in, out int64
		x, want              []int64
	}{
		{model.Int32, model.Int32, 1 << 30, 31, 0, 0, []int64{-5, -3, -1, 1, 3, 5}, []int64{-2, -1, 0, 1, 2, 3}},
		{model.Int32, model.Int8, 1 << 30, 31, 0, 10, []int64{-1000, -5, -3, 1, 5, 1000}, []int64{-128, 8, 9, 11, 13, 127}},
		{model.Int8, model.Int32, 1 << 30, 11, -23, 0, codes, []int64{-55050240, -21495808, 11534336, 12058624, 12582912, 45088768, 78643200}},
		{model.Int8, model.Int32, 1527843905, 13, -23, 0, codes, []int64{-19582960, -7646680, 4103096, 4289601, 4476105, 16039377, 27975657}},
		{model.Int32, model.Int8, 1789569707, 50, 0, 3, []int64{2097152, -5242880, 123456789}, []int64{6, -5, 127}},
		{model.Int8, model.Int8, 1319579938, 31, -9, -94, codes, []int64{-128, -128, -89, -88, -88, -50, -10}},
		{model.Int32, model.Int8, 1527093676, 39, 0, -128, []int64{10000, -10000, 250000, 1999999}, []int64{-100, -128, 127, 127}},
		{model.Int16, model.Int32, 1294071282, 29, 0, 0, []int64{-32768, -1, 0, 1, 32767}, []int64{-78984, -2, 0, 2, 78981}},
		{
			model.Int48, model.Int16, 16779, 24, 0, 0,
			[]int64{-32768 * 127, -1000 * 127, -127, 0, 127, 1000 * 127, 32767 * 127},
			[]int64{-4162, -127, 0, 0, 0, 127, 4162},
		},
		{model.Int48, model.Int32, 26594, 14, 0, 0, []int64{-32768 * 127, 1000 * 127}, []int64{-6754876, 206142}},
	} {
		got := bindRescale(rescaleOp(c.from, c.to, c.mult, c.shift, c.in, c.out))([]*Tensor{values(c.from, c.x...)})
		if !slices.Equal(got.Ints(), c.want) {
			t.Errorf("%s to %s, %d >> %d, zero points %d and %d: %v, want %v", c.from, c.to, c.mult, c.shift, c.in, c.out, got.Ints(), c.want)
		}
	}
}

// TestRescaleUnsigned is the two steps from codes to bytes and back: bytes above 127 are kept as negative elements.
func TestRescaleUnsigned(t *testing.T) {
	out := bindRescale(rescaleOp(model.Int8, model.Int8, 1<<30, 30, -128, 0, model.KwArg{Name: "output_unsigned", Arg: model.BoolArg(true)}))
	bytes := out([]*Tensor{values(model.Int8, -128, -1, 0, 127)})
	if want := []int64{0, 127, -128, -1}; !slices.Equal(bytes.Ints(), want) {
		t.Errorf("bytes %v, want %v", bytes.Ints(), want)
	}
	in := bindRescale(rescaleOp(model.Int8, model.Int8, 1<<30, 30, 0, -128, model.KwArg{Name: "input_unsigned", Arg: model.BoolArg(true)}))
	if got, want := in([]*Tensor{bytes}).Ints(), []int64{-128, -1, 0, 127}; !slices.Equal(got, want) {
		t.Errorf("codes %v, want %v", got, want)
	}
}

// TestDoubleRound says that the second rounding applies to shifts above 31 alone.
func TestDoubleRound(t *testing.T) {
	for _, c := range []struct {
		v, mult, shift int64
		single, double int64
	}{
		{5, 1 << 30, 31, 3, 3},
		{1, 1<<31 - 1, 33, 0, 0},
		{1, 3 << 29, 33, 0, 0},
		{2, 1<<31 - 1, 33, 0, 1},
		{-2, 1 << 31, 33, 0, -1},
	} {
		if a, b := scaled(c.v, c.mult, c.shift, false), scaled(c.v, c.mult, c.shift, true); a != c.single || b != c.double {
			t.Errorf("%d * %d >> %d: %d and %d, want %d and %d", c.v, c.mult, c.shift, a, b, c.single, c.double)
		}
	}
}

// TestReciprocal is the multipliers of lower.md 3.3, and that a mean is rounded half away from zero.
func TestReciprocal(t *testing.T) {
	for _, c := range []struct {
		n           int
		mult, shift int64
	}{
		{1, 1073741825, 30},
		{2, 1073741825, 31},
		{3, 1431655766, 32},
		{4, 1073741825, 32},
		{9, 1908874355, 34},
		{49, 1402438302, 36},
	} {
		if m, s := reciprocal(c.n); m != c.mult || s != c.shift {
			t.Errorf("1/%d: %d, %d, want %d, %d", c.n, m, s, c.mult, c.shift)
		}
	}
	for _, n := range []int{2, 3, 4, 9, 49, 64, 100} {
		m, s := reciprocal(n)
		for sum := -130 * n; sum <= 130*n; sum++ {
			if got, want := scaled(int64(sum), m, s, false), int64(math.Round(float64(sum)/float64(n))); got != want {
				t.Fatalf("%d/%d: %d, want %d", sum, n, got, want)
			}
		}
	}
}

// TestTable evaluates the int16 tanh table of lower.md 11, vectors 33 and 35.
func TestTable(t *testing.T) {
	table := make([]int32, 513)
	for k := range table {
		y := math.Tanh(float64(float32(-32768+128*k) * float32(0.000244140625)))
		q := math.RoundToEven(float64(float32(y) * float32(1/3.0517578125e-05)))
		table[k] = int32(min(max(q, -32767), 32767))
	}
	x := []int64{-32768, -300, -1, 0, 1, 100, 127, 128, 5000, 32640, 32767}
	want := []int64{-4194176, -306552, -1024, 0, 1024, 102400, 130048, 131072, 3522616, 4194176, 4194176}
	scaled := []int64{-32767, -2395, -8, 0, 8, 800, 1016, 1024, 27520, 32767, 32767}
	var got []int64
	for _, v := range x {
		got = append(got, int64(interpolated(table, int32(v))))
	}
	if !slices.Equal(got, want) {
		t.Errorf("table: %v, want %v", got, want)
	}
	y := bindRescale(rescaleOp(model.Int32, model.Int16, 1<<30, 37, 0, 0))([]*Tensor{values(model.Int32, got...)})
	if !slices.Equal(y.Ints(), scaled) {
		t.Errorf("rescaled: %v, want %v", y.Ints(), scaled)
	}
}

// TestWeights compares packed sums with plain ones where the lanes are at their limits.
func TestWeights(t *testing.T) {
	for _, c := range []struct {
		name string
		most int64 // magnitude of x
		w, x func(i int) int32
	}{
		{"all least", 32768, func(int) int32 { return -128 }, func(int) int32 { return -32768 }},
		{"all greatest", 32768, func(int) int32 { return 127 }, func(int) int32 { return 32767 }},
		{"signs in turn", 32768, func(i int) int32 { return int32(127 - 255*(i%2)) }, func(i int) int32 { return int32(32767 - 65535*(i%3%2)) }},
		{"int16 times int16", 32768, func(i int) int32 { return int32(-32768 + i) }, func(i int) int32 { return int32(-32768 + 3*i) }},
	} {
		const taps, rows = 1500, 11
		w, x := make([]int32, taps*rows), make([]int32, taps)
		for i := range w {
			w[i] = c.w(i)
		}
		for i := range x {
			x[i] = c.x(i)
		}
		p := packWeights(w, rows, taps, taps, 1, 0)
		s, y := p.newSums(c.most), newTensor(model.Int48, []int{rows})
		for b, block := range p.blocks {
			for k := 0; k < taps; k += 500 {
				s.add(x[k:k+500], block[k:])
			}
			s.store(y, b*lanes, min(lanes, rows-b*lanes), nil)
		}
		for r := range rows {
			want := int64(0)
			for k := range taps {
				want += int64(w[r*taps+k]) * int64(x[k])
			}
			if y.Wide[r] != want {
				t.Errorf("%s: row %d: %d, want %d", c.name, r, y.Wide[r], want)
			}
		}
	}
}

func TestError(t *testing.T) {
	inf := float32(math.Inf(1))
	for _, c := range []struct {
		name             string
		quantized, float []float32
		sqnr, largest    float64
	}{
		{name: "equal", quantized: []float32{1, 2}, float: []float32{1, 2}, sqnr: math.Inf(1)},
		{name: "20 dB", quantized: []float32{11, -9}, float: []float32{10, -10}, sqnr: 20, largest: 1},
		{name: "no signal", quantized: []float32{1}, float: []float32{0}, sqnr: math.Inf(-1), largest: 1},
		{name: "not finite", quantized: []float32{5, 11, 9}, float: []float32{-inf, 10, 10}, sqnr: 20, largest: 1},
		{name: "nothing", sqnr: math.Inf(1)},
	} {
		sqnr, largest := Error(c.quantized, c.float)
		if sqnr != c.sqnr && math.Abs(sqnr-c.sqnr) > 1e-9 || largest != c.largest {
			t.Errorf("%s: %v dB, largest %v, want %v, %v", c.name, sqnr, largest, c.sqnr, c.largest)
		}
	}
}
