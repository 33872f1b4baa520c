package tosa

import (
	"fmt"

	"seam/model"
)

// convPlan is one convolution on its way to TOSA. Spatial values have one entry an axis.
type convPlan struct {
	node                model.NodeID // the edge node
	x, weight, bias     model.NodeID // values here
	stride, pad, dilate []int
	groups              int
	in, out             []int     // shapes: N, C, spatial axes
	kernel              []int     // the weight's shape: Co, Ci of a group, spatial axes
	weights             model.Arg // in the edge graph
	biases              model.Arg // in the edge graph, None if there is none
	name                string    // stem of the weight's name
	inQ, weightQ, outQ  *qargs
}

// convolution lowers aten.convolution.
//
//	source  backends/arm/_passes/rewrite_conv_pass.py: RewriteConvPass; lower.md 2.2
func (e *emitter) convolution(n model.NodeID) (model.NodeID, error) {
	x := e.edge.Node(n)
	c, err := e.newConv(n)
	if err != nil {
		return model.None, err
	}
	c.out = x.Type.T.Shape.Ints()
	spatial := len(c.in) - 2
	c.stride, c.pad, c.dilate = spread(x.Arg(3), spatial), spread(x.Arg(4), spatial), spread(x.Arg(5), spatial)
	c.groups = int(x.Arg(8).Int)
	switch {
	case x.Arg(6).Bool():
		return model.None, e.refuse(n, "transposed convolution")
	case spatial != 1 && spatial != 2:
		return model.None, e.refuse(n, fmt.Sprintf("convolution of rank %d", len(c.in)))
	case c.groups != 1 && !c.depthwise():
		return model.None, e.refuse(n, "grouped convolution")
	}
	return e.conv(c)
}

// linear lowers aten.linear: a convolution with a kernel of one element between two reshapes.
//
//	source  backends/arm/_passes/decompose_linear_pass.py
func (e *emitter) linear(n model.NodeID) (model.NodeID, error) {
	c, err := e.newConv(n)
	if err != nil {
		return model.None, err
	}
	rows := 1
	for _, d := range c.in[:len(c.in)-1] {
		rows *= d
	}
	c.in = []int{rows, c.in[len(c.in)-1], 1, 1}
	c.x = e.reshape(n, c.x, c.in...)
	c.kernel = append(c.kernel, 1, 1)
	c.out = []int{rows, c.kernel[0], 1, 1}
	c.stride, c.pad, c.dilate, c.groups = []int{1, 1}, []int{0, 0}, []int{1, 1}, 1
	y, err := e.conv(c)
	if err != nil {
		return model.None, err
	}
	return e.reshape(n, y, e.edge.Node(n).Type.T.Shape.Ints()...), nil
}

// newConv reads the operands and their parameters.
func (e *emitter) newConv(n model.NodeID) (*convPlan, error) {
	x := e.edge.Node(n)
	c := &convPlan{node: n, name: e.convs.Create("aten_convolution_default"), weights: x.Arg(1), biases: x.Arg(2)}
	err := e.needMark(n)
	if err == nil {
		c.x, err = e.arg(n, 0)
	}
	if err == nil {
		c.inQ, err = e.inQ(n, 0)
	}
	if err == nil {
		c.weightQ, err = e.inQ(n, 1)
	}
	if err == nil {
		c.outQ, err = e.convOutQ(n)
	}
	if err != nil {
		return nil, err
	}
	c.in = e.shapeOf(c.x)
	c.weights = e.edge.Node(c.weights.Node).Args[0]
	if c.biases.Kind == model.ArgNode && isDequantize(e.edge.Node(c.biases.Node)) {
		c.biases = e.edge.Node(c.biases.Node).Args[0]
	}
	if !e.isConst(c.weights.Node) || c.biases.Kind == model.ArgNode && !e.isConst(c.biases.Node) {
		return nil, e.refuse(n, "convolution whose weight or bias is no constant")
	}
	c.kernel = e.edge.Node(c.weights.Node).Type.T.Shape.Ints()
	return c, nil
}

