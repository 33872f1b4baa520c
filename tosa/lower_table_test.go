package tosa

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"testing"

	"seam/model"
)

func affine(d model.DType, scale float64, zero int) *qargs {
	lo, hi := limits(d)
	if d == model.Int16 {
		lo = -32767
	}
	return &qargs{scales: []float64{scale}, zeros: []int{zero}, lo: lo, hi: hi, dtype: d}
}

// call is an edge operator without operands, for its function.
func call(op string, kw ...model.KwArg) *model.Node { return &model.Node{Target: op, Kwargs: kw} }

// digest is the first 16 hex digits of the SHA-256 of a table's bytes.
func digest(d model.DType, v []int64) string {
	sum := sha256.Sum256(model.FromInts(d, model.ShapeInts(len(v)), v).Raw)
	return hex.EncodeToString(sum[:8])
}

// TestTable8 holds vectors 24 to 31 of lower.md 11.
func TestTable8(t *testing.T) {
	codes := []int{-128, -96, -64, -32, -3, 0, 1, 32, 64, 96, 127}
	for _, c := range []struct {
		op   string
		in   float64
		zin  int
		out  float64
		zout int
		want []int64
		sha  string
	}{
		{"aten.sigmoid.default", 0.05, -3, 0.00390625, -128, []int64{-128, -126, -116, -79, 0, 10, 13, 90, 119, 126, 127}, "98f4f43a60e78cdf"},
		{"aten.tanh.default", 0.03125, 10, 0.0078125, 0, []int64{-128, -128, -126, -111, -49, -39, -35, 76, 120, 127, 127}, "3292131adef53e65"},
		{"aten.exp.default", 0.0625, 127, 0.00392156862745098, -128, []int64{-128, -128, -128, -128, -128, -128, -128, -127, -123, -91, 127}, "3c4c5c52fe13d20b"},
		{"aten.reciprocal.default", 0.015625, -128, 0.00390625, -128, []int64{127, 127, 127, 43, 3, 0, -1, -26, -43, -55, -64}, "d94d33796101f8ad"},
		{"aten.gelu.default", 0.046875, 5, 0.03125, -122, []int64{-122, -122, -122, -124, -126, -125, -125, -86, -34, 14, 61}, "041378710fe3703d"},
		{"aten.hardswish.default", 0.05, 0, 0.04, -119, []int64{-119, -119, -119, -128, -121, -119, -118, -88, -39, 1, 40}, "53587c2b909e413d"},
		{"aten.log.default", 0.02, -128, 0.03, 20, []int64{-128, 5, 28, 42, 51, 51, 52, 59, 65, 70, 74}, "f13dd839f267ff43"},
		{"aten.rsqrt.default", 0.01, -128, 0.1, -128, []int64{127, -110, -116, -118, -119, -119, -119, -120, -121, -121, -122}, "ce3ccf36b06ccc32"},
	} {
		got := table8(tableFuncOf(call(c.op)), affine(model.Int8, c.in, c.zin), affine(model.Int8, c.out, c.zout))
		for i, code := range codes {
			if got[code+128] != c.want[i] {
				t.Errorf("%s: code %d -> %d, want %d", c.op, code, got[code+128], c.want[i])
			}
		}
		if d := digest(model.Int8, got); d != c.sha {
			t.Errorf("%s: digest %s, want %s", c.op, d, c.sha)
		}
	}
}

// TestTable16 holds vectors 32 to 34 of lower.md 11.
func TestTable16(t *testing.T) {
	at := []int{0, 1, 64, 128, 255, 256, 257, 384, 511, 512}
	for _, c := range []struct {
		op      string
		in, out float64
		want    []int64
		sha     string
	}{
		{"aten.sigmoid.default", 0.00024414062, 3.0517578e-05, []int64{11, 11, 81, 589, 16128, 16384, 16640, 32179, 32757, 32757}, "6cea631df2e41d4f"},
		{"aten.tanh.default", 0.000244140625, 3.0517578125e-05, []int64{-32767, -32767, -32767, -32746, -1024, 0, 1024, 32746, 32767, 32767}, "fdc7a2c045e78faf"},
		{"aten.exp.default", 0.0001220703125, 0.00048828125, []int64{38, 38, 102, 277, 2016, 2048, 2080, 15133, 32767, 32767}, "390537c153157d77"},
	} {
		got, shift := table16(tableFuncOf(call(c.op)), affine(model.Int16, c.in, 0), affine(model.Int16, c.out, 0))
		for i, k := range at {
			if got[k] != c.want[i] {
				t.Errorf("%s: entry %d is %d, want %d", c.op, k, got[k], c.want[i])
			}
		}
		if d := digest(model.Int16, got); d != c.sha || shift != 0 {
			t.Errorf("%s: digest %s and shift %d, want %s and 0", c.op, d, shift, c.sha)
		}
	}
}

