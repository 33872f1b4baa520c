package model

import (
	_ "embed" // the table of operator schemas
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// OpID is an operator: a row of Ops. None is an operator that no table knows.
type OpID int32

//go:embed aten_schemas.tsv
var schemaTSV string

// SchemaArg is one argument of an operator's schema.
type SchemaArg struct {
	Name     string
	Type     string // without alias marks: "Tensor", "int[2]", "ScalarType?"
	KwOnly   bool
	Required bool
	Default  Arg // as capture would write it; lists expanded
	Writes   bool
}

// Schema is an operator's signature, read from torch's registry.
type Schema struct {
	Name string // "aten.conv2d.default"
	Args []SchemaArg
	Text string
	Tags string
}

// schemas is the parsed table, sorted by name.
var schemas = sync.OnceValue(func() []Schema {
	lines := strings.Split(strings.TrimSpace(schemaTSV), "\n")[1:]
	out := make([]Schema, 0, len(lines)+len(plainOps))
	for _, l := range lines {
		f := strings.Split(l, "\t")
		out = append(out, Schema{Name: f[0], Text: f[1], Tags: f[2]})
	}
	for _, name := range plainOps {
		out = append(out, Schema{Name: name})
	}
	slices.SortFunc(out, func(a, b Schema) int { return strings.Compare(a.Name, b.Name) })
	return out
})

// plainOps are operators of torch.fx graphs that torch's registry does not list.
var plainOps = []string{
	"_operator.getitem", "_operator.add", "_operator.sub", "_operator.mul", "_operator.floordiv", "_operator.truediv",
	"higher_order.cond", "higher_order.while_loop", "higher_order.map_impl", "higher_order.scan",
	"higher_order.wrap_with_set_grad_enabled", "executorch_call_delegate",
}

// opIndex is the table's rows by name.
var opIndex = sync.OnceValue(func() map[string]OpID {
	at := make(map[string]OpID, len(schemas()))
	for i, s := range schemas() {
		at[s.Name] = OpID(i)
	}
	return at
})

// LookupOp finds an operator by its full name.
func LookupOp(name string) OpID {
	if id, ok := opIndex()[name]; ok {
		return id
	}
	return None
}

// NumOps is the number of operators.
func NumOps() int { return len(schemas()) }

// Name is the operator's full name.
func (o OpID) Name() string {
	if o < 0 {
		return "?"
	}
	return schemas()[o].Name
}

// HasTag says whether torch gives the operator that tag (view, inplace, pointwise ...).
func (o OpID) HasTag(tag string) bool {
	if o < 0 {
		return false
	}
	for t := range strings.SplitSeq(schemas()[o].Tags, ",") {
		if t == tag {
			return true
		}
	}
	return false
}

// SchemaOf parses an operator's schema; ok is false if the table has none.
func SchemaOf(name string) (Schema, bool) {
	id := LookupOp(name)
	if id < 0 || schemas()[id].Text == "" {
		return Schema{}, false
	}
	return parsed()[id], true
}

// parsed is the table with every schema's arguments, which few runs need at once.
var parsed = sync.OnceValue(func() []Schema {
	out := slices.Clone(schemas())
	for i := range out {
		out[i].Args = parseSchemaArgs(out[i].Text)
	}
	return out
})

func parseSchemaArgs(text string) []SchemaArg {
	open := strings.IndexByte(text, '(')
	end := strings.LastIndex(text, ") -> ")
	if open < 0 || end < open {
		return nil
	}
	var out []SchemaArg
	kwOnly := false
	for _, part := range splitTop(text[open+1:end], ',') {
		part = strings.TrimSpace(part)
		if part == "*" {
			kwOnly = true
		} else if part != "" {
			a := parseSchemaArg(part)
			a.KwOnly = kwOnly
			out = append(out, a)
		}
	}
	return out
}

func parseSchemaArg(s string) SchemaArg {
	a := SchemaArg{Required: true}
	def := ""
	if i := strings.IndexByte(s, '='); i >= 0 {
		s, def, a.Required = s[:i], s[i+1:], false
	}
	i := strings.LastIndexByte(s, ' ')
	a.Type, a.Name = s[:i], s[i+1:]
	if j := strings.IndexByte(a.Type, '('); j >= 0 {
		k := strings.IndexByte(a.Type, ')')
		a.Writes = strings.Contains(a.Type[j:k], "!")
		a.Type = a.Type[:j] + a.Type[k+1:]
	}
	if !a.Required {
		a.Default = parseDefault(def, a.Type)
	}
	return a
}

// parseDefault reads a default of the schema grammar; a scalar for "int[2]" becomes two.
func parseDefault(s, typ string) Arg {
	v := parseLiteral(s)
	open := strings.IndexByte(typ, '[')
	if open < 0 || v.Kind == ArgList || v.IsNone() {
		return v
	}
	n, _ := strconv.Atoi(strings.TrimRight(typ[open+1:], "]?"))
	l := ListArg()
	for range n {
		l.List = append(l.List, v)
	}
	return l
}

func parseLiteral(s string) Arg {
	switch s {
	case "None":
		return Arg{}
	case "True", "False":
		return BoolArg(s == "True")
	}
	if strings.HasPrefix(s, "[") {
		l := ListArg()
		for _, e := range splitTop(strings.Trim(s, "[]"), ',') {
			if e = strings.TrimSpace(e); e != "" {
				l.List = append(l.List, parseLiteral(e))
			}
		}
		return l
	}
	if i, err := strconv.ParseInt(s, 10, 64); err == nil {
		return IntArg(i)
	}
	if f, err := strconv.ParseFloat(s, 64); err == nil {
		return FloatArg(f)
	}
	return StrArg(strings.Trim(s, `"'`))
}

// splitTop splits at sep outside brackets and quotes.
func splitTop(s string, sep byte) []string {
	var out []string
	depth, start := 0, 0
	quote := byte(0)
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '(' || c == '[':
			depth++
		case c == ')' || c == ']':
			depth--
		case c == sep && depth == 0:
			out = append(out, s[start:i])
			start = i + 1
		}
	}
	return append(out, s[start:])
}

// Complete is the node's arguments in schema order, defaults filled in; kwargs are looked up by name.
//
//	errors  an argument that is required and missing
func Complete(n *Node) ([]Arg, error) {
	s, ok := SchemaOf(n.Target)
	if !ok {
		return n.Args, nil
	}
	return s.Complete(n)
}

// Complete is the arguments of a call of this operator, as the function Complete gives them; it saves parsing the schema again.
func (s Schema) Complete(n *Node) ([]Arg, error) {
	out := make([]Arg, len(s.Args))
	for i, a := range s.Args {
		switch {
		case i < len(n.Args) && !a.KwOnly:
			out[i] = n.Args[i]
		case hasKwarg(n, a.Name):
			out[i] = n.Kwarg(a.Name)
		case a.Required:
			return nil, fmt.Errorf("node %q: %s needs argument %q", n.Name, n.Target, a.Name)
		default:
			out[i] = a.Default
		}
	}
	return out, nil
}

func hasKwarg(n *Node, name string) bool {
	return slices.ContainsFunc(n.Kwargs, func(k KwArg) bool { return k.Name == name })
}