// convOutQ is the parameters of a convolution's result: its own, or those of the clamp that is its only user.
//
//	source  backends/arm/_passes/rewrite_conv_pass.py: _get_effective_output_qparams
func (e *emitter) convOutQ(n model.NodeID) (*qargs, error) {
	q, err := e.outQ(n)
	if q != nil || err != nil {
		return q, err
	}
	if users := e.edge.Users(n); len(users) == 1 && e.inside[users[0]] {
		switch e.edge.Node(users[0]).Target {
		case "aten.relu.default", "aten.hardtanh.default", "aten.clamp.default":
			return e.needOutQ(users[0])
		}
	}
	return e.needOutQ(n)
}

// depthwise says whether every input channel has its own filters.
func (c *convPlan) depthwise() bool {
	return c.in[1] == c.groups && c.out[1]%c.in[1] == 0
}

// spread is a list of n numbers; a shorter one repeats its first.
func spread(a model.Arg, n int) []int {
	v, _ := a.Ints()
	for len(v) > 0 && len(v) < n {
		v = append(v, v[0])
	}
	return v
}

// conv emits TRANSPOSE, the convolution, its RESCALE and TRANSPOSE back; one spatial axis becomes two with RESHAPE.
func (e *emitter) conv(c *convPlan) (model.NodeID, error) {
	pads, err := c.pads()
	if err != nil {
		return model.None, e.refuse(c.node, err.Error())
	}
	x, back := c.x, []int{0, 3, 1, 2}
	if len(c.stride) == 1 {
		back = []int{0, 2, 1}
		x = e.transpose(c.node, x, 0, 2, 1)
		x = e.reshape(c.node, x, c.in[0], 1, c.in[2], c.in[1])
		c.stride, c.dilate, pads = []int{1, c.stride[0]}, []int{1, c.dilate[0]}, append([]int{0, 0}, pads...)
	} else {
		x = e.transpose(c.node, x, 0, 2, 3, 1)
	}
	y, err := e.accumulate(c, x, pads)
	if err != nil {
		return model.None, err
	}
	scales := make([]float64, len(c.weightQ.scales))
	for i, w := range c.weightQ.scales {
		scales[i] = c.inQ.scale() * w / c.outQ.scale()
	}
	y = e.rescale(c.node, y, c.outQ.dtype, scales, 0, c.outQ.zero())
	if len(c.in) == 3 {
		y = e.reshape(c.node, y, c.out[0], c.out[2], c.out[1])
	}
	return e.transpose(c.node, y, back...), nil
}

// accumulate emits the convolution proper, in int32 or int48.
func (e *emitter) accumulate(c *convPlan, x model.NodeID, pads []int) (model.NodeID, error) {
	acc := model.Int32
	if e.tensor(x).DType == model.Int16 {
		acc = model.Int48
	}
	op := opConv2D
	if c.depthwise() {
		op = opDepthwise
	}
	e.convConstants(c, acc)
	out := model.ShapeInts(c.out[0], 1, c.out[len(c.out)-1], c.out[1])
	if len(c.out) == 4 {
		out = out.With(1, model.Dim(c.out[2]))
	}
	return e.op(c.node, op, model.TensorOf(acc, out),
		[]model.Arg{model.NodeArg(x), model.NodeArg(c.weight), model.NodeArg(c.bias)},
		intsKw("pad", pads), intsKw("stride", c.stride), intsKw("dilation", c.dilate),
		model.KwArg{Name: "local_bound", Arg: model.BoolArg(false)}, textKw("acc_type", tosaDType(acc)),
		intKw("input_zp", c.inQ.zero()), intKw("weight_zp", c.weightQ.zero())), nil
}

// pads is the padding before and after each spatial axis. The padding after is cut so that the last window ends at the edge.
//
//	errors  a window that would need negative padding
//	source  backends/arm/_passes/rewrite_conv_pass.py: _adjust_pad_if_needed
func (c *convPlan) pads() ([]int, error) {
	var out []int
	for i, s := range c.stride {
		over := (c.in[i+2] + 2*c.pad[i] - c.dilate[i]*(c.kernel[i+2]-1) - 1) % s
		if over > c.pad[i] {
			return nil, fmt.Errorf("convolution that leaves %d elements over", over)
		}
		out = append(out, c.pad[i], c.pad[i]-over)
	}
	return out, nil
}

