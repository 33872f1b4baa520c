package pipeline

import (
	"context"
	"fmt"
	"math"

	"seam/model"
	"seam/model/eval"
	"seam/quant"
)

// AccuracyBatches is how many batches Accuracy looks at unless told otherwise.
const AccuracyBatches = 4

// Loss is how far a value on the device is from the float run.
type Loss struct {
	Known   bool
	SQNR    float64 // dB; +Inf where nothing differs
	Largest float64 // greatest magnitude of a difference, in real units
}

// String is the loss in dB, "?" where it is not known.
func (l Loss) String() string {
	switch {
	case !l.Known || math.IsNaN(l.SQNR) || math.IsNaN(l.Largest) || math.IsInf(l.Largest, 0):
		return "?"
	case math.IsInf(l.SQNR, 0) && l.Largest == 0:
		return "exact"
	case math.IsInf(l.SQNR, 0):
		return "no signal"
	}
	return fmt.Sprintf("%.1f dB", l.SQNR)
}

// OutputLoss is the loss of one of the model's outputs.
type OutputLoss struct {
	Name string // of the edge node that gives it
	Loss
}

// Accuracy is what quantization costs on the device, computed: the delegates in whole numbers, bit for bit as the TOSA
// reference model does, what is between them in float.
type Accuracy struct {
	Batches int
	Nodes   []Loss // by edge node
	Outputs []OutputLoss
	Missing []model.NotModelled // why values are not known
}

// Accuracy evaluates a result on the first batches of the data that have the sizes which the edge graph was made for.
//
//	batches  how many at most; 0 for AccuracyBatches
//	errors   *model.MissingError where there is no float run to compare with; ctx.Err(). What cannot be evaluated is not known,
//	         and so is what depends on it
func (r *Runner) Accuracy(ctx context.Context, res *Result, batches int) (*Accuracy, error) {
	if res.Annotatable == nil || res.Cal == nil || res.Edge == nil || res.Part == nil || r.data == nil {
		return nil, &model.MissingError{NotModelled: model.NotModelled{Stage: "accuracy", Rule: "a result without float run or delegates"}}
	}
	if batches <= 0 {
		batches = AccuracyBatches
	}
	float, err := eval.Compile(res.Annotatable)
	if err != nil {
		return nil, fmt.Errorf("accuracy: prepare the float run: %w", err)
	}
	d, err := newDevice(res)
	if err != nil {
		return nil, err
	}
	used := 0
	for _, in := range r.data.Batches {
		if used == batches {
			break
		}
		if !d.fits(in) {
			continue
		}
		truth, err := floatValues(ctx, float, in, d.wanted)
		if err != nil {
			return nil, fmt.Errorf("accuracy: float run: %w", err)
		}
		if err := d.batch(ctx, in, truth); err != nil {
			return nil, fmt.Errorf("accuracy: %w", err)
		}
		used++
	}
	return d.accuracy(used), nil
}

// floatValues is the float values of one batch by annotated node, of those that are wanted.
func floatValues(ctx context.Context, p *eval.Program, in []*model.Tensor, wanted map[model.NodeID]bool) (map[model.NodeID][]float32, error) {
	out := map[model.NodeID][]float32{}
	_, err := p.Run(ctx, in, func(n model.NodeID, v *eval.Value) error {
		if wanted[n] && v != nil && v.F != nil {
			out[n] = v.F
		}
		return nil
	})
	return out, err
}

// accuracy is the losses over all batches. A node inside of a delegate that only moves or marks elements has the loss of what
// it reads, where it has none of its own.
func (d *device) accuracy(batches int) *Accuracy {
	a := &Accuracy{Batches: batches, Nodes: make([]Loss, d.g.Len()), Missing: d.missing}
	for i := range a.Nodes {
		n := model.NodeID(i)
		switch dev := &d.deviation[i]; {
		case d.unknown[i]:
		case dev.Count > 0:
			a.Nodes[i] = Loss{Known: true, SQNR: dev.SQNR(), Largest: dev.Largest}
		case d.res.Part.PartOf[n] >= 0 && d.inherits(n):
			a.Nodes[i] = a.Nodes[d.g.In(n)[0]]
		}
	}
	if o := d.g.Output(); o != model.None {
		for _, arg := range d.g.Node(o).Args {
			arg.Walk(func(n model.NodeID) {
				a.Outputs = append(a.Outputs, OutputLoss{Name: d.g.Node(n).Name, Loss: a.Nodes[n]})
			})
		}
	}
	return a
}

// keepsElements says whether a node's elements are those of the first node that it reads, perhaps in another order.
func keepsElements(x *model.Node) bool {
	if x.Kind != model.Call {
		return false
	}
	c := x.Op.Row().Eval
	return isBoundary(x) || c == model.EvPermute || c == model.EvReshape || c == model.EvIdentity
}

// inherits says whether a node's codes are those of what it reads: it keeps the elements, and its parameters are the same.
func (d *device) inherits(n model.NodeID) bool {
	x := d.g.Node(n)
	if !keepsElements(x) || len(d.g.In(n)) == 0 {
		return false
	}
	from := d.g.Node(d.g.In(n)[0])
	switch {
	case quant.IsDequantize(x.Target):
		return true
	case quant.IsQuantize(x.Target):
		return !isBoundary(from)
	}
	in := d.qparams[d.g.In(n)[0]]
	for _, u := range d.g.Users(n) {
		if out := d.qparams[u]; out != nil && in != nil && (out.scales[0] != in.scales[0] || out.zeros[0] != in.zeros[0]) {
			return false
		}
	}
	return true
}

// isBoundary says whether a node is a quantize or dequantize node.
func isBoundary(x *model.Node) bool {
	return x.Kind == model.Call && (quant.IsQuantize(x.Target) || quant.IsDequantize(x.Target))
}

// references is, by edge node, the annotated node that has its float value, None if there is none. Where one annotated node
// became several edge nodes, the last of them has its value; the others have none.
func references(res *Result) []model.NodeID {
	g := res.Edge.Graph
	rel := res.Edge.From.Then(res.ToAnnotated)
	out := make([]model.NodeID, g.Len())
	last := map[model.NodeID]int{}
	for i := range out {
		n := model.NodeID(i)
		x := g.Node(n)
		out[i] = model.None
		switch {
		case x.Kind == model.GetAttr || x.Kind == model.Output:
		case isBoundary(x):
			if in := g.In(n); len(in) > 0 {
				out[i] = out[in[0]]
			}
			continue
		default:
			out[i] = floatSource(res.Annotatable, rel.Of(n), x.Type)
		}
		if out[i] == model.None {
			continue
		}
		if k, ok := last[out[i]]; ok {
			out[k] = model.None
		}
		last[out[i]] = i
	}
	return out
}

// floatSource is the last of the sources that gives a float tensor of the type's size; one whose size is not fixed may have any.
func floatSource(g *model.Graph, sources []model.NodeID, t model.Type) model.NodeID {
	best := model.NodeID(model.None)
	for _, s := range sources {
		x := g.Node(s)
		if x.Kind == model.GetAttr || !x.Type.IsTensor() || !t.IsTensor() || !x.Type.T.DType.IsFloat() {
			continue
		}
		size := x.Type.T.Shape.Numel()
		if s > best && (size < 0 || size == t.T.Shape.Numel()) {
			best = s
		}
	}
	return best
}
