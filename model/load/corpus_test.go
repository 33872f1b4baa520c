package load

import (
	"os"
	"path/filepath"
	"testing"

	"seam/model"
)

// TestCorpus opens every case of the corpus with its calibration data.
func TestCorpus(t *testing.T) {
	dir := os.Getenv("SEAM_CORPUS")
	if dir == "" {
		t.Skip("SEAM_CORPUS is not set")
	}
	cases, err := filepath.Glob(filepath.Join(dir, "*", "*", "model.pt2"))
	if err != nil || len(cases) < 700 {
		t.Fatalf("%d cases in %s, %v", len(cases), dir, err)
	}
	for _, path := range cases {
		m, err := Open(path)
		if err != nil {
			t.Error(err)
			continue
		}
		if len(m.Program.Warnings) > 0 {
			t.Errorf("%s: %v", path, m.Program.Warnings)
		}
		d, err := Calib(filepath.Join(filepath.Dir(path), "calib.npz"), m)
		if err != nil {
			t.Error(err)
			continue
		}
		checkBatches(t, path, m, d)
		checkBatches(t, path+" (synthetic)", m, Synthetic(m, 1, 2))
	}
}

// checkBatches checks that each batch has a tensor with all its elements for each tensor input, and none for the others.
func checkBatches(t *testing.T, name string, m *Model, d *Data) {
	t.Helper()
	if len(d.Batches) == 0 {
		t.Errorf("%s: no batches", name)
	}
	for i, b := range d.Batches {
		for j, in := range m.Program.Inputs {
			if wants := in.Type.IsTensor() && in.Kind == model.UserInput; wants != (b[j] != nil) {
				t.Errorf("%s: batch %d, input %d (%s): tensor wanted %v, got %v", name, i, j, in.ArgName, wants, b[j] != nil)
			} else if wants && int64(b[j].Len()) != b[j].Shape.Numel() {
				t.Errorf("%s: batch %d, input %d: %d elements for %s", name, i, j, b[j].Len(), b[j].Type().T.Format(nil))
			}
		}
	}
}
