package snapshot

import (
	"fmt"
	"io"
	"strings"
)

// The most rows of each part of the Markdown, so that it stays under 60 lines.
const (
	maxPieces   = 5
	maxStranded = 6
	maxOther    = 2
	maxLines    = 58
)

// WriteMarkdown writes what an issue needs, in under 60 lines: the configuration, the delegates, what stayed on the CPU and
// why, and the causes.
func (d *Doc) WriteMarkdown(w io.Writer) error {
	m := &markdown{}
	m.head(d)
	m.pieces(d)
	m.stranded(d)
	m.list("Findings", len(d.Findings), maxOther, func(i int) string {
		f := d.Findings[i]
		return fmt.Sprintf("%s `%s` x%d: %s", f.Severity, f.ID, f.Count, f.Text)
	})
	m.list("Not modelled", len(d.NotModelled), maxOther, func(i int) string {
		n := d.NotModelled[i]
		return fmt.Sprintf("%s: `%s%s` at %s", n.Stage, n.Operator, n.Rule, short(n.Nodes, 3))
	})
	m.causes(d)
	_, err := io.WriteString(w, m.b.String())
	return err
}

type markdown struct{ b strings.Builder }

func (m *markdown) line(format string, args ...any) { fmt.Fprintf(&m.b, format+"\n", args...) }

// list writes a heading and the first rows, and how many are left out.
func (m *markdown) list(title string, n, most int, row func(int) string) {
	if n == 0 {
		return
	}
	m.line("\n**%s**\n", title)
	for i := range min(n, most) {
		m.line("- %s", row(i))
	}
	if n > most {
		m.line("- and %d more", n-most)
	}
}

func (m *markdown) head(d *Doc) {
	m.line("### %s on %s: %s, %d stranded", d.Model.Name, d.Target, delegates(d.Summary.Delegates), d.Summary.Stranded)
	scheme := d.Config.Quant
	if !d.Config.PerChannel {
		scheme += " per tensor"
	}
	line := fmt.Sprintf("\nPack %s %s, %s, %s data", d.Pack.Name, d.Pack.Annotator, scheme, d.Config.Data)
	if d.Config.Static {
		line += ", fixed sizes"
	}
	m.line("%s; simulated by seam %s.", line, d.Tool.Version)
	for _, e := range d.Pack.Edits[:min(len(d.Pack.Edits), maxOther)] {
		m.line("Edited %s: on %s; off %s.", e.Rule, short(e.Add, 4), short(e.Remove, 4))
	}
	if d.Failed != nil {
		m.line("Ended after %s: %s", d.Stages[len(d.Stages)-1], oneLine(d.Failed.Text))
	}
}

func (m *markdown) pieces(d *Doc) {
	m.list("Delegates", len(d.Delegates), maxPieces, func(i int) string {
		x := d.Delegates[i]
		return fmt.Sprintf("%s (%s): %d nodes, %d bytes cross", x.ID, x.Tag, len(x.Nodes), x.Bytes)
	})
	m.list(fmt.Sprintf("Boundaries, %d bytes an inference", d.Summary.BoundaryBytes), len(d.Boundaries), maxPieces,
		func(i int) string {
			b := d.Boundaries[i]
			var names []string
			for _, t := range b.Tensors {
				names = append(names, t.Name)
			}
			return fmt.Sprintf("%s: %s to %s, %d bytes: %s", b.ID, b.From, b.To, b.Bytes, short(names, 2))
		})
}

// stranded lists the refused operators on the CPU with the reason that upstream reports.
func (m *markdown) stranded(d *Doc) {
	var rows []string
	for _, n := range d.Nodes {
		if n.Placement == nil || n.Placement.Kind != "host" || len(n.Refusals) == 0 {
			continue
		}
		where := ""
		if n.Source != "" {
			where = " (" + n.Source + ")"
		}
		rows = append(rows, fmt.Sprintf("`%s` %s%s: %s", n.Name, n.Op, where, oneLine(firstReason(n.Refusals))))
	}
	m.list("On the CPU", len(rows), maxStranded, func(i int) string { return rows[i] })
}

func firstReason(list []Refusal) string {
	for _, r := range list {
		if r.First {
			return r.Text
		}
	}
	return list[0].Text
}

// causes writes the chains as far as the lines reach, a chain with its first fix.
func (m *markdown) causes(d *Doc) {
	for _, c := range d.Causes {
		left := maxLines - strings.Count(m.b.String(), "\n") - 4
		if left < 2 {
			return
		}
		m.line("\n**Why %s**: %s\n", c.Of, oneLine(c.Verdict))
		for i, s := range c.Steps[:min(len(c.Steps), left)] {
			m.line("%d. %s: %s", i+1, s.Stage, oneLine(s.Text))
		}
		if len(c.Fixes) > 0 {
			f := c.Fixes[0]
			m.line("- fix: %s: %s", oneLine(f.Text), delegates(f.Delegates))
		}
	}
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

func short(names []string, most int) string {
	if len(names) == 0 {
		return "none"
	}
	if len(names) > most {
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
	}
	return strings.Join(names, ", ")
}

func delegates(n int) string {
	if n == 1 {
		return "1 delegate"
	}
	return fmt.Sprintf("%d delegates", n)
}
