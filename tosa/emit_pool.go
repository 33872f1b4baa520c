package tosa

import (
	"slices"

	"seam/model"
)

// pool is a pooling operator's window. Entries are for height and width.
type pool struct {
	kernel, stride, pad []int
	ceil                bool
}

// avgPool lowers avg_pool2d: TRANSPOSE, AVG_POOL2D, TRANSPOSE back. Upstream writes the zero points as codes of themselves.
//
//	source  backends/arm/_passes/rewrite_avg_pool2d_pass.py: RewriteAvgPool2dPass; lower.md trap T28
func (e *emitter) avgPool(n model.NodeID) (model.NodeID, error) {
	x := e.edge.Node(n)
	p := e.poolOf(x, x.Arg(4))
	counts := x.Arg(5).IsNone() || x.Arg(5).Bool()
	padded := p.pad[0]+p.pad[1] > 0
	if padded && counts || p.ceil && counts || !x.Arg(6).IsNone() {
		return model.None, e.refuse(n, "avg_pool2d that counts padding or has a divisor")
	}
	in, err := e.inQ(n, 0)
	if err != nil {
		return model.None, err
	}
	out, err := e.needOutQ(n)
	if err != nil {
		return model.None, err
	}
	v, err := e.arg(n, 0)
	if err != nil {
		return model.None, err
	}
	d := e.tensor(v).DType
	zeros := []model.NodeID{e.filled(d, 1, int64(out.code(float64(in.zero())))), e.filled(d, 1, int64(out.code(float64(out.zero()))))}
	for range 2 { // RewriteMaxPool2dPass comes later
		e.nodeName(nodePermute)
	}
	return e.pool(n, v, opAvgPool, p, !counts && !p.ceil, zeros, textKw("acc_type", "INT32"))
}

// maxPool lowers max_pool2d.
//
//	source  backends/arm/_passes: RemoveGetItemPass, NormalizeMaxPool2dInputRankPass, RewriteMaxPool2dPass
func (e *emitter) maxPool(n model.NodeID) (model.NodeID, error) {
	x := e.edge.Node(n)
	v, err := e.arg(n, 0)
	if err != nil {
		return model.None, err
	}
	p := e.poolOf(x, x.Arg(5))
	dilate := spread(x.Arg(4), 2)
	dilated := slices.ContainsFunc(dilate, func(d int) bool { return d != 1 })
	shape := e.shapeOf(v)
	for _, s := range p.stride {
		if e.cfg.U55 && s > 3 {
			return e.largeStride(n, v, p, dilated)
		}
	}
	if len(shape) == 3 {
		v = e.reshape(n, v, append([]int{1}, shape...)...)
	}
	if dilated {
		v, err = e.dilatedPool(n, v, p, dilate)
	} else {
		v, err = e.pool(n, v, opMaxPool, p, !p.ceil, nil, textKw("nan_mode", "PROPAGATE"))
	}
	if err == nil && len(shape) == 3 {
		v = e.reshape(n, v, e.shapeOf(v)[1:]...)
	}
	return v, err
}

func (e *emitter) poolOf(x *model.Node, ceil model.Arg) pool {
	p := pool{kernel: spread(x.Arg(1), 2), stride: spread(x.Arg(2), 2), pad: spread(x.Arg(3), 2), ceil: ceil.Bool()}
	if len(p.stride) == 0 {
		p.stride = p.kernel
	}
	if len(p.pad) == 0 {
		p.pad = []int{0, 0}
	}
	return p
}

// pool emits one pooling operator with its zero points; crop takes out the rows and columns that no window reaches.
//
//	source  backends/arm/_passes/size_adjust_input_pass.py; operators/operator_validation_utils.py: adjust_pooling_pad_if_needed
func (e *emitter) pool(n, v model.NodeID, op string, p pool, crop bool, zeros []model.NodeID, kw ...model.KwArg) (model.NodeID, error) {
	if len(e.shapeOf(v)) != 4 {
		return model.None, e.refuse(n, e.edge.Node(n).Target+" of other than rank 4")
	}
	var pads, out []int
	for i := range 2 {
		size := e.shapeOf(v)[i+2]
		if over := (size + 2*p.pad[i] - p.kernel[i]) % p.stride[i]; crop && over > p.pad[i] {
			v = e.crop(n, v, i+2, size-(over-p.pad[i]))
			size -= over - p.pad[i]
		}
		after := padAfter(size, p.kernel[i], p.stride[i], p.pad[i], p.ceil)
		pads = append(pads, p.pad[i], after)
		out = append(out, (size+p.pad[i]+after-p.kernel[i])/p.stride[i]+1)
	}
	v = e.transpose(n, v, 0, 2, 3, 1)
	shape := e.shapeOf(v)
	t := model.TensorOf(e.tensor(v).DType, model.ShapeInts(shape[0], out[0], out[1], shape[3]))
	attrs := append([]model.KwArg{intsKw("kernel", p.kernel), intsKw("stride", p.stride), intsKw("pad", pads)}, kw...)
	args := []model.Arg{model.NodeArg(v)}
	for _, z := range zeros {
		args = append(args, model.NodeArg(z))
	}
	return e.transpose(n, e.op(n, op, t, args, attrs...), 0, 3, 1, 2), nil
}

// padAfter is the padding behind the last element that makes the windows end there.
func padAfter(size, kernel, stride, pad int, ceil bool) int {
	room := size - kernel + 2*pad
	out := room/stride + 1
	if ceil {
		out = (room+stride-1)/stride + 1
		if (out-1)*stride >= size+pad {
			out--
		}
	}
	return (out-1)*stride - size + kernel - pad
}

// crop keeps the first size elements of an axis.
func (e *emitter) crop(n, v model.NodeID, axis, size int) model.NodeID {
	shape := e.shapeOf(v)
	start := make([]int, len(shape))
	shape[axis] = size
	return e.slice(n, v, axis, start, shape)
}

// slice adds a SLICE of v along one axis.
func (e *emitter) slice(n, v model.NodeID, axis int, start, size []int) model.NodeID {
	e.nodeName(nodeSlice)
	return e.cut(n, v, axis, start, size)
}

// cut adds a SLICE of v, for edge node n.
func (e *emitter) cut(n, v model.NodeID, axis int, start, size []int) model.NodeID {
	t := model.TensorOf(e.tensor(v).DType, model.ShapeInts(size...))
	return e.op(n, opSlice, t, []model.Arg{model.NodeArg(v)}, intKw("axis", axis), intsKw("start", start), intsKw("size", size))
}
