package pipeline_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"seam/internal/pipeline"
	"seam/model/load"
	"seam/quant"
	"seam/samples"
)

// sizes of the synthetic graphs, in edge nodes.
var sizes = []int{1_000, 10_000, 100_000}

func synthetic(n int) *pipeline.Runner {
	g := samples.Synthetic(n, 1)
	m := &load.Model{Name: fmt.Sprintf("synthetic-%d", n), Graph: g}
	return pipeline.New(m, &load.Data{Batches: samples.SyntheticData(g, 1, 1), Synthetic: true})
}

// The whole pipeline of the sample, nothing reused.
func BenchmarkSample(b *testing.B) {
	cfg := static("1.4.1", quant.Composable)
	for b.Loop() {
		run(b, sample(b), cfg)
	}
}

// The whole pipeline of the models of the corpus, nothing reused.
func BenchmarkModels(b *testing.B) {
	dir := os.Getenv("SEAM_CORPUS")
	if dir == "" {
		b.Skip("SEAM_CORPUS does not name the corpus")
	}
	for _, name := range []string{"emg_cascade_static", "dscnn_kws", "resnet8", "mobilenet_v1_025", "deep_autoencoder"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				m, err := load.Open(filepath.Join(dir, "models", name, "model.pt2"))
				if err != nil {
					b.Fatal(err)
				}
				d, err := load.Calib(filepath.Join(dir, "models", name, "calib.npz"), m)
				if err != nil {
					b.Fatal(err)
				}
				run(b, pipeline.New(m, d), pipeline.DefaultConfig("1.5.1"))
			}
		})
	}
}

// 100 batches of mobilenet_v1_025, with progress.
func BenchmarkHundredBatches(b *testing.B) {
	dir := os.Getenv("SEAM_CORPUS")
	if dir == "" {
		b.Skip("SEAM_CORPUS does not name the corpus")
	}
	for b.Loop() {
		m, err := load.Open(filepath.Join(dir, "models", "mobilenet_v1_025", "model.pt2"))
		if err != nil {
			b.Fatal(err)
		}
		reports := 0
		r := pipeline.New(m, load.Synthetic(m, 1, 100))
		_, err = r.Run(context.Background(), pipeline.DefaultConfig("1.5.1"), func(p pipeline.Progress, _ *pipeline.Result) {
			if p.Total == 100 {
				reports++
			}
		})
		if err != nil || reports != 100 {
			b.Fatalf("%d reports of progress, error %v", reports, err)
		}
	}
}

// toPartition is a run up to what a toggle puts on the screen: the partition. The lowering to TOSA follows in the background.
func toPartition(b *testing.B, r *pipeline.Runner, cfg pipeline.Config) *pipeline.Result {
	b.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var out *pipeline.Result
	_, err := r.Run(ctx, cfg, func(p pipeline.Progress, res *pipeline.Result) {
		if p.Stage == pipeline.Partitioned {
			out = res
			cancel()
		}
	})
	if out == nil {
		b.Fatalf("the run did not reach the partition: %v", err)
	}
	return out
}

// The pipeline of a synthetic graph up to the partition, with the memory that stays in use.
func BenchmarkSynthetic(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var res *pipeline.Result
			var r *pipeline.Runner
			for b.Loop() {
				r = synthetic(n)
				res = toPartition(b, r, pipeline.DefaultConfig("1.5.1"))
			}
			runtime.GC()
			var mem runtime.MemStats
			runtime.ReadMemStats(&mem)
			b.ReportMetric(float64(mem.HeapAlloc)/1e6, "MB-live")
			b.ReportMetric(float64(res.Edge.Graph.Len()), "edge-nodes")
			runtime.KeepAlive(r)
		})
	}
}

// A toggle of the concat family, to the new partition: the first of its kind, so that no memo holds any of it.
func BenchmarkToggle(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			cfg := pipeline.DefaultConfig("1.5.1")
			off := cfg
			off.Edits = cfg.Edits.With(quant.Edit{Family: "shared.concat", Op: "aten.cat.default"})
			var took time.Duration
			for b.Loop() {
				r := synthetic(n)
				toPartition(b, r, cfg)
				runtime.GC()
				start := time.Now()
				toPartition(b, r, off)
				took += time.Since(start)
			}
			b.ReportMetric(float64(took.Microseconds())/1e3/float64(b.N), "ms/toggle")
		})
	}
}
