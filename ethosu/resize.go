package ethosu

import (
	"fmt"
	"math/big"
	"strings"

	"seam/model"
)

// axis is TOSA's RESIZE parameters of one axis: scale n/d, doubled as TOSA has it, and offset and border in units of 1/n input
// element.
type axis struct{ n, d, offset, border int64 }

// resize is one upsampling as RESIZE: rows, then columns.
type resize struct {
	in, out      [2]model.Dim
	y, x         axis
	alignCorners bool
	nearest      bool
	scale        [2]float64 // as the user gave it; 0 if only a size was given
	inExpr       [2]string
	outExpr      [2]string
	concreteIn   bool
	concreteOut  bool
}

// newResize reads the sizes of an upsampling.
func (a *ask) newResize() (*resize, bool) {
	x, ok1 := a.operand(0)
	y, ok2 := a.tensor(a.id)
	if !ok1 || !ok2 || a.raised != "" {
		return nil, false
	}
	if x.Shape.Rank() < 4 || y.Shape.Rank() < 4 {
		a.raise(noArgument)
		return nil, false
	}
	r := &resize{concreteIn: true, concreteOut: true}
	for i := range 2 {
		r.in[i], r.out[i] = x.Shape.At(2+i), y.Shape.At(2+i)
		r.inExpr[i], r.outExpr[i] = a.extent(r.in[i]), a.extent(r.out[i])
		r.concreteIn = r.concreteIn && !r.in[i].Symbolic()
		r.concreteOut = r.concreteOut && !r.out[i].Symbolic()
	}
	return r, true
}

// parameters computes both axes. The text is upstream's RuntimeError.
//
//	source  _passes/rewrite_upsample.py: get_resize_parameters_1d
func (r *resize) parameters(halfPixel bool) (text string) {
	if r.y, text = r.axis(0, halfPixel); text == "" {
		r.x, text = r.axis(1, halfPixel)
	}
	return text
}

// axis computes one axis. Nearest sampling with a given scale uses that, not the ratio of the sizes.
//
//	halfPixel  whether nearest sampling always takes the offset of half a pixel, as before 1.5.1
func (r *resize) axis(i int, halfPixel bool) (axis, string) {
	symbolic := r.in[i].Symbolic() || r.out[i].Symbolic()
	if r.alignCorners && symbolic {
		return axis{}, "We do not support align_corners=True for symbolic shapes."
	}
	ratio, text := r.ratio(i)
	if text != "" {
		return axis{}, text
	}
	p := axis{n: 2 * ratio.Num().Int64(), d: 2 * ratio.Denom().Int64()}
	switch {
	case r.nearest && !halfPixel && !ratio.IsInt():
		p.offset = -floorDiv(p.n, 2)
	case r.nearest || !r.alignCorners:
		p.offset = floorDiv(p.d, 2) - floorDiv(p.n, 2)
	}
	border := func(in, out int64) *big.Rat {
		return new(big.Rat).SetInt64(p.d*(out-1) - p.n*(in-1) + p.offset)
	}
	if b, ok := constant(r.inExpr[i], r.outExpr[i], border); ok {
		p.border = b.Num().Int64()
		return p, ""
	}
	return axis{}, fmt.Sprintf("Resize requires a constant border: %s is not constant!", r.borderText(i, p, border))
}

// borderText is a border that depends on sizes as sympy prints it, which is certain where one symbol stands alone in it.
func (r *resize) borderText(i int, p axis, border func(in, out int64) *big.Rat) string {
	in, out := r.inExpr[i], r.outExpr[i]
	if vars := names(in, out); len(vars) == 1 {
		var at [3]int64
		for k := range at {
			bind := map[string]int64{vars[0]: 1000 * int64(k)}
			x, err1 := model.EvalExpr(in, bind)
			y, err2 := model.EvalExpr(out, bind)
			if err1 != nil || err2 != nil {
				return p.sum(in, out)
			}
			at[k] = border(x, y).Num().Int64()
		}
		if slope := (at[1] - at[0]) / 1000; at[1]-at[0] == 1000*slope && at[2]-at[1] == 1000*slope {
			return linear(at[0], slope, vars[0])
		}
	}
	return p.sum(in, out)
}

// sum is the border as a formula of the sizes.
func (p axis) sum(in, out string) string {
	return fmt.Sprintf("%d*%s - %d*%s + %d", p.d, bracket(out), p.n, bracket(in), p.n-p.d+p.offset)
}

