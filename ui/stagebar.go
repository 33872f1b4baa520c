package ui

import (
	"errors"
	"fmt"
	"strings"

	"seam/internal/pipeline"
	"seam/model"
	"seam/themes"
	"seam/ui/row"
)

// headerRow is the first line: the model, what it is compiled for, and what its numbers rest on. A narrow screen leaves out
// what goes without saying.
func (a *App) headerRow() row.Row {
	cfg, target, name := a.cfg, a.cfg.Target, " seam  "
	if a.w < manyWidth {
		target, name = strings.TrimPrefix(target, "ethos-"), " "
	}
	r := row.Row{{Role: themes.Title, Text: name}, {Role: themes.Plain, Text: a.titleText() + "  "}}
	if a.opt.Result != nil {
		return append(r, row.Span{Role: themes.Dim, Text: plural(len(a.opt.Result.Delegates), "block") + " of TOSA, which say nothing of the model"})
	}
	r = append(r, row.Span{Role: themes.Path, Text: target + "  "})
	if a.f != nil {
		r = append(r, a.dataSpan())
		if s := a.symbolText(); s != "" {
			r = append(r, row.Span{Role: themes.Warn, Text: s + "  "})
		}
	}
	r = append(r, row.Span{Role: themes.Dim, Text: cfg.Release + " " + cfg.Annotator.String() + "  "})
	if n := len(cfg.Edits.List()); n > 0 {
		r = append(r, row.Span{Role: themes.Changed, Text: plural(n, "rule") + " changed"})
	}
	return r
}

// titleText is the model's name, short enough to leave room for what the numbers rest on.
func (a *App) titleText() string {
	s := row.Sanitize(a.opt.Title)
	if most := max(10, a.w/4); row.Width(s) > most {
		return cellLeft(s, most)
	}
	return s
}

// dataSpan says what the scales were measured on.
func (a *App) dataSpan() row.Span {
	d := a.f.res.Data
	switch {
	case d == nil || d.Synthetic || a.f.res.Cal != nil && a.f.res.Cal.Synthetic:
		return row.Span{Role: themes.Warn, Text: "synthetic data  "}
	}
	name := d.Source[strings.LastIndexByte(d.Source, '/')+1:]
	if name == "" || name == a.opt.Title {
		return row.Span{Role: themes.Dim, Text: "captured data  "}
	}
	return row.Span{Role: themes.Dim, Text: "data " + row.Sanitize(name) + "  "}
}

// symbolText says whether symbolic shapes are as captured or specialised, and to what.
func (a *App) symbolText() string {
	g := a.f.res.Traced
	if g == nil || len(g.Symbols) == 0 {
		return ""
	}
	if !a.f.res.Config.Static {
		if a.w < manyWidth {
			return "shapes as captured"
		}
		return "shapes as captured (" + strings.Join(g.SymbolTexts()[:min(3, len(g.Symbols))], " ") + ")"
	}
	var s []string
	for _, b := range a.f.res.Bindings {
		s = append(s, fmt.Sprintf("%s=%d", b.Symbol, b.Size))
	}
	return "shapes specialised " + strings.Join(s, " ")
}

// stageCell is one stage of the bar.
type stageCell struct {
	stage pipeline.Stage
	text  string
	x     int
}

// stageCells lays the bar out; Update uses the same cells to find what was clicked. A narrow screen gets short names.
func (a *App) stageCells() []stageCell {
	for cut := 0; ; cut++ {
		out := make([]stageCell, 0, pipeline.NumStages)
		x := 1
		for s := range pipeline.NumStages {
			name := s.String()
			if cut > 0 && s != a.stage {
				name = name[:min(len(name), 8-cut)]
			}
			if s == a.stage {
				name = "[" + strings.ToUpper(name) + "]"
			}
			out = append(out, stageCell{s, name, x})
			x += len(name) + 3
		}
		if x-3 <= a.w || cut == 6 {
			return out
		}
	}
}

