package model

import (
	"maps"
	"slices"
	"strconv"
)

// Spec says what node a Builder is to add.
type Spec struct {
	Kind   Kind
	Target string
	Name   string // candidate for the name; "" for the operator's own
	Args   []Arg
	Kwargs []KwArg
	Type   Type
	Like   NodeID   // a node whose meta, mark and sources the new one takes over; None for a fresh one
	From   []NodeID // sources instead of Like's

	Unnamed bool // Rename names it later
}

// Builder is the only code that makes a Graph. Its NodeIDs are stable while it is edited; Freeze numbers them anew in order.
type Builder struct {
	Dialect Dialect
	Symbols []Symbol
	Subs    map[string]*Graph
	Inputs  map[string]InputKind
	Names   *Namespace

	nodes []bnode
	attrs *Attrs
	marks []Mark
	at    NodeID // new nodes go in front of this one; head for the end
	seq   int32
	fixed bool // attrs is another graph's: copy before the first write
	free  map[string]int
	slab  argSlab

	inputs []NodeID // scratch of written and unlink
	final  []NodeID // see Final
}

type bnode struct {
	Node
	prev, next NodeID
	seq        int32 // when its arguments were last written
	dead       bool
	cell       int32 // where its mark is kept; 0 if it has none
	users      []NodeID
	src        []NodeID
}

// head is the list's sentinel: builder node 0, never visible.
const head NodeID = 0

// NewBuilder makes an empty builder.
func NewBuilder(d Dialect) *Builder {
	return &Builder{
		Dialect: d, Names: NewNamespace(), Inputs: map[string]InputKind{},
		nodes: make([]bnode, 1, 64), marks: make([]Mark, 1), attrs: &Attrs{}, free: map[string]int{},
	}
}

// Edit makes a builder that holds g's nodes; node n of g is ID(n) here, tied to n.
func Edit(g *Graph) *Builder {
	b := Derive(g, g.Dialect)
	b.nodes = make([]bnode, len(g.nodes)+1, len(g.nodes)+64)
	b.marks = slices.Clone(g.marks)
	src := make([]NodeID, len(g.nodes))
	users := slices.Clone(g.users)
	for i := range users {
		users[i]++
	}
	for i := range g.nodes {
		n, id := &b.nodes[i+1], NodeID(i+1)
		n.Node, n.prev, n.next, n.seq, n.cell = *g.Node(NodeID(i)), id-1, id+1, int32(i), g.cells[i]
		src[i] = NodeID(i)
		n.src = src[i : i+1 : i+1]
		n.users = users[g.userOff[i]:g.userOff[i+1]:g.userOff[i+1]]
		n.Args, n.Kwargs = b.slab.mapArgs(n.Args, n.Kwargs, ID)
		b.Names.Create(n.Name)
	}
	b.nodes[head].prev, b.nodes[head].next = NodeID(len(g.nodes)), 1
	if n := len(g.nodes); n > 0 {
		b.nodes[n].next = head
	} else {
		b.nodes[head].next = head
	}
	for n := range g.nodes { // the order of last writes, as the graph's user lists show it
		b.nodes[n+1].seq = g.WriteOrder(NodeID(n))
		b.seq = max(b.seq, b.nodes[n+1].seq)
	}
	return b
}

// ID is the builder's number of node n of the graph that Edit took.
func ID(n NodeID) NodeID { return n + 1 }

// Derive makes an empty builder that shares g's constants, symbols and inputs.
func Derive(g *Graph, d Dialect) *Builder {
	b := NewBuilder(d)
	b.Symbols, b.Subs, b.attrs, b.fixed = slices.Clone(g.Symbols), maps.Clone(g.Subs), g.Attrs, true
	for k, v := range g.Inputs {
		b.Inputs[k] = v
	}
	return b
}

// SetAttr adds or replaces a constant.
func (b *Builder) SetAttr(a Attr) {
	if b.fixed {
		b.attrs, b.fixed = &Attrs{parent: b.attrs}, false
	}
	b.attrs = b.attrs.with(a)
}

// Attr finds a constant by name.
func (b *Builder) Attr(name string) (Attr, bool) { return b.attrs.Get(name) }

// FreeAttr is prefix followed by the first number that no constant has.
func (b *Builder) FreeAttr(prefix string) string {
	for n := b.free[prefix]; ; n++ {
		name := prefix + strconv.Itoa(n)
		if _, used := b.attrs.Get(name); !used {
			b.free[prefix] = n
			return name
		}
	}
}

// At makes new nodes go in front of n.
func (b *Builder) At(n NodeID) { b.at = n }

// After makes new nodes go behind n, the next one behind the one before.
func (b *Builder) After(n NodeID) { b.at = b.nodes[n].next }

// AtEnd makes new nodes go to the end.
func (b *Builder) AtEnd() { b.at = head }

// Add puts a node in at the current place.
func (b *Builder) Add(s Spec) NodeID {
	id := NodeID(len(b.nodes))
	n := bnode{Node: Node{Kind: s.Kind, Op: None, Target: s.Target, Args: s.Args, Kwargs: s.Kwargs, Type: s.Type}}
	if s.Kind == Call {
		n.Op = LookupOp(s.Target)
	}
	if s.Like > 0 {
		like := &b.nodes[s.Like]
		n.Meta, n.cell, n.src = like.Meta, like.cell, like.src
	}
	if s.From != nil {
		n.src = s.From
	}
	if !s.Unnamed {
		n.Name = b.Names.Create(b.candidate(s))
	}
	n.prev, n.next = b.nodes[b.at].prev, b.at
	b.nodes = append(b.nodes, n)
	b.nodes[n.prev].next, b.nodes[b.at].prev = id, id
	b.written(id)
	return id
}

