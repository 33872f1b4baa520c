package ui

import (
	"fmt"
	"slices"
	"strings"

	"seam/themes"
	"seam/ui/row"
)

// line is one row of a pane; selected says that the cursor is on it.
type line struct {
	row.Row
	selected bool
}

// frame is the screen as lines of segments, filled from left to right.
type frame struct {
	lines [][]line
	w     int
	ascii bool
	dim   bool // draw what is added without colour, as old
}

func newFrame(w, h int, ascii bool) *frame {
	return &frame{lines: make([][]line, h), w: w, ascii: ascii}
}

// add puts a row of w cells behind what line y holds already.
func (f *frame) add(y, w int, r row.Row, selected bool) {
	if y < 0 || y >= len(f.lines) || w <= 0 {
		return
	}
	mark := row.Ellipsis
	if f.ascii {
		r, mark = asciiRow(r), row.EllipsisASCII
	}
	r = r.FitMark(w, mark)
	if f.dim {
		r = dimmed(r)
	}
	f.lines[y] = append(f.lines[y], line{r, selected})
}

// fill puts a pane's rows into its rectangle, blank below the last.
func (f *frame) fill(r rect, rows []line) {
	for i := range r.h {
		if i < len(rows) {
			f.add(r.y+i, r.w, pointed(rows[i]), rows[i].selected)
		} else {
			f.add(r.y+i, r.w, nil, false)
		}
	}
}

// pointed is a row with the cursor's glyph in its first cell, so that the cursor is seen without colour or reverse video.
func pointed(l line) row.Row {
	if !l.selected || len(l.Row) == 0 || !strings.HasPrefix(l.Row[0].Text, " ") {
		return l.Row
	}
	out := slices.Clone(l.Row)
	out[0].Text = ">" + out[0].Text[1:]
	return out
}

// text is the frame as the terminal gets it.
func (f *frame) text(t *themes.Theme) string {
	var b strings.Builder
	b.Grow(len(f.lines) * (f.w + 160))
	for y, segs := range f.lines {
		if y > 0 {
			b.WriteByte('\n')
		}
		for _, s := range segs {
			row.Render(&b, s.Row, t, s.selected)
		}
	}
	return b.String()
}

// rows is the frame for tests: one row a line, in which what the cursor is on has the role of the cursor.
func (f *frame) rows() []row.Row {
	out := make([]row.Row, len(f.lines))
	for y, segs := range f.lines {
		for _, s := range segs {
			for _, sp := range s.Row {
				if s.selected {
					sp.Role = themes.Cursor
				}
				out[y] = append(out[y], sp)
			}
		}
	}
	return out
}

func dimmed(r row.Row) row.Row {
	out := make(row.Row, len(r))
	for i, s := range r {
		out[i] = row.Span{Role: themes.Dim, Text: s.Text}
	}
	return out
}

// asciiRow is r with no byte over 127, in as many cells.
func asciiRow(r row.Row) row.Row {
	plain := true
	for _, s := range r {
		plain = plain && isASCII(s.Text)
	}
	if plain {
		return r
	}
	out := make(row.Row, len(r))
	for i, s := range r {
		out[i] = row.Span{Role: s.Role, Text: asciiText(s.Text)}
	}
	return out
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// asciiGlyphs are the glyphs that the panes draw, and what stands for them.
var asciiGlyphs = strings.NewReplacer("─", "-", "━", "=", "│", "|", "┬", "+", "┴", "+", "┼", "+", "├", "+", "┤", "+", "→", ">",
	"…", "~", "●", "o", "○", "o", "▸", ">", "╮", ".", "╯", "'", "╭", ".", "╰", "`", "█", "#", "░", ".", "▁", "_", "▂", ".", "▃", "-", "▄", "=", "▅", "+", "▆", "*", "▇", "%",
	"▓", "%", "▒", "=", "▌", "[", "▐", "]", "▚", "\\", "▞", "/", "┐", ".", "┘", "'")

func asciiText(s string) string {
	if isASCII(s) {
		return s
	}
	s = asciiGlyphs.Replace(s)
	if isASCII(s) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case r < 0x80:
			b.WriteRune(r)
		default:
			for range row.Width(string(r)) {
				b.WriteByte('?')
			}
		}
	}
	return b.String()
}

// The smallest screen on which anything is drawn; 60x16 is the smallest that works well.
const (
	minWidth  = 20
	minHeight = 6
)

