package model

// Attr is a constant that get_attr nodes and constant placeholders name: a parameter, a buffer, or a lifted constant.
type Attr struct {
	Name   string
	Param  bool // torch.nn.Parameter, as opposed to a buffer
	Frozen bool // a parameter that asks for no gradient
	Tensor *Tensor
}

// Attrs is an immutable set of constants. A derived graph's set points at the set it came from, so that weights are never
// copied.
type Attrs struct {
	parent *Attrs
	own    map[string]Attr
	order  []string
}

// Get finds a constant by name.
func (a *Attrs) Get(name string) (Attr, bool) {
	for ; a != nil; a = a.parent {
		if x, ok := a.own[name]; ok {
			return x, true
		}
	}
	return Attr{}, false
}

// with is a set with one more constant; own maps are shared by a Builder until it freezes.
func (a *Attrs) with(x Attr) *Attrs {
	if a.own == nil {
		a.own = map[string]Attr{}
	}
	if _, ok := a.own[x.Name]; !ok {
		a.order = append(a.order, x.Name)
	}
	a.own[x.Name] = x
	return a
}

// Bytes is the memory that all constants take.
func (a *Attrs) Bytes() int64 {
	var n int64
	for ; a != nil; a = a.parent {
		for _, x := range a.own {
			if x.Tensor != nil {
				n += int64(len(x.Tensor.Raw))
			}
		}
	}
	return n
}
