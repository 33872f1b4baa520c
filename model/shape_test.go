package model

import (
	"slices"
	"testing"
)

func TestShape(t *testing.T) {
	s := ShapeOf(1, 16, SymDim(0), SymDim(1))
	symbols := []string{"s0", "2*s0"}
	for _, c := range []struct {
		why  string
		got  Shape
		want string
	}{
		{"as given", s, "[1,16,s0,2*s0]"},
		{"no extents", Shape{}, "[]"},
		{"ints", ShapeInts(2, 0, 3), "[2,0,3]"},
		{"with", s.With(1, 8), "[1,8,s0,2*s0]"},
		{"with, from the end", s.With(-1, 8), "[1,16,s0,8]"},
		{"append", s.Append(SymDim(2)), "[1,16,s0,2*s0,?]"},
		{"insert in front", s.Insert(0, 7), "[7,1,16,s0,2*s0]"},
		{"insert behind", s.Insert(4, 7), "[1,16,s0,2*s0,7]"},
		{"remove first", s.Remove(0), "[16,s0,2*s0]"},
		{"remove last", s.Remove(3), "[1,16,s0]"},
		{"dims", ShapeOf(s.Dims()...), "[1,16,s0,2*s0]"},
	} {
		if got := c.got.Format(symbols); got != c.want {
			t.Errorf("%s: %s, want %s", c.why, got, c.want)
		}
	}
	if s != ShapeOf(1, 16, -1, -2) || s == s.With(0, 2) || s.Remove(3) != ShapeOf(1, 16, -1) {
		t.Error("== does not compare extents")
	}
	if !s.Symbolic() || s.Numel() != -1 || s.At(-3) != 16 || !slices.Equal(s.Ints(), []int{1, 16, -1, -2}) {
		t.Errorf("symbolic %v, numel %d, at -3 %d, ints %v", s.Symbolic(), s.Numel(), s.At(-3), s.Ints())
	}
	if f := ShapeInts(2, 3, 4); f.Symbolic() || f.Numel() != 24 || (Shape{}).Numel() != 1 || ShapeInts(2, 0).Numel() != 0 {
		t.Error("element counts of plain shapes")
	}
}

func TestShapeOverMaxRankPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	ShapeOf(make([]Dim, MaxRank+1)...)
}

func TestType(t *testing.T) {
	f, s := TensorType{Float32, ShapeInts(2)}, TensorType{Int8, ShapeOf(SymDim(0))}
	tensor, list := TensorOf(f.DType, f.Shape), Type{Kind: ListKind, List: []TensorType{f, s}}
	number := Type{Kind: SymKind, Text: "s0"}
	for _, c := range []struct {
		t                Type
		tensor, symbolic bool
		first            string
	}{
		{Type{}, false, false, ""},
		{tensor, true, false, "float32[2]"},
		{list, false, true, "float32[2]"},
		{Type{Kind: ListKind}, false, false, ""},
		{number, false, false, ""},
		{TensorOf(s.DType, s.Shape), true, true, "int8[s0]"},
	} {
		first := ""
		if ft, ok := c.t.First(); ok {
			first = ft.Format([]string{"s0"})
		}
		if c.t.IsTensor() != c.tensor || c.t.Symbolic() != c.symbolic || first != c.first {
			t.Errorf("%+v: tensor %v, symbolic %v, first %q", c.t, c.t.IsTensor(), c.t.Symbolic(), first)
		}
	}
	all := []Type{{}, tensor, list, {Kind: ListKind, List: []TensorType{f, f}}, number, {Kind: SymKind, Text: "s1"}}
	for i, a := range all {
		for j, b := range all {
			if a.Equal(b) != (i == j) {
				t.Errorf("types %d and %d: equal is %v", i, j, a.Equal(b))
			}
		}
	}
}
