package diff

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"seam/internal/snapshot"
)

// doc is a snapshot of operators: "name:op@D1", one a word; "name:op@H" is on the CPU.
func doc(ops string) *snapshot.Doc {
	d := &snapshot.Doc{Stages: []string{"partitioned"}}
	at := map[string]int{}
	for i, w := range strings.Fields(ops) {
		name, rest, _ := strings.Cut(w, ":")
		op, where, _ := strings.Cut(rest, "@")
		n := snapshot.Node{ID: i, Name: name, Op: op, Placement: &snapshot.Placement{Kind: "npu", ID: where}}
		if where == "H" {
			n.Placement = &snapshot.Placement{Kind: "host", ID: "H1"}
			n.Refusals = []snapshot.Refusal{{Rule: "P-X", Text: "no\n such thing", First: true}}
			d.Summary.Stranded++
		} else {
			j, ok := at[where]
			if !ok {
				j = len(d.Delegates)
				at[where] = j
				d.Delegates = append(d.Delegates, snapshot.Delegate{ID: where})
			}
			d.Delegates[j].Nodes = append(d.Delegates[j].Nodes, i)
		}
		d.Nodes = append(d.Nodes, n)
	}
	d.Summary.Delegates = len(d.Delegates)
	return d
}

func TestDelegates(t *testing.T) {
	tests := []struct {
		name, before, after string
		want                string // kind, before, after
	}{
		{"same", "a:x@D1 b:y@D1", "a:x@D1 b:y@D1", ""},
		{"renumbered", "a:x@D1 b:y@D2", "a:x@D2 b:y@D1", ""},
		{"merged", "a:x@D1 b:y@H c:z@D2", "a:x@D1 b:y@D1 c:z@D1", "merged D1,D2>D1 +b"},
		{"split", "a:x@D1 b:y@D1 c:z@D1", "a:x@D1 b:y@H c:z@D2", "split D1>D1,D2 -b"},
		{"split in three", "a:x@D1 b:y@D1 c:z@D1", "a:x@D1 b:y@D2 c:z@D3", "split D1>D1,D2,D3"},
		{"rearranged", "a:x@D1 b:y@D1 c:z@D2", "a:x@D1 b:y@D2 c:z@D2", "rearranged D1,D2>D1,D2"},
		{"new", "a:x@H", "a:x@D1", "new >D1 +a"},
		{"gone", "a:x@D1", "a:x@H", "gone D1> -a"},
		{"changed", "a:x@D1 b:y@D1", "a:x@D1 b:y@H", "changed D1>D1 -b"},
		{"a node more", "a:x@D1", "a:x@D1 n:v@D1", "changed D1>D1 +n"},
		{"other numbers in names", "cat:c@D1 cat_1:c@D1", "cat_1:c@D1 cat_2:c@D1", ""},
		{"quantize nodes alone", "q:quantized_decomposed.q@D1", "q:quantized_decomposed.q@D1", ""},
		{"quantize nodes do not count", "a:x@D1 q:quantized_decomposed.q@D1", "a:x@D1", ""},
	}
	for _, x := range tests {
		var got []string
		for _, p := range Docs(doc(x.before), doc(x.after), "a", "b").Delegates {
			s := p.Kind + " " + strings.Join(p.Before, ",") + ">" + strings.Join(p.After, ",")
			for _, n := range p.Gained {
				s += " +" + n
			}
			for _, n := range p.Lost {
				s += " -" + n
			}
			got = append(got, s)
		}
		if s := strings.Join(got, "; "); s != x.want {
			t.Errorf("%s: %q, want %q", x.name, s, x.want)
		}
	}
}

// TestSymmetric swaps the two: what one way gains, the other loses.
func TestSymmetric(t *testing.T) {
	a, b := doc("a:x@D1 b:y@H c:z@D2 d:w@H"), doc("a:x@D1 b:y@D1 c:z@D1 e:v@H")
	r, back := Docs(a, b, "a", "b"), Docs(b, a, "b", "a")
	if !slices.Equal(r.Stranded.Gained, back.Stranded.Lost) || !slices.Equal(r.Stranded.Lost, back.Stranded.Gained) {
		t.Errorf("%+v against %+v", r.Stranded, back.Stranded)
	}
	if len(r.Stranded.Gained) != 1 || r.Stranded.Gained[0].Node != "e" || r.Stranded.Gained[0].Why != "no such thing" {
		t.Errorf("gained %+v", r.Stranded.Gained)
	}
	if r.Equal || !Docs(a, a, "a", "a").Equal {
		t.Error("equal where it is not, or the other way round")
	}
}

func TestScales(t *testing.T) {
	group := func(scale float64, zero int64, members ...string) snapshot.Group {
		return snapshot.Group{Members: members, Scale: &scale, ZeroPoint: &zero}
	}
	a := &snapshot.Doc{Groups: []snapshot.Group{group(0.5, 0, "x"), group(0.5, 1, "y", "x->y"), group(1, 0, "only")}}
	b := &snapshot.Doc{Groups: []snapshot.Group{group(1, 0, "x", "y"), group(0.5, 1, "x->y")}}
	r := Docs(a, b, "a", "b")
	want := []Scale{{"x", 0.5, 1, [2]int64{0, 0}, 1}, {"y", 0.5, 1, [2]int64{1, 0}, 1}}
	if !slices.Equal(r.Scales, want) {
		t.Errorf("%+v, want %+v", r.Scales, want)
	}
}

func TestCrossings(t *testing.T) {
	cross := func(names ...string) []snapshot.Boundary {
		b := snapshot.Boundary{ID: "B1", From: "D1", To: "H1"}
		for _, n := range names {
			b.Tensors = append(b.Tensors, snapshot.Tensor{Node: -1, Name: n, Bytes: 4})
		}
		return []snapshot.Boundary{b}
	}
	r := Docs(&snapshot.Doc{Boundaries: cross("x", "y")}, &snapshot.Doc{Boundaries: cross("y", "z")}, "a", "b")
	if len(r.Crossings.Gained) != 1 || r.Crossings.Gained[0].Tensor != "z" || len(r.Crossings.Lost) != 1 || r.Crossings.Lost[0].Tensor != "x" {
		t.Errorf("%+v", r.Crossings)
	}
}

// TestLongLists cuts the text and not the JSON.
func TestLongLists(t *testing.T) {
	var a, b snapshot.Doc
	for i := range 40 {
		name := "n" + strings.Repeat("x", i)
		s1, s2, z := 1.0, 2.0, int64(0)
		a.Groups = append(a.Groups, snapshot.Group{Members: []string{name}, Scale: &s1, ZeroPoint: &z})
		b.Groups = append(b.Groups, snapshot.Group{Members: []string{name}, Scale: &s2, ZeroPoint: &z})
	}
	r := Docs(&a, &b, "a", "b")
	var text, js bytes.Buffer
	if r.WriteText(&text) != nil || r.WriteJSON(&js) != nil {
		t.Fatal("it cannot be written")
	}
	if n := strings.Count(text.String(), "scale n"); n != maxRows || !strings.Contains(text.String(), "and 28 more of these") {
		t.Errorf("%d rows\n%s", n, text.String())
	}
	if n := strings.Count(js.String(), `"place"`); n != 40 {
		t.Errorf("%d places in the JSON", n)
	}
}

func TestNumber(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 999: "999", 1000: "1,000", 20480: "20,480", 1234567: "1,234,567", 97.22: "97.22"} {
		if got := number(v); got != want {
			t.Errorf("%g: %s, want %s", v, got, want)
		}
	}
}
