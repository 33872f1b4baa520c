package record

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"seam/model"
)

// MaxBytes is the size above which a recording is refused.
const MaxBytes = 256 << 20

// Read reads a recording.
//
//	errors  text that is no JSON, a format that is not known, or a field of another form
func Read(r io.Reader) (*Recording, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read recording: %w", err)
	}
	if len(data) > MaxBytes {
		return nil, fmt.Errorf("read recording: over %d bytes", MaxBytes)
	}
	var f file
	if err := json.Unmarshal(data, &f); err != nil {
		return nil, fmt.Errorf("read recording: %w", err)
	}
	if f.Format != Format {
		return nil, fmt.Errorf("read recording: format %d, not %d", f.Format, Format)
	}
	return f.recording()
}

// file is a recording as JSON has it.
type file struct {
	Format   int      `json:"format"`
	Config   config   `json:"config"`
	Versions Versions `json:"versions"`
	Seam     *Origin  `json:"seam"`
	OK       bool     `json:"ok"`
	Error    string   `json:"error"`
	FailedIn string   `json:"failed_in"`

	NotModelled []Missing            `json:"not_modelled"`
	Annotated   []Node               `json:"annotated_graph"`
	Specs       []Spec               `json:"specs"`
	Annotations *ordered[annotation] `json:"annotations"`
	Groups      *ordered[int]        `json:"groups"`
	QParams     *ordered[qparams]    `json:"qparams"`
	Converted   []Node               `json:"converted_graph"`
	Edge        []Node               `json:"edge_graph"`
	Subgraphs   *ordered[[]Node]     `json:"edge_subgraphs"`
	Rejections  *ordered[string]     `json:"rejections"`
	Tags        []string             `json:"tags"`
	Lowered     []Node               `json:"lowered_graph"`
	Delegates   int                  `json:"delegates"`
	SubCalls    int                  `json:"subgraph_delegates"`
}

func (f *file) recording() (*Recording, error) {
	cfg, err := f.Config.config()
	if err != nil {
		return nil, fmt.Errorf("read recording: config: %w", err)
	}
	r := &Recording{
		Config: cfg, Versions: f.Versions, Seam: f.Seam, OK: f.OK, Error: f.Error, FailedIn: f.FailedIn,
		NotModelled: f.NotModelled, Annotated: f.Annotated, Specs: f.Specs, Converted: f.Converted, Edge: f.Edge,
		Tags: f.Tags, Lowered: f.Lowered, Delegates: f.Delegates, SubCalls: f.SubCalls,
	}
	r.Annotations = list(f.Annotations, func(k string, a annotation) PlaceSpec {
		return PlaceSpec{k, a.null, a.shared, a.spec}
	})
	r.Groups = list(f.Groups, func(k string, g int) PlaceGroup { return PlaceGroup{k, g} })
	r.QParams = list(f.QParams, func(k string, q qparams) QParams { return q.params(k) })
	r.Subgraphs = list(f.Subgraphs, func(k string, n []Node) Subgraph { return Subgraph{k, n} })
	r.Rejections = list(f.Rejections, func(k, v string) Rejection { return Rejection{k, v} })
	for _, a := range r.Annotations {
		if a.Spec < 0 || !a.Null && a.Shared == "" && a.Spec >= len(r.Specs) {
			return nil, fmt.Errorf("read recording: annotation of %s: no spec %d", a.Place, a.Spec)
		}
	}
	return r, nil
}

// ordered is a JSON object whose key order counts.
type ordered[T any] struct {
	keys   []string
	values []T
}

// UnmarshalJSON keeps the keys in the order of the text.
func (o *ordered[T]) UnmarshalJSON(data []byte) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return fmt.Errorf("want an object, got %.20q", data)
	}
	for dec.More() {
		t, err := dec.Token()
		if err != nil {
			return err
		}
		var v T
		if err := dec.Decode(&v); err != nil {
			return fmt.Errorf("%v: %w", t, err)
		}
		o.keys, o.values = append(o.keys, t.(string)), append(o.values, v)
	}
	return nil
}

// list turns an object into a slice: nil if the object was absent, empty if it was empty.
func list[T, U any](o *ordered[T], f func(string, T) U) []U {
	if o == nil {
		return nil
	}
	out := make([]U, len(o.keys))
	for i, k := range o.keys {
		out[i] = f(k, o.values[i])
	}
	return out
}

type annotation struct {
	null   bool
	shared string
	spec   int
}

// UnmarshalJSON reads null, an index, or {"shared": place}. An ordered object passes null on.
func (a *annotation) UnmarshalJSON(data []byte) error {
	switch data[0] {
	case 'n':
		a.null = true
		return nil
	case '{':
		var s struct{ Shared string }
		err := json.Unmarshal(data, &s)
		a.shared = s.Shared
		return err
	}
	return json.Unmarshal(data, &a.spec)
}

type qparams struct {
	Error     string   `json:"error"`
	Scale     []number `json:"scale"`
	ZeroPoint []int64  `json:"zero_point"`
	MinVal    []number `json:"min_val"`
	MaxVal    []number `json:"max_val"`
	Observer  string   `json:"observer"`
}

func (q qparams) params(key string) QParams {
	g, err := strconv.Atoi(key)
	if err != nil {
		g = -1
	}
	return QParams{g, q.Error, floats(q.Scale), q.ZeroPoint, floats(q.MinVal), floats(q.MaxVal), q.Observer}
}

