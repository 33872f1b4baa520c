package pt2

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// chain is a program of n relu nodes, each with a stack trace of its own.
func chain(t testing.TB, n int) []byte {
	var nodes, types strings.Builder
	last := "linear"
	for i := range n {
		name := fmt.Sprintf("relu_%d", i+1)
		fmt.Fprintf(&nodes, `{"target": "torch.ops.aten.relu.default", "inputs": [{"name": "self", "arg": {"as_tensor": {"name": %q}}, "kind": 1}], `+
			`"outputs": [{"as_tensor": {"name": %q}}], "metadata": {"stack_trace": "File \"m.py\", line %d, in forward\n    y = relu(x)%s", `+
			`"nn_module_stack": "L__self__,,m.Net;L__self__a,a,m.A"}, "is_hop_single_tensor_return": null, "name": %q}, `, last, name, i, strings.Repeat("\\n  File \\\"n.py\\\", line 1, in f", 20), name)
		fmt.Fprintf(&types, `%q: {"dtype": 7, "sizes": [{"as_int": 2}, {"as_int": 3}], "strides": [{"as_int": 3}, {"as_int": 1}], "layout": 7}, `, name)
		last = name
	}
	ms := members(t)
	for i := range ms {
		if ms[i].name == graphEntry {
			s := strings.Replace(string(ms[i].data), `{"target": "torch.ops.aten.relu.default"`, nodes.String()+`{"target": "torch.ops.aten.relu.default"`, 1)
			ms[i].data = []byte(strings.Replace(s, `"tensor_values": {`, `"tensor_values": {`+types.String(), 1))
		}
	}
	return pack(t, ms)
}

func BenchmarkRead(b *testing.B) {
	for _, n := range []int{1_000, 10_000} {
		data := chain(b, n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				p, err := Read(bytes.NewReader(data), int64(len(data)), "chain.pt2")
				if err != nil || p.Graph.Len() < n {
					b.Fatal(err)
				}
			}
		})
	}
}
