package model

import (
	"errors"
	"io"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"seam/internal/golden"
)

// TestText reads every NAME.in of the archives and compares what it prints with NAME.out, or the error with NAME.err. What is
// printed must read back as the same text.
func TestText(t *testing.T) {
	golden.EachTxtar(t, "testdata/text/*.txtar", func(t *testing.T, a *golden.Txtar) {
		for _, in := range a.Names() {
			name, ok := strings.CutSuffix(in, ".in")
			if !ok {
				continue
			}
			g, err := Parse(a.File(in))
			if err != nil {
				a.Compare(t, name+".err", err.Error())
				continue
			}
			a.Compare(t, name+".out", String(g))
			checkRoundTrip(t, g)
		}
	})
}

func checkRoundTrip(t *testing.T, g *Graph) {
	t.Helper()
	first := String(g)
	h, err := Parse(first)
	if err != nil {
		t.Fatalf("what was printed does not parse: %v\n%s", err, first)
	}
	if d := golden.Diff(first, String(h)); d != "" {
		t.Fatalf("printed, parsed and printed again: %s", d)
	}
	for n := range NodeID(g.Len()) {
		compareNodes(t, g.Node(n), h.Node(n))
		if g.Mark(n) != h.Mark(n) {
			t.Errorf("%s: mark %d came back as %d", g.Node(n).Name, g.Mark(n), h.Mark(n))
		}
	}
}

func compareNodes(t *testing.T, a, b *Node) {
	t.Helper()
	if !sameArg(ListArg(a.Args...), ListArg(b.Args...)) {
		t.Errorf("%s: arguments changed", a.Name)
	}
	for i, k := range a.Kwargs {
		if k.Name != b.Kwargs[i].Name || !sameArg(k.Arg, b.Kwargs[i].Arg) {
			t.Errorf("%s: argument %s changed", a.Name, k.Name)
		}
	}
	if a.Op != b.Op || a.Target != b.Target || !a.Type.Equal(b.Type) || a.Meta.Path() != b.Meta.Path() {
		t.Errorf("%s: came back as %+v, was %+v", a.Name, b, a)
	}
}

// sameArg compares argument trees; any NaN equals any other, since the text form has one.
func sameArg(a, b Arg) bool {
	if a.Kind == ArgFloat && b.Kind == ArgFloat && math.IsNaN(a.Float) && math.IsNaN(b.Float) {
		return true
	}
	if a.Kind != ArgList || b.Kind != ArgList || len(a.List) != len(b.List) {
		return a.Equal(b)
	}
	for i := range a.List {
		if !sameArg(a.List[i], b.List[i]) {
			return false
		}
	}
	return true
}

func TestTextOfArgs(t *testing.T) {
	deep := IntArg(1)
	for range maxArgDepth {
		deep = ListArg(deep)
	}
	for _, c := range []struct {
		a    Arg
		want string
	}{
		{Arg{}, "None"},
		{NodeArg(0), "%x"},
		{IntArg(math.MinInt64), "-9223372036854775808"},
		{FloatArg(1), "1.0"},
		{FloatArg(1e20), "1e+20"},
		{FloatArg(1e-5), "1e-05"},
		{FloatArg(0.1), "0.1"},
		{FloatArg(math.Copysign(0, -1)), "-0.0"},
		{FloatArg(math.Inf(1)), "inf"},
		{FloatArg(math.Inf(-1)), "-inf"},
		{FloatArg(math.NaN()), "nan"},
		{FloatArg(math.SmallestNonzeroFloat64), "5e-324"},
		{BoolArg(true), "True"},
		{StrArg("None"), `"None"`},
		{StrArg("a\"b\n\xff"), `"a\"b\n\xff"`},
		{ConstArg("torch.int8"), "torch.int8"},
		{ConstArg("device(type='cpu')"), `$"device(type='cpu')"`},
		{ConstArg("2*s0"), `$"2*s0"`},
		{ConstArg("None"), `$"None"`},
		{ConstArg("nan"), `$"nan"`},
		{ConstArg(""), `$""`},
		{ListArg(), "[]"},
		{ListArg(IntArg(1), ListArg(FloatArg(2), Arg{}), NodeArg(0)), "[1, [2.0, None], %x]"},
		{deep, strings.Repeat("[", maxArgDepth) + "1" + strings.Repeat("]", maxArgDepth)},
	} {
		b := NewBuilder(ATen)
		x := b.Add(Spec{Kind: Placeholder, Target: "x"})
		a := c.a.Map(func(NodeID) NodeID { return x })
		b.Add(Spec{Kind: Call, Target: "f", Args: []Arg{a}, Kwargs: []KwArg{{"k", a}}})
		g, _ := freeze(t, b)
		if want := "%f = call_function f(" + c.want + ", k=" + c.want + ")\n"; !strings.HasSuffix(String(g), want) {
			t.Errorf("got %swant %s", String(g), want)
		}
		checkRoundTrip(t, g)
	}
}

