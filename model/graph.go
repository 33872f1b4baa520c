package model

import "sync"

// NodeID names a node of one graph, and the value it defines: dense from 0, topological.
type NodeID int32

// EdgeID names one (operand, user) pair of a graph: dense from 0, by user, then by operand in argument order.
type EdgeID int32

// None is the NodeID or EdgeID of nothing.
const None = -1

// Kind is what a node is, as torch.fx names it.
type Kind uint8

// The kinds of node.
const (
	Placeholder Kind = iota
	GetAttr
	Call
	Output
)

var kindNames = [...]string{"placeholder", "get_attr", "call_function", "output"}

func (k Kind) String() string { return kindNames[k] }

// Dialect is the operator vocabulary of a graph.
type Dialect uint8

// The dialects, in pipeline order.
const (
	ATen Dialect = iota
	Edge
	TOSA
)

var dialectNames = [...]string{"aten", "edge", "tosa"}

func (d Dialect) String() string { return dialectNames[d] }

// Node is one node. Target is the operator of a call ("aten.conv2d.default", without "edge."), the attribute's name of a
// get_attr, the original name of a placeholder, and "output".
type Node struct {
	Kind   Kind
	Op     OpID // None unless a call of a known operator
	Name   string
	Target string
	Args   []Arg
	Kwargs []KwArg
	Type   Type
	Meta   *Meta
}

// Arg is positional argument i, None if there is none.
func (n *Node) Arg(i int) Arg {
	if i < len(n.Args) {
		return n.Args[i]
	}
	return Arg{}
}

// Kwarg is the argument of that name, None if there is none.
func (n *Node) Kwarg(name string) Arg {
	for _, k := range n.Kwargs {
		if k.Name == name {
			return k.Arg
		}
	}
	return Arg{}
}

// InputKind says what a placeholder stands for in the program's signature.
type InputKind uint8

// The kinds of input.
const (
	UserInput InputKind = iota
	ParamInput
	BufferInput
	ConstInput  // a lifted tensor constant
	ScalarInput // a number, string or None, fixed at capture
)

// Symbol is one symbolic extent of the graph.
type Symbol struct {
	Expr     string // "s69", or an expression such as "2*s69"
	Hint     int64  // the size at capture, -1 if unknown
	Min, Max int64  // the range's ends; Max is -1 where unbounded
}

// Graph is an immutable graph.
type Graph struct {
	Dialect Dialect
	Symbols []Symbol
	Attrs   *Attrs
	Subs    map[string]*Graph // control-flow bodies by the target of their get_attr
	Inputs  map[string]InputKind

	nodes          []Node
	inOff, userOff []int32
	ins, users     []NodeID
	seqs           []int32 // when each node's arguments were last written
	cells          []int32 // by node: where its mark is kept; 0 if it has none
	marks          []Mark  // by place; place 0 is never written
	names          *nameIndex
	consts         *constIndex
	base           *Graph  // see Base
	over           []int32 // by node: its place in revised, plus one; 0 where it is base's. nil in a graph that was built
	revised        []Node
}

// Len is the number of nodes.
func (g *Graph) Len() int { return len(g.nodes) }

// Edges is the number of edges.
func (g *Graph) Edges() int { return len(g.ins) }

// Node is node n. The caller must not change it.
func (g *Graph) Node(n NodeID) *Node {
	if g.over != nil && g.over[n] > 0 {
		return &g.revised[g.over[n]-1]
	}
	return &g.nodes[n]
}

// In is the nodes that n reads, each once, in argument order (torch.fx: all_input_nodes).
func (g *Graph) In(n NodeID) []NodeID { return g.ins[g.inOff[n]:g.inOff[n+1]] }

// InEdges is the range of n's edges: the edge from In(n)[i] is first+i.
func (g *Graph) InEdges(n NodeID) (first, end EdgeID) {
	return EdgeID(g.inOff[n]), EdgeID(g.inOff[n+1])
}