// linear writes c + k*v as sympy does, the positive term first.
func linear(c, k int64, v string) string {
	term := v
	switch {
	case k == -1:
		term = "-" + v
	case k != 1:
		term = fmt.Sprintf("%d*%s", k, v)
	}
	switch {
	case c == 0:
		return term
	case c > 0 && k < 0:
		return fmt.Sprintf("%d - %s", c, term[1:])
	case c < 0:
		return fmt.Sprintf("%s - %d", term, -c)
	}
	return fmt.Sprintf("%s + %d", term, c)
}

// ratio is output over input of one axis.
func (r *resize) ratio(i int) (*big.Rat, string) {
	if r.nearest && r.scale[i] != 0 {
		return limitDenominator(r.scale[i], 1_000_000), ""
	}
	shrink := int64(0)
	if r.alignCorners && r.in[i] > 1 && r.out[i] > 1 {
		shrink = 1
	}
	q, ok := constant(r.inExpr[i], r.outExpr[i], func(in, out int64) *big.Rat {
		if in == shrink {
			return new(big.Rat)
		}
		return big.NewRat(out-shrink, in-shrink)
	})
	if ok {
		return q, ""
	}
	return nil, fmt.Sprintf("Resize requires a constant ratio: %s/%s is not constant!", bracket(r.outExpr[i]), bracket(r.inExpr[i]))
}

// bracket puts a sum in parentheses.
func bracket(expr string) string {
	if strings.ContainsAny(expr, "+-* ") {
		return "(" + expr + ")"
	}
	return expr
}

// samples are the sizes at which an expression is tried to see whether it is constant: primes apart, so that no floor division
// hides a difference.
var samples = [...]int64{7, 64, 101, 1009, 4801}

// constant evaluates f of two symbolic extents and says whether it is the same for every size.
func constant(in, out string, f func(in, out int64) *big.Rat) (*big.Rat, bool) {
	var first *big.Rat
	for k := range samples {
		bind := map[string]int64{}
		for i, name := range names(in, out) {
			bind[name] = samples[(k+i)%len(samples)]
		}
		x, err1 := model.EvalExpr(in, bind)
		y, err2 := model.EvalExpr(out, bind)
		if err1 != nil || err2 != nil {
			return nil, false
		}
		v := f(x, y)
		if first != nil && v.Cmp(first) != 0 {
			return nil, false
		}
		if first = v; len(bind) == 0 {
			break
		}
	}
	return first, true
}

// names is the symbols in expressions, each once.
func names(exprs ...string) []string {
	var out []string
	seen := map[string]bool{}
	for _, e := range exprs {
		for _, w := range strings.FieldsFunc(e, func(r rune) bool {
			return r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
		}) {
			if w[0] > '9' && !seen[w] {
				seen[w] = true
				out = append(out, w)
			}
		}
	}
	return out
}

// limitDenominator is the fraction closest to f whose denominator is at most limit.
//
//	f       any finite number
//	source  Python: fractions.Fraction.limit_denominator, which sympy's nsimplify uses
func limitDenominator(f float64, limit int64) *big.Rat {
	x := new(big.Rat)
	if x.SetFloat64(f) == nil {
		return x
	}
	top := big.NewInt(limit)
	if x.Denom().Cmp(top) <= 0 {
		return x
	}
	p0, q0, p1, q1 := big.NewInt(0), big.NewInt(1), big.NewInt(1), big.NewInt(0)
	n, d := new(big.Int).Set(x.Num()), new(big.Int).Set(x.Denom())
	for {
		a, rest := new(big.Int).DivMod(n, d, new(big.Int))
		q2 := new(big.Int).Add(q0, new(big.Int).Mul(a, q1))
		if q2.Cmp(top) > 0 {
			break
		}
		p2 := new(big.Int).Add(p0, new(big.Int).Mul(a, p1))
		p0, q0, p1, q1 = p1, q1, p2, q2
		n, d = d, rest
	}
	k := new(big.Int).Div(new(big.Int).Sub(top, q0), q1)
	low := new(big.Rat).SetFrac(new(big.Int).Add(p0, new(big.Int).Mul(k, p1)), new(big.Int).Add(q0, new(big.Int).Mul(k, q1)))
	high := new(big.Rat).SetFrac(p1, q1)
	dist := func(r *big.Rat) *big.Rat { d := new(big.Rat).Sub(r, x); return d.Abs(d) }
	if dist(high).Cmp(dist(low)) <= 0 {
		return high
	}
	return low
}
