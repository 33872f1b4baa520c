package ui

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"

	"seam/internal/pipeline"
)

// dimAfter is how long an old result looks current.
const dimAfter = 100 * time.Millisecond

// job is the run under way. Its generation grows with every start and every cancellation; events of another generation are
// dropped.
type job struct {
	gen      int
	running  bool // up to the partition
	lowering bool // the partition is on screen, its delegates are being lowered to TOSA
	dim      bool
	cancel   context.CancelFunc
	at       pipeline.Progress
	began    time.Time
	took     time.Duration
}

// stop cancels the run and makes its events old.
func (j *job) stop() {
	if j.cancel != nil {
		j.cancel()
		j.cancel = nil
	}
	j.gen++
	j.running, j.lowering, j.dim = false, false, false
}

// start runs cfg in place of the run before it.
func (a *App) start(cfg pipeline.Config) tea.Cmd {
	a.job.stop()
	a.acc.stop()
	a.cfg = cfg
	if a.run == nil {
		return nil
	}
	ctx, cancel := context.WithCancel(a.ctx)
	a.job.cancel, a.job.running, a.job.began = cancel, true, time.Now()
	a.job.at = pipeline.Progress{}
	r := runner{run: a.run, cfg: cfg, base: a.base, gen: a.job.gen, ch: make(chan runEvent, 8)}
	return tea.Batch(func() tea.Msg { go r.work(ctx); return <-r.ch }, a.later(dimAfter, dimMsg{a.job.gen}))
}

// runner is one run in its goroutine.
type runner struct {
	run  runFunc
	cfg  pipeline.Config
	base *pipeline.Result
	gen  int
	ch   chan runEvent
}

func (r runner) work(ctx context.Context) {
	var whole *facts // but for the TOSA stage
	f, err := guarded(func() (*facts, error) {
		res, err := r.run(ctx, r.cfg, func(p pipeline.Progress, partial *pipeline.Result) {
			if f := r.report(ctx, p, partial); f != nil {
				whole = f
			}
		})
		switch {
		case err != nil:
			return nil, err
		case whole != nil:
			return &facts{res: res}, nil
		}
		return newFacts(res, r.base), nil
	})
	r.ch <- runEvent{gen: r.gen, f: f, whole: whole, err: err, last: true, ch: r.ch}
}

// guarded turns a panic of the stages into an error: in a goroutine of its own it would end the program, and leave the
// terminal as it is.
func guarded[T any](do func() (T, error)) (out T, err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case caught:
			err = r.error
		default:
			err = fmt.Errorf("internal error: %v, at %s", r, panicPlace())
		}
	}()
	return do()
}

// caught is a panic of a goroutine of together, as an error, on its way through the goroutine that waits.
type caught struct{ error }

// together does several things at once. A panic of one is one of the caller's.
func together(work ...func()) {
	errs := make([]error, len(work))
	var wait sync.WaitGroup
	for i, w := range work {
		wait.Go(func() { _, errs[i] = guarded(func() (struct{}, error) { w(); return struct{}{}, nil }) })
	}
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			panic(caught{err})
		}
	}
}

// panicPlace is the function of this program that a panic came from.
func panicPlace() string {
	pc := make([]uintptr, 32)
	frames := runtime.CallersFrames(pc[:runtime.Callers(3, pc)])
	for {
		f, more := frames.Next()
		if strings.HasPrefix(f.Function, "seam/") && !strings.Contains(f.Function, "guarded") {
			return fmt.Sprintf("%s line %d", f.Function, f.Line)
		}
		if !more {
			return "?"
		}
	}
}

// report passes progress on, and gives what it made of the partition. A report that the screen has no time for is dropped: the
// partition and the last event alone are sure to arrive.
func (r runner) report(ctx context.Context, p pipeline.Progress, partial *pipeline.Result) (whole *facts) {
	e := runEvent{gen: r.gen, at: p, ch: r.ch}
	done := p.Stage == pipeline.Partitioned && partial != nil
	switch {
	case ctx.Err() != nil || !done && len(r.ch) >= cap(r.ch)-1:
		return nil
	case done:
		whole = newFacts(partial, r.base)
		if r.base == nil { // later results inherit them
			whole.listAhead()
		}
		e.whole = whole
	case partial != nil && r.base == nil:
		e.f = newFacts(partial, nil)
		e.f.partial = true
	}
	select {
	case r.ch <- e:
	case <-ctx.Done():
	}
	return whole
}

// ran takes a run's event. Old events are read on until their run ends, so that its goroutine is never left waiting.
func (a *App) ran(e runEvent) tea.Cmd {
	var next tea.Cmd
	if !e.last {
		next = func() tea.Msg { return <-e.ch }
	}
	if e.gen != a.job.gen {
		return next
	}
	switch {
	case e.last:
		a.finish(e)
		return a.openLater(e.err == nil)
	case e.whole != nil && a.stage != pipeline.TOSA: // who looks at TOSA waits for it
		a.landed(e.whole)
		a.job.lowering = true
		return tea.Batch(next, a.openLater(true))
	}
	a.job.at = e.at
	if e.f != nil && (a.f == nil || a.f.partial) {
		a.show(e.f)
	}
	return next
}

