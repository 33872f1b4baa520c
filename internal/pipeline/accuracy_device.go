package pipeline

import (
	"context"
	"errors"
	"fmt"

	"seam/model"
	"seam/model/eval"
	"seam/quant"
	"seam/tosa"
	"seam/tosa/exec"
)

// device evaluates an edge graph as the device does, batch by batch, and adds up how far it is from the float run.
type device struct {
	res       *Result
	g         *model.Graph
	reference []model.NodeID        // by edge node
	wanted    map[model.NodeID]bool // annotated nodes that are a reference
	part      []*delegate           // by delegate; nil where it cannot be evaluated
	host      []*eval.Program       // by edge node: its operator alone, made when it is first needed
	refused   map[model.NodeID]bool // edge nodes whose operator cannot be evaluated in float
	qparams   []*qparams            // by quantize or dequantize node
	deviation []exec.Deviation      // by edge node
	unknown   []bool                // by edge node: not known in some batch
	missing   []model.NotModelled

	// of one batch
	in      map[model.NodeID]*model.Tensor
	truth   map[model.NodeID][]float32
	env     []*eval.Value // by edge node outside of delegates, and for the results of delegates
	have    []bool        // by edge node: env is final, known or not
	started []bool        // by delegate
}

// delegate is one delegate made ready.
type delegate struct {
	prog    *exec.Program
	inputs  []model.NodeID           // edge nodes that feed it, in order
	outputs []model.NodeID           // edge nodes that stand for its results, in order
	probes  map[model.NodeID][]probe // by TOSA node: the edge nodes whose codes it has
}

// newDevice prepares the delegates of a result.
func newDevice(res *Result) (*device, error) {
	g := res.Edge.Graph
	d := &device{
		res: res, g: g, reference: references(res), wanted: map[model.NodeID]bool{}, part: make([]*delegate, len(res.Part.Parts)),
		host: make([]*eval.Program, g.Len()), qparams: make([]*qparams, g.Len()), deviation: make([]exec.Deviation, g.Len()),
		unknown: make([]bool, g.Len()), refused: map[model.NodeID]bool{},
	}
	for _, n := range d.reference {
		if n != model.None {
			d.wanted[n] = true
		}
	}
	for i := range d.qparams {
		if x := g.Node(model.NodeID(i)); isBoundary(x) {
			d.qparams[i] = readQParams(g, x)
		}
	}
	for i, l := range res.Delegates {
		if err := d.prepare(i, l); err != nil {
			return nil, fmt.Errorf("accuracy: delegate %d: %w", l.Tag, err)
		}
	}
	return d, nil
}

// prepare makes a delegate ready. One that was not lowered, or that has an operator without a kernel, is noted as missing.
func (d *device) prepare(i int, l *tosa.Lowered) error {
	if l.Graph == nil {
		for _, f := range l.Failed {
			d.missing = append(d.missing, model.NotModelled{Stage: "accuracy", Rule: f.Text, Nodes: []string{d.g.Node(f.Node).Name}})
		}
		return nil
	}
	prog, err := exec.Compile(l.Graph)
	var missing *model.MissingError
	switch {
	case errors.As(err, &missing):
		d.missing = append(d.missing, missing.NotModelled)
		return nil
	case err != nil:
		return err
	}
	p := &delegate{prog: prog, probes: map[model.NodeID][]probe{}}
	for k := range l.Graph.Len() {
		if t := model.NodeID(k); l.Graph.Node(t).Kind == model.Placeholder {
			p.inputs = append(p.inputs, l.From.Of(t)...)
		}
	}
	p.outputs = l.From.Of(l.Graph.Output())
	for _, n := range d.res.Part.Parts[i].Nodes {
		if t, pr, ok := d.probe(l, n); ok {
			p.probes[t] = append(p.probes[t], pr)
		}
	}
	d.part[i] = p
	return nil
}

// fits says whether a batch has the sizes of the edge graph's inputs.
func (d *device) fits(in []*model.Tensor) bool {
	for i, p := range d.g.UserInputs() {
		if t := d.g.Node(p).Type; i < len(in) && in[i] != nil && t.IsTensor() && !t.Symbolic() && t.T.Shape != in[i].Shape {
			return false
		}
	}
	return true
}

