package pt2

import (
	"fmt"
	"slices"

	"seam/model"
)

// graphBuilder makes one graph of the program, as torch.fx holds it after ep.module().
//
//	source  torch/_export/serde/serialize.py: GraphModuleDeserializer; torch/export/_unlift.py
type graphBuilder struct {
	p      *program
	b      *model.Builder
	g      *graph
	ids    map[string]model.NodeID // by the file's names
	attrs  map[string]model.NodeID // by qualified name
	used   map[string]bool         // the names that something reads
	output model.NodeID
	shared *shared
}

// shared is what all graphs of one program look things up in.
type shared struct {
	meta    *metaReader
	schemas map[string]*model.Schema
}

// lifted is a get_attr that stands where the file has a placeholder.
type lifted struct {
	id   model.NodeID
	name string
}

// build makes the program's graph and binds the tensors to it.
func (p *program) build(out *Program, w weights) error {
	if len(p.inputs) != len(p.graph.inputs) || len(p.outputs) != len(p.graph.outputs) {
		return fmt.Errorf("the signature has %d inputs and %d outputs, the graph %d and %d",
			len(p.inputs), len(p.outputs), len(p.graph.inputs), len(p.graph.outputs))
	}
	p.symbols.bound(p.ranges)
	gb := p.newGraph(p.graph, &shared{newMetaReader(), map[string]*model.Schema{}})
	if slices.Contains(p.verifiers, "EDGE") {
		gb.b.Dialect = model.Edge
	}
	attrs, err := gb.programInputs(out, w)
	if err != nil {
		return err
	}
	if err := gb.body(); err != nil {
		return err
	}
	for _, a := range attrs { // named last: the placeholders' names stay used
		gb.b.Rename(a.id, snake(a.name))
	}
	gb.mutations()
	for i := range out.Inputs {
		out.Inputs[i].Name = gb.b.Node(out.Inputs[i].Node).Name
	}
	if out.Graph, _, err = gb.b.Freeze(); err != nil {
		return err
	}
	for i := range out.Inputs {
		out.Inputs[i].Node = out.Graph.ByName(out.Inputs[i].Name)
	}
	return nil
}

func (p *program) newGraph(g *graph, s *shared) *graphBuilder {
	gb := &graphBuilder{
		p: p, b: model.NewBuilder(model.ATen), g: g, shared: s,
		ids: map[string]model.NodeID{}, attrs: map[string]model.NodeID{}, used: map[string]bool{},
	}
	gb.b.Symbols = p.symbols.list
	use := func(name string) { gb.used[name] = true }
	for i := range g.nodes {
		g.nodes[i].refs(use)
	}
	for _, o := range g.outputs {
		o.refs(use)
	}
	return gb
}

// define ties a name of the file to a node.
func (gb *graphBuilder) define(name string, id model.NodeID) error {
	if _, twice := gb.ids[name]; twice {
		return fmt.Errorf("%s is defined twice", quote(name))
	}
	gb.ids[name] = id
	return nil
}

// programInputs adds the inputs of the outermost graph: get_attr nodes for what the file holds, placeholders for what a
// caller passes.
func (gb *graphBuilder) programInputs(out *Program, w weights) ([]lifted, error) {
	var attrs []lifted
	for i, in := range gb.g.inputs {
		spec := gb.p.inputs[i]
		name := in.s
		if in.kind != vRef && in.kind != vObject {
			name = spec.arg
		}
		switch spec.tag {
		case "parameter", "buffer", "tensor_constant", "custom_obj":
			id := gb.b.Add(model.Spec{Kind: model.GetAttr, Target: clean(spec.name), Name: name, Type: gb.typeOf(in)})
			attrs = append(attrs, lifted{id, spec.name})
			gb.attrs[spec.name] = id
			if spec.tag != "custom_obj" {
				gb.bind(out, w, spec, id, gb.g.frozen[name])
			}
			if err := gb.define(name, id); err != nil {
				return nil, err
			}
		default:
			id, err := gb.placeholder(name, in, spec)
			if err != nil {
				return nil, err
			}
			n := gb.b.Node(id)
			out.Inputs = append(out.Inputs, Input{id, n.Name, n.Target, n.Type, gb.b.Inputs[n.Name], gb.g.reordered[name]})
		}
	}
	return attrs, nil
}

