package ethosu

import "seam/model"

// convArgs is where the two convolution operators keep their arguments.
type convArgs struct{ stride, pad, dilation, transposed, outPad, groups int }

var (
	convolutionArgs = convArgs{stride: 3, pad: 4, dilation: 5, transposed: 6, outPad: 7, groups: 8}
	transposeArgs   = convArgs{stride: 3, pad: 4, dilation: 7, transposed: -1, outPad: 5, groups: 6}
)

// Limits of the U55's convolutions.
const (
	maxExtent   = 65536
	maxKernelY  = 64
	maxKernelXY = 4096
	maxStride   = 3
)

// convolution accepts convolutions, transposed ones within limits, and on U55 those that fit its hardware.
//
//	source  operator_support/convolution_support.py: ConvolutionSupported
func convolution(a *ask) verdict {
	at := convolutionArgs
	if a.n.Target == "aten.conv_transpose2d.input" {
		at = transposeArgs
	}
	transposed := at.transposed < 0 || a.arg(at.transposed).Bool()
	outPad, groups := a.spread(a.arg(at.outPad)), a.arg(at.groups).Int
	if a.raised != "" {
		return pass
	}
	if transposed {
		if v := a.transposedConv(at, outPad, groups); !v.ok {
			return v
		}
	} else if !zeros(outPad) {
		return no("Convolutions with non-zero output padding not implemented.")
	}
	switch {
	case !a.target.U55:
		return pass
	case transposed || a.arg(6).Bool():
		return a.transposedConvU55().onU55()
	}
	return a.convU55(groups).onU55()
}

func zeros(v []int64) bool {
	for _, x := range v {
		if x != 0 {
			return false
		}
	}
	return true
}

func (a *ask) transposedConv(at convArgs, outPad []int64, groups int64) verdict {
	pad, out, dilation := a.firstTwo(a.spread(a.arg(at.pad))), a.firstTwo(outPad), a.spread(a.arg(at.dilation))
	w, ok := a.operand(1)
	if !ok || a.raised != "" {
		return pass
	}
	// 1.3.1 tests the dilation only of grouped ones, and does not see weights that a dequantize gives
	if (a.t.v14 || groups != 1) && !ones(dilation) {
		return no("Transpose convolutions with dilation are not supported.")
	}
	if groups != 1 && a.t.v14 && a.classOf(a.n.Args[1].Node)&opDequantChan != 0 {
		return no("Grouped transpose convolutions with per-channel weight quantization are not supported.")
	}
	if w.Shape.Rank() != 4 {
		return no("Only 2D transpose convolutions are supported.")
	}
	for i, axis := range []string{"height", "width"} {
		if k := int64(w.Shape.At(2 + i)); max(pad[i], pad[i]-out[i]) >= k {
			return no("Transpose convolution out_pad exceeds kernel %s.", axis)
		}
	}
	return pass
}

func ones(v []int64) bool {
	for _, x := range v {
		if x != 1 {
			return false
		}
	}
	return true
}

// transposedConvU55 holds a transposed convolution against the hardware's limits.
func (a *ask) transposedConvU55() verdict {
	x, ok1 := a.operand(0)
	w, ok2 := a.operand(1)
	s := a.firstTwo(a.spread(a.arg(3)))
	if !ok1 || !ok2 || a.raised != "" {
		return pass
	}
	if x.Shape.Rank() != 4 {
		return no("TransposeConv2d requires 4D input, got rank %d.", x.Shape.Rank())
	}
	c, h, wd := x.Shape.At(1), x.Shape.At(2), x.Shape.At(3)
	if !a.within(c, 1, maxExtent) || !a.within(h, 1, maxExtent) || !a.within(wd, 1, maxExtent) {
		return no("HWC must be in the range [1;65536] but got %s %s %s", a.extent(c), a.extent(h), a.extent(wd))
	}
	kh, kw := int64(w.Shape.At(2)), int64(1)
	if w.Shape.Rank() > 3 {
		kw = int64(w.Shape.At(3))
	}
	if kh*kw > maxKernelXY || kh*kw < 1 || kh > maxKernelY || kh < 1 {
		return no("Kernel Height * Kernel Width must be in the range [1;4096] but got %d", kh*kw)
	}
	switch {
	case s == [2]int64{1, 1}, s == [2]int64{2, 2}:
	case s == [2]int64{1, 2} && h == 1 && kh == 1:
	case s == [2]int64{2, 1} && wd == 1 && kw == 1:
	default:
		return no("Unsupported stride of %s for Ethos-U55. You can use stride of (1,1) or (2,2), stride (1,2) for IFM height kernel "+
			"height of 1 and stride(2,1) for IFM width and kernel width of 1", pyInts(s[:]))
	}
	return pass
}

// convU55 holds a convolution against the hardware's limits. Upstream calls the kernel's width y.
func (a *ask) convU55(groups int64) verdict {
	x, out, ok1 := a.inOut()
	w, ok2 := a.operand(1)
	if !ok1 || !ok2 || a.raised != "" {
		return pass
	}
	if x.Rank() < 2 || out.Rank() < 2 || w.Shape.Rank() < 3 {
		a.raise(noArgument)
		return pass
	}
	if v := a.convExtents(x, out, groups); !v.ok {
		return v
	}
	k := [3]int64{int64(w.Shape.At(2)), 1, 1}
	for i := 3; i < min(w.Shape.Rank(), 5); i++ {
		k[i-2] = int64(w.Shape.At(i))
	}
	if k[1] < 1 || k[1] > maxKernelY || k[0]*k[1] < 1 || k[0]*k[1] > maxKernelXY {
		return no("Convolution needs to have kernel_y<=64, kernel_x*kernel_y<=4096, got kernel (%d, %d)", k[0], k[1])
	}
	if k[2] != 1 {
		return no("Convolution3d needs to have kernel_z==1, got %d.", k[2])
	}
	return a.convStride()
}

func (a *ask) convExtents(x, out model.Shape, groups int64) verdict {
	c, ok1 := a.size(x.At(1))
	co, ok2 := a.size(out.At(1))
	if ok1 && ok2 && c == groups && c > 0 && co%c == 0 && x.Rank() <= 4 {
		for i := 1; i < x.Rank(); i++ {
			if !a.within(x.At(i), 1, maxExtent) {
				return no("Depthwise convolution must have CWH <= 65536, got %s)", a.extent(x.At(i)))
			}
		}
	} else if !a.within(x.At(1), 1, maxExtent) {
		return no("Convolution must have C <= 65536, got %s)", a.extent(x.At(1)))
	}
	return pass
}

// convStride lets a stride over three pass only without padding and dilation.
func (a *ask) convStride() verdict {
	strides, dilations := a.spread(a.arg(3)), a.spread(a.arg(5))
	padded := false
	for _, p := range a.nums(a.arg(4)) {
		padded = padded || p > 0
	}
	if len(strides) > 2 && strides[2] > 1 {
		return no("Convolution3d only supports stride_z<=1, got %d.", strides[2])
	}
	for i := range min(len(strides), len(dilations)) {
		if s := strides[i]; (s < 1 || s > maxStride) && (padded || dilations[i] != 1) {
			return no("Failed condition on stride, pad and dilation combination.")
		}
	}
	return pass
}
