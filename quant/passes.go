package quant

import (
	"math"
	"slices"
	"strconv"

	"seam/model"
)

// pass is one of the passes that run before annotation.
type pass struct {
	name         string
	ops          []string // the operators that it looks for; nil: any node
	gated        bool     // it asks whether the node may be transformed
	since, until string   // releases
	notU55       bool     // skipped for the U55 subset
	when         func(*model.Graph, model.NodeID) bool
	apply        func(*tracer, model.NodeID) (model.Arg, bool) // nil: not modelled
}

func itoa(i int) string { return strconv.Itoa(i) }

func (p *pass) in(release string) bool {
	return (p.since == "" || release >= p.since) && (p.until == "" || release <= p.until)
}

// hits says whether the pass changes node n.
func (p *pass) hits(g *model.Graph, n model.NodeID, allow []bool) bool {
	x := g.Node(n)
	if p.ops != nil && (x.Kind != model.Call || !slices.Contains(p.ops, x.Target)) {
		return false
	}
	return (!p.gated || allow[n]) && (p.when == nil || p.when(g, n))
}

func (p *pass) wanted(g *model.Graph, allow []bool) bool {
	for i := range g.Len() {
		if p.hits(g, model.NodeID(i), allow) {
			return true
		}
	}
	return false
}

func (p *pass) missing(g *model.Graph, allow []bool) error {
	m := model.NotModelled{Stage: "prepare", Rule: p.name}
	for i := range g.Len() {
		if n := model.NodeID(i); p.hits(g, n, allow) {
			m.Nodes = append(m.Nodes, g.Node(n).Name)
			if m.Operator == "" && p.ops != nil {
				m.Operator = g.Node(n).Target
			}
		}
	}
	return &model.MissingError{NotModelled: m}
}

func aten(names ...string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = fullName(n)
	}
	return out
}

