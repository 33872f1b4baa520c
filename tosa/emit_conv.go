package tosa

import (
	"fmt"
	"slices"

	"seam/model"
)

// convPlan is one convolution on its way to TOSA. Spatial values have one entry an axis.
type convPlan struct {
	node                model.NodeID // the edge node
	x, weight, bias     model.NodeID // values here
	stride, pad, dilate []int
	outPad              []int // of a transposed convolution, else nil
	groups              int
	in, out             []int         // shapes: N, C, spatial axes
	kernel              []int         // the weight's shape: Co, Ci of a group, spatial axes
	weights             model.Arg     // in the edge graph
	biases              model.Arg     // in the edge graph, None if there is none
	weightT, biasT      *model.Tensor // the values, or types where the edge graph does not hold them; no bias is nil
	biasName            string
	name                string // stem of the weight's name
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
	c.name = e.names.Create("aten_convolution_default")
	c.out = x.Type.T.Shape.Ints()
	spatial := len(c.in) - 2
	c.stride, c.pad, c.dilate = spread(x.Arg(3), spatial), spread(x.Arg(4), spatial), spread(x.Arg(5), spatial)
	c.groups = int(x.Arg(8).Int)
	if x.Arg(6).Bool() {
		c.outPad = spread(x.Arg(7), spatial)
	}
	switch {
	case c.outPad != nil && (spatial != 2 || c.dilate[0] != 1 || c.dilate[1] != 1 || c.groups > 1 && c.weightQ.channel):
		return model.None, e.refuse(n, "transposed convolution of other than two axes, with dilation, or in groups with scales of channels")
	case spatial < 1 || spatial > 3:
		return model.None, e.refuse(n, fmt.Sprintf("convolution of rank %d", len(c.in)))
	case c.groups != 1 && (!c.depthwise() || spatial == 3):
		return e.groupedConv(c)
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
	e.nodeName(nodeView) // the operand's
	e.nodeName(nodeView) // the weight's
	result := e.nodeName(nodeView)
	if e.known(c.x) != nil {
		return e.foldLinear(c, result)
	}
	c.name = e.names.Create("aten_convolution_default")
	rows := product(c.in[:len(c.in)-1])
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
	c := &convPlan{node: n, weights: x.Arg(1), biases: x.Arg(2)}
	var err error
	c.x, err = e.arg(n, 0)
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
	if !e.edge.IsConstant(c.weights.Node) || c.biases.Kind == model.ArgNode && !e.edge.IsConstant(c.biases.Node) {
		return nil, e.refuse(n, "convolution whose weight or bias is no constant")
	}
	c.kernel, c.weightT = e.edge.Node(c.weights.Node).Type.T.Shape.Ints(), e.tensorOf(c.weights)
	if c.biases.Kind == model.ArgNode {
		c.biasName, c.biasT = e.edge.Node(c.biases.Node).Name, e.tensorOf(c.biases)
	}
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
	return c.outPad == nil && c.in[1] == c.groups && c.out[1]%c.in[1] == 0
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
	var pads []int
	if c.outPad == nil {
		e.cropInput(c)
		pads = c.pads()
	} else {
		for i, p := range c.pad {
			pads = append(pads, -p, c.outPad[i]-p)
		}
	}
	last := toChannelsLast(len(c.in))
	x := e.transpose(c.node, c.x, last...)
	if len(c.stride) == 1 {
		x = e.reshape(c.node, x, c.in[0], 1, c.in[2], c.in[1])
		c.stride, c.dilate, pads = []int{1, c.stride[0]}, []int{1, c.dilate[0]}, append([]int{0, 0}, pads...)
	}
	y := e.accumulate(c, x, pads)
	scales := make([]float64, len(c.weightQ.scales))
	for i, w := range c.weightQ.scales {
		scales[i] = c.inQ.scale() * w / c.outQ.scale()
	}
	y = e.rescale(c.node, y, c.outQ.dtype, scales, 0, c.outQ.zero())
	if len(c.in) == 3 {
		y = e.reshape(c.node, y, c.out[0], c.out[2], c.out[1])
	}
	return e.transpose(c.node, y, inverse(last)...), nil
}

// toChannelsLast is the order of axes that puts axis 1 behind all others.
func toChannelsLast(rank int) []int {
	return append(slices.Delete(count(rank), 1, 2), 1)
}

// accumulate emits the convolution proper, in int32 or int48.
func (e *emitter) accumulate(c *convPlan, x model.NodeID, pads []int) model.NodeID {
	acc := accumulator(e.tensor(x).DType)
	op, kw := opConv2D, []model.KwArg{intsKw("pad", pads), intsKw("stride", c.stride), intsKw("dilation", c.dilate)}
	switch {
	case c.outPad != nil:
		op, kw = opTransposeConv, []model.KwArg{intsKw("out_pad", pads), intsKw("stride", c.stride)}
	case c.depthwise():
		op = opDepthwise
	case len(c.in) == 5:
		op = opConv3D
	}
	kw = append(kw, boolKw("local_bound", false), textKw("acc_type", tosaDType(acc)),
		intKw("input_zp", c.inQ.zero()), intKw("weight_zp", c.weightQ.zero()))
	e.convConstants(c, acc)
	out := permuted(c.out, toChannelsLast(len(c.out)))
	if len(out) == 3 {
		out = slices.Insert(out, 1, 1)
	}
	return e.op(c.node, op, model.TensorOf(acc, model.ShapeInts(out...)),
		[]model.Arg{model.NodeArg(x), model.NodeArg(c.weight), model.NodeArg(c.bias)}, kw...)
}

// over is how many elements of a spatial axis no window reaches, padding included.
func (c *convPlan) over(axis int) int {
	return (c.in[axis+2] + 2*c.pad[axis] - c.dilate[axis]*(c.kernel[axis+2]-1) - 1) % c.stride[axis]
}

// cropInput takes out the elements that no window reaches and that cutting the padding does not account for.
//
//	source  backends/arm/_passes/size_adjust_input_pass.py: get_slices_convolution
func (e *emitter) cropInput(c *convPlan) {
	for i := range c.stride {
		if more := c.over(i) - c.pad[i]; more > 0 {
			c.in[i+2] -= more
			c.x = e.crop(c.node, c.x, i+2, c.in[i+2])
		}
	}
}

// pads is the padding before and after each spatial axis. The padding after is cut so that the last window ends at the edge.
//
//	source  backends/arm/_passes/rewrite_conv_pass.py: _adjust_pad_if_needed
func (c *convPlan) pads() []int {
	var out []int
	for i := range c.stride {
		out = append(out, c.pad[i], c.pad[i]-c.over(i))
	}
	return out
}

// convConstants adds the weight in TOSA's order of axes and the bias, zeros if there is none.
func (e *emitter) convConstants(c *convPlan, acc model.DType) {
	w, spatial := c.weightT, c.kernel[2:]
	if c.weightQ.lo == -7 && c.weightQ.hi == 7 { // FoldAndAnnotateQParamsPass: four bits, kept in eight
		w = &model.Tensor{DType: model.Int4, Shape: w.Shape, Raw: w.Raw}
	}
	if len(spatial) == 1 {
		spatial = []int{1, spatial[0]}
	}
	view := append([]int{c.kernel[0], c.kernel[1]}, spatial...)
	order, perms := "ohwi", toChannelsLast(len(view))
	switch {
	case c.outPad != nil: // Ci, Co, KH, KW
		perms = []int{1, 2, 3, 0}
	case c.depthwise(): // Co, 1, KH, KW to KH, KW, C, M; output channel c*M+m
		order, perms = "hwicm", []int{2, 3, 0, 1}
	case len(view) == 5:
		order = "odhwi"
	}
	shape := permuted(view, perms)
	if c.depthwise() {
		shape[2], shape[3] = c.in[1], c.kernel[0]/c.in[1]
	}
	c.weight = e.addConst(c.name+"_weight_"+order, reordered(w, view, perms, shape...), c.weights.Node)
	if c.biasT != nil {
		c.bias = e.addConst(c.biasName, widened(c.biasT, acc), c.biases.Node)
		return
	}
	zeros := model.FromInts(acc, model.ShapeInts(c.out[1]), make([]int64, c.out[1]))
	c.bias = e.addFront(c.name+"_bias", zeros, frontBias)
}

// tensorOf is a parameter or buffer; one whose values the graph does not hold has its type.
func (e *emitter) tensorOf(a model.Arg) *model.Tensor {
	if t := e.constant(a); t != nil {
		return t
	}
	t := e.edge.Node(a.Node).Type.T
	return &model.Tensor{DType: t.DType, Shape: t.Shape}
}

// sourced is a constant and the edge node that it comes from.
type sourced struct{ from, node model.NodeID }

// addConst adds a CONST, in the order of the edge nodes that constants come from. A second reader shares it.
func (e *emitter) addConst(name string, t *model.Tensor, from model.NodeID) model.NodeID {
	if n, ok := e.named[name]; ok && e.Alive(n) {
		return n
	}
	if from == model.None {
		return e.addFront(name, t, frontMade)
	}
	if e.AtEnd(); e.First() != model.None {
		e.At(e.First())
	}
	place := e.placeOf(from)
	id := e.putConst(name, t, from)
	e.sorted = slices.Insert(e.sorted, place, sourced{from, id})
	return id
}

// What stands in front of the constants that come from edge nodes, each in front of what earlier passes put there.
const (
	frontBias     = iota // RewriteConvPass
	frontTable           // InsertTableOpsPass
	frontComputed        // ComputeConstantOpsAOTPass
	frontMade            // passes before
)

// addFront adds a CONST that comes from no edge node, in front of those of its pass and of earlier ones.
//
//	source  rewrite_conv_pass.py: _add_bias; insert_table_ops.py: call; fuse_constant_ops_pass.py: compute_node_aot
func (e *emitter) addFront(name string, t *model.Tensor, pass int) model.NodeID {
	e.AtEnd()
	for n := e.First(); n != model.None; n = e.Next(n) {
		if p, ok := e.fronts[n]; !ok || p >= pass {
			e.At(n)
			break
		}
	}
	id := e.putConst(name, t, model.None)
	e.fronts[id] = pass
	return id
}

// putConst adds a CONST at the current place.
func (e *emitter) putConst(name string, t *model.Tensor, from model.NodeID) model.NodeID {
	s := model.Spec{Kind: model.GetAttr, Target: name, Name: name, Type: t.Type()}
	if from != model.None {
		s.From = []model.NodeID{from}
	}
	e.SetAttr(model.Attr{Name: name, Tensor: t})
	id := e.Add(s)
	e.AtEnd()
	e.named[name] = id
	return id
}

// placeOf makes new nodes go where a constant that comes from an edge node belongs, and says where that is in e.sorted: in front of the
// constants that come from later ones, else in front of the first input.
func (e *emitter) placeOf(from model.NodeID) int {
	place, _ := slices.BinarySearchFunc(e.sorted, from+1, func(c sourced, f model.NodeID) int { return int(c.from - f) })
	next := place
	for next < len(e.sorted) && !e.Alive(e.sorted[next].node) {
		next++
	}
	switch {
	case next < len(e.sorted):
		e.At(e.sorted[next].node)
	case e.first != model.None:
		e.At(e.first)
	}
	return place
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

// widened is t as type d, which must hold its values.
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

// accumulator is the type in which products of that type are summed.
func accumulator(d model.DType) model.DType {
	if d == model.Int16 {
		return model.Int48
	}
	return model.Int32
}
