package lanes

import (
	"testing"
)

// star is n sources that the last row reads.
func star(n int) Source {
	all := make([]int32, n)
	for i := range all {
		all[i] = int32(i)
	}
	return Source{n + 1, func(i int) []int32 {
		if i < n {
			return nil
		}
		return all
	}}
}

func TestFoldedCount(t *testing.T) {
	l := New(star(150))
	if got, want := l.Width(8), 2*7+countCells; got != want {
		t.Errorf("width in 8 of 150 lanes: %d cells, want %d", got, want)
	}
	for _, c := range []struct {
		row  int
		want string
	}{
		{0, "○                 "},
		{98, "│ │ │ │ │ │ ○ ┊92 "},
		{120, "│ │ │ │ │ │ ○ ┊99+"},
		{150, "●─┴─┴─┴─┴─┴─┴─╯   "},
	} {
		if got := l.Rows(c.row, c.row+1, Unicode, 8)[0]; got != c.want {
			t.Errorf("row %d: %q, want %q", c.row, got, c.want)
		}
	}
}

func TestLinesCutAroundTheNode(t *testing.T) {
	l := New(network(600))
	rows := l.Rows(300, 360, Unicode, 8)
	for i, n := range l.Lines(300, 360, Unicode, 8) {
		if n.Node != "●" || n.Before+n.Node+n.After != rows[i] {
			t.Errorf("row %d: %q %q %q, want the parts of %q", 300+i, n.Before, n.Node, n.After, rows[i])
		}
	}
}

func TestCheckpointsAreBounded(t *testing.T) {
	const n = 20_000
	total := 0
	for _, m := range New(star(n)).marks {
		total += len(m.lane)
	}
	if total > n {
		t.Errorf("%d rows: checkpoints hold %d lanes together", n, total)
	}
}

func TestRowsOutsideTheGraph(t *testing.T) {
	l := New(Source{})
	if got := l.Rows(0, 10, Unicode, 8); len(got) != 0 || l.Width(8) != 0 {
		t.Errorf("empty graph: %q, width %d", got, l.Width(8))
	}
	l = New(network(10))
	if got := l.Rows(-5, 100, Unicode, 8); len(got) != 10 {
		t.Errorf("10 rows: %d drawn", len(got))
	}
	if got := l.Rows(0, 10, Unicode, 1<<40); len(got) != 10 || got[0] != "○   " {
		t.Errorf("lanes without a bound: %q", got)
	}
	if got := l.Rows(7, 3, Unicode, 8); len(got) != 0 {
		t.Errorf("rows 7 to 3: %q", got)
	}
}