// number is a float that may be written as the text "inf", "-inf" or "nan".
type number float64

// UnmarshalJSON reads a number or one of the three texts.
func (n *number) UnmarshalJSON(data []byte) error {
	f, err := strconv.ParseFloat(strings.Trim(string(data), `"`), 64)
	if err != nil {
		return fmt.Errorf("%.20q is no number", data)
	}
	*n = number(f)
	return nil
}

func floats(v []number) []float64 {
	if v == nil {
		return nil
	}
	out := make([]float64, len(v))
	for i, x := range v {
		out[i] = float64(x)
	}
	return out
}

// Arg is one argument of a recorded node: model.Arg with the name of a node in place of its number.
type Arg struct {
	Kind  model.ArgKind
	Str   string // a node's name, a text, or a constant's text
	Int   int64
	Float float64
	List  []Arg
}

// UnmarshalJSON reads an argument in the form that recordings have.
func (a *Arg) UnmarshalJSON(data []byte) error {
	switch c := data[0]; c {
	case 'n':
		*a = Arg{}
		return nil
	case 't', 'f':
		*a = Arg{Kind: model.ArgBool}
		if c == 't' {
			a.Int = 1
		}
		return nil
	case '[':
		a.Kind = model.ArgList
		return json.Unmarshal(data, &a.List)
	case '"':
		var s string
		if err := json.Unmarshal(data, &s); err != nil {
			return err
		}
		name, ok := strings.CutPrefix(s, "%")
		if !ok {
			return fmt.Errorf("argument %q: want %%name", s)
		}
		*a = Arg{Kind: model.ArgNode, Str: name}
		return nil
	case '{':
		return a.object(data)
	}
	return a.number(string(data))
}

func (a *Arg) number(s string) error {
	var err error
	if strings.ContainsAny(s, ".eE") {
		a.Kind = model.ArgFloat
		a.Float, err = strconv.ParseFloat(s, 64)
	} else {
		a.Kind = model.ArgInt
		a.Int, err = strconv.ParseInt(s, 10, 64)
	}
	return err
}

func (a *Arg) object(data []byte) error {
	var o struct{ Str, Const, Float *string }
	if err := json.Unmarshal(data, &o); err != nil {
		return err
	}
	switch {
	case o.Str != nil:
		a.Kind, a.Str = model.ArgStr, *o.Str
	case o.Const != nil:
		a.Kind, a.Str = model.ArgConst, *o.Const
	case o.Float != nil:
		f, err := strconv.ParseFloat(*o.Float, 64)
		a.Kind, a.Float = model.ArgFloat, f
		return err
	default:
		return fmt.Errorf("argument %.40s: not known", data)
	}
	return nil
}

// UnmarshalJSON reads a value's type; a field that is absent leaves NoVal.
func (v *Val) UnmarshalJSON(data []byte) error {
	switch data[0] {
	case 'n':
		v.Kind = NullVal
		return nil
	case '[':
		v.Kind = ListVal
		return json.Unmarshal(data, &v.List)
	case '{':
		var o struct{ Sym string }
		err := json.Unmarshal(data, &o)
		v.Kind, v.Text = SymVal, o.Sym
		return err
	}
	v.Kind = TypeVal
	return json.Unmarshal(data, &v.Text)
}

// UnmarshalJSON reads a node.
func (n *Node) UnmarshalJSON(data []byte) error {
	var f struct {
		Name, Op, Target string
		Args             []Arg
		Kwargs           *ordered[Arg]
		Val              Val
		Tag              string
		Mark             *bool `json:"arm_quantized"`
	}
	if err := json.Unmarshal(data, &f); err != nil {
		return err
	}
	*n = Node{Name: f.Name, Op: f.Op, Target: f.Target, Args: f.Args, Val: f.Val, Tag: f.Tag}
	n.Kwargs = list(f.Kwargs, func(k string, a Arg) KwArg { return KwArg{k, a} })
	if f.Mark != nil {
		n.Mark = MarkFalse
		if *f.Mark {
			n.Mark = MarkTrue
		}
	}
	return nil
}

// UnmarshalJSON reads a spec.
func (s *Spec) UnmarshalJSON(data []byte) error {
	var f struct {
		Kind, Observer string
		From           []string
		Axis           *int `json:"ch_axis"`
		Dynamic        bool
		Eps            *number
		Scale          number
		ZeroPoint      int64 `json:"zero_point"`
		DType          string
		Min            int64  `json:"qmin"`
		Max            int64  `json:"qmax"`
		Scheme         string `json:"qscheme"`
	}
	if err := json.Unmarshal(data, &f); err != nil {
		return err
	}
	*s = Spec{
		Kind: f.Kind, Observer: f.Observer, Axis: -1, Dynamic: f.Dynamic, Scale: float64(f.Scale),
		ZeroPoint: f.ZeroPoint, DType: f.DType, Min: f.Min, Max: f.Max, Scheme: f.Scheme,
	}
	copy(s.From[:], f.From)
	if f.Axis != nil {
		s.Axis = *f.Axis
	}
	if f.Eps != nil {
		s.Eps, s.HasEps = float64(*f.Eps), true
	}
	return nil
}
