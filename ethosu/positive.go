package ethosu

import "seam/model"

// arg is positional argument i, which upstream reads unguarded.
func (a *ask) arg(i int) model.Arg {
	if i >= len(a.n.Args) {
		a.raise(noArgument)
	}
	return a.n.Arg(i)
}

// nums is a list of plain numbers; what is none makes upstream's comparisons raise.
func (a *ask) nums(v model.Arg) []int64 {
	start := len(a.numbers)
	if v.Kind != model.ArgList {
		a.number(&v)
	}
	for i := range v.List {
		a.number(&v.List[i])
	}
	return a.numbers[start:len(a.numbers):len(a.numbers)]
}

func (a *ask) number(e *model.Arg) {
	if e.Kind != model.ArgInt && e.Kind != model.ArgBool {
		a.raise("TypeError: '<' not supported between instances of 'Node' and 'int'")
	}
	a.numbers = append(a.numbers, e.Int)
}

// num is a plain number.
func (a *ask) num(v model.Arg) int64 {
	if v.Kind == model.ArgList {
		a.raise("TypeError: unsupported operand type(s): 'list' and 'int'")
	}
	if l := a.nums(v); len(l) > 0 {
		return l[0]
	}
	return 0
}

// pair is the first two of a list of numbers.
func (a *ask) pair(v model.Arg) (p [2]int64) {
	return a.firstTwo(a.nums(v))
}

func (a *ask) firstTwo(l []int64) (p [2]int64) {
	if len(l) < 2 {
		a.raise(noElement)
		return p
	}
	return [2]int64{l[0], l[1]}
}

// spread is a list of numbers, a single one doubled.
//
//	source  _passes/arm_pass_utils.py: expand_around_channel
func (a *ask) spread(v model.Arg) []int64 {
	l := a.nums(v)
	if len(l) == 1 {
		l = append(l, l[0])
	}
	return l
}

// operand is the tensor that positional argument i stands for.
func (a *ask) operand(i int) (model.TensorType, bool) {
	v := a.arg(i)
	if v.Kind != model.ArgNode {
		a.raise("AttributeError: 'NoneType' object has no attribute 'meta'")
		return model.TensorType{}, false
	}
	t, ok := a.tensor(v.Node)
	if !ok && a.facts[v.Node].is&(isSymInt|isOpaque) != 0 {
		a.typeError(v.Node)
	}
	return t, ok
}

// getAttr judges a get_attr: a body by its operator, anything else is refused.
func (r *run) getAttr(a *ask) {
	if r.g.Subs[a.n.Target] == nil {
		r.reject(a.id, r.t.unlisted, unlistedText)
		return
	}
	v := submodule(a)
	switch {
	case a.raised != "":
		r.fail(a)
	case !v.ok:
		r.reject(a.id, r.t.controlFlowRule, v.text)
	default:
		a.live = true
		r.negatives(a)
		r.accept[a.id] = a.live
	}
}

func product(a *ask) verdict {
	return no("TOSA spec %s does not support REDUCE_PRODUCT.", a.target.Spec)
}

// asStrided accepts what is a contiguous view in disguise.
//
//	source  operator_support/as_strided_copy_support.py: AsStridedCopySupported
func asStrided(a *ask) verdict {
	size, ok1 := argOrKwarg(a.n, 1, "size").Ints()
	stride, ok2 := argOrKwarg(a.n, 2, "stride").Ints()
	offset := argOrKwarg(a.n, 3, "storage_offset")
	static := ok1 && ok2 && len(size) == len(stride) && (offset.IsNone() || offset.Kind == model.ArgInt)
	for i := 0; static && i < len(stride); i++ {
		static = stride[i] >= 0
	}
	switch {
	case !static:
		return no("Size/stride must be static with non-negative strides.")
	case offset.Int != 0:
		return no("Non-zero storage offsets are unsupported.")
	case !contiguous(size, stride):
		return no("Stride %s is not contiguous for shape %s.", pyInts(wide(stride)), pyInts(wide(size)))
	}
	return pass
}

func wide(v []int) []int64 {
	out := make([]int64, len(v))
	for i, x := range v {
		out[i] = int64(x)
	}
	return out
}

// contiguous says whether strides are those of a contiguous tensor: the last may be larger, those of size 1 are free.
func contiguous(size, stride []int) bool {
	running := 1
	for i := len(size) - 1; i >= 0; i-- {
		want := running
		if size[i] == 0 {
			want = 1
		}
		last := i == len(size)-1
		if last && stride[i] < want || !last && size[i] != 1 && stride[i] != want {
			return false
		}
		running *= max(size[i], 1)
	}
	return true
}

// clone accepts a copy of one tensor without a change of dtype.
//
//	source  operator_support/clone_dim_order_support.py: CloneSupported
func clone(a *ask) verdict {
	x := a.arg(0)
	switch {
	case a.raised != "":
		return pass
	case x.Kind != model.ArgNode:
		return no("Non tensor clones are not supported")
	case len(a.in) != 1:
		return no("Expected 1 input node, got %d", len(a.in))
	case !a.g.Node(a.in[0]).Type.IsTensor():
		return no("Expected input to be a FakeTensor.")
	case !a.n.Type.IsTensor():
		return no("Expected output to be a FakeTensor.")
	}
	if from := a.facts[a.in[0]].dtype; from != a.own.dtype {
		return no("Input dtype %s does not match %s.", pyDType(from), pyDType(a.own.dtype))
	}
	return pass
}

// embedding accepts int32 indices.
//
//	source  operator_support/embedding_support.py: EmbeddingSupported
func embedding(a *ask) verdict {
	if len(a.in) != 2 {
		return no("Expected exactly two input nodes, got %d", len(a.in))
	}
	if d := a.facts[a.in[1]].dtype; d != model.Int32 {
		return no("Indices dtype %s is not supported in %s.", pyDType(d), opText(a.n))
	}
	return pass
}

