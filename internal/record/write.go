package record

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"seam/model"
)

// Write writes r on one line, with the keys in the order and the numbers in the form of the tools' own files, so that a
// recording that was read is written as the same bytes.
func Write(w io.Writer, r *Recording) error {
	var p printer
	p.recording(r)
	_, err := w.Write(p.b.Bytes())
	return err
}

// printer builds JSON text as Python's json module prints it without blanks.
type printer struct {
	b bytes.Buffer
}

func (p *printer) raw(s string) { p.b.WriteString(s) }

func (p *printer) str(s string) {
	p.b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			p.b.WriteByte('\\')
			p.b.WriteRune(r)
		case r == '\n':
			p.raw(`\n`)
		case r == '\r':
			p.raw(`\r`)
		case r == '\t':
			p.raw(`\t`)
		case r == '\b':
			p.raw(`\b`)
		case r == '\f':
			p.raw(`\f`)
		case r >= 0x10000:
			r -= 0x10000
			fmt.Fprintf(&p.b, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		case r < 0x20 || r > 0x7e:
			fmt.Fprintf(&p.b, `\u%04x`, r)
		default:
			p.b.WriteRune(r)
		}
	}
	p.b.WriteByte('"')
}

func (p *printer) int(i int64) { p.raw(strconv.FormatInt(i, 10)) }

func (p *printer) bool(b bool) { p.raw(strconv.FormatBool(b)) }

// float writes a float so that reading it gives the same float64; what JSON cannot write becomes a text.
func (p *printer) float(f float64) {
	if s := FloatText(f); math.IsInf(f, 0) || math.IsNaN(f) {
		p.str(s)
	} else {
		p.raw(s)
	}
}

