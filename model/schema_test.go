package model

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// argText writes an argument as the text form does; nodes as their number.
func argText(a Arg) string {
	p := printer{g: &Graph{nodes: []Node{{Name: "0"}, {Name: "1"}, {Name: "2"}, {Name: "3"}}}}
	p.arg(a)
	return string(p.b)
}

func schemaText(s Schema) string {
	var out []string
	for _, a := range s.Args {
		t := a.Type + " " + a.Name
		if !a.Required {
			t += "=" + argText(a.Default)
		}
		if a.KwOnly {
			t = "*" + t
		}
		if a.Writes {
			t = "!" + t
		}
		out = append(out, t)
	}
	return strings.Join(out, "; ")
}

func TestSchemaOf(t *testing.T) {
	for _, c := range []struct{ op, want string }{
		{"aten.conv2d.default", "Tensor input; Tensor weight; Tensor? bias=None; SymInt[2] stride=[1, 1]; SymInt[2] padding=[0, 0]; " +
			"SymInt[2] dilation=[1, 1]; SymInt groups=1"},
		{"aten.max_pool2d.default", "Tensor self; int[2] kernel_size; int[2] stride=[]; int[2] padding=[0, 0]; " +
			"int[2] dilation=[1, 1]; bool ceil_mode=False"},
		{"aten.hardtanh.default", "Tensor self; Scalar min_val=-1; Scalar max_val=1"},
		{"aten.batch_norm.default", "Tensor input; Tensor? weight; Tensor? bias; Tensor? running_mean; Tensor? running_var; " +
			"bool training; float momentum; float eps; bool cudnn_enabled"},
		{"aten.clamp.default", "Tensor self; Scalar? min=None; Scalar? max=None"},
		{"aten.mean.dim", "Tensor self; int[1]? dim; bool keepdim=False; *ScalarType? dtype=None"},
		{"aten.relu_.default", "!Tensor self"},
		{"aten.gelu.default", `Tensor self; *str approximate="none"`},
		{"aten.add.Tensor", "Tensor self; Tensor other; *Scalar alpha=1"},
		{"aten.conv2d.padding", `Tensor input; Tensor weight; Tensor? bias=None; SymInt[2] stride=[1, 1]; str padding="valid"; ` +
			"SymInt[2] dilation=[1, 1]; SymInt groups=1"},
		{"aten.dropout.default", "Tensor input; float p; bool train"},
		{"aten.layer_norm.default", "Tensor input; SymInt[] normalized_shape; Tensor? weight=None; Tensor? bias=None; " +
			"float eps=1e-05; bool cudnn_enable=True"},
	} {
		s, ok := SchemaOf(c.op)
		if got := schemaText(s); !ok || got != c.want {
			t.Errorf("%s:\n got: %s\nwant: %s", c.op, got, c.want)
		}
	}
	for _, name := range []string{"", "aten", "aten.no_such_op.default", "_operator.getitem"} {
		if _, ok := SchemaOf(name); ok {
			t.Errorf("SchemaOf(%q) found one", name)
		}
	}
}

func TestEverySchema(t *testing.T) {
	names := make([]string, NumOps())
	for i := range names {
		names[i] = OpID(i).Name()
		if LookupOp(names[i]) != OpID(i) {
			t.Errorf("LookupOp(%q) = %d, want %d", names[i], LookupOp(names[i]), i)
		}
		s, _ := SchemaOf(names[i])
		for _, a := range s.Args {
			if a.Name == "" || a.Type == "" || strings.ContainsAny(a.Name+a.Type, "=() ") && !strings.Contains(a.Type, "->") {
				t.Errorf("%s: argument %+v from %s", names[i], a, s.Text)
			}
		}
	}
	if !slices.IsSorted(names) || len(slices.Compact(names)) != NumOps() {
		t.Error("schema names are not sorted and unique")
	}
}