// sliceCopy accepts forward slices.
//
//	source  operator_support/slice_copy_support.py: SliceCopySupported
func sliceCopy(a *ask) verdict {
	if n := len(a.n.Args); n != 4 && n != 5 {
		return no("%s: expected 4 or 5 args, got %d.", opText(a.n), n)
	}
	if step := a.n.Arg(4); len(a.n.Args) == 5 && step.Kind != model.ArgNode && step.Int <= 0 {
		return no("%s: step must be > 0, got %s.", opText(a.n), a.pyArg(step))
	}
	x, ok := a.operand(0)
	if !ok {
		return pass
	}
	return a.valuesDType(x.DType, "expected one of "+sliceDTypes(a.t)+".")
}

// sliceDTypes is the tuple of dtypes in the slice check's text.
func sliceDTypes(t *tables) string {
	s := "(torch.bool, torch.int8, torch.int16, torch.int32, torch.float16, torch.float32, torch.bfloat16"
	if t.v14 {
		s += ", torch.float8_e4m3fn, torch.float8_e5m2"
	}
	return s + ")"
}

// unfold accepts windows that fit.
//
//	source  operator_support/unfold_copy_support.py: UnfoldCopySupported
func unfold(a *ask) verdict {
	if len(a.n.Args) != 4 {
		return no("%s: expected 4 args (x, dimension, size, step), got %d.", opText(a.n), len(a.n.Args))
	}
	dim, size, step := a.num(a.n.Args[1]), a.n.Args[2], a.n.Args[3]
	if a.num(size) <= 0 || a.num(step) <= 0 {
		return no("%s: size and step must be > 0, got size=%s step=%s.", opText(a.n), a.pyArg(size), a.pyArg(step))
	}
	x, ok := a.operand(0)
	if !ok {
		return pass
	}
	if x.Shape.Rank() < 1 {
		return no("%s: input must be rank>=1, got shape=%s.", opText(a.n), a.pyTuple(x.Shape))
	}
	if v := a.valuesDType(x.DType, anyDTypes(a.t.v14, false)); !v.ok {
		return v
	}
	d := mod(int(dim), x.Shape.Rank())
	if v, known := a.size(x.Shape.At(d)); known && v < size.Int {
		return no("%s: invalid unfold (x.shape[%d]=%s < size=%d) for shape=%s.", opText(a.n), d, a.extent(x.Shape.At(d)), size.Int,
			a.pyTuple(x.Shape))
	}
	return pass
}

// where accepts a choice between two integer tensors, where a dequantized one counts as integer.
//
//	source  operator_support/where_support.py: WhereSupported
func where(a *ask) verdict {
	if len(a.in) != 3 {
		return no("Expected exactly three input nodes, got %d for %s.", len(a.in), opText(a.n))
	}
	if a.facts[a.in[0]].dtype != model.Bool {
		return no("Type of condition in %s is not torch.bool", opText(a.n))
	}
	x, y := a.facts[a.in[1]], a.facts[a.in[2]]
	if choosable(x) && choosable(y) {
		return pass
	}
	return no("Tensor x dtype %s and/or tensor y dtype %s is not supported in %s for tosa specification %s",
		pyDType(x.dtype), pyDType(y.dtype), opText(a.n), a.target.Spec)
}

func choosable(f fact) bool {
	switch f.dtype {
	case model.Bool, model.Int8, model.Int16, model.Int32:
		return true
	case model.Float32:
		return f.is&isDQ != 0
	}
	return false
}

// toCopy accepts the casts between integer types.
//
//	source  operator_support/to_dim_order_copy_support.py: ToCopySupported; tosa/cast_support.py
func toCopy(a *ask) verdict {
	if len(a.in) != 1 {
		return no("Expected exactly one input node, got %d for %s.", len(a.in), opText(a.n))
	}
	if f := a.facts[a.in[0]]; !a.g.Node(a.in[0]).Type.IsTensor() {
		return no("Invalid or missing meta: expected FakeTensor input, got %s for %s.", valueKind(f), opText(a.n))
	}
	from, to := a.facts[a.in[0]].dtype, a.own.dtype
	switch from {
	case model.Bool, model.Int8, model.Int16, model.Int32, model.Int64:
	default:
		return no("Input dtype %s is not supported in %s.", pyDType(from), opText(a.n))
	}
	if !a.n.Type.IsTensor() {
		return no("Invalid or missing meta: expected FakeTensor output, got %s for %s.", valueKind(a.own), opText(a.n))
	}
	switch to {
	case model.Bool, model.Int8, model.Int16, model.Int32:
		return pass
	}
	if a.t.v14 && a.quantizesAsIs() {
		return pass
	}
	return no("Output dtype %s is not supported in %s for input dtype %s. Supported output types: %s", pyDType(to), opText(a.n),
		pyDType(from), "torch.bool, torch.int8, torch.int16, torch.int32")
}

// valueKind is Python's class of a value that is no tensor.
func valueKind(f fact) string {
	switch {
	case f.is&isSymInt != 0:
		return "SymInt"
	case f.dtype != model.Unknown:
		return "tuple"
	}
	return "NoneType"
}

// quantizesAsIs says whether every user quantizes with scale 1 and zero point 0.
func (a *ask) quantizesAsIs() bool {
	for _, u := range a.g.Users(a.id) {
		q := a.g.Node(u)
		scale, ok1 := q.Arg(1).Number()
		zp, ok2 := q.Arg(2).Number()
		if a.classOf(u)&opQuantTensor == 0 || !ok1 || !ok2 || scale != 1 || zp != 0 {
			return false
		}
	}
	return true
}
