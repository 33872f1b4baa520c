package tosa

import (
	"slices"
	"testing"
)

// TestEmitRows says that the table is sorted, which the search needs, and complete.
func TestEmitRows(t *testing.T) {
	for i, r := range emitRows {
		if i > 0 && emitRows[i-1].Op >= r.Op {
			t.Errorf("row %s is out of order", r.Op)
		}
		if r.Emit == nil || r.Follows == "" || !Lowerable(r.Op) {
			t.Errorf("row %s is not complete", r.Op)
		}
	}
}

func TestViewMap(t *testing.T) {
	for _, c := range []struct {
		src, dst, perm, want []int // want: permutation, nil if there is none
		back                 bool
	}{
		{[]int{4, 3, 10}, []int{2, 2, 1, 5, 3, 2}, []int{1, 2, 0}, []int{2, 3, 4, 5, 0, 1}, false},
		{[]int{4, 3, 10}, []int{2, 2, 1, 5, 3, 2}, []int{2, 0, 1}, nil, false},
		{[]int{4, 3, 10}, []int{2, 2, 1, 5, 3, 2}, []int{0, 2, 1}, nil, false},
		{[]int{1, 64, 16}, []int{1, 1, 64, 16}, []int{0, 1, 3, 2}, []int{0, 2, 1}, true},
		{[]int{8, 4}, []int{32}, []int{1, 0}, nil, false},
	} {
		m := newViewMap(c.src, c.dst)
		got := m.permutation
		if c.back {
			got = m.permutationBefore
		}
		if p := got(c.perm); !slices.Equal(p, c.want) {
			t.Errorf("%v to %v: order %v maps to %v, want %v", c.src, c.dst, c.perm, p, c.want)
		}
	}
	if newViewMap([]int{4}, []int{6}) != nil {
		t.Error("4 elements seen as 6")
	}
}