func TestTextOfConstants(t *testing.T) {
	for _, c := range []struct {
		x    *Tensor
		want string
	}{
		{nil, ""},
		{&Tensor{Float32, ShapeInts(8, 8), nil}, " float32[8,8]"},
		{&Tensor{Float32, ShapeInts(2), nil}, " float32[2]"},
		{FromFloats(ShapeInts(17), make([]float32, 17)), " float32[17]"},
		{FromFloats(ShapeInts(2), []float32{0.1, float32(math.Inf(-1))}), " float32[2] = [0.1, -inf]"},
		{FromFloats(Shape{}, []float32{-3}), " float32[] = [-3.0]"},
		{FromFloats(ShapeInts(0), nil), " float32[0] = []"},
		{FromInts(Int8, ShapeInts(1, 2), []int64{-128, 127}), " int8[1,2] = [-128, 127]"},
		{FromInts(Uint64, ShapeInts(1), []int64{-1}), " uint64[1] = [-1]"},
		{FromInts(Bool, ShapeInts(2), []int64{1, 0}), " bool[2] = [1, 0]"},
		{&Tensor{Float16, ShapeInts(2), []byte{0, 0x3c, 0, 0x40}}, " float16[2] = 0x003c0040"},
		{&Tensor{Float64, ShapeInts(1), []byte{0, 0, 0, 0, 0, 0, 0xf0, 0x3f}}, " float64[1] = 0x000000000000f03f"},
		{&Tensor{Unknown, ShapeInts(1), []byte{}}, " ?[1]"},
		{&Tensor{Int8, ShapeInts(3), []byte{1}}, " int8[3]"},
	} {
		b := NewBuilder(Edge)
		b.SetAttr(Attr{Name: "w", Param: true, Tensor: c.x})
		g, _ := freeze(t, b)
		if got, want := String(g), "graph edge\nattr w param"+c.want+"\n"; got != want {
			t.Errorf("got %swant %s", got, want)
		}
		checkRoundTrip(t, g)
		h := parse(t, String(g))
		if a, _ := h.Attrs.Get("w"); c.x != nil && strings.Contains(c.want, "=") && string(a.Tensor.Raw) != string(c.x.Raw) {
			t.Errorf("%s: bytes came back as %x, want %x", c.want, a.Tensor.Raw, c.x.Raw)
		}
	}
}

// TestTextOfDerivedGraph prints what only an edited graph has: constants over those of the graph before it, and names that a
// Namespace would not give.
func TestTextOfDerivedGraph(t *testing.T) {
	b := Edit(parse(t, chain))
	b.SetAttr(Attr{Name: "z", Tensor: FromInts(Int8, ShapeInts(1), []int64{1})})
	b.SetAttr(Attr{Name: "w", Tensor: FromInts(Int8, ShapeInts(1), []int64{2})})
	b.Node(ID(0)).Name = "input"
	g, _ := freeze(t, b)
	text := String(g)
	if want := "attr w buffer int8[1] = [2]\nattr z buffer int8[1] = [1]\n%input = placeholder x"; !strings.Contains(text, want) {
		t.Errorf("no %q in\n%s", want, text)
	}
	checkRoundTrip(t, g)
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestPrint(t *testing.T) {
	g := parse(t, chain)
	var b strings.Builder
	if err := Print(&b, g); err != nil || b.String() != String(g) || b.String() != chain {
		t.Errorf("error %v, text\n%s", err, b.String())
	}
	if err := Print(brokenWriter{}, g); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("error %v, want the writer's", err)
	}
}

func TestParseErrors(t *testing.T) {
	_, err := Parse("graph aten\n\n%x = what\n")
	var s *SyntaxError
	if !errors.Is(err, ErrSyntax) || !errors.As(err, &s) || s.Line != 3 || s.Why == "" {
		t.Errorf("error %#v, want one of line 3", err)
	}
	for _, src := range []string{"", "\n#\n", strings.Repeat(" ", maxTextBytes+1)} {
		if _, err := Parse(src); !errors.Is(err, ErrSyntax) {
			t.Errorf("%d bytes: error %v", len(src), err)
		}
	}
	open := "graph aten\n%x = placeholder x(" + strings.Repeat("[", 1<<20)
	subs := strings.Repeat("graph aten\nsub s {\n", maxSubDepth+2)
	for _, src := range []string{open, subs} {
		if _, err := Parse(src); err == nil || !strings.Contains(err.Error(), "nested deeper") {
			t.Errorf("deep nesting: error %v", err)
		}
	}
}

// FuzzParse: no text makes Parse panic, its errors wrap ErrSyntax, and what it accepts survives a round trip.
func FuzzParse(f *testing.F) {
	paths, _ := filepath.Glob("testdata/text/*.txtar")
	for _, path := range paths {
		a, err := txtar.ParseFile(path)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range a.Files {
			f.Add(string(file.Data))
		}
	}
	f.Fuzz(func(t *testing.T, src string) {
		g, err := Parse(src)
		if err != nil {
			if !errors.Is(err, ErrSyntax) {
				t.Fatalf("error %v does not wrap ErrSyntax", err)
			}
			return
		}
		checkRoundTrip(t, g)
	})
}

func BenchmarkText(b *testing.B) {
	src := strings.Repeat("%NAME = call_function aten.conv2d.default(%x, None, [1, 1], 0.5) : float32[1,8,8,8] @ net.py:12 in a.b(C)\n", 10000)
	var lines []string
	for i, l := range strings.Split(src, "\n") {
		lines = append(lines, strings.Replace(l, "NAME", "n_"+strings.Repeat("x", i%7)+"_"+string(rune('a'+i%26))+floatText(float64(i), 64), 1))
	}
	src = "graph aten\n%x = placeholder x\n" + strings.Join(lines, "\n")
	g, err := Parse(src)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("parse", func(b *testing.B) {
		for b.Loop() {
			if _, err := Parse(src); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("print", func(b *testing.B) {
		for b.Loop() {
			if err := Print(io.Discard, g); err != nil {
				b.Fatal(err)
			}
		}
	})
}
