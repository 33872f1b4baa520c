package tosa

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"strings"

	"seam/model"
)

// firstShown is how many values of a constant are shown.
const firstShown = 8

// Print writes one line an operator: results, operator, operands, attributes. Constants are shown where they are read.
func Print(w io.Writer, l *Lowered) error {
	if _, err := io.WriteString(w, String(l)); err != nil {
		return fmt.Errorf("print delegate %d: %w", l.Tag, err)
	}
	return nil
}

// String is what Print writes.
func String(l *Lowered) string {
	var b strings.Builder
	for _, r := range l.Failed {
		fmt.Fprintf(&b, "# %s: %s\n", r.Rule.ID, r.Text)
	}
	if l.Graph == nil {
		return b.String()
	}
	g := l.Graph
	var in, out []string
	for i := range g.Len() {
		if x := g.Node(model.NodeID(i)); x.Kind == model.Placeholder {
			in = append(in, "'"+x.Name+"'")
		}
	}
	for _, n := range outputsOf(g) {
		out = append(out, "'"+g.Node(n).Name+"'")
	}
	fmt.Fprintf(&b, "# main/main inputs [%s] outputs [%s]\n", strings.Join(in, ", "), strings.Join(out, ", "))
	for i := range g.Len() {
		if x := g.Node(model.NodeID(i)); x.Kind == model.Call && x.Target != opGetItem {
			b.WriteString(operatorLine(g, model.NodeID(i)) + "\n")
		}
	}
	return b.String()
}

// outputsOf is the values of the block's outputs in order.
func outputsOf(g *model.Graph) []model.NodeID {
	var out []model.NodeID
	if o := g.Output(); o != model.None {
		for _, a := range g.Node(o).Arg(0).List {
			out = append(out, a.Node)
		}
	}
	return out
}

func operatorLine(g *model.Graph, n model.NodeID) string {
	x := g.Node(n)
	var ops, results []string
	for _, r := range resultsOf(g, n) {
		results = append(results, g.Node(r).Name+":"+typeText(g.Node(r).Type.T))
	}
	for _, p := range operands(x) {
		ops = append(ops, shown(g, p))
	}
	return fmt.Sprintf("%s = %s(%s) %s", strings.Join(results, ", "), strings.TrimPrefix(x.Target, "tosa."),
		strings.Join(ops, ", "), attrText(x))
}

// resultsOf is the values that an operator gives: its own node, or the getitem calls behind one of several results.
func resultsOf(g *model.Graph, n model.NodeID) []model.NodeID {
	if g.Node(n).Type.IsTensor() {
		return []model.NodeID{n}
	}
	return g.Users(n)
}

// operands is an operator's operands; a list counts as its elements.
func operands(x *model.Node) []model.NodeID {
	var out []model.NodeID
	for _, a := range x.Args {
		a.Walk(func(n model.NodeID) { out = append(out, n) })
	}
	return out
}

func shown(g *model.Graph, n model.NodeID) string {
	x := g.Node(n)
	if x.Kind != model.GetAttr {
		return x.Name + ":" + typeText(x.Type.T)
	}
	attr, _ := g.Attrs.Get(x.Target)
	first := firstValues(attr.Tensor)
	switch {
	case x.Type.T.DType == model.ShapeType:
		return listText(first)
	case len(first) == 1 && x.Type.T.Shape == model.ShapeInts(1):
		return fmt.Sprintf("%d:%s", first[0], tosaDType(x.Type.T.DType))
	case first == nil:
		return x.Name + ":" + typeText(x.Type.T)
	}
	return x.Name + ":" + typeText(x.Type.T) + "=" + listText(first)
}

func typeText(t model.TensorType) string {
	v := make([]int64, t.Shape.Rank())
	for i := range v {
		v[i] = int64(t.Shape.At(i))
	}
	return tosaDType(t.DType) + listText(v)
}

func listText(v []int64) string {
	s := make([]string, len(v))
	for i, x := range v {
		s[i] = strconv.FormatInt(x, 10)
	}
	return "[" + strings.Join(s, ", ") + "]"
}

// attrText is the attributes as a Python dictionary prints, "" if there are none.
func attrText(x *model.Node) string {
	var parts []string
	for _, k := range x.Kwargs {
		parts = append(parts, "'"+k.Name+"': "+attrValueText(x, k))
	}
	if parts == nil {
		return ""
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

func attrValueText(x *model.Node, k model.KwArg) string {
	switch v := attrValue(x, k).(type) {
	case bool:
		if v {
			return "True"
		}
		return "False"
	case []int64:
		return listText(v)
	case string:
		return "'" + v + "'"
	default:
		return fmt.Sprint(v)
	}
}

// attrValue is an attribute as the file has it: a number, a list, a bool, an enumeration's name, or, for the bounds of a
// CLAMP, the bytes in hexadecimal.
func attrValue(x *model.Node, k model.KwArg) any {
	switch k.Arg.Kind {
	case model.ArgBool:
		return k.Arg.Bool()
	case model.ArgList:
		v := make([]int64, len(k.Arg.List))
		for i, a := range k.Arg.List {
			v[i] = a.Int
		}
		return v
	case model.ArgInt:
		if k.Name == "min_val" || k.Name == "max_val" {
			return hex.EncodeToString(model.FromInts(x.Type.T.DType, model.ShapeInts(1), []int64{k.Arg.Int}).Raw)
		}
		return k.Arg.Int
	}
	return k.Arg.Str
}

// firstValues is a constant's first values, nil if the graph does not hold them.
func firstValues(t *model.Tensor) []int64 {
	if t == nil || t.Raw == nil {
		return nil
	}
	width := t.DType.Bytes()
	n := min(len(t.Raw)/width, firstShown)
	out := make([]int64, n)
	for i := range out {
		out[i] = signedLE(t.Raw[i*width : (i+1)*width])
	}
	return out
}

// signedLE is a little-endian two's complement number of any width up to 8 bytes.
func signedLE(b []byte) int64 {
	var word [8]byte
	copy(word[:], b)
	if b[len(b)-1]&0x80 != 0 {
		for i := len(b); i < 8; i++ {
			word[i] = 0xff
		}
	}
	return int64(binary.LittleEndian.Uint64(word[:]))
}
