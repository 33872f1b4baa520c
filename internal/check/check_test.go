package check

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"seam/internal/snapshot"
)

// partition is a snapshot with four operators on the NPU and three on the CPU: one that no list holds, one in place, one refused.
func partition() *snapshot.Doc {
	scale, other, zero := 0.5, 0.25, int64(0)
	host := &snapshot.Placement{Kind: "host", ID: "H1"}
	unmarked := []snapshot.Refusal{{Rule: "P-ARM-QUANTIZED", Text: "not marked", First: true}}
	return &snapshot.Doc{
		Stages: []string{"traced", "partitioned"},
		Nodes: []snapshot.Node{
			{
				ID: 0, Name: "cat", Op: "aten.cat.default", Traced: "aten.concat.default", Source: "net.py:7", Placement: host, Refusals: unmarked,
				Annotated: "concat", In: []snapshot.Port{{From: "a"}, {From: "b"}},
			},
			{ID: 1, Name: "silu", Op: "aten.silu.default", Traced: "aten.silu_.default", Placement: host, Refusals: unmarked, Annotated: "silu_"},
			{ID: 2, Name: "argmax", Op: "aten.argmax.default", Placement: host},
		},
		Groups: []snapshot.Group{
			{Members: []string{"a"}, Scale: &scale, ZeroPoint: &zero},
			{Members: []string{"b"}, Scale: &other, ZeroPoint: &zero},
			{Members: []string{"concat->x"}},
		},
		Boundaries: []snapshot.Boundary{{ID: "B1", From: "D1", To: "H1", Tensors: []snapshot.Tensor{
			{Node: 2, Name: "argmax", DType: "int8"}, {Node: 1, Name: "silu", DType: "float32"},
		}}},
		Findings: []snapshot.Finding{
			{ID: "alias-missing", Text: "concat is missing", Count: 1, Nodes: []int{0}, Family: "shared.concat", Cause: "C2"},
			{ID: "refused", Text: "silu: not marked", Count: 1, Nodes: []int{1}, Cause: "C1"},
			{ID: "refused", Text: "argmax: no", Count: 1, Nodes: []int{2}},
			{ID: "near-join", Text: "D1 and D2", Count: 1},
		},
		Causes:  []snapshot.Cause{{ID: "C1", Of: "silu", Verdict: "v"}, {ID: "C2", Of: "cat", Verdict: "w", Steps: []snapshot.Step{{Stage: "traced", Text: "so"}}}},
		Summary: snapshot.Summary{Delegates: 2, Stranded: 3, OnNPU: 4, BoundaryBytes: 1000},
	}
}

func TestRules(t *testing.T) {
	tests := []struct{ name, rules, want string }{ // the results that fail; "" for none
		{"none", "", ""},
		{"delegates", "max-delegates: 1", "max-delegates: 2 delegates, at most 1"},
		{"delegates allowed", "max-delegates: 2", ""},
		{"stranded", "max-stranded-ops: 2", "max-stranded-ops: 3 operators on the CPU, at most 2"},
		{"allowed by the operator", "max-stranded-ops: 2\nallow: [{op: aten.argmax.*, reason: last}]", ""},
		{"allowed by the traced operator", "max-stranded-ops: 2\nallow: [{op: aten.silu_.*, reason: x}]", ""},
		{"allowed by the finding", "max-stranded-ops: 1\nallow: [{finding: refused, reason: x}]", ""},
		{"both must match", "max-stranded-ops: 2\nallow: [{finding: alias-missing, op: aten.argmax.*, reason: x}]", "max-stranded-ops: 3 operators on the CPU, at most 2"},
		{"all allowed", "max-stranded-ops: 0\nmin-delegated-percent: 100\nforbid: [stranded, unequal-scales, inplace-unannotated, alias-missing, refused]\nallow: [{finding: stranded, reason: x}]", ""},
		{"bytes", "max-boundary-bytes: 999", "max-boundary-bytes: 1000 bytes cross per inference, at most 999"},
		{"bytes allowed", "max-boundary-bytes: 1kB", ""},
		{"percent", "min-delegated-percent: 60", "min-delegated-percent: 57.14 % of the operators are delegated, at least 60 %"},
		{"percent without what is allowed", "min-delegated-percent: 80\nallow: [{op: \"*sil*\", reason: x}, {op: \"*argmax*\", reason: x}]", ""},
		{"alias", "forbid: [alias-missing]", "forbid alias-missing: concat is missing x1"},
		{"refused", "forbid: [refused]", "forbid refused: silu: not marked x1; argmax: no x1"},
		{"in place", "forbid: [inplace-unannotated]", "forbid inplace-unannotated: aten.silu_.default changes its input in place, and no list holds it x1"},
		{"scales", "forbid: [unequal-scales]", "forbid unequal-scales: aten.concat.default stands between unequal scales; shared.concat would make them one x1"},
		{"dtype", "forbid: [boundary-dtype]", "forbid boundary-dtype: silu crosses from D1 to H1 as float32 x1"},
		{"not about the CPU", "forbid: [near-join]", "forbid near-join: D1 and D2 x1"},
		{"not there", "forbid: [shapes]", ""},
	}
	for _, x := range tests {
		rules, err := ReadRules(strings.NewReader(x.rules), "r.yaml")
		if err != nil {
			t.Fatalf("%s: %v", x.name, err)
		}
		rep := Run(partition(), rules, nil)
		var got []string
		for _, r := range rep.Results {
			if !r.OK {
				got = append(got, r.Rule+": "+r.Text)
			}
		}
		if s := strings.Join(got, "\n"); s != x.want || rep.Passed != (x.want == "") {
			t.Errorf("%s: passed %v, %q, want %q", x.name, rep.Passed, s, x.want)
		}
	}
}

