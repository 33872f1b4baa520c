package pt2

import (
	"strconv"
	"strings"

	"seam/model"
)

// symbols is the table of symbolic extents that all graphs of a program share.
type symbols struct {
	list  []model.Symbol
	index map[string]int
}

// of is the extent of an expression; hint is -1 where the file has none.
func (s *symbols) of(expr string, hint int64) model.Dim {
	i, ok := s.index[expr]
	if !ok {
		i = len(s.list)
		s.index[expr] = i
		s.list = append(s.list, model.Symbol{Expr: expr, Hint: -1, Max: -1})
	}
	if s.list[i].Hint < 0 {
		s.list[i].Hint = hint
	}
	return model.SymDim(i)
}

// bound gives the symbols their ranges. Keys are expressions as Python prints them, blanks aside.
func (s *symbols) bound(ranges map[string]bounds) {
	for i := range s.list {
		if b, ok := ranges[squeeze(s.list[i].Expr)]; ok {
			s.list[i].Min, s.list[i].Max = b.lo, b.hi
		}
	}
}

func squeeze(s string) string { return strings.ReplaceAll(s, " ", "") }

// tensorValues reads the types of the graph's tensors.
func (p *program) tensorValues(g *graph) {
	p.dec.object(func(name string) {
		p.dec.charge(costType)
		m := p.tensorMeta()
		g.types[name] = m.typ(name, p)
		if m.reordered() {
			g.reordered[name] = true
		}
		if m.frozen {
			g.frozen[name] = true
		}
	})
}

// tensorMeta is the description of a graph's tensor.
type tensorMeta struct {
	dtype   model.DType
	code    int64 // the dtype's number in the file
	sizes   []model.Dim
	strides []int64 // -1 for one that is no number; nil if not said
	frozen  bool    // it needs no gradient
}

func (p *program) tensorMeta() tensorMeta {
	var m tensorMeta
	d := p.dec
	d.object(func(key string) {
		switch key {
		case "dtype":
			m.code = d.int()
			m.dtype = p.dtype(m.code)
		case "sizes":
			m.sizes = p.dims()
		case "strides":
			m.strides = p.strides()
		case "requires_grad":
			m.frozen = !d.bool()
		default:
			d.skip()
		}
	})
	return m
}

// strides reads how far apart, in elements, the neighbours along each axis are.
func (p *program) strides() []int64 {
	out := []int64{}
	d := p.dec
	d.array(func(i int) {
		if i >= maxRank {
			d.fail("more than %d strides", maxRank)
			return
		}
		step := int64(-1)
		d.union(func(tag string) {
			if tag == "as_int" {
				step = d.int()
			} else {
				d.skip()
			}
		})
		out = append(out, step)
	})
	return out
}

// reordered says whether the axes lie in memory in another order than their own, as in torch.channels_last. Axes of extent 1 and
// strides that are no numbers say nothing.
func (m tensorMeta) reordered() bool {
	last := int64(-1)
	for i := range min(len(m.strides), len(m.sizes)) {
		if m.sizes[i] == 1 || m.strides[i] < 0 {
			continue
		}
		if last >= 0 && m.strides[i] > last {
			return true
		}
		last = m.strides[i]
	}
	return false
}

// typ is the value's type. More extents than a model.Shape holds leave a type that is text only.
func (m tensorMeta) typ(name string, p *program) model.Type {
	if m.strides != nil && len(m.strides) != len(m.sizes) {
		p.warn("value %s: %d sizes but %d strides", quote(name), len(m.sizes), len(m.strides))
	}
	if m.dtype == model.Unknown {
		p.warn("value %s: unknown dtype number %d", quote(name), m.code)
	}
	if len(m.sizes) <= model.MaxRank {
		return model.TensorOf(m.dtype, model.ShapeOf(m.sizes...))
	}
	p.warn("value %s: rank %d, more than %d", quote(name), len(m.sizes), model.MaxRank)
	return model.Type{Kind: model.SymKind, Text: m.dtype.String() + "[rank " + strconv.Itoa(len(m.sizes)) + "]"}
}

func (p *program) dims() []model.Dim {
	out := []model.Dim{}
	d := p.dec
	d.array(func(i int) {
		if i >= maxRank {
			d.fail("more than %d sizes", maxRank)
			return
		}
		out = append(out, p.symInt())
	})
	return out
}

// symInt reads a size: a plain number, kept as it is, or an expression, which becomes a symbolic extent. Negative numbers are
// refused here, since a negative Dim means a symbol.
func (p *program) symInt() model.Dim {
	var out model.Dim
	d := p.dec
	d.union(func(tag string) {
		switch tag {
		case "as_int":
			if out = model.Dim(d.int()); out < 0 {
				d.fail("negative size %d", out)
			}
		case "as_expr":
			hint := int64(-1)
			text := p.expr(&hint)
			if i, err := strconv.ParseInt(text, 10, 64); err == nil && i >= 0 {
				out = model.Dim(i)
				return
			}
			d.charge(costType)
			out = p.symbols.of(text, hint)
		default:
			d.fail("a size with the tag %s", quote(tag))
		}
	})
	return out
}

// expr reads {"expr_str", "hint"}: the expression in Python's infix form. A hint that is a whole number goes to hint, if that
// is not nil.
func (p *program) expr(hint *int64) string {
	text, d := "", p.dec
	d.object(func(key string) {
		switch {
		case d.null():
		case key == "expr_str":
			text = infix(p.text())
		case key == "hint":
			if v := p.value(); v.kind == vInt && hint != nil {
				*hint = v.i
			}
		default:
			d.skip()
		}
	})
	return text
}

// symValues reads the graph's symbolic numbers.
func (p *program) symValues(g *graph) {
	p.dec.object(func(name string) {
		p.dec.charge(costType)
		g.types[name] = model.Type{Kind: model.SymKind, Text: literal(p.value())}
	})
}

func (p *program) objectValues(g *graph) {
	p.dec.object(func(name string) {
		p.dec.charge(costType)
		g.types[name] = model.Type{Kind: model.SymKind, Text: p.named().class}
	})
}

// literal is a number, text or truth as Python prints it with str().
func literal(v value) string {
	switch v.kind {
	case vInt:
		return strconv.FormatInt(v.i, 10)
	case vFloat:
		return pyFloat(v.f)
	case vBool:
		if v.i != 0 {
			return "True"
		}
		return "False"
	case vNone:
		return "None"
	}
	return v.s
}

// pyFloat is Python's repr of a float: the shortest text that reads back, with an exponent below 1e-4 and from 1e16 on.
func pyFloat(f float64) string {
	switch a := max(f, -f); {
	case f != f:
		return "nan"
	case a > 1.7976931348623157e308:
		return strings.ToLower(strings.TrimPrefix(strconv.FormatFloat(f, 'g', -1, 64), "+"))
	case a != 0 && (a < 1e-4 || a >= 1e16):
		return strconv.FormatFloat(f, 'e', -1, 64)
	}
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}
