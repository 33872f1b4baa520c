package rows

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

func TestWindow(t *testing.T) {
	start := Window{Len: 100, Height: 10, Offset: 40, Cursor: 45}
	for _, c := range []struct {
		name string
		do   func(w *Window)
		want Window
	}{
		{"move inside", func(w *Window) { w.Move(4) }, Window{100, 10, 40, 49}},
		{"move past the bottom edge", func(w *Window) { w.Move(6) }, Window{100, 10, 42, 51}},
		{"move past the top edge", func(w *Window) { w.Move(-7) }, Window{100, 10, 38, 38}},
		{"move past the end", func(w *Window) { w.Move(1000) }, Window{100, 10, 90, 99}},
		{"page down keeps the height", func(w *Window) { w.Page(1, false) }, Window{100, 10, 50, 55}},
		{"half page up", func(w *Window) { w.Page(-1, true) }, Window{100, 10, 35, 40}},
		{"pages past the end", func(w *Window) { w.Page(9, false) }, Window{100, 10, 90, 99}},
		{"top", (*Window).Top, Window{100, 10, 0, 0}},
		{"bottom", (*Window).Bottom, Window{100, 10, 90, 99}},
		{"goto in view", func(w *Window) { w.Goto(41) }, Window{100, 10, 40, 41}},
		{"goto far", func(w *Window) { w.Goto(80) }, Window{100, 10, 71, 80}},
		{"place", func(w *Window) { w.Place(80) }, Window{100, 10, 75, 80}},
		{"place near the start", func(w *Window) { w.Place(2) }, Window{100, 10, 0, 2}},
		{"center", func(w *Window) { w.Goto(49); w.Center() }, Window{100, 10, 44, 49}},
		{"scroll leaves the cursor", func(w *Window) { w.Scroll(3) }, Window{100, 10, 43, 45}},
		{"scroll takes the cursor along", func(w *Window) { w.Scroll(20) }, Window{100, 10, 60, 60}},
		{"scroll up past the start", func(w *Window) { w.Scroll(-50) }, Window{100, 10, 0, 9}},
		{"smaller window", func(w *Window) { w.Resize(7) }, Window{100, 7, 40, 45}},
		{"window smaller than the cursor's height", func(w *Window) { w.Resize(3) }, Window{100, 3, 43, 45}},
		{"larger window", func(w *Window) { w.Resize(30) }, Window{100, 30, 40, 45}},
		{"window larger than the list", func(w *Window) { w.Resize(300) }, Window{100, 300, 0, 45}},
		{"no window", func(w *Window) { w.Resize(-1) }, Window{100, 0, 45, 45}},
		{"longer list", func(w *Window) { w.SetLen(1000) }, Window{1000, 10, 40, 45}},
		{"list ends in the window", func(w *Window) { w.SetLen(47) }, Window{47, 10, 37, 45}},
		{"cursor's row is gone", func(w *Window) { w.SetLen(30) }, Window{30, 10, 20, 29}},
		{"list shorter than the window", func(w *Window) { w.SetLen(4) }, Window{4, 10, 0, 3}},
		{"empty list", func(w *Window) { w.SetLen(0) }, Window{0, 10, 0, 0}},
		{"move in an empty list", func(w *Window) { w.SetLen(0); w.Move(1); w.Bottom() }, Window{0, 10, 0, 0}},
	} {
		w := start
		if c.do(&w); w != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, w, c.want)
		}
	}
}

func TestVisible(t *testing.T) {
	w := Window{Len: 5, Height: 3, Offset: 2, Cursor: 3}
	if from, to := w.Visible(); from != 2 || to != 5 {
		t.Errorf("visible [%d, %d), want [2, 5)", from, to)
	}
	for y, want := range map[int]string{-1: "1 false", 0: "2 true", 2: "4 true", 3: "5 false"} {
		i, ok := w.At(y)
		if got := fmt.Sprint(i, ok); got != want {
			t.Errorf("row at height %d: %s, want %s", y, got, want)
		}
	}
	w = Window{Height: 5}
	if from, to := w.Visible(); from != 0 || to != 0 {
		t.Errorf("empty list: visible [%d, %d)", from, to)
	}
}

// TestInvariants moves at random and checks what Window promises.
func TestInvariants(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var w Window
	for step := range 20_000 {
		op, d := r.IntN(9), r.IntN(61)-30
		switch op {
		case 0:
			w.Move(d)
		case 1:
			w.Page(d/10, d%2 == 0)
		case 2:
			w.Goto(d)
		case 3:
			w.Place(d)
		case 4:
			w.Scroll(d)
		case 5:
			w.Resize(d)
		case 6:
			w.SetLen(2 * d)
		case 7:
			w.Center()
		case 8:
			w.Bottom()
		}
		from, to := w.Visible()
		ok := w.Offset >= 0 && w.Offset <= w.Cursor && w.Cursor < max(1, w.Len) && from <= to
		ok = ok && (w.Height == 0 || w.Cursor < w.Offset+w.Height)
		ok = ok && (w.Len < w.Height || w.Height == 0 || to-from == w.Height)
		if !ok {
			t.Fatalf("step %d, operation %d by %d: %+v shows [%d, %d)", step, op, d, w, from, to)
		}
	}
}
