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

// TestViewMapSlices moves a reshape in front of a slice.
func TestViewMapSlices(t *testing.T) {
	m := newViewMap([]int{1, 1, 10}, []int{1, 10}) // of x[6,1,10] one row was taken
	if got := m.remap([]int{1, 1, 20}); !slices.Equal(got, []int{1, 20}) {
		t.Errorf("remap gives %v", got)
	}
	m = newViewMap([]int{17, 1, 32}, []int{17, 2, 16})
	if got := m.wholeAxis(0); got != 0 {
		t.Errorf("axis 0 becomes %d", got)
	}
	if got := m.wholeAxis(2); got != -1 {
		t.Errorf("axis 2 becomes %d", got)
	}
	shape, axis, from, until := m.unitSlice([]int{17, 3, 32}, 1, 2, 3)
	if !slices.Equal(shape, []int{17, 6, 16}) || axis != 1 || from != 4 || until != 6 {
		t.Errorf("slice of one becomes %v, axis %d, %d to %d", shape, axis, from, until)
	}
}

// FuzzViewMap checks an order of axes that is moved over a reshape against the elements' places.
func FuzzViewMap(f *testing.F) {
	f.Add(uint8(4), uint8(3), uint8(10), uint8(2), uint8(1))
	f.Add(uint8(1), uint8(64), uint8(16), uint8(0), uint8(3))
	f.Add(uint8(6), uint8(1), uint8(6), uint8(3), uint8(4))
	perms := [][]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}}
	f.Fuzz(func(t *testing.T, a, b, c, split, order uint8) {
		src := []int{int(a%12) + 1, int(b%12) + 1, int(c%12) + 1}
		total := product(src)
		first := int(split%13) + 1
		if total%first != 0 {
			return
		}
		dst := []int{first, total / first}
		perm := perms[int(order)%len(perms)]
		m := newViewMap(src, dst)
		if m == nil {
			t.Fatalf("%v to %v: no map", src, dst)
		}
		to := m.permutation(perm)
		if to == nil {
			return
		}
		if x, y := places(src, perm), places(dst, to); !slices.Equal(x, y) {
			t.Errorf("%v to %v: order %v became %v, which moves other elements", src, dst, perm, to)
		}
	})
}

// places is where each element comes from when the axes of a value of that shape are taken in the order perm.
func places(shape, perm []int) []int {
	step := make([]int, len(shape))
	for i, s := len(shape)-1, 1; i >= 0; i-- {
		step[i] = s
		s *= shape[i]
	}
	out := []int{0}
	for _, p := range perm {
		var next []int
		for _, base := range out {
			for k := range shape[p] {
				next = append(next, base+k*step[p])
			}
		}
		out = next
	}
	return out
}
