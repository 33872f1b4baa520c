package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTOSAFiles writes the delegates of a model and looks at what was written.
func TestTOSAFiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	if code, out, errs := call("run", linear, "--tosa", dir); code != ExitOK || !strings.Contains(out, "delegates  1") {
		t.Fatalf("exit code %d, output %q, %q", code, out, errs)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 || files[0].Name() != "tag0.tosa" {
		t.Fatalf("wrote %v, %v", files, err)
	}
	path := filepath.Join(dir, "tag0.tosa")
	for _, args := range [][]string{{"show", path}, {path}} {
		if code, out, errs := call(args...); code != ExitOK || !strings.Contains(out, "= CONV2D(") {
			t.Errorf("%q: exit code %d, output %q, %q", args, code, out, errs)
		}
	}
	if code, out, _ := call("show", path, "--json"); code != ExitOK || !strings.Contains(out, `"op": "CONV2D"`) {
		t.Errorf("show --json: exit code %d, output %q", code, out)
	}
	if code, _, errs := call("run", path); code != ExitInput || !strings.Contains(errs, "TOSA") {
		t.Errorf("run: exit code %d, %q", code, errs)
	}
}

// TestTOSABroken says that a broken TOSA file is an input error of one line, and that a folder that cannot be made is too.
func TestTOSABroken(t *testing.T) {
	path := filepath.Join(t.TempDir(), "broken.tosa")
	if err := os.WriteFile(path, []byte("\xff\xff\xff\x7fTOSA and no more"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"show", path}, {path}, {"run", linear, "--tosa", path}} {
		if code, out, errs := call(args...); code != ExitInput || out != "" || strings.Count(errs, "\n") != 1 {
			t.Errorf("%q: exit code %d, output %q, %q", args, code, out, errs)
		}
	}
}
