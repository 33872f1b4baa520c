package quant

import (
	"context"
	"math"

	"seam/model"
	"seam/model/eval"
	"seam/quant/observer"
)

// averaging is how far a moving average moves with each batch.
//
//	source  torchao/quantization/pt2e/fake_quantize.py: FusedMovingAvgObsFakeQuantize
const averaging = float32(0.01)

// fakeObserver is a module that observes a value and gives it back as it would come out of quantization, so that what is
// computed from it is changed too.
type fakeObserver struct {
	r      observer.Range
	chans  *observer.PerChannel // of a weight; nil for a moving average over the tensor
	minmx  *observer.MinMax     // of a weight per tensor
	axis   int
	mn, mx float32
	seen   bool
	err    error
}

func newFakeObserver(q QSpec) *fakeObserver {
	f := &fakeObserver{r: q.observerRange(), axis: int(q.Axis)}
	switch {
	case q.Observer == FusedFakeQuantize:
	case q.Scheme.PerChannel():
		f.chans = observer.NewPerChannel(f.r, int(q.Axis))
	default:
		f.minmx = observer.NewMinMax(f.r)
	}
	return f
}

// pass observes v and gives it back quantized and dequantized.
func (f *fakeObserver) pass(v *eval.Value) []float32 {
	if len(v.F) == 0 {
		return v.F
	}
	switch {
	case f.chans != nil:
		f.err = f.chans.Observe(v.F, v.Shape)
		ps, err := f.chans.Params()
		if f.err != nil || err != nil {
			return v.F
		}
		q := observer.QuantizeChannels(v.F, v.Shape, f.axis, ps, f.r)
		return observer.DequantizeChannels(q, v.Shape, f.axis, ps)
	case f.minmx != nil:
		f.minmx.Observe(v.F)
		p, err := f.minmx.Param()
		if err != nil {
			return v.F
		}
		return observer.Dequantize(observer.Quantize(v.F, p, f.r), p)
	}
	f.average(v.F)
	p := fusedParam(f.mn, f.mx, f.r)
	return observer.Dequantize(observer.Quantize(v.F, p, f.r), p)
}

// average moves the range towards that of x.
//
//	source  aten/src/ATen/native/quantized/cpu/fused_obs_fake_quant.cpp: calculate_moving_average
func (f *fakeObserver) average(x []float32) {
	mn, mx := x[0], x[0]
	for _, v := range x {
		mn, mx = min(mn, v), max(mx, v)
	}
	if !f.seen {
		f.mn, f.mx, f.seen = mn, mx, true
		return
	}
	f.mn += float32(averaging * (mn - f.mn))
	f.mx += float32(averaging * (mx - f.mx))
}

// smallScale is the least scale of the kernel; smaller ranges are widened to it.
const smallScale = float32(6.1e-5)

// fusedParam is the parameters that the fused kernel quantizes with, in double: they may differ in the last bit from those
// that the observer answers.
//
//	source  aten/src/ATen/native/quantized/cpu/QuantUtils.h: ChooseQuantizationParams
func fusedParam(lo, hi float32, r observer.Range) observer.Param {
	mn, mx := min(lo, 0), max(hi, 0)
	qmin, qmax := r.Min, r.Max
	scale := (float64(mx) - float64(mn)) / float64(qmax-qmin)
	if float32(scale) == 0 || math.IsInf(float64(1/float32(scale)), 0) {
		scale = 0.1
	}
	if s := float32(scale); s < smallScale {
		amplifier := smallScale / s
		scale = float64(smallScale)
		switch {
		case mn == 0:
			mx *= amplifier
		case mx == 0:
			mn *= amplifier
		default:
			mn, mx = mn*amplifier, mx*amplifier
		}
	}
	fromMin := float64(qmin) - float64(mn)/scale
	fromMax := float64(qmax) - float64(mx)/scale
	errMin := math.Abs(float64(qmin)) + math.Abs(float64(mn)/scale)
	errMax := math.Abs(float64(qmax)) + math.Abs(float64(mx)/scale)
	zero := fromMax
	if errMin < errMax {
		zero = fromMin
	}
	z := math.RoundToEven(min(max(zero, float64(qmin)), float64(qmax)))
	return observer.Param{Scale: float64(float32(scale)), Zero: int64(z)}
}

