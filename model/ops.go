package model

import (
	_ "embed" // the table of operators
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Op is what seam knows of an operator beside its schema. Adding an operator of known classes is one row of ops.tsv.
type Op struct {
	Name    string
	Eval    EvalClass
	Edge    EdgeClass
	Into    string // EdRename: the edge operator
	Roles   string // what the tensor arguments are, in order: x input, w weight, b bias, xs list; "?" optional
	Follows string // upstream's file and symbol that the row was written from
}

//go:embed ops.tsv
var opsTSV string

// ops is the parsed table, sorted by name. A row that cannot be read is a broken build, which the tests find.
var ops = sync.OnceValue(func() []Op {
	rows, err := parseOps(opsTSV)
	if err != nil {
		panic(err)
	}
	return rows
})

// parseOps reads the table of operators: a header, then name, evaluation, edge rule, edge operator, roles and source a line; "-"
// stands for nothing.
//
//	errors  a line of another form, a class that does not exist, names out of order
func parseOps(text string) ([]Op, error) {
	var out []Op
	for i, line := range strings.Split(strings.TrimSpace(text), "\n")[1:] {
		f := strings.Split(line, "\t")
		if len(f) != 6 {
			return nil, fmt.Errorf("ops.tsv: line %d: %d fields, want 6", i+2, len(f))
		}
		ev, ed := slices.Index(evalNames[:], f[1]), slices.Index(edgeNames[:], f[2])
		if ev < 0 || ed < 0 {
			return nil, fmt.Errorf("ops.tsv: line %d: no class %q or %q", i+2, f[1], f[2])
		}
		if len(out) > 0 && out[len(out)-1].Name >= f[0] {
			return nil, fmt.Errorf("ops.tsv: line %d: %s is out of order", i+2, f[0])
		}
		out = append(out, Op{f[0], EvalClass(ev), EdgeClass(ed), orEmpty(f[3]), orEmpty(f[4]), f[5]})
	}
	return out, nil
}

func orEmpty(s string) string {
	if s == "-" {
		return ""
	}
	return s
}

// Ops is the table of operators that seam models, sorted by name.
func Ops() []Op { return ops() }

// opRows is the table by OpID.
var opRows = sync.OnceValue(func() []Op {
	rows := make([]Op, NumOps())
	for _, o := range ops() {
		if id := LookupOp(o.Name); id >= 0 {
			rows[id] = o
		}
	}
	return rows
})

// Row is what seam knows of the operator; a zero row if nothing.
func (o OpID) Row() Op {
	if o < 0 {
		return Op{}
	}
	return opRows()[o]
}

// FindOp is the row of that name.
func FindOp(name string) (Op, bool) {
	i, ok := slices.BinarySearchFunc(ops(), name, func(o Op, n string) int { return strings.Compare(o.Name, n) })
	if !ok {
		return Op{}, false
	}
	return ops()[i], true
}
