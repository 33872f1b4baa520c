package ui

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"seam/ethosu"
	"seam/internal/pipeline"
	"seam/model"
	"seam/model/load"
	"seam/quant"
	"seam/themes"
	"seam/tosa"
	"seam/ui/row"
)

// fixture is a result by hand: a chain of convolutions and relus, with a concat of two branches in the middle. Unless shared
// is on, the concat is left alone by the annotator, and splits the program into two delegates.
type fixture struct {
	t      testing.TB
	shared bool
	traced *model.Graph
	conv   *model.Graph
	edge   *model.Graph
	res    *pipeline.Result
}

const (
	opConv = "aten.conv2d.default"
	opRelu = "aten.relu.default"
	opCat  = "aten.concat.default"
	opQ    = "quantized_decomposed.quantize_per_tensor.default"
	opDQ   = "quantized_decomposed.dequantize_per_tensor.default"
)

// newFixture makes a result with that many convolutions in front of the concat and as many behind it.
func newFixture(t testing.TB, convs int, cfg pipeline.Config) *pipeline.Result {
	t.Helper()
	f := &fixture{t: t, shared: strings.Contains(string(cfg.Edits), opCat+"=on")}
	f.trace(convs)
	f.res = &pipeline.Result{Config: cfg, Traced: f.traced, Annotatable: f.traced, ToTraced: model.Identity(f.traced.Len())}
	f.res.Data = &load.Data{Synthetic: true}
	f.annotate()
	f.convert()
	f.lower()
	f.partition()
	return f.res
}

func (f *fixture) freeze(b *model.Builder) (*model.Graph, model.Relation) {
	f.t.Helper()
	g, rel, err := b.Freeze()
	if err != nil {
		f.t.Fatalf("fixture: %v", err)
	}
	return g, rel
}

func meta(line int, module string) *model.Meta {
	return &model.Meta{
		Loc:     model.Loc{File: "nets/networks.py", Line: line, Func: "forward", Text: "x = torch.concat([a, b], 1)  # fuse"},
		Modules: []model.Frame{{Path: "", Type: "nets.Detector"}, {Path: module, Type: "nets.Block"}},
	}
}

func (f *fixture) trace(convs int) {
	b := model.NewBuilder(model.ATen)
	b.Symbols = []model.Symbol{{Expr: "s0", Hint: 64, Min: 1, Max: -1}}
	shape := model.TensorOf(model.Float32, model.ShapeOf(1, 16, model.SymDim(0), 8))
	weight := b.Add(model.Spec{Kind: model.Placeholder, Target: "p_weight", Type: model.TensorOf(model.Float32, model.ShapeInts(16, 16, 3, 3))})
	b.Inputs["p_weight"] = model.ParamInput
	x := b.Add(model.Spec{Kind: model.Placeholder, Target: "x", Type: shape})
	line := 20
	call := func(op, module string, args ...model.Arg) model.NodeID {
		n := b.Add(model.Spec{Kind: model.Call, Target: op, Args: args, Type: shape})
		line++
		b.Node(n).Meta = meta(line, module)
		return n
	}
	unit := func(in model.NodeID, module string) model.NodeID {
		return call(opRelu, module, model.NodeArg(call(opConv, module, model.NodeArg(in), model.NodeArg(weight), model.Arg{}, model.IntsArg(1, 1))))
	}
	for i := range convs {
		x = unit(x, fmt.Sprintf("encoder.%d", i))
	}
	left, right := unit(x, "fusion.left"), unit(x, "fusion.right")
	x = call(opCat, "fusion", model.ListArg(model.NodeArg(left), model.NodeArg(right)), model.IntArg(1))
	for i := range convs {
		x = unit(x, fmt.Sprintf("decoder.%d", i))
	}
	b.Add(model.Spec{Kind: model.Output, Target: "output", Args: []model.Arg{model.ListArg(model.NodeArg(x))}})
	f.traced, _ = f.freeze(b)
}

