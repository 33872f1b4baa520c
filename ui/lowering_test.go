package ui

import (
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"seam/internal/pipeline"
	"seam/model/load"
	"seam/quant"
	"seam/samples"
)

// realApp is a program on a synthetic network that lowers ahead up to that many edge nodes. The first run has begun.
func realApp(t *testing.T, ahead int) (*App, tea.Cmd) {
	t.Helper()
	g := samples.Synthetic(400, 1)
	r := pipeline.New(&load.Model{Name: "synthetic", Graph: g}, &load.Data{Batches: samples.SyntheticData(g, 1, 1), Synthetic: true})
	a := New(Options{Config: pipeline.DefaultConfig("1.5.1"), Title: "synthetic", Runner: r})
	a.ahead = ahead
	a.later = func(time.Duration, tea.Msg) tea.Cmd { return nil }
	a.Update(tea.WindowSizeMsg{Width: 120, Height: 40})
	return a, a.Init()
}

// The partition is on screen while the delegates are being lowered, and both are one result: nothing is compared with itself.
func TestPartitionBeforeTOSA(t *testing.T) {
	a, cmd := realApp(t, 1_000_000)
	toPartition(a, cmd)
	if !a.job.lowering || a.f.res.Reached(pipeline.TOSA) || a.stage != pipeline.Partitioned {
		t.Fatalf("lowering %v, stage %v: the partition did not come first", a.job.lowering, a.stage)
	}
	a.Update(keyMsg(">"))
	if got := a.View().Content; !strings.Contains(got, "the delegates are being lowered to TOSA") {
		t.Errorf("the TOSA stage does not say that it is under way:\n%s", got)
	}
	a.job.stop()
	a, cmd = realApp(t, 1_000_000)
	settle(a, cmd)
	if a.job.lowering || !a.f.res.Reached(pipeline.TOSA) || a.base != a.f.res || a.f.compared {
		t.Errorf("lowering %v, TOSA %v, compared %v", a.job.lowering, a.f.res.Reached(pipeline.TOSA), a.f.compared)
	}
	cfg := a.cfg
	cfg.Edits = cfg.Edits.With(quant.Edit{Family: "shared.concat", Op: "aten.cat.default"})
	settle(a, a.change(cfg))
	if !a.f.compared || a.f.effect.Delegates[1] <= a.f.effect.Delegates[0] || !a.f.res.Reached(pipeline.TOSA) {
		t.Errorf("after a toggle: compared %v, delegates %v", a.f.compared, a.f.effect.Delegates)
	}
}

// The delegates of a large graph are lowered when the TOSA stage is looked at, and the node that was looked at is found there.
func TestTOSAOnDemand(t *testing.T) {
	a, cmd := realApp(t, 0)
	settle(a, cmd)
	if a.job.lowering || a.f.res.Reached(pipeline.TOSA) {
		t.Fatal("lowered ahead")
	}
	for a.list.g.Node(a.current()).Target != "aten.convolution.default" {
		a.Update(keyMsg("j"))
	}
	name := a.list.g.Node(a.current()).Name
	_, cmd = a.Update(keyMsg(">"))
	if !a.job.lowering || a.stage != pipeline.TOSA {
		t.Fatalf("lowering %v at %v", a.job.lowering, a.stage)
	}
	settle(a, cmd)
	if a.job.lowering || a.list.g == nil || a.f.graph(pipeline.TOSA, a.part) != a.list.g {
		t.Fatal("no TOSA graph on screen")
	}
	if to := a.f.res.Delegates[a.part].Into.Of(a.f.res.Edge.Graph.ByName(name)); !slices.Contains(to, a.current()) {
		t.Errorf("at %s, which is no counterpart of %s", a.list.g.Node(a.current()).Name, name)
	}
	settle(a, a.change(with(t, a.cfg, "shared.concat:aten.cat.default=off"))) // the stage that is looked at stays
	if a.stage != pipeline.TOSA || a.list.g == nil {
		t.Errorf("a toggle left TOSA for %v", a.stage)
	}
}

func with(t *testing.T, cfg pipeline.Config, change string) pipeline.Config {
	t.Helper()
	cfg, err := cfg.With(change)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// What quantization loses is measured once the delegates are there, shown for the node, and after a toggle beside what it was; a large
// result waits for M.
func TestMeasured(t *testing.T) {
	a, cmd := realApp(t, 1_000_000)
	settle(a, cmd)
	if a.acc.of[a.f.res] == nil || a.acc.busy {
		t.Fatalf("not measured: %v", a.acc.failed)
	}
	for a.list.g.Node(a.current()).Target != "aten.relu.default" {
		a.Update(keyMsg("j"))
	}
	if got := a.paneText(a.current()); !strings.Contains(got, " dB, largest ") {
		t.Errorf("the node pane does not tell the error:\n%s", got)
	}
	settle(a, a.change(with(t, a.cfg, "shared.concat:aten.cat.default=off")))
	a.Update(keyMsg("t"))
	if got := a.View().Content; !strings.Contains(got, "SQNR of output") || !strings.Contains(got, " dB -> ") {
		t.Errorf("what if does not tell what the outputs lose:\n%s", got)
	}
	if len(a.acc.failed) > 0 {
		t.Errorf("not measured: %v", a.acc.failed)
	}
	if len(a.acc.of) != 2 {
		t.Errorf("%d results are measured, want that on screen and the one before", len(a.acc.of))
	}

	a, cmd = realApp(t, 0) // not lowered: nothing to measure until it is asked for
	settle(a, cmd)
	if len(a.acc.of) != 0 {
		t.Error("measured without delegates")
	}
	_, cmd = a.Update(keyMsg("M"))
	settle(a, cmd)
	if a.acc.of[a.f.res] == nil {
		t.Errorf("M does not measure: %v", a.acc.failed)
	}
}
