package tosa

import (
	"encoding/hex"
	"fmt"

	flatbuffers "github.com/google/flatbuffers/go"

	"seam/model"
	"seam/tosa/fb"
)

// blockReader makes the graph of one block.
type blockReader struct {
	*fileReader
	out     *model.Builder
	types   map[string]model.TensorType
	consts  map[string]*model.Tensor // of tensors and shapes; without values where a variable has none
	gives   map[string]int           // which operator gives a value; -1 for the block's inputs
	have    map[string]model.NodeID  // values that have a node
	waiting map[string][]*fileOperator
}

// fileOperator is an operator as the file has it.
type fileOperator struct {
	at      int
	target  string
	in, out []string
	attrs   []model.KwArg
	missing int // operands that no node gives yet
}

func (r *fileReader) block(b *fb.TosaBasicBlock) (*Block, error) {
	p := &blockReader{
		fileReader: r, out: model.NewBuilder(model.TOSA), types: map[string]model.TensorType{}, consts: map[string]*model.Tensor{},
		gives: map[string]int{}, have: map[string]model.NodeID{}, waiting: map[string][]*fileOperator{},
	}
	name, err := r.name(b.Name())
	if err != nil {
		return nil, err
	}
	place := r.place
	for _, step := range []func(*fb.TosaBasicBlock) error{p.tensors, p.shapes, p.inputs, p.operators, p.outputs} {
		if err := step(b); err != nil {
			return nil, err
		}
		r.place = place
	}
	g, _, err := p.out.Freeze()
	if err != nil {
		return nil, err
	}
	return &Block{Name: name, Graph: g}, nil
}

func (p *blockReader) tensors(b *fb.TosaBasicBlock) error {
	n := b.TensorsLength()
	if err := p.spend(n); err != nil {
		return err
	}
	place := p.place
	for i := range n {
		p.place = fmt.Sprintf("%s tensor %d", place, i)
		var t fb.TosaTensor
		b.Tensors(&t, i)
		if err := p.tensor(&t); err != nil {
			return err
		}
	}
	return nil
}

func (p *blockReader) tensor(t *fb.TosaTensor) error {
	name, err := p.name(t.Name())
	if err != nil {
		return err
	}
	d := dtypeOf(t.Type())
	if d == model.Unknown || t.IsUnranked() {
		return fmt.Errorf("%q has element type %s, which is not read", name, t.Type())
	}
	s, err := p.shape(t.ShapeLength(), t.Shape)
	if err != nil {
		return fmt.Errorf("%q has %w", name, err)
	}
	if _, twice := p.types[name]; twice {
		return fmt.Errorf("%q is there twice", name)
	}
	p.types[name] = model.TensorType{DType: d, Shape: s}
	if t.DataLength() > 0 {
		c, err := p.values(d, s, t.DataBytes())
		if err != nil {
			return fmt.Errorf("%q has %w", name, err)
		}
		p.consts[name] = c
	} else if t.Variable() {
		p.consts[name] = &model.Tensor{DType: d, Shape: s}
	}
	return nil
}

func (p *blockReader) shapes(b *fb.TosaBasicBlock) error {
	n := b.ShapesLength()
	if err := p.spend(n); err != nil {
		return err
	}
	place := p.place
	for i := range n {
		p.place = fmt.Sprintf("%s shape %d", place, i)
		var t fb.TosaShape
		b.Shapes(&t, i)
		name, err := p.name(t.Name())
		if err != nil {
			return err
		}
		if _, twice := p.types[name]; twice {
			return fmt.Errorf("%q is there twice", name)
		}
		s := model.ShapeInts(int(t.Rank()))
		p.types[name] = model.TensorType{DType: model.ShapeType, Shape: s}
		if t.DataLength() > 0 || t.Rank() == 0 {
			if p.consts[name], err = p.values(model.ShapeType, s, t.DataBytes()); err != nil {
				return fmt.Errorf("%q has %w", name, err)
			}
		}
	}
	return nil
}

