package model

import (
	"fmt"
	"strconv"
	"strings"
)

// EvalExpr computes a symbolic extent such as "2*s69 + 1" or "((s0 - 1)//2)" for given sizes.
//
//	bind    size by symbol
//	errors  a symbol without a size, or text outside the grammar: + - * // % ( ) numbers, names
func EvalExpr(expr string, bind map[string]int64) (int64, error) {
	p := exprParser{src: expr, bind: bind}
	v := p.sum()
	p.space()
	if p.err == nil && p.at < len(p.src) {
		p.fail("unexpected %q", p.src[p.at:])
	}
	return v, p.err
}

type exprParser struct {
	src   string
	at    int
	depth int
	bind  map[string]int64
	err   error
}

func (p *exprParser) fail(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf("size %q: %s", p.src, fmt.Sprintf(format, args...))
	}
}

func (p *exprParser) space() {
	for p.at < len(p.src) && p.src[p.at] == ' ' {
		p.at++
	}
}

func (p *exprParser) take(tok string) bool {
	p.space()
	if !strings.HasPrefix(p.src[p.at:], tok) {
		return false
	}
	p.at += len(tok)
	return true
}

func (p *exprParser) sum() int64 {
	v := p.product()
	for p.err == nil {
		switch {
		case p.take("+"):
			v += p.product()
		case p.take("-"):
			v -= p.product()
		default:
			return v
		}
	}
	return v
}

func (p *exprParser) product() int64 {
	v := p.atom()
	for p.err == nil {
		switch {
		case p.take("//"):
			v = p.divide(v, p.atom(), false)
		case p.take("%"):
			v = p.divide(v, p.atom(), true)
		case p.take("*"):
			v *= p.atom()
		default:
			return v
		}
	}
	return v
}

// divide is Python's floor division, or its remainder.
func (p *exprParser) divide(a, b int64, rest bool) int64 {
	if b == 0 {
		p.fail("division by zero")
		return 0
	}
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	if rest {
		return a - q*b
	}
	return q
}

func (p *exprParser) atom() int64 {
	if p.depth++; p.depth > 64 {
		p.fail("nested too deeply")
		return 0
	}
	defer func() { p.depth-- }()
	if p.take("-") {
		return -p.atom()
	}
	if p.take("(") {
		v := p.sum()
		if !p.take(")") {
			p.fail("missing )")
		}
		return v
	}
	p.space()
	start := p.at
	for p.at < len(p.src) && isWord(p.src[p.at]) {
		p.at++
	}
	word := p.src[start:p.at]
	if word == "" {
		p.fail("unexpected end")
		return 0
	}
	if n, err := strconv.ParseInt(word, 10, 64); err == nil {
		return n
	}
	v, ok := p.bind[word]
	if !ok {
		p.fail("%s has no size", word)
	}
	return v
}
