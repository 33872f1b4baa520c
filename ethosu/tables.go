package ethosu

import (
	_ "embed" // the lists of operators
	"slices"
	"strings"
	"sync"

	"seam/model"
	"seam/quant"
)

// supportTSV says for every operator that a check of the newest release names which lists hold it.
//
//go:embed support.tsv
var supportTSV string

// unlike is where a release's lists differ from the newest one's.
var unlike = []struct {
	column, until string
	listed        bool
	ops           []string
}{
	{"int_list", "1.3.1", false, []string{
		"aten.argmax.default", "aten.div.Tensor_mode", "aten.flip.default", "aten.leaky_relu.default", "aten.round.default",
	}},
	{"table_op", "1.3.1", false, []string{"aten.leaky_relu.default", "aten.round.default"}},
	{"check7_target", "1.3.1", false, []string{"aten.leaky_relu.default", "aten.round.default"}},
	{"u55_i8i16", "1.3.1", false, []string{"aten.leaky_relu.default", "aten.round.default"}},
	{"u55_unsupported", "1.4.1", true, []string{
		"aten.flip.default", "aten.unfold_copy.default", "aten.upsample_nearest2d.vec", "aten.reflection_pad1d.default",
		"aten.reflection_pad2d.default", "aten.reflection_pad3d.default",
	}},
}

// class is a set of lists that an operator is in, for questions about its neighbours.
type class uint16

const (
	opConstant      class = 1 << iota // computed ahead of time
	opConvLike                        // convolution or linear: an activation can be fused into it
	opRelu                            // relu
	opHardtanh                        // hardtanh
	opArgmax                          // argmax
	opCast                            // _to_dim_order_copy
	opQuantTensor                     // quantize_per_tensor.default
	opDequantTensor                   // dequantize_per_tensor.default
	opDequantChan                     // dequantize_per_channel.default
	opFullLike                        // full_like
)

var classOf = map[string]class{
	"aten.convolution.default": opConvLike, "aten.linear.default": opConvLike, "aten.relu.default": opRelu,
	"aten.hardtanh.default": opHardtanh, "aten.argmax.default": opArgmax, "aten.full_like.default": opFullLike,
	"dim_order_ops._to_dim_order_copy.default":            opCast,
	"quantized_decomposed.quantize_per_tensor.default":    opQuantTensor,
	"quantized_decomposed.dequantize_per_tensor.default":  opDequantTensor,
	"quantized_decomposed.dequantize_per_channel.default": opDequantChan,
}

var traitOf = map[string]trait{
	"quantized_decomposed.quantize_per_tensor.default":    isQ,
	"quantized_decomposed.quantize_per_tensor.tensor":     isQ,
	"quantized_decomposed.quantize_per_channel.default":   isQ,
	"quantized_decomposed.dequantize_per_tensor.default":  isDQ,
	"quantized_decomposed.dequantize_per_tensor.tensor":   isDQ,
	"quantized_decomposed.dequantize_per_channel.default": isDQ,
	"_operator.getitem": isGetitem, "aten.sym_size.int": isSymSize,
}

// opRow is what the checks know of one operator.
type opRow struct {
	traits             trait
	class              class
	positive, negative []*bound
}

// bound is a check of one release.
type bound struct {
	rule   model.Rule
	limits model.Rule // of the U55's hardware; the zero Rule if they have no row of their own
	run    func(*ask) verdict
}

func (b *bound) ruleOf(v verdict) model.Rule {
	if v.u55 && b.limits.ID != "" {
		return b.limits
	}
	return b.rule
}

// tableKey is what the tables depend on.
type tableKey struct {
	release string
	u55     bool
}

// tables are one release's checks by operator, for one subset.
type tables struct {
	v14, v15        bool // the release is at least 1.4, 1.5
	u55             bool
	rows            []*opRow // by OpID; nil where rest holds
	rest            *opRow
	unlisted        model.Rule
	int64Rule       model.Rule
	controlFlowRule model.Rule
	banned          [model.NumDTypes]bool
}

func (t *tables) row(op model.OpID) *opRow {
	if op >= 0 && t.rows[op] != nil {
		return t.rows[op]
	}
	return t.rest
}

