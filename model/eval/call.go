package eval

import (
	"fmt"

	"seam/model"
)

// kernel computes one node. It reports a bad argument with call.fail, and may panic on it too: either becomes the node's
// error.
type kernel func(c *call) *Value

// call is one evaluation of one node. Arguments are read by their names in the schema; the readers fill err and go on with a
// harmless value, so that kernels need no checks.
type call struct {
	step *step
	node *model.Node
	run  *run
	err  error
}

// fail records the first thing that is wrong.
func (c *call) fail(format string, args ...any) {
	if c.err == nil {
		c.err = fmt.Errorf(format, args...)
	}
}

// arg is the argument of that name, None if the schema has none.
func (c *call) arg(name string) model.Arg {
	for i, n := range c.step.names {
		if n == name && i < len(c.step.args) {
			return c.step.args[i]
		}
	}
	return model.Arg{}
}

// has says whether the argument is there and not None.
func (c *call) has(name string) bool { return !c.arg(name).IsNone() }

// value is a tensor, or a number as a value of rank 0; nil for None and texts.
func (c *call) value(a model.Arg) *Value {
	switch a.Kind {
	case model.ArgNode:
		return c.run.env[a.Node]
	case model.ArgBool:
		return &Value{DType: model.Bool, I: []int64{a.Int}}
	case model.ArgInt:
		return &Value{DType: model.Int64, I: []int64{a.Int}}
	case model.ArgFloat:
		return &Value{DType: model.Float32, F: []float32{float32(a.Float)}}
	}
	return nil
}

// maybe is an optional tensor, nil if it is None.
func (c *call) maybe(name string) *Value { return c.value(c.arg(name)) }

// tensor is a required tensor.
func (c *call) tensor(name string) *Value {
	if v := c.maybe(name); v != nil && v.List == nil {
		return v
	}
	c.fail("argument %q is no tensor", name)
	return &Value{DType: model.Float32, F: []float32{0}}
}

// floatTensor is a required tensor; integers become float32.
func (c *call) floatTensor(name string) *Value {
	v := c.tensor(name)
	if !v.isFloat() {
		return v.cast(model.Float32)
	}
	return v
}

// list is a list of tensors; None is nil. A node with several results is a list as well.
func (c *call) list(name string) []*Value {
	a := c.arg(name)
	if a.Kind == model.ArgNode {
		if v := c.run.env[a.Node]; v != nil && v.List != nil {
			return v.List
		}
	}
	out := make([]*Value, len(a.List))
	for i, e := range a.List {
		out[i] = c.value(e)
	}
	return out
}

// tensors is a list of tensors, none of them None.
func (c *call) tensors(name string) []*Value {
	l := c.list(name)
	for _, v := range l {
		if v == nil {
			c.fail("argument %q has an entry that is no tensor", name)
			return nil
		}
	}
	if len(l) == 0 {
		c.fail("argument %q is empty", name)
	}
	return l
}

// whole is a number, or the value of a node, as an integer.
func (c *call) whole(a model.Arg) (int, bool) {
	switch a.Kind {
	case model.ArgInt, model.ArgBool:
		return int(a.Int), true
	case model.ArgFloat:
		return int(a.Float), true
	case model.ArgNode:
		if v := c.run.env[a.Node]; v != nil && v.Len() == 1 {
			return int(v.ints()[0]), true
		}
	}
	return 0, false
}

// integer is a whole number; def where the argument is None.
func (c *call) integer(name string, def int) int {
	a := c.arg(name)
	if a.IsNone() {
		return def
	}
	i, ok := c.whole(a)
	if !ok {
		c.fail("argument %q is no whole number", name)
	}
	return i
}

// integers is a list of whole numbers, a single one a list of one; nil for None.
func (c *call) integers(name string) []int {
	a := c.arg(name)
	if a.IsNone() {
		return nil
	}
	if a.Kind != model.ArgList {
		a = model.ListArg(a)
	}
	out := make([]int, len(a.List))
	for i, e := range a.List {
		x, ok := c.whole(e)
		if !ok {
			c.fail("argument %q: entry %d is no whole number", name, i)
		}
		out[i] = x
	}
	return out
}

// number is a real number, or the value of a node; def where the argument is None.
func (c *call) number(name string, def float64) float64 {
	a := c.arg(name)
	if f, ok := a.Number(); ok {
		return f
	}
	if a.IsNone() {
		return def
	}
	if v := c.value(a); v != nil && v.Len() == 1 {
		return v.first()
	}
	c.fail("argument %q is no number", name)
	return def
}

// truth is a bool; None is false.
func (c *call) truth(name string) bool { return c.arg(name).Bool() }

// dtype is an element type; Unknown where the argument is None.
func (c *call) dtype(name string) model.DType {
	a := c.arg(name)
	if a.IsNone() {
		return model.Unknown
	}
	d := model.ParseDType(a.Str)
	if d == model.Unknown {
		c.fail("argument %q: %q is no element type", name, a.Str)
	}
	return d
}

// axis is a dimension of a value of that rank, counted from 0. A number has one dimension, as torch sees it.
func (c *call) axis(name string, rank, def int) int {
	return c.wrapAxis(c.integer(name, def), rank)
}

func (c *call) wrapAxis(d, rank int) int {
	rank = max(rank, 1)
	if d < -rank || d >= rank {
		c.fail("dimension %d of rank %d", d, rank)
		return 0
	}
	if d < 0 {
		d += rank
	}
	return d
}

// axes is a list of dimensions, counted from 0; all of them where the list is None or empty.
func (c *call) axes(name string, rank int) []int {
	in := c.integers(name)
	if len(in) == 0 {
		in = make([]int, rank)
		for i := range in {
			in[i] = i
		}
	}
	for i := range in {
		in[i] = c.wrapAxis(in[i], rank)
	}
	return in
}
