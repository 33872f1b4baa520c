package ui

import (
	"context"
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"seam/internal/pipeline"
)

// scenarioMsg says how a scenario was written or read.
type scenarioMsg struct {
	path  string
	saved bool
	cfg   pipeline.Config
	err   error
}

// askSave asks where to write the scenario.
func (a *App) askSave(int) tea.Cmd {
	path := a.opt.Scenario
	if path == "" {
		path = strings.TrimSuffix(a.export.paths[0], exportKinds[0].ext) + ".scenario.yaml"
	}
	a.askFor("save the changes to", path, a.saveScenario)
	return nil
}

func (a *App) askLoad(int) tea.Cmd {
	a.askFor("open the scenario", a.opt.Scenario, a.loadScenario)
	return nil
}

// saveScenario writes the changes of the configuration to a file.
func (a *App) saveScenario(path string) tea.Cmd {
	save, cfg := a.opt.Save, a.cfg
	if save == nil {
		a.say("this program was started without a way to write files")
		return nil
	}
	return func() tea.Msg { return scenarioMsg{path: path, saved: true, cfg: cfg, err: save(path, cfg)} }
}

// loadScenario makes the changes of a file, which undo takes back.
func (a *App) loadScenario(path string) tea.Cmd {
	load, cfg := a.opt.Load, a.cfg
	if load == nil {
		a.say("this program was started without a way to read files")
		return nil
	}
	return func() tea.Msg {
		next, err := load(path, cfg)
		return scenarioMsg{path: path, cfg: next, err: err}
	}
}

func (a *App) scenario(m scenarioMsg) tea.Cmd {
	switch {
	case m.err != nil:
		a.warn("%v", m.err)
	case m.saved:
		a.opt.Scenario = m.path
		a.say("wrote %s: seam --scenario %s opens with the same changes", m.path, m.path)
	case m.cfg == a.cfg:
		a.say("%s changes nothing here", m.path)
	default:
		a.opt.Scenario = m.path
		cmd := a.change(m.cfg)
		a.say("made the changes of %s: u undoes them", m.path)
		return cmd
	}
	return nil
}

// smallSearch is the search for the smallest change, beside the screen.
type smallSearch struct {
	gen    int
	busy   bool
	cancel context.CancelFunc
}

// smallestMsg is its answer.
type smallestMsg struct {
	gen   int
	found pipeline.Found
	err   error
}

// The limits of the search.
const (
	smallestChanges = 2
	smallestTime    = 20 * time.Second
)

func (s *smallSearch) stop() {
	if s.cancel != nil {
		s.cancel()
		s.cancel = nil
	}
	s.gen++
	s.busy = false
}

// smallest looks for the smallest set of changes that leaves one delegate.
func (a *App) smallest(int) tea.Cmd {
	switch {
	case a.search4 == nil || a.f == nil || a.f.partial || a.job.running:
		a.say("still running: search when the result is there")
		return nil
	case a.f.res.Part == nil:
		a.say("not partitioned: %s", a.stopText())
		return nil
	}
	s := &a.small
	s.stop()
	ctx, cancel := context.WithCancel(a.ctx)
	s.busy, s.cancel = true, cancel
	a.say("looking for the smallest change that gives one delegate, up to %v   esc gives up", smallestTime)
	gen, res, search := s.gen, a.f.res, a.search4
	return func() tea.Msg {
		found, err := guarded(func() (pipeline.Found, error) {
			return search(ctx, res, pipeline.Search{
				Goal: pipeline.Goal{Figure: "delegates", Value: 1}, Max: smallestChanges, Timeout: smallestTime,
			})
		})
		return smallestMsg{gen, found, err}
	}
}

// smallestFound says what the search gave, and puts the cursor on the first change of the first solution.
func (a *App) smallestFound(m smallestMsg) {
	if m.gen != a.small.gen || !a.small.busy {
		return
	}
	a.small.busy = false
	switch f := m.found; {
	case m.err != nil:
		a.warn("%v", m.err)
	case f.Met:
		a.say("there is one delegate without any change")
	case len(f.Solutions) == 0:
		a.say("none with up to %s, after %s%s", plural(f.Size, "change"), plural(f.Tried, "run"), map[bool]string{true: "; the time ran out"}[f.Stopped])
	default:
		changes := f.Solutions[0].Changes
		a.say("%s: %s%s", plural(len(changes), "change"), strings.Join(changes, " and "), others(len(f.Solutions)-1))
		a.tog.filter = ""
		a.tog.narrow()
		key, _, _ := strings.Cut(changes[0], "=")
		a.tog.find(key)
	}
}

func others(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("; %s as small", plural(n, "other"))
}
