package model

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Limits of Parse; what it allocates is linear in the text's length.
const (
	maxTextBytes = 64 << 20
	maxArgDepth  = 64
	maxSubDepth  = 8
)

// SyntaxError is a place where a text form is wrong. It wraps ErrSyntax.
type SyntaxError struct {
	Line int // from 1
	Why  string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Why) }

func (e *SyntaxError) Unwrap() error { return ErrSyntax }

// Parse reads a graph's text form.
//
//	errors  *SyntaxError, also where the lines are well formed but the graph is not
func Parse(src string) (*Graph, error) {
	if len(src) > maxTextBytes {
		return nil, &SyntaxError{1, fmt.Sprintf("text is larger than %d bytes", maxTextBytes)}
	}
	l := &lexer{rest: src}
	g := parseGraph(l, 0)
	if l.err != nil {
		return nil, l.err
	}
	return g, nil
}

// parser reads one graph; its lexer is shared with the graphs around and inside it.
type parser struct {
	*lexer
	b       *Builder
	ids     map[string]NodeID
	symbols map[string]int
	cells   map[int64]int32 // mark places by the number that the text gives shared ones
}

// parseGraph reads to the end of the text, or to the closing brace of a graph inside another; nil after an error.
func parseGraph(l *lexer, depth int) *Graph {
	p := parser{lexer: l, ids: map[string]NodeID{}, symbols: map[string]int{}, cells: map[int64]int32{}}
	if !l.next() || l.word() != "graph" {
		l.fail("a graph must start with: graph DIALECT")
		return nil
	}
	d := slices.Index(dialectNames[:], l.word())
	if d < 0 {
		l.fail("unknown dialect")
		return nil
	}
	l.end()
	p.b = NewBuilder(Dialect(d))
	for l.next() {
		if depth > 0 && l.accept("}") {
			l.end()
			return p.freeze()
		}
		p.statement(depth)
	}
	if depth > 0 {
		l.fail("missing }")
	}
	return p.freeze()
}

func (p *parser) freeze() *Graph {
	if p.err != nil {
		return nil
	}
	g, _, err := p.b.Freeze()
	if err != nil {
		p.fail("%v", err)
		return nil
	}
	return g
}

func (p *parser) statement(depth int) {
	if p.accept("%") {
		p.node()
		return
	}
	switch w := p.word(); w {
	case "symbol":
		p.symbol()
	case "attr":
		p.attr()
	case "sub":
		p.sub(depth)
	case "":
		p.end()
	default:
		p.fail("unexpected statement %q", w)
	}
}

func (p *parser) sub(depth int) {
	name := p.text()
	p.expect("{")
	p.end()
	if depth >= maxSubDepth {
		p.fail("graphs nested deeper than %d", maxSubDepth)
	}
	if p.b.Subs[name] != nil {
		p.fail("second graph %q", name)
	}
	if p.err != nil {
		return
	}
	if p.b.Subs == nil {
		p.b.Subs = map[string]*Graph{}
	}
	p.b.Subs[name] = parseGraph(p.lexer, depth+1)
}

func (p *parser) symbol() {
	s := Symbol{Expr: p.text()}
	for _, f := range []struct {
		key string
		val *int64
	}{{"hint=", &s.Hint}, {"min=", &s.Min}, {"max=", &s.Max}} {
		p.expect(f.key)
		*f.val = p.int()
	}
	p.end()
	if _, ok := p.symbols[s.Expr]; !ok {
		p.symbols[s.Expr] = len(p.b.Symbols)
	}
	p.b.Symbols = append(p.b.Symbols, s)
}

func (p *parser) node() {
	name := p.text()
	if _, ok := p.ids[name]; ok {
		p.fail("second node %q", name)
	}
	p.expect("=")
	kind := slices.Index(kindNames[:], p.word())
	if kind < 0 {
		p.fail("unknown kind of node")
		return
	}
	s := Spec{Kind: Kind(kind), Name: name}
	input := 0
	if s.Kind == Placeholder && p.accept("(") {
		input = slices.Index(inputNames[:], p.word())
		p.expect(")")
	}
	s.Target = p.text()
	if p.accept("(") {
		s.Args, s.Kwargs = p.args()
	}
	if input < 0 {
		p.fail("unknown kind of input")
	}
	if p.err != nil {
		return
	}
	id := p.b.Add(s)
	p.ids[name] = id
	n := p.b.Node(id)
	if n.Name != name { // names are kept as written, even those that torch.fx would number
		n.Name = name
		p.b.Names.Reserve(name)
	}
	if input > 0 {
		p.b.Inputs[name] = InputKind(input)
	}
	p.tail(id)
}