func (a *App) stageRow() row.Row {
	r := row.Row{{Role: themes.Plain, Text: " "}}
	for i, c := range a.stageCells() {
		if i > 0 {
			r = append(r, row.Span{Role: themes.Border, Text: " > "})
		}
		role := themes.Dim
		switch {
		case c.stage == a.stage:
			role = themes.Title
		case a.f != nil && a.f.res.Reached(c.stage):
			role = themes.Plain
		}
		r = append(r, row.Span{Role: role, Text: c.text})
	}
	tail := "< > to move"
	if n := a.w - r.Width() - len(tail) - 1; n > 0 {
		r = append(r, row.Span{Role: themes.Plain, Text: space(n)}, row.Span{Role: themes.Dim, Text: tail})
	}
	return r
}

// statusRow is the last line: what is typed, what runs, what was said, or the summary.
func (a *App) statusRow() row.Row {
	switch {
	case a.prompt.open:
		return a.promptRow()
	case a.search.typing:
		return a.search.row()
	case a.notice.text != "" && !a.job.running:
		role := themes.Plain
		if a.notice.bad {
			role = themes.Error
		}
		return row.Row{{Role: role, Text: " " + row.Sanitize(a.notice.text)}}
	case a.job.running:
		return a.progressRow()
	case a.f == nil:
		return nil
	}
	return a.summaryRow()
}

func (a *App) progressRow() row.Row {
	p := a.job.at
	text := " running " + p.Stage.String()
	r := row.Row{}
	if p.Total > 0 {
		const bar = 16
		done := bar * min(p.Done, p.Total) / p.Total
		text += fmt.Sprintf(" %d/%d ", p.Done, p.Total)
		r = append(r, row.Span{Role: themes.Plain, Text: text},
			row.Span{Role: themes.OK, Text: repeat("█", done)}, row.Span{Role: themes.Dim, Text: repeat("░", bar-done)})
	} else {
		r = append(r, row.Span{Role: themes.Plain, Text: text})
	}
	if a.f != nil && !a.f.partial {
		r = append(r, row.Span{Role: themes.Dim, Text: "  on screen: the result before"})
	}
	return append(r, row.Span{Role: themes.Key, Text: "  esc"}, row.Span{Role: themes.Dim, Text: " cancels"})
}

func (a *App) summaryRow() row.Row {
	res := a.f.res
	g := res.Graph(res.Last())
	if g == nil {
		return nil
	}
	r := row.Row{{Role: themes.Plain, Text: " " + plural(g.Len(), "node")}}
	if l := res.Layout; l != nil {
		split := themes.OK
		if len(res.Part.Parts) > 1 || len(l.Stranded) > 0 {
			split = themes.Error
		}
		r = append(r, row.Span{Role: split, Text: fmt.Sprintf("  %s  %d stranded", plural(len(res.Part.Parts), "delegate"), len(l.Stranded))},
			row.Span{Role: themes.Plain, Text: "  " + bytesText(l.Bytes) + " B crossing"})
	}
	if res.Failed != nil && !errors.Is(res.Failed, model.ErrNotModelled) {
		r = append(r, row.Span{Role: themes.Error, Text: "  stopped: " + row.Sanitize(res.Failed.Error())})
	}
	if len(res.Missing) > 0 {
		r = append(r, row.Span{Role: themes.Unknown, Text: "  ? not modelled: " + row.Sanitize(missingList(res.Missing))})
	}
	switch {
	case a.lay.hints.h == 0 && a.greet:
		return a.greetingRow()
	case a.lay.hints.h == 0:
		return append(a.shortHints(), r...)
	}
	return r
}

func missingList(ms []model.NotModelled) string {
	var out []string
	for _, m := range ms {
		out = append(out, missingText(m))
	}
	return strings.Join(out, ", ")
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

func repeat(s string, n int) string { return strings.Repeat(s, max(0, n)) }
