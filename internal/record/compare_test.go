package record

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

// base is a small real recording: a convolution, a clamp, one delegate.
const base = "testdata/conv.json"

// edited is the base recording with texts replaced in its JSON.
func edited(t *testing.T, pairs ...string) *Recording {
	t.Helper()
	data, err := os.ReadFile(base)
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			t.Fatalf("%s has no %q", base, pairs[i])
		}
		text = strings.Replace(text, pairs[i], pairs[i+1], 1)
	}
	r, err := Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestCompareFinds plants one difference of every kind, and looks for it where it was planted.
func TestCompareFinds(t *testing.T) {
	const (
		act  = `"0":{"scale":[0.06487521529197693],"zero_point":[6]`
		node = `{"name":"hardtanh","op":"call_function","target":"aten.hardtanh.default","args":["%conv2d",0.0,6.0],` +
			`"val":"float32[1,3,62,62]","arm_quantized":true}`
	)
	tests := []struct {
		name     string
		old, new string
		stage    Stage
		kind     string
	}{
		{"target", `aten.hardtanh.default`, `aten.relu6.default`, StageAnnotated, "target"},
		{"args", `"%conv2d",0.0,6.0`, `"%conv2d",0,6.0`, StageAnnotated, "args"},
		{"val", `"float32[1,3,62,62]"`, `"float32[1,3,62,61]"`, StageAnnotated, "val"},
		{"mark", `"arm_quantized":true`, `"arm_quantized":false`, StageAnnotated, "mark"},
		{"kind", `"op":"placeholder"`, `"op":"get_attr"`, StageAnnotated, "kind"},
		{"name", `{"name":"hardtanh"`, `{"name":"hardtanh_1"`, StageAnnotated, "name"},
		{"missing node", node + ",", ``, StageAnnotated, "missing node"},
		{"extra node", node, strings.Replace(node, "hardtanh", "more", 1) + "," + node, StageAnnotated, "extra node"},
		{"keyword", `"args":["%conv2d",0.0,6.0]`, `"args":["%conv2d",0.0,6.0],"kwargs":{"a":1}`, StageAnnotated, "args"},
		{"spec", `"conv2d_weight->conv2d":1`, `"conv2d_weight->conv2d":0`, StageAnnotations, "spec"},
		{"shared", `"hardtanh->output":0`, `"hardtanh->output":{"shared":"hardtanh"}`, StageAnnotations, "spec"},
		{"null", `"hardtanh->output":0`, `"hardtanh->output":null`, StageAnnotations, "spec"},
		{"missing place", `,"hardtanh->output":0`, ``, StageAnnotations, "missing place"},
		{"extra place", `"hardtanh->output":0`, `"conv2d":0,"hardtanh->output":0`, StageAnnotations, "extra place"},
		{"order of places", `"x":0,"x->conv2d":0`, `"x->conv2d":0,"x":0`, StageAnnotations, "order of places"},
		{"split", `"hardtanh":3,"hardtanh->output":3`, `"hardtanh":3,"hardtanh->output":4`, StageGroups, "split"},
		{"joined", `"conv2d_bias->conv2d":2,"hardtanh":3`, `"conv2d_bias->conv2d":1,"hardtanh":3`, StageGroups, "joined"},
		{"scale", act, `"0":{"scale":[0.07],"zero_point":[6]`, StageQParams, "scale"},
		{"near scale", act, `"0":{"scale":[0.06488],"zero_point":[6]`, StageQParams, "scale, near"},
		{"zero point", act, `"0":{"scale":[0.06487521529197693],"zero_point":[7]`, StageQParams, "zero point"},
		{"weight scale", `"scale":[0.0015137494774535298]`, `"scale":[0.00151374947745353]`, StageQParams, "weight scale"},
		{"bias scale", `"scale":[9.820482227951288e-05]`, `"scale":[9.8e-05]`, StageQParams, "bias scale"},
		{"observer", `"observer":"HistogramObserver"},"1"`, `"observer":"MinMaxObserver"},"1"`, StageQParams, "observer"},
		{"no answer", `"3":{"scale"`, `"9":{"scale"`, StageQParams, "no answer"},
		{"scale of Q", `"%x",0.06487521529197693,6`, `"%x",0.0650,6`, StageConverted, "args"},
		{"range of Q", `"%x",0.06487521529197693,6,-128`, `"%x",0.06487521529197693,6,-127`, StageConverted, "args"},
		{"edge operator", `edge.aten.convolution.default`, `edge.aten.conv.default`, StageEdge, "target"},
		{"tag", `,"tag":"tag0"`, ``, StageEdge, "tag"},
		{"rejection", `"rejections":{}`, `"rejections":{"x":"why"}`, StageRejections, "extra reason"},
		{"tags", `"tags":["tag0"]`, `"tags":["tag1"]`, StageTags, "tags"},
		{"lowered", `"target":"torch.ops.higher_order.executorch_call_delegate"`, `"target":"other"`, StageLowered, "target"},
		{"delegates", `"delegates":1`, `"delegates":2`, StageDelegates, "delegates"},
		{"outcome", `"ok":true`, `"ok":false,"error":"x","failed_in":"lower"`, StageOutcome, "outcome"},
	}
	for _, x := range tests {
		t.Run(x.name, func(t *testing.T) {
			d := Compare(edited(t, x.old, x.new), edited(t))
			s := d.Stages[x.stage]
			if s.State != Different || len(s.First) == 0 || s.First[0].Kind != x.kind {
				t.Errorf("%s: %s, %+v; want a difference %q", x.stage, s.State, s.First, x.kind)
			}
		})
	}
}

