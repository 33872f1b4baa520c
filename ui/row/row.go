// Package row holds one line of the screen as spans of (role, text). A pane returns rows of exactly its width, a frame is
// their concatenation, and only Render knows escape sequences.
package row

import (
	"strings"

	"seam/themes"
)

// The marks that end a clipped row.
const (
	Ellipsis      = "…"
	EllipsisASCII = "~"
)

// Span is text of one role. The text is printable: Sanitize what comes from a file.
type Span struct {
	Role themes.Role
	Text string
}

// Row is one line of the screen, left to right. Operations leave their operands as they are, but may share their memory.
type Row []Span

// Width is the number of terminal cells that r takes.
func (r Row) Width() int {
	w := 0
	for _, s := range r {
		w += Width(s.Text)
	}
	return w
}

// Fit is r in exactly w cells: clipped with an ellipsis, or padded with plain spaces.
func (r Row) Fit(w int) Row { return r.FitMark(w, Ellipsis) }

// FitMark is Fit with another mark for a clipped row: EllipsisASCII, or "" for none. The mark takes at most one cell.
func (r Row) FitMark(w int, mark string) Row {
	if w <= 0 {
		return nil
	}
	left := w
	for i, s := range r {
		n := Width(s.Text)
		if n > left {
			return r.clip(i, w, left, mark)
		}
		left -= n
	}
	if left == 0 {
		return r
	}
	return append(r[:len(r):len(r)], pad(left))
}

// clip cuts r, w cells wide when done, in the span i, which has only left cells to itself. The mark stands in the last
// cell, for which the spans before i may have to give up a cell too.
func (r Row) clip(i, w, left int, mark string) Row {
	if mark == "" {
		out := make(Row, i, i+2)
		copy(out, r)
		return out.addHead(r[i], left)
	}
	for left == 0 {
		i--
		left = Width(r[i].Text)
	}
	out := make(Row, i, i+3)
	copy(out, r)
	return append(out.addHead(r[i], left-1), Span{r[i].Role, mark})
}

// addHead appends the first n cells of s, where s is wider; a wide character that is cut in two becomes a space.
func (r Row) addHead(s Span, n int) Row {
	head, got := prefix(s.Text, n)
	if head != "" {
		r = append(r, Span{s.Role, head})
	}
	if got < n {
		r = append(r, pad(n-got))
	}
	return r
}

// Cut is the cells [from, to) of r, padded with plain spaces where r is shorter. Half a wide character is a space.
func (r Row) Cut(from, to int) Row {
	var out Row
	x := 0
	for _, s := range r {
		n := Width(s.Text)
		if x+n > from && x < to {
			text := s.Text
			if from > x {
				head, got := prefix(text, from-x)
				text = text[len(head):]
				if got < from-x { // the character at the edge is a wide one
					wide, cells := first(text)
					text = text[len(wide):]
					out = append(out, pad(min(got+cells, to-x)-(from-x)))
				}
			}
			if text != "" {
				out = append(out, Span{s.Role, text})
			}
		}
		x += n
	}
	return out.FitMark(to-from, "")
}

// Overlay is base with top drawn over it from cell x on: a dialog over the screen that it covers.
func Overlay(base Row, x int, top Row) Row {
	end := x + top.Width()
	return Join(base.Cut(0, x), top, base.Cut(end, max(end, base.Width())))
}

// Join is the rows side by side.
func Join(rows ...Row) Row {
	n := 0
	for _, r := range rows {
		n += len(r)
	}
	out := make(Row, 0, n)
	for _, r := range rows {
		out = append(out, r...)
	}
	return out
}

// Render appends r to b in the styles of t; selected says that the cursor is on the row.
func Render(b *strings.Builder, r Row, t *themes.Theme, selected bool) {
	on := ""
	for _, s := range r {
		if s.Text == "" {
			continue
		}
		p := t.Prefix(s.Role)
		if selected {
			p = t.Selected(s.Role)
		}
		if p != on {
			if on != "" {
				b.WriteString(themes.Reset)
			}
			b.WriteString(p)
			on = p
		}
		b.WriteString(s.Text)
	}
	if on != "" {
		b.WriteString(themes.Reset)
	}
}

// Planes is rows as golden files hold them: the text, and below it the same shape with the letter of the role in place of
// each cell, so that a wide character has two letters.
func Planes(rows []Row) (text, roles string) {
	var t, l strings.Builder
	for _, r := range rows {
		for _, s := range r {
			t.WriteString(s.Text)
			for range Width(s.Text) {
				l.WriteByte(s.Role.Letter())
			}
		}
		t.WriteByte('\n')
		l.WriteByte('\n')
	}
	return t.String(), l.String()
}

const spaces = "                                                                                                    "

func pad(n int) Span {
	if n <= len(spaces) {
		return Span{themes.Plain, spaces[:n]}
	}
	return Span{themes.Plain, strings.Repeat(" ", n)}
}
