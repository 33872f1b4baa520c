package tosa

import (
	"slices"
	"strings"

	"seam/model"
)

// The TOSA operators that the lowering emits or moves.
const (
	opAbs       = "tosa.ABS"
	opAdd       = "tosa.ADD"
	opClamp     = "tosa.CLAMP"
	opConcat    = "tosa.CONCAT"
	opConv2D    = "tosa.CONV2D"
	opDepthwise = "tosa.DEPTHWISE_CONV2D"
	opMaximum   = "tosa.MAXIMUM"
	opMinimum   = "tosa.MINIMUM"
	opMul       = "tosa.MUL"
	opReduceSum = "tosa.REDUCE_SUM"
	opRescale   = "tosa.RESCALE"
	opReshape   = "tosa.RESHAPE"
	opSub       = "tosa.SUB"
	opTable     = "tosa.TABLE"
	opTranspose = "tosa.TRANSPOSE"
)

// emitRule lowers one edge node whose Q and DQ nodes are folded away, and gives the value that stands for it.
type emitRule func(*emitter, model.NodeID) (model.NodeID, error)

// emitRow says how one edge operator becomes TOSA operators. An operator without a row is not modelled.
type emitRow struct {
	Op      string
	Emit    emitRule
	Follows string // upstream's file and symbol
}

// emitRows is the table of edge operators, sorted by name.
var emitRows = [...]emitRow{
	{"aten.cat.default", (*emitter).cat, "backends/arm/operators/op_tosa_concat.py"},
	{"aten.clamp.default", (*emitter).clamp, "backends/arm/_passes: QuantizeClampArgumentsPass"},
	{"aten.convolution.default", (*emitter).convolution, "backends/arm/_passes/rewrite_conv_pass.py: RewriteConvPass"},
	{"aten.hardtanh.default", (*emitter).clamp, "backends/arm/_passes/convert_to_clamp_pass.py: ConvertToClampPass"},
	{"aten.linear.default", (*emitter).linear, "backends/arm/_passes/decompose_linear_pass.py: DecomposeLinearPass"},
	{"aten.permute_copy.default", (*emitter).permute, "backends/arm/_passes/exir_to_tosa_pass.py"},
	{"aten.relu.default", (*emitter).clamp, "backends/arm/_passes/convert_to_clamp_pass.py: ConvertToClampPass"},
	{"aten.squeeze_copy.dims", (*emitter).view, "backends/arm/_passes/convert_squeezes_to_view.py"},
	{"aten.unsqueeze_copy.default", (*emitter).view, "backends/arm/_passes/convert_squeezes_to_view.py"},
	{"aten.view_copy.default", (*emitter).view, "backends/arm/_passes/exir_to_tosa_pass.py"},
}

// emitRuleOf is the rule of an edge operator, nil if it is not modelled.
func emitRuleOf(op string) emitRule {
	i, ok := slices.BinarySearchFunc(emitRows[:], op, func(r emitRow, op string) int { return strings.Compare(r.Op, op) })
	if !ok {
		return nil
	}
	return emitRows[i].Emit
}

// Lowerable says whether an edge operator has a rule.
func Lowerable(op string) bool { return emitRuleOf(op) != nil }
