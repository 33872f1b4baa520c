package model

import (
	"strings"
	"testing"
)

func TestNamespace(t *testing.T) {
	for _, c := range []struct{ why, give, want string }{
		{"the first is free", "relu conv2d", "relu conv2d"},
		{"repeats count from 1", "relu relu relu", "relu relu_1 relu_2"},
		{"builtins are numbered at once", "input sum max abs pow round slice", "input_1 sum_1 max_1 abs_1 pow_1 round_1 slice_1"},
		{"builtins count on", "sum sum", "sum_1 sum_2"},
		{"keywords", "lambda is None", "lambda_1 is_1 None_1"},
		{
			"names of torch.fx itself", "inf nan NoneType torch device fx_pytree pytree",
			"inf_1 nan_1 NoneType_1 torch_1 device_1 fx_pytree_1 pytree_1",
		},
		{"a number that is free is kept", "conv_7 conv", "conv_7 conv"},
		{"a repeat counts on from the last number", "conv_7 conv conv", "conv_7 conv conv_8"},
		{"the last number is the base's, even if lower", "x_5 x_2 x x", "x_5 x_2 x x_3"},
		{"a used number counts on from the last of its base", "x_5 x_5", "x_5 x_6"},
		{"numbers in between are skipped", "x x_1 x", "x x_1 x_2"},
		{"a run of illegal characters is one _", "conv.weight a-+b ab..c", "conv_weight a_b ab_c"},
		{"a leading digit", "0.weight 7", "_0_weight _7"},
		{"nothing left", ". -", "_ __1"},
		{"a dot at the end", "a. a.", "a_ a__1"},
		{"letters outside ASCII are illegal", "größe", "gr_e"},
		{"no base before the number", "_1 _1", "_1 _1_1"},
	} {
		ns := NewNamespace()
		var got []string
		for _, s := range strings.Fields(c.give) {
			name := ns.Create(s)
			if !ns.Used(name) {
				t.Errorf("%s: %s is not marked used", c.why, name)
			}
			got = append(got, name)
		}
		if g := strings.Join(got, " "); g != c.want {
			t.Errorf("%s: %s gives %s, want %s", c.why, c.give, g, c.want)
		}
	}
}

func TestNamespaceOddities(t *testing.T) {
	ns := NewNamespace()
	ns.Reserve("p_weight")
	for _, c := range []struct{ give, want string }{{"", "_unnamed"}, {"p_weight", "p_weight_1"}, {"", "_unnamed_1"}} {
		if got := ns.Create(c.give); got != c.want {
			t.Errorf("Create(%q) = %q, want %q", c.give, got, c.want)
		}
	}
}

func TestCallNames(t *testing.T) {
	for _, c := range []struct{ op, aten, edge string }{
		{"aten.conv2d.default", "conv2d", "aten_conv2d_default"},
		{"aten.add.Tensor", "add", "aten_add_tensor"},
		{"aten.add_.Tensor", "add_", "aten_add__tensor"},
		{"aten.sum.dim_IntList", "sum", "aten_sum_dim_int_list"},
		{"_operator.getitem", "getitem", "getitem"},
		{"quantized_decomposed.quantize_per_tensor.default", "quantize_per_tensor", "quantized_decomposed_quantize_per_tensor_default"},
		{"aten.__or__.Tensor", "or", "aten___or___tensor"},
		{"relu", "relu", "relu"},
	} {
		if got := CallName(c.op); got != c.aten {
			t.Errorf("CallName(%s) = %s, want %s", c.op, got, c.aten)
		}
		if got := EdgeName(c.op); got != c.edge {
			t.Errorf("EdgeName(%s) = %s, want %s", c.op, got, c.edge)
		}
	}
}
