package model

import (
	"slices"
	"strings"
	"sync"
)

// Op is what seam knows of an operator beside its schema. Adding an operator of known classes is one row.
type Op struct {
	Name    string
	Eval    EvalClass
	Edge    EdgeClass
	Into    string // EdRename: the edge operator
	Roles   string // what the tensor arguments are, in order: x input, w weight, b bias, xs list; "?" optional
	Follows string // upstream's file and symbol that the row was written from
}

const (
	fromDecomp = "torch/_decomp/decompositions.py"
	fromExir   = "exir/passes/replace_view_copy_with_view_pass.py"
	fromArm    = "backends/arm/tosa/partitioner.py: ops_to_not_decompose"
)

// Ops is the table of operators, sorted by name.
var ops = [...]Op{
	{"_operator.getitem", EvGetitem, EdGetitem, "", "xs", "torch.fx: getitem"},
	{"aten._softmax.default", EvSoftmax, EdSame, "", "x", fromDecomp},
	{"aten._unsafe_view.default", EvReshape, EdView, "", "x", fromExir},
	{"aten.abs.default", EvUnary, EdSame, "", "x", fromDecomp},
	{"aten.adaptive_avg_pool2d.default", EvPool, NoEdge, "", "x", fromDecomp},
	{"aten.add.Tensor", EvBinary, EdSame, "", "x x", fromDecomp},
	{"aten.add_.Tensor", EvBinary, EdRename, "aten.add.Tensor", "x x", fromDecomp},
	{"aten.amax.default", EvReduce, EdSame, "", "x", fromDecomp},
	{"aten.amin.default", EvReduce, EdSame, "", "x", fromDecomp},
	{"aten.avg_pool2d.default", EvPool, EdSame, "", "x", fromDecomp},
	{"aten.batch_norm.default", EvNorm, NoEdge, "", "x w? b? m? v?", fromDecomp},
	{"aten.bmm.default", EvMatmul, EdSame, "", "x x", fromDecomp},
	{"aten.cat.default", EvCat, EdSame, "", "xs", fromDecomp},
	{"aten.ceil.default", EvUnary, EdSame, "", "x", fromDecomp},
	{"aten.clamp.default", EvClamp, EdSame, "", "x", fromDecomp},
	{"aten.clone.default", EvIdentity, EdClone, "", "x", "exir/passes/memory_format_ops_pass.py"},
	{"aten.concat.default", EvCat, EdRename, "aten.cat.default", "xs", fromDecomp},
	{"aten.concatenate.default", EvCat, EdRename, "aten.cat.default", "xs", fromDecomp},
	{"aten.contiguous.default", EvIdentity, NoEdge, "", "x", fromDecomp},
	{"aten.conv1d.default", EvConv, EdConv, "", "x w b?", fromDecomp},
	{"aten.conv2d.default", EvConv, EdConv, "", "x w b?", fromDecomp},
	{"aten.conv3d.default", EvConv, EdConv, "", "x w b?", fromDecomp},
	{"aten.cos.default", EvUnary, EdSame, "", "x", fromDecomp},
	{"aten.div.Tensor", EvBinary, EdSame, "", "x x", fromDecomp},
	{"aten.dropout.default", EvIdentity, EdClone, "", "x", fromDecomp},
	{"aten.dropout_.default", EvIdentity, EdClone, "", "x", fromDecomp},
	{"aten.erf.default", EvUnary, EdSame, "", "x", fromDecomp},
	{"aten.exp.default", EvUnary, EdSame, "", "x", fromDecomp},
	{"aten.flatten.using_ints", EvReshape, EdReshape, "", "x", fromDecomp},
	{"aten.floor.default", EvUnary, EdSame, "", "x", fromDecomp},
	{"aten.full.default", EvFill, EdSame, "", "", fromDecomp},
	{"aten.gelu.default", EvUnary, EdSame, "", "x", fromDecomp},
	{"aten.hardsigmoid.default", EvUnary, NoEdge, "", "x", fromArm},
	{"aten.hardswish.default", EvUnary, NoEdge, "", "x", fromArm},
	{"aten.hardtanh.default", EvClamp, EdSame, "", "x", fromDecomp},
	{"aten.hardtanh_.default", EvClamp, EdRename, "aten.hardtanh.default", "x", fromDecomp},
	{"aten.leaky_relu.default", EvUnary, EdSame, "", "x", fromDecomp},
	{"aten.linear.default", EvLinear, EdLinear, "", "x w b?", fromArm},
	{"aten.log.default", EvUnary, EdSame, "", "x", fromDecomp},
	{"aten.matmul.default", EvMatmul, NoEdge, "", "x x", fromDecomp},
	{"aten.max_pool2d.default", EvPool, EdMaxPool, "", "x", fromDecomp},
	{"aten.maximum.default", EvBinary, EdSame, "", "x x", fromDecomp},
	{"aten.mean.dim", EvReduce, EdSame, "", "x", fromDecomp},
	{"aten.minimum.default", EvBinary, EdSame, "", "x x", fromDecomp},
	{"aten.mm.default", EvMatmul, EdSame, "", "x x", fromDecomp},
	{"aten.mul.Tensor", EvBinary, EdSame, "", "x x", fromDecomp},
	{"aten.neg.default", EvUnary, EdSame, "", "x", fromDecomp},
	{"aten.permute.default", EvPermute, EdPermute, "", "x", fromExir},
	{"aten.pow.Tensor_Scalar", EvBinary, EdSame, "", "x", fromDecomp},
	{"aten.reciprocal.default", EvUnary, EdSame, "", "x", fromDecomp},
	{"aten.relu.default", EvClamp, EdSame, "", "x", fromDecomp},
	{"aten.relu6.default", EvClamp, NoEdge, "", "x", fromDecomp},
	{"aten.relu_.default", EvClamp, EdRename, "aten.relu.default", "x", fromDecomp},
	{"aten.reshape.default", EvReshape, EdReshape, "", "x", fromDecomp},
	{"aten.rsqrt.default", EvUnary, EdSame, "", "x", fromDecomp},
	{"aten.select.int", EvSlice, EdSelect, "", "x", fromExir},
	{"aten.select_copy.int", EvSlice, EdSelect, "", "x", fromExir},
	{"aten.sigmoid.default", EvUnary, EdSame, "", "x", fromDecomp},
	{"aten.silu.default", EvUnary, NoEdge, "", "x", fromArm},
	{"aten.sin.default", EvUnary, EdSame, "", "x", fromDecomp},
	{"aten.slice.Tensor", EvSlice, EdSlice, "", "x", fromExir},
	{"aten.slice_copy.Tensor", EvSlice, EdSlice, "", "x", fromExir},
	{"aten.softmax.int", EvSoftmax, NoEdge, "", "x", fromDecomp},
	{"aten.squeeze.default", EvReshape, EdSqueeze, "", "x", fromExir},
	{"aten.squeeze.dim", EvReshape, EdSqueeze, "", "x", fromExir},
	{"aten.squeeze.dims", EvReshape, EdSqueeze, "", "x", fromExir},
	{"aten.stack.default", EvCat, EdStack, "", "xs", fromDecomp},
	{"aten.sub.Tensor", EvBinary, EdSame, "", "x x", fromDecomp},
	{"aten.sum.dim_IntList", EvReduce, EdSum, "", "x", fromDecomp},
	{"aten.tanh.default", EvUnary, EdSame, "", "x", fromDecomp},
	{"aten.transpose.int", EvPermute, EdPermute, "", "x", fromExir},
	{"aten.unsqueeze.default", EvReshape, EdRename, "aten.unsqueeze_copy.default", "x", fromExir},
	{"aten.view.default", EvReshape, EdView, "", "x", fromExir},
	{"aten.view_copy.default", EvReshape, EdView, "", "x", fromExir},
	{"quantized_decomposed.dequantize_per_channel.default", NoEval, EdQDQ, "", "x s z", "torch/ao/quantization/fx/_decomposed.py"},
	{"quantized_decomposed.dequantize_per_tensor.default", NoEval, EdQDQ, "", "x", "torch/ao/quantization/fx/_decomposed.py"},
	{"quantized_decomposed.quantize_per_channel.default", NoEval, EdQDQ, "", "x s z", "torch/ao/quantization/fx/_decomposed.py"},
	{"quantized_decomposed.quantize_per_tensor.default", NoEval, EdQDQ, "", "x", "torch/ao/quantization/fx/_decomposed.py"},
}

// Ops is the table of operators that seam models, sorted by name.
func Ops() []Op { return ops[:] }

// opRows is the table by OpID.
var opRows = sync.OnceValue(func() []Op {
	rows := make([]Op, NumOps())
	for _, o := range ops {
		if id := LookupOp(o.Name); id >= 0 {
			rows[id] = o
		}
	}
	return rows
})

// Row is what seam knows of the operator; a zero row if nothing.
func (o OpID) Row() Op {
	if o < 0 {
		return Op{}
	}
	return opRows()[o]
}

// FindOp is the row of that name.
func FindOp(name string) (Op, bool) {
	i, ok := slices.BinarySearchFunc(ops[:], name, func(o Op, n string) int { return strings.Compare(o.Name, n) })
	if !ok {
		return Op{}, false
	}
	return ops[i], true
}
