package cli

import (
	"io"
	"path/filepath"
	"strings"

	"seam/internal/diff"
	"seam/internal/pipeline"
	"seam/internal/snapshot"
)

type diffCmd struct {
	Before string `arg:"" help:"Snapshot or exported program (.pt2)."`
	After  string `arg:"" optional:"" help:"What to compare it with; none with a range of --stage, --pack or --target."`
	configFlags
	Stage    string `help:"Two stages of one run: traced..edge." placeholder:"A..B"`
	Format   string `short:"f" help:"text, md or json." enum:"text,md,json" default:"text"`
	ExitCode bool   `help:"Exit with 1 if the results differ." name:"exit-code"`
}

// Help is the long help.
func (diffCmd) Help() string {
	return `Compares two snapshots, two models under the same flags, or one model with itself:
  --stage traced..edge                  two stages of one run
  --pack 1.4.1..1.5.1                   two rule packs
  --target ethos-u55-128..ethos-u85-256 two targets
Delegates are matched by their operators: merged, split, changed. --exit-code looks at the results, not at the options.`
}

// differ is a report that can be printed.
type differ interface {
	Exit(code int)
	WriteText(io.Writer) error
	WriteMarkdown(io.Writer) error
	WriteJSON(io.Writer) error
}

// Run prints what differs.
func (c *diffCmd) Run(e *env) error {
	out, equal, err := c.compare(e)
	if err != nil {
		return err
	}
	exit := ExitOK
	if c.ExitCode && !equal {
		exit = ExitFindings
	}
	out.Exit(exit)
	switch {
	case e.opts.JSON || c.Format == "json":
		err = out.WriteJSON(e.stdout)
	case c.Format == "md":
		err = out.WriteMarkdown(e.stdout)
	default:
		err = out.WriteText(e.stdout)
	}
	if err == nil && exit != ExitOK {
		return codeError(exit)
	}
	return err
}

func (c *diffCmd) compare(e *env) (differ, bool, error) {
	pack, packs := span(c.Pack)
	target, targets := span(c.Target)
	switch {
	case c.Stage != "" && (c.After != "" || packs || targets):
		return nil, false, usagef("--stage compares two stages of one run: give one model and no other range")
	case c.Stage != "":
		return c.stages(e)
	case (packs || targets) && c.After != "":
		return nil, false, usagef("a range A..B compares one model with itself: give one model")
	case !packs && !targets && c.After == "":
		return nil, false, usagef("nothing to compare %s with: give a second file, or a range such as --pack 1.4.1..1.5.1", c.Before)
	}
	if a, _ := isSnapshot(c.Before); a && e.runs() {
		if b, _ := isSnapshot(c.After); b || c.After == "" {
			return nil, false, usagef("snapshots: flags that say how to run a model do not go with them")
		}
	}
	var docs [2]*snapshot.Doc
	var names [2]string
	for i, path := range []string{c.Before, c.After} {
		f := modelFlags{path, c.configFlags}
		f.Pack, f.Target, names[i] = pack[i], target[i], filepath.Base(path)
		if path == "" {
			f.Model = c.Before
		}
		if packs || targets {
			names[i] = filepath.Base(c.Before) + " (" + rangeName(packs, pack[i], targets, target[i]) + ")"
		}
		p, err := f.either(e)
		if err != nil {
			return nil, false, err
		}
		docs[i] = p.doc
	}
	r := diff.Docs(docs[0], docs[1], names[0], names[1])
	return r, r.Equal, nil
}

// span is the two ends of "A..B"; twice the text itself, and false, if it is no range.
func span(s string) ([2]string, bool) {
	a, b, ok := strings.Cut(s, "..")
	if !ok {
		return [2]string{s, s}, false
	}
	return [2]string{a, b}, true
}

func rangeName(packs bool, pack string, targets bool, target string) string {
	var out []string
	if packs {
		out = append(out, "pack "+pack)
	}
	if targets {
		out = append(out, target)
	}
	return strings.Join(out, ", ")
}

// stages compares two stages of one run.
func (c *diffCmd) stages(e *env) (differ, bool, error) {
	names, ok := span(c.Stage)
	from, okFrom := pipeline.ParseStage(names[0])
	to, okTo := pipeline.ParseStage(names[1])
	if !ok || !okFrom || !okTo || from == pipeline.TOSA || to == pipeline.TOSA {
		return nil, false, usagef("--stage %s: want A..B of traced, annotated, calibrated, converted, edge, partitioned", c.Stage)
	}
	f := modelFlags{c.Before, c.configFlags}
	if snap, err := isSnapshot(c.Before); err == nil && snap {
		return nil, false, usagef("--stage: %s is a snapshot, which holds one stage", c.Before)
	}
	s, err := f.open()
	if err != nil {
		return nil, false, err
	}
	res, err := s.run(e)
	if err != nil {
		return nil, false, err
	}
	r, err := diff.Stages(res, from, to)
	if err != nil {
		return nil, false, usagef("--stage %s: %w", c.Stage, err)
	}
	return r, r.Equal, nil
}
