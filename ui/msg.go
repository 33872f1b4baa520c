package ui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"seam/internal/pipeline"
	"seam/model"
	"seam/ui/row"
)

// runEvent is one report of a run. Every event but the last is followed by the next one from ch.
type runEvent struct {
	gen   int
	at    pipeline.Progress
	f     *facts // nil if the event is only progress; behind whole, its result alone counts
	whole *facts // all but the TOSA stage, which follows
	err   error
	last  bool
	ch    <-chan runEvent
}

// dimMsg comes 100 ms after a run's start.
type dimMsg struct{ gen int }

// explainMsg is the answer to a why.
type explainMsg struct {
	gen int
	ex  model.Explanation
	err error
}

// foundMsg is the answer to a search: indices into the listing's nodes, sorted.
type foundMsg struct {
	gen  int
	list *listing
	hits []int32
	err  error
}

// sourceMsg is a highlighted window of the user's source.
type sourceMsg struct {
	key  sourceKey
	rows []row.Row
}

// exportMsg says how a write ended.
type exportMsg struct {
	path string
	err  error
}

// editedMsg says how the editor ended.
type editedMsg struct{ err error }

// wheelMsg is the wheel's turns of one frame, merged.
type wheelMsg struct{ x, y, dy int }

// mergeEvery is one frame at 60 Hz.
const mergeEvery = 16 * time.Millisecond

// merger drops motion and merges wheel turns, so that keys never queue behind a flood. It runs on the event loop.
type merger struct {
	now  func() time.Time
	last time.Time
	sum  int
}

func newMerger(now func() time.Time) *merger { return &merger{now: now} }

func (m *merger) filter(_ tea.Model, msg tea.Msg) tea.Msg {
	switch e := msg.(type) {
	case tea.MouseMotionMsg, tea.MouseReleaseMsg:
		return nil
	case tea.MouseWheelMsg:
		m.sum += wheelStep(e)
		t := m.now()
		if t.Sub(m.last) < mergeEvery {
			return nil
		}
		w := wheelMsg{e.X, e.Y, m.sum}
		m.last, m.sum = t, 0
		return w
	}
	return msg
}

// wheelLines is how far one turn goes.
const wheelLines = 3

func wheelStep(m tea.MouseWheelMsg) int {
	switch m.Button {
	case tea.MouseWheelUp:
		return -wheelLines
	case tea.MouseWheelDown:
		return wheelLines
	}
	return 0
}
