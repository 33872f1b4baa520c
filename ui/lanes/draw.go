package lanes

import (
	"slices"
	"strconv"
)

// Style is a set of glyphs.
type Style uint8

// The glyph sets.
const (
	Unicode Style = iota
	ASCII
)

// glyphs is the cells of one style. A crossing has no glyph: the line along the row passes behind a lane that it has
// nothing to do with, and the break in it says so. A node without operands has a glyph of its own, since the lane on which
// it stands may have ended just above.
type glyphs struct {
	node, source, lane, line, quiet string
	// corner is a joint, by the directions in which lines leave it.
	corner [16]string
}

const (
	up = 1 << iota
	down
	left
	right
)

var styles = [...]glyphs{
	Unicode: {"●", "○", "│", "─", "┊", [16]string{
		left | down: "╮", left | up: "╯", left | up | down: "┤",
		right | down: "╭", right | up: "╰", right | up | down: "├",
		left | right | down: "┬", left | right | up: "┴", left | right | up | down: "┼",
	}},
	ASCII: {"*", "o", "|", "-", ":", [16]string{
		left | down: ".", left | up: "'", left | up | down: "+",
		right | down: ".", right | up: "'", right | up | down: "+",
		left | right | down: ".", left | right | up: "'", left | right | up | down: "+",
	}},
}

// countCells is the width of the lane that stands for several: its glyph, and how many values run on it, at most 99+.
const countCells = 4

// Width is the number of cells of each row that Rows draws with that bound: two a lane, one for the glyph and one for the
// line to the next lane. It depends on the graph and not on the window, so that a list does not shift as it scrolls.
func (l *Lanes) Width(maxLanes int) int {
	maxLanes = max(1, maxLanes)
	if l.width <= maxLanes {
		return 2 * l.width
	}
	return 2*(maxLanes-1) + countCells
}

// Line is a drawn row, cut around the glyph of its node.
type Line struct{ Before, Node, After string }

// Rows draws the rows [from, to), clipped to the graph, in exactly Width(maxLanes) cells each. Where the window takes more
// lanes, the quietest of it are folded into the last, which shows how many values run on it. A node or a joint of a folded
// lane is drawn on that lane too.
func (l *Lanes) Rows(from, to int, style Style, maxLanes int) []string {
	lines := l.Lines(from, to, style, maxLanes)
	out := make([]string, len(lines))
	for i, n := range lines {
		out[i] = n.Before + n.Node + n.After
	}
	return out
}

// Lines is Rows for a caller that draws the node in a style of its own.
func (l *Lanes) Lines(from, to int, style Style, maxLanes int) []Line {
	from, to = max(0, from), min(to, l.src.N)
	if from >= to {
		return nil
	}
	s := l.window(from)
	ahead := sweep{src: s.src, last: s.last, lane: slices.Clone(s.lane)}
	events := make([]event, 0, to-from)
	for i := from; i < to; i++ {
		ev := ahead.step(i)
		ev.joins = slices.Clone(ev.joins)
		events = append(events, ev)
	}
	p := painter{glyphs: &styles[style], width: l.Width(maxLanes)}
	p.columns(events, max(1, maxLanes))
	out := make([]Line, 0, to-from)
	for i, ev := range events {
		p.start(s.lane)
		s.step(from + i)
		out = append(out, p.row(ev, s.lane))
	}
	return out
}

// painter draws the rows of one window.
type painter struct {
	*glyphs
	width  int
	column []int // of each lane; folded lanes share the last
	fold   int   // the column of the folded lanes, or free
	above  []bool
	cells  []uint8 // the directions in which lines leave the glyph of each column
	mark   string  // the glyph of the node
	buf    []byte
	at     int // where in buf the mark is
}