// batch evaluates one batch.
func (d *device) batch(ctx context.Context, in []*model.Tensor, truth map[model.NodeID][]float32) error {
	n := d.g.Len()
	d.truth, d.env, d.have, d.started = truth, make([]*eval.Value, n), make([]bool, n), make([]bool, len(d.part))
	d.in = map[model.NodeID]*model.Tensor{}
	for i, p := range d.g.UserInputs() {
		if i < len(in) {
			d.in[p] = in[i]
		}
	}
	for i := range n {
		p := d.res.Part.PartOf[i]
		if p < 0 {
			if _, err := d.value(ctx, model.NodeID(i)); err != nil {
				return err
			}
		}
	}
	for i := range d.part { // those that nothing reads
		if err := d.runDelegate(ctx, i); err != nil {
			return err
		}
	}
	return nil
}

// value is the value of an edge node that is not inside of a delegate, nil where it is not known.
func (d *device) value(ctx context.Context, n model.NodeID) (*eval.Value, error) {
	if d.have[n] {
		return d.env[n], nil
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if p := d.res.Part.PartOf[n]; p >= 0 {
		if err := d.runDelegate(ctx, int(p)); err != nil {
			return nil, err
		}
		return d.env[n], nil
	}
	x := d.g.Node(n)
	var in []*eval.Value
	for _, p := range d.g.In(n) {
		v, err := d.value(ctx, p)
		if err != nil {
			return nil, err
		}
		in = append(in, v)
	}
	d.have[n] = true
	v, err := d.compute(ctx, n, x, in)
	if err != nil {
		return nil, err
	}
	d.env[n] = v
	if v == nil {
		d.unknown[n] = true
	} else if x.Kind != model.GetAttr {
		d.observe(n, d.reals(n, v))
	}
	return v, nil
}

// compute is the value of a node from those of its operands, nil where it is not known.
func (d *device) compute(ctx context.Context, n model.NodeID, x *model.Node, in []*eval.Value) (*eval.Value, error) {
	switch {
	case x.Kind == model.Output:
		return nil, nil
	case x.Kind != model.Call:
		return d.source(n, x), nil
	case isBoundary(x):
		if len(in) == 0 || in[0] == nil || d.qparams[n] == nil {
			return nil, nil
		}
		if quant.IsQuantize(x.Target) {
			return d.qparams[n].quantized(in[0]), nil
		}
		return d.qparams[n].dequantized(in[0]), nil
	}
	for _, v := range in {
		if v == nil {
			return nil, nil
		}
	}
	return d.onHost(ctx, n, x, in)
}

// source is the value of an input or a constant.
func (d *device) source(n model.NodeID, x *model.Node) *eval.Value {
	t := d.in[n]
	if a, ok := d.g.Attrs.Get(x.Target); ok && (x.Kind == model.GetAttr || d.g.Inputs[x.Name] != model.UserInput) {
		t = a.Tensor
	}
	if t == nil || t.Raw == nil {
		return nil
	}
	v, err := eval.FromTensor(t)
	if err != nil {
		return nil
	}
	return v
}

// onHost evaluates one operator in float, alone in a graph of its own.
func (d *device) onHost(ctx context.Context, n model.NodeID, x *model.Node, in []*eval.Value) (*eval.Value, error) {
	if x.Target == "_operator.getitem" && in[0].List != nil {
		if i := int(x.Arg(1).Int); i >= 0 && i < len(in[0].List) {
			return in[0].List[i], nil
		}
		return nil, nil
	}
	feed := make([]*model.Tensor, len(in))
	for i, v := range in {
		if feed[i] = tensorOf(v); feed[i] == nil {
			return nil, nil
		}
	}
	if d.refused[n] {
		return nil, nil
	}
	if d.host[n] == nil {
		p, err := alone(d.g, n)
		var missing *model.MissingError
		switch {
		case errors.As(err, &missing):
			d.refused[n] = true
			m := missing.NotModelled
			m.Nodes = []string{x.Name}
			d.missing = append(d.missing, m)
			return nil, nil
		case err != nil:
			return nil, err
		}
		d.host[n] = p
	}
	out, err := d.host[n].Run(ctx, feed, nil)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil || len(out) == 0: // operands that do not fit each other: seam does not know what the device does
		return nil, nil
	}
	return out[0], nil
}

