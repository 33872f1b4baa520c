package eval_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"seam/model"
	"seam/model/eval"
)

// callCase is one call of testdata/cases.json and torch's answer; cases.py says how arguments are written.
type callCase struct {
	Op     string                     `json:"op"`
	Args   []json.RawMessage          `json:"args"`
	Kwargs map[string]json.RawMessage `json:"kwargs"`
	Out    json.RawMessage            `json:"out"`
}

type tensorJSON struct {
	R     []int             `json:"r"` // a generated tensor
	Seed  int               `json:"seed"`
	DType string            `json:"dtype"`
	T     string            `json:"t"` // a written one
	S     []int             `json:"s"`
	V     []json.RawMessage `json:"v"`
	Const string            `json:"c"`
	Float json.RawMessage   `json:"f"`
}

func readCases(t *testing.T) []callCase {
	t.Helper()
	data, err := os.ReadFile("testdata/cases.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []callCase
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	return cases
}

// tensor is a tensor argument or result; nil if it is something else.
func (j *tensorJSON) tensor() *model.Tensor {
	switch {
	case j.R != nil:
		return generated(j.R, j.Seed, model.ParseDType(cmpOr(j.DType, "float32")))
	case j.T == "":
		return nil
	}
	d := model.ParseDType(j.T)
	f, i := make([]float32, len(j.V)), make([]int64, len(j.V))
	for k, raw := range j.V {
		x := jsonFloat(raw)
		if f[k] = float32(x); !d.IsFloat() {
			i[k], _ = strconv.ParseInt(string(raw), 10, 64)
		}
	}
	return tensorOf(d, j.S, f, i)
}

func cmpOr(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

func jsonFloat(raw json.RawMessage) float64 {
	x, _ := strconv.ParseFloat(strings.Trim(string(raw), `"`), 64)
	return x
}

// generated is what fill of cases.py makes.
func generated(shape []int, seed int, d model.DType) *model.Tensor {
	n := 1
	for _, x := range shape {
		n *= x
	}
	f, ints := make([]float32, n), make([]int64, n)
	for i := range n {
		k := int64((i*7919+seed*104729)%2003 - 1001)
		f[i] = float32(k) / 512
		switch {
		case d == model.Bool:
			ints[i] = 1 - k&1
		case strings.HasPrefix(d.String(), "u"):
			ints[i] = (k%7 + 7) % 7
		default:
			ints[i] = (k%15+15)%15 - 7
		}
	}
	return tensorOf(d, shape, f, ints)
}

// tensorOf makes a tensor; half types from floats that are exact or rounded by the program's own cast.
func tensorOf(d model.DType, shape []int, f []float32, i []int64) *model.Tensor {
	s := model.ShapeInts(shape...)
	switch d {
	case model.Float32:
		return model.FromFloats(s, f)
	case model.Float16, model.BFloat16:
		return halves(d, s, f)
	}
	return model.FromInts(d, s, i)
}

// halves looks the bits of each float up among all 65,536.
func halves(d model.DType, s model.Shape, f []float32) *model.Tensor {
	t := &model.Tensor{DType: d, Shape: s, Raw: make([]byte, 2*len(f))}
	for k, x := range f {
		best, dist := 0, math.Inf(1)
		for b := range 1 << 16 {
			y := model.HalfToFloat(uint16(b))
			if d == model.BFloat16 {
				y = math.Float32frombits(uint32(b) << 16)
			}
			e := math.Abs(float64(y) - float64(x))
			if e < dist || e == dist && b&1 == 0 || y == x || x != x && y != y {
				best, dist = b, e
			}
		}
		t.Raw[2*k], t.Raw[2*k+1] = byte(best), byte(best>>8)
	}
	return t
}

// argument turns a written argument into one of the graph; tensors become get_attr nodes.
func argument(t *testing.T, b *model.Builder, raw json.RawMessage) model.Arg {
	t.Helper()
	switch s := string(raw); {
	case s == "null":
		return model.Arg{}
	case s == "true" || s == "false":
		return model.BoolArg(s == "true")
	case s[0] == '"':
		return model.StrArg(strings.Trim(s, `"`))
	case s[0] == '[':
		var l []json.RawMessage
		_ = json.Unmarshal(raw, &l)
		out := model.ListArg()
		for _, e := range l {
			out.List = append(out.List, argument(t, b, e))
		}
		return out
	case s[0] == '{':
		var j tensorJSON
		if err := json.Unmarshal(raw, &j); err != nil {
			t.Fatal(err)
		}
		x := j.tensor()
		switch {
		case x != nil:
			name := b.FreeAttr("c")
			b.SetAttr(model.Attr{Name: name, Tensor: x})
			return model.NodeArg(b.Add(model.Spec{Kind: model.GetAttr, Target: name}))
		case j.Float != nil:
			return model.FloatArg(jsonFloat(j.Float))
		}
		return model.ConstArg(j.Const)
	default:
		i, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			t.Fatalf("argument %s", s)
		}
		return model.IntArg(i)
	}
}

// evaluate runs one call and gives its value.
func evaluate(t *testing.T, c callCase) (*eval.Value, error) {
	t.Helper()
	b := model.NewBuilder(model.ATen)
	spec := model.Spec{Kind: model.Call, Target: c.Op}
	for _, raw := range c.Args {
		spec.Args = append(spec.Args, argument(t, b, raw))
	}
	for name, raw := range c.Kwargs {
		spec.Kwargs = append(spec.Kwargs, model.KwArg{Name: name, Arg: argument(t, b, raw)})
	}
	n := b.Add(spec)
	b.Add(model.Spec{Kind: model.Output, Target: "output", Args: []model.Arg{model.ListArg(model.NodeArg(n))}})
	g, _, err := b.Freeze()
	if err != nil {
		t.Fatal(err)
	}
	if m := eval.Missing(g); len(m) > 0 {
		return nil, fmt.Errorf("missing: %+v", m)
	}
	p, err := eval.Compile(g)
	if err != nil {
		return nil, err
	}
	out, err := p.Run(context.Background(), nil, nil)
	if err != nil {
		return nil, err
	}
	return out[0], nil
}

// differ says how a value differs from torch's answer, "" if it does not: floats within 2e-6 of the largest magnitude (1e-3
// for half types, whose operators torch computes in other steps), the rest exactly.
func differ(v *eval.Value, raw json.RawMessage) string {
	if raw[0] == '[' {
		var l []json.RawMessage
		_ = json.Unmarshal(raw, &l)
		if v == nil || len(v.List) != len(l) {
			return fmt.Sprintf("not %d results", len(l))
		}
		for i := range l {
			if d := differ(v.List[i], l[i]); d != "" {
				return fmt.Sprintf("result %d: %s", i, d)
			}
		}
		return ""
	}
	var j tensorJSON
	if err := json.Unmarshal(raw, &j); err != nil {
		return err.Error()
	}
	switch {
	case v == nil:
		return "no value"
	case v.DType.String() != j.T || !slices.Equal(v.Shape, j.S):
		return fmt.Sprintf("%s%v, want %s%v", v.DType, v.Shape, j.T, j.S)
	case v.Len() != len(j.V):
		return fmt.Sprintf("%d elements, want %d", v.Len(), len(j.V))
	}
	limit := 0.0
	for _, raw := range j.V {
		if x := math.Abs(jsonFloat(raw)); !math.IsInf(x, 0) && !math.IsNaN(x) {
			limit = max(limit, x)
		}
	}
	limit *= 2e-6
	if v.DType == model.Float16 || v.DType == model.BFloat16 {
		limit *= 500
	}
	for i, raw := range j.V {
		want := jsonFloat(raw)
		got := 0.0
		if v.DType.IsFloat() {
			got = float64(v.F[i])
		} else {
			got = float64(v.I[i])
		}
		same := got == want || math.IsNaN(got) && math.IsNaN(want)
		if !same && !(v.DType.IsFloat() && math.Abs(got-want) <= limit) {
			return fmt.Sprintf("element %d is %v, want %v", i, got, want)
		}
	}
	return ""
}

// TestCases compares every operator with torch's recorded answers.
func TestCases(t *testing.T) {
	for i, c := range readCases(t) {
		v, err := evaluate(t, c)
		if err != nil {
			t.Errorf("case %d: %v", i, err)
			continue
		}
		if d := differ(v, c.Out); d != "" {
			t.Errorf("case %d: %s%s: %s", i, c.Op, c.Args, d)
		}
	}
}

// TestEveryOperatorHasACase finds rows of the table that no recorded case covers.
func TestEveryOperatorHasACase(t *testing.T) {
	have := map[string]bool{}
	for _, c := range readCases(t) {
		have[c.Op] = true
	}
	for _, row := range model.Ops() {
		switch row.Eval {
		case model.NoEval, model.EvControl, model.EvSym, model.EvNothing, model.EvGetitem:
			continue // not tensors to tensors: tested in program_test.go
		}
		if !have[row.Name] && !strings.HasPrefix(row.Name, "dim_order_ops.") {
			t.Errorf("%s: no case", row.Name)
		}
	}
}