// annotate puts each value and its readers into one group; a relu shares its input's, and so does the concat if it may.
func (f *fixture) annotate() {
	g := f.traced
	a := &quant.Annotation{
		Graph: g, Specs: make([]quant.QSpec, g.Edges()+g.Len()), Of: make([]quant.GroupID, g.Edges()+g.Len()),
		Marks: make([]model.Mark, g.Len()), Done: make([]bool, g.Len()), Notes: make([]quant.Note, g.Len()),
	}
	for i := range a.Of {
		a.Of[i] = -1
	}
	spec := quant.QSpec{Kind: quant.Observed, DType: model.Int8, Axis: -1, Min: -128, Max: 127, Observer: quant.HistogramObserver}
	put := func(s quant.Slot, q quant.QSpec, id quant.GroupID) {
		a.Specs[s], a.Of[s] = q, id
		a.Groups[id].Members = append(a.Groups[id].Members, s)
	}
	of := make([]quant.GroupID, g.Len())
	for n := range g.Len() {
		id, x := model.NodeID(n), g.Node(model.NodeID(n))
		if x.Kind == model.Output || x.Target == opCat && !f.shared {
			a.Notes[n].Text = "no family lists " + x.Target
			of[n] = -1
			continue
		}
		own, in := spec, g.In(id)
		shares := x.Target == opRelu || x.Target == opCat
		if shares {
			own.Kind = quant.Shared
			of[n] = of[in[0]]
		} else {
			of[n] = quant.GroupID(len(a.Groups))
			a.Groups = append(a.Groups, quant.SharingGroup{ID: of[n], Spec: spec, Root: a.ValueSlot(id)})
		}
		first, end := g.InEdges(id)
		for e := first; e < end; e++ {
			if p, _ := g.EdgeEnds(e); of[p] >= 0 {
				put(quant.EdgeSlot(e), spec, of[p])
			}
		}
		put(a.ValueSlot(id), own, of[n])
		a.Done[n] = x.Kind == model.Call
		a.Notes[n].Rule = model.Rule{ID: "Q-" + strings.ToUpper(x.Name), File: "backends/arm/quantizer/quantization_annotator.py", Symbol: "get_quant_properties"}
	}
	cal := &quant.Calibration{Groups: make([]quant.GroupStat, len(a.Groups)), Synthetic: true}
	for i := range cal.Groups {
		st := &cal.Groups[i]
		st.Params = []quant.QParam{{Scale: 0.01 + 0.003*float64(i%9), Zero: int64(i%7) - 3}}
		st.Min, st.Max, st.Lo, st.Hi = []float32{-1}, []float32{4}, -1, 3
		st.Counts = make([]float32, quant.CountBins)
		for k := range st.Counts {
			st.Counts[k] = float32((k - 20) * (k - 20))
		}
		for k, s := range a.Groups[i].Members {
			p, _ := a.Place(s)
			st.Seen = append(st.Seen, quant.Extent{Node: p, Min: -1, Max: float32(1 + k)})
		}
	}
	f.res.Ann, f.res.Cal = a, cal
}

// convert copies the traced graph, with a dequantize for each input of a concat in float and a quantize behind it.
func (f *fixture) convert() {
	f.conv, f.res.ToAnnotated = f.copy(f.traced, model.ATen, !f.shared)
	f.res.Converted = f.conv
}

func (f *fixture) lower() {
	g, rel := f.copy(f.conv, model.Edge, false)
	f.edge = g
	f.res.Edge = &tosa.EdgeProgram{Graph: g, From: rel}
}

func (f *fixture) copy(g *model.Graph, d model.Dialect, island bool) (*model.Graph, model.Relation) {
	b := model.NewBuilder(d)
	b.Symbols = g.Symbols
	to := make([]model.NodeID, g.Len())
	for k, v := range g.Inputs {
		b.Inputs[k] = v
	}
	q := func(op string, in model.NodeID, from model.NodeID, t model.Type) model.NodeID {
		return b.Add(model.Spec{
			Kind: model.Call, Target: op, Type: t, From: []model.NodeID{from},
			Args: []model.Arg{model.NodeArg(in), model.FloatArg(0.0312), model.IntArg(-3), model.IntArg(-128), model.IntArg(127), model.ConstArg("torch.int8")},
		})
	}
	for n := range g.Len() {
		id, x := model.NodeID(n), g.Node(model.NodeID(n))
		float := island && x.Target == opCat
		args := make([]model.Arg, len(x.Args))
		for i := range x.Args {
			args[i] = x.Args[i].Map(func(p model.NodeID) model.NodeID {
				if float {
					return q(opDQ, to[p], p, x.Type)
				}
				return to[p]
			})
		}
		name := x.Target
		if x.Kind == model.Call {
			name = ""
		}
		to[n] = b.Add(model.Spec{Kind: x.Kind, Target: x.Target, Name: name, Args: args, Type: x.Type, From: []model.NodeID{id}})
		b.Node(to[n]).Meta = x.Meta
		if float {
			to[n] = q(opQ, to[n], id, x.Type)
		}
	}
	return f.freeze(b)
}

