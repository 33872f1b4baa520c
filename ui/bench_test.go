package ui

import (
	"fmt"
	"testing"

	tea "charm.land/bubbletea/v2"
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
