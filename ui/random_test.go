package ui

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"seam/internal/pipeline"
	"seam/model/load"
	"seam/samples"
)

var anyKey = []string{
	"j", "k", "g", "G", "down", "up", "ctrl+d", "ctrl+u", "pgdown", "pgup", "n", "N", "/", "b", "B", "x", "X", "<", ">",
	"[", "]", "i", "I", "o", "w", "t", "u", "ctrl+r", "e", "?", "q", "esc", "tab", "1", "2", "3", "4", "5", "6", "0", "+", "_", "z", "p", "y", "R",
	"space", "enter", "backspace", "a", "c", "r", "s", ":", "é", "h", "l", "left", "right", "H", "L", "m", "'", "f", "v", "d", "E", "ctrl+p", "J", "K",
}

// TestRandomKeys presses 10,000 keys at random on each of three models, on screens of changing size: every frame has its
// exact size, nothing panics, and no resize loses the place.
func TestRandomKeys(t *testing.T) {
	for model, convs := range []int{1, 5, 40} {
		t.Run(fmt.Sprintf("%d convolutions", convs), func(t *testing.T) {
			randomKeys(t, newApp(t, convs, 100, 30), rand.New(rand.NewPCG(1, uint64(model))), 10_000)
		})
	}
}

func randomKeys(t *testing.T, a *App, rnd *rand.Rand, keys int) {
	t.Helper()
	var last []string
	defer func() {
		if r := recover(); r != nil {
			t.Errorf("panic after %v", last)
			panic(r)
		}
	}()
	for i := range keys {
		k := anyKey[rnd.IntN(len(anyKey))]
		switch rnd.IntN(40) {
		case 0:
			w, h := 1+rnd.IntN(220), 1+rnd.IntN(70)
			k = fmt.Sprintf("%dx%d", w, h)
			at := a.current()
			a.Update(tea.WindowSizeMsg{Width: w, Height: h})
			if a.current() != at {
				t.Fatalf("after %v, %s: at node %d, was %d", last, k, a.current(), at)
			}
		case 1:
			_, cmd := a.Update(tea.MouseClickMsg{X: rnd.IntN(200), Y: rnd.IntN(60), Button: tea.MouseLeft})
			settle(a, cmd)
			k = "click"
		case 2:
			a.Update(wheelMsg{rnd.IntN(200), rnd.IntN(60), rnd.IntN(20) - 10})
			k = "wheel"
		case 3, 4, 5: // out of what waits for text
			k = "esc"
			press(a, k)
		default:
			press(a, k)
		}
		last = append(last[max(0, len(last)-15):], k)
		if i%7 == 0 {
			checkFrame(t, a, fmt.Sprintf("after %v", last))
		}
		if a.list != nil && a.list.len() > 0 && a.graph.win.Cursor >= a.list.len() {
			t.Fatalf("after %v: cursor %d of %d", last, a.graph.win.Cursor, a.list.len())
		}
	}
}

// TestRandomKeysOnSample presses keys at random while the stages themselves run on the embedded sample.
func TestRandomKeysOnSample(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the stages many times")
	}
	file, data, calib, source := samples.Default()
	m, err := load.Bytes(file, data)
	if err != nil {
		t.Fatal(err)
	}
	d, err := load.CalibBytes(file, calib, m)
	if err != nil {
		t.Fatal(err)
	}
	cfg := pipeline.DefaultConfig("1.4.1")
	cfg.Static = true
	a := New(Options{
		Runner: pipeline.New(m, d), Config: cfg, Title: file, Theme: builtin("dark"),
		Source: func(string) ([]byte, error) { return source, nil },
	})
	a.later = func(time.Duration, tea.Msg) tea.Cmd { return nil }
	a.Update(tea.WindowSizeMsg{Width: 100, Height: 30})
	runs, run := 0, a.run
	a.run = func(ctx context.Context, cfg pipeline.Config, report func(pipeline.Progress, *pipeline.Result)) (*pipeline.Result, error) {
		runs++
		return run(ctx, cfg, report)
	}
	settle(a, a.Init())
	randomKeys(t, a, rand.New(rand.NewPCG(7, 7)), 3000)
	if runs < 20 {
		t.Errorf("the stages ran %d times only", runs)
	}
}