// partition gives the nodes before and behind the concat a delegate each, or all of them one.
func (f *fixture) partition() {
	g := f.edge
	p := &ethosu.Partitioning{TagOf: make([]int32, g.Len()), PartOf: make([]int32, g.Len()), Proposed: make([]int32, g.Len())}
	lay := &pipeline.Layout{Place: make([]pipeline.Placement, g.Len())}
	p.Parts = []ethosu.Partition{{Tag: 0, MACs: 1_230_000}}
	part := 0
	for n := range g.Len() {
		id, x := model.NodeID(n), g.Node(model.NodeID(n))
		p.TagOf[n], p.PartOf[n] = -1, -1
		switch {
		case x.Kind != model.Call:
		case isQDQ(x.Target):
			lay.Place[n] = pipeline.Placement{Kind: pipeline.Peeled}
		case x.Target == opCat && !f.shared:
			f.strand(p, lay, id)
			part = 1
			p.Parts = append(p.Parts, ethosu.Partition{Tag: 1, MACs: 2_460_000})
		default:
			lay.Place[n] = pipeline.Placement{Kind: pipeline.Delegated, Index: part}
			p.PartOf[n] = int32(part)
			p.Parts[part].Nodes = append(p.Parts[part].Nodes, id)
			lay.OnNPU++
		}
	}
	f.res.Part, f.res.Layout = p, lay
	f.bounds()
	f.delegates()
}

func (f *fixture) strand(p *ethosu.Partitioning, lay *pipeline.Layout, id model.NodeID) {
	lay.Place[id] = pipeline.Placement{Kind: pipeline.OnHost}
	lay.Islands = append(lay.Islands, []model.NodeID{id})
	lay.Stranded = append(lay.Stranded, id)
	const file = "backends/arm/operator_support/tosa_supported_operators.py"
	p.Rejected = append(p.Rejected,
		model.Rejection{Node: id, Rule: model.Rule{ID: "P-ARM-QUANTIZED", File: file, Symbol: "CheckArmQuantized"}, Text: "Node was not marked as quantized.", First: true},
		model.Rejection{Node: id, Rule: model.Rule{ID: "P-U55-DTYPE", File: file, Symbol: "EthosU55DtypeSupport"}, Text: "One or more inputs have dtype torch.float32."})
}

func (f *fixture) bounds() {
	lay := f.res.Layout
	for n := range f.edge.Len() {
		id, x := model.NodeID(n), f.edge.Node(model.NodeID(n))
		if x.Target != opCat || f.shared {
			continue
		}
		d1, d2 := pipeline.Placement{Kind: pipeline.Delegated}, pipeline.Placement{Kind: pipeline.Delegated, Index: 1}
		host := pipeline.Placement{Kind: pipeline.OnHost}
		lay.Boundaries = []pipeline.Boundary{
			{ID: 1, From: d1, To: host, Tensors: f.edge.In(id), At: f.edge.In(id)[0], Bytes: 16384},
			{ID: 2, From: host, To: d2, Tensors: []model.NodeID{id}, At: id + 2, Bytes: 16384},
		}
		lay.Bytes = 32768
	}
}

func (f *fixture) delegates() {
	for k, p := range f.res.Part.Parts {
		b := model.NewBuilder(model.TOSA)
		into := make([][]model.NodeID, f.edge.Len())
		var last model.NodeID
		for _, n := range p.Nodes {
			s := model.Spec{Kind: model.Call, Target: "tosa.CONV2D", Type: f.edge.Node(n).Type, From: []model.NodeID{n}, Name: fmt.Sprintf("conv_%d", n)}
			if last > 0 {
				s.Args = []model.Arg{model.NodeArg(last)}
			}
			last = b.Add(s)
			into[n] = []model.NodeID{last - 1}
		}
		g, rel := f.freeze(b)
		f.res.Delegates = append(f.res.Delegates, &tosa.Lowered{
			Tag: k, Graph: g, From: rel,
			Into: model.NewRelation(f.edge.Len(), func(n model.NodeID) []model.NodeID { return into[n] }),
		})
	}
}

// testConfig is the configuration of the fixture.
func testConfig() pipeline.Config {
	return pipeline.Config{Release: "1.4.1", Target: "ethos-u55-128", Args: quant.PresetArgs(quant.Int8, true)}
}

