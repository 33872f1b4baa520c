package quant

import (
	"slices"
	"strings"

	"seam/model"
)

// einsums writes einsum as permutes and one product.
//
//	source  aten/src/ATen/native/Linear.cpp: einsum, sumproduct_pair
func einsums(e *editor) {
	for _, n := range e.hits() {
		d := e.decompose(n)
		s, ok := d.parseEinsum()
		if !ok {
			e.fail("DecomposeEinsumPass on more than two operands, on an ellipsis, on a label twice in an operand, or on a "+
				"shape that is not fixed", n)
			return
		}
		d.finish(d.einsum(s))
	}
	e.sweep()
}

// einsum is an equation: the labels of each operand, and all labels in the order in which the dimensions are aligned, those
// of the result first.
type einsum struct {
	operands []string
	order    string
	out      int // how many labels the result has
}

func (d *decomposition) parseEinsum() (einsum, bool) {
	eq := strings.ReplaceAll(d.x.Arg(0).Str, " ", "")
	left, out, explicit := strings.Cut(eq, "->")
	s := einsum{operands: strings.Split(left, ",")}
	if d.x.Type.Symbolic() || len(s.operands) > 2 || len(s.operands) != len(d.x.Arg(1).List) || strings.Contains(eq, ".") {
		return s, false
	}
	labels := []byte(strings.ReplaceAll(left, ",", ""))
	slices.Sort(labels)
	if !explicit { // the labels that occur once, in order
		for i, l := range labels {
			if (i == 0 || labels[i-1] != l) && (i+1 == len(labels) || labels[i+1] != l) {
				out += string(l)
			}
		}
	}
	s.order, s.out = out, len(out)
	for _, l := range labels {
		if !strings.ContainsRune(s.order, rune(l)) {
			s.order += string(l)
		}
	}
	for i, o := range s.operands {
		a := d.x.Arg(1).List[i]
		if a.Kind != model.ArgNode || d.typ(a).Shape.Symbolic() || len(o) != d.typ(a).Shape.Rank() {
			return s, false
		}
		for k := range o {
			if strings.IndexByte(o, o[k]) != k {
				return s, false
			}
		}
	}
	return s, len(s.order) <= model.MaxRank
}

// align adds the dimensions that the operand lacks, and orders them.
func (d *decomposition) align(a model.Arg, labels, order string) model.Arg {
	perm := make([]int, len(order))
	next := len(labels)
	for i := range order {
		if perm[i] = strings.IndexByte(labels, order[i]); perm[i] < 0 {
			a = d.unsqueeze(a, next)
			perm[i] = next
			next++
		}
	}
	return d.permute(a, perm...)
}

func (d *decomposition) einsum(s einsum) model.Arg {
	list := d.x.Arg(1).List
	a := d.align(list[0], s.operands[0], s.order)
	var sums []int
	for i := s.out; i < len(s.order); i++ {
		sums = append(sums, i)
	}
	if len(list) == 1 {
		if len(sums) == 0 {
			return a
		}
		t := d.typ(a)
		return d.emit("aten.sum.dim_IntList", model.TensorOf(t.DType, reducedShape(t.Shape, sums, false)), a, model.IntsArg(sums...))
	}
	b := d.align(list[1], s.operands[1], s.order)
	if len(sums) > 0 {
		return d.sumProduct(a, b, sums)
	}
	out, _ := broadcast(d.typ(a).Shape, d.typ(b).Shape)
	return d.emit("aten.mul.Tensor", model.TensorOf(d.typ(a).DType, out), a, b)
}

// sumProduct multiplies two aligned operands and sums over dims, as a product of batches of matrices.
func (d *decomposition) sumProduct(a, b model.Arg, sums []int) model.Arg {
	var both, left, right, inner []int // dimensions of both, of the left alone, the others, and the ones that the product sums
	for i := range d.typ(a).Shape.Rank() {
		if slices.Contains(sums, i) { // those of one operand are summed at once
			a, b = d.summedAlone(a, b, i)
		}
		switch la, lb := d.typ(a).Shape.At(i) != 1, d.typ(b).Shape.At(i) != 1; {
		case la && lb && slices.Contains(sums, i):
			inner = append(inner, i)
		case la && lb:
			both = append(both, i)
		case la:
			left = append(left, i)
		default:
			right = append(right, i)
		}
	}
	if len(left) > 0 && len(right) > 0 && slices.Max(right) < slices.Min(left) { // the result then needs no other order
		a, b, left, right = b, a, right, left
	}
	sa, sb := d.typ(a).Shape, d.typ(b).Shape
	order := slices.Concat(both, left, inner, right)
	n, m, k, p := extentOf(sa, both), extentOf(sa, left), extentOf(sa, inner), extentOf(sb, right)
	x := d.reshape(d.permute(a, order...), model.ShapeOf(n, m, k))
	y := d.reshape(d.permute(b, slices.Concat(both, inner, right, left)...), model.ShapeOf(n, k, p))
	out := d.emit("aten.bmm.default", model.TensorOf(d.typ(a).DType, model.ShapeOf(n, m, p)), x, y)
	wide, _ := broadcast(sa, sb)
	for _, i := range inner {
		wide = wide.With(i, 1)
	}
	var to model.Shape
	back := make([]int, len(order))
	for at, i := range order {
		to = to.Append(wide.At(i))
		back[i] = at
	}
	out = d.permute(d.view("aten.view.default", out, to), back...)
	return d.view("aten.view.default", out, reducedShape(wide, sums, false))
}

// summedAlone sums dimension i of the operand that alone has it.
func (d *decomposition) summedAlone(a, b model.Arg, i int) (x, y model.Arg) {
	alone := func(x, other model.Arg) model.Arg {
		t := d.typ(x)
		if t.Shape.At(i) == 1 || d.typ(other).Shape.At(i) != 1 {
			return x
		}
		return d.emit("aten.sum.dim_IntList", model.TensorOf(t.DType, t.Shape.With(i, 1)), x, model.IntsArg(i), model.BoolArg(true))
	}
	x = alone(a, b)
	return x, alone(b, a)
}

func extentOf(s model.Shape, dims []int) model.Dim {
	n := model.Dim(1)
	for _, i := range dims {
		n *= s.At(i)
	}
	return n
}
