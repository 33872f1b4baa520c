package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"seam/internal/record"
	"seam/internal/snapshot"
	"seam/ui"
)

const (
	linear  = "testdata/linear.pt2"  // one linear layer
	dynamic = "testdata/dynamic.pt2" // symbolic sizes
	clamp   = "testdata/case"        // an operator case with recordings
)

// call runs seam without a terminal.
func call(args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = Main(args, strings.NewReader(""), &out, &errs)
	return code, out.String(), errs.String()
}

// broken writes a file that is no model.
func broken(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "broken.pt2")
	if err := os.WriteFile(path, []byte("PK\x03\x04 and no more"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestExitCodes(t *testing.T) {
	recording := clamp + "/golden-legacy-u55.json"
	tests := []struct {
		name   string
		args   []string
		code   int
		stdout string // text that is in it
		stderr string
	}{
		{"run", []string{"run", linear}, ExitOK, "delegates  1", ""},
		{"the model alone", []string{linear}, ExitOK, "delegates  1", "no terminal"},
		{"plain", []string{linear, "--plain"}, ExitOK, "delegates  1", ""},
		{"the sample", []string{"--plain"}, ExitOK, "emg_cascade_dynamic_time.pt2", ""},
		{"json", []string{"run", linear, "--json"}, ExitOK, `"partitioned": true`, ""},
		{"like", []string{"run", clamp + "/model.pt2", "--like", recording}, ExitOK, "config     legacy-u55,", ""},
		{
			"flags over like",
			[]string{"run", clamp + "/model.pt2", "--like", recording, "--annotator", "composable", "--per-tensor"},
			ExitOK, "config     composable-u55-pt,", "",
		},
		{"pack", []string{"run", linear, "--pack", "1.3.1"}, ExitOK, "config     legacy-u55, pack 1.3.1", ""},
		{"pack of a sibling release", []string{"run", linear, "--pack", "1.4.0"}, ExitOK, "pack 1.4.1", ""},
		{"show", []string{"show", linear}, ExitOK, "npu D1", ""},
		{"show a stage", []string{"show", linear, "--stage", "traced"}, ExitOK, "aten.linear.default", ""},
		{"show groups", []string{"show", linear, "--what", "groups"}, ExitOK, "anchor", ""},
		{"show boundaries", []string{"show", linear, "--what", "boundaries", "--json"}, ExitOK, `"id": "B1"`, ""},
		{"explain", []string{"explain", linear}, ExitOK, "every operator runs on the NPU", ""},
		{"snapshot", []string{"snapshot", linear}, ExitOK, `"schema": "seam/snapshot"`, ""},
		{"snapshot in Markdown", []string{"snapshot", linear, "-f", "md"}, ExitOK, "### linear.pt2 on ethos-u55-128", ""},
		{"quantized model", []string{"snapshot", "testdata/qdq.pt2"}, ExitOK, `"origin": "recorded"`, ""},
		{"ops", []string{"ops"}, ExitOK, "aten.conv2d.default", ""},
		{"packs", []string{"packs", "--json"}, ExitOK, `"release": "1.5.1"`, ""},
		{"version", []string{"version"}, ExitOK, "seam " + Version, ""},
		{"help", []string{"--help"}, ExitOK, "parity", ""},

		{"flag", []string{"run", linear, "--nothing"}, ExitUsage, "", "unknown flag --nothing"},
		{"no model", []string{"run"}, ExitUsage, "", "<file>"},
		{"target", []string{"run", linear, "--target", "u1"}, ExitUsage, "", "Unknown ethos target"},
		{"pack not known", []string{"run", linear, "--pack", "9.9"}, ExitUsage, "", "9.9"},
		{"set", []string{"run", linear, "--set", "x"}, ExitUsage, "", "want FAMILY:OVERLOAD=on"},
		{"family", []string{"run", linear, "--set", "no.family:aten.cat.default=on"}, ExitUsage, "", `no family "no.family"`},
		{"shape of a static model", []string{"run", linear, "--shape", "s0=4"}, ExitUsage, "", "no symbolic shapes"},
		{"shape", []string{"run", dynamic, "--shape", "zz=4"}, ExitUsage, "", "symbols: "},
		{"shape twice", []string{"run", dynamic, "--shape", "a=4", "--shape", "a=5"}, ExitUsage, "", "already 4"},
		{"stage", []string{"show", linear, "--stage", "x"}, ExitUsage, "", "--stage x"},
		{"boundary", []string{"explain", linear, "B9"}, ExitUsage, "", "no boundary B9"},
		{"node of a quantized model", []string{"explain", "testdata/qdq.pt2", "nobody"}, ExitUsage, "", `no node "nobody"`},
		{"node", []string{"explain", linear, "nobody"}, ExitUsage, "", `no node "nobody"`},
		{"theme", []string{linear, "--color", "sometimes"}, ExitUsage, "", "--color"},
		{"parity without recordings", []string{"parity", linear}, ExitUsage, "", "want a model and its recordings"},
		{"ratchet of a part", []string{"parity", "--all", "testdata", "--only", "x", "--ratchet", "r"}, ExitUsage, "", "--only"},

		{"no file", []string{"run", "testdata/none.pt2"}, ExitInput, "", "none.pt2"},
		{"no calibration", []string{"run", linear, "--calib", "testdata/none.npz"}, ExitInput, "", "none.npz"},
		{"other calibration", []string{"run", linear, "--calib", clamp + "/calib.npz"}, ExitInput, "", "calib.npz"},
		{"no recording", []string{"run", linear, "--like", "testdata/none.json"}, ExitInput, "", "none.json"},
		{"a model as recording", []string{"run", linear, "--like", linear}, ExitInput, "", "linear.pt2"},
		{"no folder", []string{"parity", "--all", "testdata/none"}, ExitInput, "", "none"},
		{"parity of no model", []string{"parity", recording, recording}, ExitInput, "", "not a model"},
	}
	for _, x := range tests {
		t.Run(x.name, func(t *testing.T) {
			code, out, errs := call(x.args...)
			if code != x.code || !strings.Contains(out, x.stdout) || !strings.Contains(errs, x.stderr) {
				t.Errorf("seam %s: code %d, want %d\nstdout %s\nwant %q\nstderr %s\nwant %q", strings.Join(x.args, " "), code,
					x.code, out, x.stdout, errs, x.stderr)
			}
			if x.code != ExitOK && out != "" {
				t.Errorf("an error, and yet a result: %s", out)
			}
		})
	}
}

// TestErrorIsOneLine reads a broken model: file, place and reason on one line.
func TestErrorIsOneLine(t *testing.T) {
	path := broken(t)
	code, _, errs := call("run", path)
	if code != ExitInput || strings.Count(errs, "\n") != 1 || !strings.HasPrefix(errs, "seam: "+path+": ") {
		t.Errorf("code %d, stderr %q", code, errs)
	}
}

func TestRecord(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "own.json")
	model, like := clamp+"/model.pt2", clamp+"/golden-composable-u55.json"
	if code, _, errs := call("run", model, "--calib", clamp+"/calib.npz", "--like", like, "--record", out); code != ExitOK {
		t.Fatalf("code %d: %s", code, errs)
	}
	own, err := readRecording(out)
	if err != nil {
		t.Fatal(err)
	}
	if own.Seam == nil || own.Seam.Version != Version || own.Config.Name != "composable-u55" || own.Versions.Torch != "2.13.0" {
		t.Errorf("seam %+v, config %+v, versions %+v", own.Seam, own.Config, own.Versions)
	}
	want, err := readRecording(like)
	if err != nil {
		t.Fatal(err)
	}
	if d := record.Compare(own, want); !d.Equal() {
		t.Errorf("the run differs from the recording: %+v", d)
	}
	code, _, errs := call("run", model, "--record", filepath.Join(dir, "none", "own.json"))
	if code != ExitInput || !strings.Contains(errs, "own.json") {
		t.Errorf("a folder that is not there: code %d, %s", code, errs)
	}
}

func TestParity(t *testing.T) {
	code, out, errs := call("parity", clamp+"/model.pt2", clamp+"/golden-composable-u55.json", clamp+"/golden-legacy-u55.json")
	if code != ExitOK || !strings.Contains(out, "of 2 recordings") {
		t.Errorf("code %d\n%s%s", code, out, errs)
	}
	if n := strings.Count(out, "\n"); n > 12 {
		t.Errorf("%d lines where all is equal, want the table of at most 12:\n%s", n, out)
	}
}

// TestParityFinds compares with a recording that was changed, alone and below a folder.
func TestParityFinds(t *testing.T) {
	dir := t.TempDir()
	folder := filepath.Join(dir, "part", "case")
	if err := os.CopyFS(folder, os.DirFS(clamp)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "golden-legacy-u55.json")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data = bytes.Replace(data, []byte(`"delegates":1`), []byte(`"delegates":2`), 1)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, _ := call("parity", "--all", dir)
	const line = "1 delegates: delegates; part/case legacy-u55: got 1, want 2\n"
	if code != ExitParity || !strings.HasPrefix(out, line) {
		t.Errorf("code %d\n%s\nwant first %q", code, out, line)
	}
	code, out, _ = call("parity", "--all", dir, "--json")
	var doc parityJSON
	if err := json.Unmarshal([]byte(out), &doc); err != nil || code != ExitParity || len(doc.Classes) != 1 || doc.Recordings != 2 {
		t.Errorf("code %d, %v, %+v", code, err, doc)
	}
	if code, _, _ = call("parity", "--all", dir, "--only", "nothing"); code != ExitUsage {
		t.Errorf("code %d where nothing matches", code)
	}
	testRatchet(t, dir, path, data)
}

// testRatchet keeps the counts, then makes a recording agree less.
func testRatchet(t *testing.T, dir, path string, data []byte) {
	ratchet := filepath.Join(dir, "counts.txt")
	if code, _, errs := call("parity", "--all", dir, "--write-ratchet", ratchet); code != ExitParity {
		t.Fatalf("code %d: %s", code, errs)
	}
	if code, _, errs := call("parity", "--all", dir, "--ratchet", ratchet); code != ExitOK {
		t.Errorf("code %d against the same counts: %s", code, errs)
	}
	data = bytes.Replace(data, []byte(`"tags":["tag0"]`), []byte(`"tags":["tag7"]`), 1)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	code, _, errs := call("parity", "--all", dir, "--ratchet", ratchet)
	if code != ExitParity || !strings.Contains(errs, "part tags: 1 recordings agree, 2 before") {
		t.Errorf("code %d against higher counts: %s", code, errs)
	}
}

func TestFixText(t *testing.T) {
	tests := []struct {
		fix  snapshot.Fix
		want string
	}{
		{
			snapshot.Fix{Edit: "a:aten.cat.default=on", Text: "add it", Delegates: 1, Cost: "none", Computed: true},
			"add it (--set a:aten.cat.default=on): delegates 1; none",
		},
		{snapshot.Fix{Edit: "pack=1.5.1", Text: "use 1.5.1"}, "use 1.5.1 (--pack 1.5.1)"},
		{snapshot.Fix{Edit: "program", Text: "write it otherwise"}, "write it otherwise"},
	}
	for _, x := range tests {
		if got := x.fix.String(); got != x.want {
			t.Errorf("%q, want %q", got, x.want)
		}
	}
}

func TestShapes(t *testing.T) {
	f := configFlags{Shape: []string{"s9=4", "emg.2=64", "s9=4"}}
	if s, err := f.shapes(); err != nil || s != "emg.2=64;s9=4" {
		t.Errorf("%q, %v", s, err)
	}
}

func TestUTF8Locale(t *testing.T) {
	tests := []struct {
		all, lang string
		want      bool
	}{
		{"", "en_US.UTF-8", true},
		{"C.utf8", "", true},
		{"C", "en_US.UTF-8", false},
		{"", "", false},
	}
	t.Setenv("LC_CTYPE", "")
	for _, x := range tests {
		t.Setenv("LC_ALL", x.all)
		t.Setenv("LANG", x.lang)
		if got := utf8Locale(); got != x.want {
			t.Errorf("LC_ALL %q, LANG %q: %v, want %v", x.all, x.lang, got, x.want)
		}
	}
}

// TestExport writes what the screen exports.
func TestExport(t *testing.T) {
	f := modelFlags{Model: linear}
	s, err := f.open()
	if err != nil {
		t.Fatal(err)
	}
	res, err := s.run(&env{ctx: t.Context(), opts: &grammar{}})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for kind, want := range map[string]string{ui.ExportJSON: `"schema": "seam/snapshot"`, ui.ExportMarkdown: "### linear.pt2"} {
		path := filepath.Join(dir, kind)
		if err := s.export(t.Context())(kind, res, path); err != nil {
			t.Fatal(err)
		}
		if b, err := os.ReadFile(path); err != nil || !strings.Contains(string(b), want) {
			t.Errorf("%s: %v, no %q in %s", kind, err, want, b)
		}
	}
	if err := s.export(t.Context())("other", res, filepath.Join(dir, "x")); err == nil {
		t.Error("an export of a format that is not known")
	}
}
