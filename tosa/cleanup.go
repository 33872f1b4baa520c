package tosa

import (
	"fmt"
	"math"

	"seam/model"
)

// removeNoops takes out slices that take all.
//
//	source  exir/passes/remove_noop_pass.py: RemoveNoopPass
func (e *lowering) removeNoops() {
	for n := e.First(); n != model.None; {
		next := e.Next(n)
		if e.Node(n).Target == "aten.slice_copy.Tensor" && e.takesAll(n) {
			e.ReplaceUses(n, e.Node(n).Args[0].Node)
			e.Erase(n)
		}
		n = next
	}
}

// takesAll says whether a slice of the edge graph under construction leaves its input as it is.
func (e *lowering) takesAll(n model.NodeID) bool {
	x := e.Node(n)
	in := e.Node(x.Args[0].Node).Type.T
	return !in.Shape.Symbolic() && x.Type.T.Shape == in.Shape
}

// pruneEmpty takes tensors without elements out of concatenations; one of nothing but such becomes a full.
//
//	source  exir/passes/prune_empty_tensors_pass.py
func (e *lowering) pruneEmpty() {
	for n := e.First(); n != model.None; n = e.Next(n) {
		x := e.Node(n)
		if x.Target != "aten.cat.default" {
			continue
		}
		rest := model.ListArg()
		for _, a := range x.Args[0].List {
			if e.shapeOf(a).Numel() != 0 {
				rest.List = append(rest.List, a)
			}
		}
		if len(rest.List) == len(x.Args[0].List) {
			continue
		}
		e.SetArgs(n, append([]model.Arg{rest}, x.Args[1:]...), x.Kwargs)
		if len(rest.List) == 0 {
			e.After(n)
			full := e.Add(model.Spec{
				Kind: model.Call, Target: "aten.full.default", Args: []model.Arg{e.shapeArg(x.Type.T.Shape), model.IntArg(0)},
				Kwargs: []model.KwArg{{Name: "dtype", Arg: dtypeArg(x.Type.T.DType)}}, Type: x.Type, Like: n,
			})
			e.ReplaceUses(n, full)
		}
	}
}

// foldRedundant takes out every dequantize and quantize behind each other whose parameters are equal.
//
//	source  exir/passes/fold_redundant_qdq_pass.py: FoldRedundantDequantizeQuantizePass
func (e *lowering) foldRedundant() {
	for n := e.First(); n != model.None; {
		next := e.Next(n)
		if e.isQuantizeNode(n) {
			if dq := e.Node(n).Args[0].Node; e.isDequantizeNode(dq) {
				equal := equalBits(e.Node(n).Args[1:], e.Node(dq).Args[1:])
				e.folds = append(e.folds, qdqFold{e.Source(dq), e.Source(n), equal})
				if equal {
					e.ReplaceUses(n, e.Node(dq).Args[0].Node)
					e.Erase(n)
				}
			}
		}
		n = next
	}
}

// equalBits compares Q and DQ arguments.
func equalBits(a, b []model.Arg) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Kind == model.ArgFloat && b[i].Kind == model.ArgFloat && math.Float64bits(a[i].Float) == math.Float64bits(b[i].Float) {
			continue
		}
		if !a[i].Equal(b[i]) {
			return false
		}
	}
	return true
}

// dropUnusedParams takes out parameters that nothing reads; buffers stay.
//
//	source  exir/passes/remove_unused_parameters_pass.py
func (e *lowering) dropUnusedParams() {
	for n := e.First(); n != model.None; {
		next := e.Next(n)
		if x := e.Node(n); x.Kind == model.Placeholder && e.Inputs[x.Name] == model.ParamInput && e.UserCount(n) == 0 {
			delete(e.Inputs, x.Name)
			e.Erase(n)
		}
		n = next
	}
}

// numberLifted names the constants that were made from numbers by how many buffers stand in front of them.
//
//	source  torch/export: lift_constant_tensor_pass; partition.md 13, item 13
func (e *lowering) numberLifted() {
	k := 0
	for n := e.First(); n != model.None && e.Node(n).Kind == model.Placeholder; n = e.Next(n) {
		if e.Inputs[e.Node(n).Name] == model.BufferInput {
			k++
		}
	}
	for _, l := range e.lifted {
		if e.UserCount(l.node) == 0 {
			e.Erase(l.node)
			continue
		}
		x := e.Node(l.node)
		x.Target = fmt.Sprint(liftedName, k)
		x.Name = x.Target
		e.Inputs[x.Name] = model.ConstInput
		e.SetAttr(model.Attr{Name: x.Target, Tensor: l.value})
		k++
	}
}