// TestCompareAllows changes what is not to count.
func TestCompareAllows(t *testing.T) {
	tests := []struct{ name, old, new string }{
		{"numbers of groups", `"groups":{"x":0,"x->conv2d":0`, `"groups":{"x":7,"x->conv2d":7`},
		{"scale of Q within the tolerance", `"%x",0.06487521529197693,6`, `"%x",0.06488,7`},
		{"what an observer saw", `"min_val":[-8.68656063079834]`, `"min_val":[-8.7]`},
	}
	for _, x := range tests {
		t.Run(x.name, func(t *testing.T) {
			more := []string{x.old, x.new}
			if x.name == "numbers of groups" {
				more = append(more, `"qparams":{"0"`, `"qparams":{"7"`)
			}
			d := Compare(edited(t, more...), edited(t))
			for s := range NumStages {
				if d.Stages[s].State != Equal {
					t.Errorf("%s: %s, %+v", s, d.Stages[s].State, d.Stages[s].First)
				}
			}
		})
	}
}

// The order of a list that upstream prints from a set does not count; its contents do.
func TestOrderedTypes(t *testing.T) {
	const text = "Output dtype torch.float32 is not supported. Supported output types: "
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{text + "torch.int8, torch.bool", text + "torch.bool, torch.int8", true},
		{text + "torch.int8, torch.bool", text + "torch.bool, torch.int16", false},
		{text + "torch.int8", text + "torch.int8, torch.int8", false},
		{"a, b", "b, a", false},
	} {
		got := &Recording{Rejections: []Rejection{{"x", c.a}}}
		want := &Recording{Rejections: []Rejection{{"x", c.b}}}
		if s := Compare(got, want).Stages[StageRejections].State; (s == Equal) != c.same {
			t.Errorf("%q and %q: %s", c.a, c.b, s)
		}
	}
}

func TestCompareLimits(t *testing.T) {
	want := edited(t)
	got := edited(t)
	got.OK, got.FailedIn = false, "convert"
	got.Converted, got.Edge, got.Rejections, got.Tags, got.Lowered = nil, nil, nil, nil, nil
	d := Compare(got, want)
	if s := d.Stages[StageEdge]; s.State != Different || s.First[0].Kind != "not reached" {
		t.Errorf("a wrong failure: %s, %+v", s.State, s.First)
	}
	got.NotModelled = []Missing{{Operator: "aten.sort.default", Nodes: []string{"sort"}}}
	d = Compare(got, want)
	if s := d.Stages[StageConverted].State; s != NotModelled {
		t.Errorf("converted: %s, want not modelled", s)
	}
	if s := d.Stages[StageOutcome]; s.State != NotModelled || s.First[0].Operator != "aten.sort.default" {
		t.Errorf("outcome: %s %+v, want the operator that is not modelled", s.State, s.First)
	}
	if s := d.Stages[StageQParams].State; s != Equal {
		t.Errorf("qparams: %s, want what was reached to be compared", s)
	}
	if d.Equal() {
		t.Error("a run that is not modelled counts as equal")
	}
	got, want = edited(t), got
	want.NotModelled = nil
	if s := Compare(got, want).Stages[StageEdge].State; s != Absent {
		t.Errorf("edge: %s where upstream failed before it, want absent", s)
	}
}

