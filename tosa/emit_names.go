package tosa

import "seam/model"

// The nodes that upstream inserts itself before it computes what is constant, as a graph calls them.
const (
	nodeArange    = "aten_arange_start_step"
	nodeCast      = "dim_order_ops__to_dim_order_copy_default"
	nodeFull      = "aten_full_default"
	nodePermute   = "aten_permute_copy_default"
	nodeRepeat    = "aten_repeat_default"
	nodeSlice     = "aten_slice_copy_tensor"
	nodeUnsqueeze = "aten_unsqueeze_copy_default"
	nodeView      = "aten_view_copy_default"
)

// nodeName is the name of the next upstream node of that kind, as it is when constants are computed: every pass that changes the
// graph numbers it anew, in order and behind the inputs, which keep their names, so that the k-th node of a kind has the number k
// whatever made it, constant or not. A computed constant is called after its node; the last one of a chain stays.
//
//	source  exir/pass_base.py: ExportTracer; backends/arm/_passes/fuse_constant_ops_pass.py: ComputeConstantOpsAOTPass,
//	        FuseConstantArgsPass
func (e *emitter) nodeName(kind string) string { return e.before.Create(kind) }

// edgeName is nodeName of an edge node that keeps its operator until then.
func (e *emitter) edgeName(n model.NodeID) string {
	return e.nodeName(model.EdgeName(e.edge.Node(n).Target))
}

// nodeOf is the kind of node that becomes a TOSA operator wherever the operator stands, "" for an operator that comes from
// several or that constants are not computed of.
//
//	source  backends/arm/_passes/exir_to_tosa_pass.py: ExirToTosaPass
func nodeOf(op string) string {
	switch op {
	case opAdd:
		return "aten_add_tensor"
	case opSub:
		return "aten_sub_tensor"
	case opMul:
		return "aten_mul_tensor"
	case opMaximum:
		return "aten_maximum_default"
	case opMinimum:
		return "aten_minimum_default"
	case opEqual:
		return "aten_eq_tensor"
	case opGreater:
		return "aten_gt_tensor"
	case opGreaterEqual:
		return "aten_ge_tensor"
	}
	return ""
}
