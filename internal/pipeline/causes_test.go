package pipeline_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"seam/internal/pipeline"
	"seam/model"
	"seam/model/load"
	"seam/quant"
)

func stepTexts(e model.Explanation) []string {
	var out []string
	for _, s := range e.Steps {
		out = append(out, s.Text)
	}
	return out
}

// has tests that some step of the chain holds each text.
func has(t *testing.T, e model.Explanation, texts ...string) {
	t.Helper()
	all := strings.Join(stepTexts(e), "\n")
	for _, want := range texts {
		if !strings.Contains(all, want) {
			t.Errorf("%s: the chain lacks %q:\n%s", e.About.Name, want, all)
		}
	}
}

func causes(t *testing.T, r *pipeline.Runner, res *pipeline.Result) []pipeline.Finding {
	t.Helper()
	out, err := r.Causes(context.Background(), res)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// The sample's split has one cause, with what it strands and what the result is without it.
func TestCause(t *testing.T) {
	r := sample(t)
	res := run(t, r, static("1.4.1", quant.Composable))
	found := causes(t, r, res)
	if len(found) != 1 {
		t.Fatalf("got %d causes, want 1: %+v", len(found), found)
	}
	f := found[0]
	if f.ID != pipeline.FindingAlias || f.Family != "shared.concat" || !slices.Equal(f.Ops, []string{"aten.concat.default"}) {
		t.Errorf("got %s of %q in %q", f.ID, f.Ops, f.Family)
	}
	if f.Text != "aten.concat.default is missing in family shared.concat" {
		t.Errorf("text: got %q", f.Text)
	}
	// cat reads float32 [1,32,64] and [1,16,64] and writes [1,48,64]; int8 crosses, both ways.
	if f.Count != 1 || f.MACs != 0 || f.Work != 2*4*48*64 || f.Bytes != 2*48*64 || f.Delegates != 1 {
		t.Errorf("got count %d, %d MACs, %d bytes on the CPU, %d bytes across, %d delegates without it; want 1, 0, 24576, 6144, 1",
			f.Count, f.MACs, f.Work, f.Bytes, f.Delegates)
	}
	e, err := r.ExplainFinding(context.Background(), res, f)
	if err != nil {
		t.Fatal(err)
	}
	has(t, e, "taken off the boundary: ", "its reader aten_cat_default is outside", "its producer aten_cat_default is outside",
		"without this cause (aten.concat.default is missing in family shared.concat): 1 delegate, 1664 bytes cross")
}

// As captured, unresolved shapes are one cause of all twelve operators, and what a fixed size gives is computed.
func TestCauseShapes(t *testing.T) {
	r := sample(t)
	res := run(t, r, pipeline.DefaultConfig("1.5.1"))
	found := causes(t, r, res)
	if len(found) != 1 || found[0].ID != pipeline.FindingShapes || found[0].Count != 12 || found[0].Delegates != 1 {
		t.Errorf("got %+v, want one cause of 12 operators, 1 delegate without it", found)
	}
}

// corpusRun runs a model of the corpus. A stage that seam does not model skips the test.
func corpusRun(t *testing.T, name string, cfg pipeline.Config) (*pipeline.Runner, *pipeline.Result) {
	t.Helper()
	dir := os.Getenv("SEAM_CORPUS")
	if dir == "" {
		t.Skip("SEAM_CORPUS does not name the corpus")
	}
	m, err := load.Open(filepath.Join(dir, "models", name, "model.pt2"))
	if err != nil {
		t.Fatal(err)
	}
	d, err := load.Calib(filepath.Join(dir, "models", name, "calib.npz"), m)
	if err != nil {
		t.Fatal(err)
	}
	r := pipeline.New(m, d)
	res, err := r.Run(context.Background(), cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	if res.Part == nil {
		if len(res.Missing) > 0 {
			t.Skipf("%s is not modelled: %v", name, res.Failed)
		}
		t.Fatalf("%s: %v", name, res.Failed)
	}
	return r, res
}

func newest(target string, changes ...string) func(testing.TB) pipeline.Config {
	return func(t testing.TB) pipeline.Config {
		return with(t, pipeline.DefaultConfig("1.5.1"), append([]string{"target=" + target}, changes...)...)
	}
}

// noCats switches every spelling of concatenation off, as the recordings named nocats do.
var noCats = []string{
	"shared.concat:aten.cat.default=off", "shared.concat:aten.concat.default=off",
	"shared.concat:aten.concatenate.default=off", "shared.concat:aten.stack.default=off",
}

// The causes of the corpus's models: one row for one cause however many boundaries it makes, and none that is not there.
func TestCorpusCauses(t *testing.T) {
	type row struct {
		rule, text string // text: a part of it
		count      int
		without    int
	}
	const cat = "aten.cat.default is missing in family shared.concat"
	bilinear := row{"P-U55-UNSUPPORTED", "aten.upsample_bilinear2d.vec: Op is not supported on U55.", 1, 1}
	pool := row{"P-AVG-POOL", "aten.avg_pool2d.default: Avgpool2d needs stride <= 3, got [16, 16]", 1, 1}
	for _, c := range []struct {
		model     string
		cfg       func(testing.TB) pipeline.Config
		delegates int
		rows      []row
	}{
		{"squeezenet", newest("ethos-u55-128", noCats...), 9, []row{{"P-ARM-QUANTIZED", cat, 8, 1}}},
		{"shufflenet_v2", newest("ethos-u55-128", noCats...), 17, []row{{"P-ARM-QUANTIZED", cat, 16, 1}}},
		{"multi_head_unsupported", newest("ethos-u55-128"), 2, []row{{"P-BASE-TOSA", "aten.cumprod.default: Not included", 1, 1}}},
		{"unet_small", newest("ethos-u55-128"), 2, []row{bilinear}},
		{"unet_small", newest("ethos-u85-256"), 1, nil},
		{"inception_block", newest("ethos-u55-128"), 2, []row{pool}},
		{"inception_block", newest("ethos-u85-256"), 1, nil},
		{"squeezenet", newest("ethos-u55-128"), 1, nil},
	} {
		t.Run(c.model, func(t *testing.T) {
			r, res := corpusRun(t, c.model, c.cfg(t))
			if got := len(res.Part.Parts); got != c.delegates {
				t.Fatalf("delegates: got %d, want %d", got, c.delegates)
			}
			found := causes(t, r, res)
			if len(found) != len(c.rows) {
				t.Fatalf("got %d causes, want %d: %+v", len(found), len(c.rows), found)
			}
			for i, want := range c.rows {
				f := found[i]
				if !strings.HasPrefix(f.Rule.ID, want.rule) || !strings.Contains(f.Text, want.text) || f.Count != want.count ||
					f.Delegates != want.without {
					t.Errorf("cause %d: got %s %q x%d, %d delegates without it; want %+v", i, f.Rule.ID, f.Text, f.Count, f.Delegates, want)
				}
			}
		})
	}
}

// An operator that no target has: no entry of a list is proposed for it, neither as a fix nor in a search.
func TestCorpusNoAlias(t *testing.T) {
	r, res := corpusRun(t, "multi_head_unsupported", newest("ethos-u55-128")(t))
	e, err := r.Explain(context.Background(), res, res.Edge.Graph.ByName("aten_cumprod_default"))
	if err != nil {
		t.Fatal(err)
	}
	if len(e.Fixes) > 0 {
		t.Errorf("fixes: got %+v, want none", e.Fixes)
	}
	has(t, e, "Not included in BaseTOSASupportList", "also true: Node was not marked as quantized", "without this cause",
		"path out and in")
}

// A node that fails three checks shows three, the reported one first.
func TestCorpusThreeChecks(t *testing.T) {
	r, res := corpusRun(t, "pain_uint8_camera", newest("ethos-u55-128")(t))
	e, err := r.Explain(context.Background(), res, res.Edge.Graph.ByName("aten_argmax_default"))
	if err != nil {
		t.Fatal(err)
	}
	var rules []string
	for _, s := range e.Steps {
		if strings.HasPrefix(s.Rule.File, "backends/arm/operator_support/") {
			rules = append(rules, s.Rule.ID)
		}
	}
	if want := []string{"P-ARGMAX", "P-INT64", "P-ARM-QUANTIZED"}; !slices.Equal(rules, want) {
		t.Errorf("checks: got %q, want %q", rules, want)
	}
}

// What follows from another refusal is a warning behind its cause; the stranded convolution leads.
func TestCorpusRanking(t *testing.T) {
	r, res := corpusRun(t, "pain_big_stride", newest("ethos-u55-128")(t))
	found := causes(t, r, res)
	var ids []string
	for _, f := range found {
		ids = append(ids, f.ID)
	}
	if want := []string{"refused", "refused", "follows", "follows"}; !slices.Equal(ids, want) {
		t.Fatalf("got %q, want %q", ids, want)
	}
	if found[0].MACs != 153600 || !strings.HasPrefix(found[0].Text, "aten.conv2d.default") {
		t.Errorf("first: got %q with %d MACs, want the convolution with 153600", found[0].Text, found[0].MACs)
	}
	last := found[3]
	if last.Rule.ID != "P-NO-COMPUTE" || last.Delegates != pipeline.Unknown {
		t.Errorf("last: got %s, %d delegates without it", last.Rule.ID, last.Delegates)
	}
	e, err := r.ExplainFinding(context.Background(), res, last)
	if err != nil {
		t.Fatal(err)
	}
	has(t, e, "the partition held only ", "aten_view_copy_default, quantize_5: lowering removes them all", "it follows from other causes")
}

// Two delegates with no refused operator between them: the node that was proposed with one of them and then taken off is named.
func TestCorpusDetag(t *testing.T) {
	r, res := corpusRun(t, "pain_two_heads", newest("ethos-u55-128")(t))
	for _, b := range res.Layout.Boundaries {
		if b.From.Kind != pipeline.Delegated || b.To.Kind != pipeline.Delegated {
			continue
		}
		e, err := r.ExplainBoundary(context.Background(), res, b.ID)
		if err != nil {
			t.Fatal(err)
		}
		has(t, e, "aten_where_self* > quantize_8*", "quantize_8 was proposed with D2, and only then taken off its boundary", "near-merge")
		e, err = r.Explain(context.Background(), res, res.Edge.Graph.ByName("aten_gt_tensor"))
		if err != nil {
			t.Fatal(err)
		}
		has(t, e, "not this cause alone: without all of them 1 delegate")
		return
	}
	t.Error("no boundary between two delegates")
}

// Two delegates with only what computes nothing between them are a near-merge.
func TestCorpusNearMerge(t *testing.T) {
	r, res := corpusRun(t, "resnet8", newest("ethos-u55-128")(t))
	name := ""
	for i := range res.Edge.Graph.Len() {
		if x := res.Edge.Graph.Node(model.NodeID(i)); x.Target == "aten.view_copy.default" {
			name = x.Name
		}
	}
	if name == "" {
		t.Fatal("the model has no view")
	}
	res = run(t, r, with(t, res.Config, "node:"+name+"=cpu"))
	found := res.Findings()
	i := slices.IndexFunc(found, func(f pipeline.Finding) bool { return f.ID == pipeline.FindingNearJoin })
	if i < 0 {
		t.Fatalf("no near-merge: %+v", found)
	}
	if want := "compute nothing"; !strings.Contains(found[i].Text, want) || !strings.Contains(found[i].Text, name) {
		t.Errorf("got %q, want %q and %q in it", found[i].Text, want, name)
	}
	if len(found[i].Boundaries) != 2 || found[i].Bytes == 0 {
		t.Errorf("boundaries %v, %d bytes; want two with what crosses there", found[i].Boundaries, found[i].Bytes)
	}
	e, err := r.ExplainFinding(context.Background(), res, found[i])
	if err != nil {
		t.Fatal(err)
	}
	has(t, e, "near-merge of D1 and D2: only ")
}

// A layer that is kept in float strands its products, though the edge operator is one that no delegate ever holds.
func TestCorpusFloatModule(t *testing.T) {
	r, res := corpusRun(t, "transformer_encoder", newest("ethos-u55-128", "module:0.q=float")(t))
	found := causes(t, r, res)
	if len(found) == 0 || found[0].MACs == 0 || found[0].Rule.ID != "P-BASE-TOSA" || len(res.Part.Parts) < 2 {
		t.Errorf("got %d delegates and %+v, want a split and a float product first", len(res.Part.Parts), found)
	}
	for _, change := range []string{"module:0.q=float", "target=ethos-u85-256", "node:moon=cpu"} {
		if err := r.Knows(change); err != nil {
			t.Errorf("%s: %v", change, err)
		}
	}
	if err := r.Knows("module:moon=float"); err == nil {
		t.Error("a module that does not exist is known")
	}
}

// Every boundary and finding of every model can be explained.
func TestCorpusExplainAll(t *testing.T) {
	dir := os.Getenv("SEAM_CORPUS")
	if dir == "" {
		t.Skip("SEAM_CORPUS does not name the corpus")
	}
	models, err := os.ReadDir(filepath.Join(dir, "models"))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range models {
		t.Run(m.Name(), func(t *testing.T) {
			r, res := corpusRun(t, m.Name(), newest("ethos-u55-128", noCats...)(t))
			for _, b := range res.Layout.Boundaries[:min(6, len(res.Layout.Boundaries))] {
				if e, err := r.ExplainBoundary(context.Background(), res, b.ID); err != nil || e.Verdict == "" {
					t.Errorf("B%d: verdict %q, error %v", b.ID, e.Verdict, err)
				}
			}
			sum := 0
			for _, f := range res.Findings() {
				if f.ID != pipeline.FindingNearJoin {
					sum += f.Count
				}
				if e, err := r.ExplainFinding(context.Background(), res, f); err != nil || e.Verdict == "" {
					t.Errorf("%s: verdict %q, error %v", f.Text, e.Verdict, err)
				}
			}
			if sum != len(res.Layout.Stranded) {
				t.Errorf("the findings hold %d operators, %d are on the CPU", sum, len(res.Layout.Stranded))
			}
		})
	}
}