// convConstants adds the weight in TOSA's order of axes and the bias, zeros if there is none.
func (e *emitter) convConstants(c *convPlan, acc model.DType) {
	co, ci := c.kernel[0], c.kernel[1]
	kh, kw := 1, c.kernel[len(c.kernel)-1]
	if len(c.kernel) == 4 {
		kh = c.kernel[2]
	}
	w := e.tensorOf(c.weights)
	if c.depthwise() { // Co, 1, KH, KW to KH, KW, C, M: the output channel is C*M
		c.weight = e.weight(c, "hwicm", reordered(w, []int{co, kh, kw}, []int{1, 2, 0}, kh, kw, c.in[1], co/c.in[1]))
	} else {
		c.weight = e.weight(c, "ohwi", reordered(w, []int{co, ci, kh, kw}, []int{0, 2, 3, 1}, co, kh, kw, ci))
	}
	if c.biases.Kind == model.ArgNode {
		c.bias = e.addConst(e.edge.Node(c.biases.Node).Name, widened(e.tensorOf(c.biases), acc), c.biases.Node)
		return
	}
	zeros := model.FromInts(acc, model.ShapeInts(c.out[1]), make([]int64, c.out[1]))
	c.bias = e.addConst(c.name+"_bias", zeros, model.None)
}

func (e *emitter) weight(c *convPlan, order string, t *model.Tensor) model.NodeID {
	return e.addConst(c.name+"_weight_"+order, t, c.weights.Node)
}

// tensorOf is a parameter or buffer; one whose values the graph does not hold has its type.
func (e *emitter) tensorOf(a model.Arg) *model.Tensor {
	if t := e.constant(a); t != nil {
		return t
	}
	t := e.edge.Node(a.Node).Type.T
	return &model.Tensor{DType: t.DType, Shape: t.Shape}
}

// addConst adds a CONST; one made of an edge node's value stands there once for all its readers of that name.
func (e *emitter) addConst(name string, t *model.Tensor, from model.NodeID) model.NodeID {
	if _, ok := e.Attr(name); ok {
		for n := e.First(); n != model.None; n = e.Next(n) {
			if e.Node(n).Kind == model.GetAttr && e.Node(n).Target == name {
				return n
			}
		}
	}
	e.SetAttr(model.Attr{Name: name, Tensor: t})
	var src []model.NodeID
	if from != model.None {
		src = []model.NodeID{from}
	}
	e.At(e.first)
	id := e.Add(model.Spec{Kind: model.GetAttr, Target: name, Name: name, Type: t.Type(), From: src})
	e.AtEnd()
	return id
}

// reordered is t, seen as shape view, with its axes in the order perms and then seen as shape out.
func reordered(t *model.Tensor, view, perms []int, out ...int) *model.Tensor {
	r := &model.Tensor{DType: t.DType, Shape: model.ShapeInts(out...)}
	width := t.DType.Bytes()
	if t.Raw == nil {
		return r
	}
	steps := make([]int, len(view))
	for i, step := len(view)-1, width; i >= 0; i-- {
		steps[i] = step
		step *= view[i]
	}
	to, at := permuted(view, perms), make([]int, len(perms))
	r.Raw = make([]byte, 0, len(t.Raw))
	for range len(t.Raw) / width {
		off := 0
		for i, p := range perms {
			off += at[i] * steps[p]
		}
		r.Raw = append(r.Raw, t.Raw[off:off+width]...)
		for i := len(at) - 1; i >= 0; i-- {
			if at[i]++; at[i] < to[i] {
				break
			}
			at[i] = 0
		}
	}
	return r
}

// widened is t as type d, values unchanged.
func widened(t *model.Tensor, d model.DType) *model.Tensor {
	v, err := t.Ints()
	if t.DType == d || t.Raw == nil || err != nil {
		return &model.Tensor{DType: d, Shape: t.Shape, Raw: sameRaw(t, d)}
	}
	return model.FromInts(d, t.Shape, v)
}

func sameRaw(t *model.Tensor, d model.DType) []byte {
	if t.DType == d {
		return t.Raw
	}
	return nil
}
