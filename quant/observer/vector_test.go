package observer

import (
	"math"
	"slices"
	"testing"
)

const eps8 = 0x1p-16

var (
	hist8  = Range{Min: -128, Max: 127, Bits: 8, Eps: eps8}
	histU8 = Range{Min: 0, Max: 255, Bits: 8, Eps: eps8, Unsigned: true}
	hist16 = Range{Min: -32767, Max: 32767, Bits: 16, Scheme: PerTensorSymmetric, Eps: 0x1p-12}
	weight = Range{Min: -127, Max: 127, Bits: 8, Scheme: PerChannelSymmetric, Eps: eps8}
	bias   = Range{Min: -math.MaxInt32, Max: math.MaxInt32, Bits: 32, Scheme: PerChannelSymmetric}
)

// ramp is 1000 values over [-1, 1) in a fixed shuffled order.
func ramp() []float32 {
	out := make([]float32, 1000)
	for i := range out {
		out[i] = float32(i*7919%1000-500) / 500
	}
	return out
}

// cubed is the third power of each value.
func cubed(x []float32) []float32 {
	out := make([]float32, len(x))
	for i, v := range x {
		out[i] = v * v * v
	}
	return out
}

// times is k times each value.
func times(k float32, x []float32) []float32 {
	out := make([]float32, len(x))
	for i, v := range x {
		out[i] = k * v
	}
	return out
}

func list(x ...float32) []float32 { return x }

// filled are the bins that hold something.
func filled(h *Histogram) []int {
	var out []int
	for i, v := range h.Counts() {
		if v != 0 {
			out = append(out, i)
		}
	}
	return out
}

