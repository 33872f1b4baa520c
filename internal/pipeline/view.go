package pipeline

import (
	"fmt"

	"seam/model"
	"seam/quant"
)

// Port is one input or the output of a node, with its quantization.
type Port struct {
	Name    string       // "in0", "out"
	Node    model.NodeID // the producer, in the stage's graph
	Spec    quant.QSpec
	Slot    quant.Slot // -1 without one
	Group   quant.GroupID
	Params  []quant.QParam // nil if unknown or none
	Known   bool           // false: seam does not know, and shows "?"
	Type    model.Type
	Members int // places in the group
}

// Ports is the inputs and the output of node n at an annotated stage. For later stages it is the ports of the annotated node
// that n came from.
func (r *Result) Ports(s Stage, n model.NodeID) []Port {
	a := r.Ann
	if a == nil || level(s) == 0 {
		return nil
	}
	if level(s) > 1 {
		up := r.Follow(s, n, Annotated)
		if len(up) == 0 {
			return nil
		}
		n = up[len(up)-1]
	}
	var out []Port
	first, end := a.Graph.InEdges(n)
	for e := first; e < end; e++ {
		p, _ := a.Graph.EdgeEnds(e)
		out = append(out, r.port(fmt.Sprintf("in%d", e-first), p, quant.EdgeSlot(e)))
	}
	return append(out, r.port("out", n, a.ValueSlot(n)))
}

func (r *Result) port(name string, n model.NodeID, s quant.Slot) Port {
	a := r.Ann
	p := Port{Name: name, Node: n, Spec: a.Spec(s), Slot: s, Group: a.Group(s), Known: true, Type: a.Graph.Node(n).Type}
	if p.Group >= 0 {
		p.Members = len(a.Groups[p.Group].Members)
		p.Params = r.Cal.Param(p.Group)
		p.Known = r.Cal == nil || !r.Cal.Groups[p.Group].Unknown
	}
	return p
}

// PlacementKind says where a node runs.
type PlacementKind uint8

// The placements.
const (
	Unplaced PlacementKind = iota // no partition yet, or a placeholder
	OnHost                        // the CPU
	Peeled                        // a boundary quantize or dequantize, taken out of its delegate
	Delegated
)

// Placement is where a node of the edge graph runs.
type Placement struct {
	Kind  PlacementKind
	Index int // delegate or island, from 0
}

func (p Placement) String() string {
	switch p.Kind {
	case OnHost:
		return fmt.Sprintf("H%d", p.Index+1)
	case Peeled:
		return "."
	case Delegated:
		return fmt.Sprintf("D%d", p.Index+1)
	}
	return ""
}

// Boundary is a crossing between a delegate and the CPU.
type Boundary struct {
	ID       int // from 1
	From, To Placement
	Tensors  []model.NodeID // the values that cross, in the edge graph
	At       model.NodeID   // the first reader: where a list shows the boundary
	Bytes    int64
}

// Layout is the delegates, islands and boundaries of a partitioned result, in execution order.
type Layout struct {
	Place      []Placement      // by NodeID of the edge graph
	Islands    [][]model.NodeID // connected nodes on the CPU that hold an operator, H1..
	Stranded   []model.NodeID   // refused operators on the CPU, Q and DQ left out
	Boundaries []Boundary
	Bytes      int64 // that cross per inference
	OnNPU      int   // nodes in delegates
}
