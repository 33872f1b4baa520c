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
	opArgMax        = "tosa.ARGMAX"
	opAvgPool       = "tosa.AVG_POOL2D"
	opBitwiseAnd    = "tosa.BITWISE_AND"
	opBitwiseNot    = "tosa.BITWISE_NOT"
	opBitwiseOr     = "tosa.BITWISE_OR"
	opBitwiseXor    = "tosa.BITWISE_XOR"
	opCast          = "tosa.CAST"
	opClamp         = "tosa.CLAMP"
	opConcat        = "tosa.CONCAT"
	opConv2D        = "tosa.CONV2D"
	opConv3D        = "tosa.CONV3D"
	opDepthwise     = "tosa.DEPTHWISE_CONV2D"
	opEqual         = "tosa.EQUAL"
	opGather        = "tosa.GATHER"
	opGetItem       = "_operator.getitem"
	opGreater       = "tosa.GREATER"
	opGreaterEqual  = "tosa.GREATER_EQUAL"
	opIntDiv        = "tosa.INTDIV"
	opLeftShift     = "tosa.LOGICAL_LEFT_SHIFT"
	opLogicalAnd    = "tosa.LOGICAL_AND"
	opLogicalNot    = "tosa.LOGICAL_NOT"
	opLogicalOr     = "tosa.LOGICAL_OR"
	opLogicalXor    = "tosa.LOGICAL_XOR"
	opMatMul        = "tosa.MATMUL"
	opMaxPool       = "tosa.MAX_POOL2D"
	opMaximum       = "tosa.MAXIMUM"
	opMinimum       = "tosa.MINIMUM"
	opMul           = "tosa.MUL"
	opNegate        = "tosa.NEGATE"
	opPad           = "tosa.PAD"
	opReduceAny     = "tosa.REDUCE_ANY"
	opReduceMax     = "tosa.REDUCE_MAX"
	opReduceMin     = "tosa.REDUCE_MIN"
	opReduceSum     = "tosa.REDUCE_SUM"
	opRescale       = "tosa.RESCALE"
	opReshape       = "tosa.RESHAPE"
	opResize        = "tosa.RESIZE"
	opReverse       = "tosa.REVERSE"
	opRightShift    = "tosa.ARITHMETIC_RIGHT_SHIFT"
	opScatter       = "tosa.SCATTER"
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
	{"aten.acos.default", (*emitter).table, true, "backends/arm/_passes/insert_table_ops.py: InsertTableOpsPass"},
	{"aten.acosh.default", (*emitter).table, true, "backends/arm/_passes/insert_table_ops.py: InsertTableOpsPass"},
	{"aten.add.Tensor", (*emitter).elementwiseInt32, true, "backends/arm/_passes/insert_rescales_pass.py: InsertRescaleInt32Pass"},
	{"aten.alias_copy.default", (*emitter).noop, true, "backends/arm/_passes/remove_noop_pass.py: RemoveNoopPass"},
	{"aten.amax.default", (*emitter).extreme, false, "backends/arm/_passes/convert_minmax_pass.py: ConvertMinMaxPass"},
	{"aten.amin.default", (*emitter).extreme, false, "backends/arm/_passes/convert_minmax_pass.py: ConvertMinMaxPass"},
	{"aten.any.default", (*emitter).any, false, "backends/arm/_passes/decompose_any_pass.py: DecomposeAnyPass"},
	{"aten.any.dim", (*emitter).any, false, "backends/arm/_passes/decompose_any_pass.py: DecomposeAnyPass"},
	{"aten.any.dims", (*emitter).any, false, "backends/arm/_passes/decompose_any_pass.py: DecomposeAnyPass"},
	{"aten.arange.start_step", (*emitter).full, true, "backends/arm/_passes/fuse_constant_ops_pass.py: ComputeConstantOpsAOTPass"},
	{"aten.argmax.default", (*emitter).argmax, false, "backends/arm/operators/op_tosa_argmax.py"},
	{"aten.as_strided_copy.default", (*emitter).view, true, "backends/arm/_passes/decompose_as_strided_copy_pass.py: DecomposeAsStridedCopyPass"},
	{"aten.asin.default", (*emitter).table, true, "backends/arm/_passes/insert_table_ops.py: InsertTableOpsPass"},
	{"aten.asinh.default", (*emitter).table, true, "backends/arm/_passes/insert_table_ops.py: InsertTableOpsPass"},
	{"aten.atan.default", (*emitter).table, true, "backends/arm/_passes/insert_table_ops.py: InsertTableOpsPass"},
	{"aten.atanh.default", (*emitter).table, true, "backends/arm/_passes/insert_table_ops.py: InsertTableOpsPass"},
	{"aten.avg_pool2d.default", (*emitter).avgPool, false, "backends/arm/_passes/rewrite_avg_pool2d_pass.py: RewriteAvgPool2dPass"},
	{"aten.bitwise_and.Scalar", (*emitter).direct, false, "backends/arm/_passes/replace_scalar_with_tensor_pass.py: ReplaceScalarWithTensorByProfilePass"},
	{"aten.bitwise_and.Tensor", (*emitter).direct, false, "backends/arm/_passes/exir_to_tosa_pass.py: ExirToTosaPass"},
	{"aten.bitwise_left_shift.Tensor", (*emitter).direct, false, "backends/arm/_passes/exir_to_tosa_pass.py: ExirToTosaPass"},
	{"aten.bitwise_not.default", (*emitter).direct, false, "backends/arm/_passes/exir_to_tosa_pass.py: ExirToTosaPass"},
	{"aten.bitwise_or.Scalar", (*emitter).direct, false, "backends/arm/_passes/replace_scalar_with_tensor_pass.py: ReplaceScalarWithTensorByProfilePass"},
	{"aten.bitwise_or.Tensor", (*emitter).direct, false, "backends/arm/_passes/exir_to_tosa_pass.py: ExirToTosaPass"},
	{"aten.bitwise_right_shift.Tensor", (*emitter).direct, false, "backends/arm/_passes/exir_to_tosa_pass.py: ExirToTosaPass"},
	{"aten.bitwise_xor.Scalar", (*emitter).direct, false, "backends/arm/_passes/replace_scalar_with_tensor_pass.py: ReplaceScalarWithTensorByProfilePass"},
	{"aten.bitwise_xor.Tensor", (*emitter).direct, false, "backends/arm/_passes/exir_to_tosa_pass.py: ExirToTosaPass"},
	{"aten.bmm.default", (*emitter).matmul, false, "backends/arm/_passes/rewrite_matmul.py: RewriteMatmulPass"},
	{"aten.cat.default", (*emitter).cat, false, "backends/arm/operators/op_tosa_concat.py"},
	{"aten.ceil.default", (*emitter).table, true, "backends/arm/_passes/insert_table_ops.py: InsertTableOpsPass"},
	{"aten.clamp.Tensor", (*emitter).clampTensor, false, "backends/arm/_passes/decompose_tosa_unsupported_clamp_pass.py: DecomposeTOSAUnsupportedClampPass"},
	{"aten.clamp.default", (*emitter).clamp, false, "backends/arm/_passes: QuantizeClampArgumentsPass"},
	{"aten.constant_pad_nd.default", (*emitter).pad, false, "backends/arm/_passes/rewrite_pad.py: RewritePadPass"},
	{"aten.convolution.default", (*emitter).convolution, false, "backends/arm/_passes/rewrite_conv_pass.py: RewriteConvPass"},
	{"aten.copy.default", (*emitter).copySource, true, "backends/arm/_passes/remove_noop_pass.py: RemoveNoopPass"},
	{"aten.cos.default", (*emitter).table, true, "backends/arm/_passes/insert_table_ops.py: InsertTableOpsPass"},
	{"aten.cosh.default", (*emitter).table, true, "backends/arm/_passes/insert_table_ops.py: InsertTableOpsPass"},
	{"aten.cumsum.default", (*emitter).cumsum, false, "backends/arm/_passes/decompose_cumsum_pass.py: DecomposeCumsumPass"},
	{"aten.detach_copy.default", (*emitter).noop, true, "backends/arm/_passes/remove_noop_pass.py: RemoveNoopPass"},
	{"aten.div.Tensor_mode", (*emitter).intDiv, false, "backends/arm/_passes/decompose_div_tensor_mode.py: DecomposeDivTensorModePass"},
	{"aten.elu.default", (*emitter).table, true, "backends/arm/_passes/insert_table_ops.py: InsertTableOpsPass"},
	{"aten.eq.Tensor", (*emitter).compare, true, "backends/arm/_passes/insert_rescales_pass.py: InsertRescaleInt32Pass"},
	{"aten.erf.default", (*emitter).table, true, "backends/arm/_passes/insert_table_ops.py: InsertTableOpsPass"},
	{"aten.erfinv.default", (*emitter).table, true, "backends/arm/_passes/insert_table_ops.py: InsertTableOpsPass"},
	{"aten.exp.default", (*emitter).table, true, "backends/arm/_passes/insert_table_ops.py: InsertTableOpsPass"},
	{"aten.expand_copy.default", (*emitter).expand, false, "backends/arm/_passes/convert_expand_copy_to_repeat.py: ConvertExpandCopyToRepeatPass"},
	{"aten.expm1.default", (*emitter).table, true, "backends/arm/_passes/insert_table_ops.py: InsertTableOpsPass"},
	{"aten.eye.default", (*emitter).full, true, "backends/arm/_passes/fuse_constant_ops_pass.py: ComputeConstantOpsAOTPass"},
	{"aten.eye.m", (*emitter).full, true, "backends/arm/_passes/fuse_constant_ops_pass.py: ComputeConstantOpsAOTPass"},
	{"aten.flip.default", (*emitter).flip, false, "backends/arm/_passes/decompose_flip_pass.py: DecomposeFlipPass"},
	{"aten.floor.default", (*emitter).table, true, "backends/arm/_passes/insert_table_ops.py: InsertTableOpsPass"},
	{"aten.full.default", (*emitter).full, true, "backends/arm/_passes/fuse_constant_ops_pass.py: ComputeConstantOpsAOTPass"},
	{"aten.full_like.default", (*emitter).full, true, "backends/arm/_passes/convert_full_like_to_full_pass.py: ConvertFullLikeToFullPass"},
	{"aten.gather.default", (*emitter).gatherAxis, false, "backends/arm/_passes/canonicalize_gather_pass.py: CanonicalizeGatherPass"},
	{"aten.ge.Tensor", (*emitter).compare, true, "backends/arm/_passes/insert_rescales_pass.py: InsertRescaleInt32Pass"},
	{"aten.gelu.default", (*emitter).table, true, "backends/arm/_passes/insert_table_ops.py: InsertTableOpsPass"},
	{"aten.gt.Tensor", (*emitter).compare, true, "backends/arm/_passes/insert_rescales_pass.py: InsertRescaleInt32Pass"},
	{"aten.hardsigmoid.default", (*emitter).table, true, "backends/arm/_passes/insert_table_ops.py: InsertTableOpsPass"},
	{"aten.hardswish.default", (*emitter).table, true, "backends/arm/_passes/insert_table_ops.py: InsertTableOpsPass"},
	{"aten.hardtanh.default", (*emitter).clamp, false, "backends/arm/_passes/convert_to_clamp_pass.py: ConvertToClampPass"},
	{"aten.index.Tensor", (*emitter).index, false, "backends/arm/_passes/decompose_index_tensor_to_gather_pass.py: DecomposeIndexTensorToGatherPass"},
	{"aten.index_put.default", (*emitter).indexPut, false, "backends/arm/_passes/rewrite_index_put_pass.py: RewriteIndexPutPass"},
	{"aten.index_select.default", (*emitter).indexSelect, true, "backends/arm/_passes/decompose_index_select_to_gather_pass.py: DecomposeIndexSelectToGatherPass"},
	{"aten.le.Tensor", (*emitter).compare, true, "backends/arm/_passes/insert_rescales_pass.py: InsertRescaleInt32Pass"},
	{"aten.leaky_relu.default", (*emitter).table, true, "backends/arm/_passes/insert_table_ops.py: InsertTableOpsPass"},
	{"aten.linear.default", (*emitter).linear, true, "backends/arm/_passes/decompose_linear_pass.py: DecomposeLinearPass"},
	{"aten.log.default", (*emitter).table, true, "backends/arm/_passes/insert_table_ops.py: InsertTableOpsPass"},
	{"aten.log10.default", (*emitter).table, true, "backends/arm/_passes/insert_table_ops.py: InsertTableOpsPass"},
	{"aten.log1p.default", (*emitter).table, true, "backends/arm/_passes/insert_table_ops.py: InsertTableOpsPass"},
	{"aten.logical_and.default", (*emitter).direct, false, "backends/arm/_passes/exir_to_tosa_pass.py: ExirToTosaPass"},
	{"aten.logical_not.default", (*emitter).direct, false, "backends/arm/_passes/exir_to_tosa_pass.py: ExirToTosaPass"},
	{"aten.logical_or.default", (*emitter).direct, false, "backends/arm/_passes/exir_to_tosa_pass.py: ExirToTosaPass"},
	{"aten.logical_xor.default", (*emitter).direct, false, "backends/arm/_passes/exir_to_tosa_pass.py: ExirToTosaPass"},
	{"aten.lt.Tensor", (*emitter).compare, true, "backends/arm/_passes/insert_rescales_pass.py: InsertRescaleInt32Pass"},
	{"aten.max_pool2d_with_indices.default", (*emitter).maxPool, false, "backends/arm/_passes/rewrite_max_pool2d_pass.py: RewriteMaxPool2dPass"},
	{"aten.maximum.default", (*emitter).elementwiseInt32, true, "backends/arm/_passes/insert_rescales_pass.py: InsertRescaleInt32Pass"},
	{"aten.minimum.default", (*emitter).elementwiseInt32, true, "backends/arm/_passes/insert_rescales_pass.py: InsertRescaleInt32Pass"},
	{"aten.mm.default", (*emitter).mm, false, "backends/arm/_passes/mm_to_bmm_pass.py: ConvertMmToBmmPass"},
	{"aten.mul.Tensor", (*emitter).elementwiseInt32, true, "backends/arm/_passes/insert_rescales_pass.py: InsertRescaleInt32Pass"},
	{"aten.neg.default", (*emitter).neg, false, "backends/arm/operators/op_tosa_neg.py"},
	{"aten.pad.default", (*emitter).pad, false, "backends/arm/_passes/rewrite_pad.py: RewritePadPass"},
	{"aten.permute_copy.default", (*emitter).permute, true, "backends/arm/_passes/exir_to_tosa_pass.py"},
	{"aten.pow.Tensor_Scalar", (*emitter).table, true, "backends/arm/_passes/insert_table_ops.py: InsertTableOpsPass"},
	{"aten.reciprocal.default", (*emitter).table, true, "backends/arm/_passes/insert_table_ops.py: InsertTableOpsPass"},
	{"aten.relu.default", (*emitter).clamp, false, "backends/arm/_passes/convert_to_clamp_pass.py: ConvertToClampPass"},
	{"aten.remainder.Scalar", (*emitter).table, true, "backends/arm/_passes/insert_table_ops.py: InsertTableOpsPass"},
	{"aten.repeat.default", (*emitter).repeat, false, "backends/arm/_passes/unsqueeze_before_repeat_pass.py: UnsqueezeBeforeRepeatPass"},
	{"aten.round.default", (*emitter).table, true, "backends/arm/_passes/insert_table_ops.py: InsertTableOpsPass"},
	{"aten.rsqrt.default", (*emitter).table, true, "backends/arm/_passes/insert_table_ops.py: InsertTableOpsPass"},
	{"aten.scalar_tensor.default", (*emitter).full, true, "backends/arm/_passes/fuse_constant_ops_pass.py: ComputeConstantOpsAOTPass"},
	{"aten.select_copy.int", (*emitter).selectCopy, true, "backends/arm/_passes/decompose_select.py: DecomposeSelectPass"},
	{"aten.sigmoid.default", (*emitter).table, true, "backends/arm/_passes/insert_table_ops.py: InsertTableOpsPass"},
	{"aten.silu.default", (*emitter).table, true, "backends/arm/_passes/insert_table_ops.py: InsertTableOpsPass"},
	{"aten.sin.default", (*emitter).table, true, "backends/arm/_passes/insert_table_ops.py: InsertTableOpsPass"},
	{"aten.sinh.default", (*emitter).table, true, "backends/arm/_passes/insert_table_ops.py: InsertTableOpsPass"},
	{"aten.slice_copy.Tensor", (*emitter).sliceCopy, true, "backends/arm/_passes/rewrite_slice.py: RewriteSlicePass"},
	{"aten.split_copy.Tensor", (*emitter).split, false, "backends/arm/_passes/convert_split_to_slice.py: ConvertSplitToSlicePass"},
	{"aten.split_with_sizes_copy.default", (*emitter).split, false, "backends/arm/_passes/convert_split_to_slice.py: ConvertSplitToSlicePass"},
	{"aten.squeeze_copy.dims", (*emitter).view, true, "backends/arm/_passes/convert_squeezes_to_view.py"},
	{"aten.sub.Tensor", (*emitter).elementwiseInt32, true, "backends/arm/_passes/insert_rescales_pass.py: InsertRescaleInt32Pass"},
	{"aten.sum.dim_IntList", (*emitter).sum, false, "backends/arm/_passes/decompose_sum_pass.py: DecomposeSumPass"},
	{"aten.tan.default", (*emitter).table, true, "backends/arm/_passes/insert_table_ops.py: InsertTableOpsPass"},
	{"aten.tanh.default", (*emitter).table, true, "backends/arm/_passes/insert_table_ops.py: InsertTableOpsPass"},
	{"aten.unfold_copy.default", (*emitter).unfold, false, "backends/arm/_passes/decompose_unfold_to_gather_pass.py: DecomposeUnfoldToGatherPass"},
	{"aten.unsqueeze_copy.default", (*emitter).view, true, "backends/arm/_passes/convert_squeezes_to_view.py"},
	{"aten.upsample_bilinear2d.vec", (*emitter).resize, false, "backends/arm/_passes/rewrite_upsample.py: RewriteUpsamplePass"},
	{"aten.upsample_nearest2d.vec", (*emitter).resize, false, "backends/arm/_passes/rewrite_upsample.py: RewriteUpsamplePass"},
	{"aten.view_copy.default", (*emitter).view, true, "backends/arm/_passes/exir_to_tosa_pass.py"},
	{"aten.where.self", (*emitter).where, false, "backends/arm/_passes/aten_to_tosa_ternary.py"},
	{"dim_order_ops._clone_dim_order.default", (*emitter).noop, true, "backends/arm/_passes/remove_noop_pass.py: RemoveNoopPass"},
	{"dim_order_ops._to_dim_order_copy.default", (*emitter).toCopy, true, "backends/arm/operators/op_to_dim_order_copy.py"},
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