// allTables holds the tables of every release and subset, built once.
var allTables = sync.OnceValue(func() map[tableKey]*tables {
	out := map[tableKey]*tables{}
	for _, rel := range quant.Releases() {
		for _, u55 := range []bool{false, true} {
			out[tableKey{rel, u55}] = buildTables(rel, u55)
		}
	}
	return out
})

func buildTables(release string, u55 bool) *tables {
	t := &tables{v14: release >= "1.4", v15: release >= "1.5", u55: u55}
	t.rows, t.rest = make([]*opRow, model.NumOps()), &opRow{}
	t.banned = bannedDTypes(t)
	t.unlisted = ruleOf("P-BASE-TOSA")
	lists := operatorLists(release)
	for name, c := range classOf {
		t.own(name).class |= c
	}
	for name, tr := range traitOf {
		t.own(name).traits |= tr
	}
	for _, name := range lists["constant_op"] {
		t.own(name).class |= opConstant
	}
	for i := range checks {
		c := &checks[i]
		if len(c.on) > 0 && c.in(release, u55) {
			for _, name := range c.operators(lists) {
				t.own(name)
			}
		}
	}
	for i := range checks {
		if c := &checks[i]; c.in(release, u55) {
			t.add(c, lists)
		}
	}
	return t
}

// own is the row of an operator, made if it has none; an operator that no schema names gets a row that nothing reads.
func (t *tables) own(name string) *opRow {
	op := model.LookupOp(name)
	if op < 0 {
		return &opRow{}
	}
	if t.rows[op] == nil {
		t.rows[op] = &opRow{}
	}
	return t.rows[op]
}

// add appends a check to the rows of its operators, or to all. Every operator that a check names must have a row by then.
func (t *tables) add(c *check, lists map[string][]string) {
	b := &bound{c.rule(), c.limits(), c.run}
	if c.run == nil {
		return // a row for people only
	}
	switch c.id {
	case "P-INT64":
		t.int64Rule = b.rule
	case "P-CONTROL-FLOW":
		t.controlFlowRule = b.rule
	}
	put := func(r *opRow) {
		if c.positive {
			r.positive = append(r.positive, b)
		} else {
			r.negative = append(r.negative, b)
		}
	}
	if len(c.on) > 0 {
		for _, name := range c.operators(lists) {
			put(t.own(name))
		}
		return
	}
	put(t.rest)
	for _, r := range t.rows {
		if r != nil {
			put(r)
		}
	}
}

// operatorLists reads the lists of a release: the columns of the table by name; a column with several values is split into
// "column_value".
func operatorLists(release string) map[string][]string {
	lines := strings.Split(strings.TrimSpace(supportTSV), "\n")
	head := strings.Split(lines[0], "\t")
	out := map[string][]string{}
	for _, l := range lines[1:] {
		cells := strings.Split(l, "\t")
		if cells[0] == "getitem" {
			cells[0] = "_operator.getitem"
		}
		for i, v := range cells[1:] {
			switch name := head[i+1]; {
			case v == "":
			case name == "u55_dtype":
				out["u55_"+v] = append(out["u55_"+v], cells[0])
			default:
				out[name] = append(out[name], cells[0])
			}
		}
	}
	for _, d := range unlike {
		if release > d.until {
			continue
		}
		out[d.column] = slices.DeleteFunc(out[d.column], func(s string) bool { return slices.Contains(d.ops, s) })
		if d.listed {
			out[d.column] = append(out[d.column], d.ops...)
		}
	}
	return out
}

// bannedDTypes is the element types that the target's specification lacks.
//
//	source  backends/arm/operator_support/tosa_supported_operators.py: _disallowed_dtypes
func bannedDTypes(t *tables) (b [model.NumDTypes]bool) {
	for _, d := range []model.DType{model.Float64, model.BFloat16, model.Float8E4M3FN, model.Float8E5M2} {
		b[d] = true
	}
	for _, d := range []model.DType{model.Complex32, model.Complex64, model.Complex128} {
		b[d] = t.v15
	}
	b[model.Bool] = t.u55
	return b
}