// fakeRun is a run that makes fixtures.
func fakeRun(t testing.TB, convs int) runFunc {
	return func(ctx context.Context, cfg pipeline.Config, report func(pipeline.Progress, *pipeline.Result)) (*pipeline.Result, error) {
		report(pipeline.Progress{Stage: pipeline.Calibrated, Done: 3, Total: 8}, nil)
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		return newFixture(t, convs, cfg), nil
	}
}

// fakeExplain is the chain of the fixture's split.
func fakeExplain(context.Context, *pipeline.Result, target) (model.Explanation, error) {
	file := "backends/arm/quantizer/arm_quantizer_utils.py"
	return model.Explanation{
		Verdict: "D1 and D2 are two delegates because concat runs on the CPU",
		Steps: []model.Step{
			{Stage: "traced", OK: true, Text: "torch.concat at networks.py:29 is aten.concat.default", Refs: []model.Ref{{Stage: "traced", Node: 8, Name: "concat"}}},
			{Stage: "annotated", Text: "family shared.concat lists aten.cat.default, aten.concatenate.default and aten.stack.default; aten.concat.default is missing", Rule: model.Rule{ID: "Q-SHARED-CONCAT", File: file, Symbol: "SHARED_QSPEC_OPS"}},
			{Stage: "calibrated", OK: true, Text: "so each edge keeps its own scale: .0312 .0187 .0440"},
			{Stage: "partitioned", Text: "concat: Node was not marked as quantized.", Rule: model.Rule{ID: "P-ARM-QUANTIZED", File: "backends/arm/operator_support/tosa_supported_operators.py", Symbol: "CheckArmQuantized"}},
		},
		Fixes: []model.Fix{
			{Edit: "shared.concat:aten.concat.default=on", Text: "add aten.concat.default to the family shared.concat", Delegates: 1, Cost: "1.2 bits of resolution at relu_3", Computed: true},
			{Edit: "write torch.cat in the model", Text: "write torch.cat in the model", Delegates: 1, Computed: true},
		},
	}, nil
}

// newApp is a program on the fixture, with its first result on screen.
func newApp(t testing.TB, convs, w, h int) *App {
	t.Helper()
	theme, _ := themes.Builtin("dark")
	a := New(Options{
		Config: testConfig(), Title: "detector.pt2", Theme: theme, Source: func(string) ([]byte, error) { return pythonSource, nil },
		Export: func(string, *pipeline.Result, string) error { return nil },
	})
	a.run, a.explain = fakeRun(t, convs), fakeExplain
	a.later = func(time.Duration, tea.Msg) tea.Cmd { return nil }
	a.Update(tea.WindowSizeMsg{Width: w, Height: h})
	settle(a, a.Init())
	return a
}

var pythonSource = []byte(strings.Repeat("def forward(self, x):\n    # fuse the branches\n    return torch.concat([self.left(x), 3], 1)\n", 40))

// settle runs commands, and those that follow them, until none is left. Timers are left out.
func settle(a *App, cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch m := cmd().(type) {
	case tea.BatchMsg:
		for _, c := range m {
			settle(a, c)
		}
	case dimMsg, tea.QuitMsg, nil:
	default:
		_, next := a.Update(m)
		settle(a, next)
	}
}

// keyMsg is the message of a key by its name.
func keyMsg(k string) tea.KeyPressMsg {
	special := map[string]rune{
		"enter": tea.KeyEnter, "esc": tea.KeyEscape, "tab": tea.KeyTab, "space": tea.KeySpace,
		"backspace": tea.KeyBackspace, "up": tea.KeyUp, "down": tea.KeyDown, "left": tea.KeyLeft, "right": tea.KeyRight, "home": tea.KeyHome,
		"end": tea.KeyEnd, "pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown,
	}
	if c, ok := special[k]; ok {
		return tea.KeyPressMsg{Code: c}
	}
	if c, ok := strings.CutPrefix(k, "ctrl+"); ok {
		return tea.KeyPressMsg{Code: rune(c[0]), Mod: tea.ModCtrl}
	}
	return tea.KeyPressMsg{Code: []rune(k)[0], Text: k}
}

// press presses keys, one after the other, each until nothing runs.
func press(a *App, keys ...string) {
	for _, k := range keys {
		_, cmd := a.Update(keyMsg(k))
		settle(a, cmd)
	}
}

// screenText is the screen as text.
func screenText(a *App) string {
	text, _ := row.Planes(a.draw().rows())
	return text
}
