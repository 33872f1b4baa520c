package quant

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"seam/model"
	"seam/model/eval"
	"seam/quant/observer"
)

// statKey is what a group's answer depends on, given one FloatRun: its spec, and the values that its observer sees.
type statKey struct {
	spec QSpec
	sees string
}

// watcher is one group's observer at work.
type watcher struct {
	group GroupID
	key   statKey
	sees  []model.NodeID
	hist  *observer.Histogram
	minmx *observer.MinMax
	chans *observer.PerChannel
	once  map[model.NodeID]bool // constants seen by an observer of extremes, which seeing again would not change
	blind bool                  // a value that seam cannot know
	seen  []Extent
}

// Observe answers what every group's observer sees and chooses on the data of run. Groups whose spec and values did not
// change since an earlier call are not computed again.
//
//	report  called after each batch; may be nil
//	errors  an UpstreamError where an observer raises; ctx.Err()
//	source  torchao/quantization/pt2e/observer.py
func Observe(ctx context.Context, a *Annotation, run *FloatRun, report func(done int)) (*Calibration, error) {
	if a.quantizesAhead() {
		return observeFake(ctx, a, run, report)
	}
	cal := &Calibration{Groups: make([]GroupStat, len(a.Groups)), folded: run.folded}
	sees := a.sees()
	need := make([]bool, a.Graph.Len())
	byNode := map[model.NodeID][]*watcher{}
	var work []*watcher
	for i := range a.Groups {
		g := &a.Groups[i]
		key := statKey{g.Spec, fmt.Sprint(sees[i])}
		switch g.Spec.Kind {
		case Fixed:
			cal.Groups[i].Params = []QParam{fixedParam(g.Spec)}
		case Observed:
			if st, ok := run.cache[key]; ok {
				cal.Groups[i] = st
				continue
			}
			w := newWatcher(g, key, sees[i])
			work = append(work, w)
			for _, n := range w.sees {
				need[n] = true
				byNode[n] = append(byNode[n], w)
			}
		}
	}
	if len(work) > 0 {
		err := run.each(ctx, need, report, func(n model.NodeID, v *eval.Value) error {
			for _, w := range byNode[n] {
				if err := w.see(run.Graph, n, v); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	answers(work, cal)
	for _, w := range work {
		run.cache[w.key] = cal.Groups[w.group]
	}
	a.derive(cal)
	return cal, a.observeBodies(ctx, run, cal)
}

// answers lets every observer choose its range, on all processors; each answer depends on its own observer alone.
func answers(work []*watcher, cal *Calibration) {
	var next atomic.Int32
	var wait sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(work)) {
		wait.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(work); i = int(next.Add(1)) - 1 {
				cal.Groups[work[i].group] = work[i].answer()
			}
		})
	}
	wait.Wait()
}

// fixedParam is the parameters of a fixed spec: its observer keeps the scale as float32.
func fixedParam(q QSpec) QParam {
	return QParam{Scale: float64(float32(q.Fixed.Scale)), Zero: q.Fixed.Zero}
}

// sees is, by group, the nodes whose values its observer is shown, in graph order: the outputs among its places, and the
// producers of its edges, each once, for prepare puts one call of an observer behind a producer.
func (a *Annotation) sees() [][]model.NodeID {
	out := make([][]model.NodeID, len(a.Groups))
	for i := range a.Groups {
		for _, s := range a.Groups[i].Members {
			p, _ := a.Place(s)
			if !a.Graph.Node(p).Type.IsTensor() {
				continue
			}
			if !slices.Contains(out[i], p) {
				out[i] = append(out[i], p)
			}
		}
		slices.Sort(out[i])
	}
	return out
}

func newWatcher(g *SharingGroup, key statKey, sees []model.NodeID) *watcher {
	w := &watcher{group: g.ID, key: key, sees: sees, once: map[model.NodeID]bool{}}
	r := g.Spec.observerRange()
	switch g.Spec.Observer {
	case PerChannelMinMaxObserver:
		w.chans = observer.NewPerChannel(r, int(g.Spec.Axis))
	case MinMaxObserver:
		w.minmx = observer.NewMinMax(r)
	default:
		w.hist = observer.NewHistogram(r)
	}
	return w
}

// observerRange is the integers that a spec may use, as package observer counts them.
func (q QSpec) observerRange() observer.Range {
	return observer.Range{
		Min: q.Min, Max: q.Max, Bits: 8 * q.DType.Bytes(), Eps: q.Eps, Unsigned: q.DType == model.Uint8,
		Scheme: observer.Scheme(q.Scheme),
	}
}

// see shows the observer one value.
func (w *watcher) see(g *model.Graph, n model.NodeID, v *eval.Value) error {
	if v == nil || v.F == nil && v.I == nil {
		w.blind = true
		return nil
	}
	w.note(n, v.F)
	if w.hist != nil {
		if err := w.hist.Observe(v.F); err != nil {
			return &model.UpstreamError{Step: "calibrate", Text: err.Error()}
		}
		w.blind = w.blind || v.DType == model.Float16 && w.halfOverflows()
		return nil
	}
	if w.once[n] {
		return nil
	}
	w.once[n] = g.Node(n).Kind == model.GetAttr
	if w.minmx != nil {
		w.minmx.Observe(v.F)
		return nil
	}
	return w.chans.Observe(v.F, v.Shape)
}

// maxHalf is the largest finite float16.
const maxHalf = 65504

// halfOverflows says whether upstream's binning of float16 values leaves the format's range: it multiplies a value's distance from the
// lower end by the number of bins in float16. Which bins the values then land in is not modelled.
func (w *watcher) halfOverflows() bool {
	lo, hi := w.hist.Range()
	return (hi-lo)*observer.Bins > maxHalf
}

// answer is what the observer chose.
func (w *watcher) answer() GroupStat {
	if w.blind {
		return GroupStat{Unknown: true}
	}
	st := GroupStat{Seen: w.seen}
	var ps []observer.Param
	var err error
	switch {
	case w.hist != nil:
		p := observer.Param{Scale: 1} // without data
		if !w.hist.Empty() {
			mn, mx := w.hist.Range()
			st.Min, st.Max = []float32{mn}, []float32{mx}
			st.Lo, st.Hi = w.hist.Search()
			st.Counts = coarse(w.hist.Counts())
			p, err = observer.ParamOf(st.Lo, st.Hi, w.key.spec.observerRange())
		}
		ps = []observer.Param{p}
	case w.minmx != nil:
		var p observer.Param
		p, err = w.minmx.Param()
		ps = []observer.Param{p}
		mn, mx := w.minmx.Range()
		st.Min, st.Max, st.Lo, st.Hi = []float32{mn}, []float32{mx}, mn, mx
	default:
		ps, err = w.chans.Params()
		st.Min, st.Max = w.chans.Ranges()
		if len(st.Min) > 0 {
			st.Lo, st.Hi = slices.Min(st.Min), slices.Max(st.Max)
		}
	}
	if err != nil {
		var order *observer.OrderError
		if st.Err = err.Error(); errors.As(err, &order) {
			st.Err = "AssertionError: " + st.Err
		}
		return st
	}
	for _, p := range ps {
		st.Params = append(st.Params, QParam(p))
	}
	return st
}

// derive computes the parameters of biases: the product of an activation's and a weight's scale in float32, zero point 0.
//
//	source  backends/arm/quantizer/quantization_config.py: _derive_qparams_fn
func (a *Annotation) derive(cal *Calibration) {
	for i := range a.Groups {
		q := a.Groups[i].Spec
		if q.Kind != Derived {
			continue
		}
		st := &cal.Groups[i]
		act, w := a.stat(cal, q.From[0]), a.stat(cal, q.From[1])
		if act == nil || w == nil || len(act.Params) == 0 || len(w.Params) == 0 {
			st.Unknown = true
			continue
		}
		for _, p := range w.Params {
			s := float32(act.Params[0].Scale) * float32(p.Scale)
			st.Params = append(st.Params, QParam{Scale: float64(s)})
		}
	}
}

func (a *Annotation) stat(cal *Calibration, s Slot) *GroupStat {
	if g := a.Group(s); g >= 0 {
		return &cal.Groups[g]
	}
	return nil
}
