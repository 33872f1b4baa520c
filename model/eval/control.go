package eval

import (
	"math"

	"seam/model"
)

// bindControl covers control flow over captured bodies.
func bindControl(o op) kernel {
	switch o.base {
	case "cond":
		return cond
	case "while_loop":
		return whileLoop
	}
	return nil
}

// carried is the operands of a control-flow call: its list arguments, one after the other.
func carried(c *call) []*Value {
	var out []*Value
	for _, a := range c.node.Args {
		for _, e := range a.List {
			out = append(out, c.value(e))
		}
	}
	return out
}

func (c *call) body(i int, in []*Value) []*Value {
	if i >= len(c.step.subs) || len(in) != len(c.step.subs[i].inputs) {
		c.fail("body %d does not take %d operands", i, len(in))
		return nil
	}
	out, err := c.step.subs[i].eval(c.run.ctx, in, nil)
	if err != nil {
		c.fail("body %d: %w", i, err)
	}
	return out
}

// cond runs the first body where its predicate is true, else the second.
func cond(c *call) *Value {
	which := 1
	if p := c.value(c.node.Arg(0)); p != nil && p.Len() == 1 && p.truths()[0] == 1 {
		which = 0
	}
	return listOf(c.body(which, carried(c))...)
}

// whileLoop runs its second body on the carried operands while its first one is true.
func whileLoop(c *call) *Value {
	in, n := carried(c), len(c.node.Arg(2).List)
	for c.err == nil {
		p := c.body(0, in)
		if len(p) != 1 || p[0] == nil || p[0].truths()[0] == 0 {
			break
		}
		next := c.body(1, in)
		if len(next) != n {
			c.fail("a body gives %d operands for %d", len(next), n)
			break
		}
		copy(in, next)
	}
	return listOf(in[:n]...)
}

// bindSym covers sizes, and Python's arithmetic on them.
func bindSym(o op) kernel {
	var f func(a, b float64) float64
	switch o.base {
	case "sym_size":
		return func(c *call) *Value {
			x := c.tensor("self")
			return intValue(x.Shape[c.axis("dim", len(x.Shape), 0)])
		}
	case "sym_numel":
		return func(c *call) *Value { return intValue(c.tensor("self").Len()) }
	case "add":
		f = func(a, b float64) float64 { return a + b }
	case "sub":
		f = func(a, b float64) float64 { return a - b }
	case "mul":
		f = func(a, b float64) float64 { return a * b }
	case "floordiv":
		f = func(a, b float64) float64 { return math.Floor(a / b) }
	case "truediv":
		return func(c *call) *Value { return c.python(func(a, b float64) float64 { return a / b }, true) }
	}
	if f == nil {
		return nil
	}
	return func(c *call) *Value { return c.python(f, false) }
}

// python computes on two numbers; the result is an int unless a float takes part.
func (c *call) python(f func(a, b float64) float64, float bool) *Value {
	a, b := c.value(c.node.Arg(0)), c.value(c.node.Arg(1))
	if a == nil || b == nil || a.Len() != 1 || b.Len() != 1 {
		c.fail("arithmetic on what is no number")
		return nil
	}
	v := f(a.first(), b.first())
	if float || a.isFloat() || b.isFloat() {
		return &Value{DType: model.Float32, F: []float32{float32(v)}}
	}
	return intValue(int(v))
}
