package match

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		query string
		want  []Term
	}{
		{"", nil},
		{"  ", nil},
		{"conv", []Term{{Text: "conv"}}},
		{"conv  relu", []Term{{Text: "conv"}, {Text: "relu"}}},
		{"~cv2", []Term{{Text: "cv2", Fuzzy: true}}},
		{"!relu", []Term{{Text: "relu", Not: true}}},
		{"!!relu", []Term{{Text: "relu"}}},
		{"!~rl ~!rl", []Term{{Text: "rl", Not: true, Fuzzy: true}, {Text: "rl", Not: true, Fuzzy: true}}},
		{"op:cat", []Term{{Field: "op", Text: "cat"}}},
		{"!op:cat op:!cat", []Term{{Field: "op", Text: "cat", Not: true}, {Field: "op", Text: "cat", Not: true}}},
		{"op:~ct", []Term{{Field: "op", Text: "ct", Fuzzy: true}}},
		{"del:D1 spec:S#6 dtype:int8 rule:Q-CAT path:net.py", []Term{
			{Field: "del", Text: "D1"},
			{Field: "spec", Text: "S#6"},
			{Field: "dtype", Text: "int8"},
			{Field: "rule", Text: "Q-CAT"},
			{Field: "path", Text: "net.py"},
		}},
		{"op: ! ~ !op: x", []Term{{Text: "x"}}},
		{"opaque aten::cat foo:bar op", []Term{{Text: "opaque"}, {Text: "aten::cat"}, {Text: "foo:bar"}, {Text: "op"}}},
		{`path:"my net.py" "op:x"`, []Term{{Field: "path", Text: "my net.py"}, {Text: "op:x"}}},
		{`"a b`, []Term{{Text: "a b"}}},
		{"scale>0.03 !scale<=1 scale=.5 scale:3", []Term{
			{Field: "scale", Text: ">0.03"}, {Field: "scale", Text: "<=1", Not: true}, {Field: "scale", Text: "=.5"}, {Field: "scale", Text: "3"},
		}},
		{"scale", []Term{{Text: "scale"}}},
	} {
		q := Parse(c.query)
		if !reflect.DeepEqual(q.Terms, c.want) {
			t.Errorf("%q: %+v, want %+v", c.query, q.Terms, c.want)
		}
		if q.Empty() != (c.want == nil) {
			t.Errorf("%q: empty %v", c.query, q.Empty())
		}
	}
}

var node = map[string]string{
	Name: "branch1.Conv2d_7", "op": "aten.conv2d.default", "del": "D1", "spec": "S#6", "dtype": "int8", "scale": "0.0312",
}

func TestMatch(t *testing.T) {
	for query, want := range map[string]bool{
		"":                     true,
		"conv":                 true,
		"Conv":                 true,
		"CONV":                 false, // an upper-case letter makes case count
		"branch1.conv2d":       true,
		"relu":                 false,
		"!relu":                true,
		"!conv":                false,
		"conv relu":            false,
		"conv !relu op:conv2d": true,
		"~b1c7":                true,
		"b1c7":                 false,
		"~7c":                  false,
		"!~b1c7":               false,
		"~B1":                  false,
		"op:aten.conv2d":       true,
		"op:cat":               false,
		"!op:cat":              true,
		"op:~acd":              true,
		"del:d1 spec:s#6":      true,
		"rule:Q":               false,
		"scale>0.03":           true,
		"scale>.04":            false,
		"!scale>.04":           true,
		"scale<=0.0312":        true,
		"scale<0.0312":         false,
		"scale>=0.0312":        true,
		"scale=.0312":          true,
		"scale:.03":            true,
		"scale>":               false, // not a number yet: the text itself is looked for
	} {
		if _, got := Parse(query).Match(field); got != want {
			t.Errorf("%q: %v, want %v", query, got, want)
		}
	}
}

func field(f string) string { return node[f] }

func TestLiteralQuery(t *testing.T) {
	for _, q := range []Query{
		{Terms: []Term{{Text: "b1c7", Fuzzy: true}, {Text: "conv"}}},
		{Terms: []Term{{Field: "scale"}, {Fuzzy: true}}},
		{},
	} {
		if _, ok := q.Match(field); !ok {
			t.Errorf("%+v does not match", q.Terms)
		}
	}
}

func TestScaleOfNothing(t *testing.T) {
	if _, ok := Parse("scale<1").Match(func(string) string { return "-" }); ok {
		t.Error("a text that is no number satisfies a comparison")
	}
}

