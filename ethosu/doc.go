// Package ethosu decides what an Ethos-U NPU takes: the targets, upstream's support checks with their literal texts, the
// partitioner with its tags, and the reports and explanations of both.
package ethosu

import "seam/model"

// Config is every option of the partition stage. It is comparable.
type Config struct {
	Release string
	Target  string // "ethos-u55-128"
}

// Partition is one delegate: the nodes that carry one tag.
type Partition struct {
	Tag     int
	Nodes   []model.NodeID // in graph order
	Inputs  []model.NodeID // values that cross in, constants left out
	Outputs []model.NodeID // values that cross out
	MACs    int64
	Bytes   int64 // bytes that cross per inference, in and out
}

// Partitioning is what the partitioner decided about an edge graph.
type Partitioning struct {
	Target   Target
	TagOf    []int32           // by NodeID; -1 on the CPU
	Tags     []int             // the tags that the partitioner returns, those of bodies too, in numeric order; some may hold no node
	Parts    []Partition       // those with nodes, in execution order: Parts[k] is lowered_module_k
	PartOf   []int32           // by NodeID: index into Parts, -1 on the CPU
	Rejected []model.Rejection // every failed check; First marks what upstream reports
	Proposed []int32           // by NodeID: the tag before boundary nodes were taken out, -1 if none
	Subs     []SubPartition    // the bodies of control-flow operators, in the order in which they were partitioned
}

// Reasons is the rejections of node n, the reported one first.
func (p *Partitioning) Reasons(n model.NodeID) []model.Rejection {
	var out []model.Rejection
	for _, r := range p.Rejected {
		if r.Node == n {
			out = append(out, r)
		}
	}
	return out
}
