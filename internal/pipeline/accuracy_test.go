package pipeline_test

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"seam/internal/pipeline"
	"seam/model"
	"seam/model/load"
	"seam/quant"
)

func accuracy(t testing.TB, r *pipeline.Runner, res *pipeline.Result, batches int) *pipeline.Accuracy {
	t.Helper()
	a, err := r.Accuracy(context.Background(), res, batches)
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Nodes) != res.Edge.Graph.Len() {
		t.Fatalf("%d losses for %d edge nodes", len(a.Nodes), res.Edge.Graph.Len())
	}
	return a
}

// TestAccuracy looks at the sample with two delegates and a concatenation between them on the CPU, and with one.
func TestAccuracy(t *testing.T) {
	r := sample(t)
	cfg := static("1.4.1", quant.Composable)
	before, after := run(t, r, cfg), run(t, r, with(t, cfg, aliasEdit))
	a, b := accuracy(t, r, before, 0), accuracy(t, r, after, 0)
	for i, acc := range []*pipeline.Accuracy{a, b} {
		for _, o := range acc.Outputs {
			if !o.Known || o.SQNR < 30 || math.IsInf(o.SQNR, 0) || o.Largest <= 0 {
				t.Errorf("result %d: output %+v", i, o)
			}
		}
		if len(acc.Outputs) == 0 || len(acc.Missing) > 0 {
			t.Errorf("result %d: %d outputs, missing %v", i, len(acc.Outputs), acc.Missing)
		}
	}
	c := pipeline.CompareAccuracy(before, after, a, b)
	if c.Delegates != [2]int{2, 1} || len(c.Outputs) != len(b.Outputs) {
		t.Errorf("%+v", c)
	}
	for i := 1; i < len(c.Worst); i++ {
		if c.Worst[i].DB() > c.Worst[i-1].DB() {
			t.Errorf("node %s before %s", c.Worst[i-1].Name, c.Worst[i].Name)
		}
	}
	if again := accuracy(t, r, before, 0); !reflect.DeepEqual(a, again) {
		t.Error("a second look differs")
	}
	if one := accuracy(t, r, before, 1); one.Batches != 1 {
		t.Errorf("%d batches, want 1", one.Batches)
	}
}

// TestAccuracyNodes says which operators of the sample have a loss of their own: all but those that the activation behind them
// takes in.
func TestAccuracyNodes(t *testing.T) {
	r := sample(t)
	res := run(t, r, with(t, static("1.4.1", quant.Composable), aliasEdit))
	a := accuracy(t, r, res, 0)
	g := res.Edge.Graph
	for i, l := range a.Nodes {
		x := g.Node(model.NodeID(i))
		if x.Kind != model.Call || quant.IsQuantize(x.Target) || quant.IsDequantize(x.Target) {
			continue
		}
		users := g.Users(model.NodeID(i))
		merged := len(users) == 1 && g.Node(users[0]).Target == "aten.relu.default"
		if l.Known == merged || l.Known && l.SQNR < 20 {
			t.Errorf("%s: %+v", x.Name, l)
		}
	}
}

// TestAccuracyStops says that there is no answer without delegates, and that a cancelled look ends.
func TestAccuracyStops(t *testing.T) {
	r := sample(t)
	res := run(t, r, static("1.4.1", quant.Composable))
	bare := *res
	bare.Part = nil
	if _, err := r.Accuracy(context.Background(), &bare, 0); !errors.Is(err, model.ErrNotModelled) {
		t.Errorf("error %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := r.Accuracy(ctx, res, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// TestCorpusAccuracy looks at every model of the corpus on both targets. What falls below 10 dB is upstream's loss of a relu
// behind a convolution that shares parameters with negative values.
func TestCorpusAccuracy(t *testing.T) {
	dir := os.Getenv("SEAM_CORPUS")
	if dir == "" {
		t.Skip("SEAM_CORPUS does not name the corpus")
	}
	dirs, err := filepath.Glob(filepath.Join(dir, "models", "*"))
	if err != nil || len(dirs) == 0 {
		t.Fatalf("%d models, %v", len(dirs), err)
	}
	known, all := 0, 0
	for _, d := range dirs {
		for _, target := range []string{"ethos-u55-128", "ethos-u85-256"} {
			k, n := corpusAccuracy(t, filepath.Base(d), target)
			known, all = known+k, all+n
		}
	}
	t.Logf("%d of %d operators have a loss of their own", known, all)
}

func corpusAccuracy(t *testing.T, name, target string) (known, all int) {
	r, res := corpusRun(t, name, newest(target)(t))
	a := accuracy(t, r, res, 0)
	g := res.Edge.Graph
	for i, l := range a.Nodes {
		x := g.Node(model.NodeID(i))
		if x.Kind != model.Call || quant.IsQuantize(x.Target) || quant.IsDequantize(x.Target) {
			continue
		}
		all++
		if l.Known {
			known++
		}
		if l.Known && l.SQNR < 10 && name != "unet_small" {
			t.Errorf("%s/%s: %s: %.1f dB", name, target, x.Name, l.SQNR)
		}
	}
	if len(a.Missing) > 0 {
		t.Errorf("%s/%s: missing %v", name, target, a.Missing)
	}
	for _, o := range a.Outputs {
		whole := g.Node(g.ByName(o.Name)).Type.T.DType.IsInteger()
		if o.Known == whole || o.Known && o.SQNR < 30 {
			t.Errorf("%s/%s: output %+v", name, target, o)
		}
	}
	return known, all
}

// BenchmarkAccuracy is a toggle's dB figures of mobilenet_v2_035: both results looked at, and compared.
func BenchmarkAccuracy(b *testing.B) {
	dir := os.Getenv("SEAM_CORPUS")
	if dir == "" {
		b.Skip("SEAM_CORPUS does not name the corpus")
	}
	dir = filepath.Join(dir, "models", "mobilenet_v2_035")
	m, err := load.Open(filepath.Join(dir, "model.pt2"))
	if err != nil {
		b.Fatal(err)
	}
	d, err := load.Calib(filepath.Join(dir, "calib.npz"), m)
	if err != nil {
		b.Fatal(err)
	}
	r := pipeline.New(m, d)
	cfg := newest("ethos-u55-128")(b)
	before, after := run(b, r, cfg), run(b, r, with(b, cfg, "target=ethos-u85-256"))
	for b.Loop() {
		pipeline.CompareAccuracy(before, after, accuracy(b, r, before, 0), accuracy(b, r, after, 0))
	}
}
