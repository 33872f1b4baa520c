package exec_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"seam/model"
	"seam/model/npz"
	"seam/tosa"
	"seam/tosa/exec"
)

// readProgram reads a .tosa file and prepares its first block.
func readProgram(tb testing.TB, path string) (*model.Graph, *exec.Program) {
	tb.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	f, err := tosa.Read(data, path)
	if err != nil {
		tb.Fatal(err)
	}
	g := f.Lowered().Graph
	p, err := exec.Compile(g)
	if err != nil {
		tb.Fatalf("%s: %v", path, err)
	}
	return g, p
}

// readIO is the inputs and outputs that the reference model read and gave: the arrays in0, in1, .. and out0, out1, ...
func readIO(tb testing.TB, path string) (in, out []*model.Tensor) {
	tb.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	arrays, err := npz.Read(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		tb.Fatalf("%s: %v", path, err)
	}
	byName := map[string]*model.Tensor{}
	for _, a := range arrays {
		byName[a.Name] = a.Tensor
	}
	for i := 0; byName[fmt.Sprintf("in%d", i)] != nil; i++ {
		in = append(in, byName[fmt.Sprintf("in%d", i)])
	}
	for i := 0; byName[fmt.Sprintf("out%d", i)] != nil; i++ {
		out = append(out, byName[fmt.Sprintf("out%d", i)])
	}
	return in, out
}

// compareRun runs one file on its recorded inputs and gives the first difference from the recorded outputs, "" if there is
// none.
func compareRun(tb testing.TB, file string) string {
	tb.Helper()
	_, p := readProgram(tb, file)
	in, want := readIO(tb, strings.TrimSuffix(file, ".tosa")+".io.npz")
	got, err := p.Run(context.Background(), in, nil)
	if err != nil {
		return err.Error()
	}
	if len(got) != len(want) || len(want) == 0 {
		return fmt.Sprintf("%d outputs, want %d", len(got), len(want))
	}
	for i, w := range want {
		if d := firstDifference(got[i], w); d != "" {
			return fmt.Sprintf("output %d: %s", i, d)
		}
	}
	return ""
}

// firstDifference compares two tensors byte for byte.
func firstDifference(got, want *model.Tensor) string {
	if !got.Type().Equal(want.Type()) {
		return fmt.Sprintf("%s, want %s", got.Type().T.Format(nil), want.Type().T.Format(nil))
	}
	if bytes.Equal(got.Raw, want.Raw) {
		return ""
	}
	a, _ := got.Ints()
	b, _ := want.Ints()
	first, n := -1, 0
	for i := range a {
		if a[i] != b[i] {
			if n++; first < 0 {
				first = i
			}
		}
	}
	return fmt.Sprintf("%d of %d elements differ, the first at %d: %d, want %d", n, len(a), first, a[first], b[first])
}

// TestRecorded runs the committed delegates, int8 and int16.
func TestRecorded(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "*.tosa"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, f := range files {
		if d := compareRun(t, f); d != "" {
			t.Errorf("%s: %s", f, d)
		}
	}
}

// corpusFiles is every .tosa file of the corpus that has recorded inputs and outputs.
func corpusFiles(tb testing.TB) []string {
	tb.Helper()
	dir := os.Getenv("SEAM_CORPUS")
	if dir == "" {
		tb.Skip("SEAM_CORPUS is not set")
	}
	files, err := filepath.Glob(filepath.Join(dir, "models", "*", "tosa", "*", "*.io.npz"))
	if err != nil || len(files) == 0 {
		tb.Fatalf("%d files, %v", len(files), err)
	}
	for i, f := range files {
		files[i] = strings.TrimSuffix(f, ".io.npz") + ".tosa"
	}
	return files
}

// TestCorpus runs every delegate of the corpus on the inputs that the reference model was given.
func TestCorpus(t *testing.T) {
	equal := 0
	files := corpusFiles(t)
	for _, f := range files {
		parts := strings.Split(filepath.ToSlash(f), "/")
		name := strings.Join(parts[len(parts)-4:], "/")
		if d := compareRun(t, f); d != "" {
			t.Errorf("%s: %s", name, d)
			continue
		}
		equal++
	}
	t.Logf("%d of %d delegates give the reference model's bytes", equal, len(files))
}
