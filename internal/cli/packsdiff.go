package cli

import (
	"fmt"
	"io"
	"strings"

	"seam/internal/lint"
	"seam/internal/pipeline"
	"seam/quant"
)

// packsGroup is "packs" and what is below it.
type packsGroup struct {
	List packsCmd     `cmd:"" default:"1" help:"List the rule packs and their families (the default)."`
	Diff packsDiffCmd `cmd:"" help:"Compare the lists of two packs."`
}

type packsDiffCmd struct {
	Packs    []string `arg:"" name:"pack" help:"Two packs: a release, and legacy or composable where it is not the release's default (1.4.1 or 1.4.1-legacy)."`
	ExitCode bool     `help:"Exit with 1 if the packs differ."`
}

// Run prints what two packs hold differently.
func (c *packsDiffCmd) Run(e *env) error {
	names, err := packNames(c.Packs)
	if err != nil {
		return err
	}
	d, err := lint.Diff(names[0], names[1])
	if err != nil {
		return err
	}
	if e.opts.JSON {
		err = printJSON(e.stdout, d)
	} else {
		err = printPackDiff(e.stdout, d)
	}
	if err == nil && c.ExitCode && !d.Equal() {
		return codeError(ExitFindings)
	}
	return err
}

// packNames reads two packs: "1.4.1", "1.4.1-composable", "1.4.1 composable", in one word or several.
func packNames(args []string) ([]lint.PackName, error) {
	var out []lint.PackName
	words := strings.FieldsFunc(strings.Join(args, " "), func(r rune) bool { return strings.ContainsRune(" -/:,", r) })
	for _, w := range words {
		ann := map[string]quant.Annotator{"legacy": quant.Legacy, "composable": quant.Composable}
		if a, ok := ann[w]; ok && len(out) > 0 {
			out[len(out)-1].Annotator = a
			continue
		}
		release, err := pipeline.ParsePack(w)
		if err != nil {
			return nil, usagef("%w", err)
		}
		out = append(out, lint.PackName{Release: release, Annotator: quant.DefaultAnnotator(release)})
	}
	if len(out) != 2 {
		return nil, usagef("want two packs, such as 1.4.1 and 1.5.1-legacy; got %d", len(out))
	}
	return out, nil
}

// printPackDiff prints families that differ with what is taken away and added, then each overload that is held elsewhere.
func printPackDiff(w io.Writer, d *lint.PackDiff) error {
	var b strings.Builder
	fmt.Fprintf(&b, "--- %s\n+++ %s\n", d.A, d.B)
	if d.Equal() {
		b.WriteString("the lists are equal\n")
	}
	for _, f := range d.Families {
		if len(f.OnlyA)+len(f.OnlyB) == 0 {
			continue
		}
		where := fmt.Sprintf("%d in both", f.Same)
		if f.In != "both" {
			where = "only in " + f.In
		}
		fmt.Fprintf(&b, "\n%s (%s)\n", f.Name, where)
		for _, op := range f.OnlyA {
			fmt.Fprintf(&b, "- %s\n", op)
		}
		for _, op := range f.OnlyB {
			fmt.Fprintf(&b, "+ %s\n", op)
		}
	}
	if _, err := io.WriteString(w, b.String()); err != nil || d.Equal() {
		return err
	}
	if _, err := fmt.Fprintln(w); err != nil {
		return err
	}
	return table(w, func(row func(...any)) {
		row("overload", d.A, d.B)
		for _, o := range d.Ops {
			row(o.Op, held(o.InA, o.PassA), held(o.InB, o.PassB))
		}
	})
}

// held is the families that hold an overload, the pass that replaces it in any case, or "-".
func held(families []string, pass string) string {
	out := strings.Join(families, ", ")
	switch {
	case out == "" && pass == "":
		return "-"
	case out == "":
		return "(" + pass + ")"
	}
	return out
}
