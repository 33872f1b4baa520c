package quant

import (
	"fmt"

	"seam/model"
	"seam/quant/observer"
)

// frozen is a quantize call of a constant, which converting computes: the constant that takes its place.
type frozen struct {
	name   string // of the constant that is made
	slot   Slot   // whose parameters quantize it
	weight *model.Tensor
	shape  model.Shape
	op     string
	args   []model.Arg // of the call
	scale  string      // per channel: the constants that args name
	zero   string
}

// constants finds a constant by name.
type constants func(name string) (model.Attr, bool)

// frozen is quantize node n, which reads a constant, as what it is to become.
func (p *prepared) frozen(n model.NodeID) frozen {
	x := p.Node(n)
	attr, _ := p.Attr(p.Node(x.Args[0].Node).Target)
	f := frozen{
		name: p.FreeAttr(foldedName), slot: p.places[n], weight: attr.Tensor, shape: x.Type.T.Shape, op: x.Target, args: x.Args,
	}
	if x.Args[1].Kind == model.ArgNode {
		f.scale, f.zero = p.Node(x.Args[1].Node).Target, p.Node(x.Args[2].Node).Target
	}
	return f
}

// value is the integers that the call makes of its constant.
func (f *frozen) value(attr constants, keep *folded) (*model.Tensor, error) {
	dt := model.ParseDType(f.args[len(f.args)-1].Str)
	if f.weight == nil || f.weight.Raw == nil {
		return &model.Tensor{DType: dt, Shape: f.shape}, nil
	}
	make := func() (*model.Tensor, error) { return f.quantize(attr, dt) }
	if dt == model.Int32 { // a bias: its scales move with every activation's
		return make()
	}
	k := foldKey{weight: f.weight, min: f.args[len(f.args)-3].Int, max: f.args[len(f.args)-2].Int}
	if f.scale != "" {
		sa, _ := attr(f.scale)
		k.scales = sa.Tensor
	} else {
		k.scale, k.zero = f.args[1].Float, f.args[2].Int
	}
	return keep.value(k, make)
}

func (f *frozen) quantize(attr constants, dt model.DType) (*model.Tensor, error) {
	v, err := f.weight.Floats()
	if err != nil {
		return nil, err
	}
	var q []int32
	if f.op == OpQuantizeChannel {
		q, err = f.channels(v, attr, dt)
	} else {
		r := observer.Range{Min: f.args[3].Int, Max: f.args[4].Int, Bits: 8 * dt.Bytes()}
		q = observer.Quantize(v, observer.Param{Scale: f.args[1].Float, Zero: f.args[2].Int}, r)
	}
	if err != nil {
		return nil, err
	}
	out := make([]int64, len(q))
	for i := range q {
		out[i] = int64(q[i])
	}
	return model.FromInts(dt, f.weight.Shape, out), nil
}

func (f *frozen) channels(v []float32, attr constants, dt model.DType) ([]int32, error) {
	ps, err := channelParams(attr, f.scale, f.zero)
	if err != nil {
		return nil, err
	}
	shape, axis := f.weight.Shape, int(f.args[3].Int)
	if c := shape.At(axis); len(ps) != 1 && c != 1 && int(c) != len(ps) {
		return nil, &model.UpstreamError{Step: "convert", Text: fmt.Sprintf("RuntimeError: The size of tensor a (%d) must "+
			"match the size of tensor b (%d) at non-singleton dimension %d", c, len(ps), axis)}
	}
	r := observer.Range{Min: f.args[4].Int, Max: f.args[5].Int, Bits: 8 * dt.Bytes()}
	return observer.QuantizeChannels(v, shape.Ints(), axis, ps, r), nil
}

func channelParams(attr constants, scale, zero string) ([]observer.Param, error) {
	sa, _ := attr(scale)
	za, _ := attr(zero)
	s, err := sa.Tensor.Floats()
	if err != nil {
		return nil, err
	}
	z, err := za.Tensor.Ints()
	if err != nil {
		return nil, err
	}
	ps := make([]observer.Param, len(s))
	for i := range s {
		ps[i] = observer.Param{Scale: float64(s[i]), Zero: z[i]}
	}
	return ps, nil
}
