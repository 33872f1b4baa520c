package observer

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"os"
	"slices"
	"testing"
)

// record is one case of testdata/cases.json, as written by testdata/cases.py.
type record struct {
	Kind    string    `json:"k"`
	Range   string    `json:"r"`
	Seed    uint64    `json:"s"`
	Sizes   []int     `json:"n"`
	Factor  uint32    `json:"f"` // float32 bits
	Growth  uint32    `json:"g"` // float32 bits
	Hist    [3]uint32 `json:"h"` // ends, checksum of the bins
	Search  []uint32  `json:"w"`
	Param   []int64   `json:"p"` // scale bits, zero
	Cast    []uint32  `json:"q"` // checksums of quantized and dequantized values
	MinMax  []int64   `json:"m"`
	Channel []uint32  `json:"c"` // checksums of scales, zeros, quantized and dequantized values
	Err     string    `json:"e"`
	xs      [][]float32
}

func rangeOf(name string) Range {
	r := map[string]Range{
		"i8": hist8, "u8": histU8, "i16s": hist16,
		"i8n":  {Min: -127, Max: 127, Bits: 8, Eps: eps8},
		"i8s":  {Min: -128, Max: 127, Bits: 8, Scheme: PerTensorSymmetric, Eps: 0x1p-23},
		"i16f": {Min: -32767, Max: 32767, Bits: 16, Scheme: PerTensorSymmetric, Eps: eps8},
	}[name]
	return r
}

// draw is the next 24 bits of a generator.
func draw(state *uint64) uint32 {
	*state = *state*6364136223846793005 + 1442695040888963407
	return uint32(*state >> 40)
}

// value is element i of a batch: the rules of batch in testdata/cases.py.
func value(kind string, state *uint64, i int, k float32) float32 {
	u := draw(state)
	g := float32(u)/(1<<23) - 1
	cube := g * g * g
	switch kind {
	case "uniform":
		return g * k
	case "cube":
		return cube * k
	case "heavy":
		return cube * cube * cube * k
	case "relu":
		return max(g, 0) * k
	case "const":
		return k
	case "shift":
		return g + k
	case "negative":
		return -(max(g, -g) * k)
	case "sparse":
		if u%8 == 0 {
			return g * k
		}
	case "inf":
		switch {
		case i%17 == 3:
			return inf(1)
		case i%23 == 5:
			return inf(-1)
		}
		return cube * k
	case "bell":
		var rest [3]float32
		for j := range rest {
			rest[j] = float32(draw(state))/(1<<23) - 1
		}
		return ((g + rest[0]) + (rest[1] + rest[2])) * k
	case "step":
		return float32(u>>20) * k
	case "sat":
		return min(max(float32(g*3), -1), 1) * k
	}
	return 0
}

// load reads the recorded cases and makes their batches.
func load(t testing.TB) []record {
	t.Helper()
	text, err := os.ReadFile("testdata/cases.json")
	if err != nil {
		t.Fatal(err)
	}
	var out []record
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	for i := range out {
		c := &out[i]
		k, state := math.Float32frombits(c.Factor), c.Seed
		for _, n := range c.Sizes {
			x := make([]float32, n)
			for j := range x {
				x[j] = value(c.Kind, &state, j, k)
			}
			c.xs = append(c.xs, x)
			k *= math.Float32frombits(c.Growth)
		}
	}
	return out
}

// bits is the pattern of v, with one zero and one NaN.
func bits(v float32) uint32 {
	if v != v {
		return 0x7fc00000
	}
	return math.Float32bits(v + 0)
}

// checksum is the CRC-32 of the little-endian bytes of v.
func checksum(t testing.TB, v any) uint32 {
	t.Helper()
	b, err := binary.Append(nil, binary.LittleEndian, v)
	if err != nil {
		t.Fatal(err)
	}
	return crc32.ChecksumIEEE(b)
}

func paramBits(p Param) []int64 { return []int64{int64(bits(float32(p.Scale))), p.Zero} }

func TestRecorded(t *testing.T) {
	cases := load(t)
	bad := 0
	for i := range cases {
		c := &cases[i]
		ok := c.histogram(t, i)
		ok = c.minMax(t, i) && ok
		ok = c.channels(t, i) && ok
		if !ok {
			bad++
		}
	}
	t.Logf("%d of %d cases bit-equal", len(cases)-bad, len(cases))
}