func TestRenumber(t *testing.T) {
	tagged := func(tags ...string) []Node {
		var out []Node
		for _, s := range tags {
			out = append(out, Node{Name: s, Tag: s})
		}
		return out
	}
	tests := []struct {
		name      string
		got, want []Node
		equal     bool
	}{
		{"same", tagged("tag0", "tag1"), tagged("tag0", "tag1"), true},
		{"pieces swapped", tagged("tag1", "tag0", ""), tagged("tag0", "tag1", ""), true},
		{"other number", tagged("tag1"), tagged("tag0"), false},
		{"joined", tagged("tag0", "tag0"), tagged("tag0", "tag1"), false},
		{"split", tagged("tag0", "tag1"), tagged("tag0", "tag0"), false},
		{"untagged", tagged("tag0", ""), tagged("", "tag0"), false},
	}
	for _, x := range tests {
		equal := true
		for i, n := range renumber(x.got, x.want) {
			equal = equal && n.Tag == x.want[i].Tag
		}
		if equal != x.equal {
			t.Errorf("%s: equal %v, want %v", x.name, equal, x.equal)
		}
	}
}

func TestTally(t *testing.T) {
	var tally Tally
	want := edited(t)
	tally.Add("ops", "a", "c", Compare(want, want))
	tally.Add("ops", "b", "c", Compare(edited(t, `"delegates":1`, `"delegates":2`), want))
	tally.Add("ops", "d", "c", Compare(edited(t, `"tags":["tag0"]`, `"tags":[]`, `"delegates":1`, `"delegates":2`), want))
	if tally.Equal() {
		t.Error("a tally with differences is equal")
	}
	classes := tally.Classes()
	if len(classes) != 2 || classes[0].Stage != StageDelegates || classes[0].Count != 2 || classes[0].Roots != 1 {
		t.Fatalf("classes %v, want delegates twice, once as the first difference", classes)
	}
	const line = "2 (first in 1) delegates: delegates; b c: got 2, want 1"
	if s := classes[0].String(); s != line {
		t.Errorf("line %q, want %q", s, line)
	}
	var b bytes.Buffer
	if err := tally.Table(&b); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(b.String(), "\n"); n > 12 {
		t.Errorf("table of %d lines, want at most 12:\n%s", n, b.String())
	}
	if !strings.Contains(b.String(), "scale 1e-5 100%, 1e-3 100%, zero 100%, weight 100%, bias 100%, range 100%") {
		t.Errorf("table without the shares:\n%s", b.String())
	}
}

func TestRatchet(t *testing.T) {
	var tally Tally
	want := edited(t)
	tally.Add("ops", "a", "c", Compare(want, want))
	var b bytes.Buffer
	if err := tally.Counts.Write(&b); err != nil {
		t.Fatal(err)
	}
	before, err := ReadCounts(&b)
	if err != nil {
		t.Fatal(err)
	}
	if l := tally.Counts.Lower(before); len(l) != 0 {
		t.Errorf("the same counts are lower: %v", l)
	}
	var worse Tally
	worse.Add("ops", "a", "c", Compare(edited(t, `"delegates":1`, `"delegates":2`), want))
	if l := worse.Counts.Lower(before); len(l) != 1 || l[0] != "ops delegates: 0 recordings agree, 1 before" {
		t.Errorf("lower %q, want delegates", l)
	}
	for _, bad := range []string{"ops delegates", "ops nothing 3", "ops delegates x"} {
		if _, err := ReadCounts(strings.NewReader(bad)); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}
