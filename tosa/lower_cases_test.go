package tosa_test

import (
	"context"
	"strings"
	"testing"

	"seam/model"
	"seam/tosa"
)

// lowerText lowers all calls of a graph in text form.
func lowerText(t *testing.T, text string, cfg tosa.Config) *tosa.Lowered {
	t.Helper()
	g, err := model.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	var nodes []model.NodeID
	for i := range g.Len() {
		if g.Node(model.NodeID(i)).Kind == model.Call {
			nodes = append(nodes, model.NodeID(i))
		}
	}
	l, err := tosa.Lower(context.Background(), g, nodes, 0, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestCases lowers small graphs of what the corpus has no file for: q(a) and dq(a) stand for Q and DQ nodes.
func TestCases(t *testing.T) {
	for _, c := range []struct {
		name, graph string
		cfg         tosa.Config
		want        []string // the start of each line behind the first
	}{
		{
			name: "requantize",
			graph: `graph edge
%x = placeholder x : int8[1,4]
%a = call_function dq(%x, 0.5, 0, -128, 127, torch.int8) : float32[1,4]
%b = call_function q(%a, 0.25, 3, -128, 127, torch.int8) : int8[1,4]
%output = output output([%b])
`,
			want: []string{"tosa_rescale_default:INT8[1, 4] = RESCALE(x:INT8[1, 4], 1073741824:INT32, 29:INT8, 0:INT8, 3:INT8)"},
		},
		{
			name: "an operand read twice is widened once, and broadcast operands are repeated on the U55",
			graph: `graph edge
%x = placeholder x : int8[2,1]
%y = placeholder y : int8[3]
%a = call_function dq(%x, 0.5, 0, -128, 127, torch.int8) : float32[2,1]
%b = call_function dq(%y, 0.25, 1, -128, 127, torch.int8) : float32[3]
%m = call_function aten.mul.Tensor(%a, %a) : float32[2,1] !quantized
%n = call_function q(%m, 0.5, 0, -128, 127, torch.int8) : int8[2,1]
%d = call_function dq(%n, 0.5, 0, -128, 127, torch.int8) : float32[2,1]
%s = call_function aten.sub.Tensor(%d, %b) : float32[2,3] !quantized
%r = call_function q(%s, 0.5, -7, -128, 127, torch.int8) : int8[2,3]
%output = output output([%r])
`,
			cfg: tosa.Config{U55: true},
			want: []string{
				"tosa_rescale_default:INT32[2, 1] = RESCALE(x:",
				"tosa_rescale_default_1:INT32[3] = RESCALE(y:INT8[3], 1073741824:INT32, 12:INT8, 1:INT8, 0:INT32)",
				"tosa_mul_default:INT32[2, 1] = MUL(tosa_rescale_default:INT32[2, 1], tosa_rescale_default:INT32[2, 1], 0:INT8)",
				"tosa_rescale_default_2:INT8[2, 1] = RESCALE(tosa_mul_default:INT32[2, 1], 1073741824:INT32, 31:INT8, 0:INT32, 0:INT8)",
				"tosa_reshape_default:INT32[1, 3] = RESHAPE(tosa_rescale_default_1:INT32[3], [1, 3])",
				"tosa_tile_default:INT32[2, 3] = TILE(tosa_reshape_default:INT32[1, 3], [2, 1])",
				"tosa_sub_default:INT32[2, 3] = SUB(tosa_rescale_default_3:INT32[2, 1], tosa_tile_default:INT32[2, 3])",
			},
		},
		{
			name: "a clamp that is not fused keeps its bounds in codes",
			graph: `graph edge
%x = placeholder x : int8[1,4]
%a = call_function dq(%x, 0.5, -4, -128, 127, torch.int8) : float32[1,4]
%c = call_function aten.hardtanh.default(%a, 0.0, 6.0) : float32[1,4] !quantized
%b = call_function q(%c, 0.5, -4, -128, 127, torch.int8) : int8[1,4]
%output = output output([%b])
`,
			want: []string{"tosa_clamp_default:INT8[1, 4] = CLAMP(x:INT8[1, 4]) {'min_val': 'fc', 'max_val': '08', 'nan_mode': 'PROPAGATE'}"},
		},
		{
			name: "an operator without the quantizer's mark",
			graph: `graph edge
%x = placeholder x : int8[1,4]
%a = call_function dq(%x, 0.5, -4, -128, 127, torch.int8) : float32[1,4]
%c = call_function aten.relu.default(%a) : float32[1,4]
%b = call_function q(%c, 0.5, -4, -128, 127, torch.int8) : int8[1,4]
%output = output output([%b])
`,
			want: []string{"# T-NOT-MODELLED: aten.relu.default without the quantizer's mark is not modelled"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := strings.NewReplacer(
				" dq(", " quantized_decomposed.dequantize_per_tensor.default(", " q(", " quantized_decomposed.quantize_per_tensor.default(",
			).Replace(c.graph)
			got := strings.Split(tosa.String(lowerText(t, text, c.cfg)), "\n")
			for _, w := range c.want {
				found := false
				for _, line := range got {
					found = found || strings.HasPrefix(line, w)
				}
				if !found {
					t.Errorf("no line starts with\n%s\nin\n%s", w, strings.Join(got, "\n"))
				}
			}
		})
	}
}
