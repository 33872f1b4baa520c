package eval_test

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"seam/model"
	"seam/model/eval"
	"seam/model/load"
)

// recording is what a golden file of the corpus says about the values that observers saw.
type recording struct {
	Nodes   []recordedNode          `json:"annotated_graph"`
	Groups  map[string]int          `json:"groups"`
	Qparams map[string]recordedSeen `json:"qparams"`
}

type recordedNode struct {
	Name   string            `json:"name"`
	Op     string            `json:"op"`
	Target string            `json:"target"`
	Args   []json.RawMessage `json:"args"`
}

type recordedSeen struct {
	Observer string            `json:"observer"`
	Min      []json.RawMessage `json:"min_val"`
	Max      []json.RawMessage `json:"max_val"`
}

// span is the range of a node's values over all batches.
type span struct{ lo, hi float64 }

func (s span) join(t span) span { return span{min(s.lo, t.lo), max(s.hi, t.hi)} }

var empty = span{math.Inf(1), math.Inf(-1)}

// spans runs every batch and gives each node's range.
func spans(t *testing.T, dir string) (*model.Graph, []span) {
	t.Helper()
	m, err := load.Open(filepath.Join(dir, "model.pt2"))
	if err != nil {
		t.Fatal(err)
	}
	data, err := load.Calib(filepath.Join(dir, "calib.npz"), m)
	if err != nil {
		t.Fatal(err)
	}
	if missing := eval.Missing(m.Graph); len(missing) > 0 {
		t.Fatalf("%s: no kernel: %+v", dir, missing)
	}
	p, err := eval.Compile(m.Graph)
	if err != nil {
		t.Fatal(err)
	}
	out := slices.Repeat([]span{empty}, m.Graph.Len())
	for i, batch := range data.Batches {
		_, err := p.Run(context.Background(), batch, func(n model.NodeID, v *eval.Value) error {
			if v != nil {
				for _, x := range v.F {
					out[n] = out[n].join(span{float64(x), float64(x)})
				}
			}
			return nil
		})
		if err != nil {
			t.Fatalf("%s: batch %d: %v", dir, i, err)
		}
	}
	return m.Graph, out
}

// counterparts ties recorded nodes to traced ones that have the same value: the same name and operator, and inputs tied the
// same way. A convolution into which a batch norm was folded has the batch norm's value.
func counterparts(g *model.Graph, nodes []recordedNode) map[string]model.NodeID {
	recorded := map[string]bool{}
	for _, n := range nodes {
		recorded[n.Name] = true
	}
	tied := map[string]model.NodeID{}
	for _, n := range nodes {
		id := g.ByName(n.Name)
		if id == model.None || g.Node(id).Kind.String() != n.Op || n.Op == "call_function" && !sameCall(g, id, n, tied) {
			continue
		}
		tied[n.Name] = id
		u := g.Users(id)
		if n.Op == "call_function" && len(u) == 1 && g.Node(u[0]).Target == "aten.batch_norm.default" && !recorded[g.Node(u[0]).Name] {
			tied[n.Name] = u[0]
		}
	}
	return tied
}

// sameCall compares the operator and the inputs other than constants.
func sameCall(g *model.Graph, id model.NodeID, n recordedNode, tied map[string]model.NodeID) bool {
	if g.Node(id).Target != n.Target {
		return false
	}
	var traced []model.NodeID
	for _, p := range g.In(id) {
		if g.Node(p).Kind != model.GetAttr {
			traced = append(traced, p)
		}
	}
	var names []string
	for _, raw := range n.Args {
		names = appendNames(names, raw)
	}
	k := 0
	for _, name := range names {
		p, ok := tied[name]
		switch {
		case !ok:
			if q := g.ByName(name); q == model.None && strings.HasSuffix(name, "_bias") {
				continue // a bias that folding added
			}
			return false
		case g.Node(p).Kind == model.GetAttr:
			continue
		case k >= len(traced) || traced[k] != p:
			return false
		}
		k++
	}
	return k == len(traced)
}

// appendNames lists the nodes in a recorded argument, each once.
func appendNames(names []string, raw json.RawMessage) []string {
	switch raw[0] {
	case '[':
		var l []json.RawMessage
		_ = json.Unmarshal(raw, &l)
		for _, e := range l {
			names = appendNames(names, e)
		}
	case '"':
		if name := strings.Trim(string(raw), `"%`); raw[1] == '%' && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// compareSeen checks every observer of activations whose places are all tied, and gives how many those are.
func compareSeen(t *testing.T, file string, rec recording, tied map[string]model.NodeID, seen []span) int {
	t.Helper()
	want := map[int]span{}
	open := map[int]bool{}
	for place, group := range rec.Groups {
		from, _, _ := strings.Cut(place, "->")
		id, ok := tied[from]
		if !ok {
			open[group] = true
			continue
		}
		if _, ok := want[group]; !ok {
			want[group] = empty
		}
		want[group] = want[group].join(seen[id])
	}
	checked := 0
	for key, q := range rec.Qparams {
		group, _ := strconv.Atoi(key)
		if q.Observer != "HistogramObserver" || len(q.Min) != 1 || open[group] {
			continue
		}
		lo, hi := jsonFloat(q.Min[0]), jsonFloat(q.Max[0])
		limit := 1e-5 * max(math.Abs(lo), math.Abs(hi))
		got := want[group]
		if !(math.Abs(got.lo-lo) <= limit && math.Abs(got.hi-hi) <= limit) {
			t.Errorf("%s: group %d is %v..%v, want %v..%v", file, group, got.lo, got.hi, lo, hi)
		}
		checked++
	}
	return checked
}

// TestCorpus compares the ranges of all values with what the recorded observers saw.
func TestCorpus(t *testing.T) {
	root := os.Getenv("SEAM_CORPUS")
	if root == "" {
		t.Skip("SEAM_CORPUS is not set")
	}
	total := 0
	for _, kind := range []string{"models", "random", "ops"} {
		dirs, _ := filepath.Glob(filepath.Join(root, kind, "*"))
		for _, dir := range dirs {
			total += compareCase(t, dir)
		}
	}
	if total == 0 {
		t.Fatal("nothing was compared")
	}
	t.Logf("%d observers compared", total)
}

func compareCase(t *testing.T, dir string) int {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join(dir, "golden-*.json"))
	if len(files) == 0 {
		return 0
	}
	g, seen := spans(t, dir)
	checked := 0
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var rec recording
		if err := json.Unmarshal(data, &rec); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		checked += compareSeen(t, file, rec, counterparts(g, rec.Nodes), seen)
	}
	return checked
}
