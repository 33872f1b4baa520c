package pipeline

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"seam/ethosu"
	"seam/model"
	"seam/model/load"
	"seam/quant"
	"seam/tosa"
)

// Progress says how far a run is. Calibration counts batches.
type Progress struct {
	Stage       Stage
	Done, Total int
}

// Runner runs the stages on one model and its data. It may be used by several goroutines; runs take turns.
type Runner struct {
	model *load.Model
	data  *load.Data
	log   *slog.Logger // nil without

	mu        sync.Mutex
	transform memo[transformKey, *quant.Transformed]
	annotate  memo[annotateKey, *quant.Annotation]
	floats    memo[uint32, *quant.FloatRun]
	calibrate memo[calibrateKey, *quant.Calibration]
	convert   memo[convertKey, *quant.Converted]
	edge      memo[edgeKey, *tosa.EdgeProgram]
	partition memo[partitionKey, *partitioned]

	lowering sync.Mutex // of lower alone
	lower    memo[uint32, []*tosa.Lowered]
}

type (
	transformKey struct{ cfg quant.Config }
	annotateKey  struct {
		graph uint32
		cfg   quant.Config
	}
	calibrateKey struct{ graph, ann uint32 }
	convertKey   struct{ ann, cal uint32 }
	edgeKey      struct {
		conv uint32
		cfg  tosa.Config
	}
	partitionKey struct {
		edge          uint32
		cfg           ethosu.Config
		checks, force string
	}
	partitioned struct {
		part   *ethosu.Partitioning
		layout *Layout
	}
)

// New makes a runner. Without data the stages from calibration on are unknown.
func New(m *load.Model, d *load.Data) *Runner { return &Runner{model: m, data: d} }

// Model is the model that the runner runs.
func (r *Runner) Model() *load.Model { return r.model }

// Data is the calibration data.
func (r *Runner) Data() *load.Data { return r.data }

// Run runs the stages. A stage that stops leaves the later ones out, and the result says why.
//
//	report  called after each stage with the result so far, and during calibration; may be nil
//	errors  cancellation, or a broken input
func (r *Runner) Run(ctx context.Context, cfg Config, report func(Progress, *Result)) (*Result, error) {
	res, err := r.Partition(ctx, cfg, report)
	if err != nil || res.Failed != nil {
		return res, err
	}
	return r.Lower(ctx, res, report)
}

// Partition is Run without the TOSA stage: what a person waits for after a toggle.
func (r *Runner) Partition(ctx context.Context, cfg Config, report func(Progress, *Result)) (*Result, error) {
	return r.runTo(ctx, cfg, report, Partitioned)
}

// Lower adds the TOSA stage to a partitioned result. It does not hold up another run.
//
//	errors  cancellation
func (r *Runner) Lower(ctx context.Context, res *Result, report func(Progress, *Result)) (*Result, error) {
	if err := ctx.Err(); err != nil {
		return res, err
	}
	r.lowering.Lock()
	defer r.lowering.Unlock()
	return r.step(ctx, res, report, stageStep{TOSA, (*Runner).runTOSA})
}

// runTo is Run without the stages behind last.
func (r *Runner) runTo(ctx context.Context, cfg Config, report func(Progress, *Result), last Stage) (*Result, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	res := &Result{Config: cfg, Model: r.model, Data: r.data, Traced: r.model.Graph}
	for _, s := range stageSteps {
		if s.stage > last {
			break
		}
		if s.stage <= Calibrated && isQuantized(r.model.Graph) {
			continue
		}
		var err error
		if res, err = r.step(ctx, res, report, s); err != nil || res.Failed != nil {
			return res, err
		}
	}
	return res, nil
}

// step runs one stage, notes its time, and reports.
func (r *Runner) step(ctx context.Context, res *Result, report func(Progress, *Result), s stageStep) (*Result, error) {
	next := *res
	start := time.Now()
	reused, err := s.run(r, ctx, &next, report)
	if !reused {
		next.Took[s.stage] = time.Since(start)
	}
	r.logStage(&next, s.stage, reused, err)
	if err != nil {
		return r.stopped(&next, err)
	}
	if report != nil {
		report(Progress{Stage: s.stage}, &next)
	}
	return &next, nil
}

// stopped ends a run: what upstream fails at, and what seam does not model, are answers; all else is an error.
func (r *Runner) stopped(res *Result, err error) (*Result, error) {
	var missing *model.MissingError
	var upstream *model.UpstreamError
	switch {
	case errors.As(err, &missing):
		res.Missing = append(res.Missing, missing.NotModelled)
	case !errors.As(err, &upstream):
		return res, err
	}
	res.Failed = err
	return res, nil
}

// stageStep is one stage: it fills its part of the result in and says whether it was reused.
type stageStep struct {
	stage Stage
	run   func(*Runner, context.Context, *Result, func(Progress, *Result)) (bool, error)
}

