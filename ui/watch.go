package ui

import (
	"context"
	"errors"

	tea "charm.land/bubbletea/v2"

	"seam/internal/pipeline"
	"seam/themes"
	"seam/ui/row"
)

// reloadMsg says that the model's file has changed, and what it holds now.
type reloadMsg struct {
	runner *pipeline.Runner
	err    error
}

// watch waits beside the screen for a change of the model's file.
func (a *App) watch() tea.Cmd {
	if a.opt.Reload == nil {
		return nil
	}
	ctx, reload := a.ctx, a.opt.Reload
	return func() tea.Msg {
		r, err := guarded(func() (*pipeline.Runner, error) { return reload(ctx) })
		return reloadMsg{r, err}
	}
}

// reloaded runs the changed model in the configuration on screen. What was on screen is what it is compared with, so the
// nodes that moved are marked; the cursor stays on its node. A file that cannot be read leaves the screen as it is.
func (a *App) reloaded(m reloadMsg) tea.Cmd {
	switch {
	case errors.Is(m.err, context.Canceled):
		return nil
	case m.err != nil:
		a.warn("the file changed, and cannot be read: %v", m.err)
		return a.watch()
	}
	a.use(m.runner)
	if a.f != nil && !a.f.partial {
		a.base = a.f.res
	}
	cmd := tea.Batch(a.rerun(a.cfg), a.watch())
	a.say("the file changed: * marks what moved, d shows the difference")
	return cmd
}

// greetingRow is the line for a person who is here for the first time.
func (a *App) greetingRow() row.Row {
	return append(row.Row{{Role: themes.Title, Text: " new here?"}}, hintSpans("w:why it is as it is  t:try a change  e:write a report  ?:all keys")...)
}
