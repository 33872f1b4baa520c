package model

import (
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// The text form is one line a node, for tests, golden files and the clipboard:
//
//	graph aten
//	symbol s69 hint=64 min=2 max=-1
//	attr conv.weight param float32[8,8,3,3]
//	%x = placeholder x : float32[1,8,s69]
//	%conv_weight = get_attr conv.weight : float32[8,8,3,3]
//	%conv1d = call_function aten.conv1d.default(%x, %conv_weight, None, [1], dtype=torch.int8) : T !quantized @ net.py:12 in conv(nn.Conv1d)
//	%output = output output([%conv1d])
//	sub body {
//	  graph aten
//	}
//
// Names and texts that hold anything but letters, digits and _./-+*? are quoted as in Go. An argument is a node (%x), a whole
// number, a float (always with a point or exponent, or inf, nan), True, False, None, a text ("x"), a constant (torch.int8, or
// $"..." where that is no plain word), or a list. A line that starts with # is a comment. Not kept: the order of last writes,
// a constant's values above 16 elements, and of the meta all but file, line and the innermost module.

// maxPrinted is the largest constant, in elements, whose values are printed.
const maxPrinted = 16

var (
	markNames  = [...]string{NoMark: "none", MarkedFloat: "float", MarkedQuantized: "quantized"}
	inputNames = [...]string{
		UserInput: "user", ParamInput: "param", BufferInput: "buffer", ConstInput: "const", ScalarInput: "scalar",
	}
)

// Print writes g's text form.
func Print(w io.Writer, g *Graph) error {
	if _, err := io.WriteString(w, String(g)); err != nil {
		return fmt.Errorf("print graph: %w", err)
	}
	return nil
}

// String is g's text form.
func String(g *Graph) string {
	p := printer{}
	p.graph(g)
	return string(p.b)
}

type printer struct {
	b      []byte
	indent string
	g      *Graph
	cells  []int // by mark place: its number if several nodes share it
}

func (p *printer) graph(g *Graph) {
	p.g, p.cells = g, sharedCells(g)
	p.line("graph ", g.Dialect.String())
	for _, s := range g.Symbols {
		p.line("symbol ", bare(s.Expr), fmt.Sprintf(" hint=%d min=%d max=%d", s.Hint, s.Min, s.Max))
	}
	for _, a := range attrList(g.Attrs) {
		p.attr(a)
	}
	for i := range g.nodes {
		p.node(NodeID(i))
	}
	for _, name := range slices.Sorted(maps.Keys(g.Subs)) {
		p.line("sub ", bare(name), " {")
		sub := printer{b: p.b, indent: p.indent + "  "}
		sub.graph(g.Subs[name])
		p.b = sub.b
		p.line("}")
	}
}

func (p *printer) line(parts ...string) {
	p.b = append(p.b, p.indent...)
	p.put(parts...)
	p.b = append(p.b, '\n')
}

func (p *printer) put(parts ...string) {
	for _, s := range parts {
		p.b = append(p.b, s...)
	}
}

// sharedCells numbers, from 1, the mark places that several nodes share.
func sharedCells(g *Graph) []int {
	num, seen, last := make([]int, len(g.marks)), make([]bool, len(g.marks)), 0
	for i := range g.nodes {
		c := g.MarkCell(NodeID(i))
		if c > 0 && seen[c] && num[c] == 0 {
			last++
			num[c] = last
		}
		seen[c] = true
	}
	return num
}

// attrList is all constants, in the order they were first added.
func attrList(a *Attrs) []Attr {
	var chain []*Attrs
	for x := a; x != nil; x = x.parent {
		chain = append(chain, x)
	}
	var out []Attr
	seen := map[string]bool{}
	for _, x := range slices.Backward(chain) {
		for _, name := range x.order {
			if !seen[name] {
				seen[name] = true
				attr, _ := a.Get(name)
				out = append(out, attr)
			}
		}
	}
	return out
}

func (p *printer) attr(a Attr) {
	kind := " buffer"
	if a.Param {
		kind = " param"
	}
	if a.Param && a.Frozen {
		kind = " frozen"
	}
	if a.Tensor == nil {
		p.line("attr ", bare(a.Name), kind)
		return
	}
	p.line("attr ", bare(a.Name), kind, " ", p.tensorType(TensorType{a.Tensor.DType, a.Tensor.Shape}), valuesText(a.Tensor))
}

// valuesText is " = [...]", or " = 0x..." (the bytes) for dtypes that no decimal shows exactly; "" if t is large or has no data.
func valuesText(t *Tensor) string {
	n, size := t.Shape.Numel(), int64(t.DType.Bytes())
	if t.Raw == nil || n < 0 || n > maxPrinted || size == 0 || int64(len(t.Raw)) != n*size {
		return ""
	}
	var words []string
	if v, err := t.Ints(); err == nil {
		for _, x := range v {
			words = append(words, strconv.FormatInt(x, 10))
		}
	} else if t.DType == Float32 {
		f, _ := t.Floats()
		for _, x := range f {
			words = append(words, floatText(float64(x), 32))
		}
	} else {
		return " = 0x" + hex.EncodeToString(t.Raw)
	}
	return " = [" + strings.Join(words, ", ") + "]"
}

func (p *printer) node(id NodeID) {
	n := p.g.Node(id)
	p.put(p.indent, "%", bare(n.Name), " = ", n.Kind.String())
	if k := p.g.Inputs[n.Name]; n.Kind == Placeholder && k != UserInput {
		p.put("(", inputNames[k], ")")
	}
	p.put(" ", bare(n.Target))
	if n.Kind == Call || n.Kind == Output || len(n.Args)+len(n.Kwargs) > 0 {
		p.args(n)
	}
	if n.Type.Kind != NoType {
		p.put(" : ", p.typeText(n.Type))
	}
	p.mark(id)
	p.meta(n.Meta)
	p.put("\n")
}

func (p *printer) args(n *Node) {
	sep := "("
	for _, a := range n.Args {
		p.put(sep)
		p.arg(a)
		sep = ", "
	}
	for _, k := range n.Kwargs {
		p.put(sep, bare(k.Name), "=")
		p.arg(k.Arg)
		sep = ", "
	}
	if sep == "(" {
		p.put("(")
	}
	p.put(")")
}

func (p *printer) arg(a Arg) {
	switch a.Kind {
	case ArgNone:
		p.put("None")
	case ArgNode:
		p.put("%", bare(p.g.Node(a.Node).Name))
	case ArgInt:
		p.b = strconv.AppendInt(p.b, a.Int, 10)
	case ArgFloat:
		p.put(floatText(a.Float, 64))
	case ArgBool:
		p.put(boolText(a.Int != 0))
	case ArgStr:
		p.put(strconv.Quote(a.Str))
	case ArgConst:
		p.put(constText(a.Str))
	case ArgList:
		p.put("[")
		for i, e := range a.List {
			if i > 0 {
				p.put(", ")
			}
			p.arg(e)
		}
		p.put("]")
	}
}

func boolText(b bool) string {
	if b {
		return "True"
	}
	return "False"
}

// floatText is the shortest text that reads back as f at that width in bits, and never as a whole number.
func floatText(f float64, bits int) string {
	s := strconv.FormatFloat(f, 'g', -1, bits)
	switch s {
	case "NaN":
		return "nan"
	case "+Inf":
		return "inf"
	case "-Inf":
		return "-inf"
	}
	if !strings.ContainsAny(s, ".e") {
		s += ".0"
	}
	return s
}

func constText(s string) string {
	if isBare(s) && isLetter(s[0]) && keyword(s).Kind == ArgConst {
		return s
	}
	return "$" + strconv.Quote(s)
}

// keyword is what a word that starts with a letter means as an argument.
func keyword(s string) Arg {
	switch s {
	case "None":
		return Arg{}
	case "True", "False":
		return BoolArg(s == "True")
	case "inf", "nan":
		f, _ := strconv.ParseFloat(s, 64)
		return FloatArg(f)
	}
	return ConstArg(s)
}

func (p *printer) typeText(t Type) string {
	switch t.Kind {
	case TensorKind:
		return p.tensorType(t.T)
	case ListKind:
		parts := make([]string, len(t.List))
		for i, e := range t.List {
			parts[i] = p.tensorType(e)
		}
		return "(" + strings.Join(parts, ", ") + ")"
	}
	return "sym " + bare(t.Text)
}

func (p *printer) tensorType(t TensorType) string {
	dims := make([]string, t.Shape.Rank())
	for i := range dims {
		dims[i] = p.dim(t.Shape.At(i))
	}
	return t.DType.String() + "[" + strings.Join(dims, ",") + "]"
}

// dim is an extent: a number, a symbol's expression (quoted unless it is a plain word that is no number), or ? if it is lost.
func (p *printer) dim(d Dim) string {
	i := int(-d - 1)
	if d >= 0 || i >= len(p.g.Symbols) {
		return DimText(d, nil)
	}
	expr := p.g.Symbols[i].Expr
	if _, err := strconv.ParseInt(expr, 10, 64); err == nil || expr == "?" {
		return strconv.Quote(expr)
	}
	return bare(expr)
}

func (p *printer) mark(n NodeID) {
	m := p.g.Mark(n)
	if m == NoMark {
		return
	}
	p.put(" !", markNames[m])
	if num := p.cells[p.g.MarkCell(n)]; num > 0 {
		p.put("#", strconv.Itoa(num))
	}
}

func (p *printer) meta(m *Meta) {
	if m == nil {
		return
	}
	if !m.Loc.IsZero() {
		p.put(" @ ", bare(m.Loc.File), ":", strconv.Itoa(m.Loc.Line))
	}
	if len(m.Modules) == 0 {
		return
	}
	f := m.Modules[len(m.Modules)-1]
	p.put(" in ", bare(f.Path))
	if f.Type != "" {
		p.put("(", bare(f.Type), ")")
	}
}

// bare is s itself if it is a plain word, else s quoted.
func bare(s string) string {
	if isBare(s) {
		return s
	}
	return strconv.Quote(s)
}

func isBare(s string) bool { return s != "" && bareLen(s) == len(s) }

// bareLen is how many bytes at the start of s can be part of a plain word.
func bareLen(s string) int {
	for i := range len(s) {
		if !isWord(s[i]) && !strings.ContainsRune("./-+*?", rune(s[i])) {
			return i
		}
	}
	return len(s)
}

func isLetter(c byte) bool { return isWord(c) && (c < '0' || c > '9') }
