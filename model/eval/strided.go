package eval

import (
	"fmt"
	"runtime"
	"slices"
	"sync"

	"seam/model"
)

// strides is the element strides of a contiguous tensor.
func strides(shape []int) []int {
	out := make([]int, len(shape))
	n := 1
	for i := len(shape) - 1; i >= 0; i-- {
		out[i] = n
		n *= max(shape[i], 1)
	}
	return out
}

// broadcast is the common shape of several, by torch's rule; it panics where there is none.
func broadcast(shapes ...[]int) []int {
	rank := 0
	for _, s := range shapes {
		rank = max(rank, len(s))
	}
	out := make([]int, rank)
	for i := range out {
		out[i] = 1
		for _, s := range shapes {
			j := i - rank + len(s)
			if j < 0 || s[j] == 1 || s[j] == out[i] {
				continue
			}
			if out[i] != 1 {
				panic(fmt.Sprintf("shapes %v do not broadcast", shapes))
			}
			out[i] = s[j]
		}
	}
	return out
}

// spread is the strides with which a contiguous tensor of that shape is read under a broadcast shape: 0 where it repeats.
func spread(shape, to []int) []int {
	out := make([]int, len(to))
	st := strides(shape)
	for i := range to {
		j := i - len(to) + len(shape)
		if j < 0 || shape[j] == 1 && to[i] != 1 {
			continue
		}
		if shape[j] != to[i] {
			panic(fmt.Sprintf("shape %v does not expand to %v", shape, to))
		}
		out[i] = st[j]
	}
	return out
}

// walker goes over the elements of a shape in order, a row at a time, and keeps one offset an operand.
type walker struct {
	shape []int
	st    [][]int // strides by operand
}

// walkOver prepares a walk; neighbouring dimensions that every operand steps through evenly are merged, so that rows are long.
func walkOver(shape []int, st ...[]int) walker {
	w := walker{st: make([][]int, len(st))}
	for d, n := range shape {
		if n == 1 {
			continue
		}
		last := len(w.shape) - 1
		even := last >= 0
		for k := range st {
			even = even && w.st[k][last] == st[k][d]*n
		}
		if !even {
			w.shape = append(w.shape, n)
			for k := range st {
				w.st[k] = append(w.st[k], st[k][d])
			}
			continue
		}
		w.shape[last] *= n
		for k := range st {
			w.st[k][last] = st[k][d]
		}
	}
	return w
}

// rows calls f for every row: the first output element, the operands' first offsets, the length, and each operand's step.
func (w walker) rows(f func(out int, off []int, n int, step []int)) {
	if slices.Contains(w.shape, 0) {
		return
	}
	off, step, n := make([]int, len(w.st)), make([]int, len(w.st)), 1
	outer := w.shape
	if last := len(w.shape) - 1; last >= 0 {
		n, outer = w.shape[last], w.shape[:last]
		for k := range step {
			step[k] = w.st[k][last]
		}
	}
	at := make([]int, len(outer))
	for out := 0; ; out += n {
		f(out, off, n, step)
		d := len(outer) - 1
		for ; d >= 0; d-- {
			at[d]++
			for k := range off {
				off[k] += w.st[k][d]
			}
			if at[d] < outer[d] {
				break
			}
			for k := range off {
				off[k] -= w.st[k][d] * outer[d]
			}
			at[d] = 0
		}
		if d < 0 {
			return
		}
	}
}

// view reads v through an offset and strides into a new contiguous value.
func view(v *Value, offset int, shape, st []int) *Value {
	out := newValue(v.DType, shape)
	if v.isFloat() {
		copyView(out.F, v.F, offset, shape, st)
	} else {
		copyView(out.I, v.I, offset, shape, st)
	}
	return out
}

func copyView[T any](out, in []T, offset int, shape, st []int) {
	walkOver(shape, st).rows(func(o int, off []int, n int, step []int) {
		p := offset + off[0]
		if step[0] == 1 {
			copy(out[o:o+n], in[p:p+n])
			return
		}
		for i := range n {
			out[o+i] = in[p]
			p += step[0]
		}
	})
}

// expandTo is v broadcast to a shape.
func expandTo(v *Value, shape []int) *Value {
	if slices.Equal(v.Shape, shape) {
		return v
	}
	return view(v, 0, shape, spread(v.Shape, shape))
}

// permuted is v with its dimensions in another order.
func permuted(v *Value, order []int) *Value {
	st := strides(v.Shape)
	shape, to := make([]int, len(order)), make([]int, len(order))
	for i, d := range order {
		shape[i], to[i] = v.Shape[d], st[d]
	}
	return view(v, 0, shape, to)
}

// positions is a value that holds each element's own index, for operators that move elements about.
func positions(shape []int) *Value {
	v := newValue(model.Int64, shape)
	for i := range v.I {
		v.I[i] = int64(i)
	}
	return v
}

// take reads v's elements at flat indices.
func take(v, at *Value) *Value {
	out := newValue(v.DType, at.Shape)
	for i, p := range at.I {
		if v.isFloat() {
			out.F[i] = v.F[p]
		} else {
			out.I[i] = v.I[p]
		}
	}
	return out
}

// parallel splits 0..n into spans and calls f for each, on as many goroutines as there are processors. work is the cost of all
// of it in elementary steps; little work is done in place. Each index is in one span, so results do not depend on the split.
func parallel(n, work int, f func(lo, hi int)) {
	procs := min(runtime.GOMAXPROCS(0), n)
	if procs <= 1 || work < 1<<15 {
		f(0, n)
		return
	}
	var wg sync.WaitGroup
	var failed any
	var once sync.Once
	for p := range procs {
		wg.Go(func() {
			defer func() {
				if x := recover(); x != nil { // handed to the goroutine that can report it
					once.Do(func() { failed = x })
				}
			}()
			f(n*p/procs, n*(p+1)/procs)
		})
	}
	wg.Wait()
	if failed != nil {
		panic(failed)
	}
}
