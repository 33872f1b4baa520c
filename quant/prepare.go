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
	wires  *wiring
	calls  []model.NodeID // by observer of wires: its call, None before it was made
	places []Slot         // by node: the place of an observer call, or of the quantize or dequantize that it became; -1 for other nodes
	plan   *plan
	err    error
}

// put notes that node n stands for the observer at a place.
func (p *prepared) put(n model.NodeID, s Slot) {
	for len(p.places) <= int(n) {
		p.places = append(p.places, -1)
	}
	p.places[n] = s
}

const observerTarget = "activation_post_process"

func (p *prepared) isObserver(n model.NodeID) bool { return p.Node(n).Target == observerTarget }

// insertObservers puts the observer calls in, node by node in graph order, inputs before the output.
//
//	source  torchao/quantization/pt2e/prepare.py: _maybe_insert_input_and_output_observers_for_node
func (p *prepared) insertObservers() {
	p.calls = slices.Repeat([]model.NodeID{model.None}, len(p.wires.observers))
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
		if v := p.wires.value[n]; v >= 0 {
			users := p.Users(id)
			p.After(id)
			obs := p.observer(id, v)
			for _, u := range users {
				p.ReplaceIn(u, id, obs)
			}
		}
	}
}

// observer adds the call of an observer on node in, where new nodes go.
func (p *prepared) observer(in model.NodeID, k int32) model.NodeID {
	obs := p.Add(model.Spec{
		Kind: model.Call, Target: observerTarget, Args: []model.Arg{model.NodeArg(in)}, Type: p.Node(in).Type,
		From: p.Source(in), Unnamed: true,
	})
	p.put(obs, p.wires.observers[k].slot)
	p.calls[k] = obs
	return obs
}

// observed is what reader n (of the annotated graph) reads instead of in: an observer call, or in itself.
func (p *prepared) observed(in, n model.NodeID) model.NodeID {
	root := in
	for p.isObserver(root) {
		root = p.Node(root).Args[0].Node
	}
	k := p.wires.reads[p.ann.Graph.Edge(root-model.ID(0), n)]
	if k < 0 {
		return in
	}
	if p.calls[k] == model.None {
		p.After(in)
		p.observer(in, k)
	}
	return p.calls[k]
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
