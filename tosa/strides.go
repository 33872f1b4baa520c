package tosa

import (
	"slices"
	"strings"

	"seam/model"
)

// Strides are in elements, and nil where a tensor is contiguous. Symbolic extents count as numbers (see plain). They are those that the tensors have
// while operators are decomposed, where a view still shows its input's memory, as partition.md 13, item 2 says.

func (e *lowering) setStrides(n model.NodeID, s []int64) {
	if s == nil && int(n) >= len(e.strides) {
		return
	}
	for int(n) >= len(e.strides) {
		e.strides = append(e.strides, nil)
	}
	e.strides[n] = s
}

func (e *lowering) stridesAt(a model.Arg) []int64 {
	if a.Kind == model.ArgNode && int(a.Node) < len(e.strides) {
		return e.strides[a.Node]
	}
	return nil
}

// layout is how an operator's result lies in memory.
type layout uint8

const (
	inOrder     layout = iota // contiguous
	ofView                    // as its view rule says
	ofFormat                  // channels-last where its input is
	elementwise               // as its inputs do
)

func layoutOf(op string) layout {
	switch {
	case viewRules[op] != nil:
		return ofView
	case keepsFormat[op]:
		return ofFormat
	case model.LookupOp(op).HasTag("pointwise"), strings.HasPrefix(op, "quantized_decomposed."), keepsStrides[op]:
		return elementwise
	}
	return inOrder
}

// stridesOf is the strides of an edge node's value, from those of its inputs.
func (e *lowering) stridesOf(id model.NodeID) []int64 {
	x := e.Node(id)
	if len(x.Args) == 0 || !x.Type.IsTensor() {
		return nil
	}
	info := e.info(x.Target)
	switch info.layout {
	case ofView:
		from, s, out := e.stridesAt(x.Args[0]), e.plainShape(x.Args[0]), e.plain(x.Type.T.Shape)
		if from == nil && !makesStrides(x.Target) {
			return nil
		}
		return normal(info.view(x, orContiguous(from, s), s, out), out)
	case ofFormat:
		return e.formatOf(x, e.plain(x.Type.T.Shape))
	case elementwise:
		return e.pointwiseStrides(x)
	}
	return nil
}

// formatOf is the strides of a result of shape s: channels-last where all that x reads first is.
func (e *lowering) formatOf(x *model.Node, s model.Shape) []int64 {
	last := s.Rank() == 4
	inputs := x.Args[:1]
	if inputs[0].Kind == model.ArgList {
		inputs = inputs[0].List
	}
	for _, in := range inputs {
		last = last && isChannelsLast(e.plainShape(in), e.stridesAt(in))
	}
	if last {
		return formatStrides(s, inChannelsLast)
	}
	return nil
}

// makesStrides says whether a view of a contiguous tensor may not be contiguous.
func makesStrides(op string) bool {
	return op != "aten.view_copy.default" && op != "aten.unsqueeze_copy.default"
}

// keepsFormat are operators whose result is channels-last where their input is.
//
//	source  torch/_meta_registrations.py: suggest_memory_format
var keepsFormat = map[string]bool{
	"aten.convolution.default": true, "aten.avg_pool2d.default": true, "aten.max_pool2d_with_indices.default": true,
	"aten.upsample_nearest2d.vec": true, "aten.upsample_bilinear2d.vec": true, "aten._adaptive_avg_pool2d.default": true,
	"aten.adaptive_max_pool2d.default": true, "aten.constant_pad_nd.default": true, "aten.cat.default": true,
	"aten._native_batch_norm_legit_no_training.default": true, "aten._native_batch_norm_legit.no_stats": true,
	"aten.native_group_norm.default": true,
}

// keepsStrides are operators whose result lies as their input does, beside the pointwise ones.
var keepsStrides = map[string]bool{
	"aten.where.self": true, "aten.flip.default": true, "aten.full_like.default": true, "aten.copy.default": true,
}

func (e *lowering) pointwiseStrides(x *model.Node) []int64 {
	inOrder := true
	for _, a := range x.Args {
		inOrder = inOrder && e.stridesAt(a) == nil
	}
	if inOrder {
		return nil
	}
	var strides [][]int64
	var shapes []model.Shape
	for _, a := range x.Args {
		if e.typeOf(a).IsTensor() {
			strides, shapes = append(strides, e.stridesAt(a)), append(shapes, e.plainShape(a))
		}
	}
	return elementwiseStrides(e.plain(x.Type.T.Shape), strides, shapes)
}

