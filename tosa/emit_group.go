package tosa

import (
	"slices"

	"seam/model"
)

// groupedConv lowers a convolution in groups: SLICEs of the channels, a convolution of each, CONCAT.
//
//	source  backends/arm/_passes/decompose_grouped_conv_pass.py: DecomposeGroupedConvPass
func (e *emitter) groupedConv(c *convPlan) (model.NodeID, error) {
	in, out := c.in[1]/c.groups, c.out[1]/c.groups
	var parts []model.NodeID
	size := slices.Clone(c.in)
	size[1] = in
	for g := range c.groups {
		start := make([]int, len(c.in))
		start[1] = g * in
		parts = append(parts, e.slice(c.node, c.x, 1, start, slices.Clone(size)))
	}
	for range c.groups {
		e.nodeName(nodeSlice) // the weight's
	}
	list := model.ListArg()
	for g, x := range parts {
		p := *c
		p.x, p.in, p.groups = x, slices.Clone(size), 1
		p.stride, p.dilate = slices.Clone(c.stride), slices.Clone(c.dilate)
		p.out = slices.Clone(c.out)
		p.out[1] = out
		p.group(g, out)
		if p.biasT != nil {
			p.biasName = e.nodeName(nodeSlice) + "_fused_const"
		}
		if g > 0 {
			p.name = e.names.Create("aten_convolution_default")
		}
		y, err := e.conv(&p)
		if err != nil {
			return model.None, err
		}
		list.List = append(list.List, model.NodeArg(y))
	}
	t := model.TensorOf(c.outQ.dtype, model.ShapeInts(c.out...))
	return e.op(c.node, opConcat, t, []model.Arg{list}, intKw("axis", 1)), nil
}

// group takes what group g, of out output channels, has of the weight and the bias. The weight's first axis is the outputs, of a
// transposed convolution the inputs.
func (c *convPlan) group(g, out int) {
	rows := c.in[1]
	if c.outPad == nil {
		rows = out
	}
	start, size := make([]int, len(c.kernel)), slices.Clone(c.kernel)
	start[0], size[0] = g*rows, rows
	c.kernel, c.weightT = size, part(c.weightT, start, size)
	if c.biasT != nil {
		c.biasT = part(c.biasT, []int{g * out}, []int{out})
	}
	if c.weightQ.channel {
		q := *c.weightQ
		q.scales, q.zeros = q.scales[g*out:(g+1)*out], q.zeros[g*out:(g+1)*out]
		c.weightQ = &q
	}
}