// openLater opens the why screen that was asked for while the run was under way.
func (a *App) openLater(ok bool) tea.Cmd {
	if !a.why.later {
		return nil
	}
	a.why.later, a.notice = false, notice{}
	if a.screen != screenMain || !ok {
		return nil
	}
	return a.openWhy(0)
}

// landed puts a result on screen.
func (a *App) landed(f *facts) {
	a.job.took = time.Since(a.job.began)
	a.job.running, a.job.dim = false, false
	if a.base == nil {
		a.base = f.res
	}
	a.show(f)
	a.tog.rebuild(a)
	if a.opt.Landed != nil {
		a.opt.Landed()
	}
}

// finish takes the last event: the whole result, or why there is none.
func (a *App) finish(e runEvent) {
	lowered, lookedAt := a.job.lowering, a.list != nil && a.list.g != nil
	a.job.lowering, a.job.cancel = false, nil
	switch {
	case e.err != nil:
		a.job.running, a.job.dim = false, false
		if !errors.Is(e.err, context.Canceled) {
			a.warn("%v", e.err)
		}
		if lowered {
			a.f.noTOSA = true
		}
		a.restore()
	case lowered:
		from := a.graph.anchor
		a.show(a.withTOSA(a.f, e.f.res))
		a.tog.rebuild(a)
		if a.stage == pipeline.TOSA && !lookedAt { // to the counterpart of the node that was looked at
			a.graph.anchor = from
			a.setStage(pipeline.TOSA)
		}
	case e.whole != nil:
		a.landed(a.withTOSA(e.whole, e.f.res))
	default:
		a.landed(e.f)
	}
}

// lowerAhead is the number of edge nodes up to which delegates are lowered before anyone looks at the TOSA stage. Larger ones take
// seconds, and their TOSA graphs as much memory as all other stages of a toggle.
const lowerAhead = 20_000

// wantTOSA lowers the delegates of the result on screen when the TOSA stage is looked at, or their error asked for, and they were left.
func (a *App) wantTOSA() tea.Cmd {
	if a.f == nil || a.stage != pipeline.TOSA && a.asked != a.f.res || a.f.partial || a.job.running || a.job.lowering || !a.leftTOSA(a.f) {
		return nil
	}
	ctx, cancel := context.WithCancel(a.ctx)
	a.job.cancel, a.job.lowering = cancel, true
	gen, res := a.job.gen, a.f.res
	return func() tea.Msg {
		f, err := guarded(func() (*facts, error) {
			res, err := a.lower(ctx, res)
			return &facts{res: res}, err
		})
		return runEvent{gen: gen, f: f, err: err, last: true}
	}
}

// leftTOSA says whether a result has delegates that nobody has lowered, and that can be.
func (a *App) leftTOSA(f *facts) bool {
	return a.lower != nil && !f.noTOSA && f.res.Part != nil && len(f.res.Part.Parts) > 0 && !f.res.Reached(pipeline.TOSA)
}

// withTOSA is what is known of a result, of which the TOSA stage has come.
func (a *App) withTOSA(f *facts, res *pipeline.Result) *facts {
	g := *f
	g.res, g.findings = res, res.AllFindings()
	if a.base == f.res {
		a.base = res
	}
	if a.asked == f.res {
		a.asked = res
	}
	return &g
}

// cancelRun gives up the run under way: the result on screen stays, and the configuration goes back to its own.
func (a *App) cancelRun() {
	a.job.stop()
	a.restore()
	if n := len(a.undo); n > 0 && a.undo[n-1] == a.cfg {
		a.undo = a.undo[:n-1]
	}
	a.say("cancelled; R runs again")
}

// restore makes the configuration that of the result on screen.
func (a *App) restore() {
	if a.f != nil && !a.f.partial {
		a.cfg = a.f.res.Config
	}
	a.tog.rebuild(a)
}

// change runs another configuration, which undo takes back.
func (a *App) change(cfg pipeline.Config) tea.Cmd {
	if cfg == a.cfg {
		return nil
	}
	a.undo = append(a.undo, a.cfg)
	a.redo = nil
	return a.rerun(cfg)
}

func (a *App) rerun(cfg pipeline.Config) tea.Cmd {
	if a.screen == screenWhy { // it explains the result before
		a.screen = screenMain
	}
	cmd := a.start(cfg)
	a.tog.rebuild(a)
	return cmd
}

func (a *App) undoChange() tea.Cmd {
	if len(a.undo) == 0 {
		a.say("nothing to undo")
		return nil
	}
	cfg := a.undo[len(a.undo)-1]
	a.undo, a.redo = a.undo[:len(a.undo)-1], append(a.redo, a.cfg)
	a.say("undone")
	return a.rerun(cfg)
}

func (a *App) redoChange() tea.Cmd {
	if len(a.redo) == 0 {
		a.say("nothing to redo")
		return nil
	}
	cfg := a.redo[len(a.redo)-1]
	a.redo, a.undo = a.redo[:len(a.redo)-1], append(a.undo, a.cfg)
	a.say("redone")
	return a.rerun(cfg)
}

// keep makes the result on screen the one that later changes are compared with.
func (a *App) keep() {
	if a.f == nil || a.job.running {
		a.say("still running: keep it when the result is there")
		return
	}
	a.base = a.f.res
	a.f.effect, a.f.compared = pipeline.Effect{}, false
	a.say("kept: later changes are compared with this result")
}
