package model

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"strconv"
	"strings"
)

// attr reads the line of a constant, after its first word.
func (p *parser) attr() {
	a := Attr{Name: p.text()}
	switch p.word() {
	case "param":
		a.Param = true
	case "frozen":
		a.Param, a.Frozen = true, true
	case "buffer":
	default:
		p.fail("a constant is param or buffer")
	}
	if p.err == nil && p.s != "" {
		t := p.tensorType()
		a.Tensor = &Tensor{DType: t.DType, Shape: t.Shape}
		if p.accept("=") {
			p.values(a.Tensor)
		}
	}
	p.end()
	if _, ok := p.b.Attr(a.Name); ok {
		p.fail("second constant %q", a.Name)
	}
	if p.err == nil {
		p.b.SetAttr(a)
	}
}

// values reads t's elements, as many as its shape says.
func (p *parser) values(t *Tensor) {
	n := t.Shape.Numel()
	if n < 0 || n > maxPrinted {
		p.fail("values of a constant of %d elements", n)
		return
	}
	if p.accept("[") {
		words := p.words()
		if int64(len(words)) != n {
			p.fail("%d values for %d elements", len(words), n)
			return
		}
		t.Raw = make([]byte, 0, len(words)*t.DType.Bytes())
		for _, w := range words {
			p.element(t, w)
		}
		return
	}
	h, ok := strings.CutPrefix(p.word(), "0x")
	raw, err := hex.DecodeString(h)
	if !ok || err != nil || int64(len(raw)) != n*int64(t.DType.Bytes()) {
		p.fail("values need [ or 0x and %d bytes", n*int64(t.DType.Bytes()))
		return
	}
	t.Raw = raw
}

// words reads plain words up to the closing bracket.
func (p *parser) words() []string {
	var out []string
	for p.err == nil && !p.accept("]") {
		if len(out) > 0 {
			p.expect(",")
		}
		w := p.word()
		if w == "" {
			p.fail("missing value")
		}
		out = append(out, w)
	}
	return out
}

// element appends one value to t's data; it must fit t's dtype.
func (p *parser) element(t *Tensor, w string) {
	switch t.DType {
	case Float32:
		f, err := strconv.ParseFloat(w, 32)
		if err != nil {
			p.fail("%q is no float32", w)
		}
		t.Raw = binary.LittleEndian.AppendUint32(t.Raw, math.Float32bits(float32(f)))
	default:
		v, err := strconv.ParseInt(w, 10, 64)
		one := FromInts(t.DType, Shape{}, []int64{v})
		if back, berr := one.Ints(); err != nil || berr != nil || len(back) != 1 || back[0] != v {
			p.fail("%q is no %s", w, t.DType)
		}
		t.Raw = append(t.Raw, one.Raw...)
	}
}
