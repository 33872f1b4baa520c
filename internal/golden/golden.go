// Package golden compares what a test got with a file, and rewrites the file under -update. Only tests import it.
//
//	go test ./model -update
package golden

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// update is the one -update flag of a test binary.
var update = flag.Bool("update", false, "rewrite golden files instead of comparing with them")

// Updating says whether golden files are being rewritten.
func Updating() bool { return *update }

// Compare fails t unless the file at path holds got; the failure shows the first line that differs. Under -update it writes
// the file.
func Compare(t testing.TB, path, got string) {
	t.Helper()
	if Updating() {
		write(t, path, []byte(got))
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("golden file: %v (run with -update to write it)", err)
	}
	if d := Diff(string(want), got); d != "" {
		t.Errorf("%s: %s", path, d)
	}
}

func write(t testing.TB, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatalf("golden file: %v", err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatalf("golden file: %v", err)
	}
}

// Diff describes the first line in which two texts differ, "" if they are equal.
func Diff(want, got string) string {
	if want == got {
		return ""
	}
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	i := 0
	for i < len(w) && i < len(g) && w[i] == g[i] {
		i++
	}
	return fmt.Sprintf("line %d\nwant: %s\n got: %s", i+1, lineAt(w, i), lineAt(g, i))
}

func lineAt(lines []string, i int) string {
	if i >= len(lines) {
		return "(end of text)"
	}
	return lines[i]
}
