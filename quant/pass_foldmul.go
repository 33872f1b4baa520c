package quant

import (
	"slices"

	"seam/model"
)

// mulBehindConv says whether a multiplication by a constant stands alone behind a convolution.
func mulBehindConv(g *model.Graph, n model.NodeID) bool {
	_, _, ok := convBefore(g, n)
	return ok
}

// convBefore is the convolution that n multiplies, and the factor.
//
//	source  backends/arm/_passes/fold_scalar_mul_into_conv_pass.py: _match_mul_after_conv
func convBefore(g *model.Graph, n model.NodeID) (conv model.NodeID, factor model.Arg, ok bool) {
	x := g.Node(n)
	for i := range 2 {
		a, f := x.Arg(i), x.Arg(1-i)
		if i == 1 && x.Target == "aten.mul.Scalar" || a.Kind != model.ArgNode || !foldsFactor(g, a.Node) {
			continue
		}
		switch f.Kind {
		case model.ArgInt, model.ArgFloat, model.ArgBool:
			return a.Node, f, true
		case model.ArgNode:
			attr, found := g.Attrs.Get(g.Node(f.Node).Target)
			if g.Node(f.Node).Kind == model.GetAttr && found && perChannel(g.Node(a.Node).Type.T.Shape, attr.Tensor) {
				return a.Node, f, true
			}
		}
	}
	return model.None, model.Arg{}, false
}

func foldsFactor(g *model.Graph, n model.NodeID) bool {
	x := g.Node(n)
	if len(g.Users(n)) != 1 {
		return false
	}
	alone := func(a model.Arg) bool {
		return a.IsNone() || a.Kind == model.ArgNode && g.Node(a.Node).Kind == model.GetAttr && len(g.Users(a.Node)) == 1
	}
	switch x.Target {
	case "aten.conv2d.default":
		return len(x.Args) >= 3 && alone(x.Arg(1)) && alone(x.Arg(2))
	case "aten.convolution.default":
		return len(x.Args) >= 9 && !x.Arg(6).Bool() && alone(x.Arg(1)) && alone(x.Arg(2))
	}
	return false
}

// perChannel says whether a float constant has one element, or one a channel of a result of shape s.
func perChannel(s model.Shape, t *model.Tensor) bool {
	if t == nil || !t.DType.IsFloat() || s.Rank() < 2 {
		return false
	}
	n := t.Shape.Numel()
	if n == 1 {
		return true
	}
	if n != int64(s.At(1)) || t.Shape.Rank() > s.Rank() {
		return false
	}
	for i := range t.Shape.Rank() {
		if t.Shape.At(i) != 1 && s.Rank()-t.Shape.Rank()+i != 1 {
			return false
		}
	}
	return true
}

// foldFactors multiplies the weight and bias of convolutions by the factor behind them. The products are float32.
//
//	source  backends/arm/_passes/fold_scalar_mul_into_conv_pass.py: _fold_scale_into_conv
func foldFactors(e *editor) {
	for _, n := range e.hits() {
		c, f, _ := convBefore(e.old, n-model.ID(0))
		conv := model.ID(c)
		factor := e.factors(f)
		x := e.Node(conv)
		for i := 1; i <= 2; i++ {
			if a := x.Arg(i); a.Kind == model.ArgNode {
				e.scaleConstant(e.Node(a.Node).Target, factor)
			}
		}
		args := slices.Clone(x.Args)
		e.SetArgs(conv, args, x.Kwargs)
		e.ReplaceUses(n, conv)
		e.SetSource(conv, append(slices.Clone(e.Source(conv)), e.Source(n)...))
		e.Erase(n)
	}
	e.sweep()
}

func (e *editor) factors(f model.Arg) []float32 {
	if v, ok := f.Number(); ok {
		return []float32{float32(v)}
	}
	attr, _ := e.Attr(e.old.Node(f.Node).Target)
	v, _ := attr.Tensor.Floats()
	return v
}

// scaleConstant multiplies each row of a constant by its factor.
func (e *editor) scaleConstant(name string, factor []float32) {
	attr, _ := e.Attr(name)
	v, err := attr.Tensor.Floats()
	if err != nil || len(v) == 0 {
		return
	}
	rows := int(attr.Tensor.Shape.At(0))
	out := make([]float32, len(v))
	for i := range v {
		out[i] = v[i] * factor[i/(len(v)/rows)%len(factor)]
	}
	attr.Tensor = model.FromFloats(attr.Tensor.Shape, out)
	e.SetAttr(attr)
}
