package exec

// kernelRow says how one operator is evaluated: a function of one or two elements, a reduction by a function of two, or a
// binder of its own.
type kernelRow struct {
	op     string
	unary  func(a int32) int32
	binary func(a, b int32) int32
	reduce func(a, b int32) int32
	bind   binder
}

// kernelRows is the table of operators, sorted by name.
var kernelRows = [...]kernelRow{
	{op: "ABS", unary: abs},
	{op: "ADD", binary: add},
	{op: "ARGMAX", bind: bindArgMax},
	{op: "ARITHMETIC_RIGHT_SHIFT", bind: bindArithmeticShift},
	{op: "AVG_POOL2D", bind: bindAvgPool},
	{op: "BITWISE_AND", binary: and},
	{op: "BITWISE_NOT", unary: not},
	{op: "BITWISE_OR", binary: or},
	{op: "BITWISE_XOR", binary: xor},
	{op: "CAST", bind: bindCast},
	{op: "CLAMP", bind: bindClamp},
	{op: "CLZ", unary: leadingZeros},
	{op: "CONCAT", bind: bindConcat},
	{op: "CONV2D", bind: bindConv2D},
	{op: "CONV3D", bind: bindConv3D},
	{op: "DEPTHWISE_CONV2D", bind: bindDepthwise},
	{op: "EQUAL", binary: equal},
	{op: "GATHER", bind: bindGather},
	{op: "GREATER", binary: greater},
	{op: "GREATER_EQUAL", binary: greaterEqual},
	{op: "IDENTITY", bind: bindIdentity},
	{op: "INTDIV", binary: divide},
	{op: "LOGICAL_AND", binary: and},
	{op: "LOGICAL_LEFT_SHIFT", bind: bindLeftShift},
	{op: "LOGICAL_NOT", unary: isZero},
	{op: "LOGICAL_OR", binary: or},
	{op: "LOGICAL_RIGHT_SHIFT", bind: bindRightShift},
	{op: "LOGICAL_XOR", binary: xor},
	{op: "MATMUL", bind: bindMatMul},
	{op: "MAXIMUM", binary: most},
	{op: "MAX_POOL2D", bind: bindMaxPool},
	{op: "MINIMUM", binary: least},
	{op: "MUL", bind: bindMul},
	{op: "NEGATE", bind: bindNegate},
	{op: "PAD", bind: bindPad},
	{op: "REDUCE_ALL", reduce: and},
	{op: "REDUCE_ANY", reduce: or},
	{op: "REDUCE_MAX", reduce: most},
	{op: "REDUCE_MIN", reduce: least},
	{op: "REDUCE_SUM", reduce: add},
	{op: "RESCALE", bind: bindRescale},
	{op: "RESHAPE", bind: bindReshape},
	{op: "RESIZE", bind: bindResize},
	{op: "REVERSE", bind: bindReverse},
	{op: "SCATTER", bind: bindScatter},
	{op: "SELECT", bind: bindSelect},
	{op: "SLICE", bind: bindSlice},
	{op: "SUB", binary: subtract},
	{op: "TABLE", bind: bindTable},
	{op: "TILE", bind: bindTile},
	{op: "TRANSPOSE", bind: bindTranspose},
	{op: "TRANSPOSE_CONV2D", bind: bindTransposeConv},
}

// kernel binds an operator of the row.
func (r *kernelRow) kernel(o *op) kernel {
	switch {
	case r.unary != nil:
		o.need(1)
		return func(in []*Tensor) *Tensor { return mapped(in[0], o.out(), r.unary) }
	case r.binary != nil:
		return o.zipped(r.binary)
	case r.reduce != nil:
		o.need(1)
		axis := o.axis()
		return func(in []*Tensor) *Tensor { return reduced(in[0], o.out(), axis, r.reduce) }
	}
	return r.bind(o)
}

// Modelled says whether the evaluator has a kernel for a TOSA operator ("tosa.CONV2D").
func Modelled(target string) bool { return rowOf(target) != nil }

// Operators is the names of the operators that the evaluator has kernels for, sorted.
func Operators() []string {
	var out []string
	for i := range kernelRows {
		out = append(out, kernelRows[i].op)
	}
	return out
}
