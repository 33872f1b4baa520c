package quant

import (
	"slices"

	"seam/model"
)

func matrixOperands(g *model.Graph, n model.NodeID) bool {
	a := g.Node(n).Arg(1)
	return a.Kind == model.ArgNode && g.Node(a.Node).Type.T.Shape.Rank() != 1
}

// matmuls writes matmul as mm or bmm.
//
//	source  torch/_decomp/decompositions.py: matmul
func matmuls(e *editor) {
	for _, n := range e.hits() {
		d := e.decompose(n)
		a, b := d.x.Arg(0), d.x.Arg(1)
		ra, rb := d.typ(a).Shape.Rank(), d.typ(b).Shape.Rank()
		switch {
		case d.x.Type.Symbolic() || ra == 0:
			e.fail("DecomposeMatmulPass on a shape that is not fixed", n)
			return
		case ra == 2 && rb == 2:
			d.finish(d.emit("aten.mm.default", d.x.Type, a, b))
		case ra == 1 && rb == 2:
			d.finish(d.vectorMatrix(a, b))
		case ra >= 3 && rb == 2 && (d.trained(b) || contiguous(d.strides(a.Node), d.typ(a).Shape)):
			d.finish(d.folded(a, b))
		case rb >= 3 && (ra == 2 && d.trained(a) || ra == 1 && (d.trained(a) || contiguous(d.strides(b.Node), d.typ(b).Shape))):
			d.finish(d.foldedLeft(a, b))
		case ra == 1:
			e.fail("DecomposeMatmulPass of a vector with a batch of matrices", n)
			return
		case ra == 3 && rb == 3 && d.typ(a).Shape.At(0) != d.typ(b).Shape.At(0):
			d.finish(d.single(a, b))
		default:
			d.finish(d.batched(a, b, "aten._unsafe_view.default"))
		}
		if bad := d.symbolic(a, b); bad != model.None {
			e.refuseDevice(bad)
			return
		}
	}
	e.sweep()
}

// symbolic finds the first call that is given a size of a constant after the graph was executed anew: torch takes the extents of
// such a constant, unless it is a parameter, for symbols, and a symbol among the operands is no tensor. None if there is none.
func (d *decomposition) symbolic(a, b model.Arg) model.NodeID {
	sa, sb := d.typ(a).Shape, d.typ(b).Shape
	left := sa.Rank() < sb.Rank() || sa.Rank() == 3 && sa.At(0) == 1 && sb.Rank() == 3 && sb.At(0) != 1
	switch sizes := len(d.sized); {
	case sizes == 5 && d.grown(a), sizes == 2 && !left && d.grown(a), sizes == 2 && left && d.grown(b):
		return d.sized[0]
	case sizes == 5 && d.grown(b):
		return d.sized[2]
	case sizes == 2 && !left && d.grown(b) && sb.At(-1) > 1:
		return d.sized[1]
	}
	return model.None
}

// grown says whether a value is a constant, no parameter, with extents that are symbols in a graph that was executed anew.
func (d *decomposition) grown(a model.Arg) bool {
	x := d.Node(a.Node)
	attr, ok := d.Attr(x.Target)
	return ok && d.retraced && x.Kind == model.GetAttr && !attr.Param &&
		slices.ContainsFunc(x.Type.T.Shape.Dims(), func(n model.Dim) bool { return n != 1 })
}

// refuseDevice ends the pass as upstream's check of devices does, which runs after all passes.
//
//	source  backends/arm/quantizer/arm_quantizer.py: TOSAQuantizer, the check of devices
func (e *editor) refuseDevice(n model.NodeID) {
	if e.release < "1.5.1" {
		e.fail("DecomposeMatmulPass of a constant in a graph that was executed anew", n)
		return
	}
	e.err = &model.UpstreamError{Step: "prepare", Text: "ValueError: Quantizer detected operator " + e.Node(n).Name +
		" with different device inputs: the tensor's, and a symbol that stands for a constant's extent and has none."}
}

func (d *decomposition) vectorMatrix(a, b model.Arg) model.Arg {
	t := d.typ(a)
	one := d.emit("aten.unsqueeze.default", model.TensorOf(t.DType, t.Shape.Insert(0, 1)), a, model.IntArg(0))
	mm := d.emit("aten.mm.default", model.TensorOf(t.DType, model.ShapeOf(1, d.typ(b).Shape.At(1))), one, b)
	return d.emit("aten.squeeze_.dim", d.x.Type, mm, model.IntArg(0))
}

