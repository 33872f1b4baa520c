package cli

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"seam/internal/pipeline"
	"seam/model"
)

type opsCmd struct{}

type opJSON struct {
	Name    string `json:"name"`
	Eval    bool   `json:"evaluated"`
	Edge    bool   `json:"lowered"`
	Into    string `json:"into,omitempty"`
	Roles   string `json:"roles"`
	Follows string `json:"follows"`
}

// Run prints the table of operators.
func (opsCmd) Run(e *env) error {
	rows := []opJSON{}
	for _, o := range model.Ops() {
		rows = append(rows, opJSON{o.Name, o.Eval != model.NoEval, o.Edge != model.NoEdge, o.Into, o.Roles, o.Follows})
	}
	if e.opts.JSON {
		return printJSON(e.stdout, rows)
	}
	return table(e.stdout, func(row func(...any)) {
		row("operator", "evaluated", "lowered", "roles", "follows")
		for _, o := range rows {
			row(o.Name, yes(o.Eval), yes(o.Edge), o.Roles, o.Follows)
		}
	})
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

type packsCmd struct{}

type packJSON struct {
	Release   string       `json:"release"`
	Annotator string       `json:"default_annotator"`
	Families  []familyJSON `json:"families"`
}

type familyJSON struct {
	Name   string   `json:"name"`
	File   string   `json:"file"`
	Symbol string   `json:"symbol"`
	On     []string `json:"on"`
	Off    []string `json:"off,omitempty"`
}

// Run prints the packs and their families.
func (packsCmd) Run(e *env) error {
	packs := []packJSON{}
	for _, release := range pipeline.Packs() {
		cfg := pipeline.DefaultConfig(release)
		p := packJSON{release, cfg.Annotator.String(), []familyJSON{}}
		for _, f := range pipeline.Families(cfg) {
			x := familyJSON{Name: f.Name, File: f.File, Symbol: f.Symbol, On: []string{}}
			for _, op := range f.Entries {
				if op.On {
					x.On = append(x.On, op.Op)
				} else {
					x.Off = append(x.Off, op.Op)
				}
			}
			p.Families = append(p.Families, x)
		}
		packs = append(packs, p)
	}
	if e.opts.JSON {
		return printJSON(e.stdout, packs)
	}
	return table(e.stdout, func(row func(...any)) {
		row("pack", "family", "operators", "file", "symbol")
		for _, p := range packs {
			row(p.Release+" "+p.Annotator, "", "", "", "")
			for _, f := range p.Families {
				row("", f.Name, len(f.On), f.File, f.Symbol)
			}
		}
	})
}

// table prints rows in aligned columns, without blanks at the ends of lines.
func table(w io.Writer, fill func(row func(...any))) error {
	var b strings.Builder
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fill(func(cells ...any) {
		for i, c := range cells {
			if i > 0 {
				fmt.Fprint(t, "\t")
			}
			fmt.Fprint(t, c)
		}
		fmt.Fprintln(t)
	})
	if err := t.Flush(); err != nil {
		return err
	}
	for _, l := range strings.SplitAfter(b.String(), "\n") {
		if _, err := io.WriteString(w, trimLine(l)); err != nil {
			return err
		}
	}
	return nil
}

func trimLine(l string) string {
	if body, ok := strings.CutSuffix(l, "\n"); ok {
		return strings.TrimRight(body, " ") + "\n"
	}
	return l
}
