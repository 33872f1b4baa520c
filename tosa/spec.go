package tosa

import (
	"slices"
	"strings"

	"seam/model"
)

// The TOSA operators that the lowering emits or moves.
const (
	opAbs           = "tosa.ABS"
	opAdd           = "tosa.ADD"
	opAvgPool       = "tosa.AVG_POOL2D"
	opClamp         = "tosa.CLAMP"
	opConcat        = "tosa.CONCAT"
	opConv2D        = "tosa.CONV2D"
	opDepthwise     = "tosa.DEPTHWISE_CONV2D"
	opEqual         = "tosa.EQUAL"
	opGreater       = "tosa.GREATER"
	opGetItem       = "_operator.getitem"
	opGreaterEqual  = "tosa.GREATER_EQUAL"
	opMatMul        = "tosa.MATMUL"
	opMaxPool       = "tosa.MAX_POOL2D"
	opMaximum       = "tosa.MAXIMUM"
	opMinimum       = "tosa.MINIMUM"
	opMul           = "tosa.MUL"
	opReduceMax     = "tosa.REDUCE_MAX"
	opReduceMin     = "tosa.REDUCE_MIN"
	opReduceSum     = "tosa.REDUCE_SUM"
	opRescale       = "tosa.RESCALE"
	opReshape       = "tosa.RESHAPE"
	opResize        = "tosa.RESIZE"
	opSelect        = "tosa.SELECT"
	opSlice         = "tosa.SLICE"
	opSub           = "tosa.SUB"
	opTable         = "tosa.TABLE"
	opTile          = "tosa.TILE"
	opTranspose     = "tosa.TRANSPOSE"
	opTransposeConv = "tosa.TRANSPOSE_CONV2D"
)

// emitRule lowers one edge node whose Q and DQ nodes are folded away, and gives the value that stands for it.
type emitRule func(*emitter, model.NodeID) (model.NodeID, error)

// emitRow says how one edge operator becomes TOSA operators. An operator without a row is not modelled.
type emitRow struct {
	Op      string
	Emit    emitRule
	Consts  bool   // the rule knows what upstream does where all operands are constants
	Follows string // upstream's file and symbol
}