var stageSteps = [...]stageStep{
	{Annotated, (*Runner).runAnnotate},
	{Calibrated, (*Runner).runCalibrate},
	{Converted, (*Runner).runConvert},
	{Edge, (*Runner).runEdge},
	{Partitioned, (*Runner).runPartition},
}

func (r *Runner) runAnnotate(_ context.Context, res *Result, _ func(Progress, *Result)) (bool, error) {
	qc, err := res.Config.quant()
	if err != nil {
		return false, err
	}
	rules, err := quant.LoadRules(qc.Release, qc.Annotator, qc.Edits)
	if err != nil {
		return false, err
	}
	t, rev, err := r.transformed(rules, qc)
	if err != nil {
		return false, err
	}
	res.Annotatable, res.ToTraced = t.Graph, t.From
	key := annotateKey{rev, qc}
	ann, arev, ok := r.annotate.get(key)
	if !ok {
		a, err := quant.Annotate(t.Graph, rules, qc)
		if err != nil {
			return false, err
		}
		ann, arev = r.annotate.put(key, a, sameAnnotation)
	}
	res.Ann = ann
	res.Rev[Annotated], res.Rev[Traced] = arev, rev
	return ok, nil
}

// transformed is the graph to annotate, and its revision.
func (r *Runner) transformed(rules *quant.Rules, qc quant.Config) (*quant.Transformed, uint32, error) {
	key := transformKey{qc}
	if t, rev, ok := r.transform.get(key); ok {
		return t, rev, nil
	}
	t, ok := r.transform.revise(func(old *quant.Transformed, _ transformKey) (*quant.Transformed, bool) { return old.Again(rules, qc) })
	if !ok {
		var err error
		if t, err = quant.Transform(r.model.Graph, rules, qc); err != nil {
			return nil, 0, unknown("prepare", err)
		}
	}
	t, rev := r.transform.put(key, t, func(a, b *quant.Transformed) bool { return a == b || sameGraph(a.Graph, b.Graph) })
	return t, rev, nil
}

func (r *Runner) runCalibrate(ctx context.Context, res *Result, report func(Progress, *Result)) (bool, error) {
	run, err := r.floatRun(res)
	if err != nil {
		return false, err
	}
	key := calibrateKey{res.Rev[Traced], res.Rev[Annotated]}
	cal, rev, ok := r.calibrate.get(key)
	if !ok {
		var tell func(int)
		if report != nil {
			partial := *res // the receiver may look at it while the run goes on
			tell = func(done int) { report(Progress{Calibrated, done, run.Batches()}, &partial) }
		}
		c, err := quant.Observe(ctx, res.Ann, run, tell)
		if err != nil {
			return false, unknown("calibrate", err)
		}
		c.Synthetic = r.data.Synthetic
		cal, rev = r.calibrate.put(key, c, func(a, b *quant.Calibration) bool { return a == b })
	}
	res.Cal, res.Rev[Calibrated] = cal, rev
	res.Missing = append(res.Missing, run.Missing...)
	return ok, nil
}

// floatRun is the float run of the result's graph. Marks do not change values, so a graph that differs in these alone has the same
// run.
func (r *Runner) floatRun(res *Result) (*quant.FloatRun, error) {
	run, _, ok := r.floats.get(res.Rev[Traced])
	if ok {
		return run, nil
	}
	run, ok = r.floats.find(func(f *quant.FloatRun) bool { return sameValues(f.Graph, res.Annotatable) })
	if !ok {
		var err error
		if run, err = quant.NewFloatRun(res.Annotatable, r.data.Batches, quant.KeepBytes); err != nil {
			return nil, unknown("calibrate", err)
		}
	}
	run, _ = r.floats.put(res.Rev[Traced], run, func(a, b *quant.FloatRun) bool { return a == b })
	return run, nil
}

// unknown says of a stage that the graph and its data stop (constants without data, randomness, indices out of range) that its
// answer is not known: the graph is shown all the same. Cancellation and upstream's own failures stay what they are.
func unknown(stage string, err error) error {
	var missing *model.MissingError
	var upstream *model.UpstreamError
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || errors.As(err, &missing) || errors.As(err, &upstream) {
		return err
	}
	return &model.MissingError{NotModelled: model.NotModelled{Stage: stage, Rule: err.Error()}}
}

// Evaluated is how many batches were evaluated in float so far, over all runs.
func (r *Runner) Evaluated() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	seen := map[*quant.FloatRun]bool{}
	for _, e := range r.floats.entries {
		if !seen[e.val] {
			seen[e.val] = true
			n += e.val.Evaluated()
		}
	}
	return n
}

