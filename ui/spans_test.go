package ui

import (
	"slices"
	"testing"

	"seam/internal/pipeline"
	"seam/ui/row"
)

func TestCells(t *testing.T) {
	for _, c := range []struct {
		got, want string
	}{
		{cell("relu", 6), "relu  "},
		{cell("convolution", 6), "convo…"},
		{cell("畳み込み", 5), "畳み…"},
		{cell("relu", 0), ""},
		{cellRight("7", 3), "  7"},
		{cellLeft("backends/arm/quantizer.py", 12), "…uantizer.py"},
		{nameCell("aten_convolution_default_12", 16), "convolution_12  "},
		{nameCell("quantized_decomposed_quantize_per_tensor_default_3", 20), "quantize_3          "},
		{nameCell("quantized_decomposed_dequantize_per_channel_default", 20), "dequantize_ch       "},
		{nameCell("aten_convolution_default_12", 30), "aten_convolution_default_12   "},
		{nameCell("a_name_without_a_number", 12), "a_name_with…"},
		{scaleText(0.0312), ".0312"},
		{scaleText(1.5e-7), "1.5e-7"},
		{bytesText(20480), "20,480"},
		{bytesText(-6144), "-6,144"},
		{bytesText(512), "512"},
		{count(1_230_000), "1.2M"},
		{asciiText("─ ● → 畳é"), "- o > ???"},
		{sideText(pipeline.Placement{Kind: pipeline.OnHost, Index: -1}, "input"), "input"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		text string
		w    int
		want []string
	}{
		{"one two three", 8, []string{"one two", "three"}},
		{"z=-128, in1 relu", 10, []string{"z=-128,", "in1 relu"}},
		{"a\nb", 20, []string{"a", "b"}},
		{"backends/arm/quantizer.py: X", 16, []string{"backends/arm/", "quantizer.py: X"}},
		{"averyveryverylongword", 8, []string{"averyver", "yverylon", "gword"}},
		{"", 20, []string{""}},
	} {
		if got := wrap(c.text, c.w); !slices.Equal(got, c.want) {
			t.Errorf("wrap(%q, %d) = %q, want %q", c.text, c.w, got, c.want)
		}
	}
}

// FuzzWrap: no line is too wide, and no text but spaces is lost.
func FuzzWrap(f *testing.F) {
	f.Add("one two three", 8)
	f.Add("畳み込み/x, \x1b[31mred", 9)
	f.Fuzz(func(t *testing.T, s string, w int) {
		if w < 8 || w > 500 {
			return
		}
		for _, l := range wrap(s, w) {
			if row.Width(l) > w {
				t.Errorf("wrap(%q, %d): line %q has %d cells", s, w, l, row.Width(l))
			}
		}
	})
}