// emitRows is the table of edge operators, sorted by name.
var emitRows = [...]emitRow{
	{"_operator.getitem", (*emitter).getitem, true, "backends/arm/_passes/remove_getitem_pass.py: RemoveGetItemPass"},
	{"aten.abs.default", (*emitter).elementwiseInt32, true, "backends/arm/_passes/insert_rescales_pass.py: InsertRescaleInt32Pass"},
	{"aten.add.Tensor", (*emitter).elementwiseInt32, true, "backends/arm/_passes/insert_rescales_pass.py: InsertRescaleInt32Pass"},
	{"aten.amax.default", (*emitter).extreme, false, "backends/arm/_passes/convert_minmax_pass.py: ConvertMinMaxPass"},
	{"aten.amin.default", (*emitter).extreme, false, "backends/arm/_passes/convert_minmax_pass.py: ConvertMinMaxPass"},
	{"aten.avg_pool2d.default", (*emitter).avgPool, false, "backends/arm/_passes/rewrite_avg_pool2d_pass.py: RewriteAvgPool2dPass"},
	{"aten.bmm.default", (*emitter).matmul, false, "backends/arm/_passes/rewrite_matmul.py: RewriteMatmulPass"},
	{"aten.cat.default", (*emitter).cat, false, "backends/arm/operators/op_tosa_concat.py"},
	{"aten.ceil.default", (*emitter).table, true, "backends/arm/_passes/insert_table_ops.py: InsertTableOpsPass"},
	{"aten.clamp.default", (*emitter).clamp, false, "backends/arm/_passes: QuantizeClampArgumentsPass"},
	{"aten.convolution.default", (*emitter).convolution, false, "backends/arm/_passes/rewrite_conv_pass.py: RewriteConvPass"},
	{"aten.cos.default", (*emitter).table, true, "backends/arm/_passes/insert_table_ops.py: InsertTableOpsPass"},
	{"aten.eq.Tensor", (*emitter).compare, true, "backends/arm/_passes/insert_rescales_pass.py: InsertRescaleInt32Pass"},
	{"aten.erf.default", (*emitter).table, true, "backends/arm/_passes/insert_table_ops.py: InsertTableOpsPass"},
	{"aten.exp.default", (*emitter).table, true, "backends/arm/_passes/insert_table_ops.py: InsertTableOpsPass"},
	{"aten.expand_copy.default", (*emitter).expand, false, "backends/arm/_passes/convert_expand_copy_to_repeat.py: ConvertExpandCopyToRepeatPass"},
	{"aten.expm1.default", (*emitter).table, true, "backends/arm/_passes/insert_table_ops.py: InsertTableOpsPass"},
	{"aten.floor.default", (*emitter).table, true, "backends/arm/_passes/insert_table_ops.py: InsertTableOpsPass"},
	{"aten.full.default", (*emitter).full, true, "backends/arm/_passes/fuse_constant_ops_pass.py: ComputeConstantOpsAOTPass"},
	{"aten.full_like.default", (*emitter).full, true, "backends/arm/_passes/convert_full_like_to_full_pass.py: ConvertFullLikeToFullPass"},
	{"aten.ge.Tensor", (*emitter).compare, true, "backends/arm/_passes/insert_rescales_pass.py: InsertRescaleInt32Pass"},
	{"aten.gelu.default", (*emitter).table, true, "backends/arm/_passes/insert_table_ops.py: InsertTableOpsPass"},
	{"aten.gt.Tensor", (*emitter).compare, true, "backends/arm/_passes/insert_rescales_pass.py: InsertRescaleInt32Pass"},
	{"aten.hardsigmoid.default", (*emitter).table, true, "backends/arm/_passes/insert_table_ops.py: InsertTableOpsPass"},
	{"aten.hardswish.default", (*emitter).table, true, "backends/arm/_passes/insert_table_ops.py: InsertTableOpsPass"},
	{"aten.hardtanh.default", (*emitter).clamp, false, "backends/arm/_passes/convert_to_clamp_pass.py: ConvertToClampPass"},
	{"aten.le.Tensor", (*emitter).compare, true, "backends/arm/_passes/insert_rescales_pass.py: InsertRescaleInt32Pass"},
	{"aten.linear.default", (*emitter).linear, true, "backends/arm/_passes/decompose_linear_pass.py: DecomposeLinearPass"},
	{"aten.log.default", (*emitter).table, true, "backends/arm/_passes/insert_table_ops.py: InsertTableOpsPass"},
	{"aten.lt.Tensor", (*emitter).compare, true, "backends/arm/_passes/insert_rescales_pass.py: InsertRescaleInt32Pass"},
	{"aten.max_pool2d_with_indices.default", (*emitter).maxPool, false, "backends/arm/_passes/rewrite_max_pool2d_pass.py: RewriteMaxPool2dPass"},
	{"aten.maximum.default", (*emitter).elementwiseInt32, true, "backends/arm/_passes/insert_rescales_pass.py: InsertRescaleInt32Pass"},
	{"aten.minimum.default", (*emitter).elementwiseInt32, true, "backends/arm/_passes/insert_rescales_pass.py: InsertRescaleInt32Pass"},
	{"aten.mul.Tensor", (*emitter).elementwiseInt32, true, "backends/arm/_passes/insert_rescales_pass.py: InsertRescaleInt32Pass"},
	{"aten.permute_copy.default", (*emitter).permute, true, "backends/arm/_passes/exir_to_tosa_pass.py"},
	{"aten.reciprocal.default", (*emitter).table, true, "backends/arm/_passes/insert_table_ops.py: InsertTableOpsPass"},
	{"aten.relu.default", (*emitter).clamp, false, "backends/arm/_passes/convert_to_clamp_pass.py: ConvertToClampPass"},
	{"aten.rsqrt.default", (*emitter).table, true, "backends/arm/_passes/insert_table_ops.py: InsertTableOpsPass"},
	{"aten.select_copy.int", (*emitter).selectCopy, true, "backends/arm/_passes/decompose_select.py: DecomposeSelectPass"},
	{"aten.sigmoid.default", (*emitter).table, true, "backends/arm/_passes/insert_table_ops.py: InsertTableOpsPass"},
	{"aten.silu.default", (*emitter).table, true, "backends/arm/_passes/insert_table_ops.py: InsertTableOpsPass"},
	{"aten.sin.default", (*emitter).table, true, "backends/arm/_passes/insert_table_ops.py: InsertTableOpsPass"},
	{"aten.slice_copy.Tensor", (*emitter).sliceCopy, true, "backends/arm/_passes/rewrite_slice.py: RewriteSlicePass"},
	{"aten.squeeze_copy.dims", (*emitter).view, true, "backends/arm/_passes/convert_squeezes_to_view.py"},
	{"aten.sub.Tensor", (*emitter).elementwiseInt32, true, "backends/arm/_passes/insert_rescales_pass.py: InsertRescaleInt32Pass"},
	{"aten.sum.dim_IntList", (*emitter).sum, false, "backends/arm/_passes/decompose_sum_pass.py: DecomposeSumPass"},
	{"aten.tanh.default", (*emitter).table, true, "backends/arm/_passes/insert_table_ops.py: InsertTableOpsPass"},
	{"aten.unsqueeze_copy.default", (*emitter).view, true, "backends/arm/_passes/convert_squeezes_to_view.py"},
	{"aten.upsample_bilinear2d.vec", (*emitter).resize, false, "backends/arm/_passes/rewrite_upsample.py: RewriteUpsamplePass"},
	{"aten.upsample_nearest2d.vec", (*emitter).resize, false, "backends/arm/_passes/rewrite_upsample.py: RewriteUpsamplePass"},
	{"aten.view_copy.default", (*emitter).view, true, "backends/arm/_passes/exir_to_tosa_pass.py"},
	{"aten.where.self", (*emitter).where, false, "backends/arm/_passes/aten_to_tosa_ternary.py"},
	{"dim_order_ops._clone_dim_order.default", (*emitter).noop, true, "backends/arm/_passes/remove_noop_pass.py: RemoveNoopPass"},
}

// emitRowOf is the row of an edge operator, nil if it is not modelled.
func emitRowOf(op string) *emitRow {
	i, ok := slices.BinarySearchFunc(emitRows[:], op, func(r emitRow, op string) int { return strings.Compare(r.Op, op) })
	if !ok {
		return nil
	}
	return &emitRows[i]
}

// Lowerable says whether an edge operator has a rule. The rule may still refuse some of its arguments.
func Lowerable(op string) bool { return emitRowOf(op) != nil }
