package tosa

import (
	"strings"

	"seam/model"
)

// In-place operators become functional ones. A write through views is scattered into their base, and what else shows the memory
// is made anew where it is read next, by applying its views again in place of the reader.
//
//	source  aten/src/ATen/FunctionalTensorWrapper.cpp, FunctionalInverses.cpp

// memory is what one base holds, once something of it is written in place.
type memory struct {
	value  model.Arg // the base
	writes int       // so far
	shown  []model.NodeID
}

// showing is how a converted node shows a memory.
type showing struct {
	base   model.NodeID
	chain  []model.NodeID // the views from the base to the node, itself included
	writes int            // how many writes its value has seen
}

// functionalRow is the row of an in-place operator's functional twin.
func functionalRow(op string) model.Op {
	i := strings.LastIndexByte(op, '.')
	twin := strings.TrimSuffix(op[:i], "_") + op[i:]
	if op == "aten.pow_.Scalar" {
		twin = "aten.pow.Tensor_Scalar"
	}
	row, _ := model.FindOp(twin)
	return row
}

// alias notes whose memory the value v of converted node n shows.
func (e *lowering) alias(n model.NodeID, v model.Arg) {
	e.shows[n].base = n
	in := e.old.In(n)
	if len(in) == 0 {
		return
	}
	p := in[0]
	from := e.shows[p]
	switch {
	case v.Kind == model.ArgNode && v.Equal(e.env[p]):
		e.shows[n] = from
	case e.isView(n, p):
		e.shows[n] = showing{from.base, append(from.chain[:len(from.chain):len(from.chain)], n), from.writes}
	default:
		return
	}
	if m := e.memoryOf(from.base); m != nil {
		m.shown = append(m.shown, n)
	}
}

// isView says whether n shows the memory of p.
func (e *lowering) isView(n, p model.NodeID) bool {
	x := e.old.Node(n)
	switch x.Op.Row().Edge {
	case model.EdGetitem:
		return true
	case model.EdReshape:
		_, ok := viewStrides(e.plainShape(e.env[p]), e.stridesAt(e.env[p]), e.plain(e.typ(n).T.Shape))
		return ok
	case model.EdClone, model.EdCast:
		return false
	}
	return x.Op.HasTag("view")
}

// memoryOf is the memory of a base. One that nothing in the graph writes to needs none.
func (e *lowering) memoryOf(base model.NodeID) *memory {
	if !e.writesInPlace {
		return nil
	}
	m := e.memories[base]
	if m == nil {
		m = &memory{value: e.env[base], shown: []model.NodeID{base}}
		e.memories[base] = m
	}
	return m
}

// mutated puts the result of in-place node n in place of what it wrote to.
//
//	errors  an input of the program
func (e *lowering) mutated(n model.NodeID) error {
	p := e.old.In(n)[0]
	s := e.shows[p]
	if k := e.old.Node(s.base).Kind; k == model.Placeholder || k == model.GetAttr {
		return e.missing("in-place change of an input")
	}
	m := e.memoryOf(s.base)
	old := e.env[p]
	m.writes++
	m.value = e.scatter(m.value, s.chain, e.env[n])
	if len(s.chain) > 0 {
		e.env[n] = e.replay(m.value, s.chain)
	}
	for _, q := range m.shown {
		if e.env[q].Equal(old) {
			e.env[q], e.shows[q].writes = e.env[n], m.writes
		}
	}
	e.shows[n] = showing{s.base, s.chain, m.writes}
	m.shown = append(m.shown, n)
	return e.failed
}

// read is the value of converted node p, made anew if its memory was written to since.
func (e *lowering) read(p model.NodeID) model.Arg {
	s := &e.shows[p]
	m := e.memories[s.base]
	if m == nil || s.writes == m.writes {
		return e.env[p]
	}
	e.env[p], s.writes = e.replay(m.value, s.chain), m.writes
	return e.env[p]
}

// replay applies a chain of views to a value.
func (e *lowering) replay(v model.Arg, chain []model.NodeID) model.Arg {
	for _, n := range chain {
		x := e.old.Node(n)
		row := x.Op.Row()
		rule := ruleOf(row.Edge)
		if rule == nil || row.Edge == model.EdGetitem {
			e.fail("in-place change seen through " + x.Target)
			return v
		}
		c := &edgeCall{id: n, op: row.Name, into: row.Into, args: e.args(x.Args[1:]), kw: e.kwargs(row.Name, x.Kwargs), t: e.typ(n)}
		c.args = append([]model.Arg{v}, c.args...)
		out, err := rule(e, c)
		if err != nil {
			e.failed = err
		}
		v = out
	}
	return v
}

// scatter is a base with v written through a chain of views.
func (e *lowering) scatter(base model.Arg, chain []model.NodeID, v model.Arg) model.Arg {
	if len(chain) == 0 {
		return v
	}
	last := len(chain) - 1
	parent := e.replay(base, chain[:last])
	return e.scatter(base, chain[:last], e.unview(chain[last], parent, v))
}

// unview is parent with v in place of what view n shows of it.
func (e *lowering) unview(n model.NodeID, parent, v model.Arg) model.Arg {
	x, t := e.old.Node(n), e.typeOf(parent)
	rest := e.args(x.Args[1:])
	switch x.Op.Row().Edge {
	case model.EdSlice:
		return e.emit("aten.slice_scatter.default", t, append([]model.Arg{parent, v}, rest...)...)
	case model.EdSelect:
		return e.scatterAt(parent, v, rest[0].Int, rest[1].Int)
	case model.EdView, model.EdReshape:
		return e.viewAs(v, t.T.Shape)
	case model.EdPermute:
		return e.unpermuted(x, v, t)
	}
	if x.Target == "aten.unsqueeze.default" && rest[0].Kind == model.ArgInt {
		return e.emit("aten.squeeze_copy.dims", t, v, model.ListArg(rest[0]))
	}
	e.fail("in-place change through " + x.Target)
	return v
}

// unpermuted undoes permute or transpose x.
func (e *lowering) unpermuted(x *model.Node, v model.Arg, t model.Type) model.Arg {
	axes, ok := axesOf(x.Target, x.Args[1:], t.T.Shape.Rank())
	if x.Target == "aten.permute.default" {
		axes, ok = x.Arg(1).Ints()
	}
	if !ok {
		e.fail("in-place change through " + x.Target)
		return v
	}
	back := make([]int, len(axes))
	for i, a := range axes {
		back[wrapDim(int64(a), len(axes))] = i
	}
	return e.permuted(v, back...)
}

// fail notes a rule that is not modelled, where none can be returned.
func (e *lowering) fail(rule string) {
	if e.failed == nil {
		e.failed = e.missing(rule)
	}
}
