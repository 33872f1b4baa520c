package cli

import (
	"fmt"
	"io"
	"os"
	"slices"

	"seam/internal/check"
	"seam/internal/snapshot"
)

// rulesFile is the name that is looked for upward from the working directory.
const rulesFile = "seam.rules.yaml"

type checkCmd struct {
	modelFlags
	Baseline string `help:"Snapshot that must not get worse." placeholder:"SNAP"`
	Rules    string `help:"Rules file; without it, seam.rules.yaml here or above." placeholder:"YAML"`
	Format   string `short:"f" help:"text, json, junit, sarif or github." enum:"text,json,junit,sarif,github" default:"text"`
	Output   string `short:"o" help:"File to write; - for standard output." default:"-" placeholder:"OUT"`
	NoFail   bool   `help:"Exit with 0 in spite of failed rules." name:"no-fail"`
}

// Help is the long help.
func (checkCmd) Help() string {
	return `FILE is an exported program or a snapshot. The rules, each optional (seam schema rules has the schema):
  max-delegates: 1
  max-stranded-ops: 0
  max-boundary-bytes: 64KiB
  min-delegated-percent: 99
  forbid: [unequal-scales, alias-missing, inplace-unannotated, boundary-dtype]
  allow:
    - {finding: stranded, op: "aten.argmax.*", reason: "last layer, wanted on host"}
  max-increase: {delegates: 0, boundary-bytes: 5%}      # with --baseline
Without max-increase, --baseline allows no increase at all. Exit code 1 if a rule fails, 5 if seam does not model what the
partition needs.`
}

// Run tests the rules.
func (c *checkCmd) Run(e *env) error {
	rules, base, err := c.inputs()
	if err != nil {
		return err
	}
	p, err := c.partition(e)
	if err != nil {
		return err
	}
	if base != nil {
		warnBaseline(e, p.doc, base)
	}
	rep := check.Run(p.doc, rules, base)
	if !rep.Passed && p.res != nil {
		why, err := p.causes(e)
		if err != nil {
			return err
		}
		rep = check.Run(snapshot.New(p.res, Version, why), rules, base)
	}
	rep.Rules, rep.Baseline = fromHere(c.Rules), fromHere(c.Baseline)
	rep.ExitCode = c.exitCode(p.doc, rep)
	format := c.Format
	if e.opts.JSON {
		format = "json"
	}
	write := func(w io.Writer) error { return rep.Write(w, format) }
	if c.Output == "-" {
		err = write(e.stdout)
	} else {
		err = snapshot.WriteFile(c.Output, write)
	}
	if err == nil && rep.ExitCode != ExitOK {
		return codeError(rep.ExitCode)
	}
	return err
}

// exitCode is 5 where what is not modelled ended the stages, before any rule could be tested.
func (c *checkCmd) exitCode(d *snapshot.Doc, rep *check.Report) int {
	switch {
	case d.Failed != nil && !d.Failed.Upstream && !slices.Contains(d.Stages, "partitioned"):
		return ExitParity
	case rep.Passed || c.NoFail:
		return ExitOK
	}
	return ExitFindings
}

// inputs reads the rules and the baseline.
func (c *checkCmd) inputs() (*check.Rules, *snapshot.Doc, error) {
	if c.Rules == "" {
		c.Rules = upward(rulesFile)
	}
	if c.Rules == "" && c.Baseline == "" {
		return nil, nil, usagef("nothing to check against: give --rules, --baseline or a %s", rulesFile)
	}
	rules := &check.Rules{}
	if c.Rules != "" {
		f, err := os.Open(c.Rules)
		if err != nil {
			return nil, nil, inputError{fmt.Errorf("--rules: %w", err)}
		}
		defer f.Close()
		rules, err = check.ReadRules(f, c.Rules)
		if err != nil {
			return nil, nil, usageError{err}
		}
	}
	if c.Baseline == "" {
		return rules, nil, nil
	}
	base, err := readSnapshot(c.Baseline)
	return rules, base, err
}

// warnBaseline says that a baseline was made otherwise: an increase may come from that.
func warnBaseline(e *env, d, base *snapshot.Doc) {
	if d.Pack.Name != base.Pack.Name || d.Pack.Annotator != base.Pack.Annotator || d.Target != base.Target {
		fmt.Fprintf(e.stderr, "seam: the baseline is of pack %s %s and %s, this run of pack %s %s and %s\n", base.Pack.Name,
			base.Pack.Annotator, base.Target, d.Pack.Name, d.Pack.Annotator, d.Target)
	}
}
