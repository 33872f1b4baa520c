package pt2

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"seam/model"
)

// recordedNode is a node of a recording's annotated_graph.
type recordedNode struct {
	Name   string
	Op     string
	Target string
	Args   json.RawMessage
	Kwargs json.RawMessage
	Val    json.RawMessage
}

func readRecording(t *testing.T, path string) []recordedNode {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var rec struct {
		Annotated []recordedNode `json:"annotated_graph"`
	}
	if err := json.Unmarshal(data, &rec); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return rec.Annotated
}

func corpus(t *testing.T) string {
	dir := os.Getenv("SEAM_CORPUS")
	if dir == "" {
		t.Skip("SEAM_CORPUS is not set")
	}
	return dir
}

func readFile(t *testing.T, path string) (*Program, error) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	return Read(f, st.Size(), filepath.Base(path))
}

// line writes a recorded node as text.
func (n recordedNode) line() string {
	s := n.Name + " " + n.Op + " " + strings.TrimPrefix(n.Target, "torch.ops.")
	for _, part := range []json.RawMessage{n.Args, n.Kwargs, n.Val} {
		s += " " + canonical(part)
	}
	return s
}

func canonical(raw json.RawMessage) string {
	if raw == nil || string(raw) == "null" {
		return "-"
	}
	dec := json.NewDecoder(strings.NewReader(string(raw)))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return err.Error()
	}
	out, _ := json.Marshal(v)
	return string(out)
}

// nodeLine writes node id of g as a recording does.
func nodeLine(g *model.Graph, id model.NodeID) string {
	n := g.Node(id)
	s := n.Name + " " + n.Kind.String() + " " + n.Target
	args, kwargs, val := "-", "-", "-"
	if len(n.Args) > 0 {
		args = argText(g, model.ListArg(n.Args...))
	}
	if len(n.Kwargs) > 0 {
		m := map[string]json.RawMessage{}
		for _, k := range n.Kwargs {
			m[k.Name] = json.RawMessage(argText(g, k.Arg))
		}
		out, _ := json.Marshal(m)
		kwargs = string(out)
	}
	syms := g.SymbolTexts()
	switch t := n.Type; t.Kind {
	case model.TensorKind:
		val = strconv.Quote(t.T.Format(syms))
	case model.ListKind:
		var l []string
		for _, e := range t.List {
			l = append(l, e.Format(syms))
		}
		out, _ := json.Marshal(l)
		val = string(out)
	case model.SymKind:
		out, _ := json.Marshal(map[string]string{"sym": t.Text})
		val = string(out)
	}
	return s + " " + args + " " + kwargs + " " + val
}

func argText(g *model.Graph, a model.Arg) string {
	var v any
	switch a.Kind {
	case model.ArgNode:
		v = "%" + g.Node(a.Node).Name
	case model.ArgInt:
		v = a.Int
	case model.ArgFloat:
		if v = json.Number(pyFloat(a.Float)); math.IsInf(a.Float, 0) || a.Float != a.Float {
			v = map[string]string{"float": pyFloat(a.Float)}
		}
	case model.ArgBool:
		v = a.Int != 0
	case model.ArgStr:
		v = map[string]string{"str": a.Str}
	case model.ArgConst:
		v = map[string]string{"const": a.Str}
	case model.ArgList:
		l := []json.RawMessage{}
		for _, e := range a.List {
			l = append(l, json.RawMessage(argText(g, e)))
		}
		v = l
	}
	out, _ := json.Marshal(v)
	return string(out)
}

// TestRecordings compares the graphs of the corpus with the recordings of what the quantizer was given. Recordings of graphs
// that a pass traced anew are left out. What upstream did before recording is done here too: nodes without users and
// run-time assertions go, and so do products with one; batch norms behind a convolution or linear with a bias are folded
// into it.
func TestRecordings(t *testing.T) {
	same := 0
	for _, path := range corpusCases(t, "models", "ops", "random") {
		p, err := readFile(t, path)
		if err != nil {
			t.Error(err)
			continue
		}
		recs, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "golden-*.json"))
		if len(recs) == 0 {
			continue
		}
		rec := readRecording(t, recs[0])
		if len(rec) == 0 || retraced(rec) {
			continue
		}
		if d := difference(rec, untransformed(t, p.Graph)); d == "" {
			same++
		} else if !rewritten(rec, p.Graph) {
			t.Errorf("%s: annotated graph: %s", filepath.Base(filepath.Dir(path)), d)
		}
	}
	if same < 465 {
		t.Errorf("only %d graphs are as recorded", same)
	}
	t.Logf("%d graphs are as recorded", same)
}

func corpusCases(t *testing.T, folders ...string) []string {
	var out []string
	for _, f := range folders {
		cases, err := filepath.Glob(filepath.Join(corpus(t), f, "*", "model.pt2"))
		if err != nil || len(cases) == 0 {
			t.Fatalf("no cases in %s: %v", f, err)
		}
		out = append(out, cases...)
	}
	return out
}

// retraced says whether a pass traced the graph anew: constants are renamed then, and the output has a type.
func retraced(rec []recordedNode) bool {
	return slices.ContainsFunc(rec, func(n recordedNode) bool {
		return n.Op == "get_attr" && strings.Contains(n.Target, "_constant") || n.Op == "output" && n.Val != nil
	})
}

// rewritten says whether the recording has operators or constants that the program does not have: a pass rewrote it.
func rewritten(rec []recordedNode, g *model.Graph) bool {
	have := map[string]bool{}
	for i := range g.Len() {
		have[g.Node(model.NodeID(i)).Target] = true
	}
	return slices.ContainsFunc(rec, func(n recordedNode) bool { return !have[strings.TrimPrefix(n.Target, "torch.ops.")] })
}

// untransformed is g with what upstream takes out before it records.
func untransformed(t *testing.T, g *model.Graph) *model.Graph {
	b := model.Edit(g)
	for n := b.First(); n != model.None; n = b.Next(n) {
		x := b.Node(n)
		if x.Target == "aten.mul.Tensor" && x.Args[1].Equal(model.FloatArg(1)) {
			b.ReplaceUses(n, x.Args[0].Node, n)
		}
		if x.Target != "aten.batch_norm.default" || x.Args[0].Kind != model.ArgNode {
			continue
		}
		if c := x.Args[0].Node; len(b.Node(c).Args) > 2 && b.Node(c).Args[2].Kind == model.ArgNode && b.UserCount(c) == 1 {
			b.ReplaceUses(n, c, n)
		}
	}
	for n := b.Last(); n != model.None; {
		prev := b.Prev(n)
		x := b.Node(n)
		dead := x.Kind != model.Placeholder && x.Kind != model.Output && !strings.HasSuffix(model.PacketName(x.Target), "_")
		if dead && b.UserCount(n) == 0 {
			b.Erase(n)
		}
		n = prev
	}
	out, _, err := b.Freeze()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// difference is the first node that is not as recorded, "" if none.
func difference(rec []recordedNode, g *model.Graph) string {
	for i := range max(len(rec), g.Len()) {
		want, got := "(nothing)", "(nothing)"
		if i < len(rec) {
			want = rec[i].line()
		}
		if i < g.Len() {
			got = nodeLine(g, model.NodeID(i))
		}
		if want != got {
			return fmt.Sprintf("node %d is\n  %s\nrecorded\n  %s", i, got, want)
		}
	}
	return ""
}