func (c *record) histogram(t *testing.T, i int) bool {
	r := rangeOf(c.Range)
	h := NewHistogram(r)
	for _, x := range c.xs {
		if err := h.Observe(x); err != nil {
			return equal(t, i, c.Kind, "error", err.Error(), c.Err)
		}
	}
	mn, mx := h.Range()
	ok := equal(t, i, c.Kind, "histogram", [3]uint32{bits(mn), bits(mx), checksum(t, h.Counts())}, c.Hist)
	if !h.Empty() {
		lo, hi := h.Search()
		ok = equal(t, i, c.Kind, "search", [2]uint32{bits(lo), bits(hi)}, [2]uint32(c.Search)) && ok
	}
	p, err := h.Param()
	if c.Err != "" {
		return equal(t, i, c.Kind, "error", fmt.Sprint(err), c.Err) && ok
	}
	if err != nil {
		t.Errorf("case %d, %s: %v", i, c.Kind, err)
		return false
	}
	ok = equal(t, i, c.Kind, "param", [2]int64(paramBits(p)), [2]int64(c.Param)) && ok
	q := Quantize(c.xs[len(c.xs)-1], p, r)
	d := Dequantize(q, p)
	return equal(t, i, c.Kind, "cast", [2]uint32{checksum(t, q), checksum(t, d)}, [2]uint32(c.Cast)) && ok
}

func (c *record) minMax(t *testing.T, i int) bool {
	if c.MinMax == nil {
		return true
	}
	m := NewMinMax(rangeOf(c.Range))
	for _, x := range c.xs {
		m.Observe(x)
	}
	p, err := m.Param()
	if err != nil {
		t.Errorf("case %d, %s: %v", i, c.Kind, err)
		return false
	}
	return equal(t, i, c.Kind, "min and max", [2]int64(paramBits(p)), [2]int64(c.MinMax))
}

func (c *record) channels(t *testing.T, i int) bool {
	if c.Channel == nil {
		return true
	}
	r := rangeOf(c.Range)
	o := NewPerChannel(r, 1)
	var x []float32
	var shape []int
	for _, x = range c.xs {
		shape = []int{len(x) / 12, 4, 3}
		if err := o.Observe(x, shape); err != nil {
			t.Fatal(err)
		}
	}
	ps, err := o.Params()
	if err != nil {
		t.Fatal(err)
	}
	var scales []float32
	var zeros []int64
	for _, p := range ps {
		scales, zeros = append(scales, float32(p.Scale)), append(zeros, p.Zero)
	}
	q := QuantizeChannels(x, shape, 1, ps, r)
	d := DequantizeChannels(q, shape, 1, ps)
	got := [4]uint32{checksum(t, scales), checksum(t, zeros), checksum(t, q), checksum(t, d)}
	return equal(t, i, c.Kind, "channels", got, [4]uint32(c.Channel))
}

func equal[T comparable](t *testing.T, i int, kind, what string, got, want T) bool {
	t.Helper()
	if got != want {
		t.Errorf("case %d, %s: %s %v; recorded %v", i, kind, what, got, want)
	}
	return got == want
}

func TestObserveIsDeterministic(t *testing.T) {
	for i, c := range load(t) {
		if i%10 != 0 {
			continue
		}
		r := rangeOf(c.Range)
		if c.Err != "" {
			continue
		}
		a := observed(t, r, c.xs...)
		b := observed(t, r, c.xs...)
		first, again, other := a.search(), a.search(), b.search()
		for _, w := range []*window{&first, &again, &other} {
			if w.err != w.err {
				w.err = -1 // a NaN is not equal to itself
			}
		}
		if a.hist != b.hist || first != again || first != other {
			t.Errorf("case %d: two runs differ", i)
		}
	}
}

func TestClone(t *testing.T) {
	a := observed(t, hist8, list(1, 2))
	b := a.Clone()
	if err := b.Observe(list(-5, inf(1))); err != nil {
		t.Fatal(err)
	}
	if want := observed(t, hist8, list(1, 2)); a.hist != want.hist || a.mn != 1 || a.mx != 2 {
		t.Error("the original changed")
	}
	if want := observed(t, hist8, list(1, 2), list(-5)); b.hist != want.hist || b.mn != -5 {
		t.Error("the clone did not go on from the original")
	}
}

func TestNaN(t *testing.T) {
	nan := float32(math.NaN())
	h := observed(t, hist8, list(1, 2))
	before := *h
	err := h.Observe(list(3, nan))
	var he *HistcError
	if !errors.As(err, &he) || err.Error() != "torch.histc: range of [nan, nan] is not finite" {
		t.Errorf("error %v", err)
	}
	if h.hist != before.hist || h.mx != 2 {
		t.Error("a refused batch was counted")
	}
	m := NewMinMax(hist8)
	m.Observe(list(3, nan))
	m.Observe(list(1))
	_, err = m.Param()
	var oe *OrderError
	if !errors.As(err, &oe) || err.Error() != "min nan should be less than max nan" {
		t.Errorf("error %v", err)
	}
}

func TestEmptyAndInfiniteBatches(t *testing.T) {
	h := observed(t, hist8, nil, list(inf(1), inf(-1)))
	if !h.Empty() {
		t.Error("not empty")
	}
	if lo, hi := h.Search(); lo != inf(1) || hi != inf(-1) {
		t.Errorf("search %v, %v", lo, hi)
	}
}

