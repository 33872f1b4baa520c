package row

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"seam/internal/golden"
	"seam/themes"
)

// texts holds what is hard to measure: wide characters, combining marks, clusters of several runes, and glyphs.
var texts = []string{
	"", "a", "conv2d_1", "●─╮ │", "█░▒", "○┊…→←", "日本語", "a日b", "e\u0301t\u00e9", "👩‍👧 x", "🇩🇪", "●\u0301", "─\ufe0f", "한글", "§", "─", "\u25fd", "\u2603",
}

func TestWidthIsThatOfTheTerminal(t *testing.T) {
	for _, s := range texts {
		if got, want := Width(s), ansi.StringWidth(s); got != want {
			t.Errorf("%q: %d cells, want %d", s, got, want)
		}
	}
	for r := rune(0x2000); r < 0x2700; r++ {
		if got, want := Width(string(r)), ansi.StringWidth(string(r)); got != want {
			t.Errorf("%U: %d cells, want %d", r, got, want)
		}
	}
}

// show writes a row as its spans.
func show(r Row) string {
	var b strings.Builder
	for _, s := range r {
		fmt.Fprintf(&b, "%c[%s]", s.Role.Letter(), s.Text)
	}
	return b.String()
}

var sample = Row{{themes.Op, "conv"}, {themes.Number, "日本"}, {themes.Dim, "xyz"}}

func TestFit(t *testing.T) {
	for _, c := range []struct {
		width int
		mark  string
		want  string
	}{
		{11, Ellipsis, "O[conv]#[日本]d[xyz]"},
		{13, Ellipsis, "O[conv]#[日本]d[xyz].[  ]"},
		{10, Ellipsis, "O[conv]#[日本]d[x]d[…]"},
		{9, EllipsisASCII, "O[conv]#[日本]d[~]"},
		{8, Ellipsis, "O[conv]#[日].[ ]#[…]"},
		{7, Ellipsis, "O[conv]#[日]#[…]"},
		{6, Ellipsis, "O[conv].[ ]#[…]"},
		{5, Ellipsis, "O[conv]#[…]"},
		{4, Ellipsis, "O[con]O[…]"},
		{1, Ellipsis, "O[…]"},
		{0, Ellipsis, ""},
		{-3, Ellipsis, ""},
		{10, "", "O[conv]#[日本]d[xy]"},
		{7, "", "O[conv]#[日].[ ]"},
		{4, "", "O[conv]"},
	} {
		if got := show(sample.FitMark(c.width, c.mark)); got != c.want {
			t.Errorf("%d cells, mark %q: %s, want %s", c.width, c.mark, got, c.want)
		}
	}
	if got := show(Row(nil).Fit(2)); got != ".[  ]" {
		t.Errorf("empty row in 2 cells: %s", got)
	}
	if got := (Row{}).Fit(300).Width(); got != 300 {
		t.Errorf("empty row in 300 cells has %d", got)
	}
}

func TestCut(t *testing.T) {
	for _, c := range []struct {
		from, to int
		want     string
	}{
		{0, 11, "O[conv]#[日本]d[xyz]"},
		{1, 3, "O[on]"},
		{2, 6, "O[nv]#[日]"},
		{5, 9, ".[ ]#[本]d[x]"},
		{5, 6, ".[ ]"},
		{4, 5, ".[ ]"},
		{5, 7, ".[ ].[ ]"},
		{8, 20, "d[xyz].[         ]"},
		{30, 32, ".[  ]"},
		{3, 3, ""},
	} {
		if got := show(sample.Cut(c.from, c.to)); got != c.want {
			t.Errorf("[%d, %d): %s, want %s", c.from, c.to, got, c.want)
		}
	}
}

func TestOverlay(t *testing.T) {
	for _, c := range []struct {
		x    int
		want string
	}{
		{0, "T[--]O[nv]#[日本]d[xyz]"},
		{5, "O[conv].[ ]T[--].[ ]d[xyz]"},
		{9, "O[conv]#[日本]d[x]T[--]"},
		{12, "O[conv]#[日本]d[xyz].[ ]T[--]"},
	} {
		if got := show(Overlay(sample, c.x, Row{{themes.Title, "--"}})); got != c.want {
			t.Errorf("at cell %d: %s, want %s", c.x, got, c.want)
		}
	}
}

func TestRender(t *testing.T) {
	th, err := themes.Load([]byte(`{"name":"x","roles":{"op":{"fg":"red"},"number":{"fg":"red"},"cursor":{"reverse":true}}}`))
	if err != nil {
		t.Fatal(err)
	}
	r := Row{{themes.Op, "a"}, {themes.Number, "b"}, {themes.Plain, " "}, {themes.Dim, ""}, {themes.Op, "c"}}
	for selected, want := range map[bool]string{
		false: "\x1b[31mab\x1b[m \x1b[31mc\x1b[m",
		true:  "\x1b[7;31mab\x1b[m\x1b[7m \x1b[m\x1b[7;31mc\x1b[m",
	} {
		var b strings.Builder
		Render(&b, r, th, selected)
		if b.String() != want {
			t.Errorf("selected %v: %q, want %q", selected, b.String(), want)
		}
	}
}

