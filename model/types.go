package model

// TensorType is an element type and a shape.
type TensorType struct {
	DType DType
	Shape Shape
}

// TypeKind says what a node's value is.
type TypeKind uint8

// The kinds of value.
const (
	NoType     TypeKind = iota // unknown, or nothing
	TensorKind                 // one tensor
	ListKind                   // several tensors; getitem picks one
	SymKind                    // a number or other object; Text says which
)

// Type is the type of a node's value (torch.fx: meta["val"]).
type Type struct {
	Kind TypeKind
	T    TensorType   // TensorKind
	List []TensorType // ListKind
	Text string       // SymKind
}

// TensorOf is the type of one tensor.
func TensorOf(d DType, s Shape) Type { return Type{Kind: TensorKind, T: TensorType{d, s}} }

// IsTensor says whether the value is one tensor.
func (t Type) IsTensor() bool { return t.Kind == TensorKind }

// First is the tensor, or the first of a list.
func (t Type) First() (TensorType, bool) {
	switch {
	case t.Kind == TensorKind:
		return t.T, true
	case t.Kind == ListKind && len(t.List) > 0:
		return t.List[0], true
	}
	return TensorType{}, false
}

// Symbolic says whether the value is a symbolic number or has a symbolic extent.
func (t Type) Symbolic() bool {
	switch t.Kind {
	case TensorKind:
		return t.T.Shape.Symbolic()
	case ListKind:
		for _, e := range t.List {
			if e.Shape.Symbolic() {
				return true
			}
		}
	}
	return false
}

// Equal compares two types.
func (t Type) Equal(u Type) bool {
	if t.Kind != u.Kind || t.T != u.T || t.Text != u.Text || len(t.List) != len(u.List) {
		return false
	}
	for i := range t.List {
		if t.List[i] != u.List[i] {
			return false
		}
	}
	return true
}

// Format writes "float32[1,16,64]".
func (t TensorType) Format(symbols []string) string {
	return t.DType.String() + t.Shape.Format(symbols)
}
