package tosa

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"seam/model"
)

// symbolic is a symbolic number of the source graph: the number that it has once the symbols are bound, the node that
// holds it already, or the arithmetic on them.
func (e *lowering) symbolic(c *edgeCall) (model.Arg, error) {
	if e.sizes != nil {
		v, err := model.EvalExpr(c.t.Text, e.sizes)
		if err != nil {
			return model.Arg{}, e.missing("size " + c.t.Text)
		}
		return model.IntArg(v), nil
	}
	if v, ok := e.sizeNodes[c.t.Text]; ok {
		return v, nil
	}
	v := e.add(c.op, c.t, c.kw, c.args)
	e.sizeNodes[c.t.Text] = v
	return v, nil
}

// inputSizes adds a node for every symbolic extent of the inputs; those that nothing reads go with the dead code. The last input
// that has an extent is the one that is asked for it.
//
//	source  torch/fx/experimental/proxy_tensor.py: track_tensor_tree, set_meta of symbolic sizes
func (e *lowering) inputSizes() {
	var inputs []model.NodeID
	for n := e.First(); n != model.None; n = e.Next(n) {
		inputs = append(inputs, n)
	}
	for _, n := range inputs {
		s := e.Node(n).Type.T.Shape
		for i := range s.Rank() {
			if !s.At(i).Symbolic() {
				continue
			}
			text := e.sizeText(s.At(i))
			id := e.Add(model.Spec{
				Kind: model.Call, Target: "aten.sym_size.int", Name: unnamed, Type: model.Type{Kind: model.SymKind, Text: text},
				Args: []model.Arg{model.NodeArg(n), model.IntArg(int64(i))}, From: e.Source(n),
			})
			e.sizeNodes[text] = model.NodeArg(id)
		}
	}
}

func (e *lowering) sizeText(d model.Dim) string { return e.Symbols[-d-1].Expr }

// sizeArg is an extent as an argument.
func (e *lowering) sizeArg(d model.Dim) model.Arg {
	if !d.Symbolic() {
		return model.IntArg(int64(d))
	}
	v, ok := e.sizeNodes[e.sizeText(d)]
	if !ok {
		e.fail("size " + e.sizeText(d))
	}
	return v
}

// shapeArg is a shape as an argument.
func (e *lowering) shapeArg(s model.Shape) model.Arg {
	l := model.ListArg()
	for _, d := range s.Dims() {
		l.List = append(l.List, e.sizeArg(d))
	}
	return l
}

// extent is the product of extents, multiplied from the left.
func (e *lowering) extent(dims []model.Dim) (model.Dim, error) {
	n := model.Dim(1)
	for i, d := range dims {
		switch {
		case i == 0 || n == 1:
			n = d
		case d == 1:
		case !n.Symbolic() && !d.Symbolic():
			n *= d
		default:
			var err error
			if n, err = e.multiply(n, d); err != nil {
				return 0, err
			}
		}
	}
	return n, nil
}

// multiply adds the product of a symbolic extent and a number.
func (e *lowering) multiply(a, b model.Dim) (model.Dim, error) {
	if a.Symbolic() && b.Symbolic() {
		return 0, e.missing("product of symbolic sizes")
	}
	number, symbol := a, b
	if a.Symbolic() {
		number, symbol = b, a
	}
	factor, text, ok := strings.Cut(e.sizeText(symbol), "*")
	if !ok {
		factor, text = "1", factor
	}
	f, err := strconv.ParseInt(factor, 10, 64)
	if err != nil || strings.ContainsAny(text, " */()+-") {
		return 0, e.missing("product with " + e.sizeText(symbol))
	}
	text = fmt.Sprintf("%d*%s", f*int64(number), text)
	if _, ok := e.sizeNodes[text]; !ok {
		args := []model.Arg{e.sizeArg(a), e.sizeArg(b)}
		e.sizeNodes[text] = e.add("_operator.mul", model.Type{Kind: model.SymKind, Text: text}, nil, args)
	}
	i := slices.IndexFunc(e.Symbols, func(s model.Symbol) bool { return s.Expr == text })
	if i < 0 {
		i = len(e.Symbols)
		e.Symbols = append(e.Symbols, model.Symbol{Expr: text, Hint: -1, Max: -1})
	}
	return model.SymDim(i), nil
}

// plain is a shape with a number in place of every symbol, under which strides are as they are for almost all sizes.
func (e *lowering) plain(s model.Shape) model.Shape {
	if !s.Symbolic() {
		return s
	}
	if e.generic == nil {
		e.generic = map[string]int64{}
	}
	for i, d := range s.Dims() {
		if !d.Symbolic() {
			continue
		}
		text := e.sizeText(d)
		for _, word := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" */()+-%,", r) }) {
			if _, err := strconv.Atoi(word); err != nil && e.generic[word] == 0 {
				e.generic[word] = genericSizes[len(e.generic)%len(genericSizes)]
			}
		}
		v, err := model.EvalExpr(text, e.generic)
		if err != nil || v <= 0 {
			v = genericSizes[0]
		}
		s = s.With(i, model.Dim(v))
	}
	return s
}

// genericSizes are primes that no extent is likely to be.
var genericSizes = [...]int64{9973, 9967, 9949, 9941, 9931, 9929, 9923, 9907}