func TestBaseline(t *testing.T) {
	tests := []struct {
		name, rules      string
		delegates, bytes int // of the baseline
		host             int // operators on the CPU taken out of the baseline
		want             string
	}{
		{"equal", "", 2, 1000, 0, ""},
		{"better", "", 3, 2000, 0, ""},
		{"more delegates", "", 1, 1000, 0, "max-increase delegates"},
		{"more operators", "", 2, 1000, 1, "max-increase stranded-ops"},
		{"more bytes", "", 2, 999, 0, "max-increase boundary-bytes"},
		{"within a percentage", "max-increase: {boundary-bytes: 5%}", 1, 953, 2, ""},
		{"above a percentage", "max-increase: {boundary-bytes: 5%}", 1, 952, 2, "max-increase boundary-bytes"},
		{"within a number", "max-increase: {delegates: 1}", 1, 0, 0, ""},
		{"allowed ones do not count", "max-increase: {stranded-ops: 0}\nallow: [{op: aten.cat.*, reason: x}]", 2, 1000, 1, ""},
	}
	for _, x := range tests {
		rules, err := ReadRules(strings.NewReader(x.rules), "r.yaml")
		if err != nil {
			t.Fatal(err)
		}
		base := partition()
		base.Summary.Delegates, base.Summary.BoundaryBytes = x.delegates, int64(x.bytes)
		for i := range x.host {
			base.Nodes[i].Placement = &snapshot.Placement{Kind: "npu"}
		}
		var got []string
		for _, r := range Run(partition(), rules, base).Results {
			if !r.OK {
				got = append(got, r.Rule)
			}
		}
		if s := strings.Join(got, " "); s != x.want {
			t.Errorf("%s: %q fails, want %q", x.name, s, x.want)
		}
	}
}

// TestEndedEarly must not pass what was not partitioned.
func TestEndedEarly(t *testing.T) {
	d := &snapshot.Doc{Stages: []string{"traced"}, Failed: &snapshot.Failure{Text: "no\nrule"}}
	rep := Run(d, &Rules{}, nil)
	if rep.Passed || rep.Results[0].Rule != "partitioned" || rep.Results[0].Text != "no rule" {
		t.Errorf("%+v", rep)
	}
}

func TestFormats(t *testing.T) {
	one, all := Count(1), Count(0)
	rep := Run(partition(), &Rules{MaxDelegates: &one, MaxStranded: &all, Allow: []Allow{{Op: "none", Reason: "old"}}}, nil)
	want := map[string][]string{
		"text":   {"FAIL max-delegates: 2 delegates, at most 1 (why: C1, C2)", "C2 cat: w\n   1. traced: so", "allow none is not needed"},
		"json":   {`"causes": [`, `"unused_allow": [`},
		"junit":  {`failures="2"`, "cat: w"},
		"sarif":  {`"startLine": 7`, `"ruleId": "max-stranded-ops"`},
		"github": {"::error file=net.py,line=7,title=seam max-delegates::max-delegates: 2 delegates, at most 1%0A%0Asilu: v", "why: see max-delegates", "::notice"},
	}
	for _, f := range Formats() {
		var b bytes.Buffer
		if err := rep.Write(&b, f); err != nil {
			t.Errorf("%s: %v", f, err)
		}
		for _, w := range want[f] {
			if !strings.Contains(b.String(), w) {
				t.Errorf("%s: no %q in\n%s", f, w, b.String())
			}
		}
		if (f == "json" || f == "sarif") && !json.Valid(b.Bytes()) {
			t.Errorf("%s is no JSON", f)
		}
	}
	if s := property("a:b,c%\n"); s != "a%3Ab%2Cc%25%0A" {
		t.Errorf("a property is escaped as %s", s)
	}
}
