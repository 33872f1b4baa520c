package ethosu

import (
	"math"
	"strconv"
	"strings"

	"seam/model"
)

// pyDType is a dtype as torch prints it: "torch.int64".
func pyDType(d model.DType) string { return "torch." + d.String() }

// torchSize is a shape as torch prints it: "torch.Size([1, 2])".
func (r *run) torchSize(s model.Shape) string { return "torch.Size(" + r.pyList(s) + ")" }

// pyList is a shape as a Python list: "[1, 2]".
func (r *run) pyList(s model.Shape) string { return "[" + r.extents(s) + "]" }

// pyTuple is a shape as a Python tuple: "(16,)".
func (r *run) pyTuple(s model.Shape) string {
	if s.Rank() == 1 {
		return "(" + r.extents(s) + ",)"
	}
	return "(" + r.extents(s) + ")"
}

func (r *run) extents(s model.Shape) string {
	out := make([]string, s.Rank())
	for i := range out {
		out[i] = r.extent(s.At(i))
	}
	return strings.Join(out, ", ")
}

func (r *run) extent(d model.Dim) string { return model.DimText(d, r.symbols) }

// pyInts is a Python tuple of numbers.
func pyInts(v []int64) string {
	out := make([]string, len(v))
	for i, x := range v {
		out[i] = strconv.FormatInt(x, 10)
	}
	if len(v) == 1 {
		return "(" + out[0] + ",)"
	}
	return "(" + strings.Join(out, ", ") + ")"
}

// pyArg is an argument as Python prints it.
func (r *run) pyArg(a model.Arg) string {
	switch a.Kind {
	case model.ArgNode:
		return r.g.Node(a.Node).Name
	case model.ArgInt:
		return strconv.FormatInt(a.Int, 10)
	case model.ArgFloat:
		return pyFloat(a.Float)
	case model.ArgBool:
		if a.Bool() {
			return "True"
		}
		return "False"
	case model.ArgStr, model.ArgConst:
		return a.Str
	case model.ArgList:
		out := make([]string, len(a.List))
		for i, e := range a.List {
			out[i] = r.pyArg(e)
		}
		return "[" + strings.Join(out, ", ") + "]"
	}
	return "None"
}

// pyFloat is a float as Python's repr writes it.
func pyFloat(f float64) string {
	switch {
	case math.IsInf(f, 0), math.IsNaN(f):
		return strings.TrimPrefix(strings.ToLower(strconv.FormatFloat(f, 'g', -1, 64)), "+")
	case f != 0 && (math.Abs(f) < 1e-4 || math.Abs(f) >= 1e16):
		return strconv.FormatFloat(f, 'e', -1, 64)
	}
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

// opText is an edge operator as Python prints it, which upstream's texts name it by.
func opText(n *model.Node) string {
	s, _ := model.SchemaOf(n.Target)
	return "<EdgeOpOverload: " + n.Target + ">: schema = " + s.Text
}
