package model

import (
	"strconv"
	"strings"
)

// MaxRank is the largest rank a Shape holds. Upstream's rank check refuses above 6.
const MaxRank = 8

// Dim is one extent. Zero and above is a size; below zero it is symbolic, and -(d+1) indexes Graph.Symbols.
type Dim int64

// Symbolic says whether the extent is not a plain number.
func (d Dim) Symbolic() bool { return d < 0 }

// SymDim is the Dim that refers to symbol number i.
func SymDim(i int) Dim { return Dim(-i - 1) }

// Shape is a comparable list of up to MaxRank extents.
type Shape struct {
	rank int8
	dim  [MaxRank]Dim
}

// ShapeOf makes a Shape; more than MaxRank extents panic, so readers check first.
func ShapeOf(dims ...Dim) Shape {
	var s Shape
	if len(dims) > MaxRank {
		panic("model: rank over MaxRank")
	}
	s.rank = int8(copy(s.dim[:], dims))
	return s
}

// ShapeInts makes a Shape of plain sizes.
func ShapeInts(dims ...int) Shape {
	var s Shape
	for _, d := range dims {
		s = s.Append(Dim(d))
	}
	return s
}

// Rank is the number of extents.
func (s Shape) Rank() int { return int(s.rank) }

// At is extent i; a negative i counts from the end.
func (s Shape) At(i int) Dim {
	if i < 0 {
		i += int(s.rank)
	}
	return s.dim[i]
}

// With is s with extent i (negative counts from the end) set to d.
func (s Shape) With(i int, d Dim) Shape {
	if i < 0 {
		i += int(s.rank)
	}
	s.dim[i] = d
	return s
}

// Append is s with one more extent.
func (s Shape) Append(d Dim) Shape {
	s.dim[s.rank] = d
	s.rank++
	return s
}

// Insert is s with d put in front of extent i.
func (s Shape) Insert(i int, d Dim) Shape {
	dims := append([]Dim(nil), s.dim[:i]...)
	dims = append(append(dims, d), s.dim[i:s.rank]...)
	return ShapeOf(dims...)
}

// Remove is s without extent i.
func (s Shape) Remove(i int) Shape {
	dims := append([]Dim(nil), s.dim[:i]...)
	return ShapeOf(append(dims, s.dim[i+1:s.rank]...)...)
}

// Dims is a copy of the extents.
func (s Shape) Dims() []Dim { return append([]Dim(nil), s.dim[:s.rank]...) }

// Ints is a copy of the extents as plain numbers; symbolic ones come out negative.
func (s Shape) Ints() []int {
	out := make([]int, s.rank)
	for i := range out {
		out[i] = int(s.dim[i])
	}
	return out
}

// Symbolic says whether any extent is symbolic.
func (s Shape) Symbolic() bool {
	for i := range int(s.rank) {
		if s.dim[i] < 0 {
			return true
		}
	}
	return false
}

// Numel is the number of elements, -1 if an extent is symbolic.
func (s Shape) Numel() int64 {
	n := int64(1)
	for i := range int(s.rank) {
		if s.dim[i] < 0 {
			return -1
		}
		n *= int64(s.dim[i])
	}
	return n
}

// Format writes "[1,16,s0]" with the symbols' texts.
func (s Shape) Format(symbols []string) string {
	var b strings.Builder
	b.WriteByte('[')
	for i := range int(s.rank) {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(DimText(s.dim[i], symbols))
	}
	b.WriteByte(']')
	return b.String()
}

// DimText is one extent as text.
func DimText(d Dim, symbols []string) string {
	if d >= 0 {
		return strconv.FormatInt(int64(d), 10)
	}
	if i := int(-d - 1); i < len(symbols) {
		return symbols[i]
	}
	return "?"
}