// FloatText is a float as Python's repr prints it: the shortest text that reads back as f, with a point or an exponent.
func FloatText(f float64) string {
	switch {
	case math.IsNaN(f):
		return "nan"
	case math.IsInf(f, 1):
		return "inf"
	case math.IsInf(f, -1):
		return "-inf"
	}
	if a := math.Abs(f); a != 0 && (a < 1e-4 || a >= 1e16) {
		return strconv.FormatFloat(f, 'e', -1, 64)
	}
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

// key starts a field: a comma unless the object was just opened, the name, a colon.
func (p *printer) key(name string) {
	p.comma()
	p.str(name)
	p.b.WriteByte(':')
}

func (p *printer) comma() {
	if n := p.b.Len(); n > 0 {
		if c := p.b.Bytes()[n-1]; c != '{' && c != '[' {
			p.b.WriteByte(',')
		}
	}
}

func (p *printer) field(name, value string) {
	p.key(name)
	p.str(value)
}

func (p *printer) object(f func()) {
	p.b.WriteByte('{')
	f()
	p.b.WriteByte('}')
}

func printList[T any](p *printer, v []T, f func(T)) {
	p.b.WriteByte('[')
	for _, x := range v {
		p.comma()
		f(x)
	}
	p.b.WriteByte(']')
}

// value writes what has no place in upstream's schema, in Go's own form.
func (p *printer) value(v any) {
	b, err := json.Marshal(v)
	if err != nil { // only plain structs of texts get here
		panic(err)
	}
	p.b.Write(b)
}

func (p *printer) recording(r *Recording) {
	p.object(func() {
		p.key("format")
		p.int(Format)
		p.key("config")
		p.config(&r.Config)
		p.key("versions")
		p.object(func() {
			p.field("executorch", r.Versions.ExecuTorch)
			p.field("torch", r.Versions.Torch)
			p.field("torchao", r.Versions.TorchAO)
		})
		if r.Seam != nil {
			p.key("seam")
			p.value(r.Seam)
		}
		p.key("ok")
		p.bool(r.OK)
		p.failure(r)
		p.quantized(r)
		p.lowered(r)
	})
}

func (p *printer) failure(r *Recording) {
	if r.Error != "" {
		p.field("error", r.Error)
	}
	if r.FailedIn != "" {
		p.field("failed_in", r.FailedIn)
	}
	if len(r.NotModelled) > 0 {
		p.key("not_modelled")
		p.value(r.NotModelled)
	}
}

func (p *printer) quantized(r *Recording) {
	p.graph("annotated_graph", r.Annotated)
	if r.Annotations != nil {
		p.key("specs")
		printList(p, r.Specs, p.spec)
		p.key("annotations")
		p.object(func() {
			for _, a := range r.Annotations {
				p.key(a.Place)
				p.annotation(a)
			}
		})
		p.key("groups")
		p.object(func() {
			for _, g := range r.Groups {
				p.key(g.Place)
				p.int(int64(g.Group))
			}
		})
	}
	if r.QParams != nil {
		p.key("qparams")
		p.object(func() {
			for _, q := range r.QParams {
				p.key(strconv.Itoa(q.Group))
				p.qparams(q)
			}
		})
	}
	p.graph("converted_graph", r.Converted)
}

func (p *printer) lowered(r *Recording) {
	p.graph("edge_graph", r.Edge)
	if len(r.Subgraphs) > 0 {
		p.key("edge_subgraphs")
		p.object(func() {
			for _, s := range r.Subgraphs {
				p.graph(s.Name, s.Nodes)
			}
		})
	}
	if r.Rejections != nil {
		p.key("rejections")
		p.object(func() {
			for _, x := range r.Rejections {
				p.field(x.Node, x.Reason)
			}
		})
	}
	if r.Tags != nil {
		p.key("tags")
		printList(p, r.Tags, p.str)
	}
	if r.Lowered != nil {
		p.graph("lowered_graph", r.Lowered)
		p.key("delegates")
		p.int(int64(r.Delegates))
		if len(r.Subgraphs) > 0 {
			p.key("subgraph_delegates")
			p.int(int64(r.SubCalls))
		}
	}
}

func (p *printer) graph(name string, nodes []Node) {
	if nodes != nil {
		p.key(name)
		printList(p, nodes, p.node)
	}
}

func (p *printer) node(n Node) {
	p.object(func() {
		p.field("name", n.Name)
		p.field("op", n.Op)
		p.field("target", n.Target)
		if len(n.Args) > 0 {
			p.key("args")
			printList(p, n.Args, p.arg)
		}
		if len(n.Kwargs) > 0 {
			p.key("kwargs")
			p.object(func() {
				for _, k := range n.Kwargs {
					p.key(k.Name)
					p.arg(k.Arg)
				}
			})
		}
		if n.Val.Kind != NoVal {
			p.key("val")
			p.val(n.Val)
		}
		if n.Tag != "" {
			p.field("tag", n.Tag)
		}
		if n.Mark != Unmarked {
			p.key("arm_quantized")
			p.bool(n.Mark == MarkTrue)
		}
	})
}

func (p *printer) arg(a Arg) {
	switch a.Kind {
	case model.ArgNode:
		p.str("%" + a.Str)
	case model.ArgInt:
		p.int(a.Int)
	case model.ArgFloat:
		if math.IsInf(a.Float, 0) || math.IsNaN(a.Float) {
			p.object(func() { p.field("float", FloatText(a.Float)) })
		} else {
			p.float(a.Float)
		}
	case model.ArgBool:
		p.bool(a.Int != 0)
	case model.ArgStr:
		p.object(func() { p.field("str", a.Str) })
	case model.ArgConst:
		p.object(func() { p.field("const", a.Str) })
	case model.ArgList:
		printList(p, a.List, p.arg)
	default:
		p.raw("null")
	}
}

func (p *printer) val(v Val) {
	switch v.Kind {
	case TypeVal:
		p.str(v.Text)
	case SymVal:
		p.object(func() { p.field("sym", v.Text) })
	case ListVal:
		printList(p, v.List, p.val)
	default:
		p.raw("null")
	}
}

func (p *printer) annotation(a PlaceSpec) {
	switch {
	case a.Null:
		p.raw("null")
	case a.Shared != "":
		p.object(func() { p.field("shared", a.Shared) })
	default:
		p.int(int64(a.Spec))
	}
}

func (p *printer) spec(s Spec) {
	p.object(func() {
		p.field("kind", s.Kind)
		switch s.Kind {
		case "observed":
			p.field("observer", s.Observer)
			p.axis(s.Axis)
			p.key("dynamic")
			p.bool(s.Dynamic)
			if s.HasEps {
				p.key("eps")
				p.float(s.Eps)
			}
		case "derived":
			p.key("from")
			printList(p, s.From[:], p.str)
			p.axis(s.Axis)
		case "fixed":
			p.key("scale")
			p.float(s.Scale)
			p.key("zero_point")
			p.int(s.ZeroPoint)
		}
		p.field("dtype", s.DType)
		p.key("qmin")
		p.int(s.Min)
		p.key("qmax")
		p.int(s.Max)
		p.field("qscheme", s.Scheme)
	})
}

func (p *printer) axis(a int) {
	p.key("ch_axis")
	if a < 0 {
		p.raw("null")
	} else {
		p.int(int64(a))
	}
}

func (p *printer) qparams(q QParams) {
	p.object(func() {
		if q.Error != "" {
			p.field("error", q.Error)
		} else {
			p.key("scale")
			printList(p, q.Scale, p.float)
			p.key("zero_point")
			printList(p, q.ZeroPoint, p.int)
		}
		if q.MinVal != nil {
			p.key("min_val")
			printList(p, q.MinVal, p.float)
		}
		if q.MaxVal != nil {
			p.key("max_val")
			printList(p, q.MaxVal, p.float)
		}
		p.field("observer", q.Observer)
	})
}
