package lint

import (
	_ "embed" // the tables
	"maps"
	"slices"
	"strings"
	"sync"

	"seam/model"
)

//go:embed forms.tsv
var formsTSV string

// classForms is the edge operator of each lowering class that has one and the same for all its operators.
var classForms = map[model.EdgeClass]string{
	model.EdConv: "aten.convolution.default", model.EdLinear: "aten.linear.default",
	model.EdClone: "dim_order_ops._clone_dim_order.default", model.EdView: "aten.view_copy.default",
	model.EdReshape: "aten.view_copy.default", model.EdPermute: "aten.permute_copy.default",
	model.EdSlice: "aten.slice_copy.Tensor", model.EdSelect: "aten.select_copy.int", model.EdExpand: "aten.expand_copy.default",
	model.EdSqueeze: "aten.squeeze_copy.dims",
	model.EdSplit:   "aten.split_with_sizes_copy.default", model.EdSum: "aten.sum.dim_IntList", model.EdFill: "aten.full.default",
}

// constants are edge operators that are computed ahead of time. One that only quantized operators read needs no mark.
//
//	source  backends/arm/operator_support/tosa_supported_operators.py: CheckArmQuantized
var constants = []string{
	"aten.full.default", "aten.full_like.default", "aten.arange.start_step", "aten.eye.default", "aten.linspace.default",
	"aten.scalar_tensor.default",
}

// fullName fills in what the tables leave out.
func fullName(s string) string {
	if strings.HasPrefix(s, "dim_order_ops.") {
		return s + ".default"
	}
	if !strings.Contains(s, ".") {
		s += ".default"
	}
	return "aten." + s
}

// index is what each overload becomes where it is not quantized.
type index struct {
	form map[string][]string // overload to edge operators, each once
	like map[string][]string // by key: the overloads that are spellings of one operator, sorted
}

// edges is the index of all overloads whose edge form is known, built once.
var edges = sync.OnceValue(func() *index {
	x := &index{form: map[string][]string{}, like: map[string][]string{}}
	for _, l := range strings.Split(strings.TrimSpace(formsTSV), "\n") {
		op, list, ok := strings.Cut(l, "\t")
		if !ok {
			continue
		}
		var form []string
		for _, w := range strings.Fields(list) {
			form = append(form, fullName(w))
		}
		x.form[fullName(op)] = form
	}
	for _, o := range model.Ops() {
		if form := rowForm(o); form != "" && x.form[o.Name] == nil && strings.HasPrefix(o.Name, "aten.") {
			x.form[o.Name] = []string{form}
		}
	}
	for id := range model.NumOps() { // in-place operators become what their plain form becomes
		op := model.OpID(id).Name()
		if f, ok := plain(op); ok && x.form[op] == nil && x.form[f] != nil && !compares(f) {
			x.form[op] = x.form[f]
		}
	}
	for _, op := range slices.Sorted(maps.Keys(x.form)) {
		if k := x.key(op); k != "" {
			x.like[k] = append(x.like[k], op)
		}
	}
	return x
})

// rowForm is the edge operator that an operator's row names, "" if that takes more than the row. Casts are left out: whether one
// is annotated and accepted depends on its types and not on its spelling.
func rowForm(o model.Op) string {
	switch o.Edge {
	case model.EdSame, model.EdKept, model.EdCopy:
		return o.Name
	case model.EdRename, model.EdReflected:
		return o.Into
	case model.EdMaxPool:
		return packet(o.Name) + "_with_indices.default"
	}
	return classForms[o.Edge]
}

// compares says whether an operator gives bool: its in-place form, which keeps the input's type, is another operation.
func compares(op string) bool {
	row, _ := model.FindOp(op)
	return row.Eval == model.EvCompare
}

// computed is the edge operators of an overload that are not constants.
func (x *index) computed(op string) []string {
	return slices.DeleteFunc(slices.Clone(x.form[op]), func(e string) bool { return slices.Contains(constants, e) })
}

// single is the one edge operator that an overload becomes, constants beside it left out; "" if it becomes several or none.
func (x *index) single(op string) string {
	if c := x.computed(op); len(c) == 1 {
		return c[0]
	}
	return ""
}

// key is the same for the spellings of one operator: the edge operator that they become. Convolutions become one edge operator
// whatever they are, so these are spellings of each other only within a packet. "" if there is no such operator.
func (x *index) key(op string) string {
	e := x.single(op)
	if e == "aten.convolution.default" {
		return packet(op)
	}
	return e
}