// TestTableFunctions says that every operator whose rule is table has a function.
func TestTableFunctions(t *testing.T) {
	rule := func(r emitRow) string { return fmt.Sprintf("%p", r.Emit) }
	table := rule(*emitRowOf("aten.exp.default"))
	for _, r := range emitRows {
		if f := tableFuncOf(call(r.Op)); (f != nil) != (rule(r) == table) {
			t.Errorf("%s: has a function: %v", r.Op, f != nil)
		}
	}
}

func TestResizeAxis(t *testing.T) {
	for _, c := range []struct {
		in, out          int
		nearest, corners bool
		want             axisResize
	}{
		{16, 32, false, false, axisResize{4, 2, -1, 1}},
		{8, 16, true, false, axisResize{4, 2, -1, 1}},
		{8, 8, true, false, axisResize{2, 2, 0, 0}},
		{5, 8, true, false, axisResize{16, 10, -8, -2}},
		{5, 9, false, true, axisResize{4, 2, 0, 0}},
		{1, 4, false, true, axisResize{8, 2, 0, 6}},
	} {
		got := resizeAxis(c.in, c.out, c.nearest, c.corners)
		if got != c.want {
			t.Errorf("resizeAxis(%d, %d, %v, %v) = %v, want %v", c.in, c.out, c.nearest, c.corners, got, c.want)
		}
		if size := (c.in-1)*got.n - got.offset + got.border; size%got.d != 0 || size/got.d+1 != c.out {
			t.Errorf("resizeAxis(%d, %d, %v, %v) gives another size", c.in, c.out, c.nearest, c.corners)
		}
	}
}

func TestPadAfter(t *testing.T) {
	for _, c := range []struct {
		size, kernel, stride, pad int
		ceil                      bool
		want                      int
	}{
		{16, 2, 2, 0, false, 0},
		{112, 3, 2, 1, false, 0},
		{7, 3, 2, 1, false, 1},
		{5, 2, 2, 0, true, 1},
		{5, 2, 2, 0, false, -1},
	} {
		got := padAfter(c.size, c.kernel, c.stride, c.pad, c.ceil)
		if got != c.want || (c.size+c.pad+got-c.kernel)%c.stride != 0 {
			t.Errorf("padAfter(%d, %d, %d, %d, %v) = %d, want %d", c.size, c.kernel, c.stride, c.pad, c.ceil, got, c.want)
		}
	}
}

func TestConvPads(t *testing.T) {
	for _, c := range []struct {
		in, kernel, stride, pad, dilate int
		want                            []int
	}{
		{64, 5, 1, 2, 1, []int{2, 2}},
		{49, 10, 2, 5, 1, []int{5, 4}},
		{32, 3, 2, 1, 1, []int{1, 0}},
		{50, 3, 1, 4, 4, []int{4, 4}},
	} {
		p := &convPlan{in: []int{1, 1, c.in}, kernel: []int{1, 1, c.kernel}, stride: []int{c.stride}, pad: []int{c.pad}, dilate: []int{c.dilate}}
		if got := p.pads(); !slices.Equal(got, c.want) {
			t.Errorf("kernel %d on %d: pads %v, want %v", c.kernel, c.in, got, c.want)
		}
	}
}

func TestReordered(t *testing.T) {
	w := model.FromInts(model.Int8, model.ShapeInts(2, 3), []int64{1, 2, 3, 4, 5, 6})
	r := reordered(w, []int{2, 3, 1}, []int{1, 0, 2}, 3, 1, 2)
	if v, _ := r.Ints(); !slices.Equal(v, []int64{1, 4, 2, 5, 3, 6}) || r.Shape != model.ShapeInts(3, 1, 2) {
		t.Errorf("reordered to %v %v", r.Shape, v)
	}
	if v, _ := part(w, []int{0, 1}, []int{2, 2}).Ints(); !slices.Equal(v, []int64{2, 3, 5, 6}) {
		t.Errorf("part is %v", v)
	}
}
