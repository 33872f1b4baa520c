package exec

import "fmt"

// bindIdentity covers IDENTITY.
func bindIdentity(o *op) kernel {
	o.need(1)
	return func(in []*Tensor) *Tensor { return in[0] }
}

// bindReshape covers RESHAPE: the same elements under another shape.
func bindReshape(o *op) kernel {
	shape := o.sizes(1)
	return func(in []*Tensor) *Tensor { return in[0].withShape(shape) }
}

// bindTranspose covers TRANSPOSE: axis i of the result is axis perms[i] of the operand.
func bindTranspose(o *op) kernel {
	o.need(1)
	perms := o.list("perms", o.types[0].Shape.Rank())
	return func(in []*Tensor) *Tensor {
		x := in[0]
		from := steps(x.Shape)
		shape, step := make([]int, len(perms)), make([]int, len(perms))
		seen := 0
		for i, p := range perms {
			shape[i], step[i] = x.Shape[p], from[p]
			seen |= 1 << p
		}
		if seen != 1<<len(perms)-1 {
			panic(fmt.Sprintf("permutation %v", perms))
		}
		y := newTensor(x.DType, shape)
		move(y, x, shape, window{0, steps(shape)}, window{0, step})
		return y
	}
}

// bindSlice covers SLICE: size elements from start on, along every axis.
func bindSlice(o *op) kernel {
	start, size := o.sizes(1), o.sizes(2)
	return func(in []*Tensor) *Tensor {
		x := in[0]
		within(x.Shape, start, size)
		step := steps(x.Shape)
		y := newTensor(x.DType, size)
		move(y, x, size, window{0, steps(size)}, window{offset(step, start), step})
		return y
	}
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
	o.need(1)
	axis := o.axis()
	return func(in []*Tensor) *Tensor {
		shape := append([]int(nil), in[0].Shape...)
		for _, x := range in[1:] {
			shape[axis] += x.Shape[axis]
		}
		y := newTensor(in[0].DType, shape)
		step := steps(shape)
		at := make([]int, len(shape))
		for _, x := range in {
			within(shape, at, x.Shape)
			move(y, x, x.Shape, window{offset(step, at), step}, window{0, steps(x.Shape)})
			at[axis] += x.Shape[axis]
		}
		return y
	}
}

// bindPad covers PAD: a constant before and after every axis.
func bindPad(o *op) kernel {
	pads, value := o.sizes(1), o.constant(2)
	return func(in []*Tensor) *Tensor {
		x := in[0]
		if len(pads) != 2*len(x.Shape) {
			panic(fmt.Sprintf("%d paddings for shape %v", len(pads), x.Shape))
		}
		shape, at := make([]int, len(x.Shape)), make([]int, len(x.Shape))
		for i, d := range x.Shape {
			at[i], shape[i] = pads[2*i], pads[2*i]+d+pads[2*i+1]
		}
		y := newTensor(x.DType, shape)
		within(shape, at, x.Shape)
		for i := range y.Elems {
			y.Elems[i] = int32(value.Int(0))
		}
		step := steps(shape)
		move(y, x, x.Shape, window{offset(step, at), step}, window{0, steps(x.Shape)})
		return y
	}
}

// bindTile covers TILE: the operand repeated along every axis. An axis is walked as two, the repeats and the elements.
func bindTile(o *op) kernel {
	times := o.sizes(1)
	return func(in []*Tensor) *Tensor {
		x := in[0]
		if len(times) != len(x.Shape) {
			panic(fmt.Sprintf("%d multiples for shape %v", len(times), x.Shape))
		}
		var shape, both, dst, src []int
		for i, d := range x.Shape {
			shape = append(shape, times[i]*d)
		}
		y := newTensor(x.DType, shape)
		to, from := steps(shape), steps(x.Shape)
		for i, d := range x.Shape {
			both = append(both, times[i], d)
			dst, src = append(dst, d*to[i], to[i]), append(src, 0, from[i])
		}
		move(y, x, both, window{0, dst}, window{0, src})
		return y
	}
}

// bindReverse covers REVERSE of one axis.
func bindReverse(o *op) kernel {
	o.need(1)
	axis := o.axis()
	return func(in []*Tensor) *Tensor {
		x := in[0]
		y := newTensor(x.DType, x.Shape)
		if y.Len() == 0 {
			return y
		}
		step := steps(x.Shape)
		back := append([]int(nil), step...)
		back[axis] = -step[axis]
		move(y, x, x.Shape, window{0, step}, window{(x.Shape[axis] - 1) * step[axis], back})
		return y
	}
}

// bindGather covers GATHER: rows of values [N,K,C] named by indices [N,W].
func bindGather(o *op) kernel {
	o.need(2)
	return func(in []*Tensor) *Tensor {
		x, idx := in[0], in[1]
		n, k, c, w := x.Shape[0], x.Shape[1], x.Shape[2], idx.Shape[1]
		y := newTensor(x.DType, []int{n, w, c})
		if idx.Shape[0] != n {
			panic(fmt.Sprintf("indices %v for values %v", idx.Shape, x.Shape))
		}
		for i, row := range idx.Elems {
			if row < 0 || int(row) >= k {
				panic(fmt.Sprintf("index %d of %d rows", row, k))
			}
			move(y, x, []int{c}, window{i * c, []int{1}}, window{(i/w*k + int(row)) * c, []int{1}})
		}
		return y
	}
}

// bindScatter covers SCATTER: values [N,K,C] with the rows that indices [N,W] name replaced by those of input [N,W,C].
func bindScatter(o *op) kernel {
	o.need(3)
	return func(in []*Tensor) *Tensor {
		x, idx, from := in[0], in[1], in[2]
		k, c, w := x.Shape[1], x.Shape[2], idx.Shape[1]
		if len(from.Shape) != 3 || from.Shape[0] != x.Shape[0] || from.Shape[1] != w || from.Shape[2] != c {
			panic(fmt.Sprintf("input %v for values %v and indices %v", from.Shape, x.Shape, idx.Shape))
		}
		y := newTensor(x.DType, x.Shape)
		copy(y.Elems, x.Elems)
		copy(y.Wide, x.Wide)
		for i, row := range idx.Elems {
			if row < 0 || int(row) >= k {
				panic(fmt.Sprintf("index %d of %d rows", row, k))
			}
			move(y, from, []int{c}, window{(i/w*k + int(row)) * c, []int{1}}, window{i * c, []int{1}})
		}
		return y
	}
}
