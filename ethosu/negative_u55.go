package ethosu

import (
	"slices"

	"seam/model"
)

// inferred is the integer type that the NPU will see in place of p's value: its own, or that of the quantize or dequantize next
// to it. Unknown where upstream gives up. A float value that nothing uses raises upstream.
//
//	source  operator_support/ethos_u55_support.py: _try_determine_dtype
func (a *ask) inferred(p model.NodeID) model.DType {
	d := a.facts[p].dtype
	if d == model.Unknown || !d.IsFloat() {
		return d
	}
	if in := a.g.In(p); a.classOf(p)&opDequantTensor != 0 && len(in) > 0 {
		return a.facts[in[0]].dtype
	}
	users := a.g.Users(p)
	if len(users) == 0 {
		a.raise(noElement)
		return model.Unknown
	}
	if q := a.g.Node(users[0]); a.classOf(users[0])&opQuantTensor != 0 && len(q.Args) > 0 {
		return model.ParseDType(q.Args[len(q.Args)-1].Str)
	}
	return model.Unknown
}

// u55Users is what upstream's dtype check does to every node before it looks at the operator.
func u55Users(a *ask) verdict {
	if a.own.dtype.IsFloat() && len(a.g.Users(a.id)) == 0 {
		a.inferred(a.id)
	}
	return pass
}

func u55Int8To32(a *ask) verdict {
	switch d := a.inferred(a.id); d {
	case model.Unknown, model.Int8, model.Int16, model.Int32:
		return pass
	default:
		return no("Unsupported dtype %s (Supports i8, i16, i32).", pyDType(d))
	}
}

func u55Int8To16(a *ask) verdict {
	switch d := a.inferred(a.id); d {
	case model.Unknown, model.Int8, model.Int16:
		return pass
	default:
		return no("Unsupported dtype %s (Supports i8, i16).", pyDType(d))
	}
}

// u55Conv tests the operands of a convolution. If the result's type is unknown, upstream does not look at them.
func u55Conv(a *ask) verdict {
	own := a.inferred(a.id)
	if own == model.Unknown {
		return pass
	}
	for i, p := range a.in[:min(3, len(a.in))] {
		o := convOperands[i]
		d := a.inferred(p)
		if d == model.Unknown || slices.Contains(o.takes, d) {
			continue
		}
		if !a.t.v14 {
			d = own // 1.3.1 prints the result's type
		}
		return no("Unsupported %s dtype %s (Supports %s).", o.name, pyDType(d), o.text)
	}
	return pass
}

var convOperands = [...]struct {
	name, text string
	takes      []model.DType
}{
	{"input", "i8, i16", []model.DType{model.Int8, model.Int16}},
	{"weight", "i8", []model.DType{model.Int8}},
	{"bias", "i32", []model.DType{model.Int32}},
}

func u55Matmul(a *ask) verdict {
	if a.inferred(a.id) == model.Unknown {
		return pass
	}
	for _, p := range a.in {
		if d := a.inferred(p); d != model.Unknown && d != model.Int8 {
			return no("Input %s has unsupported dtype %s (Supports int8).", a.g.Node(p).Name, pyDType(d))
		}
	}
	return pass
}

// u55Cast refuses casts from bool and int32, and to bool.
//
//	source  operator_support/ethos_u55_support.py: EthosU55CastCheck
func u55Cast(a *ask) verdict {
	if len(a.in) == 0 {
		a.raise(noElement)
		return pass
	}
	from, to := a.facts[a.in[0]].dtype, a.own.dtype
	switch {
	case from == to:
		return pass
	case from == model.Bool, from == model.Int32:
		return no("Casting from %s is not supported on U55.", pyDType(from))
	case to == model.Bool:
		return no("Casting to %s is not supported on U55.", pyDType(to))
	}
	return pass
}

