package eval

import "slices"

// imageToColumns is every window of an image as a column: channels times the window's size, by the number of windows. The image
// may lack the axis of batches.
//
//	source  aten/src/ATen/native/Im2Col.cpp
func imageToColumns(c *call) *Value {
	x := c.tensor("self")
	two := func(name string, def int) []int { v := c.sizes(name, 2, def, def); return v[1:] }
	kernel, dilation, padding, stride := two("kernel_size", 1), two("dilation", 1), two("padding", 0), two("stride", 1)
	n := len(x.Shape) - 2
	if c.err != nil || n != 1 && n != 2 {
		c.fail("windows of %v", x.Shape)
		return nil
	}
	image := pad(c, []int{padding[1], padding[1], padding[0], padding[0]}, "constant")
	if image == nil {
		return nil
	}
	st := strides(image.Shape)
	shape := append(slices.Clone(x.Shape[:n]), kernel[0], kernel[1])
	step := append(slices.Clone(st[:n]), dilation[0]*st[n], dilation[1]*st[n+1])
	windows := 1
	for i := range 2 {
		reach := dilation[i]*(kernel[i]-1) + 1
		if kernel[i] < 1 || dilation[i] < 1 || stride[i] < 1 || padding[i] < 0 || image.Shape[n+i] < reach {
			c.fail("windows of %v every %v in %v", kernel, stride, image.Shape)
			return nil
		}
		count := (image.Shape[n+i]-reach)/stride[i] + 1
		shape, step, windows = append(shape, count), append(step, stride[i]*st[n+i]), windows*count
	}
	out := append(slices.Clone(x.Shape[:n-1]), x.Shape[n-1]*kernel[0]*kernel[1], windows)
	return view(image, 0, shape, step).withShape(out)
}
