package ethosu

import (
	"math"

	"seam/model"
)

// valuesDType is the rule on the values' dtype that slices, gathers and unfolds share. The profile is INT, so integers pass and
// floats will be quantized.
//
//	rest    the end of the text for a dtype that no profile has
func (a *ask) valuesDType(d model.DType, rest string) verdict {
	switch d {
	case model.Bool, model.Int8, model.Int16, model.Int32, model.Float16, model.Float32:
		return pass
	case model.BFloat16:
		if a.t.v14 || a.n.Target != "aten.index_select.default" && a.n.Target != "aten.unfold_copy.default" {
			return no("%s: dtype %s requires bf16 extension.", opText(a.n), pyDType(d))
		}
	case model.Float8E4M3FN:
		if a.t.v14 {
			return no("%s: dtype %s requires fp8e4m3 extension.", opText(a.n), pyDType(d))
		}
	case model.Float8E5M2:
		if a.t.v14 {
			return no("%s: dtype %s requires fp8e5m2 extension.", opText(a.n), pyDType(d))
		}
	}
	return no("%s: unsupported values dtype %s; %s", opText(a.n), pyDType(d), rest)
}

// anyDTypes is the end of that text: 1.3.1 knows no float8, and in some checks no bfloat16.
func anyDTypes(float8, bfloat16 bool) string {
	switch {
	case float8:
		return "expected bool/int8/int16/int32/float16/bfloat16/float32/float8_e4m3fn/float8_e5m2."
	case bfloat16:
		return "expected bool/int8/int16/int32/float16/bfloat16/float32."
	}
	return "expected bool/int8/int16/int32/float16/float32."
}

// gather accepts a gather along dimension 1.
//
//	source  operator_support/gather_support.py: GatherSupported
func gather(a *ask) verdict {
	if len(a.n.Args) != 3 {
		return no("%s: expected 3 args (x, dim, index), got %d.", opText(a.n), len(a.n.Args))
	}
	x, ok1 := a.operand(0)
	index, ok2 := a.operand(2)
	dim := a.num(a.n.Args[1])
	if !ok1 || !ok2 {
		return pass
	}
	if x.Shape.Rank() == 0 {
		a.raise(noModulo)
		return pass
	}
	if index.DType != model.Int32 {
		return no("%s: index dtype %s not supported; expected int32.", opText(a.n), pyDType(index.DType))
	}
	if v := a.gatherShapes(x.Shape, index.Shape, mod(int(dim), x.Shape.Rank())); !v.ok {
		return v
	}
	return a.valuesDType(x.DType, anyDTypes(a.t.v14, true))
}

func (a *ask) gatherShapes(x, index model.Shape, dim int) verdict {
	if flat := func(r int) bool { return r == 2 || r == 3 }; dim != 1 || !flat(x.Rank()) || !flat(index.Rank()) {
		return no("%s: unsupported dim/rank; got dim=%d, x_rank=%d, index_rank=%d; supported: dim in {1,} with rank-2/3 x and "+
			"rank-2/3 index.", opText(a.n), dim, x.Rank(), index.Rank())
	}
	if p, q := x.At(-1), index.At(-1); index.Rank() == 3 && p != q {
		return no("%s: trailing dimension size mismatch x_shape[-1]=%s vs index_shape[-1]=%s.", opText(a.n), a.extent(p), a.extent(q))
	}
	if p, q := x.At(0), index.At(0); p != q {
		return no("%s: batch mismatch x_shape[0]=%s vs index_shape[0]=%s.", opText(a.n), a.extent(p), a.extent(q))
	}
	return pass
}

// indexSelect accepts an int32 index of rank 1.
//
//	source  operator_support/index_select_support.py: IndexSelectSupported
func indexSelect(a *ask) verdict {
	if len(a.n.Args) != 3 {
		return no("%s: expected 3 args (input, dim, index), got %d.", opText(a.n), len(a.n.Args))
	}
	x, ok1 := a.operand(0)
	index, ok2 := a.operand(2)
	switch {
	case !ok1 || !ok2:
		return pass
	case x.Shape.Rank() < 1:
		return no("%s: input must be rank>=1, got shape=%s.", opText(a.n), a.pyTuple(x.Shape))
	case index.DType != model.Int32 || index.Shape.Rank() != 1:
		return no("%s: index must be rank-1 int32, got dtype=%s shape=%s.", opText(a.n), pyDType(index.DType), a.pyTuple(index.Shape))
	}
	return a.valuesDType(x.DType, anyDTypes(a.t.v14, false))
}

// indexTensor accepts indices for the leading dimensions, in tensors small enough for int32.
//
//	source  operator_support/index_tensor_support.py: IndexTensorSupported
func indexTensor(a *ask) verdict {
	for _, i := range a.arg(1).List {
		if i.IsNone() {
			return no("None (from slice/unsqueeze/ellipsis) before an indexing tensor is not supported.")
		}
	}
	x, ok := a.operand(0)
	if !ok {
		return pass
	}
	numel := 1.0
	for _, d := range x.Shape.Dims() {
		if v, known := a.size(d); known {
			numel *= float64(v)
		}
	}
	if numel > math.MaxInt32 {
		return no("Value size exceeds int32 range; would overflow flattened indexing.")
	}
	return a.valuesDType(x.DType, anyDTypes(a.t.v14, true))
}

// indexPut accepts integer indices, and one bool mask with a scalar value.
//
//	source  operator_support/index_put_support.py: IndexPutSupported
func indexPut(a *ask) verdict {
	masks, indices := 0, 0
	for _, i := range a.arg(1).List {
		switch {
		case i.Kind != model.ArgNode:
		case a.facts[i.Node].dtype == model.Bool:
			masks++
		default:
			indices++
		}
	}
	switch {
	case masks == 0 || a.raised != "":
		return pass
	case indices > 0:
		return no("Mixed boolean mask and integer indices in index_put are not supported.")
	case masks != 1:
		return no("Boolean mask index_put only supports a single explicit bool index.")
	}
	if v, ok := a.operand(2); ok && v.Shape.Numel() != 1 {
		return no("Boolean mask index_put only supports scalar values.")
	}
	if a.n.Arg(3).Bool() {
		return no("Bool-mask index_put not supported with accumulate = True.")
	}
	return pass
}
