package cli

import (
	"seam/internal/lint"
	"seam/internal/pipeline"
)

type lintCmd struct {
	Model string `arg:"" optional:"" name:"file" help:"Exported program (.pt2): only what it contains; without it, the whole pack."`
	configFlags
	Format string `short:"f" help:"text, json or sarif." enum:"text,json,sarif" default:"text"`
	NoFail bool   `help:"Exit with 0 in spite of errors." name:"no-fail"`
}

// lintJSON is a report with the exit code that goes with it.
type lintJSON struct {
	*lint.Report
	Exit int `json:"exit"`
}

// Run prints the gaps between a pack's lists. Findings of severity error make the exit code 1.
func (c *lintCmd) Run(e *env) error {
	rep, err := c.report(e)
	if err != nil {
		return err
	}
	exit := ExitOK
	if rep.Failed() && !c.NoFail {
		exit = ExitFindings
	}
	switch {
	case c.Format == "sarif":
		err = rep.WriteSARIF(e.stdout, Version)
	case e.opts.JSON || c.Format == "json":
		err = printJSON(e.stdout, lintJSON{rep, exit})
	default:
		err = rep.WriteText(e.stdout)
	}
	if err != nil {
		return err
	}
	if exit != ExitOK {
		return codeError(exit)
	}
	return nil
}

func (c *lintCmd) report(e *env) (*lint.Report, error) {
	if c.Model == "" {
		cfg, _, err := c.config(pipeline.DefaultConfig(latest()))
		if err != nil {
			return nil, err
		}
		rep, err := lint.Pack(cfg.Release, cfg.Annotator, cfg.Edits)
		if err != nil { // the one thing that can be wrong by now is an edit
			return nil, usageError{err}
		}
		return rep, nil
	}
	f := modelFlags{c.Model, c.configFlags}
	s, err := f.open()
	if err != nil {
		return nil, err
	}
	return lint.Model(e.ctx, s.runner, s.cfg)
}
