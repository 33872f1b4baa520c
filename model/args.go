package model

import "math"

// ArgKind says what an argument is.
type ArgKind uint8

// The kinds of argument, as recordings distinguish them.
const (
	ArgNone  ArgKind = iota
	ArgNode          // another node's value
	ArgInt           // Int
	ArgFloat         // Float
	ArgBool          // Int is 0 or 1
	ArgStr           // Str
	ArgConst         // Str: a dtype, memory format, device, layout, or symbolic number, as Python prints it
	ArgList          // List
)

// Arg is one argument of a node: a small tree of nodes and literals, as torch.fx keeps it.
type Arg struct {
	Kind  ArgKind
	Node  NodeID
	Int   int64
	Float float64
	Str   string
	List  []Arg
}

// KwArg is an argument given by name.
type KwArg struct {
	Name string
	Arg  Arg
}

// NodeArg is the value of node n.
func NodeArg(n NodeID) Arg { return Arg{Kind: ArgNode, Node: n} }

// IntArg is a whole number.
func IntArg(i int64) Arg { return Arg{Kind: ArgInt, Int: i} }

// FloatArg is a floating number.
func FloatArg(f float64) Arg { return Arg{Kind: ArgFloat, Float: f} }

// BoolArg is True or False.
func BoolArg(b bool) Arg {
	if b {
		return Arg{Kind: ArgBool, Int: 1}
	}
	return Arg{Kind: ArgBool}
}

// StrArg is a text.
func StrArg(s string) Arg { return Arg{Kind: ArgStr, Str: s} }

// ConstArg is a constant that is neither number nor text, such as torch.int8.
func ConstArg(s string) Arg { return Arg{Kind: ArgConst, Str: s} }

// ListArg is a list of arguments.
func ListArg(a ...Arg) Arg { return Arg{Kind: ArgList, List: a} }

// IntsArg is a list of whole numbers.
func IntsArg(v ...int) Arg {
	l := make([]Arg, len(v))
	for i, x := range v {
		l[i] = IntArg(int64(x))
	}
	return Arg{Kind: ArgList, List: l}
}

// IsNone says whether the argument is None.
func (a Arg) IsNone() bool { return a.Kind == ArgNone }

// Bool is a's truth, as Python sees a bool or number.
func (a Arg) Bool() bool { return a.Int != 0 || a.Float != 0 }

// Number is a bool, int or float as float64.
func (a Arg) Number() (float64, bool) {
	switch a.Kind {
	case ArgInt, ArgBool:
		return float64(a.Int), true
	case ArgFloat:
		return a.Float, true
	}
	return 0, false
}

// Ints is a list of plain whole numbers; a single number is a list of one.
func (a Arg) Ints() ([]int, bool) {
	if a.Kind == ArgInt {
		return []int{int(a.Int)}, true
	}
	if a.Kind != ArgList {
		return nil, false
	}
	out := make([]int, len(a.List))
	for i, e := range a.List {
		if e.Kind != ArgInt {
			return nil, false
		}
		out[i] = int(e.Int)
	}
	return out, true
}

// Equal compares two argument trees; floats by bits, so that NaN equals itself.
func (a Arg) Equal(b Arg) bool {
	if a.Kind != b.Kind || a.Node != b.Node || a.Int != b.Int || a.Str != b.Str || len(a.List) != len(b.List) ||
		math.Float64bits(a.Float) != math.Float64bits(b.Float) {
		return false
	}
	for i := range a.List {
		if !a.List[i].Equal(b.List[i]) {
			return false
		}
	}
	return true
}

// Walk calls f for every node in the tree, in order.
func (a Arg) Walk(f func(NodeID)) {
	if a.Kind == ArgNode {
		f(a.Node)
	}
	for i := range a.List {
		a.List[i].Walk(f)
	}
}

// Map is a copy of the tree with every node replaced by what f gives for it.
func (a Arg) Map(f func(NodeID) NodeID) Arg {
	return a.MapArgs(func(n NodeID) Arg { return NodeArg(f(n)) })
}

// MapArgs is a copy of the tree with every node replaced by the argument that f gives for it.
func (a Arg) MapArgs(f func(NodeID) Arg) Arg {
	switch a.Kind {
	case ArgNode:
		return f(a.Node)
	case ArgList:
		l := make([]Arg, len(a.List))
		for i := range a.List {
			l[i] = a.List[i].MapArgs(f)
		}
		a.List = l
	}
	return a
}
