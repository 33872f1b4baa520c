package tosa

import "seam/model"

// removeNoops takes out slices that take all.
//
//	source  exir/passes/remove_noop_pass.py: RemoveNoopPass
func (e *lowering) removeNoops() {
	for n := e.First(); n != model.None; {
		next := e.Next(n)
		if e.Node(n).Kind == model.Call && e.takesAll(n) {
			e.ReplaceUses(n, e.Node(n).Args[0].Node)
			e.Erase(n)
		}
		n = next
	}
}

// foldRedundant takes out every dequantize and quantize behind each other whose parameters are equal.
//
//	source  exir/passes: FoldRedundantDequantizeQuantizePass
func (e *lowering) foldRedundant() {
	for n := e.First(); n != model.None; {
		next := e.Next(n)
		if e.isQuantizeNode(n) {
			if dq := e.Node(n).Args[0].Node; e.isDequantizeNode(dq) && equalBits(e.Node(n).Args[1:], e.Node(dq).Args[1:]) {
				e.ReplaceUses(n, e.Node(dq).Args[0].Node)
				e.Erase(n)
			}
		}
		n = next
	}
}