// viewRule is the strides of a view's result of shape out, from those of its input of shape s.
type viewRule func(x *model.Node, from []int64, s, out model.Shape) []int64

// viewRules are the strides that views give, from those of their input.
var viewRules = map[string]viewRule{
	"aten.permute_copy.default":   permuteStrides,
	"aten.slice_copy.Tensor":      sliceStrides,
	"aten.select_copy.int":        selectStrides,
	"aten.expand_copy.default":    expandStrides,
	"aten.squeeze_copy.dims":      squeezeStrides,
	"aten.unsqueeze_copy.default": unsqueezeStrides,
	"aten.unfold_copy.default":    unfoldStrides,
	"aten.diagonal_copy.default":  diagonalStrides,
	"aten.alias_copy.default":     func(_ *model.Node, from []int64, _, _ model.Shape) []int64 { return from },
	"aten.detach_copy.default":    func(_ *model.Node, from []int64, _, _ model.Shape) []int64 { return from },
	"aten.view_copy.default": func(_ *model.Node, from []int64, s, to model.Shape) []int64 {
		out, _ := viewStrides(s, from, to)
		return out
	},
}

func permuteStrides(x *model.Node, from []int64, _, _ model.Shape) []int64 {
	axes, _ := x.Args[1].Ints()
	out := make([]int64, len(axes))
	for i, a := range axes {
		out[i] = from[wrapDim(int64(a), len(from))]
	}
	return out
}

func sliceStrides(x *model.Node, from []int64, _, _ model.Shape) []int64 {
	out := slices.Clone(from)
	if step := x.Arg(4); step.Kind == model.ArgInt {
		out[wrapDim(x.Arg(1).Int, len(out))] *= step.Int
	}
	return out
}

func diagonalStrides(x *model.Node, from []int64, _, _ model.Shape) []int64 {
	a, b := int64(0), int64(1)
	if x.Arg(2).Kind == model.ArgInt {
		a = x.Arg(2).Int
	}
	if x.Arg(3).Kind == model.ArgInt {
		b = x.Arg(3).Int
	}
	i, j := wrapDim(a, len(from)), wrapDim(b, len(from))
	var out []int64
	for d, s := range from {
		if d != i && d != j {
			out = append(out, s)
		}
	}
	return append(out, from[i]+from[j])
}

func selectStrides(x *model.Node, from []int64, _, _ model.Shape) []int64 {
	d := wrapDim(x.Arg(1).Int, len(from))
	return slices.Delete(slices.Clone(from), d, d+1)
}

func expandStrides(_ *model.Node, from []int64, s, t model.Shape) []int64 {
	out := make([]int64, t.Rank())
	for i := range s.Rank() {
		if j := t.Rank() - s.Rank() + i; s.At(i) == t.At(j) {
			out[j] = from[i]
		}
	}
	return out
}

func squeezeStrides(x *model.Node, from []int64, s, _ model.Shape) []int64 {
	dims, _ := x.Args[1].Ints()
	var out []int64
	for i := range from {
		named := slices.ContainsFunc(dims, func(d int) bool { return wrapDim(int64(d), len(from)) == i })
		if !named || s.At(i) != 1 {
			out = append(out, from[i])
		}
	}
	return out
}

func unsqueezeStrides(x *model.Node, from []int64, s, _ model.Shape) []int64 {
	d := wrapDim(x.Arg(1).Int, len(from)+1)
	step := int64(1)
	if d < len(from) {
		step = from[d] * int64(s.At(d))
	}
	return slices.Insert(slices.Clone(from), d, step)
}

func unfoldStrides(x *model.Node, from []int64, _, _ model.Shape) []int64 {
	d := wrapDim(x.Arg(1).Int, len(from))
	out := append(slices.Clone(from), from[d])
	out[d] *= x.Arg(3).Int
	return out
}

func wrapDim(d int64, rank int) int {
	if d < 0 {
		d += int64(max(rank, 1))
	}
	return int(d)
}

func orContiguous(strides []int64, s model.Shape) []int64 {
	if strides != nil {
		return strides
	}
	order := make([]int, s.Rank())
	for i := range order {
		order[i] = i
	}
	return orderStrides(s, order)
}

