package ethosu

import (
	"fmt"
	"slices"

	"seam/model"
)

// poolArgs is a pooling's arguments, with upstream's defaults.
type poolArgs struct {
	kernel, stride model.Arg // as given, for the texts
	k, pad         [2]int64
	dilation       [2]int64
	s              []int64
	ceil           bool
}

// window reads the arguments that both poolings have. Before 1.5.1 the stride is read unguarded.
func (a *ask) window() (p poolArgs) {
	p.kernel = a.arg(1)
	p.stride = p.kernel
	if !a.t.v15 {
		p.stride = a.arg(2)
	} else if s := a.n.Arg(2); len(s.List) > 0 {
		p.stride = s
	}
	p.k, p.s = a.pair(p.kernel), a.nums(p.stride)
	if len(a.n.Args) > 3 {
		p.pad = a.pair(a.n.Args[3])
	}
	return p
}

// Limits of the U55's poolings.
const (
	maxPoolXY       = 65536
	maxPoolY        = 256
	maxPaddedKernel = 8
)

// kernelFits says whether a pooling kernel is within the U55's limits.
//
//	source  operator_support/pool_2d_support.py: kernel_check
func kernelFits(k [2]int64) bool {
	return 1 <= k[0]*k[1] && k[0]*k[1] <= maxPoolXY && 1 <= k[1] && k[1] <= maxPoolY
}

func strideFits(s []int64) bool {
	return !slices.ContainsFunc(s, func(x int64) bool { return x < 1 || x > maxStride })
}

// extentsFit says whether all but the batch are within the U55's limits.
func (a *ask) extentsFit(s model.Shape) bool {
	for i := 1; i < s.Rank(); i++ {
		if !a.within(s.At(i), 1, maxExtent) {
			return false
		}
	}
	return true
}

// avgPool accepts every average pooling but on U55, where it must fit.
//
//	source  operator_support/pool_2d_support.py: AvgPool2dSupported
func avgPool(a *ask) verdict {
	if !a.target.U55 {
		return pass
	}
	x, ok := a.operand(0)
	p := a.window()
	if !ok || a.raised != "" {
		return pass
	}
	p.ceil = a.n.Arg(4).Bool()
	counted := len(a.n.Args) <= 5 || a.n.Args[5].Bool() || !a.n.Arg(6).IsNone() // the zeros are concatenated then
	large := p.k[0] < 1 || p.k[0] > maxPaddedKernel || p.k[1] < 1 || p.k[1] > maxPaddedKernel
	if !counted && a.avgPadded(x.Shape, p) && large {
		return no("Avgpool2d with padding needs kernel dims < 8, got %s", a.pyArg(p.kernel))
	}
	switch {
	case a.raised != "":
		return pass
	case !kernelFits(p.k):
		return no("Avgpool2d needs kernel_y < 256, kernel_x*kernel_y<=65536, got %s", a.pyArg(p.kernel))
	case !a.extentsFit(x.Shape):
		return no("Avgpool2d needs N == 1, rest dims <= 65536, got shape %s", a.pyList(x.Shape))
	case !strideFits(p.s):
		return no("Avgpool2d needs stride <= 3, got %s", a.pyArg(p.stride))
	case !a.within(x.Shape.At(0), 1, 1):
		return no("Avgpool2d needs N==1, got N==%s", a.extent(x.Shape.At(0)))
	}
	return pass
}

// avgPadded says whether the TOSA operator will have padding of its own.
func (a *ask) avgPadded(x model.Shape, p poolArgs) bool {
	if x.Rank() > 2 {
		a.firstTwo(p.s)
	}
	if x.Rank() < 4 {
		a.raise(noArgument)
	}
	if p.pad != [2]int64{} || a.raised != "" {
		return true
	}
	for i := range 2 {
		if in, ok := a.size(x.At(2 + i)); ok && p.s[i] > 0 && postPad(in, p.k[i], p.s[i], p.pad[i], p.ceil) != 0 {
			return true
		}
	}
	return false
}

// postPad is the padding behind the input that makes TOSA's pooling give as many windows as torch's.
//
//	in, k, s, pad  extent, kernel, stride and padding in front, in elements; the result may be negative
//	source         operators/operator_validation_utils.py: adjust_pooling_pad_if_needed
func postPad(in, k, s, pad int64, ceil bool) int64 {
	windows := floorDiv(in-k+2*pad, s) + 1
	if ceil {
		windows = floorDiv(in-k+2*pad+s-1, s) + 1
		if (windows-1)*s >= in+pad {
			windows--
		}
	}
	return (windows-1)*s - in + k - pad
}

// maxPool accepts max poolings whose dilation TOSA can express, and on U55 those that fit.
//
//	source  operator_support/pool_2d_support.py: MaxPool2dSupported
func maxPool(a *ask) verdict {
	if len(a.in) == 0 {
		a.raise(noElement)
		return pass
	}
	x, ok := a.tensor(a.in[0])
	if !ok {
		return pass
	}
	shape := x.Shape
	switch {
	case shape.Rank() == 4:
	case !a.t.v15:
		a.maxWindow() // may raise before the shape does
		a.raise(unpacked(4, shape.Rank()))
		return pass
	case shape.Rank() == 3:
		shape = shape.Insert(0, 1)
	default:
		return no("Maxpool2d needs rank 3 or 4 input, got shape %s", a.pyList(shape))
	}
	p := a.maxWindow()
	switch {
	case a.raised != "":
		return pass
	case !a.dilationFits(shape, p):
		return no("Maxpool2d with dilation %s needs stride = 1, got stride %s", a.dilationText(), a.pyArg(p.stride))
	case a.target.U55:
		return a.maxPoolU55(shape, p).onU55()
	}
	return pass
}

