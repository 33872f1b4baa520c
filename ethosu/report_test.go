package ethosu

import (
	"strings"
	"testing"
)

// The wrapping of upstream's report: words move whole, longer ones fill the line.
func TestWrapCell(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string
	}{
		{
			"Convolution needs to have kernel_y<=64, kernel_x*kernel_y<=4096, got kernel (2, 65)",
			[]string{"Convolution needs to have", "kernel_y<=64,", "kernel_x*kernel_y<=4096, got kernel", "(2, 65)"},
		},
		{"('conv2d_1', 'builtin_function_or_method.conv2d')", []string{"('conv2d_1', 'builtin_function_or_m", "ethod.conv2d')"}},
		{"('cat_1', 'builtin_function_or_method.cat')", []string{"('cat_1',", "'builtin_function_or_method.cat')"}},
	} {
		if got := wrapCell(c.text, reportWidth); strings.Join(got, "|") != strings.Join(c.want, "|") {
			t.Errorf("%q: got %q, want %q", c.text, got, c.want)
		}
	}
}

func TestFancyGrid(t *testing.T) {
	got := fancyGrid([][]string{{"Node name", "n"}, {"aten_cat_default", "1"}, {"b", "20"}}, 0)
	want := strings.Join([]string{
		"╒══════════════════╤════╕",
		"│ Node name        │  n │",
		"╞══════════════════╪════╡",
		"│ aten_cat_default │  1 │",
		"├──────────────────┼────┤",
		"│ b                │ 20 │",
		"╘══════════════════╧════╛",
	}, "\n")
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
