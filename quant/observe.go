package quant

import (
	"context"
	"slices"

	"seam/model"
	"seam/model/eval"
	"seam/quant/observer"
)

// answered keeps groups' answers, given one FloatRun, by what they depend on: the spec, and the values that the observer sees.
type answered struct{ first [][]answer } // by the first node that it sees; the last list for those that see none

type answer struct {
	spec QSpec
	sees []model.NodeID
	stat GroupStat
}

func (c *answered) list(sees []model.NodeID) *[]answer {
	if len(sees) == 0 {
		return &c.first[len(c.first)-1]
	}
	return &c.first[sees[0]]
}

func (c *answered) get(q *QSpec, sees []model.NodeID) (*GroupStat, bool) {
	list := *c.list(sees)
	for i := range list {
		if a := &list[i]; a.spec == *q && slices.Equal(a.sees, sees) {
			return &a.stat, true
		}
	}
	return nil, false
}

func (c *answered) put(q QSpec, sees []model.NodeID, st GroupStat) {
	list := c.list(sees)
	*list = append(*list, answer{q, slices.Clone(sees), st}) // sees is a part of a longer list
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
	var work []*watcher
	for i := range a.Groups {
		g := &a.Groups[i]
		switch g.Spec.Kind {
		case Fixed:
			cal.Groups[i].Params = []QParam{fixedParam(g.Spec)}
		case Observed:
			if st, ok := run.answers.get(&g.Spec, sees[i]); ok {
				cal.Groups[i] = *st
				continue
			}
			work = append(work, &watcher{group: g.ID, spec: g.Spec, sees: sees[i]})
		}
	}
	if err := run.watch(ctx, work, cal, report); err != nil {
		return nil, err
	}
	for _, w := range work {
		run.answers.put(w.spec, w.sees, cal.Groups[w.group])
	}
	a.derive(cal)
	return cal, a.observeBodies(ctx, run, cal)
}

// watch shows every watcher what it is to see, and lets it answer.
func (r *FloatRun) watch(ctx context.Context, work []*watcher, cal *Calibration, report func(done int)) error {
	if len(work) == 0 {
		return nil
	}
	if r.keepsAll() {
		return r.again(ctx, work, cal, report)
	}
	need := make([]bool, r.Graph.Len())
	byNode := map[model.NodeID][]*watcher{}
	for _, w := range work {
		w.start(new(observer.Histogram))
		for _, n := range w.sees {
			need[n] = true
			byNode[n] = append(byNode[n], w)
		}
	}
	err := r.each(ctx, need, report, func(n model.NodeID, v *eval.Value) error {
		for _, w := range byNode[n] {
			if err := w.see(r.Graph, n, v); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	onAll(len(work), func() func(int) {
		return func(i int) { cal.Groups[work[i].group] = work[i].answer() }
	})
	return nil
}

// again is watch on the kept values, watcher by watcher on all processors. Of several errors, the first in the order of batches and
// nodes is given, as a run gives it.
func (r *FloatRun) again(ctx context.Context, work []*watcher, cal *Calibration, report func(done int)) error {
	errs := make([]*seenError, len(work))
	onAll(len(work), func() func(int) {
		hist := new(observer.Histogram) // one a processor
		return func(i int) {
			if ctx.Err() != nil {
				return
			}
			w := work[i]
			w.start(hist)
			if errs[i] = w.seeKept(r); errs[i] == nil {
				cal.Groups[w.group] = w.answer()
			}
			w.hist = nil
		}
	})
	if err := ctx.Err(); err != nil {
		return err
	}
	var first *seenError
	for _, e := range errs {
		if e != nil && (first == nil || e.before(first)) {
			first = e
		}
	}
	if first != nil {
		return first.err
	}
	if report != nil {
		report(len(r.batches))
	}
	return nil
}

// fixedParam is the parameters of a fixed spec: its observer keeps the scale as float32.
func fixedParam(q QSpec) QParam {
	return QParam{Scale: float64(float32(q.Fixed.Scale)), Zero: q.Fixed.Zero}
}

// sees is, by group, the nodes whose values its observer is shown, in graph order: the outputs among its places, and the
// producers of its edges, each once, for prepare puts one call of an observer behind a producer.
func (a *Annotation) sees() [][]model.NodeID {
	out := make([][]model.NodeID, len(a.Groups))
	all := make([]model.NodeID, 0, len(a.Order)) // the lists, one behind the other
	producer := a.Graph.Producers()
	last := make([]int, a.Graph.Len()) // by node: the last group, plus one, that has it
	for i := range a.Groups {
		at := len(all)
		for _, s := range a.Groups[i].Members {
			p := model.NodeID(int(s) - len(producer))
			if int(s) < len(producer) {
				p = producer[s]
			}
			if last[p] != i+1 && a.Graph.Node(p).Type.IsTensor() {
				last[p] = i + 1
				all = append(all, p)
			}
		}
		out[i] = all[at:len(all):len(all)]
		slices.Sort(out[i])
	}
	return out
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
