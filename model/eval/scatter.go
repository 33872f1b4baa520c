package eval

import (
	"slices"

	"seam/model"
)

// bindScatter covers what writes into a copy of its first argument.
func bindScatter(o op) kernel {
	switch o.base {
	case "copy":
		return func(c *call) *Value {
			x := c.tensor("self")
			return expandTo(c.tensor("src").cast(x.DType), x.Shape)
		}
	case "index_put":
		return func(c *call) *Value {
			x := c.tensor("self")
			return c.put(x, c.indexPositions(x.Shape), c.tensor("values"), c.truth("accumulate"))
		}
	case "index_copy":
		return indexCopy
	case "index_add":
		return indexAdd
	case "select_scatter":
		return func(c *call) *Value {
			x := c.tensor("self")
			d := c.axis("dim", len(x.Shape), 0)
			return c.put(x, pickAt(positions(x.Shape), d, c.integer("index", 0)), c.tensor("src"), false)
		}
	case "slice_scatter":
		return func(c *call) *Value {
			x := c.tensor("self")
			d := c.axis("dim", len(x.Shape), 0)
			start, end := c.bounds(x.Shape[d])
			return c.put(x, cut(positions(x.Shape), d, start, end, c.integer("step", 1)), c.tensor("src"), false)
		}
	case "scatter", "scatter_add":
		return bindElementScatter(o)
	}
	return nil
}

func bindElementScatter(o op) kernel {
	if o.overload == "reduce" || o.overload == "value_reduce" {
		return nil
	}
	return func(c *call) *Value {
		x, index := c.tensor("self"), c.tensor("index")
		at := c.along(x.Shape, c.axis("dim", len(x.Shape), 0), index)
		src := c.maybe("value")
		if src == nil {
			src = c.tensor("src")
			src = view(src, 0, index.Shape, strides(src.Shape)) // the source may be larger than the index
		}
		return c.put(x, at, src, o.base == "scatter_add")
	}
}

// put is a copy of x with src, broadcast to at's shape, written at flat positions, or added there.
func (c *call) put(x, at, src *Value, add bool) *Value {
	out := view(x, 0, x.Shape, strides(x.Shape))
	src = expandTo(src.cast(x.DType), at.Shape)
	for i, p := range at.I {
		switch {
		case x.isFloat() && add:
			out.F[p] += src.F[i]
		case x.isFloat():
			out.F[p] = src.F[i]
		case add:
			out.I[p] += src.I[i]
		default:
			out.I[p] = src.I[i]
		}
	}
	return out
}

// indexCopy writes slices of a source to the entries of a dimension.
func indexCopy(c *call) *Value {
	x := c.tensor("self")
	at, src := c.entries(x)
	if at == nil {
		return nil
	}
	return c.put(x, at, src, false)
}

// entries is the flat positions in x that "index" names along "dim", and the source for them.
func (c *call) entries(x *Value) (at, src *Value) {
	index, src := c.tensor("index"), c.tensor("source")
	all := positions(x.Shape)
	if len(x.Shape) == 0 {
		all = all.withShape([]int{1})
	}
	at = indexSelect(c, all, c.axis("dim", len(x.Shape), 0), index.withShape([]int{index.Len()}))
	if at != nil && len(src.Shape) < len(at.Shape) {
		src = src.withShape(at.Shape)
	}
	return at, src
}

// indexAdd adds slices of a source, times alpha, to the entries of a dimension, in the order of the index. Half types are rounded
// after every addition; slices of several dimensions are added by the kernel of add, with one rounding.
//
//	source  aten/src/ATen/native/TensorAdvancedIndexing.cpp: index_add_cpu_
func indexAdd(c *call) *Value {
	x, k := c.tensor("self"), c.number("alpha", 1)
	at, src := c.entries(x)
	if at == nil {
		return nil
	}
	src = expandTo(src.cast(x.DType), at.Shape)
	out := view(x, 0, x.Shape, strides(x.Shape))
	if !x.isFloat() {
		for i, p := range at.I {
			out.I[p] += src.I[i] * int64(k)
		}
		if x.DType == model.Bool {
			out.I = out.truths()
		}
		return out
	}
	alpha, round := number(k).cast(x.DType).F[0], rounding(x.DType)
	for i, p := range at.I {
		if len(x.Shape) > 1 {
			out.F[p] = round(fma(src.F[i], alpha, out.F[p]))
		} else {
			out.F[p] = round(out.F[p] + round(src.F[i]*alpha))
		}
	}
	return out
}

// bindWhere covers choices by a mask.
func bindWhere(o op) kernel {
	switch o.base {
	case "where":
		if o.overload == "default" {
			return nil
		}
		return func(c *call) *Value {
			a, b := c.operand("self"), c.operand("other")
			return choose(c.tensor("condition"), a.v, b.v, resultType(a, b))
		}
	case "masked_fill":
		return func(c *call) *Value {
			x := c.tensor("self")
			return choose(c.tensor("mask"), c.operand("value").v, x, x.DType)
		}
	case "tril":
		return func(c *call) *Value { return triangle(c, func(row, col, k int) bool { return col-row <= k }) }
	case "triu":
		return func(c *call) *Value { return triangle(c, func(row, col, k int) bool { return col-row >= k }) }
	}
	return nil
}

// choose is a where the mask is not zero, else b, in type d.
func choose(mask, a, b *Value, d model.DType) *Value {
	shape := broadcast(mask.Shape, a.Shape, b.Shape)
	out := newValue(d, shape)
	w := walkOver(shape, spread(mask.Shape, shape), spread(a.Shape, shape), spread(b.Shape, shape))
	m := mask.truths()
	if d.IsFloat() {
		chooseFrom(out.F, m, a.floats(), b.floats(), w)
	} else {
		chooseFrom(out.I, m, a.cast(d).I, b.cast(d).I, w)
	}
	return out
}

func chooseFrom[T any](out []T, mask []int64, a, b []T, w walker) {
	w.rows(func(o int, off []int, n int, step []int) {
		for i := range n {
			if mask[off[0]+i*step[0]] != 0 {
				out[o+i] = a[off[1]+i*step[1]]
			} else {
				out[o+i] = b[off[2]+i*step[2]]
			}
		}
	})
}

func triangle(c *call, keep func(row, col, k int) bool) *Value {
	x, k := c.tensor("self"), c.integer("diagonal", 0)
	out := newValue(x.DType, slices.Clone(x.Shape))
	rows, cols := x.Shape[len(x.Shape)-2], x.Shape[len(x.Shape)-1]
	for i := range x.Len() {
		if !keep(i/cols%rows, i%cols, k) {
			continue
		}
		if x.isFloat() {
			out.F[i] = x.F[i]
		} else {
			out.I[i] = x.I[i]
		}
	}
	return out
}

// bindCast covers changes of the element type.
func bindCast(o op) kernel {
	switch o.base {
	case "to", "_to_copy", "_to_dim_order", "type_as":
		return func(c *call) *Value {
			x := c.tensor("self")
			if c.has("other") {
				return x.cast(c.tensor("other").DType)
			}
			return x.cast(c.dtype("dtype"))
		}
	}
	return nil
}