// columns gives the lanes of a window their columns: all in order while they fit, else those on which the most happens.
func (p *painter) columns(events []event, maxLanes int) {
	n := 0
	for _, ev := range events {
		n = max(n, ev.width)
	}
	p.column = make([]int, n)
	p.fold = free
	if n <= maxLanes {
		for k := range p.column {
			p.column[k] = k
		}
		p.size(n)
		return
	}
	p.fold = maxLanes - 1
	busy := make([]int, n)
	for _, ev := range events {
		busy[ev.node]++
		if ev.to != free {
			busy[ev.to]++
		}
		for _, j := range ev.joins {
			busy[j.lane]++
		}
	}
	order := make([]int, n)
	for k := range order {
		order[k] = k
		p.column[k] = p.fold
	}
	slices.SortStableFunc(order, func(a, b int) int { return busy[b] - busy[a] })
	shown := order[:p.fold]
	slices.Sort(shown)
	for c, k := range shown {
		p.column[k] = c
	}
	p.size(maxLanes)
}

func (p *painter) size(columns int) {
	p.cells = make([]uint8, columns)
	p.above = make([]bool, columns)
}

// start takes down which columns hold a value above the row.
func (p *painter) start(lane []int32) {
	clear(p.above)
	for k, v := range lane {
		if v != free {
			p.above[p.column[k]] = true
		}
	}
}

// row draws ev; below is the lanes under it.
func (p *painter) row(ev event, below []int32) Line {
	node := p.column[ev.node]
	lo, hi := p.joints(ev, node)
	p.buf, p.mark = p.buf[:0], p.source
	if ev.above {
		p.mark = p.node
	}
	cells := 0
	for c := 0; c < len(p.cells) && c != p.fold && cells < p.width; c++ {
		p.glyph(c, node, lo, hi)
		cells += 2
	}
	if p.fold != free {
		p.count(node, hi, below)
		cells += countCells
	}
	for ; cells < p.width; cells++ {
		p.buf = append(p.buf, ' ')
	}
	text, end := string(p.buf), p.at+len(p.mark)
	return Line{text[:p.at], text[p.at:end], text[end:]}
}

// joints notes where lanes meet the line along the row, which runs from column lo to column hi.
func (p *painter) joints(ev event, node int) (lo, hi int) {
	clear(p.cells)
	lo, hi = node, node
	reach := func(k int, bits uint8) {
		c := p.column[k]
		p.cells[c] |= bits
		lo, hi = min(lo, c), max(hi, c)
	}
	for _, j := range ev.joins {
		if j.ends {
			reach(j.lane, up)
		} else {
			reach(j.lane, up|down)
		}
	}
	if ev.to != free {
		reach(ev.to, down)
	}
	return lo, hi
}

// glyph draws column c and the line to the next; the line along the row runs from column lo to hi.
func (p *painter) glyph(c, node, lo, hi int) {
	switch {
	case c == node:
		p.at = len(p.buf)
		p.buf = append(p.buf, p.mark...)
	case p.cells[c] != 0:
		bits := p.cells[c]
		if c > lo {
			bits |= left
		}
		if c < hi {
			bits |= right
		}
		p.buf = append(p.buf, p.corner[bits]...)
	case p.above[c]:
		p.buf = append(p.buf, p.lane...)
	case lo < c && c < hi:
		p.buf = append(p.buf, p.line...)
	default:
		p.buf = append(p.buf, ' ')
	}
	if lo <= c && c < hi {
		p.buf = append(p.buf, p.line...)
	} else {
		p.buf = append(p.buf, ' ')
	}
}

// count draws the folded lanes: what happens to them as a whole, and how many values run on them below the row.
func (p *painter) count(node, hi int, below []int32) {
	n := 0
	for k, v := range below {
		if v != free && p.column[k] == p.fold {
			n++
		}
	}
	above := p.above[p.fold]
	switch {
	case node == p.fold:
		p.at = len(p.buf)
		p.buf = append(p.buf, p.mark...)
	case hi == p.fold && !above:
		p.buf = append(p.buf, p.corner[left|down]...)
	case hi == p.fold && n == 0:
		p.buf = append(p.buf, p.corner[left|up]...)
	case hi == p.fold:
		p.buf = append(p.buf, p.corner[left|up|down]...)
	case n > 0:
		p.buf = append(p.buf, p.quiet...)
	default:
		p.buf = append(p.buf, ' ')
	}
	end := len(p.buf)
	switch {
	case n > 99:
		p.buf = append(p.buf, "99+"...)
	case n > 0:
		p.buf = strconv.AppendInt(p.buf, int64(n), 10)
	}
	for len(p.buf) < end+countCells-1 {
		p.buf = append(p.buf, ' ')
	}
}
