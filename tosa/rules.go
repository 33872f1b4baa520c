package tosa

import (
	"seam/model"
	"seam/quant"
)

// edgeRule lowers one call and returns what stands for it: a value, or a list of them.
type edgeRule func(*lowering, *edgeCall) (model.Arg, error)

// edgeRules is the rule of each class; nil is not modelled.
var edgeRules = [model.NumEdgeClasses]edgeRule{
	model.EdSame:      (*lowering).same,
	model.EdRename:    (*lowering).rename,
	model.EdReflected: (*lowering).reflected,
	model.EdQDQ:       (*lowering).same,
	model.EdKept:      (*lowering).keptOrDecomposed,
	model.EdDecomp:    (*lowering).decompose,
	model.EdConv:      (*lowering).conv,
	model.EdLinear:    (*lowering).linear,
	model.EdClone:     (*lowering).cloned,
	model.EdCopy:      (*lowering).viewCopy,
	model.EdView:      (*lowering).view,
	model.EdReshape:   (*lowering).reshape,
	model.EdPermute:   (*lowering).permute,
	model.EdSlice:     (*lowering).slice,
	model.EdSelect:    (*lowering).selectOne,
	model.EdExpand:    (*lowering).expand,
	model.EdSqueeze:   (*lowering).squeeze,
	model.EdMaxPool:   (*lowering).maxPool,
	model.EdPool1D:    (*lowering).pool1D,
	model.EdStack:     (*lowering).stack,
	model.EdSplit:     (*lowering).split,
	model.EdSum:       (*lowering).same,
	model.EdGetitem:   (*lowering).getitem,
	model.EdCast:      (*lowering).castTo,
	model.EdFill:      (*lowering).fill,
	model.EdSym:       (*lowering).symbolic,
	model.EdNothing:   (*lowering).nothing,
}

// ruleOf is the rule of a class. Control flow is apart, since it lowers graphs in its turn.
func ruleOf(class model.EdgeClass) edgeRule {
	if class == model.EdControl {
		return (*lowering).control
	}
	return edgeRules[class]
}

