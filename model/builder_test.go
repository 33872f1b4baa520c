package model

import (
	"slices"
	"strings"
	"testing"
)

// chain is a graph with three readers of x, in program order.
const chain = `graph aten
symbol s0 hint=4 min=1 max=8
attr w param float32[2] = [0.5, 1.0]
%x = placeholder x : float32[s0,2]
%w = get_attr w : float32[2]
%relu = call_function aten.relu.default(%x) : float32[s0,2] !quantized#1
%abs_1 = call_function aten.abs.default(%x) : float32[s0,2] !quantized#1
%add = call_function aten.add.Tensor(%x, %x) : float32[s0,2] @ net.py:3 in block(Block)
%cat = call_function aten.cat.default([%relu, %abs_1, %add], 1)
%output = output output([%cat])
`

func parse(t *testing.T, src string) *Graph {
	t.Helper()
	g, err := Parse(src)
	if err != nil {
		t.Fatalf("parse: %v", err)
	}
	return g
}

func freeze(t *testing.T, b *Builder) (*Graph, Relation) {
	t.Helper()
	g, rel, err := b.Freeze()
	if err != nil {
		t.Fatalf("freeze: %v", err)
	}
	return g, rel
}

func names(g *Graph, ids []NodeID) string {
	var out []string
	for _, id := range ids {
		out = append(out, g.Node(id).Name)
	}
	return strings.Join(out, " ")
}

func allNames(g *Graph) string { return names(g, Identity(g.Len()).to) }

// at is the builder's number of a node that it has from g.
func at(t *testing.T, g *Graph, name string) NodeID {
	t.Helper()
	n := g.ByName(name)
	if n == None {
		t.Fatalf("no node %q", name)
	}
	return ID(n)
}

func call(op string, args ...Arg) Spec { return Spec{Kind: Call, Target: op, Args: args} }

func TestEditFreezeIsIdentity(t *testing.T) {
	g := parse(t, chain)
	h, rel := freeze(t, Edit(g))
	if a, b := String(g), String(h); a != b {
		t.Errorf("text changed:\n%s\n%s", a, b)
	}
	if want := Identity(g.Len()); !slices.Equal(rel.to, want.to) || !slices.Equal(rel.off, want.off) {
		t.Errorf("relation is %v, want the identity", rel)
	}
	for n := range NodeID(g.Len()) {
		if !slices.Equal(g.Users(n), h.Users(n)) || !slices.Equal(g.In(n), h.In(n)) || g.MarkCell(n) != h.MarkCell(n) {
			t.Errorf("%s: edges or mark place changed", g.Node(n).Name)
		}
	}
}

func TestEdges(t *testing.T) {
	g := parse(t, chain)
	x, add := g.ByName("x"), g.ByName("add")
	if got := names(g, g.In(add)); got != "x" {
		t.Errorf("add reads %s, want x once", got)
	}
	total := 0
	for n := range NodeID(g.Len()) {
		first, end := g.InEdges(n)
		for e := first; e < end; e++ {
			p, u := g.EdgeEnds(e)
			if u != n || p != g.In(n)[e-first] || g.Edge(p, n) != e {
				t.Errorf("edge %d: ends %d and %d, of node %d", e, p, u, n)
			}
			total++
		}
	}
	if total != g.Edges() {
		t.Errorf("%d edges, want %d", total, g.Edges())
	}
	if g.Edge(add, x) != None || g.ByName("none") != None || g.Output() != NodeID(g.Len()-1) {
		t.Error("an edge or node that is not there, or no output")
	}
}