// u55Resize accepts nearest upscales by 2, 4 or 8 of batch 1.
//
//	source  operator_support/ethos_u55_support.py: EthosU55ResizeCheck
func u55Resize(a *ask) verdict {
	in, out, ok := a.inOut()
	if !ok || in.Rank() < 3 || out.Rank() < 3 {
		return pass
	}
	switch {
	case in.At(0).Symbolic() || out.At(0).Symbolic():
		return no("U55 nearest-neighbor resize requires a static batch size of 1.")
	case in.At(0) != 1 || out.At(0) != 1:
		return no("U55 nearest-neighbor resize requires batch size 1.")
	}
	if scales := a.arg(2); !scales.IsNone() || a.raised != "" {
		if upscale(scales) {
			return pass
		}
		return no("U55 nearest-neighbor resize requires equal 2x, 4x, or 8x scale factors.")
	}
	h, w, oh, ow := in.At(-2), in.At(-1), out.At(-2), out.At(-1)
	if h.Symbolic() || w.Symbolic() || oh.Symbolic() || ow.Symbolic() {
		return no("U55 nearest-neighbor resize with an explicit size requires static spatial dimensions.")
	}
	for _, k := range []model.Dim{2, 4, 8} {
		if oh == h*k && ow == w*k {
			return pass
		}
	}
	return no("U55 nearest-neighbor resize requires a 2x, 4x, or 8x upscale.")
}

// upscale says whether scale factors are two equal ones of 2, 4 and 8.
func upscale(scales model.Arg) bool {
	if len(scales.List) != 2 {
		return false
	}
	y, ok1 := scales.List[0].Number()
	x, ok2 := scales.List[1].Number()
	return ok1 && ok2 && y == x && (y == 2 || y == 4 || y == 8)
}

// inOut is the shapes of the first input and of the result.
func (a *ask) inOut() (in, out model.Shape, ok bool) {
	if len(a.in) == 0 {
		return in, out, false
	}
	x, ok1 := a.tensor(a.in[0])
	y, ok2 := a.tensor(a.id)
	return x.Shape, y.Shape, ok1 && ok2
}

// reflectionForms is the ranks and padding lengths of the reflection pads.
var reflectionForms = map[string]struct{ ranks, lengths []int }{
	"aten.reflection_pad1d.default": {[]int{2, 3}, []int{2}},
	"aten.reflection_pad2d.default": {[]int{3, 4}, []int{2, 4}},
	"aten.reflection_pad3d.default": {[]int{4, 5}, []int{6}},
}

// u55Reverse accepts the flips and reflection pads that the U55 can run.
//
//	source  operator_support/ethos_u55_support.py: EthosU55ReverseCheck
func u55Reverse(a *ask) verdict {
	in, _, ok := a.inOut()
	arg := a.arg(1)
	if !ok || a.raised != "" {
		return pass
	}
	ints, static := arg.Ints()
	form, pads := reflectionForms[a.n.Target]
	if !pads {
		if in.Rank() == 4 && static && len(ints) == 1 && (mod(ints[0], 4) == 1 || mod(ints[0], 4) == 2) {
			return pass
		}
		return no("U55 flip support is limited to rank-4 channel or height reversal.")
	}
	if static && slices.Contains(form.ranks, in.Rank()) && slices.Contains(form.lengths, len(ints)) && padsInside(in, ints) {
		return pass
	}
	return no("U55 reflection padding requires a supported static input rank and nonnegative padding smaller than its spatial " +
		"dimension.")
}

// padsInside says whether every pad is smaller than its static dimension; pads go from the last dimension inwards.
func padsInside(s model.Shape, pads []int) bool {
	for i, p := range pads {
		d := s.At(-1 - i/2)
		if d.Symbolic() || p < 0 || model.Dim(p) >= d {
			return false
		}
	}
	return true
}

// maxWindows is how many windows of an unfold the U55 takes, since each becomes a slice.
const maxWindows = 16

// u55Unfold accepts static unfolds with few windows.
//
//	source  operator_support/ethos_u55_support.py: EthosU55UnfoldCopyCheck
func u55Unfold(a *ask) verdict {
	if len(a.n.Args) != 4 {
		a.raise(unpacked(4, len(a.n.Args)))
		return pass
	}
	in, _, ok := a.inOut()
	dim, size, step := a.n.Args[1], a.n.Args[2], a.n.Args[3]
	if !ok || a.facts[a.in[0]].dtype == model.Bool || in.Symbolic() || dim.Kind != model.ArgInt || size.Kind != model.ArgInt ||
		step.Kind != model.ArgInt {
		return no("U55 unfold_copy requires static non-BOOL input.")
	}
	if in.Rank() == 0 || step.Int == 0 {
		a.raise(noModulo)
		return pass
	}
	length := int64(in.At(mod(int(dim.Int), in.Rank())))
	if floorDiv(length-size.Int, step.Int)+1 > maxWindows {
		return no("U55 unfold_copy supports at most %d windows.", maxWindows)
	}
	return pass
}

// mod is Python's remainder for a positive divisor.
func mod(a, n int) int { return ((a % n) + n) % n }

// floorDiv is Python's integer division.
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}
