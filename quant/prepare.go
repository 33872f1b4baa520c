package quant

import (
	"slices"

	"seam/model"
)

// prepared is a graph with observer calls, on its way to Q and DQ.
type prepared struct {
	*model.Builder
	ann    *Annotation
	cal    *Calibration
	first  model.NodeID // the first observer call; the calls' numbers follow one another
	groups []GroupID    // by observer call
	made   map[observerAt]model.NodeID
	err    error
}

// observerAt is one object called behind one node.
type observerAt struct {
	node  model.NodeID
	group GroupID
}

const observerTarget = "activation_post_process"

func (p *prepared) isObserver(n model.NodeID) bool { return p.Node(n).Target == observerTarget }

// insertObservers puts the observer calls in, node by node in graph order, inputs before the output.
//
//	source  torchao/quantization/pt2e/prepare.py: _maybe_insert_input_and_output_observers_for_node
func (p *prepared) insertObservers() {
	for i := range p.ann.Graph.Len() {
		n := model.NodeID(i)
		if !p.ann.Done[n] {
			continue
		}
		id := model.ID(n)
		args := make([]model.Arg, len(p.Node(id).Args))
		for k, a := range p.Node(id).Args {
			args[k] = a.Map(func(in model.NodeID) model.NodeID { return p.observed(in, n) })
		}
		p.SetArgs(id, args, p.Node(id).Kwargs)
		g := p.ann.Group(p.ann.ValueSlot(n))
		if g >= 0 && p.ann.Groups[g].Spec.Kind != NullSpec && p.ann.Graph.Node(n).Type.IsTensor() {
			users := p.Users(id)
			p.After(id)
			obs := p.observer(id, g)
			for _, u := range users {
				p.ReplaceIn(u, id, obs)
			}
		}
	}
}

// observer adds a call of group g's object on node in, at the current place.
func (p *prepared) observer(in model.NodeID, g GroupID) model.NodeID {
	obs := p.Add(model.Spec{
		Kind: model.Call, Target: observerTarget, Args: []model.Arg{model.NodeArg(in)}, Type: p.Node(in).Type,
		From: p.Source(in), Unnamed: true,
	})
	if len(p.groups) == 0 {
		p.first = obs
	}
	p.groups = append(p.groups, g)
	p.made[observerAt{in, g}] = obs
	return obs
}

// observed is what reader n (of the annotated graph) reads instead of in: an observer call, or in itself.
func (p *prepared) observed(in, n model.NodeID) model.NodeID {
	root := in
	for p.isObserver(root) {
		root = p.Node(root).Args[0].Node
	}
	producer := root - model.ID(0)
	g := p.ann.Group(p.ann.InputSlot(producer, n))
	if g < 0 || p.ann.Groups[g].Spec.Kind == NullSpec || p.ann.Graph.Node(producer).Kind == model.GetAttr && p.writesInto(n, producer) {
		return in
	}
	if g == p.ann.Group(p.ann.ValueSlot(producer)) {
		return in
	}
	if obs, ok := p.made[observerAt{in, g}]; ok {
		return obs
	}
	p.After(in)
	return p.observer(in, g)
}

// writesInto says whether n overwrites a buffer in place.
func (p *prepared) writesInto(n, buffer model.NodeID) bool {
	x := p.ann.Graph.Node(n)
	a, ok := p.Attr(p.ann.Graph.Node(buffer).Target)
	return x.Op.HasTag("inplace") && ok && !a.Param && x.Arg(0).Kind == model.ArgNode && x.Arg(0).Node == buffer
}

// orderedObservers is the observer calls in graph order.
func (p *prepared) orderedObservers() []model.NodeID {
	var out []model.NodeID
	for n := p.First(); n != model.None; n = p.Next(n) {
		if p.isObserver(n) {
			out = append(out, n)
		}
	}
	return slices.Clip(out)
}