func observed(t testing.TB, r Range, batches ...[]float32) *Histogram {
	t.Helper()
	h := NewHistogram(r)
	for _, x := range batches {
		if err := h.Observe(x); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

func TestHistogramVectors(t *testing.T) {
	g1 := ramp()
	g9 := cubed(cubed(g1))
	pinf := inf(1)
	for _, c := range []struct {
		name       string
		r          Range
		batches    [][]float32
		want       Param
		start, end int
		bins       []int // nil: not compared
	}{
		{"1", hist8, [][]float32{{1, 2}}, Param{0.007841221988201141, -128}, 0, 2046, []int{0, 2047}},
		{"2", hist8, [][]float32{{-1, 0, 0.5, 2}}, Param{0.011758961714804173, -43}, 0, 2046, []int{0, 682, 1024, 2047}},
		{"3", hist8, [][]float32{{-3, -1}}, Param{0.0117647061124444, 127}, 0, 2046, []int{0, 2047}},
		{"4", hist8, [][]float32{{0, 0, 0}}, Param{0.0000152587890625, -128}, 1023, 1023, []int{1024}},
		{"5 above", hist8, [][]float32{{3.7, 3.7}}, Param{0.014509804546833038, -128}, 1023, 1023, []int{1024}},
		{"5 below", hist8, [][]float32{{-3.7}}, Param{0.014509804546833038, 127}, 1022, 1022, []int{1023}},
		{"6", hist8, [][]float32{{2.5}, {-1, 4}}, Param{0.01959826983511448, -77}, 0, 2046, []int{0, 1433, 2047}},
		{"7", hist8, [][]float32{{0, 1}, {-1, 3}}, Param{0.015678614377975464, -64}, 0, 2046, []int{0, 512, 1023, 2047}},
		{"8", hist8, [][]float32{{0, 0.25, 1}, {-1, 3}, {-1, 7.5}}, Param{0.03331705555319786, -98}, 0, 2046, nil},
		{"9", hist8, [][]float32{{pinf, 1, -pinf, -2}}, Param{0.011758961714804173, 42}, 0, 2046, []int{0, 2047}},
		{"10", histU8, [][]float32{{-1, 0, 0.5, 2}}, Param{0.011758961714804173, 85}, 0, 2046, nil},
		{"11", hist16, [][]float32{{-1, 0.5}}, Param{0.000244140625, 0}, 0, 2046, nil},
		{"12", hist8, [][]float32{g1}, Param{0.007831468246877193, 0}, 0, 2046, nil},
		{"13", hist8, [][]float32{g9}, Param{0.007700998801738024, 2}, 0, 2028, nil},
		{"14", hist8, [][]float32{g1, times(4, g9)}, Param{0.030803995206952095, 2}, 0, 2028, nil},
		{"15", hist8, [][]float32{g1, times(3, g9), times(7, g1)}, Param{0.05471315607428551, 0}, 0, 2042, nil},
		{"23", hist8, nil, Param{1, 0}, 0, 2047, []int{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := observed(t, c.r, c.batches...)
			if got, err := h.Param(); err != nil || got != c.want {
				t.Errorf("param %v, %v; want %v", got, err, c.want)
			}
			if w := h.search(); !h.Empty() && (w.start != c.start || w.end != c.end) {
				t.Errorf("window %d, %d; want %d, %d", w.start, w.end, c.start, c.end)
			}
			if c.bins != nil && !slices.Equal(filled(h), c.bins) {
				t.Errorf("bins %v; want %v", filled(h), c.bins)
			}
		})
	}
	if got, err := observed(t, hist16, g9).Param(); err != nil || got != (Param{0.000244140625, 0}) {
		t.Errorf("11, powers: param %v, %v", got, err)
	}
	if got := g9[:5]; !slices.Equal(got, list(-1, 0.20379625260829926, 0.029479507356882095, 0.00250419438816607, 0.00008296289161080495)) {
		t.Errorf("input %v", got)
	}
}

func TestHistogramSearchVectors(t *testing.T) {
	for _, c := range []struct {
		name    string
		batches [][]float32
		top     float32
	}{
		{"1", [][]float32{{1, 2}}, 1.99951171875},
		{"3", [][]float32{{-3, -1}}, -1.0009765625},
		{"9", [][]float32{{inf(1), 1, inf(-1), -2}}, 0.99853515625},
	} {
		if _, hi := observed(t, hist8, c.batches...).Search(); hi != c.top {
			t.Errorf("%s: top %v; want %v", c.name, hi, c.top)
		}
	}
	if got := observed(t, hist8, list(0, 0, 0)).Counts()[1024]; got != 3 {
		t.Errorf("4: bin 1024 holds %v; want 3", got)
	}
	g1 := ramp()
	g9 := cubed(cubed(g1))
	for _, c := range []struct {
		name    string
		batches [][]float32
		err     float32
		calls   int // 0: not known
		bins    int // 0: not known
		moment  float64
	}{
		{"13", [][]float32{g9}, 0.003576410934329033, 3, 383, 1031788},
		{"14", [][]float32{g1, times(4, g9)}, 0.13578888773918152, 0, 661, 2064247.9375},
		{"15", [][]float32{g1, times(3, g9), times(7, g1)}, 0.6325603723526001, 4, 0, 3072067.19921875},
	} {
		h := observed(t, hist8, c.batches...)
		w := h.search()
		if w.err != c.err || c.calls != 0 && w.calls != c.calls {
			t.Errorf("%s: error %v after %d calls; want %v, %d", c.name, w.err, w.calls, c.err, c.calls)
		}
		if n := len(filled(h)); c.bins != 0 && n != c.bins {
			t.Errorf("%s: %d bins; want %d", c.name, n, c.bins)
		}
		var moment float64
		for i, v := range h.Counts() {
			moment += float64(i) * float64(v)
		}
		if moment != c.moment {
			t.Errorf("%s: moment %v; want %v", c.name, moment, c.moment)
		}
	}
}

func TestMinMaxVectors(t *testing.T) {
	for _, c := range []struct {
		r    Range
		want Param
	}{
		{Range{Min: -127, Max: 127, Bits: 8, Scheme: PerTensorSymmetric, Eps: eps8}, Param{0.007874015718698502, 0}},
		{Range{Min: -7, Max: 7, Bits: 8, Scheme: PerTensorSymmetric, Eps: eps8}, Param{0.1428571492433548, 0}},
		{hist8, Param{0.0058823530562222, -43}},
	} {
		m := NewMinMax(c.r)
		if p, err := m.Param(); err != nil || p != unset() {
			t.Errorf("23: param %v, %v", p, err)
		}
		m.Observe(list(-0.5, 0.25, 1))
		if p, err := m.Param(); err != nil || p != c.want {
			t.Errorf("16: param %v, %v; want %v", p, err, c.want)
		}
	}
}

func TestPerChannelVectors(t *testing.T) {
	x := list(0.3, -0.7, 0, 0, 1e-4, 2e-4, 5, -3)
	c := NewPerChannel(weight, 0)
	if ps, err := c.Params(); err != nil || !slices.Equal(ps, []Param{{1, 0}}) {
		t.Errorf("23: params %v, %v", ps, err)
	}
	if err := c.Observe(x, []int{4, 2}); err != nil {
		t.Fatal(err)
	}
	ps, err := c.Params()
	want := []Param{{0.005511811003088951, 0}, {0.0000152587890625, 0}, {0.0000152587890625, 0}, {0.03937007859349251, 0}}
	if err != nil || !slices.Equal(ps, want) {
		t.Errorf("17: params %v, %v; want %v", ps, err, want)
	}
	q := QuantizeChannels(x, []int{4, 2}, 0, ps, weight)
	if !slices.Equal(q, []int32{54, -127, 0, 0, 7, 13, 127, -76}) {
		t.Errorf("17: quantized %v", q)
	}

	act := float32(0.007841221988201141)
	scales := make([]Param, len(ps))
	for i, p := range ps {
		scales[i].Scale = float64(act * float32(p.Scale))
	}
	want = []Param{{0.000043219333747401834, 0}, {1.1964755231019808e-7, 0}, {1.1964755231019808e-7, 0}, {0.00030870953924022615, 0}}
	if !slices.Equal(scales, want) {
		t.Errorf("18: scales %v; want %v", scales, want)
	}
	q = QuantizeChannels(list(0.1, 0.1, -0.1, 1), []int{4}, 0, scales, bias)
	if !slices.Equal(q, []int32{2314, 835788, -835788, 3239}) {
		t.Errorf("18: quantized %v", q)
	}
}

func TestCastVectors(t *testing.T) {
	one := Param{0.007841221988201141, -128}
	nan := float32(math.NaN())
	for _, c := range []struct {
		name string
		x    []float32
		p    Param
		r    Range
		want []int32
	}{
		{"19", list(-1, 0, 1, 1.5, 2, 3), one, hist8, []int32{-128, -128, 0, 63, 127, 127}},
		{"21", list(0.5, 1.5, 2.5, -0.5, 1e9, nan), Param{1, 3}, hist8, []int32{3, 5, 5, 3, 127, 0}},
		{"NaN in 32 bits", list(nan, inf(1), 0.5), Param{1, 3}, bias, []int32{math.MinInt32, math.MinInt32, 3}},
	} {
		if q := Quantize(c.x, c.p, c.r); !slices.Equal(q, c.want) {
			t.Errorf("%s: %v; want %v", c.name, q, c.want)
		}
	}
	d := Dequantize([]int32{-128, -1, 0, 127}, one)
	if !slices.Equal(d, list(0, 0.9958351850509644, 1.003676414489746, 1.9995115995407104)) {
		t.Errorf("20: %v", d)
	}
	small := []Param{{float64(float32(1e-4)), 0}}
	q := QuantizeChannels(list(1e12, -1e12, 0.3), []int{3}, 0, small, bias)
	if !slices.Equal(q, []int32{math.MinInt32, math.MinInt32, 3000}) {
		t.Errorf("22: %v", q)
	}
}
