package pipeline_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"seam/internal/pipeline"
	"seam/model"
	"seam/model/load"
	"seam/quant"
)

// toggles is every list entry whose operator the graph holds, switched over, and the settings that change what is quantized.
func toggles(t *testing.T, cfg pipeline.Config, g *model.Graph) []pipeline.Config {
	t.Helper()
	has := map[string]bool{}
	for i := range g.Len() {
		has[g.Node(model.NodeID(i)).Target] = true
	}
	out := []pipeline.Config{with(t, cfg, "per-channel=off"), with(t, cfg, "quant=a16w8")}
	for _, f := range pipeline.Families(cfg) {
		for _, e := range f.Entries {
			if has[e.Op] {
				state := "on"
				if e.On {
					state = "off"
				}
				out = append(out, with(t, cfg, f.Name+":"+e.Op+"="+state))
			}
		}
	}
	return out
}

// compareFresh compares a result that reused an earlier one's nodes with that of a new runner.
func compareFresh(t *testing.T, name string, got, want *pipeline.Result) {
	t.Helper()
	if fmt.Sprint(got.Failed) != fmt.Sprint(want.Failed) {
		t.Errorf("%s: %v, without reuse %v", name, got.Failed, want.Failed)
		return
	}
	if got.Annotatable != nil {
		compareGraphs(t, name+": annotated", got.Annotatable, want.Annotatable)
	}
	if got.Ann != nil && fmt.Sprint(got.Ann.Groups) != fmt.Sprint(want.Ann.Groups) {
		t.Errorf("%s: other groups", name)
	}
	if got.Cal != nil && fmt.Sprint(got.Cal.Groups) != fmt.Sprint(want.Cal.Groups) {
		t.Errorf("%s: other parameters", name)
	}
	if got.Converted != nil {
		compareGraphs(t, name+": converted", got.Converted, want.Converted)
	}
	if got.Edge != nil {
		compareGraphs(t, name+": edge", got.Edge.Graph, want.Edge.Graph)
	}
	if got.Part != nil && fmt.Sprint(got.Part.Parts) != fmt.Sprint(want.Part.Parts) {
		t.Errorf("%s: other delegates", name)
	}
}

func compareGraphs(t *testing.T, name string, got, want *model.Graph) {
	t.Helper()
	if a, b := model.String(got), model.String(want); a != b {
		t.Errorf("%s: %s", name, firstDifference(a, b))
	}
	for i := range want.Len() {
		n := model.NodeID(i)
		x := want.Node(n)
		if !slices.Equal(got.Users(n), want.Users(n)) {
			t.Errorf("%s: the readers of %s: %v, without reuse %v", name, x.Name, got.Users(n), want.Users(n))
			return
		}
		a, okA := got.Attrs.Get(x.Target)
		b, okB := want.Attrs.Get(x.Target)
		if okA != okB || okA && (a.Param != b.Param || !slices.Equal(raw(a.Tensor), raw(b.Tensor))) {
			t.Errorf("%s: constant %s differs", name, x.Target)
			return
		}
	}
}

func raw(t *model.Tensor) []byte {
	if t == nil {
		return nil
	}
	return t.Raw
}

func firstDifference(a, b string) string {
	i := 0
	for i < min(len(a), len(b)) && a[i] == b[i] {
		i++
	}
	from := max(0, i-60)
	return fmt.Sprintf("...%q, without reuse ...%q", a[from:min(len(a), i+60)], b[from:min(len(b), i+60)])
}

// rebases runs every toggle on one runner, and on a new one each; it counts how many of the runs found the nodes of an earlier one.
func rebases(t *testing.T, name string, make func() *pipeline.Runner, cfg pipeline.Config) (reused, all int) {
	t.Helper()
	r := make()
	run := func(r *pipeline.Runner, cfg pipeline.Config) *pipeline.Result {
		res, err := r.Run(context.Background(), cfg, nil)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return res
	}
	first := run(r, cfg)
	if first.Annotatable == nil {
		return 0, 0
	}
	for _, c := range toggles(t, cfg, first.Annotatable) {
		got := run(r, c)
		compareFresh(t, fmt.Sprintf("%s %v", name, c.Edits), got, run(make(), c))
		all++
		if got.Edge != nil && got.Edge.Graph.Base() != got.Edge.Graph {
			reused++
		}
	}
	return reused, all
}

// A toggle that reuses the nodes of an earlier conversion gives what converting anew gives.
func TestReuseEqualsFresh(t *testing.T) {
	total := 0
	for _, a := range []quant.Annotator{quant.Composable, quant.Legacy} {
		for _, pack := range []string{"1.4.1", "1.5.1"} {
			cfg := static(pack, a)
			n, _ := rebases(t, "emg", func() *pipeline.Runner { return sample(t) }, cfg)
			cfg = pipeline.DefaultConfig(pack)
			cfg.Annotator = a
			m, _ := rebases(t, "synthetic", func() *pipeline.Runner { return synthetic(400) }, cfg)
			total += n + m
		}
	}
	if total < 10 {
		t.Errorf("only %d runs reused anything", total)
	}
}

// The same of the corpus' models, whole and random.
func TestReuseOnCorpus(t *testing.T) {
	root := os.Getenv("SEAM_CORPUS")
	if root == "" {
		t.Skip("SEAM_CORPUS is not set")
	}
	files, err := filepath.Glob(filepath.Join(root, "random", "*", "model.pt2"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no models: %v", err)
	}
	reused, all := 0, 0
	for _, f := range files {
		make := func() *pipeline.Runner {
			m, err := load.Open(f)
			if err != nil {
				t.Fatal(err)
			}
			d, err := load.Calib(filepath.Join(filepath.Dir(f), "calib.npz"), m)
			if err != nil {
				t.Fatal(err)
			}
			return pipeline.New(m, d)
		}
		n, k := rebases(t, filepath.Base(filepath.Dir(f)), make, pipeline.DefaultConfig("1.5.1"))
		reused, all = reused+n, all+k
	}
	t.Logf("%d of %d runs reused the nodes of an earlier one", reused, all)
}