func (r *Runner) runConvert(_ context.Context, res *Result, _ func(Progress, *Result)) (bool, error) {
	if res.Ann == nil {
		res.Converted, res.Rev[Converted] = r.model.Graph, 1
		return true, nil
	}
	key := convertKey{res.Rev[Annotated], res.Rev[Calibrated]}
	c, rev, ok := r.convert.get(key)
	if !ok {
		fresh, found := r.convert.revise(func(old *quant.Converted, _ convertKey) (*quant.Converted, bool) {
			return old.Rebase(res.Ann, res.Cal)
		})
		if !found {
			var err error
			if fresh, err = quant.Convert(res.Ann, res.Cal); err != nil {
				return false, err
			}
		}
		c, rev = r.convert.put(key, fresh, func(a, b *quant.Converted) bool { return a == b })
	}
	res.Converted, res.ToAnnotated, res.Rev[Converted] = c.Graph, c.From, rev
	return ok, nil
}

func (r *Runner) runEdge(_ context.Context, res *Result, _ func(Progress, *Result)) (bool, error) {
	target, err := ethosu.ParseTarget(res.Config.Target)
	if err != nil {
		return false, err
	}
	bind, err := r.bindings(res.Config)
	if err != nil {
		return false, err
	}
	res.Bindings = bind
	key := edgeKey{res.Rev[Converted], tosa.Config{Release: res.Config.Release, U55: target.U55, Bind: bindText(bind)}}
	e, rev, ok := r.edge.get(key)
	if !ok {
		fresh, found := r.edge.revise(func(old *tosa.EdgeProgram, k edgeKey) (*tosa.EdgeProgram, bool) {
			if k.cfg != key.cfg {
				return nil, false
			}
			return old.Rebase(res.Converted)
		})
		if !found {
			if fresh, err = tosa.ToEdge(res.Converted, key.cfg); err != nil {
				return false, err
			}
		}
		e, rev = r.edge.put(key, fresh, func(a, b *tosa.EdgeProgram) bool { return a == b })
	}
	res.Edge, res.Rev[Edge] = e, rev
	return ok, nil
}

func (r *Runner) runPartition(_ context.Context, res *Result, _ func(Progress, *Result)) (bool, error) {
	key := partitionKey{
		res.Rev[Edge], ethosu.Config{Release: res.Config.Release, Target: res.Config.Target}, res.Config.Checks, res.Config.Force,
	}
	p, rev, ok := r.partition.get(key)
	if !ok {
		change, err := res.whatIf()
		if err != nil {
			return false, err
		}
		part, err := ethosu.RunWhatIf(res.Edge.Graph, key.cfg, change)
		if err != nil {
			return false, err
		}
		v := &partitioned{part: part, layout: newLayout(res.Edge.Graph, part)}
		p, rev = r.partition.put(key, v, func(a, b *partitioned) bool { return a == b })
	}
	res.Part, res.Layout, res.Rev[Partitioned] = p.part, p.layout, rev
	return ok, nil
}

// runTOSA lowers each delegate. What it does not model is a note on the delegate, not the end of the run.
func (r *Runner) runTOSA(ctx context.Context, res *Result, _ func(Progress, *Result)) (bool, error) {
	out, rev, ok := r.lower.get(res.Rev[Partitioned])
	if !ok {
		cfg := tosa.Config{Release: res.Config.Release, U55: res.Part.Target.U55, Reordered: r.model.Program.Reordered()}
		lowerer := tosa.NewLowerer(res.Edge.Graph, cfg)
		for _, part := range res.Part.Parts {
			l, err := lowerer.Lower(ctx, part.Nodes, part.Tag)
			if err != nil {
				return false, err
			}
			out = append(out, l)
		}
		out, rev = r.lower.put(res.Rev[Partitioned], out, func(a, b []*tosa.Lowered) bool { return false })
	}
	res.Delegates, res.Rev[TOSA] = out, rev
	return ok, nil
}

// quant is the options of the stages up to convert.
func (c Config) quant() (quant.Config, error) {
	t, err := ethosu.ParseTarget(c.Target)
	return quant.Config{
		Release: c.Release, Annotator: c.Annotator, Args: c.Args, IO: c.IO, HasIO: c.HasIO, NoIO: c.NoIO,
		Overrides: c.Overrides, Edits: c.Edits, U55: t.U55,
	}, err
}

// DefaultConfig is a release's defaults: its annotator, ethos-u55-128, int8 per channel.
func DefaultConfig(release string) Config {
	return Config{
		Release: release, Annotator: quant.DefaultAnnotator(release), Target: "ethos-u55-128",
		Args: quant.PresetArgs(quant.Int8, true),
	}
}

// Packs is the releases that have a rule pack, oldest first.
func Packs() []string { return quant.Releases() }

// ParsePack finds the pack of a release name.
func ParsePack(s string) (string, error) { return quant.ParseRelease(s) }

// Families is the families of the config's pack, with what its edits switched.
func Families(cfg Config) []quant.FamilyView {
	rules, err := quant.LoadRules(cfg.Release, cfg.Annotator, cfg.Edits)
	if err != nil {
		return nil
	}
	return rules.View()
}