func (p *blockReader) inputs(b *fb.TosaBasicBlock) error {
	names, err := p.list(b.InputsLength(), b.Inputs)
	if err != nil {
		return err
	}
	for _, name := range names {
		t, ok := p.types[name]
		if _, twice := p.have[name]; !ok || twice {
			return fmt.Errorf("input %q is not one tensor", name)
		}
		p.gives[name] = -1
		p.have[name] = p.node(name, model.Spec{Kind: model.Placeholder, Target: name, Type: model.Type{Kind: model.TensorKind, T: t}})
	}
	return nil
}

// node adds a node under the name that its value has in the file.
func (p *blockReader) node(name string, s model.Spec) model.NodeID {
	id := p.out.Add(s)
	p.out.Node(id).Name = name
	return id
}

// operators adds all operators in the order of the file; one that stands in front of what it reads comes behind it.
func (p *blockReader) operators(b *fb.TosaBasicBlock) error {
	n := b.OperatorsLength()
	if err := p.spend(n); err != nil {
		return err
	}
	place := p.place
	list := make([]fileOperator, n)
	for i := range list {
		p.place = fmt.Sprintf("%s operator %d", place, i)
		var o fb.TosaOperator
		b.Operators(&o, i)
		if err := p.operator(&o, &list[i]); err != nil {
			return err
		}
		list[i].at = i
		for _, name := range list[i].out {
			if _, twice := p.gives[name]; twice {
				return fmt.Errorf("%q is given twice", name)
			}
			p.gives[name] = i
		}
	}
	added := 0
	for i := range list {
		p.place = fmt.Sprintf("%s operator %d", place, i)
		k, err := p.ready(&list[i])
		if err != nil {
			return err
		}
		added += k
	}
	if p.place = place; added < n {
		return fmt.Errorf("%d operators read one another in a circle", n-added)
	}
	return nil
}

// operator reads what the file says of an operator.
func (p *blockReader) operator(o *fb.TosaOperator, to *fileOperator) error {
	if to.target = opTarget(o.Op()); to.target == "" {
		return fmt.Errorf("operator number %d is not known", uint32(o.Op()))
	}
	var err error
	if to.in, err = p.list(o.InputsLength(), o.Inputs); err != nil {
		return err
	}
	if to.out, err = p.list(o.OutputsLength(), o.Outputs); err != nil {
		return err
	}
	for _, name := range to.out {
		if _, ok := p.types[name]; !ok {
			return fmt.Errorf("no tensor %q", name)
		}
	}
	rows := attrsOf(o.Op())
	var t flatbuffers.Table
	if len(rows) == 0 {
		return nil
	}
	if o.AttributeType() != fb.Attribute(o.Op()) || !o.Attribute(&t) {
		return fmt.Errorf("%s has no attributes, or another operator's", to.target)
	}
	for i, r := range rows {
		a, err := p.attr(&t, flatbuffers.VOffsetT(4+2*i), r.Kind, to)
		if err != nil {
			return fmt.Errorf("%s: %w", r.Name, err)
		}
		to.attrs = append(to.attrs, model.KwArg{Name: r.Name, Arg: a})
	}
	return nil
}

// attr reads one field of an attribute table.
func (p *blockReader) attr(t *flatbuffers.Table, slot flatbuffers.VOffsetT, k attrKind, o *fileOperator) (model.Arg, error) {
	at := flatbuffers.UOffsetT(t.Offset(slot))
	switch k {
	case attrInt:
		return model.IntArg(int64(t.GetInt32Slot(slot, 0))), nil
	case attrBool:
		return model.BoolArg(t.GetBoolSlot(slot, false)), nil
	case attrInts:
		n := 0
		if at != 0 {
			n = t.VectorLen(at)
		}
		if err := p.spend(n); err != nil {
			return model.Arg{}, err
		}
		v := make([]int, n)
		for i := range v {
			v[i] = int(t.GetInt32(t.Vector(at) + 4*flatbuffers.UOffsetT(i)))
		}
		return model.IntsArg(v...), nil
	case attrString, attrBytes:
		var b []byte
		if at != 0 {
			b = t.ByteVector(at + t.Pos)
		}
		if k == attrBytes {
			return p.bytes(b, o)
		}
		s, err := p.name(b)
		return model.StrArg(s), err
	}
	v := t.GetUint32Slot(slot, 0)
	s := enumText(k, v)
	if s == "" {
		return model.Arg{}, fmt.Errorf("the value %d is not known", v)
	}
	return model.ConstArg(s), nil
}

