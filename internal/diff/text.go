package diff

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// The most rows of one part of the text; JSON has them all.
const maxRows = 12

// line is a row of the text. The mark says what happened in one character.
type line struct{ mark, text string }

// Exit notes the code that the program ends with.
func (r *Report) Exit(code int) { r.ExitCode = code }

// Exit notes the code that the program ends with.
func (r *StageReport) Exit(code int) { r.ExitCode = code }

// WriteText writes the report for a terminal.
func (r *Report) WriteText(w io.Writer) error {
	return writeText(w, fmt.Sprintf("diff %s -> %s", r.Before.Name, r.After.Name), r.lines())
}

// WriteMarkdown writes the report for an issue.
func (r *Report) WriteMarkdown(w io.Writer) error {
	return writeMarkdown(w, fmt.Sprintf("diff %s -> %s", r.Before.Name, r.After.Name), r.lines())
}

// WriteJSON writes the report whole.
func (r *Report) WriteJSON(w io.Writer) error { return writeJSON(w, r) }

// WriteText writes the report for a terminal.
func (r *StageReport) WriteText(w io.Writer) error {
	return writeText(w, fmt.Sprintf("diff %s, %s -> %s", r.Model, r.From, r.To), r.lines())
}

// WriteMarkdown writes the report for an issue.
func (r *StageReport) WriteMarkdown(w io.Writer) error {
	return writeMarkdown(w, fmt.Sprintf("diff %s, %s -> %s", r.Model, r.From, r.To), r.lines())
}

// WriteJSON writes the report whole.
func (r *StageReport) WriteJSON(w io.Writer) error { return writeJSON(w, r) }

func writeText(w io.Writer, head string, lines []line) error {
	var b strings.Builder
	b.WriteString(head + "\n")
	for _, l := range lines {
		mark := l.mark
		if mark == "" {
			mark = " "
		}
		fmt.Fprintf(&b, "  %s %s\n", mark, l.text)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func writeMarkdown(w io.Writer, head string, lines []line) error {
	var b strings.Builder
	b.WriteString("### " + head + "\n\n")
	for _, l := range lines {
		mark := ""
		if l.mark != "" {
			mark = "`" + l.mark + "` "
		}
		fmt.Fprintf(&b, "- %s%s\n", mark, l.text)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	return enc.Encode(v)
}

func (r *Report) lines() []line {
	var out []line
	for _, o := range r.Options {
		out = append(out, line{"", fmt.Sprintf("%s %s -> %s", o.Name, o.Before, o.After)})
	}
	if r.Equal {
		return append(out, line{"", "no difference"})
	}
	for i, f := range r.Figures {
		if f.Before != f.After || i < 3 {
			out = append(out, line{"", fmt.Sprintf("%s %s -> %s", f.Name, number(f.Before), number(f.After))})
		}
	}
	for _, p := range r.Delegates {
		out = append(out, p.line())
	}
	out = append(out, operators("+", r.Stranded.Gained)...)
	out = append(out, operators("-", r.Stranded.Lost)...)
	out = append(out, rows("+", r.Crossings.Gained, Crossing.text)...)
	out = append(out, rows("-", r.Crossings.Lost, Crossing.text)...)
	out = append(out, rows("~", r.Scales, Scale.text)...)
	return append(out, rows("~", r.Findings, func(f Findings) string {
		return fmt.Sprintf("finding %s x%d -> x%d: %s", f.ID, f.Count[0], f.Count[1], f.Text)
	})...)
}

// rows is the first of a list, and how many are left out.
func rows[T any](mark string, list []T, text func(T) string) []line {
	var out []line
	for _, x := range list[:min(len(list), maxRows)] {
		out = append(out, line{mark, text(x)})
	}
	if n := len(list) - maxRows; n > 0 {
		out = append(out, line{mark, fmt.Sprintf("and %d more of these; JSON has all", n)})
	}
	return out
}

func (p Pieces) line() line {
	mark, text := "~", ""
	before, after := strings.Join(p.Before, ", "), strings.Join(p.After, ", ")
	switch p.Kind {
	case New:
		mark, text = "+", after+" is new"
	case Gone:
		mark, text = "-", before+" is gone"
	case Merged:
		text = before + " merged into " + after
	case Split:
		text = before + " split into " + after
	case Rearranged:
		text = before + " became " + after
	case Changed:
		text = before + " changed"
		if before != after {
			text += ", now " + after
		}
	}
	if p.Kind != New && p.Kind != Gone {
		if len(p.Gained) > 0 {
			text += fmt.Sprintf("; gained %s", short(p.Gained, 3))
		}
		if len(p.Lost) > 0 {
			text += fmt.Sprintf("; lost %s", short(p.Lost, 3))
		}
	}
	return line{mark, text}
}

// operators groups those of one kind and one reason.
func operators(mark string, list []Operator) []line {
	type kind struct{ op, why string }
	at := map[kind]int{}
	var kinds []kind
	var names [][]string
	for _, o := range list {
		k := kind{o.Op, o.Why}
		i, ok := at[k]
		if !ok {
			i = len(kinds)
			at[k] = i
			kinds, names = append(kinds, k), append(names, nil)
		}
		names[i] = append(names[i], o.Node+bracket(o.Source))
	}
	verb, reason := "on the CPU", "why"
	if mark == "-" {
		verb, reason = "no longer on the CPU", "was"
	}
	var out []line
	for i, k := range kinds {
		out = append(out, line{mark, fmt.Sprintf("%s: %s x%d, %s; %s: %s", verb, k.op, len(names[i]), short(names[i], 3), reason, k.why)})
	}
	return out
}

func (c Crossing) text() string {
	return fmt.Sprintf("crosses: %s, %s to %s, %s bytes", c.Tensor, c.From, c.To, number(float64(c.Bytes)))
}

func (s Scale) text() string {
	out := fmt.Sprintf("scale %s %.6g -> %.6g", s.Place, s.Before, s.After)
	if s.Zero[0] != s.Zero[1] {
		out += fmt.Sprintf(", zero point %d -> %d", s.Zero[0], s.Zero[1])
	}
	switch {
	case s.Bits >= 0.05:
		out += fmt.Sprintf("; %.1f bits lost", s.Bits)
	case s.Bits <= -0.05:
		out += fmt.Sprintf("; %.1f bits won", -s.Bits)
	}
	return out
}

// number is a figure with commas between thousands.
func number(v float64) string {
	s := strconv.FormatFloat(v, 'f', -1, 64)
	whole, frac, _ := strings.Cut(s, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if frac != "" {
		whole += "." + frac
	}
	return whole
}

func bracket(s string) string {
	if s == "" {
		return ""
	}
	return " (" + s + ")"
}

func short(names []string, most int) string {
	if len(names) > most {
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
	}
	return strings.Join(names, ", ")
}