// Values upstream gives where float32 overflows.
func TestParamOfOverflow(t *testing.T) {
	big := float32(3e38)
	sym := hist8
	sym.Scheme = PerTensorSymmetric
	for _, c := range []struct {
		mn, mx float32
		r      Range
		want   Param
	}{
		{inf(-1), inf(1), hist8, Param{math.Inf(1), 127}},
		{inf(-1), inf(1), histU8, Param{math.Inf(1), 0}},
		{inf(1), inf(1), hist8, Param{math.Inf(1), -128}},
		{inf(-1), inf(-1), hist8, Param{math.Inf(1), 127}},
		{-big, big, hist8, Param{math.Inf(1), -128}},
		{-big, big, sym, Param{2.3529411049720765e+36, 0}},
		{inf(1), inf(-1), hist8, Param{1, 0}},
	} {
		if got, err := ParamOf(c.mn, c.mx, c.r); err != nil || got != c.want {
			t.Errorf("%v, %v: %v, %v; want %v", c.mn, c.mx, got, err, c.want)
		}
	}
}

func TestErrors(t *testing.T) {
	_, err := ParamOf(0, 1, Range{Min: 1, Max: 5, Bits: 8, Eps: eps8})
	var le *LimitError
	if !errors.As(err, &le) {
		t.Errorf("error %v", err)
	}
	_, err = ParamOf(2, 1e-5, hist8)
	if err == nil || err.Error() != "min 2.0 should be less than max 9.999999747378752e-06" {
		t.Errorf("error %v", err)
	}
	c := NewPerChannel(weight, 1)
	if err := c.Observe(list(1, 2), []int{1, 2}); err != nil {
		t.Fatal(err)
	}
	for _, shape := range [][]int{{2}, {1, 3}, {2, 1}, {-1, -2}, nil} {
		var se *ShapeError
		if err := c.Observe(list(1, 2), shape); !errors.As(err, &se) {
			t.Errorf("shape %v: error %v", shape, err)
		}
	}
	if mn, _ := c.Ranges(); !slices.Equal(mn, list(1, 2)) {
		t.Errorf("ranges %v after refused shapes", mn)
	}
	two := []Param{{1, 0}, {1, 0}}
	if QuantizeChannels(list(1, 2, 3), []int{3}, 0, two, weight) != nil || DequantizeChannels([]int32{1}, nil, 0, two) != nil {
		t.Error("shapes that disagree gave a result")
	}
}

func TestCounterStops(t *testing.T) {
	h := observed(t, hist8, make([]float32, maxCount+5))
	if got := h.Counts()[1024]; got != maxCount {
		t.Errorf("bin holds %v; want %d", got, maxCount)
	}
}

func FuzzHistogram(f *testing.F) {
	f.Add([]byte{0, 0, 128, 63, 0, 0, 0, 64}, uint8(0), uint8(1))
	f.Add([]byte{255, 255, 127, 127, 255, 255, 127, 255, 1, 0, 0, 0}, uint8(1), uint8(2))
	f.Add([]byte{0, 0, 128, 127, 0, 0, 192, 127, 0, 0, 128, 255}, uint8(2), uint8(0))
	f.Add([]byte{1, 0, 0, 0, 2, 0, 0, 128, 205, 204, 108, 192}, uint8(3), uint8(1))
	names := []string{"i8", "i8n", "u8", "i8s", "i16s", "i16f"}
	f.Fuzz(func(t *testing.T, raw []byte, kind, cut uint8) {
		r := rangeOf(names[int(kind)%len(names)])
		x := make([]float32, len(raw)/4)
		for i := range x {
			x[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
		}
		n := min(int(cut), len(x))
		h, m := NewHistogram(r), NewMinMax(r)
		for _, part := range [][]float32{x[:n], x[n:]} {
			m.Observe(part)
			if err := h.Observe(part); err != nil {
				return
			}
		}
		p, err := h.Param()
		mn, mx := h.Range()
		if err != nil && mx-mn <= math.MaxFloat32 {
			t.Fatalf("range %v, %v: %v", mn, mx, err)
		}
		if err == nil {
			sane(t, p, r)
		}
		if p, err = m.Param(); err != nil {
			t.Fatal(err)
		}
		sane(t, p, r)
	})
}

// sane checks what holds for every parameter of a range.
func sane(t *testing.T, p Param, r Range) {
	t.Helper()
	if !(p.Scale > 0) || p.Zero < r.Min || p.Zero > r.Max || float64(float32(p.Scale)) != p.Scale {
		t.Fatalf("param %v for %v", p, r)
	}
	for _, q := range Quantize([]float32{0, -1, 1, inf(1), inf(-1)}, p, r) {
		if int64(q) < r.Min || int64(q) > r.Max {
			t.Fatalf("param %v: integer %d", p, q)
		}
	}
}
