package pipeline

import "log/slog"

// LogTo makes the runner write a line for each stage: what it gave, how long it took, and its revision. Call it before the first
// run.
func (r *Runner) LogTo(l *slog.Logger) { r.log = l }

func (r *Runner) logStage(res *Result, s Stage, reused bool, err error) {
	if r.log == nil {
		return
	}
	nodes := 0
	if g := res.Graph(s); g != nil {
		nodes = g.Len()
	}
	args := []any{"stage", s.String(), "nodes", nodes, "took", res.Took[s], "rev", res.Rev[s], "reused", reused}
	if err != nil {
		args = append(args, "error", err)
	}
	r.log.Debug("stage", args...)
}
