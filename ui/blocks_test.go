package ui

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"seam/internal/pipeline"
	"seam/tosa"
)

// blocks is what a TOSA file holds: the graphs of delegates, without the edge nodes that they come from.
func blocks(t *testing.T) *pipeline.Result {
	t.Helper()
	a, cmd := realApp(t, 1_000_000)
	settle(a, cmd)
	settle(a, a.change(with(t, a.cfg, "shared.concat:aten.cat.default=off")))
	var list []*tosa.Lowered
	for _, l := range a.f.res.Delegates {
		list = append(list, &tosa.Lowered{Graph: l.Graph})
	}
	res, err := pipeline.OfBlocks(list)
	if err != nil || len(list) < 2 {
		t.Fatalf("%d blocks, error %v", len(list), err)
	}
	return res
}

// A TOSA file is looked at without a model: its blocks, their operators and numbers, and no key finds what is not there.
func TestBlocks(t *testing.T) {
	a := New(Options{Result: blocks(t), Config: pipeline.DefaultConfig("1.5.1"), Title: "x.tosa", Theme: builtin("dark")})
	a.later = func(time.Duration, tea.Msg) tea.Cmd { return nil }
	a.Update(tea.WindowSizeMsg{Width: 110, Height: 34})
	settle(a, a.Init())
	if got := a.View().Content; !strings.Contains(got, "tosa.CONV2D") || !strings.Contains(got, "blocks of TOSA") || !strings.Contains(got, "1 of ") {
		t.Fatalf("stage %v:\n%s", a.stage, got)
	}
	first := a.list.g
	a.Update(keyMsg("b"))
	if a.list.g == first || a.part != 1 {
		t.Errorf("b does not go to the next block: at block %d", a.part+1)
	}
	randomKeys(t, a, rand.New(rand.NewPCG(11, 3)), 4000)
}
