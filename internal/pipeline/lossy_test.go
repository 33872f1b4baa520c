package pipeline_test

import (
	"testing"

	"seam/internal/pipeline"
	"seam/model"
	"seam/quant"
	"seam/tosa"
)

// TestLossy counts the places of each rule, and finds those of a node.
func TestLossy(t *testing.T) {
	res := *run(t, sample(t), static("1.5.1", quant.Composable))
	if l := res.Lossy(); len(l) != 0 {
		t.Fatalf("the sample loses %+v", l)
	}
	a, b := model.Rule{ID: "T-A"}, model.Rule{ID: "T-B"}
	one := *res.Delegates[0]
	one.Notes = []tosa.Note{
		{Rule: a, Text: "first", Nodes: []model.NodeID{3, 4}},
		{Rule: b, Text: "other", Nodes: []model.NodeID{4}},
		{Rule: a, Text: "second", Nodes: []model.NodeID{5}},
	}
	res.Delegates = []*tosa.Lowered{&one}
	got := res.Lossy()
	want := []pipeline.LossyRule{
		{Rule: a, Text: "first", Count: 2, Node: res.Edge.Graph.Node(3).Name},
		{Rule: b, Text: "other", Count: 1, Node: res.Edge.Graph.Node(4).Name},
	}
	if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("%+v, want %+v", got, want)
	}
	for n, want := range map[model.NodeID]int{2: 0, 3: 1, 4: 2, 5: 1} {
		if got := res.LossyAt(0, n); len(got) != want {
			t.Errorf("node %d: %d losses, want %d", n, len(got), want)
		}
	}
	if got := res.LossyAt(1, 4); got != nil {
		t.Errorf("a delegate that is not there loses %+v", got)
	}
	all := res.AllFindings()
	if len(all) != len(res.Findings())+2 {
		t.Fatalf("%d findings, want one more a rule than %d", len(all), len(res.Findings()))
	}
	f := all[len(all)-2]
	if f.ID != pipeline.FindingLossy || f.Rule != a || f.Count != 2 || f.Text != "first" {
		t.Errorf("finding %+v", f)
	}
	acc := pipeline.Accuracy{Nodes: make([]pipeline.Loss, res.Edge.Graph.Len())}
	acc.Nodes[3], acc.Nodes[5] = pipeline.Loss{Known: true, SQNR: 30}, pipeline.Loss{Known: true, SQNR: 12}
	if l, n := acc.At([]model.NodeID{3, 4, 5}); n != 5 || l.SQNR != 12 {
		t.Errorf("the largest loss is %v at %d, want 12 dB at 5", l, n)
	}
	if _, n := acc.At([]model.NodeID{4}); n != model.None {
		t.Errorf("an unknown loss is at %d", n)
	}
}