func TestUsersFollowLastWrite(t *testing.T) {
	g := parse(t, chain)
	b := Edit(g)
	x, relu, abs := at(t, g, "x"), at(t, g, "relu"), at(t, g, "abs_1")
	b.SetArgs(relu, b.Node(relu).Args, nil)
	for range 10 { // more writes than the graph has nodes
		b.Touch(abs)
	}
	if got := b.Users(x); !slices.Equal(got, []NodeID{at(t, g, "add"), relu, abs}) || b.UserCount(x) != 3 {
		t.Errorf("users of x in the builder: %v", got)
	}
	h, _ := freeze(t, b)
	if got := names(h, h.Users(h.ByName("x"))); got != "add relu abs_1" {
		t.Errorf("users of x: %s", got)
	}
	b = Edit(h)
	b.At(at(t, h, "cat"))
	b.Add(call("aten.neg.default", NodeArg(at(t, h, "x"))))
	b.Touch(at(t, h, "relu"))
	h, _ = freeze(t, b)
	if got := names(h, h.Users(h.ByName("x"))); got != "add abs_1 neg relu" {
		t.Errorf("users of x after a second edit: %s", got)
	}
}

func TestReplaceUses(t *testing.T) {
	g := parse(t, chain)
	b := Edit(g)
	x, add := at(t, g, "x"), at(t, g, "add")
	b.After(x)
	neg := b.Add(call("aten.neg.default", NodeArg(x)))
	b.ReplaceUses(x, neg, neg, at(t, g, "relu"))
	h, rel := freeze(t, b)
	if got := names(h, h.Users(h.ByName("x"))); got != "relu neg" && got != "neg relu" {
		t.Errorf("users of x: %s", got)
	}
	if got := names(h, h.Users(h.ByName("neg"))); got != "abs_1 add" {
		t.Errorf("users of neg: %s", got)
	}
	for _, a := range h.Node(h.ByName("add")).Args {
		if a.Node != h.ByName("neg") {
			t.Errorf("add reads %s twice", h.Node(a.Node).Name)
		}
	}
	if got := rel.Of(h.ByName("add")); !slices.Equal(got, []NodeID{add - 1}) || len(rel.Of(h.ByName("neg"))) != 0 {
		t.Errorf("add comes from %v, neg from %v", got, rel.Of(h.ByName("neg")))
	}
	if got := names(g, g.Users(g.ByName("x"))); got != "relu abs_1 add" {
		t.Errorf("the edited graph changed: users of x are %s", got)
	}
}

func TestPlaces(t *testing.T) {
	g := parse(t, chain)
	b := Edit(g)
	x, relu := at(t, g, "x"), at(t, g, "relu")
	add := func(name string, from NodeID) {
		b.Add(Spec{Kind: Call, Target: "aten.neg.default", Name: name, Args: []Arg{NodeArg(from)}})
	}
	b.At(relu)
	add("before_1", x)
	add("before_2", x)
	b.After(relu)
	add("after_1", relu)
	add("after_2", relu)
	b.At(at(t, g, "output"))
	add("last", relu)
	h, _ := freeze(t, b)
	if got, want := allNames(h), "x w before_1 before_2 relu after_1 after_2 abs_1 add cat last output"; got != want {
		t.Errorf("order is %s, want %s", got, want)
	}
}

func TestErase(t *testing.T) {
	g := parse(t, chain)
	b := Edit(g)
	x, abs, cat := at(t, g, "x"), at(t, g, "abs_1"), at(t, g, "cat")
	b.SetArgs(cat, []Arg{ListArg(NodeArg(x))}, nil)
	b.At(abs)
	b.Erase(abs)
	b.Add(call("aten.abs.default", NodeArg(x)))
	if b.Alive(abs) || !b.Alive(x) || b.Alive(head) || b.Next(b.Last()) != None || b.Prev(b.First()) != None {
		t.Error("the list of nodes is wrong after Erase")
	}
	h, _ := freeze(t, b)
	if got, want := allNames(h), "x w relu abs_2 add cat output"; got != want {
		t.Errorf("nodes are %s, want %s", got, want)
	}
	if got := names(h, h.Users(h.ByName("x"))); got != "relu add cat abs_2" {
		t.Errorf("users of x: %s", got)
	}
}