// folded multiplies many rows by one matrix.
func (d *decomposition) folded(a, b model.Arg) model.Arg {
	t := d.typ(a)
	return d.view("aten._unsafe_view.default", d.rowsTimes(a, b), t.Shape.With(-1, d.typ(b).Shape.At(1)))
}

// rowsTimes multiplies all rows of a with the matrix or vector b.
func (d *decomposition) rowsTimes(a, b model.Arg) model.Arg {
	t := d.typ(a)
	inner := t.Shape.At(-1)
	rows := model.Dim(t.Shape.Numel())
	if inner > 0 {
		rows /= inner
	}
	flat := d.reshape(a, model.ShapeOf(rows, inner))
	if d.typ(b).Shape.Rank() == 1 {
		return d.emit("aten.mv.default", model.TensorOf(t.DType, model.ShapeOf(rows)), flat, b)
	}
	return d.emit("aten.mm.default", model.TensorOf(t.DType, model.ShapeOf(rows, d.typ(b).Shape.At(1))), flat, b)
}

// foldedLeft multiplies a matrix or vector a with every matrix of b: b's columns are rows of one matrix, times a turned over.
func (d *decomposition) foldedLeft(a, b model.Arg) model.Arg {
	turn := func(x model.Arg) model.Arg {
		t := d.typ(x)
		to := t.Shape.With(-1, t.Shape.At(-2)).With(-2, t.Shape.At(-1))
		return d.emit("aten.transpose.int", model.TensorOf(t.DType, to), x, model.IntArg(-2), model.IntArg(-1))
	}
	t := d.typ(a)
	turn(b) // the trace has one that nothing reads
	rows := turn(b)
	out := d.typ(rows).Shape
	if t.Shape.Rank() == 1 {
		return d.view("aten._unsafe_view.default", d.rowsTimes(rows, a), out.Remove(out.Rank()-1))
	}
	a = d.emit("aten.t.default", model.TensorOf(t.DType, model.ShapeOf(t.Shape.At(1), t.Shape.At(0))), a)
	v := turn(d.view("aten._unsafe_view.default", d.rowsTimes(rows, a), out.With(-1, t.Shape.At(0))))
	if contiguous(d.strides(v.Node), d.typ(v).Shape) {
		return v
	}
	return d.clone(v)
}

// trained says whether a value is a parameter that asks for a gradient.
//
//	source  torch/_decomp/decompositions.py: should_fold
func (d *decomposition) trained(a model.Arg) bool {
	x := d.Node(a.Node)
	attr, ok := d.Attr(x.Target)
	return ok && x.Kind == model.GetAttr && attr.Param && !attr.Frozen
}

// single multiplies a batch by a batch of one, which becomes a plain matrix.
func (d *decomposition) single(a, b model.Arg) model.Arg {
	squeeze := func(x model.Arg) model.Arg {
		t := d.typ(x)
		return d.emit("aten.squeeze.dim", model.TensorOf(t.DType, t.Shape.Remove(0)), x, model.IntArg(0))
	}
	if d.typ(a).Shape.At(0) == 1 {
		left := squeeze(a)
		if d.trained(a) {
			return d.foldedLeft(left, b)
		}
		return d.batched(left, b, "aten._unsafe_view.default")
	}
	trained := d.trained(b)
	b = squeeze(b)
	if trained || contiguous(d.strides(a.Node), d.typ(a).Shape) {
		return d.folded(a, b)
	}
	return d.batched(a, b, "aten._unsafe_view.default")
}

// batched expands both operands, multiplies batch by batch, and gives the result its shape by op.
func (d *decomposition) batched(a, b model.Arg, op string) model.Arg {
	sa, sb := d.typ(a).Shape, d.typ(b).Shape
	batch, ok := broadcast(batchOf(sa), batchOf(sb))
	if !ok {
		d.fail("a product of matrices on a shape that is not fixed", d.n)
		return a
	}
	x := d.flatten(a, batch)
	y := d.flatten(b, batch)
	n, p := sa.At(-2), sb.At(-1)
	out := d.emit("aten.bmm.default", model.TensorOf(d.typ(a).DType, model.ShapeOf(d.typ(x).Shape.At(0), n, p)), x, y)
	return d.view(op, out, batch.Append(n).Append(p))
}

// flatten expands a to the batch, and makes the batch one dimension.
func (d *decomposition) flatten(a model.Arg, batch model.Shape) model.Arg {
	t := d.typ(a)
	n, m := t.Shape.At(-2), t.Shape.At(-1)
	return d.reshape(d.expand(a, batch.Append(n).Append(m)), model.ShapeOf(model.Dim(batch.Numel()), n, m))
}
