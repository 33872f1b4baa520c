package ethosu

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"seam/model"
)

// recording is what the corpus test needs of one recording of the real tools.
type recording struct {
	Config     struct{ Target string }
	Versions   struct{ Executorch string }
	OK         bool
	FailedIn   string                    `json:"failed_in"`
	EdgeGraph  []recordedNode            `json:"edge_graph"`
	Subgraphs  map[string][]recordedNode `json:"edge_subgraphs"`
	Rejections map[string]string
	Raises     string           // what upstream raised out of the partitioner
	Hints      map[string]int64 // the sizes at capture, by symbolic extent
}

type recordedNode struct {
	Name, Op, Target, Tag string
	Args                  []any
	Kwargs                map[string]any
	Val                   any
	ArmQuantized          *bool `json:"arm_quantized"`
}

func readRecording(path string) (*recording, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	rec := &recording{}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber() // 1 is a whole number, 1.0 is not
	if err := d.Decode(rec); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return rec, nil
}

// graphReader builds an edge graph from a recording's nodes.
type graphReader struct {
	b      *model.Builder
	byName map[string]model.NodeID
	symbol map[string]model.Dim
	hints  map[string]int64
}

func (rec *recording) graph(nodes []recordedNode) (*model.Graph, error) {
	r := &graphReader{b: model.NewBuilder(model.Edge), byName: map[string]model.NodeID{}, symbol: map[string]model.Dim{}, hints: rec.Hints}
	for _, n := range nodes {
		if body := rec.Subgraphs[n.Target]; n.Op == "get_attr" && body != nil {
			sub, err := rec.graph(body)
			if err != nil {
				return nil, err
			}
			if r.b.Subs == nil {
				r.b.Subs = map[string]*model.Graph{}
			}
			r.b.Subs[n.Target] = sub
		}
		r.add(n)
	}
	g, _, err := r.b.Freeze()
	return g, err
}

func (r *graphReader) add(n recordedNode) {
	s := model.Spec{Target: strings.TrimPrefix(n.Target, "edge."), Name: n.Name, Like: model.None, Type: r.value(n.Val)}
	s.Target = strings.TrimPrefix(s.Target, "torch.ops.")
	switch n.Op {
	case "placeholder":
		s.Kind = model.Placeholder
		for prefix, kind := range map[string]model.InputKind{
			"p_": model.ParamInput, "b_": model.BufferInput, "c_": model.ConstInput, "_lifted": model.ConstInput,
		} {
			if strings.HasPrefix(n.Name, prefix) {
				r.b.Inputs[n.Name] = kind
			}
		}
	case "get_attr":
		s.Kind = model.GetAttr
	case "output":
		s.Kind = model.Output
	default:
		s.Kind = model.Call
	}
	for _, a := range n.Args {
		s.Args = append(s.Args, r.arg(a))
	}
	for k, v := range n.Kwargs {
		s.Kwargs = append(s.Kwargs, model.KwArg{Name: k, Arg: r.arg(v)})
	}
	id := r.b.Add(s)
	r.byName[n.Name] = id
	if n.ArmQuantized != nil {
		r.b.SetMark(id, map[bool]model.Mark{true: model.MarkedQuantized, false: model.MarkedFloat}[*n.ArmQuantized])
	}
}

func (r *graphReader) arg(v any) model.Arg {
	switch x := v.(type) {
	case string:
		return model.NodeArg(r.byName[strings.TrimPrefix(x, "%")])
	case bool:
		return model.BoolArg(x)
	case json.Number:
		if i, err := x.Int64(); err == nil {
			return model.IntArg(i)
		}
		f, _ := x.Float64()
		return model.FloatArg(f)
	case []any:
		l := model.ListArg()
		for _, e := range x {
			l.List = append(l.List, r.arg(e))
		}
		return l
	case map[string]any:
		if s, ok := x["str"].(string); ok {
			return model.StrArg(s)
		}
		if s, ok := x["const"].(string); ok {
			return model.ConstArg(s)
		}
	}
	return model.Arg{}
}

func (r *graphReader) value(v any) model.Type {
	switch x := v.(type) {
	case string:
		t := r.tensor(x)
		return model.TensorOf(t.DType, t.Shape)
	case []any:
		t := model.Type{Kind: model.ListKind}
		for _, e := range x {
			if s, ok := e.(string); ok {
				t.List = append(t.List, r.tensor(s))
			}
		}
		return t
	case map[string]any:
		return model.Type{Kind: model.SymKind, Text: fmt.Sprint(x["sym"])}
	}
	return model.Type{}
}

func (r *graphReader) tensor(s string) model.TensorType {
	open := strings.IndexByte(s, '[')
	t := model.TensorType{DType: model.ParseDType(s[:open])}
	for _, d := range splitDims(s[open+1 : len(s)-1]) {
		t.Shape = t.Shape.Append(r.dim(d))
	}
	return t
}

func (r *graphReader) dim(s string) model.Dim {
	var d int64
	if _, err := fmt.Sscanf(s, "%d", &d); err == nil && fmt.Sprint(d) == s {
		return model.Dim(d)
	}
	if _, ok := r.symbol[s]; !ok {
		r.symbol[s] = model.SymDim(len(r.b.Symbols))
		hint := int64(-1)
		if h, ok := r.hints[s]; ok {
			hint = h
		}
		r.b.Symbols = append(r.b.Symbols, model.Symbol{Expr: s, Hint: hint, Max: -1})
	}
	return r.symbol[s]
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
			out = append(out, strings.TrimSpace(s[start:i]))
			start = i + 1
		}
	}
	if s == "" {
		return nil
	}
	return append(out, strings.TrimSpace(s[start:]))
}
