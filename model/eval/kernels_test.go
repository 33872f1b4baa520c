package eval

import (
	"slices"
	"testing"

	"seam/model"
)

// TestEveryRowBinds walks the table of operators: one with a class has a kernel, and every class has a family.
func TestEveryRowBinds(t *testing.T) {
	for _, row := range model.Ops() {
		id := model.LookupOp(row.Name)
		if id < 0 {
			t.Errorf("%s: no such operator", row.Name)
			continue
		}
		if row.Eval == model.NoEval {
			continue
		}
		if b := binders[row.Eval]; b == nil || b(parseOp(row.Name, id)) == nil {
			t.Errorf("%s: class %d has no kernel for it", row.Name, row.Eval)
		}
	}
	for class := model.NoEval + 1; class < model.NumEvalClasses; class++ {
		if binders[class] == nil {
			t.Errorf("class %d has no kernels", class)
		}
	}
}

// TestNoKernelWithoutRow finds functions that no operator reaches.
func TestNoKernelWithoutRow(t *testing.T) {
	bases := map[model.EvalClass][]string{}
	for _, row := range model.Ops() {
		o := parseOp(row.Name, model.LookupOp(row.Name))
		bases[row.Eval] = append(bases[row.Eval], o.base)
	}
	need := func(class model.EvalClass, name string) {
		if !slices.Contains(bases[class], name) {
			t.Errorf("%s: a kernel and no row", name)
		}
	}
	for _, r := range unaryRows {
		need(model.EvUnary, r.name)
	}
	for _, r := range shapedRows {
		need(model.EvUnary, r.name)
	}
	for _, r := range testRows {
		need(model.EvUnary, r.name)
	}
	for _, r := range binaryRows {
		need(model.EvBinary, r.name)
	}
	for _, r := range compareRows {
		need(model.EvCompare, r.name)
	}
}

func TestParseOp(t *testing.T) {
	for _, tc := range []struct {
		target string
		want   op
	}{
		{"aten.relu_.default", op{"relu", "default", true, false}},
		{"aten.squeeze_copy.dim", op{"squeeze", "dim", false, true}},
		{"aten.copy_.default", op{"copy", "default", true, false}},
		{"aten.index_copy.default", op{"index_copy", "default", false, false}},
		{"aten.__rshift__.Scalar", op{"__rshift__", "Scalar", false, false}},
		{"_operator.getitem", op{"getitem", "getitem", false, false}},
		{"dim_order_ops._to_dim_order_copy.default", op{"_to_dim_order", "default", false, true}},
	} {
		if got := parseOp(tc.target, model.LookupOp(tc.target)); got != tc.want {
			t.Errorf("%s: %+v, want %+v", tc.target, got, tc.want)
		}
	}
}