// decompositions are the operators of class EdDecomp, and of EdKept where they are not kept.
//
//	source  torch/_decomp/decompositions.py, torch/_refs
var decompositions = map[string]edgeRule{
	"aten._unsafe_view.default":                 (*lowering).view,
	"aten._upsample_nearest_exact1d.vec":        (*lowering).resizeNearest,
	"aten._upsample_nearest_exact2d.vec":        (*lowering).resizeNearest,
	"aten.adaptive_avg_pool1d.default":          (*lowering).adaptivePool1D,
	"aten.adaptive_avg_pool2d.default":          (*lowering).adaptivePool2D,
	"aten.adaptive_max_pool1d.default":          (*lowering).adaptiveMaxPool1D,
	"aten.addcdiv.default":                      (*lowering).scaledProduct,
	"aten.addcmul.default":                      (*lowering).scaledProduct,
	"aten.all.default":                          (*lowering).every,
	"aten.all.dim":                              (*lowering).every,
	"aten.all.dims":                             (*lowering).every,
	"aten.aminmax.default":                      (*lowering).minMax,
	"aten.arange.default":                       (*lowering).arange,
	"aten.arange.start":                         (*lowering).arange,
	"aten.argsort.default":                      (*lowering).argsort,
	"aten.baddbmm.default":                      (*lowering).baddbmm,
	"aten.bilinear.default":                     (*lowering).bilinear,
	"aten.gru_cell.default":                     (*lowering).gruStep,
	"aten.rnn_relu_cell.default":                (*lowering).rnnStep,
	"aten.rnn_tanh_cell.default":                (*lowering).rnnStep,
	"aten.batch_norm.default":                   (*lowering).batchNorm,
	"aten.celu.default":                         (*lowering).celu,
	"aten.channel_shuffle.default":              (*lowering).channelShuffle,
	"aten.clamp_max.Tensor":                     (*lowering).clampMax,
	"aten.clamp_max.default":                    (*lowering).clampMax,
	"aten.clamp_min.Tensor":                     (*lowering).clampMin,
	"aten.clamp_min.default":                    (*lowering).clampMin,
	"aten.deg2rad.default":                      (*lowering).deg2rad,
	"aten.detach_.default":                      (*lowering).identity,
	"aten.dot.default":                          (*lowering).dotProduct,
	"aten.dstack.default":                       (*lowering).dstack,
	"aten.eye.default":                          (*lowering).eye,
	"aten.eye.m":                                (*lowering).eye,
	"aten.fill.Scalar":                          (*lowering).fillScalar,
	"aten.fill.Tensor":                          (*lowering).fillTensor,
	"aten.floor_divide.default":                 (*lowering).floorDivide,
	"aten.frac.default":                         (*lowering).frac,
	"aten.glu.default":                          (*lowering).glu,
	"aten.group_norm.default":                   (*lowering).groupNorm,
	"aten.gru.input":                            (*lowering).recurrent,
	"aten.hardshrink.default":                   (*lowering).hardshrink,
	"aten.hardsigmoid.default":                  (*lowering).hardsigmoid,
	"aten.hardswish.default":                    (*lowering).hardswish,
	"aten.hstack.default":                       (*lowering).hstack,
	"aten.im2col.default":                       (*lowering).windows,
	"aten.index_add.default":                    (*lowering).indexPut,
	"aten.index_copy.default":                   (*lowering).indexPut,
	"aten.instance_norm.default":                (*lowering).instanceNorm,
	"aten.layer_norm.default":                   (*lowering).layerNorm,
	"aten.lerp.Scalar":                          (*lowering).lerp,
	"aten.lerp.Tensor":                          (*lowering).lerp,
	"aten.linalg_vector_norm.default":           (*lowering).vectorNorm,
	"aten.linspace.default":                     (*lowering).linspace,
	"aten.log_sigmoid.default":                  (*lowering).logSigmoid,
	"aten.log_softmax.int":                      (*lowering).softmax,
	"aten.logsumexp.default":                    (*lowering).logSumExp,
	"aten.lstm.input":                           (*lowering).recurrent,
	"aten.masked_fill.Scalar":                   (*lowering).maskedFill,
	"aten.masked_fill.Tensor":                   (*lowering).maskedFill,
	"aten.matmul.default":                       (*lowering).matmul,
	"aten.mish.default":                         (*lowering).mish,
	"aten.mv.default":                           (*lowering).matrixTimesVector,
	"aten.nan_to_num.default":                   (*lowering).nanToNum,
	"aten.narrow.default":                       (*lowering).narrow,
	"aten.outer.default":                        (*lowering).outer,
	"aten.pad.default":                          (*lowering).pad,
	"aten.pixel_shuffle.default":                (*lowering).pixelShuffle,
	"aten.pixel_unshuffle.default":              (*lowering).pixelUnshuffle,
	"aten.prelu.default":                        (*lowering).prelu,
	"aten.ravel.default":                        (*lowering).ravel,
	"aten.relu6.default":                        (*lowering).relu6,
	"aten.repeat_interleave.self_int":           (*lowering).repeatInterleave,
	"aten.rms_norm.default":                     (*lowering).rmsNorm,
	"aten.rnn_relu.input":                       (*lowering).recurrent,
	"aten.rnn_tanh.input":                       (*lowering).recurrent,
	"aten.roll.default":                         (*lowering).roll,
	"aten.rot90.default":                        (*lowering).rot90,
	"aten.scaled_dot_product_attention.default": (*lowering).attention,
	"aten.select_scatter.default":               (*lowering).selectScatter,
	"aten.selu.default":                         (*lowering).selu,
	"aten.silu.default":                         (*lowering).silu,
	"aten.softmax.int":                          (*lowering).softmax,
	"aten.softplus.default":                     (*lowering).softplus,
	"aten.softshrink.default":                   (*lowering).softshrink,
	"aten.square.default":                       (*lowering).square,
	"aten.std.correction":                       (*lowering).std,
	"aten.std.dim":                              (*lowering).std,
	"aten.sum.default":                          (*lowering).sumAll,
	"aten.take.default":                         (*lowering).take,
	"aten.tensor_split.indices":                 (*lowering).tensorSplit,
	"aten.tensor_split.sections":                (*lowering).tensorSplit,
	"aten.threshold.default":                    (*lowering).threshold,
	"aten.tile.default":                         (*lowering).tile,
	"aten.tril.default":                         (*lowering).triangle,
	"aten.triu.default":                         (*lowering).triangle,
	"aten.unbind.int":                           (*lowering).unbind,
	"aten.upsample_linear1d.vec":                (*lowering).resizeLinear,
	"aten.upsample_nearest1d.vec":               (*lowering).resizeNearest,
	"aten.var.dim":                              (*lowering).variance,
	"aten.var_mean.dim":                         (*lowering).variance,
	"aten.vstack.default":                       (*lowering).vstack,
	"aten.where.Scalar":                         (*lowering).whereScalar,
	"aten.where.ScalarOther":                    (*lowering).whereScalar,
	"aten.where.ScalarSelf":                     (*lowering).whereScalar,
	"aten.zero.default":                         (*lowering).zero,
}

func (e *lowering) decompose(c *edgeCall) (model.Arg, error) {
	rule := decompositions[c.op]
	if rule == nil {
		return model.Arg{}, e.missing("")
	}
	if d := c.t.T.DType; computedInFloat[c.op] && d != model.Float32 && d != model.Float64 && d.IsFloat() {
		return e.widened(c, rule)
	}
	return rule(e, c)
}

// computedInFloat are the decompositions that compute half-precision operands in float32.
//
//	source  torch/_decomp/decompositions.py: pw_cast_for_opmath; torch/_prims_common/wrappers.py: elementwise_type_promotion_wrapper
var computedInFloat = map[string]bool{
	"aten.celu.default": true, "aten.glu.default": true, "aten.hardshrink.default": true, "aten.hardsigmoid.default": true,
	"aten.hardswish.default": true, "aten.log_sigmoid.default": true, "aten.logsumexp.default": true, "aten.mish.default": true,
	"aten.prelu.default": true, "aten.selu.default": true, "aten.silu.default": true, "aten.softplus.default": true,
	"aten.softshrink.default": true, "aten.std.correction": true, "aten.std.dim": true, "aten.threshold.default": true,
	"aten.lerp.Scalar": true, "aten.lerp.Tensor": true, "aten.addcmul.default": true, "aten.addcdiv.default": true,
	"aten.deg2rad.default": true, "aten.frac.default": true,
}

