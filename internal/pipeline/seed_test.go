package pipeline_test

import (
	"context"
	"runtime"
	"strings"
	"testing"

	"seam/internal/pipeline"
	"seam/model"
	"seam/model/load"
	"seam/quant"
	"seam/samples"
)

// sample is the embedded model with its data.
func sample(t testing.TB) *pipeline.Runner {
	t.Helper()
	name, data, calib, _ := samples.Default()
	m, err := load.Bytes(name, data)
	if err != nil {
		t.Fatal(err)
	}
	d, err := load.CalibBytes("calib.npz", calib, m)
	if err != nil {
		t.Fatal(err)
	}
	return pipeline.New(m, d)
}

func run(t testing.TB, r *pipeline.Runner, cfg pipeline.Config) *pipeline.Result {
	t.Helper()
	res, err := r.Run(context.Background(), cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	if res.Failed != nil {
		t.Fatal(res.Failed)
	}
	return res
}

func static(release string, ann quant.Annotator) pipeline.Config {
	cfg := pipeline.DefaultConfig(release)
	cfg.Annotator, cfg.Static = ann, true
	return cfg
}

// The case that started the project: which releases and annotators know aten.concat.default, and what a toggle of it does.
func TestSeedCase(t *testing.T) {
	const alias = "aten.concat.default"
	for _, c := range []struct {
		release   string
		ann       quant.Annotator
		delegates int
		list      string // the list that holds the aliases
	}{
		{"1.3.1", quant.Legacy, 2, "quantization_annotator.py"},
		{"1.3.1", quant.Composable, 2, "arm_quantizer_utils.py"},
		{"1.4.1", quant.Composable, 2, "arm_quantizer_utils.py"},
		{"1.4.1", quant.Legacy, 1, "quantization_annotator.py"},
		{"1.5.1", quant.Composable, 1, "arm_quantizer_utils.py"},
		{"1.5.1", quant.Legacy, 1, "quantization_annotator.py"},
	} {
		t.Run(c.release+" "+c.ann.String(), func(t *testing.T) {
			r := sample(t)
			cfg := static(c.release, c.ann)
			res := run(t, r, cfg)
			if got := len(res.Part.Parts); got != c.delegates {
				t.Fatalf("delegates: got %d, want %d", got, c.delegates)
			}
			toggled := cfg
			toggled.Edits = cfg.Edits.With(quant.Edit{Family: "shared.concat", Op: alias, On: c.delegates == 2})
			after := run(t, r, toggled)
			if got := len(after.Part.Parts); got != 3-c.delegates {
				t.Errorf("delegates with the toggle: got %d, want %d", got, 3-c.delegates)
			}
			split := res
			if c.delegates == 1 {
				split = after
			}
			checkExplanation(t, r, split, c.list)
		})
	}
}

// checkExplanation reads the chain behind the split: it names the right list of the right annotator, gives upstream's words, and
// its fixes were computed.
func checkExplanation(t *testing.T, r *pipeline.Runner, res *pipeline.Result, list string) {
	t.Helper()
	at := res.Edge.Graph.ByName("aten_cat_default")
	e, err := r.Explain(context.Background(), res, at)
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, s := range e.Steps {
		text.WriteString(s.Text + " " + s.Rule.File + "\n")
	}
	for _, want := range []string{
		"aten.concat.default", list, "lacks", "independent specs", "unequal scales", "no RESCALE",
		"Node was not marked as quantized in the Arm backend.", "path out and in", "2 delegates",
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("explanation lacks %q:\n%s", want, text.String())
		}
	}
	if len(e.Fixes) == 0 {
		t.Fatal("no fix was tried")
	}
	for _, f := range e.Fixes {
		if !f.Computed || f.Delegates != 1 {
			t.Errorf("fix %q: computed %t, %d delegates, want 1", f.Text, f.Computed, f.Delegates)
		}
	}
}

// As captured, the dynamic model gives no delegate: every operator is refused for its unresolved shape.
func TestAsCaptured(t *testing.T) {
	cfg := pipeline.DefaultConfig("1.5.1")
	res := run(t, sample(t), cfg)
	if len(res.Part.Parts) != 0 {
		t.Errorf("delegates: got %d, want 0", len(res.Part.Parts))
	}
	for _, n := range res.Layout.Stranded {
		first := ""
		for _, x := range res.Part.Reasons(n) {
			if x.First {
				first = x.Text
			}
		}
		if want := "Node has unresolved tensor shapes, which are not supported by this target."; first != want {
			t.Errorf("%s: got %q, want %q", res.Edge.Graph.Node(n).Name, first, want)
		}
	}
}

// A toggle and its undo give an equal result, a reused run equals one from scratch, and the figures do not depend on threads.
func TestReuse(t *testing.T) {
	r := sample(t)
	cfg := static("1.4.1", quant.Composable)
	first := run(t, r, cfg)
	toggled := cfg
	toggled.Edits = cfg.Edits.With(quant.Edit{Family: "shared.concat", Op: "aten.concat.default", On: true})
	on := run(t, r, toggled)
	if got, want := r.Evaluated(), len(r.Data().Batches); got != want {
		t.Errorf("%d batches evaluated for %d: the toggle ran the model again", got, want)
	}
	undone := run(t, r, cfg)
	if undone.Converted != first.Converted || undone.Part != first.Part || undone.Cal != first.Cal {
		t.Error("undo: stages were computed again")
	}
	for _, threads := range []int{1, 4} {
		old := runtime.GOMAXPROCS(threads)
		scratch := run(t, sample(t), toggled)
		runtime.GOMAXPROCS(old)
		if a, b := model.String(scratch.Edge.Graph), model.String(on.Edge.Graph); a != b {
			t.Errorf("GOMAXPROCS=%d: a run from scratch differs from the reused one", threads)
		}
	}
}

// Cancelling stops a run with the context's error.
func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := sample(t).Run(ctx, static("1.5.1", quant.Composable), nil); err != context.Canceled {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}

// Every node of every stage leads back to a traced node, and the concat is found again in each.
func TestFollow(t *testing.T) {
	res := run(t, sample(t), static("1.4.1", quant.Composable))
	n := res.Traced.ByName("concat")
	for s := pipeline.Annotated; s <= pipeline.Partitioned; s++ {
		found := res.Follow(pipeline.Traced, n, s)
		if len(found) == 0 {
			t.Errorf("%s: the traced concat has no node", s)
		}
		back := res.Follow(s, res.Graph(s).ByName(nameOfCat(s)), pipeline.Traced)
		if len(back) != 1 || back[0] != n {
			t.Errorf("%s: cat leads back to %v, want %v", s, back, n)
		}
	}
}

func nameOfCat(s pipeline.Stage) string {
	if s >= pipeline.Edge {
		return "aten_cat_default"
	}
	return "concat"
}
