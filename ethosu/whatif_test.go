package ethosu

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"seam/model"
)

// refusedGraph is an operator between quantize and dequantize nodes that two checks refuse: cumprod is in no list and has no mark.
const refusedGraph = `graph edge
%x0 = placeholder x0 : float32[1,4]
%q0 = call_function quantized_decomposed.quantize_per_tensor.default(%x0, 0.5, 0, -128, 127, torch.int8) : int8[1,4]
%d0 = call_function quantized_decomposed.dequantize_per_tensor.default(%q0, 0.5, 0, -128, 127, torch.int8) : float32[1,4]
%cumprod = call_function aten.cumprod.default(%d0, 1) : float32[1,4]
%q1 = call_function quantized_decomposed.quantize_per_tensor.default(%cumprod, 0.5, 0, -128, 127, torch.int8) : int8[1,4]
%d1 = call_function quantized_decomposed.dequantize_per_tensor.default(%q1, 0.5, 0, -128, 127, torch.int8) : float32[1,4]
%abs = call_function aten.abs.default(%d1) : float32[1,4] !quantized
%q2 = call_function quantized_decomposed.quantize_per_tensor.default(%abs, 0.5, 0, -128, 127, torch.int8) : int8[1,4]
%d2 = call_function quantized_decomposed.dequantize_per_tensor.default(%q2, 0.5, 0, -128, 127, torch.int8) : float32[1,4]
%output = output output([%d2]) : (float32[1,4])
`

// What changes do to an operator that two checks refuse, and to one that none does.
func TestWhatIf(t *testing.T) {
	g, err := model.Parse(refusedGraph)
	if err != nil {
		t.Fatal(err)
	}
	cumprod, abs := g.ByName("cumprod"), g.ByName("abs")
	for _, c := range []struct {
		name string
		w    WhatIf
		want string // the operators in a delegate; the reasons, the reported one marked
	}{
		{"none", WhatIf{}, "abs; cumprod P-BASE-TOSA! cumprod P-ARM-QUANTIZED"},
		{"reported check off", WhatIf{Off: []string{"P-BASE-TOSA"}}, "abs; cumprod P-ARM-QUANTIZED!"},
		{"other check off", WhatIf{Off: []string{"P-ARM-QUANTIZED"}}, "abs; cumprod P-BASE-TOSA!"},
		{"both off", WhatIf{Off: []string{"P-ARM-QUANTIZED", "P-BASE-TOSA"}}, "cumprod abs; "},
		{"accepted", WhatIf{Accept: []model.NodeID{cumprod}}, "cumprod abs; "},
		{"refused", WhatIf{Refuse: []model.NodeID{abs}}, "; abs W-CPU! cumprod P-BASE-TOSA! cumprod P-ARM-QUANTIZED"},
		{"refused twice", WhatIf{Refuse: []model.NodeID{cumprod}}, "abs; cumprod P-BASE-TOSA! cumprod P-ARM-QUANTIZED"},
		{"both", WhatIf{Accept: []model.NodeID{cumprod}, Refuse: []model.NodeID{abs}}, "cumprod; abs W-CPU!"},
	} {
		p, err := RunWhatIf(g, Config{Release: "1.5.1", Target: "ethos-u55-128"}, c.w)
		if err != nil {
			t.Fatal(err)
		}
		if got := placed(g, p); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

func placed(g *model.Graph, p *Partitioning) string {
	var in, why []string
	for _, name := range []string{"cumprod", "abs"} {
		if p.PartOf[g.ByName(name)] >= 0 {
			in = append(in, name)
		}
	}
	for _, r := range p.Rejected {
		mark := ""
		if r.First {
			mark = "!"
		}
		why = append(why, fmt.Sprintf("%s %s%s", g.Node(r.Node).Name, r.Rule.ID, mark))
	}
	return strings.Join(in, " ") + "; " + strings.Join(why, " ")
}

// Every support check is known by its rule; the partitioner's own rules are no support checks.
func TestIsCheck(t *testing.T) {
	for _, c := range Checks() {
		if !IsCheck(c.ID) {
			t.Errorf("%s is no check", c.ID)
		}
	}
	for _, id := range []string{"", "P-NO-COMPUTE", "P-FIRST-NODE-FP", RuleKept} {
		if IsCheck(id) {
			t.Errorf("%q is a check", id)
		}
	}
}

// What computes nothing is what the partitioner drops a partition of.
func TestComputes(t *testing.T) {
	g, err := model.Parse(refusedGraph)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for i := range g.Len() {
		if n := model.NodeID(i); g.Node(n).Kind == model.Call && Computes(g, "1.5.1", n) {
			got = append(got, g.Node(n).Name)
		}
	}
	if want := []string{"cumprod", "abs"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
