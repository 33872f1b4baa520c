package eval

import (
	"slices"

	"seam/model"
)

// bindCat covers what joins tensors.
func bindCat(o op) kernel {
	switch o.base {
	case "cat", "concat", "concatenate":
		return func(c *call) *Value { return c.cat(c.tensors("tensors"), c.integer("dim", 0)) }
	case "stack":
		return func(c *call) *Value {
			l := slices.Clone(c.tensors("tensors"))
			if len(l) == 0 {
				return nil
			}
			d := c.axis("dim", len(l[0].Shape)+1, 0)
			for i, v := range l {
				l[i] = v.withShape(slices.Insert(slices.Clone(v.Shape), d, 1))
			}
			return c.cat(l, d)
		}
	case "hstack":
		return func(c *call) *Value {
			l := atLeast(c.tensors("tensors"), 1)
			return c.cat(l, min(1, len(l[0].Shape)-1))
		}
	case "vstack":
		return func(c *call) *Value { return c.cat(atLeast(c.tensors("tensors"), 2), 0) }
	case "dstack":
		return func(c *call) *Value {
			l := atLeast(c.tensors("tensors"), 2)
			for i, v := range l {
				if len(v.Shape) == 2 { // torch.atleast_3d puts the third extent last
					l[i] = v.withShape([]int{v.Shape[0], v.Shape[1], 1})
				}
			}
			return c.cat(l, 2)
		}
	}
	return nil
}

// atLeast gives tensors of a lower rank extents of 1 in front.
func atLeast(l []*Value, rank int) []*Value {
	l = slices.Clone(l)
	for i, v := range l {
		for len(v.Shape) < rank {
			v = v.withShape(append([]int{1}, v.Shape...))
		}
		l[i] = v
	}
	return l
}

// cat joins along a dimension. Types promote; tensors of shape [0] are left out, as torch does for old programs' sake.
func (c *call) cat(l []*Value, dim int) *Value {
	var d model.DType
	for _, v := range l {
		d = promote(d, v.DType)
	}
	if kept := slices.DeleteFunc(slices.Clone(l), func(v *Value) bool {
		return len(v.Shape) == 1 && v.Shape[0] == 0
	}); len(kept) > 0 {
		l = kept
	}
	if len(l) == 0 {
		return nil
	}
	dim = c.wrapAxis(dim, len(l[0].Shape))
	shape := slices.Clone(l[0].Shape)
	shape[dim] = 0
	for _, v := range l {
		for i, n := range v.Shape {
			if len(v.Shape) != len(shape) || i != dim && n != shape[i] {
				c.fail("shapes %v and %v do not join in dimension %d", l[0].Shape, v.Shape, dim)
				return nil
			}
		}
		shape[dim] += v.Shape[dim]
	}
	out := newValue(d, shape)
	at, row := 0, numel(shape[dim:])
	for _, v := range l {
		v = v.cast(d)
		n := numel(v.Shape[dim:])
		if d.IsFloat() {
			copyRows(out.F[at:], v.F, n, row)
		} else {
			copyRows(out.I[at:], v.I, n, row)
		}
		at += n
	}
	return out
}

// copyRows puts runs of n elements at every row-th place.
func copyRows[T any](out, in []T, n, row int) {
	for i := 0; n > 0 && i*n < len(in); i++ {
		copy(out[i*row:], in[i*n:(i+1)*n])
	}
}
