package pt2

import (
	"fmt"
	"regexp"
	"strings"
	"sync"

	"seam/model"
)

// opName is the normal form of a target: "aten.conv2d.default", "higher_order.cond", "_operator.mul".
func opName(target string) string {
	for _, prefix := range [...]string{
		"torch.ops.",
		"executorch.exir.dialects.edge.ops.", "executorch.exir.dialects.edge._ops.",
		"executorch.exir.dialects.backend.ops.", "executorch.exir.dialects.backend._ops.",
	} {
		if rest, ok := strings.CutPrefix(target, prefix); ok {
			return clean(rest)
		}
	}
	return clean(target)
}

// nodeName is the candidate for a node's name: what the file says, else the name of its one result, else what an unused
// result was named after, else what torch makes of the operator.
func nodeName(op string, n *node) string {
	if n.name != "" {
		return n.name
	}
	if len(n.outputs) == 1 && n.outputs[0].kind == vRef && !n.tuple {
		return n.outputs[0].s
	}
	base := ""
	for _, o := range n.outputs {
		o.refs(func(name string) {
			if m := unusedName().FindStringSubmatch(name); m != nil && base == "" {
				base = m[1]
			}
		})
	}
	if base != "" {
		return base
	}
	_, rest, ok := strings.Cut(op, ".")
	if !ok {
		rest = op
	}
	return snake(rest)
}

