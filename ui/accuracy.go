package ui

import (
	"context"
	"fmt"
	"maps"
	"strconv"

	tea "charm.land/bubbletea/v2"

	"seam/internal/pipeline"
	"seam/model"
	"seam/themes"
	"seam/ui/row"
)

// Bounds of what is measured without being asked for: the edge nodes, and the multiply-accumulate operations of one inference.
const (
	measureNodes = 5_000
	measureMACs  = 200_000_000
)

// measuring is what is known of how far results are from the float run, and the measurement under way.
type measuring struct {
	gen    int
	busy   bool
	cancel context.CancelFunc
	of     map[*pipeline.Result]*pipeline.Accuracy
	failed map[*pipeline.Result]string // why there is none
}

// measuredMsg is the answer to a measurement.
type measuredMsg struct {
	gen int
	res *pipeline.Result
	acc *pipeline.Accuracy
	err error
}

func (m *measuring) stop() {
	if m.cancel != nil {
		m.cancel()
		m.cancel = nil
	}
	m.gen++
	m.busy = false
}

// wantMeasure measures the result on screen, and the one that it is compared with, once their delegates are lowered: small ones at
// once, others when M asks.
func (a *App) wantMeasure() tea.Cmd {
	if a.measure == nil || a.acc.busy || a.f == nil || a.f.partial || a.job.running || a.job.lowering {
		return nil
	}
	for _, res := range []*pipeline.Result{a.f.res, a.base} {
		if res != nil && res.Reached(pipeline.TOSA) && a.acc.of[res] == nil && a.acc.failed[res] == "" && (a.asked == res || isSmall(res)) {
			return a.startMeasure(res)
		}
	}
	return nil
}

func isSmall(res *pipeline.Result) bool {
	macs := int64(0)
	for _, p := range res.Part.Parts {
		macs += p.MACs
	}
	return res.Edge.Graph.Len() <= measureNodes && macs <= measureMACs
}

func (a *App) startMeasure(res *pipeline.Result) tea.Cmd {
	a.acc.stop()
	stale := func(old *pipeline.Result) bool { return old != a.f.res && old != a.base }
	maps.DeleteFunc(a.acc.of, func(old *pipeline.Result, _ *pipeline.Accuracy) bool { return stale(old) })
	maps.DeleteFunc(a.acc.failed, func(old *pipeline.Result, _ string) bool { return stale(old) })
	ctx, cancel := context.WithCancel(a.ctx)
	a.acc.cancel, a.acc.busy = cancel, true
	gen, measure := a.acc.gen, a.measure
	return func() tea.Msg {
		acc, err := guarded(func() (*pipeline.Accuracy, error) { return measure(ctx, res, 0) })
		return measuredMsg{gen, res, acc, err}
	}
}

// askMeasure measures whatever the size.
func (a *App) askMeasure(int) tea.Cmd {
	switch {
	case a.measure == nil || a.f == nil || a.f.partial || a.job.running:
		a.say("still running: measure when the result is there")
	case a.f.res.Part == nil:
		a.say("not partitioned: %s", a.stopText())
	case a.acc.of[a.f.res] != nil:
		a.say("measured: the node pane and what if (t) have the figures")
	default:
		a.asked = a.f.res
		delete(a.acc.failed, a.f.res)
		a.say("measuring against the float run")
	}
	return nil
}

func (a *App) measured(m measuredMsg) {
	if m.gen != a.acc.gen {
		return
	}
	a.acc.busy, a.acc.cancel = false, nil
	if a.acc.of == nil {
		a.acc.of, a.acc.failed = map[*pipeline.Result]*pipeline.Accuracy{}, map[*pipeline.Result]string{}
	}
	if m.err != nil {
		a.acc.failed[m.res] = m.err.Error()
	} else {
		a.acc.of[m.res] = m.acc
	}
	a.node.forget()
}

// accuracy adds how far the outputs are from the float run, before and after.
func (e *effectTable) accuracy(a *App) {
	now := a.acc.of[a.f.res]
	was := now
	if a.f.compared {
		was = a.acc.of[a.base]
	}
	switch why := a.acc.failed[a.f.res]; {
	case why != "":
		e.text(themes.Unknown, "error of the outputs ?: "+why)
		return
	case now == nil || was == nil:
		if a.acc.busy {
			e.text(themes.Dim, "measuring the error of the outputs")
		} else if a.measure != nil {
			e.text(themes.Dim, "M measures the error of the outputs")
		}
		return
	}
	c := pipeline.CompareAccuracy(before(a), a.f.res, was, now)
	for i, o := range c.Outputs {
		name := "SQNR of output"
		if len(c.Outputs) > 1 {
			name += " " + strconv.Itoa(i)
		}
		e.decibels(name, o.Before, o.After)
	}
	if len(c.Worst) > 0 {
		w := c.Worst[0]
		e.text(themes.Dim, fmt.Sprintf("worst: %s, %s -> %s", w.Name, w.Before, w.After))
	}
}

// before is the result that the one on screen is compared with, itself where it is not.
func before(a *App) *pipeline.Result {
	if a.f.compared {
		return a.base
	}
	return a.f.res
}

// decibels is a loss before and after.
func (e *effectTable) decibels(name string, before, after pipeline.Loss) {
	mark, role := "", themes.Dim
	if d := after.SQNR - before.SQNR; before.Known && after.Known && (d >= 0.05 || d <= -0.05) {
		mark, role = " +", themes.Good
		if d < 0 {
			mark, role = " -", themes.Bad
		}
	}
	e.add(row.Span{Role: themes.Plain, Text: " " + cell(name, e.nameWidth())},
		row.Span{Role: themes.Plain, Text: cellRight(before.String(), 8) + " -> "},
		row.Span{Role: role, Text: cell(after.String(), 8)}, row.Span{Role: role, Text: mark})
}

// accuracy is how far the value of the edge node that n stands for is from the float run.
func (p *inspection) accuracy(n model.NodeID) {
	a := p.a
	acc := a.acc.of[a.f.res]
	if acc == nil {
		return
	}
	e := n
	switch {
	case a.stage == pipeline.TOSA:
		e = best(a.f.res.Edge.Graph, a.f.res.Delegates[a.part].From.Of(n))
	case levelOf(a.stage) != levelEdge:
		e = a.follow(anchor{a.stage, a.part, n}, pipeline.Partitioned)
	}
	if e == model.None {
		return
	}
	if l := acc.Nodes[e]; l.Known {
		p.field("error", themes.Number, fmt.Sprintf("%s, largest %s, over %s against the float run", l, scaleText(l.Largest), batchesText(acc.Batches)))
	}
}

func batchesText(n int) string {
	if n == 1 {
		return "1 batch"
	}
	return strconv.Itoa(n) + " batches"
}
