package ui

import "seam/ui/rows"

// rect is a part of the screen, in cells.
type rect struct{ x, y, w, h int }

func (r rect) has(x, y int) bool { return x >= r.x && x < r.x+r.w && y >= r.y && y < r.y+r.h }

// pane is one of the five panes of the main screen.
type pane uint8

const (
	paneGraph pane = iota
	paneNode
	panePieces
	paneGroups
	paneFinds
	numPanes
)

var paneNames = [numPanes]string{"Graph", "Node", "Delegates", "Groups", "Findings"}

// layout is where everything is. A pane of no height is not on the screen; each pane's first row is its title.
type layout struct {
	header, stages, body, hints, status rect
	panes                               [numPanes]rect
	many                                bool // more than one pane at a time
}

// The smallest sizes at which panes stand side by side and at which the line of keys is drawn.
const (
	manyWidth   = 100
	manyHeight  = 22
	hintsHeight = 18
)

// newLayout divides a screen. focus is the pane that a narrow screen shows; slot the one of delegates and groups that a wide
// one shows; zoom 1 gives the focused pane more room, 2 all of it.
func newLayout(w, h int, focus, slot pane, zoom int) layout {
	l := layout{header: rect{0, 0, w, 1}, stages: rect{0, 1, w, 1}, status: rect{0, h - 1, w, 1}}
	end := h - 1
	if h >= hintsHeight {
		end--
		l.hints = rect{0, end, w, 1}
	}
	l.body = rect{0, 2, w, max(0, end-2)}
	if w < manyWidth || h < manyHeight || zoom >= 2 {
		l.panes[focus] = l.body
		return l
	}
	l.many = true
	left, low := w*60/100, min(12, max(6, l.body.h/4))
	if zoom == 1 {
		left, low = grow(l.body, focus)
	}
	top := l.body.h - low
	l.panes[paneGraph] = rect{0, 2, left, top}
	l.panes[paneNode] = rect{left + 1, 2, w - left - 1, l.body.h}
	mid := left / 2
	l.panes[slot] = rect{0, 2 + top, mid, low}
	l.panes[paneFinds] = rect{mid + 1, 2 + top, left - mid - 1, low}
	return l
}

// grow is the width of the left column and the height of its lower row that give the focused pane more room.
func grow(body rect, focus pane) (left, low int) {
	switch focus {
	case paneGraph:
		return body.w * 75 / 100, 4
	case paneNode:
		return body.w * 40 / 100, max(6, body.h/4)
	}
	return body.w * 70 / 100, body.h / 2
}

// relayout follows a change of size, focus or zoom, and gives every window its height.
func (a *App) relayout() {
	if a.focus == panePieces || a.focus == paneGroups {
		a.slot = a.focus
	}
	a.lay = newLayout(a.w, a.h, a.focus, a.slot, a.zoom)
	rowsOf := func(p pane) int { return max(1, a.lay.panes[p].h-1) }
	if h := rowsOf(paneGraph); a.lay.panes[paneGraph].h > 0 && h != a.graph.win.Height { // one that is not seen keeps its place
		a.graph.win.Resize(h)
		a.graph.y = a.graph.win.Y()
	}
	a.node.height = rowsOf(paneNode)
	a.pieces.win.Resize(rowsOf(panePieces))
	a.groups.win.Resize(rowsOf(paneGroups))
	a.finds.win.Resize(rowsOf(paneFinds))
	a.why.height = max(1, a.lay.body.h-2)
	a.tog.resize(a.lay.body)
	for _, w := range [...]*rows.Window{&a.help.win, &a.group.win, &a.near.win, &a.diff.win} {
		w.Resize(max(1, a.lay.body.h-1))
	}
}
