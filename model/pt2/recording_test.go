package pt2

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
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
	if raw == nil {
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

func TestRecordings(t *testing.T) {
	dir := corpus(t)
	same, differ, retraced := 0, 0, 0
	for _, folder := range []string{"models", "ops", "random"} {
		cases, _ := filepath.Glob(filepath.Join(dir, folder, "*", "model.pt2"))
		for _, path := range cases {
			p, err := readFile(t, path)
			if err != nil {
				t.Errorf("%v", err)
				continue
			}
			recs, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "golden-*.json"))
			rec := readRecording(t, recs[0])
			re := false
			for _, n := range rec {
				if n.Op == "get_attr" && strings.Contains(n.Target, "_constant") || n.Op == "output" && n.Val != nil {
					re = true
				}
			}
			if re {
				retraced++
				continue
			}
			d := ""
			for i := range rec {
				if i >= p.Graph.Len() || rec[i].line() != nodeLine(p.Graph, model.NodeID(i)) {
					d = fmt.Sprintf("%d\n   %s\n", i, rec[i].line())
					if i < p.Graph.Len() {
						d += "   " + nodeLine(p.Graph, model.NodeID(i))
					}
					break
				}
			}
			if d == "" && len(rec) == p.Graph.Len() {
				same++
			} else {
				differ++
				fmt.Println(filepath.Base(filepath.Dir(path)), d, len(rec), p.Graph.Len())
			}
			if len(p.Warnings) > 0 {
				fmt.Println(path, p.Warnings)
			}
		}
	}
	fmt.Println(same, differ, retraced)
}