func TestComplete(t *testing.T) {
	x, w, b := NodeArg(0), NodeArg(1), NodeArg(2)
	for _, c := range []struct {
		op   string
		args []Arg
		kw   []KwArg
		want string
	}{
		{"aten.conv2d.default", []Arg{x, w}, nil, "[%0, %1, None, [1, 1], [0, 0], [1, 1], 1]"},
		{"aten.conv2d.default", []Arg{x, w, b, IntsArg(2, 2)}, []KwArg{{"groups", IntArg(8)}}, "[%0, %1, %2, [2, 2], [0, 0], [1, 1], 8]"},
		{"aten.max_pool2d.default", []Arg{x, IntsArg(2, 2)}, nil, "[%0, [2, 2], [], [0, 0], [1, 1], False]"},
		{"aten.hardtanh.default", []Arg{x, FloatArg(0), FloatArg(6)}, nil, "[%0, 0.0, 6.0]"},
		{"aten.hardtanh.default", []Arg{x}, []KwArg{{"max_val", FloatArg(6)}}, "[%0, -1, 6.0]"},
		{"aten.mean.dim", []Arg{x, IntsArg(2)}, []KwArg{{"dtype", ConstArg("torch.float32")}}, "[%0, [2], False, torch.float32]"},
		{"custom.op.default", []Arg{x, IntArg(3)}, nil, "[%0, 3]"},
		{"aten.conv2d.default", []Arg{x}, nil, `node "n": aten.conv2d.default needs argument "weight"`},
		{"aten.batch_norm.default", []Arg{x}, nil, `node "n": aten.batch_norm.default needs argument "weight"`},
	} {
		got, err := Complete(&Node{Name: "n", Target: c.op, Args: c.args, Kwargs: c.kw})
		text := argText(ListArg(got...))
		if err != nil {
			text = err.Error()
		}
		if text != c.want {
			t.Errorf("%s: got %s, want %s", c.op, text, c.want)
		}
	}
}

func TestTags(t *testing.T) {
	relu := LookupOp("aten.relu.default")
	if !relu.HasTag("pointwise") || relu.HasTag("inplace") || OpID(None).HasTag("pointwise") || OpID(None).Name() != "?" {
		t.Errorf("tags of %s, or of no operator", relu.Name())
	}
}

func TestOpsTable(t *testing.T) {
	for i, o := range Ops() {
		if i > 0 && Ops()[i-1].Name >= o.Name {
			t.Errorf("%s: not behind %s", o.Name, Ops()[i-1].Name)
		}
		if !strings.ContainsAny(o.Follows, "/:") {
			t.Errorf("%s: %q is no upstream reference", o.Name, o.Follows)
		}
		id := LookupOp(o.Name)
		if id == None || id.Row() != o {
			t.Errorf("%s: LookupOp gives %d, a row of %q", o.Name, id, id.Row().Name)
		}
		if found, ok := FindOp(o.Name); !ok || found != o {
			t.Errorf("%s: FindOp does not find it", o.Name)
		}
		if err := checkRow(o); err != nil {
			t.Errorf("%s: %v", o.Name, err)
		}
	}
	if _, ok := FindOp("aten.no_such_op.default"); ok || OpID(None).Row() != (Op{}) {
		t.Error("a row for no operator")
	}
}

// checkRow compares a row with the operator's schema, and the operator it becomes with the schema table.
func checkRow(o Op) error {
	if (o.Edge == EdRename || o.Edge == EdReflected) != (o.Into != "") || o.Into != "" && LookupOp(o.Into) == None {
		return fmt.Errorf("class %d into %q", o.Edge, o.Into)
	}
	if o.Eval >= NumEvalClasses || o.Edge >= NumEdgeClasses {
		return fmt.Errorf("no such class")
	}
	s, ok := SchemaOf(o.Name)
	if !ok {
		if slices.Contains(plainOps, o.Name) { // Python's own and control flow, which torch's registry does not list
			return nil
		}
		return fmt.Errorf("no schema")
	}
	if !strings.HasPrefix(o.Name, "aten.") { // registries beside aten name scales and zero points alike
		return nil
	}
	var want []string
	for _, a := range s.Args {
		if strings.HasPrefix(a.Type, "Tensor") {
			want = append(want, a.Type)
		}
	}
	roles := strings.Fields(o.Roles)
	if len(roles) != len(want) {
		return fmt.Errorf("roles %q for tensors %q", roles, want)
	}
	for i, r := range roles {
		list, optional := strings.HasPrefix(r, "xs"), strings.HasSuffix(r, "?")
		if list != (want[i] == "Tensor[]") || optional != (want[i] == "Tensor?") {
			return fmt.Errorf("role %q for %s", r, want[i])
		}
	}
	return nil
}
