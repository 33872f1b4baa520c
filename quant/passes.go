package quant

import "seam/model"

// passes is the passes before annotation, in upstream's order.
//
//	source  backends/arm/_passes/arm_pass_manager.py: transform_for_annotation_pipeline
var passes = [...]pass{
	{name: "RemoveGraphAssertsPass", when: dead, edit: removeAsserts},
	{name: "ConstantFoldingPass", when: foldsAhead, edit: foldAhead},
	{name: "DecomposeIndexCopyPass", ops: aten("index_copy", "index_copy_"), gated: true, edit: indexCopies},
	{name: "DecomposeSelectScatterPass", ops: aten("select_scatter"), apply: selectScatter},
	{name: "DecomposeSliceScatterPass", ops: aten("slice_scatter"), apply: sliceScatter},
	{name: "DecomposeDynamicFullPass", ops: aten("full"), since: "1.4.1", eager: true, when: symbolicFull, apply: dynamicFull},
	{
		name: "ConvertInt64ConstOpsToInt32Pass", outer: true, dce: true,
		ops:  aten("full", "arange", "arange.start", "arange.start_step", "eye", "linspace"),
		when: int64Constant, apply: narrowConstant,
	},
	{
		name: "ConvertInt64OutputOpsToInt32Pass", ops: aten("to.dtype", "to.dtype_layout", "argmax"), until: "1.3.1",
		retraces: true, when: int64Output, edit: narrowOutputs,
	},
	{
		name: "ConvertInt64OutputOpsToInt32Pass", ops: aten("to.dtype", "to.dtype_layout", "argmax", "argmin"), since: "1.4.1",
		until: "1.4.1", retraces: true, when: int64Output, edit: narrowOutputs,
	},
	{
		name: "ConvertInt64OutputOpsToInt32Pass", ops: aten("to.dtype", "to.dtype_layout", "argmax", "argmin"), since: "1.5.1",
		retraces: true, when: narrowable, edit: narrowOutputs,
	},
	{name: "InsertInt32CastsAfterInt64PlaceholdersPass", retraces: true, when: int64Source, edit: castSources},
	{
		name: "FoldScalarMulIntoConvPass", ops: aten("mul.Tensor", "mul.Scalar"), gated: true, since: "1.4.1", when: mulBehindConv,
		edit: foldFactors,
	},
	{name: "DecomposeEmbeddingPass", outer: true, ops: aten("embedding"), gated: true, dce: true, apply: embedding},
	{name: "DecomposeScaledDotProductAttentionPass", ops: aten("scaled_dot_product_attention"), gated: true, edit: attention},
	{name: "DecomposeLogitPass", ops: aten("logit"), gated: true, eager: true, apply: logit},
	{name: "DecomposeSignPass", ops: aten("sign"), gated: true, eager: true, apply: sign},
	{name: "DecomposeTrilPass", ops: aten("tril"), apply: tril},
	{name: "DecomposeAddmmPass", ops: aten("addmm"), gated: true, eager: true, apply: addmm},
	{
		name: "DecomposeRemainderPass", ops: aten("remainder.Tensor", "remainder.Scalar"), eager: true, when: notRemainder,
		apply: remainder,
	},
	{name: "DecomposeFloorDividePass", ops: aten("floor_divide"), apply: floorDivide},
	{name: "DecomposeDivTensorModePass", ops: aten("div.Tensor_mode"), gated: true, since: "1.4.1", apply: divMode},
	{name: "DecomposeDivTensorModePass", ops: aten("div.Tensor_mode"), gated: true, until: "1.3.1", apply: divModeFloat},
	{name: "DecomposeEinsumPass", ops: aten("einsum"), gated: true, edit: einsums},
	{
		name: "RewriteInplaceArithmeticPass", ops: aten("add_.Tensor", "sub_.Tensor", "mul_.Tensor", "div_.Tensor"), gated: true,
		apply: rewriteInplace,
	},
	{name: "DecomposeAddSubAlphaPass", exact: true, ops: aten("add.Tensor", "sub.Tensor"), when: hasAlpha, apply: alpha},
	{name: "DecomposeLeakyReLUPass", ops: aten("leaky_relu", "leaky_relu_"), gated: true, until: "1.3.1", apply: leakyRelu},
	{name: "ConvertEluFamilyToEluPass", ops: aten("selu", "celu"), gated: true, apply: eluFamily},
	{name: "DecomposeGroupNormPass", outer: true, ops: aten("group_norm"), gated: true, dce: true, apply: groupNorm},
	{name: "DecomposeLayerNormPass", ops: aten("layer_norm"), gated: true, dce: true, apply: layerNorm},
	{
		name: "DecomposeBatchNormNoStatsPass", ops: aten("batch_norm", "_native_batch_norm_legit_no_training"), gated: true,
		since: "1.5.1", dce: true, when: standaloneBatchNorm, apply: batchNorm,
	},
	{name: "DecomposeVarPass", ops: aten("var.dim", "var.correction"), gated: true, apply: variance},
	{name: "DecomposeMeanDimPass", ops: aten("mean.dim", "mean"), gated: true, apply: meanDim},
	{name: "DecomposeAdaptiveAvgPool2dPass", ops: aten("adaptive_avg_pool2d"), gated: true, apply: adaptiveAvgPool},
	{name: "DecomposeAvgPool2dPass", ops: aten("avg_pool2d"), gated: true, apply: avgPool},
	{name: "DecomposePReLUPass", ops: aten("prelu"), gated: true, since: "1.5.1", apply: prelu},
	{
		name: "DecomposeLeakyReLUPass", ops: aten("leaky_relu", "leaky_relu_"), gated: true, since: "1.4.1", until: "1.4.1",
		apply: leakyRelu,
	},
	{name: "ReplaceScalarWithTensorByProfilePass", ops: scalarTwins(), eager: true, when: notRemainder, apply: scalarToTensor},
	{name: "ScalarsToAttributePass", exact: true, ops: constantOps, when: scalarOperand, apply: scalarsToConstants},
	{name: "ControlFlowConstInlinePass", when: needsInline, edit: inlineBodies},
	{name: "NormalizeWhileInitialArgsPass", ops: []string{"higher_order.while_loop"}, when: moreInputs},
	{name: "DecomposeGruPass", outer: true, ops: aten("gru.input"), gated: true, apply: recurrentLayer},
	{name: "DecomposeLstmPass", outer: true, ops: aten("lstm.input"), gated: true, until: "1.4.1", apply: recurrentLayer},
	{name: "DecomposeLstmPass", outer: true, ops: aten("lstm.input", "lstm_cell"), gated: true, since: "1.5.1", apply: lstm},
	{name: "DecomposeRnnPass", outer: true, ops: aten("rnn_tanh.input", "rnn_relu.input"), gated: true, apply: recurrentLayer},
	{name: "DecomposeNotEqualPass", ops: aten("ne.Tensor", "ne_.Tensor"), gated: true, eager: true, apply: notEqual},
	{name: "DecomposeCosineSimilarityPass", ops: aten("cosine_similarity"), gated: true, apply: cosineSimilarity},
	{name: "DecomposeGluPass", ops: aten("glu"), gated: true, eager: true, apply: glu},
	{name: "DecomposeDivPass", ops: aten("div.Tensor", "div_.Tensor"), gated: true, eager: true, apply: divide},
	{name: "DecomposeLinalgVectorNormPass", ops: aten("linalg_vector_norm"), gated: true, apply: vectorNorm},
	{name: "DecomposeSqrtPass", ops: aten("sqrt", "sqrt_"), gated: true, eager: true, apply: squareRoot},
	{
		name: "DecomposeSoftmaxPass", ops: aten("softmax.int", "_safe_softmax", "log_softmax.int"), gated: true, eager: true,
		apply: softmax,
	},
	{name: "ConvertMinMaxPass", outer: true, ops: aten("max.dim", "min.dim"), gated: true, dce: true, apply: minMaxDim},
	{name: "AccumulateIndexPutPass", ops: aten("index_put", "index_put_"), gated: true, settles: true, apply: indexPut},
	{name: "DecomposeMatmulPass", ops: aten("matmul"), gated: true, when: matrixOperands, edit: matmuls},
	{name: "ReplaceInfAndLimitValuesPass", when: infinite, edit: replaceInfinities},
	{
		name: "DecomposeMaskedFillPass", ops: aten("masked_fill.Scalar", "masked_fill_.Scalar"), notU55: true, settles: true,
		apply: maskedFill,
	},
	{name: "DeduplicateGetAttrPass", when: isConstant, edit: splitConstants},
}

func isConstant(g *model.Graph, n model.NodeID) bool { return g.Node(n).Kind == model.GetAttr }

// moreInputs says whether a loop reads values that it does not carry.
func moreInputs(g *model.Graph, n model.NodeID) bool { return len(g.Node(n).Arg(3).List) > 0 }
