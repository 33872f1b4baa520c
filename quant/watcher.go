package quant

import (
	"errors"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"seam/model"
	"seam/model/eval"
	"seam/quant/observer"
)

// watcher is one group's observer at work.
type watcher struct {
	group GroupID
	spec  QSpec
	sees  []model.NodeID
	hist  *observer.Histogram
	minmx *observer.MinMax
	chans *observer.PerChannel
	once  []model.NodeID // constants seen by an observer of extremes, which seeing again would not change
	blind bool           // a value that seam cannot know
	seen  []Extent
}

// start makes the observer, of hist if it is one of histograms.
func (w *watcher) start(hist *observer.Histogram) {
	r := w.spec.observerRange()
	switch w.spec.Observer {
	case PerChannelMinMaxObserver:
		w.chans = observer.NewPerChannel(r, int(w.spec.Axis))
	case MinMaxObserver:
		w.minmx = observer.NewMinMax(r)
	default:
		hist.Reset(r)
		w.hist = hist
	}
}

// seenError is what an observer raised at a value.
type seenError struct {
	err   error
	batch int
	node  model.NodeID
}

func (e *seenError) before(f *seenError) bool {
	return e.batch < f.batch || e.batch == f.batch && e.node < f.node
}

// seeKept shows the observer what it is to see of a run's kept values.
func (w *watcher) seeKept(r *FloatRun) *seenError {
	for b := range r.batches {
		for _, n := range w.sees {
			if err := w.see(r.Graph, n, r.kept[b][n]); err != nil {
				return &seenError{err, b, n}
			}
		}
	}
	return nil
}

// onAll does work 0 to n-1 on all processors, each with a worker of its own; what work i does must depend on i alone.
func onAll(n int, worker func() func(i int)) {
	var next atomic.Int32
	var wait sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), n) {
		wait.Go(func() {
			work := worker()
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				work(i)
			}
		})
	}
	wait.Wait()
}

// see shows the observer one value.
func (w *watcher) see(g *model.Graph, n model.NodeID, v *eval.Value) error {
	if v == nil || v.F == nil && v.I == nil {
		w.blind = true
		return nil
	}
	w.note(n, v.F)
	if w.hist != nil {
		if err := w.count(v); err != nil {
			return &model.UpstreamError{Step: "calibrate", Text: err.Error()}
		}
		return nil
	}
	if g.Node(n).Kind == model.GetAttr {
		if slices.Contains(w.once, n) {
			return nil
		}
		w.once = append(w.once, n)
	}
	if w.minmx != nil {
		w.minmx.Observe(v.F)
		return nil
	}
	return w.chans.Observe(v.F, v.Shape)
}

func (w *watcher) count(v *eval.Value) error {
	switch v.DType {
	case model.Float16:
		return w.hist.ObserveNarrow(v.F, observer.Narrow{Round: eval.RoundHalf, Most: 65504, Name: "c10::Half"})
	case model.BFloat16:
		return w.hist.ObserveNarrow(v.F, observer.Narrow{Round: eval.RoundBrain, Most: 0x1.fep127, Name: "c10::BFloat16"})
	}
	return w.hist.Observe(v.F)
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
			p, err = observer.ParamOf(st.Lo, st.Hi, w.spec.observerRange())
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

// observerRange is the integers that a spec may use, as package observer counts them.
func (q QSpec) observerRange() observer.Range {
	return observer.Range{
		Min: q.Min, Max: q.Max, Bits: 8 * q.DType.Bytes(), Eps: q.Eps, Unsigned: q.DType == model.Uint8,
		Scheme: observer.Scheme(q.Scheme),
	}
}
