package eval

import (
	"slices"

	"seam/model"
)

// bindLinear covers linear and the products with an added term.
func bindLinear(o op) kernel {
	switch o.base {
	case "linear":
		return func(c *call) *Value {
			return c.linear(c.floatTensor("input"), c.floatTensor("weight"), c.maybe("bias"))
		}
	case "addmm":
		return func(c *call) *Value { return addmm(c, "mat1", "mat2") }
	case "baddbmm":
		return func(c *call) *Value { return addmm(c, "batch1", "batch2") }
	}
	return nil
}

// linear is x*w' + b; x [..., in], w [out, in] or [in], b [out] or nil.
func (c *call) linear(x, w, b *Value) *Value {
	in := w.Shape[len(w.Shape)-1]
	if len(x.Shape) == 0 || x.Shape[len(x.Shape)-1] != in {
		c.fail("input %v for weight %v", x.Shape, w.Shape)
		return nil
	}
	shape := slices.Clone(x.Shape[:len(x.Shape)-1])
	rows, cols := numel(shape), 1
	if len(w.Shape) == 2 {
		cols = w.Shape[0]
		shape = append(shape, cols)
	}
	out := newValue(x.DType, shape)
	if b != nil {
		fill := expandTo(b.cast(x.DType), []int{cols}).F
		for r := range rows {
			copy(out.F[r*cols:], fill)
		}
	}
	gemm(matrix{rows, in, false, x.F}, matrix{cols, in, true, w.F}, out.F, rows, cols)
	return out
}

// addmm is beta*self + alpha*(left*right).
func addmm(c *call, left, right string) *Value {
	self, alpha, beta := c.tensor("self"), c.number("alpha", 1), c.number("beta", 1)
	out := c.matmul(c.tensor(left), c.tensor(right))
	if out == nil {
		return nil
	}
	if alpha != 1 {
		out = scaled(out, alpha, out.DType)
	}
	if beta == 0 {
		return out
	}
	if beta != 1 {
		self = scaled(self, beta, out.DType)
	}
	return apply(out.DType, out, self, func(a, b float32) float32 { return a + b }, func(a, b int64) int64 { return a + b })
}

// bindMatmul covers products of matrices, vectors and batches of them.
func bindMatmul(o op) kernel {
	switch o.base {
	case "matmul":
		return func(c *call) *Value { return c.matmul(c.tensor("self"), c.value(c.step.args[1])) }
	case "mm", "bmm":
		return func(c *call) *Value { return c.matmul(c.tensor("self"), c.tensor("mat2")) }
	case "mv":
		return func(c *call) *Value { return c.matmul(c.tensor("self"), c.tensor("vec")) }
	case "dot":
		return func(c *call) *Value { return c.matmul(c.tensor("self"), c.tensor("tensor")) }
	case "vdot": // the same for real numbers
		return func(c *call) *Value { return c.matmul(c.tensor("self"), c.tensor("other")) }
	case "bilinear":
		return bilinear
	case "outer":
		return func(c *call) *Value {
			a, b := c.tensor("self"), c.tensor("vec2")
			return apply(promote(a.DType, b.DType), a.withShape([]int{a.Len(), 1}), b.withShape([]int{b.Len()}),
				func(a, b float32) float32 { return a * b }, func(a, b int64) int64 { return a * b })
		}
	}
	return nil
}

// matmul multiplies as torch.matmul does: vectors become a row on the left and a column on the right, batches broadcast.
func (c *call) matmul(a, b *Value) *Value {
	if b == nil || len(a.Shape) == 0 || len(b.Shape) == 0 {
		c.fail("a product with a number")
		return nil
	}
	row, col := len(a.Shape) == 1, len(b.Shape) == 1
	if row {
		a = a.withShape([]int{1, a.Shape[0]})
	}
	if col {
		b = b.withShape([]int{b.Shape[0], 1})
	}
	ra, rb := len(a.Shape)-2, len(b.Shape)-2
	m, k, n := a.Shape[ra], a.Shape[ra+1], b.Shape[rb+1]
	if b.Shape[rb] != k {
		c.fail("shapes %v and %v do not multiply", a.Shape, b.Shape)
		return nil
	}
	batch := broadcast(a.Shape[:ra], b.Shape[:rb])
	d := promote(a.DType, b.DType)
	out := newValue(d, append(slices.Clone(batch), m, n))
	w := walkOver(batch, spread(a.Shape[:ra], batch), spread(b.Shape[:rb], batch))
	x, y := a.cast(d), b.cast(d)
	w.rows(func(o int, off []int, count int, step []int) {
		for i := range count {
			p, q, r := (off[0]+i*step[0])*m*k, (off[1]+i*step[1])*k*n, (o+i)*m*n
			if d.IsFloat() {
				gemm(matrix{m, k, false, x.F[p : p+m*k]}, matrix{k, n, false, y.F[q : q+k*n]}, out.F[r:r+m*n], m, n)
			} else {
				intProduct(x.I[p:p+m*k], y.I[q:q+k*n], out.I[r:r+m*n], k, n)
			}
		}
	})
	shape := slices.Clone(batch)
	if !row {
		shape = append(shape, m)
	}
	if !col {
		shape = append(shape, n)
	}
	return out.withShape(shape)
}

// bilinear is x*w[k]*y' + b[k] for each output k; x [..., n], y [..., m], w [out, n, m], b [out] or nil.
//
//	source  aten/src/ATen/native/Linear.cpp: bilinear
func bilinear(c *call) *Value {
	x, y, w := c.floatTensor("input1"), c.floatTensor("input2"), c.floatTensor("weight")
	if len(x.Shape) == 0 || len(y.Shape) != len(x.Shape) || len(w.Shape) != 3 || x.Shape[len(x.Shape)-1] != w.Shape[1] ||
		y.Shape[len(y.Shape)-1] != w.Shape[2] || !slices.Equal(x.Shape[:len(x.Shape)-1], y.Shape[:len(y.Shape)-1]) {
		c.fail("inputs %v and %v for weight %v", x.Shape, y.Shape, w.Shape)
		return nil
	}
	outs, n, m := w.Shape[0], w.Shape[1], w.Shape[2]
	rows := x.withShape([]int{numel(x.Shape[:len(x.Shape)-1]), n})
	out := newValue(x.DType, append(slices.Clone(x.Shape[:len(x.Shape)-1]), outs))
	for k := range outs {
		mid := c.matmul(rows, &Value{DType: w.DType, Shape: []int{n, m}, F: w.F[k*n*m : (k+1)*n*m]})
		for r := range rows.Shape[0] {
			sum := float32(0)
			for j := range m {
				sum += mid.F[r*m+j] * y.F[r*m+j]
			}
			out.F[r*outs+k] = sum
		}
	}
	if b := c.maybe("bias"); b != nil {
		return apply(out.DType, out, b, func(a, b float32) float32 { return a + b }, nil)
	}
	return out
}

func intProduct(a, b, c []int64, k, n int) {
	for i := range c {
		for l := range k {
			c[i] += a[i/n*k+l] * b[l*n+i%n]
		}
	}
}

// linearOf is linear on values that a kernel holds, for the recurrent families.
func linearOf(x, w, b *Value) *Value {
	c := &call{}
	out := c.linear(x.cast(model.Float32), w.cast(model.Float32), b)
	if c.err != nil {
		panic(c.err)
	}
	return out
}
