package pipeline

import (
	"slices"

	"seam/model"
	"seam/quant"
)

// sameGraph says whether two graphs are equal in nodes, arguments, types, constants, orders of readers, and marks.
func sameGraph(a, b *model.Graph) bool {
	if a.Len() != b.Len() {
		return false
	}
	for i := range a.Len() {
		if n := model.NodeID(i); a.Mark(n) != b.Mark(n) || !slices.Equal(a.Users(n), b.Users(n)) {
			return false
		}
	}
	return sameValues(a, b)
}

// sameValues says whether two graphs compute the same.
func sameValues(a, b *model.Graph) bool {
	if a.Base() == b.Base() || a.Len() != b.Len() {
		return a.Base() == b.Base()
	}
	for i := range a.Len() {
		n := model.NodeID(i)
		x, y := a.Node(n), b.Node(n)
		if x.Name != y.Name || x.Target != y.Target || x.Kind != y.Kind || !x.Type.Equal(y.Type) || !sameArgs(x, y) {
			return false
		}
		if x.Kind == model.GetAttr && !sameConstant(a, b, x.Target) {
			return false
		}
	}
	return true
}

func sameArgs(x, y *model.Node) bool {
	return slices.EqualFunc(x.Args, y.Args, model.Arg.Equal) && slices.EqualFunc(x.Kwargs, y.Kwargs, func(a, b model.KwArg) bool {
		return a.Name == b.Name && a.Arg.Equal(b.Arg)
	})
}

func sameConstant(a, b *model.Graph, name string) bool {
	x, okX := a.Attrs.Get(name)
	y, okY := b.Attrs.Get(name)
	if okX != okY || x.Param != y.Param || x.Tensor == y.Tensor {
		return okX == okY && x.Param == y.Param
	}
	return x.Tensor != nil && y.Tensor != nil && slices.Equal(x.Tensor.Raw, y.Tensor.Raw)
}

// sameAnnotation says whether two annotations of one graph are equal; notes are compared too, for they are shown.
func sameAnnotation(a, b *quant.Annotation) bool {
	return a.Graph == b.Graph && slices.Equal(a.Specs, b.Specs) && slices.Equal(a.Order, b.Order) &&
		slices.Equal(a.Marks, b.Marks) && slices.Equal(a.Of, b.Of) && slices.Equal(a.Notes, b.Notes)
}
