package golden

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDiff(t *testing.T) {
	for _, c := range []struct{ want, got, diff string }{
		{"", "", ""},
		{"a\nb\n", "a\nb\n", ""},
		{"a\nb\n", "a\nc\n", "line 2\nwant: b\n got: c"},
		{"a\n", "a", "line 2\nwant: \n got: (end of text)"},
		{"a", "a\nb", "line 2\nwant: (end of text)\n got: b"},
	} {
		if d := Diff(c.want, c.got); d != c.diff {
			t.Errorf("Diff(%q, %q) = %q, want %q", c.want, c.got, d, c.diff)
		}
	}
}

// recorder takes the failures that a helper reports.
type recorder struct {
	testing.TB
	text string
}

func (r *recorder) Helper() {}

func (r *recorder) Errorf(format string, args ...any) { r.text += format }

func TestUpdate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "x.txtar")
	updating(t, true)
	Compare(t, path, "head\n-- in --\n1\n")
	a := ReadTxtar(t, path)
	a.Compare(t, "in", "2")
	a.Compare(t, "out", "3\n")
	a.Save(t)

	updating(t, false)
	data, _ := os.ReadFile(path)
	if want := "head\n-- in --\n2\n-- out --\n3\n"; string(data) != want {
		t.Fatalf("archive is %q, want %q", data, want)
	}
	a = ReadTxtar(t, path)
	if a.Comment() != "head\n" || strings.Join(a.Names(), " ") != "in out" || a.Has("none") || a.File("none") != "" {
		t.Errorf("read back: comment %q, names %q", a.Comment(), a.Names())
	}
	a.Compare(t, "in", "2\n")
	Compare(t, path, string(data))
}

func TestFailures(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.txtar")
	updating(t, true)
	Compare(t, path, "-- in --\n1\n")
	updating(t, false)
	a := ReadTxtar(t, path)
	for name, f := range map[string]func(testing.TB){
		"changed file":    func(t testing.TB) { Compare(t, path, "2") },
		"changed entry":   func(t testing.TB) { a.Compare(t, "in", "2") },
		"entry not there": func(t testing.TB) { a.Compare(t, "out", "") },
	} {
		r := &recorder{TB: t}
		if f(r); r.text == "" {
			t.Errorf("%s: no failure", name)
		}
	}
}

func updating(t *testing.T, on bool) {
	was := *update
	*update = on
	t.Cleanup(func() { *update = was })
}
