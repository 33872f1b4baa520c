package tosa_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"seam/model"
)

// recording is what a test needs of one golden-*.json of the corpus.
type recording struct {
	Annotated []recNode         `json:"annotated_graph"`
	Converted []recNode         `json:"converted_graph"`
	Edge      []recNode         `json:"edge_graph"`
	Groups    map[string]int    `json:"groups"`
	QParams   map[string]recQ   `json:"qparams"`
	Consts    map[string]recRaw `json:"consts"`
}

type recNode struct {
	Name, Op, Target string
	Args             []any
	Kwargs           map[string]any
	Val              any
	Tag              string
	Mark             *bool `json:"arm_quantized"`
}

type recQ struct {
	Scale []float64
	Zero  []int64 `json:"zero_point"`
}

// recRaw is a constant's bytes, which the corpus does not hold.
type recRaw struct {
	DType string
	Shape []int
	Raw   []byte
}

func readRecording(t testing.TB, path string) *recording {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return parseRecording(t, filepath.Base(path), data)
}

func parseRecording(t testing.TB, name string, data []byte) *recording {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	r := &recording{}
	if err := d.Decode(r); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return r
}

// graph is the recorded edge graph and the nodes of every tag.
func (r *recording) graph(t testing.TB) (*model.Graph, map[string][]model.NodeID) {
	t.Helper()
	b := model.NewBuilder(model.Edge)
	ids := map[string]model.NodeID{}
	for _, n := range r.Edge {
		s := model.Spec{Kind: kindOf(n.Op), Target: strings.TrimPrefix(n.Target, "edge."), Name: n.Name, Type: recType(n.Val)}
		for _, a := range n.Args {
			s.Args = append(s.Args, recArg(a, ids))
		}
		for _, k := range slices.Sorted(keys(n.Kwargs)) {
			s.Kwargs = append(s.Kwargs, model.KwArg{Name: k, Arg: recArg(n.Kwargs[k], ids)})
		}
		if stem, ok := cutPrefix(n.Name); ok && s.Kind == model.Placeholder {
			s.Target = stem
		}
		id := b.Add(s)
		b.Node(id).Name = n.Name
		if s.Kind == model.Placeholder && s.Target != n.Name {
			b.Inputs[n.Name] = model.BufferInput
		}
		if s.Kind == model.Placeholder && strings.HasPrefix(n.Name, "_lifted_tensor_constant") {
			b.Inputs[n.Name] = model.ConstInput
		}
		if n.Mark != nil && *n.Mark {
			b.SetMark(id, model.MarkedQuantized)
		}
		ids[n.Name] = id
	}
	r.scales(b)
	for name, c := range r.Consts {
		b.SetAttr(model.Attr{Name: name, Tensor: &model.Tensor{DType: model.ParseDType(c.DType), Shape: model.ShapeInts(c.Shape...), Raw: c.Raw}})
	}
	g, _, err := b.Freeze()
	if err != nil {
		t.Fatal(err)
	}
	tags := map[string][]model.NodeID{}
	for _, n := range r.Edge {
		if n.Tag != "" {
			tags[n.Tag] = append(tags[n.Tag], g.ByName(n.Name))
		}
	}
	return g, tags
}

// scales takes the weights' scales from the recorded qparams: the converted graph says which constant holds which.
func (r *recording) scales(b *model.Builder) {
	byName := map[string]recNode{}
	for _, n := range r.Converted {
		byName[n.Name] = n
	}
	for _, n := range r.Annotated {
		weight, ok := argName(n.Args, 1)
		if !ok {
			continue
		}
		group, ok := r.Groups[weight+"->"+n.Name]
		dq, ok2 := argName(byName[n.Name].Args, 1)
		if !ok || !ok2 || !strings.Contains(dq, "per_channel") {
			continue
		}
		q := r.QParams[fmt.Sprint(group)]
		scale, _ := argName(byName[dq].Args, 1)
		zero, _ := argName(byName[dq].Args, 2)
		f := make([]float32, len(q.Scale))
		for i, s := range q.Scale {
			f[i] = float32(s)
		}
		shape := model.ShapeInts(len(f))
		b.SetAttr(model.Attr{Name: scale, Tensor: model.FromFloats(shape, f)})
		b.SetAttr(model.Attr{Name: zero, Tensor: model.FromInts(model.Int64, shape, make([]int64, len(f)))})
	}
}

func argName(args []any, i int) (string, bool) {
	if i >= len(args) {
		return "", false
	}
	s, _ := args[i].(string)
	return strings.CutPrefix(s, "%")
}

func cutPrefix(name string) (string, bool) {
	for _, p := range []string{"b_", "p_", "c_"} {
		if s, ok := strings.CutPrefix(name, p); ok {
			return s, true
		}
	}
	return name, false
}

func keys[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

func kindOf(op string) model.Kind {
	switch op {
	case "placeholder":
		return model.Placeholder
	case "get_attr":
		return model.GetAttr
	case "output":
		return model.Output
	}
	return model.Call
}

func recArg(v any, ids map[string]model.NodeID) model.Arg {
	switch x := v.(type) {
	case bool:
		return model.BoolArg(x)
	case json.Number:
		if i, err := x.Int64(); err == nil {
			return model.IntArg(i)
		}
		f, _ := x.Float64()
		return model.FloatArg(f)
	case string:
		return model.NodeArg(ids[strings.TrimPrefix(x, "%")])
	case []any:
		l := model.ListArg()
		for _, e := range x {
			l.List = append(l.List, recArg(e, ids))
		}
		return l
	case map[string]any:
		for k, s := range x {
			if k == "str" {
				return model.StrArg(fmt.Sprint(s))
			}
			return model.ConstArg(fmt.Sprint(s))
		}
	}
	return model.Arg{}
}

func recType(v any) model.Type {
	switch x := v.(type) {
	case string:
		if t, ok := recTensor(x); ok {
			return model.Type{Kind: model.TensorKind, T: t}
		}
	case []any:
		t := model.Type{Kind: model.ListKind}
		for _, e := range x {
			s, _ := e.(string)
			if one, ok := recTensor(s); ok {
				t.List = append(t.List, one)
			}
		}
		return t
	}
	return model.Type{}
}

// recTensor reads "int8[1,16,64]"; a symbolic extent is symbol 0.
func recTensor(s string) (model.TensorType, bool) {
	name, dims, ok := strings.Cut(strings.TrimSuffix(s, "]"), "[")
	t := model.TensorType{DType: model.ParseDType(name)}
	for _, d := range strings.Split(dims, ",") {
		var n model.Dim
		if d == "" {
			continue
		}
		if _, err := fmt.Sscanf(d, "%d", &n); err != nil {
			n = model.SymDim(0)
		}
		t.Shape = t.Shape.Append(n)
	}
	return t, ok
}
