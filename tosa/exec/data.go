package exec

import (
	"fmt"
	"slices"
)

// bindIdentity covers IDENTITY.
func bindIdentity(o *op) kernel {
	o.need(1)
	return func(in []*Tensor) *Tensor { return in[0] }
}

// bindReshape covers RESHAPE: the same elements under another shape.
func bindReshape(o *op) kernel {
	shape := o.sizes(1)
	o.gives(shape)
	return func(in []*Tensor) *Tensor { return in[0].withShape(shape) }
}

// bindTranspose covers TRANSPOSE: axis i of the result is axis perms[i] of the operand.
func bindTranspose(o *op) kernel {
	x := o.shape(0)
	perms := o.list("perms", len(x))
	from := steps(x)
	shape, step := make([]int, len(perms)), make([]int, len(perms))
	seen := 0
	for i, p := range perms {
		shape[i], step[i] = x[p], from[p]
		seen |= 1 << p
	}
	if seen != 1<<len(perms)-1 {
		panic(fmt.Sprintf("permutation %v", perms))
	}
	return o.filled(shape, 0, moving(shape, window{0, steps(shape)}, window{0, step}))
}

// filled is the kernel that copies each operand into a result of that shape, one loop an operand.
//
//	value  of the elements that no loop writes
func (o *op) filled(shape []int, value int32, l ...layout) kernel {
	o.gives(shape)
	return func(in []*Tensor) *Tensor {
		y := newTensor(in[0].DType, shape)
		for i := range y.Elems {
			if value == 0 {
				break
			}
			y.Elems[i] = value
		}
		for i := range l {
			l[i].move(y, in[i])
		}
		return y
	}
}

// bindSlice covers SLICE: size elements from start on, along every axis.
func bindSlice(o *op) kernel {
	x, start, size := o.shape(0), o.sizes(1), o.sizes(2)
	within(x, start, size)
	step := steps(x)
	return o.filled(size, 0, moving(size, window{0, steps(size)}, window{offset(step, start), step}))
}

// within panics unless size elements from start on are inside of a shape.
func within(shape, start, size []int) {
	if len(start) != len(shape) || len(size) != len(shape) {
		panic(fmt.Sprintf("start %v and size %v of shape %v", start, size, shape))
	}
	for i, d := range shape {
		if start[i] < 0 || size[i] < 0 || start[i] > d-size[i] {
			panic(fmt.Sprintf("start %v and size %v of shape %v", start, size, shape))
		}
	}
}

func offset(step, at []int) int {
	n := 0
	for i := range at {
		n += at[i] * step[i]
	}
	return n
}

// bindConcat covers CONCAT.
func bindConcat(o *op) kernel {
	shape, axis := o.shape(0), o.axis()
	for i := range o.types[1:] {
		shape[axis] += o.shape(i + 1)[axis]
	}
	step, at := steps(shape), make([]int, len(shape))
	var l []layout
	for i := range o.types {
		x := o.shape(i)
		within(shape, at, x)
		l = append(l, moving(x, window{offset(step, at), step}, window{0, steps(x)}))
		at[axis] += x[axis]
	}
	return o.filled(shape, 0, l...)
}

// bindPad covers PAD: a constant before and after every axis.
func bindPad(o *op) kernel {
	x, pads := o.shape(0), o.sizes(1)
	if len(pads) != 2*len(x) {
		panic(fmt.Sprintf("%d paddings for shape %v", len(pads), x))
	}
	shape, at := make([]int, len(x)), make([]int, len(x))
	for i, d := range x {
		at[i], shape[i] = pads[2*i], pads[2*i]+d+pads[2*i+1]
	}
	within(shape, at, x)
	step := steps(shape)
	return o.filled(shape, o.number(2), moving(x, window{offset(step, at), step}, window{0, steps(x)}))
}

// bindTile covers TILE: the operand repeated along every axis. An axis is walked as two, the repeats and the elements.
func bindTile(o *op) kernel {
	x, times := o.shape(0), o.sizes(1)
	if len(times) != len(x) {
		panic(fmt.Sprintf("%d multiples for shape %v", len(times), x))
	}
	shape := make([]int, len(x))
	for i, d := range x {
		if shape[i] = times[i] * d; times[i] < 1 {
			panic(fmt.Sprintf("multiples %v", times))
		}
	}
	to, from := steps(shape), steps(x)
	var both, dst, src []int
	for i, d := range x {
		both = append(both, times[i], d)
		dst, src = append(dst, d*to[i], to[i]), append(src, 0, from[i])
	}
	return o.filled(shape, 0, moving(both, window{0, dst}, window{0, src}))
}

// bindReverse covers REVERSE of one axis.
func bindReverse(o *op) kernel {
	x, axis := o.shape(0), o.axis()
	step := steps(x)
	back := append([]int(nil), step...)
	back[axis] = -step[axis]
	return o.filled(x, 0, moving(x, window{0, step}, window{(x[axis] - 1) * step[axis], back}))
}

// bindGather covers GATHER: rows of values [N,K,C] named by indices [N,W].
func bindGather(o *op) kernel {
	x, idx := o.shape(0), o.shape(1)
	if len(x) != 3 || len(idx) != 2 || x[0] != idx[0] {
		panic(fmt.Sprintf("indices %v for values %v", idx, x))
	}
	k, c, w := x[1], x[2], idx[1]
	o.gives([]int{x[0], w, c})
	return func(in []*Tensor) *Tensor {
		y := newTensor(in[0].DType, []int{x[0], w, c})
		for i := range x[0] * w {
			copyRow(y, i, in[0], i/w*k+chosen(in[1], i, k), c)
		}
		return y
	}
}

// chosen is index i, which must be below k.
func chosen(idx *Tensor, i, k int) int {
	at := int(idx.Elems[i])
	if at < 0 || at >= k {
		panic(fmt.Sprintf("index %d of %d rows", at, k))
	}
	return at
}

// copyRow copies row j of a tensor, c elements long, to row i of another.
func copyRow(to *Tensor, i int, from *Tensor, j, c int) {
	if to.Wide != nil {
		copy(to.Wide[i*c:(i+1)*c], from.Wide[j*c:(j+1)*c])
		return
	}
	copy(to.Elems[i*c:(i+1)*c], from.Elems[j*c:(j+1)*c])
}

// bindScatter covers SCATTER: values [N,K,C] with the rows that indices [N,W] name replaced by those of input [N,W,C].
func bindScatter(o *op) kernel {
	x, idx, from := o.shape(0), o.shape(1), o.shape(2)
	if len(x) != 3 || len(idx) != 2 || !slices.Equal(from, []int{x[0], idx[1], x[2]}) || idx[0] != x[0] {
		panic(fmt.Sprintf("input %v for values %v and indices %v", from, x, idx))
	}
	k, c, w := x[1], x[2], idx[1]
	return func(in []*Tensor) *Tensor {
		y := newTensor(in[0].DType, x)
		copy(y.Elems, in[0].Elems)
		copy(y.Wide, in[0].Wide)
		for i := range x[0] * w {
			copyRow(y, i/w*k+chosen(in[1], i, k), in[2], i, c)
		}
		return y
	}
}