func (b *Builder) candidate(s Spec) string {
	switch {
	case s.Name != "":
		return s.Name
	case s.Kind == Call && b.Dialect == ATen:
		return CallName(s.Target)
	case s.Kind == Call:
		return EdgeName(s.Target)
	}
	return s.Target
}

// Node is node n, to be changed only through the builder, but for Type, Meta and Target.
func (b *Builder) Node(n NodeID) *Node { return &b.nodes[n].Node }

// Grow makes room for n more nodes, so that adding them copies nothing.
func (b *Builder) Grow(n int) { b.nodes = slices.Grow(b.nodes, n) }

// Len is an upper bound of the IDs.
func (b *Builder) Len() int { return len(b.nodes) }

// Alive says whether n is still in the graph.
func (b *Builder) Alive(n NodeID) bool { return n > 0 && !b.nodes[n].dead }

// First is the first node, None if there is none.
func (b *Builder) First() NodeID { return b.orNone(b.nodes[head].next) }

// Last is the last node, None if there is none.
func (b *Builder) Last() NodeID { return b.orNone(b.nodes[head].prev) }

// Next is the node behind n, None at the end.
func (b *Builder) Next(n NodeID) NodeID { return b.orNone(b.nodes[n].next) }

// Prev is the node in front of n, None at the start.
func (b *Builder) Prev(n NodeID) NodeID { return b.orNone(b.nodes[n].prev) }

func (b *Builder) orNone(n NodeID) NodeID {
	if n == head {
		return None
	}
	return n
}

// In is the nodes that n reads, each once, in argument order.
func (b *Builder) In(n NodeID) []NodeID {
	return appendInputs(nil, &b.nodes[n].Node)
}

func appendInputs(out []NodeID, n *Node) []NodeID {
	start := len(out)
	add := func(p NodeID) {
		if !slices.Contains(out[start:], p) {
			out = append(out, p)
		}
	}
	for i := range n.Args {
		n.Args[i].Walk(add)
	}
	for i := range n.Kwargs {
		n.Kwargs[i].Arg.Walk(add)
	}
	return out
}

// Users is the nodes that read n, in the order of their last write.
func (b *Builder) Users(n NodeID) []NodeID {
	u := slices.Clone(b.nodes[n].users)
	slices.SortFunc(u, func(x, y NodeID) int { return int(b.nodes[x].seq) - int(b.nodes[y].seq) })
	return u
}

// UserCount is the number of nodes that read n.
func (b *Builder) UserCount(n NodeID) int { return len(b.nodes[n].users) }

// SetArgs writes n's arguments. Writing them, even to what they were, moves n to the end of its producers' user lists.
func (b *Builder) SetArgs(n NodeID, args []Arg, kw []KwArg) {
	b.unlink(n)
	b.nodes[n].Args, b.nodes[n].Kwargs = args, kw
	b.written(n)
}

// Touch writes n's arguments to what they are (see SetArgs).
func (b *Builder) Touch(n NodeID) {
	b.seq++
	b.nodes[n].seq = b.seq
}

func (b *Builder) written(n NodeID) {
	b.Touch(n)
	b.inputs = appendInputs(b.inputs[:0], &b.nodes[n].Node)
	for _, p := range b.inputs {
		b.nodes[p].users = append(b.nodes[p].users, n)
	}
}

func (b *Builder) unlink(n NodeID) {
	b.inputs = appendInputs(b.inputs[:0], &b.nodes[n].Node)
	for _, p := range b.inputs {
		u := b.nodes[p].users
		if i := slices.Index(u, n); i >= 0 {
			b.nodes[p].users = slices.Delete(u, i, i+1)
		}
	}
}

// ReplaceIn makes n read new where it read old.
func (b *Builder) ReplaceIn(n, old, new NodeID) {
	a, k := b.slab.mapArgs(b.nodes[n].Args, b.nodes[n].Kwargs, func(p NodeID) NodeID {
		if p == old {
			return new
		}
		return p
	})
	b.SetArgs(n, a, k)
}

// ReplaceUses makes every user of old, except those named, read new.
func (b *Builder) ReplaceUses(old, new NodeID, except ...NodeID) {
	for _, u := range b.Users(old) {
		if !slices.Contains(except, u) {
			b.ReplaceIn(u, old, new)
		}
	}
}

// Erase takes n out. It must have no users.
func (b *Builder) Erase(n NodeID) {
	x := &b.nodes[n]
	if len(x.users) > 0 {
		panic("model: erasing a node that is read: " + x.Name)
	}
	b.unlink(n)
	b.nodes[x.prev].next, b.nodes[x.next].prev = x.next, x.prev
	if b.at == n {
		b.at = x.next
	}
	x.dead = true
}

// SetMark gives n a mark place of its own, holding m.
func (b *Builder) SetMark(n NodeID, m Mark) {
	if m == NoMark {
		b.nodes[n].cell = 0
		return
	}
	b.nodes[n].cell = int32(len(b.marks))
	b.marks = append(b.marks, m)
}

// WriteMark writes m where n keeps its mark, for all that share the place; n gets a place if it has none.
func (b *Builder) WriteMark(n NodeID, m Mark) {
	if c := b.nodes[n].cell; b.marks[c] != NoMark {
		b.marks[c] = m
		return
	}
	b.SetMark(n, m)
}

// Mark is n's mark.
func (b *Builder) Mark(n NodeID) Mark { return b.marks[b.nodes[n].cell] }

// Source is the nodes that n was made from.
func (b *Builder) Source(n NodeID) []NodeID { return b.nodes[n].src }

// SetSource says what n was made from.
func (b *Builder) SetSource(n NodeID, src []NodeID) { b.nodes[n].src = src }