func TestPlanes(t *testing.T) {
	rows := []Row{
		Join(Row{{themes.BorderFocus, "╭"}, {themes.Title, " Graph "}}, Row{{themes.BorderFocus, "──╮"}}),
		sample.Fit(11),
		sample.Fit(8).Fit(11),
		Overlay(sample, 5, Row{{themes.Title, "--"}}),
	}
	text, roles := Planes(rows)
	golden.Compare(t, "testdata/planes.txt", text+"\n"+roles)
}

func TestSanitize(t *testing.T) {
	for in, want := range map[string]string{
		"conv2d_1":                           "conv2d_1",
		"日本 é":                               "日本 é",
		"a\tb\r\nc":                          "a b  c",
		"\x1b[31mred\x1b[0m":                 "red",
		"\x1b]0;title\x07name":               "name",
		"\x1b]8;;http://x\x1b\\link\x1b]8;;": "link",
		"a\u009b31mb":                        "a31mb",
		"a\x9bb":                             "a\ufffdb",
		"\u202eevil\u202c\u2066x\u2069":      "evilx",
		"\ufeffbom\u200f":                    "bom",
		"a\u2028b":                           "a b",
		"nul\x00bell\x07del\x7f":             "nulbelldel",
		"👩‍👧":                                "👩‍👧",
	} {
		if got := Sanitize(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func FuzzFit(f *testing.F) {
	for i, s := range texts {
		f.Add(s, "conv", 3*i%13)
	}
	f.Add("\x1b[31mred", "\u202e", 4)
	f.Fuzz(func(t *testing.T, a, b string, w int) {
		w %= 100
		a, b = Sanitize(a), Sanitize(b)
		if again := Sanitize(a); again != a {
			t.Fatalf("sanitized twice: %q, then %q", a, again)
		}
		if strings.ContainsFunc(a, isControl) {
			t.Fatalf("%q holds a control character", a)
		}
		r := Row{{themes.Op, a}, {themes.Dim, b}}
		for _, mark := range []string{Ellipsis, EllipsisASCII, ""} {
			if got := r.FitMark(w, mark).Width(); got != max(0, w) {
				t.Fatalf("%q in %d cells: %d", r, w, got)
			}
		}
		if got := r.Cut(w/2, w).Width(); got != max(0, w-w/2) {
			t.Fatalf("%q cells [%d, %d): %d", r, w/2, w, got)
		}
	})
}

// frame is the rows of a screen of 200x60 in three panes, half of them too long and half too short.
func frame() []Row {
	var rows []Row
	for y := range 60 {
		list := Row{{themes.Number, " 46 "}, {themes.Lane, "│ ●─│─╮ "}, {themes.Plain, "branch1.conv2d_7"}, {themes.Dim, "  "}, {themes.Op, "aten.conv2d.default"}, {themes.Shared, " S#6"}, {themes.Number, " .0312 "}, {themes.DelegateB, "D2"}}
		detail := Row{{themes.Key, "from "}, {themes.Path, "networks.py:251"}, {themes.Unknown, " ?"}}
		if y%2 == 0 {
			detail = append(detail, Span{themes.Code, strings.Repeat("torch.concat(x) ", 6)})
		}
		bar := Row{{themes.Border, "│"}}
		rows = append(rows, Join(bar, list.Fit(98), bar, detail.Fit(60), bar, list.Fit(38), bar))
	}
	return rows
}

func BenchmarkFrame(b *testing.B) {
	th, _ := themes.Builtin("dark")
	var out strings.Builder
	b.ReportAllocs()
	for b.Loop() {
		out.Reset()
		out.Grow(40 << 10)
		for y, r := range frame() {
			Render(&out, r, th, y == 30)
		}
	}
}

func BenchmarkRender(b *testing.B) {
	th, _ := themes.Builtin("dark")
	rows := frame()
	var out strings.Builder
	b.ReportAllocs()
	for b.Loop() {
		out.Reset()
		out.Grow(40 << 10)
		for y, r := range rows {
			Render(&out, r, th, y == 30)
		}
	}
}

func BenchmarkOverlay(b *testing.B) {
	rows := frame()
	dialog := Row{{themes.BorderFocus, "│"}, {themes.Plain, strings.Repeat("x", 78)}, {themes.BorderFocus, "│"}}
	b.ReportAllocs()
	for b.Loop() {
		for _, r := range rows {
			Overlay(r, 60, dialog)
		}
	}
}
