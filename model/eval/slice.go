package eval

import "slices"

// bindSlice covers what takes a part of a tensor by offset and stride.
func bindSlice(o op) kernel {
	switch o.base {
	case "slice":
		return sliceKernel
	case "select":
		if o.overload == "int" {
			return selectKernel
		}
	case "narrow":
		return func(c *call) *Value {
			x := c.tensor("self")
			d := c.axis("dim", len(x.Shape), 0)
			start := c.integer("start", 0)
			if start < 0 {
				start += x.Shape[d]
			}
			return cut(x, d, start, start+c.integer("length", 0), 1)
		}
	case "as_strided":
		return func(c *call) *Value {
			return view(c.tensor("self"), c.integer("storage_offset", 0), c.integers("size"), c.integers("stride"))
		}
	case "unfold":
		return unfold
	}
	return nil
}

// cut is x[start:end:step] along dimension d; the bounds are in range.
func cut(x *Value, d, start, end, step int) *Value {
	st, shape := strides(x.Shape), slices.Clone(x.Shape)
	if start < 0 || end > x.Shape[d] {
		panic("a slice outside of its dimension")
	}
	shape[d] = max(0, (end-start+step-1)/step)
	offset := start * st[d]
	st[d] *= step
	return view(x, offset, shape, st)
}

// bounds is start and end as Python clamps them.
func (c *call) bounds(n int) (start, end int) {
	start = clip(c.integer("start", 0), n)
	return start, max(start, clip(c.integer("end", n), n))
}

// clip is a bound of a slice of n, counted from 0.
func clip(i, n int) int {
	if i < 0 {
		i += n
	}
	return min(max(i, 0), n)
}

func sliceKernel(c *call) *Value {
	x := c.tensor("self")
	d := c.axis("dim", len(x.Shape), 0)
	start, end := c.bounds(x.Shape[d])
	return cut(x, d, start, end, c.integer("step", 1))
}

func selectKernel(c *call) *Value {
	x := c.tensor("self")
	return pickAt(x, c.axis("dim", len(x.Shape), 0), c.integer("index", 0))
}

// pickAt is x at index i of dimension d, without that dimension.
func pickAt(x *Value, d, i int) *Value {
	if i < 0 {
		i += x.Shape[d]
	}
	v := cut(x, d, i, i+1, 1)
	return v.withShape(slices.Delete(slices.Clone(v.Shape), d, d+1))
}

// unfold is all windows of a dimension; a window's elements are a new last dimension.
func unfold(c *call) *Value {
	x := c.tensor("self")
	size, step := c.integer("size", 1), c.integer("step", 1)
	st, shape := strides(x.Shape), slices.Clone(x.Shape)
	if len(shape) == 0 {
		return view(x, 0, []int{size}, []int{1})
	}
	d := c.axis("dimension", len(x.Shape), 0)
	if size > shape[d] {
		c.fail("a window of %d in a dimension of %d", size, shape[d])
		return nil
	}
	shape[d] = (shape[d]-size)/step + 1
	inner := st[d]
	st[d] *= step
	return view(x, 0, append(shape, size), append(st, inner))
}

// bindSplit covers what cuts a tensor into several.
func bindSplit(o op) kernel {
	switch o.base {
	case "split":
		if o.overload == "sizes" {
			return func(c *call) *Value { return c.pieces(c.integers("split_size")) }
		}
		return func(c *call) *Value { return c.even(c.integer("split_size", 1)) }
	case "split_with_sizes":
		return func(c *call) *Value { return c.pieces(c.integers("split_sizes")) }
	case "chunk":
		return func(c *call) *Value {
			x := c.tensor("self")
			n := x.Shape[c.axis("dim", len(x.Shape), 0)]
			k := c.integer("chunks", 1)
			return c.even(max(1, (n+k-1)/k))
		}
	case "tensor_split":
		switch o.overload {
		case "sections":
			return sections
		case "indices":
			return splitAt
		}
	case "unbind":
		return func(c *call) *Value {
			x := c.tensor("self")
			d := c.axis("dim", len(x.Shape), 0)
			out := listOf()
			for i := range x.Shape[d] {
				out.List = append(out.List, pickAt(x, d, i))
			}
			return out
		}
	}
	return nil
}

// maxSections bounds what a model file may ask of tensor_split, which makes empty pieces too.
const maxSections = 1 << 16

// sections cuts a dimension into a number of pieces; the first ones take what is left over.
func sections(c *call) *Value {
	x := c.tensor("self")
	n, k := x.Shape[c.axis("dim", len(x.Shape), 0)], c.integer("sections", 1)
	if k < 1 || k > maxSections {
		c.fail("%d sections, not 1 to %d", k, maxSections)
		return nil
	}
	sizes := make([]int, k)
	for i := range sizes {
		if sizes[i] = n / k; i < n%k {
			sizes[i]++
		}
	}
	return c.pieces(sizes)
}

// splitAt cuts a dimension in front of each index. Every piece is a slice: indices count from the end where they are negative,
// may lie beyond it, and give an empty piece where they fall.
//
//	source  aten/src/ATen/native/TensorShape.cpp: tensor_split_indices
func splitAt(c *call) *Value {
	x := c.tensor("self")
	d := c.axis("dim", len(x.Shape), 0)
	n, start, out := x.Shape[d], 0, listOf()
	for _, end := range append(c.integers("indices"), n) {
		a := clip(start, n)
		out.List = append(out.List, cut(x, d, a, max(a, clip(end, n)), 1))
		start = end
	}
	return out
}

// even cuts a dimension into pieces of one size; the last may be smaller.
func (c *call) even(size int) *Value {
	x := c.tensor("self")
	n := x.Shape[c.axis("dim", len(x.Shape), 0)]
	var sizes []int
	for at := 0; at < n || at == 0; at += size {
		sizes = append(sizes, min(size, n-at))
		if size <= 0 {
			break
		}
	}
	return c.pieces(sizes)
}

func (c *call) pieces(sizes []int) *Value {
	x := c.tensor("self")
	d, at := c.axis("dim", len(x.Shape), 0), 0
	out := listOf()
	for _, n := range sizes {
		out.List = append(out.List, cut(x, d, at, at+n, 1))
		at += n
	}
	return out
}