// alone is the program of one operator, with an input for each node that it reads.
func alone(g *model.Graph, n model.NodeID) (*eval.Program, error) {
	x, b := g.Node(n), model.NewBuilder(model.ATen)
	to := map[model.NodeID]model.NodeID{}
	for _, p := range g.In(n) {
		name := g.Node(p).Name
		to[p] = b.Add(model.Spec{Kind: model.Placeholder, Target: name, Name: name, Type: g.Node(p).Type})
		b.Inputs[b.Node(to[p]).Name] = model.UserInput
	}
	here := func(p model.NodeID) model.NodeID { return to[p] }
	s := model.Spec{Kind: model.Call, Target: x.Target, Type: x.Type}
	for _, a := range x.Args {
		s.Args = append(s.Args, a.Map(here))
	}
	for _, k := range x.Kwargs {
		s.Kwargs = append(s.Kwargs, model.KwArg{Name: k.Name, Arg: k.Arg.Map(here)})
	}
	y := b.Add(s)
	b.Add(model.Spec{Kind: model.Output, Target: "output", Name: "output", Args: []model.Arg{model.ListArg(model.NodeArg(y))}})
	one, _, err := b.Freeze()
	if err != nil {
		return nil, fmt.Errorf("operator %s: %w", x.Target, err)
	}
	if m := eval.Missing(one); len(m) > 0 {
		return nil, &model.MissingError{NotModelled: m[0]}
	}
	return eval.Compile(one)
}

// runDelegate evaluates a delegate and notes its results; once a batch.
func (d *device) runDelegate(ctx context.Context, i int) error {
	if d.started[i] {
		return nil
	}
	d.started[i] = true
	p := d.part[i]
	if p == nil {
		d.lost(i)
		return nil
	}
	feed := make([]*model.Tensor, len(p.inputs))
	for k, n := range p.inputs {
		v, err := d.value(ctx, n)
		if err != nil {
			return err
		}
		if feed[k] = tensorOf(v); feed[k] == nil {
			d.lost(i)
			return nil
		}
	}
	out, err := p.prog.Run(ctx, feed, func(t model.NodeID, v *exec.Tensor) error {
		for k := range p.probes[t] {
			d.look(&p.probes[t][k], v)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("delegate %d: %w", d.res.Part.Parts[i].Tag, err)
	}
	for k, n := range p.outputs {
		v, err := eval.FromTensor(out[k])
		if err != nil {
			return fmt.Errorf("delegate %d: result %d: %w", d.res.Part.Parts[i].Tag, k, err)
		}
		d.env[n], d.have[n] = v, true
	}
	return nil
}

// lost marks a delegate's nodes as not known.
func (d *device) lost(i int) {
	for _, n := range d.res.Part.Parts[i].Nodes {
		d.unknown[n], d.have[n] = true, true
	}
}

// tensorOf encodes a value, nil where it is none that an operator reads.
func tensorOf(v *eval.Value) *model.Tensor {
	switch {
	case v == nil || v.List != nil || len(v.Shape) > model.MaxRank:
		return nil
	case v.DType == model.Float32:
		return model.FromFloats(model.ShapeInts(v.Shape...), v.F)
	case v.I != nil:
		return model.FromInts(v.DType, model.ShapeInts(v.Shape...), v.I)
	}
	return nil
}

// reals is a node's value in real units: codes behind a quantize node are dequantized. nil where it has no float values.
func (d *device) reals(n model.NodeID, v *eval.Value) []float32 {
	if q := d.qparams[n]; q != nil && v.I != nil {
		v = q.dequantized(v)
	}
	if v == nil {
		return nil
	}
	return v.F
}

// observe compares a node's values, in real units, with the float run.
func (d *device) observe(n model.NodeID, v []float32) {
	if r := d.reference[n]; r != model.None && v != nil && len(d.truth[r]) == len(v) {
		d.deviation[n].Add(v, d.truth[r])
	}
}
