package eval

import "slices"

// turned makes strides run backwards in the given dimensions: the offset of the first element.
func turned(shape, st []int, dims ...int) int {
	offset := 0
	for _, d := range dims {
		if shape[d] > 0 {
			offset += (shape[d] - 1) * st[d]
		}
		st[d] = -st[d]
	}
	return offset
}

func flip(c *call) *Value {
	x := c.tensor("self")
	if len(c.integers("dims")) == 0 {
		return x
	}
	st := strides(x.Shape)
	offset := turned(x.Shape, st, c.axes("dims", len(x.Shape))...)
	return view(x, offset, x.Shape, st)
}

// rot90 turns a plane by quarters, from its first dimension towards its second.
//
//	source  aten/src/ATen/native/TensorTransformations.cpp: rot90
func rot90(c *call) *Value {
	x := c.tensor("self")
	dims, k := c.axes("dims", len(x.Shape)), c.integer("k", 1)&3
	if len(dims) != 2 || dims[0] == dims[1] {
		c.fail("a rotation in dimensions %v", dims)
		return nil
	}
	a, b := dims[0], dims[1]
	shape, st := slices.Clone(x.Shape), strides(x.Shape)
	offset := turned(shape, st, [][]int{nil, {b}, {a, b}, {a}}[k]...)
	if k&1 == 1 {
		shape[a], shape[b] = shape[b], shape[a]
		st[a], st[b] = st[b], st[a]
	}
	return view(x, offset, shape, st)
}

// diagonal is the diagonal of two dimensions as a new last one; a positive offset is above the main one.
//
//	source  aten/src/ATen/native/TensorShape.cpp: diagonal
func diagonal(c *call) *Value {
	x, k := c.tensor("self"), c.integer("offset", 0)
	a, b := c.axis("dim1", len(x.Shape), 0), c.axis("dim2", len(x.Shape), 1)
	if a == b {
		c.fail("a diagonal of dimension %d and itself", a)
		return nil
	}
	st, shape, steps := strides(x.Shape), []int{}, []int{}
	n, offset := min(x.Shape[a], x.Shape[b]-k), k*st[b]
	if k < 0 {
		n, offset = min(x.Shape[a]+k, x.Shape[b]), -k*st[a]
	}
	for d := range x.Shape {
		if d != a && d != b {
			shape, steps = append(shape, x.Shape[d]), append(steps, st[d])
		}
	}
	return view(x, offset, append(shape, max(n, 0)), append(steps, st[a]+st[b]))
}

// roll shifts elements along dimensions, round the end; without dimensions, the flat tensor.
func roll(c *call) *Value {
	x, shifts := c.tensor("self"), c.integers("shifts")
	if len(c.integers("dims")) == 0 {
		flat := rolled(c, x.withShape([]int{x.Len()}), 0, shifts[0])
		return flat.withShape(x.Shape)
	}
	for i, d := range c.axes("dims", len(x.Shape)) {
		x = rolled(c, x, d, shifts[i])
	}
	return x
}

func rolled(c *call, x *Value, d, shift int) *Value {
	n := x.Shape[d]
	if n == 0 {
		return x
	}
	k := ((n-shift)%n + n) % n
	return c.cat([]*Value{cut(x, d, k, n, 1), cut(x, d, 0, k, 1)}, d)
}
