package eval

import (
	"slices"

	"seam/model"
)

// bindIndex covers what picks elements by index tensors, or moves them about by a rule.
func bindIndex(o op) kernel {
	switch o.base {
	case "index_select":
		return func(c *call) *Value {
			x := c.tensor("self")
			return indexSelect(c, x, c.axis("dim", len(x.Shape), 0), c.tensor("index"))
		}
	case "embedding":
		return func(c *call) *Value {
			w, at := c.tensor("weight"), c.tensor("indices")
			v := indexSelect(c, w, 0, at.withShape([]int{at.Len()}))
			return v.withShape(append(slices.Clone(at.Shape), w.Shape[1:]...))
		}
	case "gather":
		return gather
	case "take":
		return takeFlat
	case "index", "_unsafe_index":
		if o.overload == "Tensor" {
			return func(c *call) *Value {
				x := c.tensor("self")
				return take(x, c.indexPositions(x.Shape))
			}
		}
	case "flip":
		return flip
	case "roll":
		return roll
	case "rot90":
		return rot90
	case "diagonal":
		return diagonal
	}
	return nil
}

// wrapIndex is an index counted from 0.
func (c *call) wrapIndex(i int64, n int) int {
	if i < 0 {
		i += int64(n)
	}
	if i < 0 || i >= int64(n) {
		c.fail("index %d in a dimension of %d", i, n)
		return 0
	}
	return int(i)
}

// indexSelect takes the entries of dimension d that at names.
func indexSelect(c *call, x *Value, d int, at *Value) *Value {
	shape := slices.Clone(x.Shape)
	if len(shape) == 0 {
		shape = []int{1}
	}
	n, inner := shape[d], numel(shape[d+1:])
	shape[d] = at.Len()
	to := newValue(model.Int64, shape)
	if c.err != nil || n == 0 && to.Len() > 0 {
		c.fail("an index into an empty dimension")
		return nil
	}
	for i := range to.I {
		k := c.wrapIndex(at.I[i/inner%at.Len()], n)
		to.I[i] = int64((i/inner/at.Len()*n+k)*inner + i%inner)
	}
	out := take(x, to)
	return out.withShape(to.Shape)
}

// along is, for every element of index, the flat position in a tensor of that shape which it names along dimension d.
func (c *call) along(shape []int, d int, index *Value) *Value {
	out := newValue(model.Int64, index.Shape)
	if len(shape) == 0 {
		return out
	}
	st, it := strides(shape), strides(index.Shape)
	for i := range out.I {
		p := c.wrapIndex(index.I[i], shape[d]) * st[d]
		for k := range shape {
			if k != d {
				p += i / it[k] % index.Shape[k] * st[k]
			}
		}
		out.I[i] = int64(p)
	}
	return out
}

func gather(c *call) *Value {
	x := c.tensor("self")
	index := c.tensor("index")
	d := c.axis("dim", len(x.Shape), 0)
	if len(x.Shape) != len(index.Shape) && len(x.Shape) > 0 {
		c.fail("index %v for %v", index.Shape, x.Shape)
		return nil
	}
	return take(x, c.along(x.Shape, d, index))
}

// indexPositions is the flat position in a tensor of that shape of every element that the index list names, in the shape of
// the result: the index tensors broadcast, and stand where the first one stood if they are neighbours, else in front.
func (c *call) indexPositions(shape []int) *Value {
	axes, index := c.indexTensors(shape)
	if len(axes) == 0 {
		return positions(shape)
	}
	shapes := make([][]int, len(index))
	for i, v := range index {
		shapes[i] = v.Shape
	}
	common := broadcast(shapes...)
	st := strides(shape)
	base := newValue(model.Int64, common)
	for k, v := range index {
		at := expandTo(v, common)
		for i := range base.I {
			base.I[i] += int64(c.wrapIndex(at.I[i], shape[axes[k]]) * st[axes[k]])
		}
	}
	front := axes[0]
	if axes[len(axes)-1]-axes[0] != len(axes)-1 {
		front = 0
	}
	var rest []int // dimensions without an index
	for d := range shape {
		if !slices.Contains(axes, d) {
			rest = append(rest, d)
		}
	}
	var full, bst, rst []int
	add := func(n, b, r int) { full, bst, rst = append(full, n), append(bst, b), append(rst, r) }
	for _, d := range rest[:front] {
		add(shape[d], 0, st[d])
	}
	for i, n := range common {
		add(n, strides(common)[i], 0)
	}
	for _, d := range rest[front:] {
		add(shape[d], 0, st[d])
	}
	out := newValue(model.Int64, full)
	walkOver(full, bst, rst).rows(func(o int, off []int, n int, step []int) {
		for i := range n {
			out.I[o+i] = base.I[off[0]+i*step[0]] + int64(off[1]+i*step[1])
		}
	})
	return out
}

// indexTensors is the dimensions that have an index, and the indices; a bool mask of rank r stands for r of them.
func (c *call) indexTensors(shape []int) (axes []int, index []*Value) {
	d := 0
	for _, v := range c.list("indices") {
		switch {
		case v == nil:
			d++
		case v.DType == model.Bool || v.DType == model.Uint8:
			for k, at := range nonzero(v) {
				axes, index = append(axes, d+k), append(index, at)
			}
			d += len(v.Shape)
		default:
			axes, index = append(axes, d), append(index, v)
			d++
		}
	}
	if d > len(shape) {
		c.fail("%d indices for shape %v", d, shape)
		return nil, nil
	}
	return axes, index
}

// nonzero is the coordinates of the elements that are not zero, a tensor a dimension.
func nonzero(v *Value) []*Value {
	out := make([]*Value, len(v.Shape))
	st := strides(v.Shape)
	for k := range out {
		out[k] = &Value{DType: model.Int64, I: []int64{}}
		for i, x := range v.I {
			if x != 0 {
				out[k].I = append(out[k].I, int64(i/st[k]%v.Shape[k]))
			}
		}
		out[k].Shape = []int{len(out[k].I)}
	}
	return out
}

// takeFlat reads the elements at flat indices.
func takeFlat(c *call) *Value {
	x, index := c.tensor("self"), c.tensor("index")
	at := newValue(model.Int64, index.Shape)
	for i := range at.I {
		at.I[i] = int64(c.wrapIndex(index.I[i], x.Len()))
	}
	return take(x, at)
}
