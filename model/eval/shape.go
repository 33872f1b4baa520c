package eval

import "slices"

// bindReshape covers what keeps the elements in their order. The result shares them.
func bindReshape(o op) kernel {
	switch o.base {
	case "view", "reshape", "_unsafe_view":
		if o.overload != "default" {
			return nil
		}
		return func(c *call) *Value {
			name := "size"
			if c.has("shape") {
				name = "shape"
			}
			x := c.tensor("self")
			return x.withShape(resolve(c.integers(name), x.Len()))
		}
	case "view_as", "reshape_as":
		return func(c *call) *Value { return c.tensor("self").withShape(c.tensor("other").Shape) }
	case "ravel":
		return func(c *call) *Value {
			x := c.tensor("self")
			return x.withShape([]int{x.Len()})
		}
	case "flatten":
		return flatten
	case "unflatten":
		return unflatten
	case "squeeze":
		return squeeze
	case "unsqueeze":
		return func(c *call) *Value {
			x := c.tensor("self")
			d := c.axis("dim", len(x.Shape)+1, 0)
			return x.withShape(slices.Insert(slices.Clone(x.Shape), d, 1))
		}
	}
	return nil
}

// resolve replaces an extent of -1 by what is left of n elements.
func resolve(size []int, n int) []int {
	size = slices.Clone(size)
	for i, d := range size {
		if d != -1 {
			continue
		}
		size[i] = 1
		if rest := numel(size); rest > 0 {
			size[i] = n / rest
		} else {
			size[i] = 0
		}
	}
	return size
}

func flatten(c *call) *Value {
	x := c.tensor("self")
	if len(x.Shape) == 0 {
		return x.withShape([]int{1})
	}
	a, b := c.axis("start_dim", len(x.Shape), 0), c.axis("end_dim", len(x.Shape), -1)
	shape := slices.Clone(x.Shape[:a])
	shape = append(shape, numel(x.Shape[a:b+1]))
	return x.withShape(append(shape, x.Shape[b+1:]...))
}

func unflatten(c *call) *Value {
	x := c.tensor("self")
	d := c.axis("dim", len(x.Shape), 0)
	shape := slices.Clone(x.Shape[:d])
	shape = append(shape, resolve(c.integers("sizes"), x.Shape[d])...)
	return x.withShape(append(shape, x.Shape[d+1:]...))
}

// squeeze drops extents of 1: those named, or all.
func squeeze(c *call) *Value {
	x := c.tensor("self")
	dims := c.axes("dim", len(x.Shape))
	if c.has("dim") && len(c.integers("dim")) == 0 {
		dims = nil
	}
	shape := []int{}
	for i, n := range x.Shape {
		if n != 1 || !slices.Contains(dims, i) {
			shape = append(shape, n)
		}
	}
	return x.withShape(shape)
}

// bindPermute covers what reorders dimensions.
func bindPermute(o op) kernel {
	switch o.base {
	case "permute":
		return func(c *call) *Value {
			x := c.tensor("self")
			return permuted(x, c.axes("dims", len(x.Shape)))
		}
	case "transpose", "swapaxes", "swapdims":
		return func(c *call) *Value {
			x := c.tensor("self")
			r := len(x.Shape)
			a, b := c.wrapAxis(c.dimArg(1), r), c.wrapAxis(c.dimArg(2), r)
			order := c.axes("", r)
			if r > 0 {
				order[a], order[b] = b, a
			}
			return permuted(x, order)
		}
	case "t", "mT":
		return func(c *call) *Value {
			x := c.tensor("self")
			order := c.axes("", len(x.Shape))
			if r := len(order); r >= 2 {
				order[r-2], order[r-1] = order[r-1], order[r-2]
			}
			return permuted(x, order)
		}
	case "movedim", "moveaxis":
		return moveDim
	}
	return nil
}

// dimArg is argument i as a whole number.
func (c *call) dimArg(i int) int {
	d, ok := c.whole(c.step.args[i])
	if !ok {
		c.fail("argument %d is no whole number", i)
	}
	return d
}

func moveDim(c *call) *Value {
	x := c.tensor("self")
	r := len(x.Shape)
	from, to := c.axes("source", r), c.axes("destination", r)
	order := make([]int, r)
	for i := range order {
		order[i] = -1
	}
	for i := range from {
		order[to[i]] = from[i]
	}
	next := 0
	for i := range order {
		if order[i] >= 0 {
			continue
		}
		for slices.Contains(from, next) {
			next++
		}
		order[i] = next
		next++
	}
	return permuted(x, order)
}

// bindExpand covers what repeats elements.
func bindExpand(o op) kernel {
	switch o.base {
	case "expand", "broadcast_to":
		return func(c *call) *Value {
			x := c.tensor("self")
			size := slices.Clone(c.integers("size"))
			for i, d := range size {
				if j := i - len(size) + len(x.Shape); d == -1 && j >= 0 {
					size[i] = x.Shape[j]
				}
			}
			return expandTo(x, size)
		}
	case "expand_as":
		return func(c *call) *Value { return expandTo(c.tensor("self"), c.tensor("other").Shape) }
	case "repeat":
		return func(c *call) *Value { return repeat(c.tensor("self"), c.integers("repeats")) }
	case "tile":
		return func(c *call) *Value { return repeat(c.tensor("self"), c.integers("dims")) }
	case "repeat_interleave":
		if o.overload == "self_int" {
			return repeatInterleave
		}
	}
	return nil
}

// repeat tiles x; the shorter of the two shapes is filled up with 1 in front.
func repeat(x *Value, times []int) *Value {
	shape := x.Shape
	for len(shape) < len(times) {
		shape = append([]int{1}, shape...)
	}
	for len(times) < len(shape) {
		times = append([]int{1}, times...)
	}
	st := strides(shape)
	var split, steps []int
	out := make([]int, len(shape))
	for i, n := range shape {
		split, steps = append(split, times[i], n), append(steps, 0, st[i])
		out[i] = times[i] * n
	}
	return view(x, 0, split, steps).withShape(out)
}

// repeatInterleave repeats every element of a dimension in place.
func repeatInterleave(c *call) *Value {
	x, n := c.tensor("self"), c.integer("repeats", 1)
	if !c.has("dim") {
		x = x.withShape([]int{x.Len()})
	}
	d := c.axis("dim", len(x.Shape), 0)
	out := slices.Clone(x.Shape)
	out[d] *= n
	split, st := slices.Insert(slices.Clone(x.Shape), d+1, n), slices.Insert(strides(x.Shape), d+1, 0)
	return view(x, 0, split, st).withShape(out)
}
