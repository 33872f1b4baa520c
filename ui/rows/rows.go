// Package rows is the arithmetic of a list of which only a window is drawn. It stores no items.
package rows

// Window is a list of Len rows of which Height are on the screen, from Offset on. The cursor is on one of them. Len and
// Height change through SetLen and Resize, which keep 0 <= Offset <= Cursor < Offset+Height and Cursor < Len; an empty
// list has both at 0.
type Window struct {
	Len, Height, Offset, Cursor int
}

// Move moves the cursor d rows down, or up if d is negative.
func (w *Window) Move(d int) { w.Goto(w.Cursor + d) }

// Page moves the cursor and the window together by d pages, or half pages.
func (w *Window) Page(d int, half bool) {
	step := max(1, w.Height)
	if half {
		step = max(1, w.Height/2)
	}
	y := w.Y()
	w.Cursor += d * step
	w.hold(y)
}

// Top puts the cursor on the first row.
func (w *Window) Top() { w.Goto(0) }

// Bottom puts the cursor on the last row.
func (w *Window) Bottom() { w.Goto(w.Len - 1) }

// Goto puts the cursor on row i, and moves the window no further than that needs.
func (w *Window) Goto(i int) {
	w.Cursor = i
	w.clamp()
}

// Place puts the cursor on row i at the same height of the screen: the list changed, and i is the row that has the focus.
func (w *Window) Place(i int) { w.PlaceAt(i, w.Y()) }

// PlaceAt puts the cursor on row i at height y of the screen, as far as the ends of the list allow.
func (w *Window) PlaceAt(i, y int) {
	w.Cursor = i
	w.hold(y)
}

// Center moves the window so that the cursor is in the middle of it.
func (w *Window) Center() { w.hold(w.Height / 2) }

// Scroll moves the window d rows down. The cursor stays on its row, or on the nearest that can be seen.
func (w *Window) Scroll(d int) {
	w.Offset = clamp(w.Offset+d, 0, w.Len-w.Height)
	w.Goto(clamp(w.Cursor, w.Offset, w.Offset+max(1, w.Height)-1))
}

// Resize gives the window h rows of the screen and keeps the cursor at its height if that is still there.
func (w *Window) Resize(h int) {
	y := w.Y()
	w.Height = max(0, h)
	w.hold(y)
}

// SetLen says that the list has n rows now and keeps the cursor's row, or the last, at the same height if possible.
func (w *Window) SetLen(n int) {
	y := w.Y()
	w.Len = max(0, n)
	w.hold(y)
}

// Visible is the range of rows, from included and to not, that the window shows.
func (w *Window) Visible() (from, to int) {
	return w.Offset, min(w.Len, w.Offset+w.Height)
}

// At is the row at height y of the window, if there is one.
func (w *Window) At(y int) (i int, ok bool) {
	i = w.Offset + y
	return i, y >= 0 && y < w.Height && i < w.Len
}

// Y is the cursor's height in the window.
func (w *Window) Y() int { return w.Cursor - w.Offset }

// hold moves the window so that the cursor is at height y, as far as the ends of the list allow.
func (w *Window) hold(y int) {
	w.Cursor = clamp(w.Cursor, 0, w.Len-1)
	w.Offset = w.Cursor - clamp(y, 0, w.Height-1)
	w.clamp()
}

// clamp moves the cursor into the list and the window to the cursor.
func (w *Window) clamp() {
	w.Cursor = clamp(w.Cursor, 0, w.Len-1)
	w.Offset = clamp(w.Offset, w.Cursor-max(1, w.Height)+1, w.Cursor)
	w.Offset = clamp(w.Offset, 0, w.Len-max(1, w.Height))
}

// clamp is the value nearest to v in [lo, hi], or lo if that is empty.
func clamp(v, lo, hi int) int { return max(lo, min(v, hi)) }