// bytes is a number in the type of the operator's result if it is one, as the bounds of a CLAMP are, else hexadecimal digits.
func (p *blockReader) bytes(b []byte, o *fileOperator) (model.Arg, error) {
	if len(b) > maxName {
		return model.Arg{}, fmt.Errorf("%d bytes", len(b))
	}
	if len(o.out) == 1 {
		if d := p.types[o.out[0]].DType; d.IsInteger() && d != model.Bool && d.Bytes() == len(b) {
			return model.IntArg(signedLE(b)), nil
		}
	}
	return model.ConstArg(hex.EncodeToString(b)), nil
}

// ready counts an operator's missing operands, and adds it, and what waited for it, if there are none. It says how many it added.
func (p *blockReader) ready(o *fileOperator) (int, error) {
	if o.target == "tosa.CONST" || o.target == "tosa.CONST_SHAPE" {
		for _, name := range o.out {
			if p.consts[name] == nil || p.have[name] != 0 {
				return 0, fmt.Errorf("constant %q has no values", name)
			}
			p.constant(name)
		}
		return p.release(o), nil
	}
	for _, name := range o.in {
		_, given := p.gives[name]
		switch {
		case p.have[name] != 0:
		case given:
			o.missing++
			p.waiting[name] = append(p.waiting[name], o)
		case p.consts[name] != nil: // constant without an operator
			p.constant(name)
		default:
			return 0, fmt.Errorf("%s reads %q, which nothing gives", o.target, name)
		}
	}
	if o.missing > 0 {
		return 0, nil
	}
	p.add(o)
	return p.release(o), nil
}

func (p *blockReader) constant(name string) {
	c := p.consts[name]
	p.out.SetAttr(model.Attr{Name: name, Tensor: c})
	p.have[name] = p.node(name, model.Spec{Kind: model.GetAttr, Target: name, Type: c.Type()})
}

// release adds what waited for an operator, and what waited for that. It says how many operators were added, o too.
func (p *blockReader) release(o *fileOperator) int {
	todo, added := []*fileOperator{o}, 0
	for len(todo) > 0 {
		x := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		added++
		for _, name := range x.out {
			for _, w := range p.waiting[name] {
				if w.missing--; w.missing == 0 {
					p.add(w)
					todo = append(todo, w)
				}
			}
			delete(p.waiting, name)
		}
	}
	return added
}

// add adds the node of an operator, whose operands all have one.
func (p *blockReader) add(o *fileOperator) {
	s := model.Spec{Kind: model.Call, Target: o.target, Kwargs: o.attrs}
	for _, name := range o.in {
		s.Args = append(s.Args, model.NodeArg(p.have[name]))
	}
	if o.target == opConcat {
		s.Args = []model.Arg{model.ListArg(s.Args...)}
	}
	if len(o.out) == 1 {
		s.Type = model.Type{Kind: model.TensorKind, T: p.types[o.out[0]]}
		p.have[o.out[0]] = p.node(o.out[0], s)
		return
	}
	s.Type.Kind = model.ListKind
	for _, name := range o.out {
		s.Type.List = append(s.Type.List, p.types[name])
	}
	id := p.node(fmt.Sprintf("operator %d", o.at), s)
	for i, name := range o.out {
		p.have[name] = p.node(name, model.Spec{
			Kind: model.Call, Target: opGetItem, Args: []model.Arg{model.NodeArg(id), model.IntArg(int64(i))},
			Type: model.Type{Kind: model.TensorKind, T: p.types[name]},
		})
	}
}

func (p *blockReader) outputs(b *fb.TosaBasicBlock) error {
	names, err := p.list(b.OutputsLength(), b.Outputs)
	if err != nil {
		return err
	}
	list := model.ListArg()
	for _, name := range names {
		if p.have[name] == 0 && p.consts[name] != nil {
			p.constant(name)
		}
		if p.have[name] == 0 {
			return fmt.Errorf("output %q is given by nothing", name)
		}
		list.List = append(list.List, model.NodeArg(p.have[name]))
	}
	p.node("output", model.Spec{Kind: model.Output, Target: "output", Args: []model.Arg{list}})
	return nil
}
