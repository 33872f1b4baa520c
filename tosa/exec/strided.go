package exec

import "fmt"

// layout is how a loop over a shape walks several flat arrays: where each starts, and its step along each axis.
type layout struct {
	shape []int
	start []int   // by array
	step  [][]int // by array, by axis
}

// steps is the distances between neighbours along each axis of a contiguous array.
func steps(shape []int) []int {
	out := make([]int, len(shape))
	n := 1
	for i := len(shape) - 1; i >= 0; i-- {
		out[i] = n
		n *= shape[i]
	}
	return out
}

// merged leaves out axes of extent 1 and makes one axis of two that every array walks as one. There is at least one axis.
func (l layout) merged() layout {
	out := layout{start: l.start, step: make([][]int, len(l.step))}
	for i, d := range l.shape {
		if d == 1 {
			continue
		}
		last := len(out.shape) - 1
		if last >= 0 && l.adjoins(out, last, i) {
			out.shape[last] *= d
			for a := range out.step {
				out.step[a][last] = l.step[a][i]
			}
			continue
		}
		out.shape = append(out.shape, d)
		for a := range out.step {
			out.step[a] = append(out.step[a], l.step[a][i])
		}
	}
	if len(out.shape) == 0 {
		out.shape = []int{1}
		for a := range out.step {
			out.step[a] = []int{1}
		}
	}
	return out
}

// adjoins says whether axis i of l continues axis last of out in every array.
func (l layout) adjoins(out layout, last, i int) bool {
	for a := range l.step {
		if out.step[a][last] != l.step[a][i]*l.shape[i] {
			return false
		}
	}
	return true
}

// rows calls f for every row along the last axis with where each array is there, which f must not change or keep.
func (l layout) rows(f func(at []int)) {
	outer := l.shape[:len(l.shape)-1]
	for _, d := range l.shape {
		if d == 0 {
			return
		}
	}
	if len(outer) == 0 {
		f(l.start)
		return
	}
	at, index := append([]int(nil), l.start...), make([]int, len(outer))
	for {
		f(at)
		i := len(outer) - 1
		for ; i >= 0; i-- {
			index[i]++
			for a := range at {
				at[a] += l.step[a][i]
			}
			if index[i] < outer[i] {
				break
			}
			index[i] = 0
			for a := range at {
				at[a] -= l.step[a][i] * outer[i]
			}
		}
		if i < 0 {
			return
		}
	}
}

// inner is the length of a row, and the step of each array along it.
func (l layout) inner() (n int, step []int) {
	last := len(l.shape) - 1
	for _, s := range l.step {
		step = append(step, s[last])
	}
	return l.shape[last], step
}

// window is a part of a flat array: where it starts, and its step along each axis of a shape that is given beside it.
type window struct {
	start int
	step  []int
}

// moving is the loop that copies elements of a shape from one array (the second) to another.
func moving(shape []int, dst, src window) layout {
	return layout{shape, []int{dst.start, src.start}, [][]int{dst.step, src.step}}.merged()
}

// move copies elements from one tensor to another of the same type.
func (l layout) move(to, from *Tensor) {
	if to.DType != from.DType {
		panic(fmt.Sprintf("%s elements into %s", from.DType, to.DType))
	}
	if to.Wide != nil {
		moveRows(to.Wide, from.Wide, l)
	} else {
		moveRows(to.Elems, from.Elems, l)
	}
}

func moveRows[T int32 | int64](to, from []T, l layout) {
	n, step := l.inner()
	l.rows(func(at []int) {
		d, s := at[0], at[1]
		if step[0] == 1 && step[1] == 1 {
			copy(to[d:d+n], from[s:s+n])
			return
		}
		for range n {
			to[d] = from[s]
			d, s = d+step[0], s+step[1]
		}
	})
}

// broadcast is the shape that operands of equal rank extend to, and the loop over it: the result is the first array, the
// operands follow, with step 0 where they are repeated.
func broadcast(in ...[]int) (shape []int, l layout) {
	shape = append([]int(nil), in[0]...)
	for _, t := range in[1:] {
		if len(t) != len(shape) {
			panic(fmt.Sprintf("operands of rank %d and %d", len(shape), len(t)))
		}
		for i, d := range t {
			if shape[i] == 1 {
				shape[i] = d
			}
		}
	}
	l = layout{shape, make([]int, len(in)+1), [][]int{steps(shape)}}
	for _, t := range in {
		s := steps(t)
		for i, d := range t {
			switch {
			case d == 1 && shape[i] != 1:
				s[i] = 0
			case d != shape[i]:
				panic(fmt.Sprintf("shape %v for %v", t, shape))
			}
		}
		l.step = append(l.step, s)
	}
	return shape, l.merged()
}