// widened runs a rule in float32 between casts, for those of which that was seen.
func (e *lowering) widened(c *edgeCall, rule edgeRule) (model.Arg, error) {
	switch c.op {
	case "aten.silu.default", "aten.hardswish.default", "aten.hardsigmoid.default":
	default:
		return model.Arg{}, e.missing("half precision")
	}
	d := c.t.T.DType
	wide := *c
	wide.args = append([]model.Arg{e.cast(c.args[0], model.Float32)}, c.args[1:]...)
	wide.t.T.DType = model.Float32
	v, err := rule(e, &wide)
	if err != nil {
		return v, err
	}
	return e.cast(v, d), nil
}

// keptOrDecomposed keeps an operator that the partitioner asks to keep.
func (e *lowering) keptOrDecomposed(c *edgeCall) (model.Arg, error) {
	if e.kept(c) {
		return e.keep(c, c.op, c.args), nil
	}
	return e.decompose(c)
}

// same keeps the operator.
func (e *lowering) same(c *edgeCall) (model.Arg, error) { return e.keep(c, c.op, c.args), nil }

// rename keeps the arguments under another operator.
func (e *lowering) rename(c *edgeCall) (model.Arg, error) { return e.keep(c, c.into, c.args), nil }

// reflected is an operator whose two operands change places.
func (e *lowering) reflected(c *edgeCall) (model.Arg, error) {
	if len(c.args) != 2 {
		return model.Arg{}, e.missing("")
	}
	return e.keep(c, c.into, []model.Arg{c.args[1], c.args[0]}), nil
}

// keep emits op with c's keywords; in args, which it may change, an int for a list parameter becomes a list.
func (e *lowering) keep(c *edgeCall, op string, args []model.Arg) model.Arg {
	s := e.schema(op)
	for i := range args {
		if i < len(s) && args[i].Kind == model.ArgInt && isIntList(s[i].Type) {
			args[i] = model.ListArg(args[i])
		}
	}
	v := e.emitKw(op, c.t, c.kw, args...)
	if c.t.Kind == model.ListKind {
		return e.results(v, c.t)
	}
	return v
}

// getitem picks one result.
func (e *lowering) getitem(c *edgeCall) (model.Arg, error) {
	l, i := c.args[0], int(c.args[1].Int)
	if l.Kind != model.ArgList || i < 0 || i >= len(l.List) {
		return model.Arg{}, e.missing("getitem of no list")
	}
	return l.List[i], nil
}

// triple is the type of an operator that gives t and two more.
func (e *lowering) triple(t model.Type) model.Type {
	return model.Type{Kind: model.ListKind, List: []model.TensorType{t.T, {DType: t.T.DType}, {DType: t.T.DType}}}
}

// identity leaves an operator out.
func (e *lowering) identity(c *edgeCall) (model.Arg, error) { return c.args[0], nil }

// nothing leaves a check out.
//
//	source  exir/passes/remove_graph_asserts_pass.py
func (e *lowering) nothing(*edgeCall) (model.Arg, error) { return model.Arg{}, nil }

// kept says whether the partitioner keeps the operator from being decomposed.
//
//	source  backends/arm/tosa/partitioner.py: ops_to_not_decompose
func (e *lowering) kept(c *edgeCall) bool {
	if t, ok := c.t.First(); ok && t.DType == model.Float64 {
		return false
	}
	if e.quantizedAround(c) {
		return true
	}
	switch c.op {
	case "aten.eye.default", "aten.linspace.default", "aten.silu.default":
		return c.t.T.DType.IsInteger() || len(e.old.Users(c.id)) == 0
	}
	return false
}

// quantizedAround says whether all of a call's inputs are dequantized and all its users quantize; a linear may also have a relu
// or hardtanh as its only user.
func (e *lowering) quantizedAround(c *edgeCall) bool {
	dequantized := true
	for _, a := range append([]model.Arg{}, c.args...) {
		a.Walk(func(p model.NodeID) {
			dequantized = dequantized && perTensorOrChannel(e.Node(p).Target, quant.OpDequantize, quant.OpDequantizeChannel)
		})
	}
	users := e.old.Users(c.id)
	if dequantized && len(users) == 1 && c.op == "aten.linear.default" {
		switch e.old.Node(users[0]).Target {
		case "aten.relu.default", "aten.hardtanh.default", "aten.relu_.default", "aten.hardtanh_.default", "aten.relu6.default":
			return true
		}
	}
	for _, u := range users {
		dequantized = dequantized && perTensorOrChannel(e.old.Node(u).Target, quant.OpQuantize, quant.OpQuantizeChannel)
	}
	return dequantized
}

func perTensorOrChannel(op, tensor, channel string) bool { return op == tensor || op == channel }