func (gb *graphBuilder) placeholder(name string, in value, spec inputSpec) (model.NodeID, error) {
	typ, kind := gb.typeOf(in), model.UserInput
	if in.kind != vRef && in.kind != vObject {
		kind = model.ScalarInput
		if typ.Text = ""; in.kind != vNone {
			typ = model.Type{Kind: model.SymKind, Text: clean(literal(in))}
		}
	}
	if spec.tag == "token" {
		kind = model.ScalarInput
	}
	id := gb.b.Add(model.Spec{Kind: model.Placeholder, Target: clean(name), Name: name, Type: typ})
	gb.b.Inputs[gb.b.Node(id).Name] = kind
	return id, gb.define(name, id)
}

// bind gives an attribute its tensor. A value that cannot be had leaves the type alone.
func (gb *graphBuilder) bind(out *Program, w weights, spec inputSpec, id model.NodeID, frozen bool) {
	typ := gb.b.Node(id).Type
	constant := spec.tag == "tensor_constant" || spec.tag == "buffer" && !spec.persistent
	s := w.find(spec.name, constant)
	if s.err == nil && typ.IsTensor() && !typ.Symbolic() && !s.tensor.Type().Equal(typ) {
		s.err = fmt.Errorf("the file holds %s, the graph says %s", s.tensor.Type().T.Format(nil), typ.T.Format(nil))
	}
	if s.err != nil {
		gb.p.warn("tensor %s: %v", quote(spec.name), s.err)
		out.Missing = append(out.Missing, clean(spec.name))
		s.tensor = &model.Tensor{DType: typ.T.DType, Shape: typ.T.Shape}
	}
	gb.b.SetAttr(model.Attr{Name: clean(spec.name), Param: spec.tag == "parameter", Frozen: spec.tag == "parameter" && frozen, Tensor: s.tensor})
}

// body adds the nodes and the output.
func (gb *graphBuilder) body() error {
	order, err := gb.g.order()
	if err != nil {
		return err
	}
	for _, i := range order {
		if err := gb.node(&gb.g.nodes[i]); err != nil {
			return fmt.Errorf("node %s: %w", quote(gb.g.nodes[i].name), err)
		}
	}
	results := model.ListArg()
	for _, o := range gb.g.outputs {
		a, err := gb.arg(o)
		if err != nil {
			return err
		}
		results.List = append(results.List, a)
	}
	if gb.g.single && len(results.List) == 1 {
		results = results.List[0]
	}
	gb.output = gb.b.Add(model.Spec{Kind: model.Output, Target: "output", Args: []model.Arg{results}})
	return nil
}

func (gb *graphBuilder) node(n *node) error {
	op := opName(n.target)
	first := model.NodeID(gb.b.Len())
	args, kwargs, err := gb.arguments(op, n)
	if err != nil {
		return err
	}
	id := gb.b.Add(model.Spec{
		Kind: model.Call, Target: op, Name: nodeName(op, n), Args: args, Kwargs: kwargs, Type: gb.resultType(n),
	})
	meta := gb.shared.meta.of(n.meta)
	for at := first; at <= id; at++ { // the node, and the get_attr nodes of its subgraphs
		gb.b.Node(at).Meta = meta
	}
	if mark := gb.shared.meta.mark(n.meta.custom, gb.p.dec.bud); mark != model.NoMark {
		gb.b.SetMark(id, mark)
	}
	return gb.results(n, id)
}

// mutations writes back what the program changes: a copy_ for each output that goes to a buffer, a parameter or an input;
// the rest is returned.
//
//	source  torch/export/_unlift.py: _insert_copy_for_mutations
func (gb *graphBuilder) mutations() {
	if !slices.ContainsFunc(gb.p.outputs, outputSpec.mutates) {
		return
	}
	copies := map[model.NodeID]model.NodeID{}
	var results []model.Arg
	list := gb.b.Node(gb.output).Args[0].List
	gb.b.At(gb.output)
	for i, a := range list {
		spec := gb.p.outputs[i]
		if !spec.mutates() {
			results = append(results, a)
			continue
		}
		to, ok := gb.attrs[spec.name]
		if !ok {
			to, ok = gb.ids[spec.name]
		}
		if !ok || a.Kind != model.ArgNode {
			gb.p.warn("output %d changes %s, which is not there", i, quote(spec.name))
			continue
		}
		copies[a.Node] = gb.b.Add(model.Spec{
			Kind: model.Call, Target: "aten.copy_.default", Args: []model.Arg{model.NodeArg(to), a},
		})
	}
	for i, a := range results {
		if c, ok := copies[a.Node]; ok && a.Kind == model.ArgNode {
			results[i] = model.NodeArg(c)
		}
	}
	gb.b.SetArgs(gb.output, []model.Arg{model.ListArg(results...)}, nil)
}
