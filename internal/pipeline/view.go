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

	Recorded bool // from the file's own quantize or dequantize nodes: earlier stages are unknown
}

// Ports is the inputs and the output of node n at an annotated stage. For later stages it is the ports of the annotated node
// that n came from.
func (r *Result) Ports(s Stage, n model.NodeID) []Port {
	a := r.Ann
	if a == nil {
		return r.recordedPorts(s, n)
	}
	if level(s) == 0 {
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

// recordedPorts is the ports of a node in a program that came quantized: the parameters of the quantize and dequantize nodes
// around it.
func (r *Result) recordedPorts(s Stage, n model.NodeID) []Port {
	g := r.Graph(s)
	if g == nil || g.Node(n).Kind != model.Call {
		return nil
	}
	var out []Port
	for i, p := range g.In(n) {
		out = append(out, recordedPort(g, fmt.Sprintf("in%d", i), p, p))
	}
	by := n
	if u := g.Users(n); len(u) > 0 && quant.IsQuantize(g.Node(u[0]).Target) {
		by = u[0]
	}
	return append(out, recordedPort(g, "out", n, by))
}

// recordedPort is a port whose parameters stand at node by, if that quantizes or dequantizes.
func recordedPort(g *model.Graph, name string, n, by model.NodeID) Port {
	x := g.Node(by)
	p := Port{Name: name, Node: n, Slot: -1, Group: -1, Known: true, Type: g.Node(n).Type}
	if !quant.IsQuantize(x.Target) && !quant.IsDequantize(x.Target) {
		return p
	}
	p.Recorded = true
	p.Spec = quant.QSpec{Kind: quant.Fixed, DType: model.ParseDType(x.Args[len(x.Args)-1].Str), Axis: -1}
	if s := x.Arg(1); s.Kind == model.ArgFloat {
		p.Params = []quant.QParam{{Scale: s.Float, Zero: x.Arg(2).Int}}
	} else {
		p.Spec.Scheme, p.Params = quant.PerChannelSymmetric, recordedChannels(g, x)
	}
	return p
}

// recordedChannels is the per-channel parameters that a node names, nil if the file holds no data for them.
func recordedChannels(g *model.Graph, x *model.Node) []quant.QParam {
	if x.Arg(1).Kind != model.ArgNode || x.Arg(2).Kind != model.ArgNode {
		return nil
	}
	s, okS := g.Attrs.Get(g.Node(x.Arg(1).Node).Target)
	z, okZ := g.Attrs.Get(g.Node(x.Arg(2).Node).Target)
	if !okS || !okZ || s.Tensor == nil || z.Tensor == nil {
		return nil
	}
	scales, err1 := s.Tensor.Floats()
	zeros, err2 := z.Tensor.Ints()
	if err1 != nil || err2 != nil || len(scales) != len(zeros) {
		return nil
	}
	out := make([]quant.QParam, len(scales))
	for i := range out {
		out[i] = quant.QParam{Scale: float64(scales[i]), Zero: zeros[i]}
	}
	return out
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
