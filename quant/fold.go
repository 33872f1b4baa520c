package quant

import (
	"math"

	"seam/model"
)

// foldBatchNorms folds each batch norm behind a convolution or linear into its weight and bias, and says whether it found a
// batch norm at all.
//
//	source  torchao/quantization/pt2e/utils.py: _fuse_conv_bn_, _fuse_linear_bn_
func foldBatchNorms(b *model.Builder) bool {
	found := false
	folded := map[string]bool{}
	for n := b.First(); n != model.None; {
		next := b.Next(n)
		if isBatchNorm(b.Node(n)) {
			found = true
			if foldOne(b, n, folded) {
				b.RemoveDead(func(m model.NodeID) bool { return hasEffect(b.Node(m)) })
			}
			for next != model.None && !b.Alive(next) {
				next = b.Next(next)
			}
		}
		n = next
	}
	if found {
		b.RemoveDead(func(m model.NodeID) bool { return hasEffect(b.Node(m)) })
	}
	return found
}

func isBatchNorm(n *model.Node) bool { return n.Target == "aten.batch_norm.default" }

// hasEffect says whether dead-code elimination leaves the node although nobody reads it.
func hasEffect(n *model.Node) bool {
	return n.Kind == model.Call && (n.Op.HasTag("inplace") || n.Op.HasTag("mutates") || n.Op == model.None)
}

// isFoldable says whether a batch norm folds into n.
func isFoldable(b *model.Builder, n model.NodeID) bool {
	switch b.Node(n).Target {
	case "aten.conv1d.default", "aten.conv1d.padding", "aten.conv2d.default", "aten.conv2d.padding", "aten.conv3d.default",
		"aten.conv3d.padding", "aten.conv_transpose1d.default", "aten.conv_transpose2d.input", "aten.conv_transpose3d.input":
		return true
	case "aten.linear.default":
		x := b.Node(n).Arg(0)
		return x.Kind == model.ArgNode && b.Node(x.Node).Type.T.Shape.Rank() <= 2
	}
	return false
}

// foldOne folds batch norm n into what it reads; false if it cannot.
func foldOne(b *model.Builder, n model.NodeID, folded map[string]bool) bool {
	bn := b.Node(n)
	if bn.Arg(0).Kind != model.ArgNode || !isFoldable(b, bn.Arg(0).Node) {
		return false
	}
	conv := bn.Arg(0).Node
	w := attrOf(b, b.Node(conv).Arg(1))
	mean, variance := floatsOf(b, bn.Arg(3)), floatsOf(b, bn.Arg(4))
	if w == nil || mean == nil || variance == nil {
		return false
	}
	if !folded[w.Name] {
		gamma, beta := floatsOf(b, bn.Arg(1)), floatsOf(b, bn.Arg(2))
		eps, _ := bn.Arg(7).Number()
		f := newBNFold(gamma, beta, mean, variance, float32(eps))
		writeFolded(b, conv, w, f)
		folded[w.Name] = true
	}
	b.ReplaceUses(n, conv)
	src := append([]model.NodeID(nil), b.Source(conv)...)
	b.SetSource(conv, append(src, b.Source(n)...))
	b.Erase(n)
	return true
}

// bnFold is the factors of one batch norm, one a channel.
type bnFold struct{ scale, gamma, rsqrt, mean, beta []float32 }

// newBNFold computes r = 1/sqrt(var+eps) and gamma*r, each step rounded to float32. Missing gamma is 1, missing beta 0.
func newBNFold(gamma, beta, mean, variance []float32, eps float32) bnFold {
	c := len(mean)
	f := bnFold{scale: make([]float32, c), gamma: gamma, rsqrt: make([]float32, c), mean: mean, beta: beta}
	if f.gamma == nil {
		f.gamma = make([]float32, c)
		for i := range f.gamma {
			f.gamma[i] = 1
		}
	}
	if f.beta == nil {
		f.beta = make([]float32, c)
	}
	for i := range c {
		root := float32(math.Sqrt(float64(variance[i] + eps)))
		f.rsqrt[i] = 1 / root
		f.scale[i] = f.gamma[i] * f.rsqrt[i]
	}
	return f
}

// weight is w with channel axis scaled.
func (f bnFold) weight(w []float32, shape []int, axis int) []float32 {
	inner := 1
	for _, d := range shape[axis+1:] {
		inner *= d
	}
	out := make([]float32, len(w))
	for i := range w {
		out[i] = w[i] * f.scale[i/inner%shape[axis]%len(f.scale)]
	}
	return out
}

// bias is (((b - mean) * r) * gamma) + beta, rounded at each step; b may be nil for zeros.
func (f bnFold) bias(b []float32) []float32 {
	out := make([]float32, len(f.mean))
	for i := range out {
		var x float32
		if b != nil {
			x = b[i]
		}
		t := float32(x - f.mean[i])
		t = float32(t * f.rsqrt[i])
		t = float32(t * f.gamma[i])
		out[i] = t + f.beta[i]
	}
	return out
}

// writeFolded writes the new weight and bias under their names; a missing bias becomes "<weight>_bias" in front of conv.
func writeFolded(b *model.Builder, conv model.NodeID, w *model.Attr, f bnFold) {
	axis := 0
	if x := b.Node(conv).Target; len(x) > 19 && x[:19] == "aten.conv_transpose" {
		axis = 1
	}
	if v, err := w.Tensor.Floats(); err == nil {
		shape := w.Tensor.Shape
		b.SetAttr(model.Attr{Name: w.Name, Param: true, Tensor: model.FromFloats(shape, f.weight(v, shape.Ints(), axis))})
	}
	channels := model.ShapeInts(len(f.mean))
	node := b.Node(conv)
	if old := attrOf(b, node.Arg(2)); old != nil {
		v, _ := old.Tensor.Floats()
		b.SetAttr(model.Attr{Name: old.Name, Param: true, Tensor: model.FromFloats(channels, f.bias(v))})
		return
	}
	name := w.Name + "_bias"
	b.SetAttr(model.Attr{Name: name, Param: true, Tensor: model.FromFloats(channels, f.bias(nil))})
	spec := model.Spec{Kind: model.GetAttr, Target: name, From: b.Source(node.Arg(1).Node)}
	if node.Target != "aten.linear.default" { // upstream leaves the value of a linear's new bias unknown
		spec.Type = model.TensorOf(model.Float32, channels)
	}
	b.At(conv)
	id := b.Add(spec)
	args := append([]model.Arg(nil), b.Node(conv).Args...)
	if len(args) < 3 {
		args = append(args, model.Arg{})
	}
	args[2] = model.NodeArg(id)
	b.SetArgs(conv, args, b.Node(conv).Kwargs)
}

// attrOf is the constant that an argument names, nil if it names none with data.
func attrOf(b *model.Builder, a model.Arg) *model.Attr {
	if a.Kind != model.ArgNode || b.Node(a.Node).Kind != model.GetAttr {
		return nil
	}
	x, ok := b.Attr(b.Node(a.Node).Target)
	if !ok || x.Tensor == nil || x.Tensor.Raw == nil {
		return nil
	}
	return &x
}

func floatsOf(b *model.Builder, a model.Arg) []float32 {
	x := attrOf(b, a)
	if x == nil {
		return nil
	}
	v, err := x.Tensor.Floats()
	if err != nil {
		return nil
	}
	return v
}
