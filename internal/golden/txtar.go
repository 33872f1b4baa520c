package golden

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// Txtar is one archive of test inputs and expected outputs.
type Txtar struct {
	Path string
	arc  *txtar.Archive
}

// ReadTxtar reads the archive at path.
func ReadTxtar(t testing.TB, path string) *Txtar {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("read archive: %v", err)
	}
	return &Txtar{path, txtar.Parse(data)}
}

// EachTxtar runs f as a subtest for every archive that matches pattern, and saves what f rewrote under -update. A pattern
// that matches nothing fails.
func EachTxtar(t *testing.T, pattern string, f func(*testing.T, *Txtar)) {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		t.Fatalf("archives %s: none found (%v)", pattern, err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			a := ReadTxtar(t, path)
			f(t, a)
			a.Save(t)
		})
	}
}

// Comment is the text in front of the archive's first file.
func (a *Txtar) Comment() string { return string(a.arc.Comment) }

// Names is the archive's files in order.
func (a *Txtar) Names() []string {
	names := make([]string, len(a.arc.Files))
	for i, f := range a.arc.Files {
		names[i] = f.Name
	}
	return names
}

// Has says whether the archive holds the file.
func (a *Txtar) Has(name string) bool { return a.index(name) >= 0 }

func (a *Txtar) index(name string) int {
	return slices.IndexFunc(a.arc.Files, func(f txtar.File) bool { return f.Name == name })
}

// File is the file's text, "" if the archive has none of that name.
func (a *Txtar) File(name string) string {
	if i := a.index(name); i >= 0 {
		return string(a.arc.Files[i].Data)
	}
	return ""
}

// Compare fails t unless the archive's file holds got, but for a final newline that every file of an archive has. Under
// -update it replaces or appends the file; Save writes it.
func (a *Txtar) Compare(t testing.TB, name, got string) {
	t.Helper()
	if got != "" && !strings.HasSuffix(got, "\n") {
		got += "\n"
	}
	if Updating() {
		a.set(name, got)
		return
	}
	if !a.Has(name) {
		t.Errorf("%s: no file %s (run with -update to write it)", a.Path, name)
	} else if d := Diff(a.File(name), got); d != "" {
		t.Errorf("%s: %s: %s", a.Path, name, d)
	}
}

func (a *Txtar) set(name, text string) {
	if i := a.index(name); i >= 0 {
		a.arc.Files[i].Data = []byte(text)
		return
	}
	a.arc.Files = append(a.arc.Files, txtar.File{Name: name, Data: []byte(text)})
}

// Save writes the archive back under -update, and does nothing otherwise.
func (a *Txtar) Save(t testing.TB) {
	t.Helper()
	if Updating() {
		write(t, a.Path, txtar.Format(a.arc))
	}
}
