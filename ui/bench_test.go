package ui

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"seam/internal/pipeline"
	"seam/model/load"
	"seam/quant"
	"seam/samples"
)

// BenchmarkStep is one Update and one View of a moving cursor, by the number of nodes.
func BenchmarkStep(b *testing.B) {
	for _, nodes := range []int{1_000, 10_000, 100_000} {
		a := newApp(b, nodes/4, 120, 50)
		for _, k := range []string{"j", "ctrl+d", "b", "G"} {
			b.Run(fmt.Sprintf("%d/%s", nodes, k), func(b *testing.B) {
				down, up := keyMsg(k), keyMsg("g")
				a.Update(up)
				b.ReportAllocs()
				for i := range b.N {
					if i%64 == 63 {
						a.Update(up)
					}
					a.Update(down)
					_ = a.View()
				}
			})
		}
	}
}

// BenchmarkFrame is one frame of three panes and more.
func BenchmarkFrame(b *testing.B) {
	a := newApp(b, 2_500, 200, 60)
	b.ReportAllocs()
	for b.Loop() {
		_ = a.View()
	}
}

// BenchmarkStage is a change of stage and the frame after it.
func BenchmarkStage(b *testing.B) {
	for _, nodes := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprint(nodes), func(b *testing.B) {
			a := newApp(b, nodes/4, 120, 50)
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				a.Update(keyMsg([]string{"<", ">"}[i%2]))
				_ = a.View()
			}
		})
	}
}

// BenchmarkFacts is what a result costs to prepare, in the goroutine of its run.
func BenchmarkFacts(b *testing.B) {
	for _, nodes := range []int{10_000, 100_000} {
		res := newFixture(b, nodes/4, testConfig())
		b.Run(fmt.Sprint(nodes), func(b *testing.B) {
			for b.Loop() {
				f := newFacts(res, nil)
				f.listing(listKey{res.Last(), 0, false}, folding{})
			}
		})
	}
}

// BenchmarkResize is a resize and a frame on every screen size of a drag.
func BenchmarkResize(b *testing.B) {
	a := newApp(b, 2_500, 120, 50)
	i := 0
	for b.Loop() {
		i++
		a.Update(tea.WindowSizeMsg{Width: 100 + i%60, Height: 30 + i%20})
		_ = a.View()
	}
}

// BenchmarkScreens is a key that opens a screen, the frame after it, and the way back.
func BenchmarkScreens(b *testing.B) {
	for _, keys := range [][2]string{{"t", "esc"}, {"s", "esc"}, {"v", "esc"}, {"ctrl+p", "esc"}, {"f", "esc"}, {"?", "esc"}, {"H", "L"}} {
		b.Run(keys[0], func(b *testing.B) {
			a := newApp(b, 2_500, 120, 50)
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				a.Update(keyMsg(keys[i%2]))
				_ = a.View()
			}
		})
	}
}

// BenchmarkToggle is a toggle that changes every concat of a network, from the key to the frame that shows the new partition. Nothing
// of it was computed before.
func BenchmarkToggle(b *testing.B) {
	for _, nodes := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprint(nodes), func(b *testing.B) {
			var took time.Duration
			for b.Loop() {
				g := samples.Synthetic(nodes, 1)
				r := pipeline.New(&load.Model{Name: "synthetic", Graph: g}, &load.Data{Batches: samples.SyntheticData(g, 1, 1), Synthetic: true})
				a := New(Options{Config: pipeline.DefaultConfig("1.5.1"), Title: "synthetic"})
				a.run = r.Run
				a.later = func(time.Duration, tea.Msg) tea.Cmd { return nil }
				a.Update(tea.WindowSizeMsg{Width: 120, Height: 50})
				toPartition(a, a.Init())
				a.job.stop()
				runtime.GC()
				cfg := a.cfg
				cfg.Edits = cfg.Edits.With(quant.Edit{Family: "shared.concat", Op: "aten.cat.default"})
				start := time.Now()
				toPartition(a, a.change(cfg))
				frame := a.View()
				took += time.Since(start)
				if frame.Content == "" || a.f.res.Config != cfg || len(a.f.res.Part.Parts) < 2 {
					b.Fatalf("%d delegates, error %v", len(a.f.res.Part.Parts), a.f.res.Failed)
				}
				a.job.stop()
			}
			b.ReportMetric(float64(took.Microseconds())/1e3/float64(b.N), "ms/toggle")
		})
	}
}

// toPartition follows commands until a run's partition is on screen.
func toPartition(a *App, cmd tea.Cmd) {
	todo := []tea.Cmd{cmd}
	for len(todo) > 0 && (a.job.running || a.f == nil) {
		c := todo[0]
		if todo = todo[1:]; c == nil {
			continue
		}
		switch m := c().(type) {
		case tea.BatchMsg:
			todo = append(todo, m...)
		case nil:
		default:
			_, next := a.Update(m)
			todo = append(todo, next)
		}
	}
}