func TestEraseOfReadNodePanics(t *testing.T) {
	g := parse(t, chain)
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	Edit(g).Erase(at(t, g, "x"))
}

func TestSources(t *testing.T) {
	g := parse(t, chain)
	b := Edit(g)
	relu, add := at(t, g, "relu"), at(t, g, "add")
	b.AtEnd()
	b.At(at(t, g, "output"))
	like := call("aten.neg.default", NodeArg(add))
	like.Like = add
	b.Add(like)
	like.From = []NodeID{relu - 1, add - 1}
	two := b.Add(like)
	own := b.Add(like)
	b.SetSource(own, nil)
	h, rel := freeze(t, b)
	for name, want := range map[string]string{"neg": "add", "neg_1": "relu add", "neg_2": "", "x": "x"} {
		if got := names(g, rel.Of(h.ByName(name))); got != want {
			t.Errorf("%s comes from %q, want %q", name, got, want)
		}
	}
	if m := h.Node(h.ByName("neg")).Meta; m != g.Node(add-1).Meta || m.Path() != "block" || m.ModuleText() != "block (Block)" {
		t.Errorf("neg has meta %+v", m)
	}
	if !slices.Equal(b.Source(two), []NodeID{relu - 1, add - 1}) {
		t.Errorf("sources of neg_1: %v", b.Source(two))
	}
}

func TestMarks(t *testing.T) {
	g := parse(t, chain)
	b := Edit(g)
	relu, abs, add := at(t, g, "relu"), at(t, g, "abs_1"), at(t, g, "add")
	b.WriteMark(relu, MarkedFloat) // abs_1 shares the place
	b.WriteMark(add, MarkedQuantized)
	if b.Mark(abs) != MarkedFloat || b.Mark(add) != MarkedQuantized {
		t.Errorf("marks are %d and %d", b.Mark(abs), b.Mark(add))
	}
	b.SetMark(relu, MarkedQuantized)
	if b.Mark(relu) != MarkedQuantized || b.Mark(abs) != MarkedFloat {
		t.Errorf("a mark of its own: %d and %d", b.Mark(relu), b.Mark(abs))
	}
	b.SetMark(add, NoMark)
	h, _ := freeze(t, b)
	if h.Mark(h.ByName("add")) != NoMark || g.Mark(g.ByName("abs_1")) != MarkedQuantized {
		t.Error("a mark was not removed, or written through to the edited graph")
	}
}

func TestDerivedConstants(t *testing.T) {
	g := parse(t, chain)
	b := Edit(g)
	b.SetAttr(Attr{Name: "w", Tensor: FromInts(Int8, ShapeInts(2), []int64{1, 2})})
	b.SetAttr(Attr{Name: "w0", Tensor: FromInts(Int8, ShapeInts(1), []int64{1})})
	b.Inputs["x"], b.Symbols[0].Expr = BufferInput, "s1"
	if got := b.FreeAttr("w"); got != "w1" {
		t.Errorf("free name %s, want w1", got)
	}
	h, _ := freeze(t, b)
	if a, _ := h.Attrs.Get("w"); a.Tensor.DType != Int8 {
		t.Errorf("derived w is %s", a.Tensor.DType)
	}
	if a, _ := g.Attrs.Get("w"); a.Tensor.DType != Float32 || g.Inputs["x"] != UserInput || g.Symbols[0].Expr != "s0" {
		t.Error("the edited graph changed")
	}
	if _, ok := g.Attrs.Get("w0"); ok || g.Attrs.Bytes() != 8 || h.Attrs.Bytes() != 11 {
		t.Errorf("constants take %d and %d bytes, want 8 and 11", g.Attrs.Bytes(), h.Attrs.Bytes())
	}
	if len(g.UserInputs()) != 1 || len(h.UserInputs()) != 0 {
		t.Error("user inputs follow the kinds of input")
	}
}