// passes is the passes before annotation, in upstream's order. The numbers are those of quantize.md 5.2.
//
//	source  backends/arm/_passes/arm_pass_manager.py: transform_for_annotation_pipeline
var passes = [...]pass{
	{name: "RemoveGraphAssertsPass", ops: aten("_assert_async.msg", "_assert_scalar", "sym_constrain_range",
		"sym_constrain_range_for_size", "_assert_tensor_metadata"), apply: dropped},
	{name: "ConstantFoldingPass", when: foldsAhead},
	{name: "DecomposeIndexCopyPass", ops: aten("index_copy", "index_copy_"), gated: true},
	{name: "DecomposeSelectScatterPass", ops: aten("select_scatter.default")},
	{name: "DecomposeSliceScatterPass", ops: aten("slice_scatter.default")},
	{name: "DecomposeDynamicFullPass", ops: aten("full"), since: "1.4.1", when: symbolicFull},
	{name: "ConvertInt64ConstOpsToInt32Pass", ops: aten("full", "arange", "arange.start", "arange.start_step", "eye", "linspace"),
		when: int64Output},
	{name: "ConvertInt64OutputOpsToInt32Pass", ops: aten("to.dtype", "_to_copy", "argmax", "argmin"), when: int64Output},
	{name: "InsertInt32CastsAfterInt64PlaceholdersPass", when: int64Source},
	{name: "FoldScalarMulIntoConvPass", ops: aten("mul.Tensor", "mul.Scalar"), gated: true, since: "1.4.1", when: mulBehindConv},
	{name: "DecomposeEmbeddingPass", ops: aten("embedding"), gated: true},
	{name: "DecomposeScaledDotProductAttentionPass", ops: aten("scaled_dot_product_attention"), gated: true},
	{name: "DecomposeLogitPass", ops: aten("logit"), gated: true},
	{name: "DecomposeRoundPass", ops: aten("round"), gated: true, until: "1.3.1"},
	{name: "DecomposeSignPass", ops: aten("sign"), gated: true},
	{name: "DecomposeTrilPass", ops: aten("tril")},
	{name: "DecomposeAddmmPass", ops: aten("addmm"), gated: true},
	{name: "DecomposeRemainderPass", ops: aten("remainder.Tensor")},
	{name: "DecomposeFloorDividePass", ops: aten("floor_divide")},
	{name: "DecomposeDivTensorModePass", ops: aten("div.Tensor_mode", "div.Scalar_mode"), gated: true},
	{name: "DecomposeEinsumPass", ops: aten("einsum"), gated: true},
	{name: "RewriteInplaceArithmeticPass", ops: aten("add_.Tensor", "sub_.Tensor", "mul_.Tensor", "div_.Tensor"), gated: true,
		apply: rewriteInplace},
	{name: "DecomposeAddSubAlphaPass", ops: aten("add.Tensor", "sub.Tensor"), when: hasAlpha},
	{name: "ConvertEluFamilyToEluPass", ops: aten("selu", "celu"), gated: true},
	{name: "DecomposeGroupNormPass", ops: aten("group_norm"), gated: true},
	{name: "DecomposeLayerNormPass", ops: aten("layer_norm"), gated: true},
	{name: "DecomposeLeakyReLUPass", ops: aten("leaky_relu", "leaky_relu_"), gated: true, until: "1.4.1"},
	{name: "DecomposeBatchNormNoStatsPass", ops: aten("batch_norm"), gated: true, since: "1.5.1", when: standaloneBatchNorm},
	{name: "DecomposeVarPass", ops: aten("var.dim", "var.correction"), gated: true},
	{name: "DecomposeMeanDimPass", ops: aten("mean.dim", "mean"), gated: true},
	{name: "DecomposeAdaptiveAvgPool2dPass", ops: aten("adaptive_avg_pool2d"), gated: true, apply: adaptiveAvgPool},
	{name: "DecomposeAvgPool2dPass", ops: aten("avg_pool2d"), gated: true, apply: avgPool},
	{name: "DecomposePReLUPass", ops: aten("prelu"), gated: true, since: "1.5.1"},
	{name: "ReplaceScalarWithTensorByProfilePass", ops: aten("add.Scalar", "sub.Scalar", "mul.Scalar", "div.Scalar", "eq.Scalar",
		"gt.Scalar", "ge.Scalar", "lt.Scalar", "le.Scalar", "ne.Scalar", "bitwise_and.Scalar", "bitwise_or.Scalar",
		"bitwise_xor.Scalar", "__lshift__.Scalar", "__rshift__.Scalar")},
	{name: "ScalarsToAttributePass", ops: aten("add.Tensor", "sub.Tensor", "rsub.Scalar", "mul.Tensor", "div.Tensor", "div_.Tensor",
		"div.Tensor_mode"), when: scalarOperand},
	{name: "NormalizeWhileInitialArgsPass", ops: []string{"higher_order.while_loop"}},
	{name: "DecomposeGruPass", ops: aten("gru.input"), gated: true},
	{name: "DecomposeLstmPass", ops: aten("lstm.input", "lstm_cell"), gated: true},
	{name: "DecomposeRnnPass", ops: aten("rnn_tanh.input", "rnn_relu.input"), gated: true},
	{name: "DecomposeNotEqualPass", ops: aten("ne.Tensor", "ne_.Tensor"), gated: true},
	{name: "DecomposeCosineSimilarityPass", ops: aten("cosine_similarity"), gated: true},
	{name: "DecomposeGluPass", ops: aten("glu"), gated: true},
	{name: "DecomposeDivPass", ops: aten("div.Tensor", "div_.Tensor"), gated: true, apply: divide},
	{name: "DecomposeLinalgVectorNormPass", ops: aten("linalg_vector_norm"), gated: true},
	{name: "DecomposeSqrtPass", ops: aten("sqrt"), gated: true, apply: squareRoot},
	{name: "DecomposeSoftmaxPass", ops: aten("softmax.int", "_safe_softmax", "log_softmax.int"), gated: true, apply: softmax},
	{name: "ConvertMinMaxPass", ops: aten("max.dim", "min.dim"), gated: true},
	{name: "AccumulateIndexPutPass", ops: aten("index_put", "index_put_"), gated: true, when: accumulates},
	{name: "DecomposeMatmulPass", ops: aten("matmul"), gated: true, when: matrixOperands},
	{name: "ReplaceInfAndLimitValuesPass", when: infinite},
	{name: "DecomposeMaskedFillPass", ops: aten("masked_fill.Scalar", "masked_fill_.Scalar"), notU55: true},
	{name: "DeduplicateGetAttrPass", when: sharedConstant},
}

