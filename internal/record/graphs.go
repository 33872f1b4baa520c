package record

import (
	"math"
	"slices"
	"strings"
)

// compareGraphs compares two graphs node by node, in order. Where the names differ, the first node that is missing, extra or
// out of order is told, and nodes of one name are compared as far as that.
func compareGraphs(d *StageDiff, got, want []Node) {
	for i := range want {
		if i >= len(got) {
			d.add(Difference{"missing node", operator(want[i]), want[i].Name, "none", nodeText(want[i])})
			return
		}
		if got[i].Name != want[i].Name {
			d.add(nameDifference(got, want, i))
			return
		}
		compareNodes(d, got[i], want[i])
	}
	if len(got) > len(want) {
		n := got[len(want)]
		d.add(Difference{"extra node", operator(n), n.Name, nodeText(n), "none"})
	}
}

// nameDifference says how the names at place i differ.
func nameDifference(got, want []Node, i int) Difference {
	g, w := got[i], want[i]
	has := func(nodes []Node, name string) bool {
		return slices.ContainsFunc(nodes, func(n Node) bool { return n.Name == name })
	}
	gotHas, wantHas := has(got, w.Name), has(want, g.Name)
	switch {
	case gotHas && wantHas:
		return Difference{"order", operator(w), w.Name, g.Name, w.Name}
	case !gotHas && wantHas:
		return Difference{"missing node", operator(w), w.Name, "none", nodeText(w)}
	case gotHas:
		return Difference{"extra node", operator(g), g.Name, nodeText(g), "none"}
	}
	return Difference{"name", operator(w), w.Name, nodeText(g), nodeText(w)}
}

func compareNodes(d *StageDiff, g, w Node) {
	diff := func(kind, a, b string) {
		d.add(Difference{kind, operator(w), w.Name, a, b})
	}
	if g.Op != w.Op {
		diff("kind", g.Op, w.Op)
	}
	if g.Target != w.Target {
		diff("target", g.Target, w.Target)
	}
	if !sameArgs(g, w) {
		diff("args", argsText(g), argsText(w))
	}
	if !g.Val.equal(w.Val) {
		diff("val", g.Val.String(), w.Val.String())
	}
	if g.Tag != w.Tag {
		diff("tag", g.Tag, w.Tag)
	}
	if g.Mark != w.Mark {
		diff("mark", g.Mark.String(), w.Mark.String())
	}
}

func (m Mark) String() string { return [...]string{"none", "false", "true"}[m] }

// sameArgs compares arguments and keywords. Scale and zero point of a per-tensor quantize or dequantize are within the
// tolerance of calibration; the stage qparams tells how near they are.
func sameArgs(g, w Node) bool {
	if len(g.Args) != len(w.Args) || len(g.Kwargs) != len(w.Kwargs) {
		return false
	}
	loose := perTensorQDQ(w.Target)
	for i := range w.Args {
		if loose && (i == 1 && nearScale(g.Args[i].Float, w.Args[i].Float) || i == 2 && nearZero(g.Args[i].Int, w.Args[i].Int)) {
			continue
		}
		if !g.Args[i].equal(w.Args[i]) {
			return false
		}
	}
	return slices.EqualFunc(g.Kwargs, w.Kwargs, func(a, b KwArg) bool { return a.Name == b.Name && a.Arg.equal(b.Arg) })
}

func perTensorQDQ(target string) bool {
	t := strings.TrimPrefix(target, "edge.")
	return t == "quantized_decomposed.quantize_per_tensor.default" ||
		t == "quantized_decomposed.dequantize_per_tensor.default"
}

func nearScale(a, b float64) bool { return relative(a, b) <= looseScale }

func nearZero(a, b int64) bool { return a-b <= 1 && b-a <= 1 }

func (a Arg) equal(b Arg) bool {
	if a.Kind != b.Kind || a.Str != b.Str || a.Int != b.Int || math.Float64bits(a.Float) != math.Float64bits(b.Float) {
		return false
	}
	return slices.EqualFunc(a.List, b.List, Arg.equal)
}

func (v Val) equal(w Val) bool {
	return v.Kind == w.Kind && v.Text == w.Text && slices.EqualFunc(v.List, w.List, Val.equal)
}

func (v Val) String() string {
	if v.Kind == NoVal {
		return "none"
	}
	var p printer
	p.val(v)
	return p.b.String()
}

func argsText(n Node) string {
	var p printer
	printList(&p, n.Args, p.arg)
	for _, k := range n.Kwargs {
		p.raw(" " + k.Name + "=")
		p.arg(k.Arg)
	}
	return p.b.String()
}

func argText(a Arg) string {
	var p printer
	p.arg(a)
	return p.b.String()
}

func nodeText(n Node) string {
	return n.Name + " = " + operator(n) + argsText(n)
}

// renumber gives the tags of got the numbers that want gives to the same nodes, if the two differ in nothing but numbers: after a
// cycle split upstream numbers the pieces from an unordered set.
func renumber(got, want []Node) []Node {
	if len(got) != len(want) {
		return got
	}
	there, back := map[string]string{"": ""}, map[string]string{"": ""}
	same := true
	for i := range got {
		g, w := got[i].Tag, want[i].Tag
		if t, ok := there[g]; ok && t != w {
			return got
		}
		if t, ok := back[w]; ok && t != g {
			return got
		}
		there[g], back[w] = w, g
		same = same && g == w
	}
	if same || !sameKeys(there, back) {
		return got
	}
	out := slices.Clone(got)
	for i := range out {
		out[i].Tag = there[out[i].Tag]
	}
	return out
}

// sameKeys says whether two maps have the same keys: the numbers in use are the same, only given otherwise.
func sameKeys(a, b map[string]string) bool {
	for k := range a {
		if _, ok := b[k]; !ok {
			return false
		}
	}
	return len(a) == len(b)
}
