package pt2

import (
	"math"
	"strings"
	"testing"

	"seam/model"
)

func TestInfix(t *testing.T) {
	tests := []struct{ in, want string }{
		{"Symbol('s77', positive=True, integer=True)", "s77"},
		{"Mul(Integer(2), Symbol('s48', positive=True, integer=True))", "2*s48"},
		{"Add(Symbol('s77', integer=True), Integer(1))", "s77 + 1"},
		{"Add(Integer(-1), Mul(Integer(2), Symbol('s48')))", "2*s48 - 1"},
		{"Add(Mul(Integer(-1), Symbol('s0')), Integer(4))", "-s0 + 4"},
		{"Mul(Integer(2), Add(Symbol('s0'), Integer(1)))", "2*(s0 + 1)"},
		{"Pow(Symbol('s77'), Integer(2))", "s77**2"},
		{"Pow(Add(Symbol('s77'), Integer(1)), Integer(-1))", "(s77 + 1)**(-1)"},
		{"FloorDiv(Add(Symbol('s0'), Integer(1)), Integer(2))", "((s0 + 1)//2)"},
		{"Max(Symbol('s17'), Symbol('s77'))", "Max(s17, s77)"},
		{"GreaterThan(Symbol('u0', integer=True), Integer(1))", "u0 >= 1"},
		{"StrictLessThan(Symbol('u0'), Integer(1))", "u0 < 1"},
		{"Unequality(Symbol('u0'), Integer(1))", "Ne(u0, 1)"},
		{"Mul(Float('1.5', precision=53), ToFloat(Symbol('s77')))", "1.5*ToFloat(s77)"},
		{"2*s0", "2*s0"},
		{"s77 + 1", "s77 + 1"},
		{"Add(Symbol('s0'", "Add(Symbol('s0'"},
		{"__import__('os').system('true')", "__import__('os').system('true')"},
		{"\x1b[31mred", "[31mred"},
		{"", ""},
	}
	for _, tt := range tests {
		if got := infix(tt.in); got != tt.want {
			t.Errorf("infix(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
	if deep := strings.Repeat("Add(", 1000); infix(deep) != deep {
		t.Error("deep nesting is not left as it is")
	}
}

func TestPyFloat(t *testing.T) {
	for f, want := range map[float64]string{
		0: "0.0", 1: "1.0", 0.1: "0.1", -2.5: "-2.5", 1e-5: "1e-05", 1e-4: "0.0001", 1e15: "1000000000000000.0", 1e16: "1e+16",
		math.Inf(1): "inf", math.Inf(-1): "-inf", 1.5e300: "1.5e+300",
	} {
		if got := pyFloat(f); got != want {
			t.Errorf("pyFloat(%g) = %s, want %s", f, got, want)
		}
	}
}

func TestUserLine(t *testing.T) {
	conv := []model.Frame{{Type: "my.Net"}, {Path: "c", Type: "torch.nn.modules.conv.Conv1d"}}
	tests := []struct {
		name, trace, want string
		line              int
	}{
		{"user only", "File \"m.py\", line 8, in forward\n    y = x + 1", "m.py y = x + 1", 8},
		{"library by folder", "File \"m.py\", line 8, in forward\n    self.c(x)\n  File \"/lib/torch/nn/modules/conv.py\", line 3, in forward\n    z", "m.py self.c(x)", 8},
		{"library by name", "File \"m.py\", line 8, in forward\n  File \"conv.py\", line 3, in forward\n  File \"functional.py\", line 4, in f", "m.py ", 8},
		{"strict", "  File \"/l/torch/_dynamo/functional_export.py\", line 2, in x\n    q\n  File \"C:\\m:1.py\", line 9, in forward\n    a(b)\n    ^^^^\n", "C:\\m:1.py a(b)", 9},
		{"generated", "File \"m.py\", line 8, in forward\n  File \"<eval_with_key>.1\", line 2, in forward", "m.py ", 8},
		{"torch only", "File \"torch/nn/modules/linear.py\", line 134, in forward\n    F.linear()", "torch/nn/modules/linear.py F.linear()", 134},
		{"none", "", " ", 0},
	}
	for _, tt := range tests {
		l := userLine(tt.trace, conv)
		if got := l.File + " " + l.Text; got != tt.want || l.Line != tt.line {
			t.Errorf("%s: %q line %d, want %q line %d", tt.name, got, l.Line, tt.want, tt.line)
		}
	}
}

func TestParseModules(t *testing.T) {
	got := parseModules("L__self__,,m.Net;L__self__a@1,a.slice(0, 5, None),m.Net.<locals>.A[int, str];broken,entry;" +
		"_empty_nn_module_stack_from_metadata_hook,_empty_nn_module_stack_from_metadata_hook,x")
	want := []model.Frame{{Key: "L__self__", Type: "m.Net"}, {Key: "L__self__a@1", Path: "a.slice(0, 5, None)", Type: "m.Net.<locals>.A[int, str]"}}
	if len(got) != len(want) || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("got %v", got)
	}
}

func TestMark(t *testing.T) {
	for custom, want := range map[string]model.Mark{
		`{"_arm_annotation_info": {"quantized": true}}`:                      model.MarkedQuantized,
		`{"x": NaN, "_arm_annotation_info": {"quantized": false, "y": [1]}}`: model.MarkedFloat,
		`{"x": 1}`:                              model.NoMark,
		`{"_arm_annotation_info": {"quanti`:     model.NoMark,
		`{"_arm_annotation_info": "quantized"}`: model.NoMark,
	} {
		if got := newMetaReader().mark(custom, newBudget(0)); got != want {
			t.Errorf("%s: mark %d, want %d", custom, got, want)
		}
	}
}
