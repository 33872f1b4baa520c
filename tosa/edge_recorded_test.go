package tosa_test

import (
	"fmt"
	"strconv"
	"strings"

	"seam/internal/record"
	"seam/model"
)

// recorded builds the graph of recorded nodes. What a recording does not say of the converted graph is inferred: the type of
// quantize, dequantize and new constants, and which constants are parameters, from the placeholders of the edge graph.
func recorded(nodes, edge []record.Node, d model.Dialect) (*model.Graph, error) {
	r := reader{Builder: model.NewBuilder(d), symbols: map[string]int{}, byName: map[string]model.NodeID{}, inputs: map[string]record.Node{}}
	for _, n := range edge {
		if n.Op == "placeholder" {
			r.inputs[n.Name] = n
		}
	}
	r.AtEnd()
	for _, n := range nodes {
		if err := r.node(n); err != nil {
			return nil, fmt.Errorf("%s: %w", n.Name, err)
		}
	}
	g, _, err := r.Freeze()
	return g, err
}

type reader struct {
	*model.Builder
	symbols map[string]int
	byName  map[string]model.NodeID
	inputs  map[string]record.Node // of the edge graph
}

var kinds = map[string]model.Kind{
	"placeholder": model.Placeholder, "get_attr": model.GetAttr, "call_function": model.Call, "output": model.Output,
}

func (r *reader) node(n record.Node) error {
	s := model.Spec{Kind: kinds[n.Op], Name: n.Name, Target: strings.TrimPrefix(strings.TrimPrefix(n.Target, "edge."), "torch.ops.")}
	for _, a := range n.Args {
		s.Args = append(s.Args, r.arg(a))
	}
	for _, k := range n.Kwargs {
		s.Kwargs = append(s.Kwargs, model.KwArg{Name: k.Name, Arg: r.arg(k.Arg)})
	}
	var err error
	if s.Type, err = r.valType(n.Val); err != nil {
		return err
	}
	if s.Kind == model.GetAttr {
		if err := r.constant(&s); err != nil {
			return err
		}
	}
	if s.Type.Kind == model.NoType {
		s.Type = r.inferred(s)
	}
	id := r.Add(s)
	r.Rename(id, n.Name)
	r.Node(id).Name = n.Name
	if n.Mark != record.Unmarked {
		r.SetMark(id, model.Mark(n.Mark))
	}
	if s.Kind == model.Placeholder && s.Type.Kind == model.SymKind {
		r.Inputs[n.Name] = model.ScalarInput
	}
	r.byName[n.Name] = id
	return nil
}

// constant makes the attribute of a get_attr, typed as the placeholder that it became.
func (r *reader) constant(s *model.Spec) error {
	name := strings.TrimPrefix(strings.ReplaceAll(s.Target, ".", "_"), "self_")
	a := model.Attr{Name: s.Target}
	p, ok := r.inputs["b_"+name]
	if !ok {
		p, ok = r.inputs["c_"+name]
	}
	if !ok {
		if p, ok = r.inputs["p_"+name]; ok {
			a.Param = true
		}
	}
	if !ok && s.Type.Kind == model.NoType { // a body, whose nodes a recording does not have
		body, _, err := model.NewBuilder(model.ATen).Freeze()
		if r.Subs == nil {
			r.Subs = map[string]*model.Graph{}
		}
		r.Subs[s.Target] = body
		return err
	}
	if ok {
		t, err := r.valType(p.Val)
		if err != nil {
			return err
		}
		s.Type = t
	}
	a.Tensor = &model.Tensor{DType: s.Type.T.DType, Shape: s.Type.T.Shape}
	r.SetAttr(a)
	return nil
}

// inferred is the type of a quantize or dequantize.
func (r *reader) inferred(s model.Spec) model.Type {
	if s.Kind != model.Call || len(s.Args) == 0 || s.Args[0].Kind != model.ArgNode {
		return model.Type{}
	}
	t := r.Node(s.Args[0].Node).Type
	switch {
	case strings.HasPrefix(s.Target, "quantized_decomposed.quantize"):
		t.T.DType = model.ParseDType(s.Args[len(s.Args)-1].Str)
	case strings.HasPrefix(s.Target, "quantized_decomposed.dequantize"):
		t.T.DType = model.Float32
		for _, k := range s.Kwargs {
			if d := model.ParseDType(k.Arg.Str); k.Name == "out_dtype" && d != model.Unknown {
				t.T.DType = d
			}
		}
	default:
		return model.Type{}
	}
	return t
}

func (r *reader) arg(a record.Arg) model.Arg {
	out := model.Arg{Kind: a.Kind, Str: a.Str, Int: a.Int, Float: a.Float}
	switch a.Kind {
	case model.ArgNode:
		out = model.NodeArg(r.byName[a.Str])
	case model.ArgList:
		out.List = []model.Arg{}
		for _, e := range a.List {
			out.List = append(out.List, r.arg(e))
		}
	}
	return out
}

func (r *reader) valType(v record.Val) (model.Type, error) {
	switch v.Kind {
	case record.TypeVal:
		t, err := r.tensor(v.Text)
		return model.Type{Kind: model.TensorKind, T: t}, err
	case record.SymVal:
		return model.Type{Kind: model.SymKind, Text: v.Text}, nil
	case record.NullVal:
		return model.Type{Kind: model.SymKind, Text: "None"}, nil
	case record.ListVal:
		l := model.Type{Kind: model.ListKind}
		for _, e := range v.List {
			t, err := r.valType(e)
			if err != nil {
				return l, err
			}
			l.List = append(l.List, t.T)
		}
		return l, nil
	}
	return model.Type{}, nil
}

// tensor reads "float32[1,s0,64]".
func (r *reader) tensor(s string) (model.TensorType, error) {
	name, dims, ok := strings.Cut(strings.TrimSuffix(s, "]"), "[")
	t := model.TensorType{DType: model.ParseDType(name)}
	if !ok || t.DType == model.Unknown {
		return t, fmt.Errorf("value %q", s)
	}
	for _, d := range splitDims(dims) {
		if t.Shape.Rank() == model.MaxRank {
			return t, fmt.Errorf("rank above %d", model.MaxRank)
		}
		t.Shape = t.Shape.Append(r.dim(d))
	}
	return t, nil
}

func (r *reader) dim(d string) model.Dim {
	if n, err := strconv.Atoi(d); err == nil {
		return model.Dim(n)
	}
	i, ok := r.symbols[d]
	if !ok {
		i = len(r.Symbols)
		r.symbols[d] = i
		r.Symbols = append(r.Symbols, model.Symbol{Expr: d, Hint: -1, Max: -1})
	}
	return model.SymDim(i)
}

// splitDims splits at commas outside parentheses.
func splitDims(s string) []string {
	var out []string
	depth, start := 0, 0
	for i, c := range s {
		switch {
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == ',' && depth == 0:
			out = append(out, s[start:i])
			start = i + 1
		}
	}
	if s == "" {
		return nil
	}
	return append(out, s[start:])
}
