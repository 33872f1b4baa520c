package tosa

import (
	"strings"

	"seam/model"
)

// functionalRow is the row of an in-place operator's functional twin.
//
//	source  torch/_subclasses/functional_tensor.py: functionalization
func functionalRow(op string) model.Op {
	i := strings.LastIndexByte(op, '.')
	twin := strings.TrimSuffix(op[:i], "_") + op[i:]
	if op == "aten.pow_.Scalar" {
		twin = "aten.pow.Tensor_Scalar"
	}
	row, _ := model.FindOp(twin)
	return row
}

// alias notes whose memory the value of converted node n shows.
func (e *lowering) alias(n model.NodeID, v model.Arg) {
	in := e.old.In(n)
	if len(in) == 0 {
		return
	}
	p := in[0]
	same := v.Kind == model.ArgNode && v.Equal(e.env[p])
	if !same && !e.old.Node(n).Op.HasTag("view") && e.old.Node(n).Op.Row().Edge != model.EdGetitem {
		return
	}
	b := e.base[p]
	e.base[n] = b
	if e.views[b] == nil {
		e.views[b] = []model.NodeID{b}
	}
	e.views[b] = append(e.views[b], n)
}

// mutated puts the result of in-place node n in place of what it wrote to. What else shows the same memory and is read later
// would have to be made anew.
//
//	errors  a view that is read later, an input of the program
func (e *lowering) mutated(n model.NodeID) error {
	p := e.old.In(n)[0]
	b := e.base[p]
	e.base[n] = b
	old, v := e.env[p], e.env[n]
	if k := e.old.Node(b).Kind; k == model.Placeholder || k == model.GetAttr {
		return e.missing("in-place change of an input")
	}
	family := e.views[b]
	if family == nil {
		family = []model.NodeID{b}
	}
	for _, q := range family {
		switch {
		case e.env[q].Equal(old):
			e.env[q] = v
		case e.readAfter(q, n):
			return e.missing("in-place change seen through a view")
		}
	}
	e.views[b] = append(family, n)
	return nil
}

// readAfter says whether a node behind n reads q.
func (e *lowering) readAfter(q, n model.NodeID) bool {
	for _, u := range e.old.Users(q) {
		if u > n {
			return true
		}
	}
	return false
}