// draw is the whole screen.
func (a *App) draw() *frame {
	f := newFrame(a.w, a.h, a.opt.ASCII)
	if a.w < minWidth || a.h < minHeight {
		f.fill(rect{0, 0, a.w, a.h}, note("seam needs 60x16"))
		return f
	}
	f.add(a.lay.header.y, a.w, a.headerRow(), false)
	f.add(a.lay.stages.y, a.w, a.stageRow(), false)
	f.dim = a.job.dim && a.screen == screenMain
	switch a.screen {
	case screenMain:
		a.drawPanes(f)
	case screenWhy:
		f.fill(a.lay.body, a.whyRows(a.lay.body.w, a.lay.body.h))
	case screenToggles:
		a.drawToggles(f)
	case screenGroup:
		f.fill(a.lay.body, a.groupScreenRows(a.lay.body.w, a.lay.body.h))
	case screenNear:
		f.fill(a.lay.body, a.nearRows(a.lay.body.w, a.lay.body.h))
	case screenDiff:
		f.fill(a.lay.body, a.diffRows(a.lay.body.w, a.lay.body.h))
	case screenHelp:
		f.fill(a.lay.body, a.helpRows(a.lay.body.w, a.lay.body.h))
	}
	f.dim = false
	if a.drawer != drawerNone || a.prompt.open {
		a.drawDrawer(f)
	}
	if a.lay.hints.h > 0 {
		f.add(a.lay.hints.y, a.w, a.hintRow(), false)
	}
	f.add(a.lay.status.y, a.w, a.statusRow(), false)
	return f
}

// drawPanes draws the panes of the main screen, those on the left first.
func (a *App) drawPanes(f *frame) {
	for _, p := range [...]pane{paneGraph, panePieces, paneGroups, paneFinds, paneNode} {
		r := a.lay.panes[p]
		if r.h == 0 {
			continue
		}
		a.separate(f, r)
		f.add(r.y, r.w, a.titleRow(p, r.w), false)
		f.fill(rect{r.x, r.y + 1, r.w, r.h - 1}, a.paneRows(p, r.w, r.h-1))
	}
}

// separate draws the line to the left of a pane that does not begin at the edge.
func (a *App) separate(f *frame, r rect) {
	if r.x == 0 {
		return
	}
	low := a.lay.panes[paneFinds]
	for i := range r.h {
		glyph := "│"
		switch {
		case i == 0:
			glyph = "┬"
		case a.screen == screenMain && r.x > low.x && r.y+i == low.y:
			glyph = "┤"
		}
		f.add(r.y+i, 1, row.Row{{Role: themes.Border, Text: glyph}}, false)
	}
}

func (a *App) paneRows(p pane, w, h int) []line {
	switch p {
	case paneGraph:
		return a.graphRows(w, h)
	case paneNode:
		return a.nodeRows(w, h)
	case panePieces:
		return a.pieceRows(w, h)
	case paneGroups:
		return a.groupRows(w, h)
	}
	return a.findRows(w, h)
}

// titleRow is a pane's first row. The focused pane has a thicker rule, so that it is told without colour.
func (a *App) titleRow(p pane, w int) row.Row {
	rule, role := "─", themes.Border
	if p == a.focus {
		rule, role = "━", themes.BorderFocus
	}
	r := row.Row{{Role: role, Text: rule}, {Role: themes.Key, Text: "[" + string(rune('1'+p)) + "] "}}
	r = append(r, row.Span{Role: themes.Title, Text: a.paneTitle(p)}, row.Span{Role: role, Text: " "})
	others := a.otherPanes(p)
	if n := w - r.Width() - row.Width(others); n > 0 {
		r = append(r, row.Span{Role: role, Text: strings.Repeat(rule, n)}, row.Span{Role: themes.Dim, Text: others})
	}
	return r
}

// otherPanes names the panes that are behind this one.
func (a *App) otherPanes(p pane) string {
	switch {
	case !a.lay.many:
		s := ""
		for q := range numPanes {
			if q != p {
				s += fmt.Sprintf(" %d %s", q+1, paneNames[q])
			}
		}
		return s
	case p == panePieces:
		return " 4 Groups"
	case p == paneGroups:
		return " 3 Delegates"
	}
	return ""
}

// drawDrawer draws the panel that rises over the lower rows of the body.
func (a *App) drawDrawer(f *frame) {
	rows := a.drawerRows(a.w)
	if a.prompt.open {
		rows = a.promptRows(a.w)
	}
	h := min(len(rows), a.lay.body.h)
	top := a.lay.body.y + a.lay.body.h - h
	for y := top; y < top+h; y++ {
		f.lines[y] = f.lines[y][:0]
	}
	f.fill(rect{0, top, a.w, h}, rows)
}