// Edge is the edge from p into n, None if n does not read p.
func (g *Graph) Edge(p, n NodeID) EdgeID {
	for i, q := range g.In(n) {
		if q == p {
			return EdgeID(int(g.inOff[n]) + i)
		}
	}
	return None
}

// EdgeEnds is the producer and the consumer of e.
func (g *Graph) EdgeEnds(e EdgeID) (p, n NodeID) {
	lo, hi := 0, len(g.inOff)-1
	for lo+1 < hi {
		if mid := (lo + hi) / 2; g.inOff[mid] <= int32(e) {
			lo = mid
		} else {
			hi = mid
		}
	}
	return g.ins[e], NodeID(lo)
}

// Producers is the operand of every edge, by EdgeID. The caller must not change them.
func (g *Graph) Producers() []NodeID { return g.ins }

// Users is the nodes that read n, in the order of their last write (torch.fx: users).
func (g *Graph) Users(n NodeID) []NodeID { return g.users[g.userOff[n]:g.userOff[n+1]] }

// WriteOrder is a number that is larger for a node whose arguments were written later; Users is in its order.
func (g *Graph) WriteOrder(n NodeID) int32 { return g.seqs[n] }

// Mark is the quantizer's mark on n.
func (g *Graph) Mark(n NodeID) Mark { return g.marks[g.cells[n]] }

// MarkCell is the place of n's mark, shared by nodes that share upstream's custom dict; 0 if it has none.
func (g *Graph) MarkCell(n NodeID) int {
	if c := g.cells[n]; g.marks[c] != NoMark {
		return int(c)
	}
	return 0
}

// MarkCells is the number of mark places, the empty one included.
func (g *Graph) MarkCells() int { return len(g.marks) }

// ByName is the node of that name, None if there is none.
func (g *Graph) ByName(name string) NodeID {
	if n, ok := g.names.of(g)[name]; ok {
		return n
	}
	return None
}

// nameIndex is a graph's nodes by name, made when it is first asked for.
type nameIndex struct {
	once sync.Once
	at   map[string]NodeID
}

func (x *nameIndex) of(g *Graph) map[string]NodeID {
	x.once.Do(func() {
		x.at = make(map[string]NodeID, len(g.nodes))
		for i := range g.nodes {
			x.at[g.nodes[i].Name] = NodeID(i)
		}
	})
	return x.at
}

// IsConstant says whether n is a constant of the program: a get_attr, or a placeholder that no caller fills.
func (g *Graph) IsConstant(n NodeID) bool { return g.consts.of(g)[n] }

// constIndex says which nodes are constants, made when it is first asked for.
type constIndex struct {
	once sync.Once
	is   []bool
}

func (x *constIndex) of(g *Graph) []bool {
	x.once.Do(func() {
		x.is = make([]bool, len(g.nodes))
		for i := range g.nodes {
			n := &g.nodes[i]
			x.is[i] = n.Kind == GetAttr || n.Kind == Placeholder && g.Inputs[n.Name] != UserInput
		}
	})
	return x.is
}

// Output is the output node, None if the graph has none.
func (g *Graph) Output() NodeID {
	for i := len(g.nodes) - 1; i >= 0; i-- {
		if g.nodes[i].Kind == Output {
			return NodeID(i)
		}
	}
	return None
}

// SymbolTexts is the symbols' expressions, for Shape.Format.
func (g *Graph) SymbolTexts() []string {
	out := make([]string, len(g.Symbols))
	for i, s := range g.Symbols {
		out[i] = s.Expr
	}
	return out
}

// UserInputs is the placeholders that a caller fills, in order.
func (g *Graph) UserInputs() []NodeID {
	var out []NodeID
	for i := range g.nodes {
		if n := &g.nodes[i]; n.Kind == Placeholder && g.Inputs[n.Name] <= UserInput {
			out = append(out, NodeID(i))
		}
	}
	return out
}
