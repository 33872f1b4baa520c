package convert

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"seam/internal/golden"
	"seam/internal/snapshot"
)

func readDoc(t *testing.T, path string) *snapshot.Doc {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	d, err := snapshot.Read(f)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return d
}

func convert(t *testing.T, d *snapshot.Doc, format string) string {
	t.Helper()
	var b strings.Builder
	if err := Write(&b, d, format); err != nil {
		t.Fatalf("%s: %v", format, err)
	}
	return b.String()
}

// TestGolden draws a model in one delegate, and one of two delegates with an operator on the CPU between them.
func TestGolden(t *testing.T) {
	for name, path := range map[string]string{
		"linear": "../snapshot/testdata/linear.json",
		"split":  "testdata/split.json",
	} {
		d := readDoc(t, path)
		for _, format := range Formats() {
			t.Run(name+"/"+format, func(t *testing.T) {
				got := convert(t, d, format)
				golden.Compare(t, "testdata/"+name+"."+format, got)
				if again := convert(t, d, format); again != got {
					t.Errorf("written twice: %s", golden.Diff(got, again))
				}
			})
		}
	}
}

func TestUnknownFormat(t *testing.T) {
	err := Write(io.Discard, &snapshot.Doc{}, "png")
	if want := `convert to "png": want dot, mermaid, model-explorer, svg, html`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// TestEmpty draws what ended before there were nodes.
func TestEmpty(t *testing.T) {
	for _, format := range Formats() {
		convert(t, &snapshot.Doc{}, format)
	}
	parseSVG(t, convert(t, &snapshot.Doc{}, "svg"))
}

// TestHostile fills every text of a document, fields of later versions too, with what is markup somewhere.
func TestHostile(t *testing.T) {
	const evil = "<script>alert(1)</script> \"'`]]>--><![CDATA[</svg></style></title>&amp;{{.}} onload=x \x00\x1b[31m\u202e\ufffe\xff\n<img src=x>"
	plain, bad := filled("a b"), filled(evil)
	parseSVG(t, convert(t, bad, "svg"))
	for _, format := range []string{"svg", "html"} {
		got := convert(t, bad, format)
		if !utf8.ValidString(got) {
			t.Errorf("%s is not UTF-8", format)
		}
		if i := strings.IndexFunc(got, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }); i >= 0 {
			t.Errorf("%s has %q at %d", format, got[i:min(i+8, len(got))], i)
		}
		if d := golden.Diff(tags(convert(t, plain, format)), tags(got)); d != "" {
			t.Errorf("%s: the markup depends on the texts: %s", format, d)
		}
	}
}

// filled is a document in which every text, with the list around it, is s.
func filled(s string) *snapshot.Doc {
	d := &snapshot.Doc{}
	fill(reflect.ValueOf(d).Elem(), s)
	for i, id := range []string{"", "D", "H", "D", "X"} {
		n := d.Nodes[0]
		n.ID, n.Constant, n.Inputs = i, false, []int{i - 1}
		n.Placement = &snapshot.Placement{Kind: "host", ID: id + s}
		d.Nodes = append(d.Nodes[:i], n, n)
	}
	d.Nodes = d.Nodes[:5]
	return d
}

func fill(v reflect.Value, s string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(s)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), s)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(0), s)
		fill(v.Index(1), s)
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), s)
		}
	}
}

// tags is the elements of a text, one a line.
func tags(text string) string {
	return strings.Join(regexp.MustCompile(`<[/?!]?[A-Za-z0-9]+`).FindAllString(text, -1), "\n")
}

// parseSVG reads a drawing with its few elements and attributes, and returns its height.
func parseSVG(t *testing.T, text string) int {
	t.Helper()
	elements := strings.Fields("svg title rect text tspan g path")
	attrs := strings.Fields("xmlns version width height viewBox font-family font-size font-weight fill stroke stroke-width x y dx rx text-anchor d")
	height := 0
	for d := xml.NewDecoder(strings.NewReader(text)); ; {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return height
		}
		if err != nil {
			t.Fatalf("svg: %v", err)
		}
		e, ok := tok.(xml.StartElement)
		if !ok {
			continue
		}
		if !slices.Contains(elements, e.Name.Local) {
			t.Fatalf("svg has an element %s", e.Name.Local)
		}
		for _, a := range e.Attr {
			if !slices.Contains(attrs, a.Name.Local) {
				t.Fatalf("svg has an attribute %s", a.Name.Local)
			}
			if e.Name.Local == "svg" && a.Name.Local == "height" {
				fmt.Sscan(a.Value, &height)
			}
		}
	}
}