// foldsAhead says whether a call reads nothing but constants, so that it is computed before annotation.
func foldsAhead(g *model.Graph, n model.NodeID) bool {
	in := g.In(n)
	if g.Node(n).Kind != model.Call || len(in) == 0 {
		return false
	}
	for _, p := range in {
		if g.Node(p).Kind != model.GetAttr {
			return false
		}
	}
	return true
}

func int64Output(g *model.Graph, n model.NodeID) bool {
	t, ok := g.Node(n).Type.First()
	return ok && t.DType == model.Int64
}

func int64Source(g *model.Graph, n model.NodeID) bool {
	k := g.Node(n).Kind
	return (k == model.Placeholder || k == model.GetAttr) && int64Output(g, n) && len(g.Users(n)) > 0
}

func symbolicFull(g *model.Graph, n model.NodeID) bool { return g.Node(n).Type.Symbolic() }

func mulBehindConv(g *model.Graph, n model.NodeID) bool {
	x := g.Node(n)
	for i := range 2 {
		a, other := x.Arg(i), x.Arg(1-i)
		if a.Kind != model.ArgNode || g.Node(a.Node).Target != "aten.conv2d.default" || len(g.Users(a.Node)) != 1 {
			continue
		}
		if other.Kind != model.ArgNode || g.Node(other.Node).Kind == model.GetAttr {
			return len(g.Node(a.Node).Args) >= 3
		}
	}
	return false
}

func hasAlpha(g *model.Graph, n model.NodeID) bool {
	v, ok := g.Node(n).Kwarg("alpha").Number()
	return ok && v != 1
}

func standaloneBatchNorm(g *model.Graph, n model.NodeID) bool {
	switch a := g.Node(n).Arg(0); {
	case a.Kind != model.ArgNode:
		return true
	default:
		return !slices.Contains(aten("conv1d", "conv2d", "conv3d", "convolution"), g.Node(a.Node).Target)
	}
}

func scalarOperand(g *model.Graph, n model.NodeID) bool {
	x := g.Node(n)
	return x.Target == "aten.rsub.Scalar" || x.Arg(0).Kind != model.ArgNode || x.Arg(1).Kind != model.ArgNode
}

func accumulates(g *model.Graph, n model.NodeID) bool { return g.Node(n).Arg(3).Bool() }

func matrixOperands(g *model.Graph, n model.NodeID) bool {
	a := g.Node(n).Arg(1)
	return a.Kind == model.ArgNode && g.Node(a.Node).Type.T.Shape.Rank() != 1
}

func infinite(g *model.Graph, n model.NodeID) bool {
	x := g.Node(n)
	if x.Kind == model.Call {
		return slices.ContainsFunc(x.Args, func(a model.Arg) bool { return a.Kind == model.ArgFloat && isLimit(a.Float) })
	}
	attr, ok := g.Attrs.Get(x.Target)
	if x.Kind != model.GetAttr || !ok || attr.Param || attr.Tensor == nil || !attr.Tensor.DType.IsFloat() {
		return false
	}
	v, err := attr.Tensor.Floats()
	return err == nil && slices.ContainsFunc(v, func(f float32) bool {
		return math.IsInf(float64(f), 0) || f != f
	})
}

func isLimit(f float64) bool { return math.IsInf(f, 0) || math.Abs(f) == math.MaxFloat32 }

// sharedConstant says whether a constant is read at several places, so that each reader gets its own.
func sharedConstant(g *model.Graph, n model.NodeID) bool {
	return g.Node(n).Kind == model.GetAttr && len(g.Users(n)) > 1
}