func TestRank(t *testing.T) {
	names := []string{"deconv2d_1", "layer.conv", "conv", "preconvolve", "conv2d", "relu", "a.rather.long.module.path.before.the.conv"}
	for query, want := range map[string][]string{
		"conv":  {"conv", "layer.conv", "a.rather.long.module.path.before.the.conv", "conv2d", "deconv2d_1", "preconvolve"},
		"~c2d":  {"conv2d", "deconv2d_1"},
		"!conv": {"relu"},
	} {
		hits, err := New(len(names), func(i int, _ string) string { return names[i] }).Search(t.Context(), Parse(query))
		if err != nil {
			t.Fatal(err)
		}
		if !slices.IsSortedFunc(hits, func(a, b Hit) int { return int(a.Index - b.Index) }) {
			t.Errorf("%q: hits are not in the order of the items: %v", query, hits)
		}
		Rank(hits)
		var got []string
		for _, h := range hits {
			got = append(got, names[h.Index])
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", query, got, want)
		}
	}
}

func TestSearchEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	get := func(i int, _ string) string {
		if i == 5000 {
			cancel()
		}
		return "conv"
	}
	hits, err := New(100_000, get).Search(ctx, Parse("conv"))
	if !errors.Is(err, context.Canceled) || len(hits) != 8192 {
		t.Errorf("cancelled at item 5000: %d hits, error %v", len(hits), err)
	}
}

func TestRanges(t *testing.T) {
	for _, c := range []struct{ query, field, text, want string }{
		{"conv", Name, "my_conv2d", "my_[conv]2d"},
		{"conv", "op", "my_conv2d", "my_conv2d"},
		{"op:conv", "op", "aten.Conv2d", "aten.[Conv]2d"},
		{"my v2", Name, "my_conv2d", "[my]_con[v2]d"},
		{"con nv2", Name, "my_conv2d", "my_[conv2]d"},
		{"~mc2", Name, "my_conv2d", "[m]y_[c]onv[2]d"},
		{"~éc", Name, "aéb日c", "a[é]b日[c]"},
		{"!conv", Name, "my_conv2d", "my_conv2d"},
		{"~zz", Name, "my_conv2d", "my_conv2d"},
		{"scale>1", "scale", "2.5", "2.5"},
	} {
		var b strings.Builder
		at := 0
		for _, r := range Parse(c.query).Ranges(c.field, c.text) {
			fmt.Fprintf(&b, "%s[%s]", c.text[at:r.From], c.text[r.From:r.To])
			at = r.To
		}
		if got := b.String() + c.text[at:]; got != c.want {
			t.Errorf("%q in %q: %s, want %s", c.query, c.text, got, c.want)
		}
	}
}

// FuzzQuery checks that no query panics, that what a term finds is what Ranges shows, and that "!" turns the answer over.
func FuzzQuery(f *testing.F) {
	f.Add("conv !~op:x", "Conv2d_1")
	f.Add(`"a b`, "a b")
	f.Add("scale>=1", "1")
	f.Add("~é", "É日é\xff")
	f.Fuzz(func(t *testing.T, query, text string) {
		get := func(string) string { return text }
		q := Parse(query)
		_, ok := q.Match(get)
		at := 0
		for _, r := range q.Ranges(Name, text) {
			if r.From < at || r.To < r.From || r.To > len(text) {
				t.Fatalf("%q in %q: range %v after byte %d", query, text, r, at)
			}
			at = r.To
		}
		if len(q.Terms) != 1 {
			return
		}
		not := q.Terms[0]
		not.Not = !not.Not
		if _, other := (Query{Terms: []Term{not}}).Match(get); other == ok {
			t.Fatalf("%q and its opposite both give %v on %q", query, ok, text)
		}
	})
}

func BenchmarkSearch(b *testing.B) {
	const n = 100_000
	names, ops := make([]string, n), make([]string, n)
	for i := range n {
		names[i] = fmt.Sprintf("backbone.layer%d.%d.conv2d_%d", i%7, i%3, i)
		ops[i] = []string{"aten.conv2d.default", "aten.relu.default", "aten.cat.default"}[i%3]
	}
	m := New(n, func(i int, field string) string {
		if field == "op" {
			return ops[i]
		}
		return names[i]
	})
	for _, query := range []string{"conv2d_9", "zzz", "~bcv99", "~zq", "op:cat", "op:cat layer3 !conv2d_1"} {
		q := Parse(query)
		b.Run(query, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := m.Search(context.Background(), q); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