// large is a graph of n nodes in bands of the length given, in turn on the NPU and on the CPU.
func large(n, length int) *snapshot.Doc {
	d := &snapshot.Doc{Config: snapshot.Config{WhatIf: []string{"x"}}, Failed: &snapshot.Failure{Text: "y"}}
	for i := range n {
		place := &snapshot.Placement{Kind: "npu", ID: fmt.Sprintf("D%d", i/length)}
		if i/length%2 == 1 {
			place = &snapshot.Placement{Kind: "host", ID: fmt.Sprintf("H%d", i/length)}
		}
		d.Nodes = append(d.Nodes, snapshot.Node{
			ID: i, Name: fmt.Sprintf("quantized_decomposed_dequantize_per_channel_default_%d", i),
			Op: "quantized_decomposed.dequantize_per_channel.default", Type: "float32[100,100,100,100]",
			Inputs: []int{i - 1, i - 7, i - 4000}, Placement: place,
		})
		d.Boundaries = append(d.Boundaries, snapshot.Boundary{ID: fmt.Sprintf("B%d", i), Tensors: []snapshot.Tensor{{Node: i, Bytes: 1 << 30}}})
	}
	return d
}

// TestLarge draws 10,000 nodes in bands of every length that matters.
func TestLarge(t *testing.T) {
	for _, length := range []int{1, 2, 3, 4, 7, 25, 26, 40, 41, 300, 10_000} {
		text := convert(t, large(10_000, length), "svg")
		if len(text) >= 1<<20 {
			t.Errorf("bands of %d: %d bytes, want under 1 MB", length, len(text))
		}
		if height := parseSVG(t, text); height > 32767 {
			t.Errorf("bands of %d: %d pixels high, over what Cairo draws", length, height)
		}
		t.Logf("bands of %d: %d bytes", length, len(text))
	}
	text := convert(t, large(10_000, 10), "svg")
	for _, want := range []string{">... 8 more ...<", ">600 more bands with 6000 nodes left out<", " lines between places not drawn<"} {
		if !strings.Contains(text, want) {
			t.Errorf("no text %q", want)
		}
	}
}

func TestLongBand(t *testing.T) {
	for n, want := range map[int]string{40: "", 41: "... 5 more ...", 48: "... 12 more ..."} {
		text := convert(t, large(n, n), "svg")
		if has := strings.Contains(text, " more ..."); has != (want != "") || !strings.Contains(text, want) {
			t.Errorf("%d nodes: want %q", n, want)
		}
	}
}

func TestCut(t *testing.T) {
	for _, c := range []struct {
		in   string
		most int
		want string
	}{
		{"", 3, ""},
		{"abc", 3, "abc"},
		{"abcdefghij_12", 10, "abcdef…_12"},
		{"a\n\tb\x00\u202ec", 9, "a b\ufffd\ufffdc"},
		{"\xff", 1, "\ufffd"},
		{"層層層層層", 10, "層層層層層"},
		{"層層層層層層", 10, "層層層…層"},
		{"a\u0301\u0301\u0301\u0301\u0301", 4, "a\u0301…\u0301"},
		{"abc", 1, "…"},
		{"abc", 0, "…"},
	} {
		if got := cut(c.in, c.most); got != c.want {
			t.Errorf("cut(%q, %d) = %q, want %q", c.in, c.most, got, c.want)
		}
	}
}

// TestLanes puts curves that meet side by side; those from one row share a lane.
func TestLanes(t *testing.T) {
	curves := []curve{{from: 0, to: 1}, {from: 1, to: 3}, {from: 0, to: 4}, {from: 0, to: 5}, {from: 6, to: 7}}
	lanes, shared := setLanes(curves)
	var got []int
	for _, c := range curves {
		got = append(got, c.lane)
	}
	if want := []int{0, 1, 0, 0, 0}; lanes != 2 || shared != 0 || !slices.Equal(got, want) {
		t.Errorf("lanes %v of %d, %d shared; want %v of 2", got, lanes, shared, want)
	}
	curves = nil
	for i := range maxLanes + 3 {
		curves = append(curves, curve{from: i, to: 100 + i})
	}
	if lanes, shared := setLanes(curves); lanes != maxLanes || shared != 3 || curves[maxLanes+2].lane != maxLanes-1 {
		t.Errorf("%d lanes with %d shared, want %d with 3", lanes, shared, maxLanes)
	}
}