var unusedName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(.+?)_unused_\d+(_\d+)?$`) })

// snake is the candidate that torch.fx makes of a target: an underscore where an upper-case letter follows a lower-case one,
// all in lower case.
//
//	source  torch/fx/graph.py: _snake_case
func snake(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 'A' && c <= 'Z' {
			if i > 0 && s[i-1] >= 'a' && s[i-1] <= 'z' {
				b.WriteByte('_')
			}
			c += 'a' - 'A'
		}
		b.WriteByte(c)
	}
	return b.String()
}

// schema is the operator's schema, nil if the table has none.
func (gb *graphBuilder) schema(op string) *model.Schema {
	s, ok := gb.shared.schemas[op]
	if !ok {
		if found, ok := model.SchemaOf(op); ok {
			s = &found
		}
		gb.shared.schemas[op] = s
	}
	return s
}

// arguments is the node's arguments as torch.fx holds them. The file says of each whether it was given by position or by
// name; files of torch 2.6 do not, and there the schema decides.
func (gb *graphBuilder) arguments(op string, n *node) ([]model.Arg, []model.KwArg, error) {
	seen := map[string]bool{}
	for i := range n.inputs {
		name := n.inputs[i].name
		if name != "" && seen[name] {
			return nil, nil, fmt.Errorf("argument %s is given twice", quote(name))
		}
		seen[name] = true
	}
	if s := gb.schema(op); s != nil {
		return gb.bySchema(s, n)
	}
	var args []model.Arg
	var kwargs []model.KwArg
	hop := strings.HasPrefix(op, "higher_order.")
	for i := range n.inputs {
		in := &n.inputs[i]
		a, err := gb.arg(in.value)
		if err != nil {
			return nil, nil, err
		}
		if in.name != "" && (in.kind == 2 || in.kind == 0 && hop) {
			kwargs = append(kwargs, model.KwArg{Name: clean(in.name), Arg: a})
		} else {
			args = append(args, a)
		}
	}
	return args, kwargs, nil
}

// bySchema puts the arguments in the schema's order. What the schema does not have is left out, as torch does.
func (gb *graphBuilder) bySchema(s *model.Schema, n *node) ([]model.Arg, []model.KwArg, error) {
	var args []model.Arg
	var kwargs []model.KwArg
	known, gap := 0, false
	for _, sa := range s.Args {
		in := n.input(sa.Name)
		if in == nil {
			gap = true
			if sa.Required {
				gb.p.warn("node %s: %s needs argument %s", quote(n.name), s.Name, sa.Name)
			}
			continue
		}
		known++
		a, err := gb.arg(in.value)
		if err != nil {
			return nil, nil, err
		}
		if in.kind == 2 || sa.KwOnly || gap {
			kwargs = append(kwargs, model.KwArg{Name: sa.Name, Arg: a})
		} else {
			args = append(args, a)
		}
	}
	if known < len(n.inputs) {
		gb.p.warn("node %s: %d arguments that %s does not have", quote(n.name), len(n.inputs)-known, s.Name)
	}
	return args, kwargs, nil
}

func (n *node) input(name string) *namedValue {
	for i := range n.inputs {
		if n.inputs[i].name == name {
			return &n.inputs[i]
		}
	}
	return nil
}

// arg is an argument as a graph holds it. A subgraph becomes a get_attr node.
func (gb *graphBuilder) arg(v value) (model.Arg, error) {
	switch v.kind {
	case vRef, vObject:
		if id, ok := gb.ids[v.s]; ok {
			return model.NodeArg(id), nil
		}
		if v.kind == vRef {
			gb.p.warn("nothing defines %s", quote(v.s))
			return model.ConstArg("<missing " + clean(v.s) + ">"), nil
		}
		return model.ConstArg(clean(v.s)), nil
	case vInt:
		return model.IntArg(v.i), nil
	case vFloat:
		return model.FloatArg(v.f), nil
	case vBool:
		return model.BoolArg(v.i != 0), nil
	case vStr:
		return model.StrArg(clean(v.s)), nil
	case vConst, vOpaque:
		return model.ConstArg(v.s), nil
	case vGraph:
		return gb.subgraph(v)
	case vList:
		l := model.ListArg()
		for _, e := range v.list {
			a, err := gb.arg(e)
			if err != nil {
				return l, err
			}
			l.List = append(l.List, a)
		}
		return l, nil
	}
	return model.Arg{}, nil
}

// subgraph builds the body of a higher-order operator and the get_attr node that names it.
func (gb *graphBuilder) subgraph(v value) (model.Arg, error) {
	sub := gb.p.newGraph(v.graph, gb.shared)
	sub.b.Dialect = gb.b.Dialect
	for i, in := range v.graph.inputs {
		name := in.s
		if in.kind != vRef && in.kind != vObject {
			name = fmt.Sprintf("arg_%d", i)
		}
		if _, err := sub.placeholder(name, in, inputSpec{}); err != nil {
			return model.Arg{}, fmt.Errorf("subgraph %s: %w", quote(v.s), err)
		}
	}
	if err := sub.body(); err != nil {
		return model.Arg{}, fmt.Errorf("subgraph %s: %w", quote(v.s), err)
	}
	g, _, err := sub.b.Freeze()
	if err != nil {
		return model.Arg{}, fmt.Errorf("subgraph %s: %w", quote(v.s), err)
	}
	target := clean(v.s)
	for i := 1; gb.b.Subs[target] != nil; i++ {
		target = fmt.Sprintf("%s_%d", clean(v.s), i)
	}
	if gb.b.Subs == nil {
		gb.b.Subs = map[string]*model.Graph{}
	}
	gb.b.Subs[target] = g
	return model.NodeArg(gb.b.Add(model.Spec{Kind: model.GetAttr, Target: target, Name: v.s})), nil
}

// typeOf is the type of a value of the graph.
func (gb *graphBuilder) typeOf(v value) model.Type {
	switch v.kind {
	case vRef, vObject:
		t, ok := gb.g.types[v.s]
		if !ok {
			gb.p.warn("value %s: the file does not say its type", quote(v.s))
		}
		return t
	case vInt, vFloat, vBool, vStr, vConst:
		return model.Type{Kind: model.SymKind, Text: clean(literal(v))}
	case vList:
		return gb.listType(v.list)
	}
	return model.Type{}
}

func (gb *graphBuilder) listType(outs []value) model.Type {
	t := model.Type{Kind: model.ListKind, List: make([]model.TensorType, len(outs))}
	for i, o := range outs {
		if o.kind == vRef {
			t.List[i] = gb.typeOf(o).T
		}
	}
	return t
}

func (gb *graphBuilder) resultType(n *node) model.Type {
	switch {
	case len(n.outputs) == 0:
		return model.Type{}
	case len(n.outputs) == 1 && !n.tuple:
		return gb.typeOf(n.outputs[0])
	}
	return gb.listType(n.outputs)
}

// results ties the names of a node's results to it: its own name for one, getitem nodes for several.
func (gb *graphBuilder) results(n *node, id model.NodeID) error {
	outs := n.outputs
	if len(outs) == 1 && !n.tuple {
		if outs[0].kind == vRef {
			return gb.define(outs[0].s, id)
		}
		outs = outs[0].list
	}
	return gb.getitems(outs, id, id)
}

// getitems adds a getitem node for each result of from, with like's metadata. Results that nothing reads have none.
func (gb *graphBuilder) getitems(outs []value, from, like model.NodeID) error {
	for i, o := range outs {
		if o.kind == vRef && !gb.used[o.s] && unusedName().MatchString(o.s) || o.kind != vRef && o.kind != vList {
			continue
		}
		id := gb.b.Add(model.Spec{
			Kind: model.Call, Target: "_operator.getitem", Name: o.s, Like: like, Type: gb.typeOf(o),
			Args: []model.Arg{model.NodeArg(from), model.IntArg(int64(i))},
		})
		if o.kind == vList {
			if err := gb.getitems(o.list, id, like); err != nil {
				return err
			}
		} else if err := gb.define(o.s, id); err != nil {
			return err
		}
	}
	return nil
}