// answer is what the module's observer chose.
func (f *fakeObserver) answer() GroupStat {
	var st GroupStat
	var ps []observer.Param
	err := f.err
	switch {
	case err != nil:
	case f.chans != nil:
		ps, err = f.chans.Params()
	case f.minmx != nil:
		var p observer.Param
		p, err = f.minmx.Param()
		ps = []observer.Param{p}
	case !f.seen:
		ps = []observer.Param{{Scale: 1}}
	default:
		var p observer.Param
		p, err = observer.ParamOf(f.mn, f.mx, f.r)
		ps = []observer.Param{p}
		st.Lo, st.Hi = f.mn, f.mx
	}
	if err != nil {
		st.Err = err.Error()
	}
	for _, p := range ps {
		st.Params = append(st.Params, QParam(p))
	}
	return st
}

// quantizesAhead says whether calibration runs with values that fake-quantize modules change.
func (a *Annotation) quantizesAhead() bool {
	for i := range a.Groups {
		if o := a.Groups[i].Spec.Observer; o == FakeQuantize || o == FusedFakeQuantize {
			return true
		}
	}
	return false
}

// fakeRun is a calibration through fake-quantize modules.
type fakeRun struct {
	*Annotation
	groups []*fakeObserver            // by GroupID; nil for other kinds
	points map[model.NodeID][]GroupID // by node: the modules behind it, in order
	blind  []bool
}

// fakePoints finds the modules behind each node: that of its output, then those of its readers.
//
//	errors  a MissingError where readers of one value go through different modules
func (a *Annotation) fakePoints() (*fakeRun, error) {
	f := &fakeRun{a, make([]*fakeObserver, len(a.Groups)), map[model.NodeID][]GroupID{}, make([]bool, len(a.Groups))}
	for i := range a.Groups {
		if q := a.Groups[i].Spec; q.Kind == Observed {
			f.groups[i] = newFakeObserver(q)
		}
	}
	for i := range a.Graph.Len() {
		n := model.NodeID(i)
		if !a.Graph.Node(n).Type.IsTensor() {
			continue
		}
		out := a.Group(a.ValueSlot(n))
		if out >= 0 && f.groups[out] != nil {
			f.points[n] = append(f.points[n], out)
		}
		apart := GroupID(-1)
		for _, u := range a.Graph.Users(n) {
			g := a.Group(a.InputSlot(n, u))
			if g == out || g >= 0 && f.groups[g] == nil {
				continue
			}
			if apart >= 0 && g != apart || g >= 0 && len(a.Graph.Users(n)) > 1 && !a.readAlike(n, g) {
				return nil, &model.MissingError{NotModelled: model.NotModelled{
					Stage: "calibrate", Rule: "fake quantization that some readers of a value go through and others do not",
					Nodes: []string{a.Graph.Node(n).Name},
				}}
			}
			if g >= 0 && apart < 0 {
				apart = g
				f.points[n] = append(f.points[n], g)
			}
		}
	}
	return f, nil
}

func (a *Annotation) readAlike(n model.NodeID, g GroupID) bool {
	for _, u := range a.Graph.Users(n) {
		if a.Group(a.InputSlot(n, u)) != g {
			return false
		}
	}
	return true
}

// observeFake calibrates with values that go through the fake-quantize modules.
//
//	source  torchao/quantization/pt2e/fake_quantize.py
func observeFake(ctx context.Context, a *Annotation, run *FloatRun, report func(done int)) (*Calibration, error) {
	f, err := a.fakePoints()
	if err != nil {
		return nil, err
	}
	for i, batch := range run.batches {
		prog, err := eval.Compile(a.Graph) // the constants are changed, so that each batch needs its own
		if err != nil {
			return nil, err
		}
		if _, err := prog.Run(ctx, batch, f.visit); err != nil {
			return nil, err
		}
		if report != nil {
			report(i + 1)
		}
	}
	cal := &Calibration{Groups: make([]GroupStat, len(a.Groups))}
	for i, g := range f.groups {
		switch {
		case a.Groups[i].Spec.Kind == Fixed:
			cal.Groups[i].Params = []QParam{fixedParam(a.Groups[i].Spec)}
		case g != nil && f.blind[i]:
			cal.Groups[i].Unknown = true
		case g != nil:
			cal.Groups[i] = g.answer()
		}
	}
	a.derive(cal)
	return cal, nil
}

func (f *fakeRun) visit(n model.NodeID, v *eval.Value) error {
	for _, g := range f.points[n] {
		if v == nil || v.F == nil {
			f.blind[g] = true
			continue
		}
		v.F = f.groups[g].pass(v)
	}
	return nil
}
