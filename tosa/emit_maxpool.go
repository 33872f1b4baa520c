package tosa

import "seam/model"

// dilatedPool lowers a max_pool2d whose window has holes: every residue of the places becomes an image of its own.
//
//	source  backends/arm/_passes/decompose_maxpool2d_with_dilation_pass.py: DecomposeMaxPool2dPass
func (e *emitter) dilatedPool(n, v model.NodeID, p pool, dilate []int) (model.NodeID, error) {
	q, err := e.inQ(n, 0)
	if err != nil {
		return model.None, err
	}
	shape := e.shapeOf(v)
	var padding, packed, out [2]int // behind each axis; places of one residue; places of the result
	for i := range 2 {
		size := shape[i+2] + 2*p.pad[i]
		padding[i] = p.pad[i] + (dilate[i]-size%dilate[i])%dilate[i]
		packed[i] = (shape[i+2] + p.pad[i] + padding[i]) / dilate[i]
		out[i] = 1 + (size-dilate[i]*(p.kernel[i]-1)-1)/p.stride[i]
	}
	pads := []int{0, 0, 0, 0, p.pad[0], padding[0], p.pad[1], padding[1]}
	least, _ := limits(q.dtype)
	if product(padShape([]int{1, 1, 1, 1}, pads)) > 1 { // the least code is taken for a real value and made a code again
		v = e.padded(n, v, opPad, pads, intKw("value", q.code(float64(least))))
	}
	rows, channels := shape[0], shape[1]
	v = e.viewed(n, v, rows, channels, packed[0], dilate[0], packed[1], dilate[1])
	v = e.turned(n, v, 3, 5, 0, 1, 2, 4)
	v = e.viewed(n, v, rows*dilate[0]*dilate[1], channels, packed[0], packed[1])
	inner := pool{kernel: p.kernel, stride: p.stride, pad: []int{0, 0}, ceil: p.ceil}
	if v, err = e.pool(n, v, opMaxPool, inner, !p.ceil, nil, textKw("nan_mode", "PROPAGATE")); err != nil {
		return model.None, err
	}
	pooled := e.shapeOf(v)
	v = e.viewed(n, v, dilate[0], dilate[1], rows, channels, pooled[2], pooled[3])
	v = e.turned(n, v, 2, 3, 4, 0, 5, 1)
	v = e.viewed(n, v, rows, channels, pooled[2]*dilate[0], pooled[3]*dilate[1])
	return e.crop(n, e.crop(n, v, 2, out[0]), 3, out[1]), nil
}

// largeStride lowers a max_pool2d of windows that do not overlap, with steps that the U55 does not have: first the rows of every
// window, then their maxima.
//
//	source  backends/arm/_passes/decompose_large_stride_maxpool2d_pass.py: DecomposeLargeStrideMaxPool2dForU55Pass
func (e *emitter) largeStride(n, v model.NodeID, p pool, dilated bool) (model.NodeID, error) {
	kh, kw := p.kernel[0], p.kernel[1]
	shape := e.shapeOf(v)
	if dilated || p.ceil || p.pad[0]+p.pad[1] > 0 || kh != p.stride[0] || kw != p.stride[1] || len(shape) != 4 {
		return model.None, e.refuse(n, "max_pool2d of a large stride")
	}
	h, w := shape[2]/kh, shape[3]/kw
	for i, size := range []int{h * kh, w * kw} {
		if size != shape[i+2] {
			v = e.crop(n, v, i+2, size)
		}
	}
	v = e.viewed(n, v, shape[0], shape[1], h, kh, w, kw)
	v = e.turned(n, v, 0, 1, 2, 4, 3, 5)
	for _, k := range []int{kw, kh} {
		v = e.viewed(n, v, shape[0], shape[1], product(e.shapeOf(v)[2:])/k, k)
		one := pool{kernel: []int{1, k}, stride: []int{1, 1}, pad: []int{0, 0}}
		var err error
		if v, err = e.pool(n, v, opMaxPool, one, true, nil, textKw("nan_mode", "PROPAGATE")); err != nil {
			return model.None, err
		}
	}
	return e.viewed(n, v, shape[0], shape[1], h, w), nil
}