// orderStrides is dense strides with the axes in that order from the outermost.
func orderStrides(s model.Shape, order []int) []int64 {
	out := make([]int64, s.Rank())
	step := int64(1)
	for _, a := range slices.Backward(order) {
		out[a] = step
		step *= max(int64(s.At(a)), 1)
	}
	return out
}

// formatStrides is the strides of a memory format.
func formatStrides(s model.Shape, format string) []int64 {
	if format != inChannelsLast || s.Rank() != 4 {
		return nil
	}
	return normal(orderStrides(s, []int{0, 2, 3, 1}), s)
}

// isChannelsLast says whether strides grow as those of channels-last do, and so are not contiguous.
//
//	source  torch/_prims_common: suggest_memory_format, are_strides_like_channels_last
func isChannelsLast(s model.Shape, strides []int64) bool {
	if strides == nil || s.Rank() != 4 || strides[1] == 0 {
		return false
	}
	least := int64(0)
	for _, d := range []int{1, 3, 2, 0} {
		if s.At(d) == 0 || strides[d] < least || d == 0 && least == strides[1] {
			return false
		}
		least = strides[d] * int64(s.At(d))
	}
	return true
}

// normal is nil for strides that amount to contiguous ones; extents of 1 do not matter.
func normal(strides []int64, s model.Shape) []int64 {
	step := int64(1)
	for i := s.Rank() - 1; i >= 0; i-- {
		if s.At(i) != 1 && strides[i] != step {
			return strides
		}
		step *= int64(s.At(i))
	}
	return nil
}

// elementwiseStrides is the strides of an elementwise operator's result: one input's if it is dense and alone, else dense in the
// order of axes that the inputs agree on.
//
//	source  torch/_prims_common: compute_elementwise_output_logical_to_physical_perm
func elementwiseStrides(out model.Shape, strides [][]int64, shapes []model.Shape) []int64 {
	wide := make([][]int64, len(strides))
	for i, s := range strides {
		wide[i] = broadcastStrides(out, orContiguous(s, shapes[i]), shapes[i])
	}
	order := make([]int, out.Rank())
	for i := range order {
		order[i] = out.Rank() - 1 - i
	}
	for i := 1; i < len(order); i++ {
		at := i
		for j := i - 1; j >= 0; j-- {
			c := swapAxes(wide, out, order[j], order[at])
			if c > 0 {
				order[j], order[at] = order[at], order[j]
				at = j
			} else if c < 0 {
				break
			}
		}
	}
	slices.Reverse(order)
	return normal(orderStrides(out, order), out)
}

// broadcastStrides is an input's strides as the result sees them: 0 where it is broadcast.
func broadcastStrides(out model.Shape, strides []int64, s model.Shape) []int64 {
	wide := make([]int64, out.Rank())
	for i := range s.Rank() {
		if j := out.Rank() - s.Rank() + i; s.At(i) == out.At(j) {
			wide[j] = strides[i]
		}
	}
	return wide
}

// swapAxes is above 0 if axis a, which stands inside b, must go outside of it, below 0 if it must not, and 0 if no input says.
func swapAxes(strides [][]int64, out model.Shape, a, b int) int {
	for _, s := range strides {
		switch {
		case s[a] == 0 || s[b] == 0:
		case s[a] < s[b]:
			return -1
		case s[a] > s[b] || out.At(a) > out.At(b):
			return 1
		}
	}
	return 0
}

// viewStrides is the strides of a tensor of shape from seen as shape to, and whether that goes without a copy.
//
//	source  aten/src/ATen/TensorUtils.cpp: computeStride
func viewStrides(from model.Shape, strides []int64, to model.Shape) ([]int64, bool) {
	if strides == nil || from.Numel() == 0 || from.Rank() == 0 {
		return nil, true
	}
	out := make([]int64, to.Rank())
	j := to.Rank() - 1
	chunk, base := int64(1), strides[from.Rank()-1]
	for i := from.Rank() - 1; i >= 0; i-- {
		chunk *= int64(from.At(i))
		if i > 0 && (from.At(i-1) == 1 || strides[i-1] == chunk*base) {
			continue
		}
		size := int64(1)
		for j >= 0 && (size < chunk || to.At(j) == 1) {
			out[j] = size * base
			size *= int64(to.At(j))
			j--
		}
		if size != chunk {
			return nil, false
		}
		if i > 0 {
			chunk, base = 1, strides[i-1]
		}
	}
	return normal(out, to), j == -1
}