// tail reads what stands behind a node's arguments.
func (p *parser) tail(id NodeID) {
	n := p.b.Node(id)
	var meta Meta
	for p.err == nil && p.s != "" {
		switch {
		case p.accept(":"):
			n.Type = p.typ()
		case p.accept("!"):
			p.mark(id)
		case p.accept("@"):
			meta.Loc.File = p.text()
			p.expect(":")
			meta.Loc.Line = int(p.int())
		case p.word() == "in":
			f := Frame{Path: p.text()}
			if f.Key = f.Path; p.accept("(") {
				f.Type = p.text()
				p.expect(")")
			}
			meta.Modules = []Frame{f}
		default:
			p.fail("unexpected %q", p.s)
		}
	}
	if !meta.Loc.IsZero() || meta.Modules != nil {
		n.Meta = &meta
	}
}

func (p *parser) mark(id NodeID) {
	m := slices.Index(markNames[:], p.word())
	if m < 0 {
		p.fail("unknown mark")
		return
	}
	if !p.accept("#") {
		p.b.SetMark(id, Mark(m))
		return
	}
	num := p.int()
	c, ok := p.cells[num]
	if !ok {
		c = int32(len(p.b.marks))
		p.b.marks = append(p.b.marks, Mark(m))
		p.cells[num] = c
	}
	if p.b.marks[c] != Mark(m) {
		p.fail("two marks for shared place %d", num)
	}
	p.b.nodes[id].cell = c
}

func (p *parser) args() (args []Arg, kw []KwArg) {
	for p.err == nil && !p.accept(")") {
		if len(args)+len(kw) > 0 {
			p.expect(",")
		}
		if name, ok := p.key(); ok {
			kw = append(kw, KwArg{name, p.arg(0)})
			continue
		}
		if kw != nil {
			p.fail("positional argument behind a named one")
		}
		args = append(args, p.arg(0))
	}
	return args, kw
}

// key reads "name=", or nothing if that is not what comes next.
func (p *parser) key() (string, bool) {
	before := p.s
	if before == "" || before[0] != '"' && !isBare(before[:1]) {
		return "", false
	}
	if name := p.text(); p.err == nil && p.accept("=") {
		return name, true
	}
	p.s = before
	return "", false
}

func (p *parser) arg(depth int) Arg {
	switch {
	case depth > maxArgDepth:
		p.fail("lists nested deeper than %d", maxArgDepth)
	case p.accept("%"):
		name := p.text()
		id, ok := p.ids[name]
		if !ok {
			p.fail("node %q is not defined above", name)
		}
		return NodeArg(id)
	case p.accept("["):
		l := ListArg()
		for p.err == nil && !p.accept("]") {
			if len(l.List) > 0 {
				p.expect(",")
			}
			l.List = append(l.List, p.arg(depth+1))
		}
		return l
	case p.accept("$"):
		return ConstArg(p.quoted())
	case strings.HasPrefix(p.s, `"`):
		return StrArg(p.quoted())
	default:
		return p.literal(p.word())
	}
	return Arg{}
}

func (p *parser) literal(w string) Arg {
	if w == "" {
		p.fail("missing argument")
		return Arg{}
	}
	if isLetter(w[0]) {
		return keyword(w)
	}
	if i, err := strconv.ParseInt(w, 10, 64); err == nil {
		return IntArg(i)
	}
	if f, err := strconv.ParseFloat(w, 64); err == nil && strings.ContainsAny(w, ".einf") {
		return FloatArg(f)
	}
	p.fail("%q is no number", w)
	return Arg{}
}

func (p *parser) typ() Type {
	if p.accept("(") {
		t := Type{Kind: ListKind}
		for p.err == nil && !p.accept(")") {
			if len(t.List) > 0 {
				p.expect(",")
			}
			t.List = append(t.List, p.tensorType())
		}
		return t
	}
	if rest, ok := strings.CutPrefix(p.s, "sym "); ok {
		p.s = strings.TrimLeft(rest, " \t")
		return Type{Kind: SymKind, Text: p.text()}
	}
	t := p.tensorType()
	return TensorOf(t.DType, t.Shape)
}

func (p *parser) tensorType() TensorType {
	var t TensorType
	w := p.word()
	if t.DType = ParseDType(w); t.DType == Unknown && w != "?" {
		p.fail("unknown dtype %q", w)
	}
	p.expect("[")
	for p.err == nil && !p.accept("]") {
		if t.Shape.Rank() > 0 {
			p.expect(",")
		}
		if t.Shape.Rank() == MaxRank {
			p.fail("more than %d extents", MaxRank)
			return t
		}
		t.Shape = t.Shape.Append(p.dim())
	}
	return t
}

func (p *parser) dim() Dim {
	quoted := strings.HasPrefix(p.s, `"`)
	w := p.text()
	if v, err := strconv.ParseInt(w, 10, 64); err == nil && !quoted {
		if v < 0 {
			p.fail("negative extent %d", v)
		}
		return Dim(v)
	}
	i, ok := p.symbols[w]
	if !ok || w == "?" && !quoted {
		p.fail("symbol %q is not defined above", w)
	}
	return SymDim(i)
}
