package pt2

import "strings"

// Limits on a symbolic expression; beyond them it is shown as the file has it.
const (
	maxExprText  = 4096
	maxExprDepth = 64
)

// infix turns sympy's constructor form, Mul(Integer(2), Symbol('s0', integer=True)), into what Python prints, 2*s0. Text of
// any other form stays as it is. Nothing is evaluated.
func infix(text string) string {
	if len(text) > maxExprText {
		return clean(strings.ToValidUTF8(text[:maxExprText], "")) + "..."
	}
	p := exprParser{text: text}
	e, ok := p.expr(0)
	if p.blanks(); !ok || p.pos < len(text) {
		return clean(text)
	}
	return clean(e.print(precAdd))
}

// expr is a call of a constructor, or an atom where call is false.
type expr struct {
	name string
	args []expr
	call bool
}

type exprParser struct {
	text string
	pos  int
}

func (p *exprParser) blanks() {
	for p.pos < len(p.text) && p.text[p.pos] == ' ' {
		p.pos++
	}
}

func (p *exprParser) accept(c byte) bool {
	if p.blanks(); p.pos < len(p.text) && p.text[p.pos] == c {
		p.pos++
		return true
	}
	return false
}

// expr reads an atom or a call; keyword arguments (assumptions about symbols, precisions) are dropped.
func (p *exprParser) expr(depth int) (expr, bool) {
	if depth > maxExprDepth {
		return expr{}, false
	}
	atom, ok := p.atom()
	if !ok || !p.accept('(') {
		return expr{name: atom}, ok
	}
	e := expr{name: atom, call: true}
	for first := true; !p.accept(')'); first = false {
		if !first && !p.accept(',') {
			return e, false
		}
		arg, ok := p.expr(depth + 1)
		if !ok {
			return e, false
		}
		if p.accept('=') {
			if _, ok = p.expr(depth + 1); !ok {
				return e, false
			}
			continue
		}
		e.args = append(e.args, arg)
	}
	return e, true
}

// atom reads a word, a number or a quoted text.
func (p *exprParser) atom() (string, bool) {
	p.blanks()
	if p.pos < len(p.text) && p.text[p.pos] == '\'' {
		end := strings.IndexByte(p.text[p.pos+1:], '\'')
		if end < 0 {
			return "", false
		}
		s := p.text[p.pos+1 : p.pos+1+end]
		p.pos += end + 2
		return s, true
	}
	start := p.pos
	for p.pos < len(p.text) && isExprWord(p.text[p.pos]) {
		p.pos++
	}
	return p.text[start:p.pos], p.pos > start
}

func isExprWord(c byte) bool {
	return c == '_' || c == '.' || c == '-' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// Binding strengths, weakest first.
const (
	precRel = iota
	precAdd
	precMul
	precPow
	precAtom
)

// relation is the sign of a comparison: sympy's GreaterThan is >=, its StrictGreaterThan is >.
func relation(name string) string {
	switch name {
	case "GreaterThan":
		return " >= "
	case "LessThan":
		return " <= "
	case "StrictGreaterThan":
		return " > "
	case "StrictLessThan":
		return " < "
	}
	return ""
}

// print writes e so that it can stand where operators of strength prec are.
func (e expr) print(prec int) string {
	own, s := precAtom, e.name
	switch {
	case !e.call:
	case len(e.args) == 1 && (e.name == "Symbol" || e.name == "Integer" || e.name == "Float"):
		s = e.args[0].name
	case e.name == "Add" && len(e.args) > 0:
		own, s = precAdd, e.sum()
	case e.name == "Mul" && len(e.args) > 0:
		own, s = precMul, e.product()
	case len(e.args) == 2 && e.name == "Pow":
		own, s = precPow, e.args[0].print(precAtom)+"**"+e.args[1].print(precAtom)
	case len(e.args) == 2 && e.name == "Rational":
		own, s = precMul, e.args[0].print(precMul)+"/"+e.args[1].print(precPow)
	case len(e.args) == 2 && e.name == "FloorDiv":
		s = "(" + e.args[0].print(precAtom) + "//" + e.args[1].print(precAtom) + ")"
	case len(e.args) == 2 && relation(e.name) != "":
		own, s = precRel, e.args[0].print(precAdd)+relation(e.name)+e.args[1].print(precAdd)
		prec = min(prec, precRel)
	default:
		s = e.function()
	}
	if own < prec || strings.HasPrefix(s, "-") && prec > precAdd {
		return "(" + s + ")"
	}
	return s
}

func (e expr) function() string {
	name := e.name
	switch name {
	case "Equality":
		name = "Eq"
	case "Unequality":
		name = "Ne"
	}
	parts := make([]string, len(e.args))
	for i, a := range e.args {
		parts[i] = a.print(precAdd)
	}
	return name + "(" + strings.Join(parts, ", ") + ")"
}

// sum writes the terms, numbers last as sympy does.
func (e expr) sum() string {
	var terms, numbers []string
	for _, a := range e.args {
		if t := a.print(precAdd); a.call && a.name == "Integer" {
			numbers = append(numbers, t)
		} else {
			terms = append(terms, t)
		}
	}
	s := ""
	for i, t := range append(terms, numbers...) {
		switch rest, negative := strings.CutPrefix(t, "-"); {
		case i == 0:
			s = t
		case negative:
			s += " - " + rest
		default:
			s += " + " + t
		}
	}
	return s
}

// product writes the factors, numbers first.
func (e expr) product() string {
	sign, number := "", ""
	var factors []string
	for _, a := range e.args {
		switch t := a.print(precAdd); {
		case a.call && a.name == "Integer" && t == "-1" && len(e.args) > 1:
			sign = "-"
		case a.call && a.name == "Integer" && number == "":
			number = t
		default:
			factors = append(factors, a.print(precMul))
		}
	}
	if number != "" {
		factors = append([]string{number}, factors...)
	}
	return sign + strings.Join(factors, "*")
}