func (a *ask) maxPoolU55(shape model.Shape, p poolArgs) verdict {
	switch {
	case !kernelFits(p.k):
		return no("Maxpool2d needs kernel_y < 256, kernel_x*kernel_y<=65536, got %s", a.pyArg(p.kernel))
	case !a.extentsFit(shape):
		return no("Maxpool2d needs N == 1, rest dims <= 65536, got shape %s", a.pyList(shape))
	case !strideFits(p.s):
		return no("Maxpool2d needs stride <= 3, got %s", a.pyArg(p.stride))
	}
	return pass
}

// maxWindow reads a max pooling's arguments, which upstream unpacks.
func (a *ask) maxWindow() poolArgs {
	p := a.window()
	p.dilation = [2]int64{1, 1}
	if len(a.n.Args) > 4 {
		p.dilation = a.pair(a.n.Args[4])
	}
	if len(p.s) != 2 {
		a.raise(unpacked(2, len(p.s)))
	}
	return p
}

// unpacked is what Python says to an unpacking into another number of names.
func unpacked(want, got int) string {
	if got > want {
		return fmt.Sprintf("ValueError: too many values to unpack (expected %d)", want)
	}
	return fmt.Sprintf("ValueError: not enough values to unpack (expected %d, got %d)", want, got)
}

func (a *ask) dilationText() string {
	if len(a.n.Args) > 4 {
		return a.pyArg(a.n.Args[4])
	}
	return "(1, 1)"
}

// dilationFits says whether the result is 1x1 or every dilated axis has stride 1.
//
//	source  operator_support/pool_2d_support.py: dilation_check
func (a *ask) dilationFits(x model.Shape, p poolArgs) bool {
	single, plain := true, true
	for i := range 2 {
		if in, ok := a.size(x.At(2 + i)); !ok || p.s[i] <= 0 ||
			floorDiv(in+2*p.pad[i]-p.dilation[i]*(p.k[i]-1)-1, p.s[i]) != 0 {
			single = false
		}
		plain = plain && (p.dilation[i] == 1 || p.dilation[i] > 1 && p.s[i] == 1)
	}
	return single || plain
}

// largeStridePool accepts a max pooling that a later pass splits into two reductions.
//
//	source  _passes/decompose_large_stride_maxpool2d_pass.py: can_decompose_large_stride_maxpool2d
func largeStridePool(a *ask) verdict {
	x, ok := a.tensor(a.in[0])
	p := a.maxWindow()
	if !ok || a.raised != "" || x.Shape.Rank() < 2 || x.Shape.At(-1).Symbolic() || x.Shape.At(-2).Symbolic() {
		return verdict{}
	}
	p.ceil = a.n.Arg(5).Bool()
	plain := len(a.n.Args) < 5 || a.pair(a.n.Args[4]) == [2]int64{1, 1}
	h, w := int64(x.Shape.At(-2)), int64(x.Shape.At(-1))
	if !kernelFits(p.k) || !kernelFits([2]int64{1, p.k[1]}) || !kernelFits([2]int64{1, p.k[0]}) || h < p.k[0] || w < p.k[1] {
		return verdict{}
	}
	fits := max(p.s[0], p.s[1]) > maxStride && p.k == [2]int64(p.s) && p.pad == [2]int64{} && plain && !p.ceil
	windows := (h / p.k[0]) * (w / p.k[1])
	for _, hw := range [][2]int64{{h, w}, {windows * p.k[0], p.k[1]}, {windows, p.k[0]}, {h / p.k[0], w / p.k[1]}} {
		s := x.Shape.With(-2, model.Dim(hw[0])).With(-1, model.Dim(hw[1]))
		fits = fits && !s.Symbolic() && a.extentsFit(s)
	}
	return verdict{ok: fits}
}

// sum accepts every sum but on U55, where the dimensions must fit.
//
//	source  operator_support/reduce_sum_support.py: SumSupported
func sum(a *ask) verdict {
	if !a.target.U55 || len(a.in) == 0 {
		return pass
	}
	x, ok := a.tensor(a.in[0])
	arg := a.arg(1)
	if !ok || a.raised != "" {
		return pass
	}
	rank := x.Shape.Rank()
	dims := make([]int64, 0, model.MaxRank)
	if arg.IsNone() {
		for i := range rank {
			dims = append(dims, int64(i))
		}
	} else {
		dims = append(dims, a.nums(arg)...)
	}
	if rank == 0 && len(dims) > 0 {
		a.raise(noModulo)
		return pass
	}
	for _, d := range dims {
		i := mod(int(d), rank)
		if !a.within(x.Shape.At(i), 1, maxExtent) {
			return no("sum needs dims < 65536, got shape %s", a.torchSize(x.Shape))
		}
		if !a.productFits(x.Shape, 0, i) || !a.productFits(x.Shape, i+1, rank) {
			return no("Failed dim check")
		}
	}
	return pass
}

// productFits says whether the product of extents from..to-1 is within 65536.
func (a *ask) productFits(s model.Shape, from, to int) bool {
	product := 1.0
	for i := from; i < to; i++ {
		if v, ok := a.size(s.At(i)); ok {
			product *= float64(v)
		}
	}
	return 1 <= product && product <= maxExtent
}
