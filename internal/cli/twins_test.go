package cli

import (
	"encoding/xml"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"seam/internal/golden"
)

const rulesText = `max-delegates: 1
max-stranded-ops: 0
max-boundary-bytes: 64KiB
min-delegated-percent: 99
forbid: [unequal-scales, alias-missing, inplace-unannotated, boundary-dtype]
allow:
  - {finding: stranded, op: "aten.argmax.*", reason: "last layer, wanted on host"}
max-increase: {delegates: 0, boundary-bytes: 5%}
`

// files writes rules, and snapshots of the seed's model under two packs, into a new working directory; it gives the path of the
// model and its data.
func files(t *testing.T) []string {
	t.Helper()
	model, err := filepath.Abs("../../samples/emg")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	put(t, "r.yaml", rulesText)
	args := []string{model + "/model.pt2", "--calib", model + "/calib.npz", "--static"}
	for pack, out := range map[string]string{"1.4.1": "old.json", "1.5.1": "new.json"} {
		if code, _, errs := call(append([]string{"snapshot", "--pack", pack, "-o", out}, args...)...); code != ExitOK {
			t.Fatalf("snapshot: code %d: %s", code, errs)
		}
	}
	return args
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestDiffExitCodes(t *testing.T) {
	model := files(t)
	b, err := os.ReadFile("old.json")
	if err != nil {
		t.Fatal(err)
	}
	put(t, "major.json", strings.Replace(string(b), `"schema_version": "1.`, `"schema_version": "2.`, 1))
	put(t, "minor.json", strings.Replace(string(b), `"schema_version": "1.1.0"`, `"later": 1, "schema_version": "1.99.0"`, 1))
	put(t, "other.json", `{"schema": "x", "schema_version": "1.0.0"}`)
	put(t, "broken.json", `{"schema": `)
	with := func(args ...string) []string { return append(append([]string{"diff"}, model...), args...) }
	tests := []struct {
		name         string
		args         []string
		code         int
		stdout, errs string
	}{
		{"merged", []string{"diff", "old.json", "new.json"}, ExitOK, "D1, D2 merged into D1; gained aten_cat_default", ""},
		{"split", []string{"diff", "new.json", "old.json", "--exit-code"}, ExitFindings, "D1 split into D1, D2; lost aten_cat_default", ""},
		{"stranded", []string{"diff", "new.json", "old.json"}, ExitOK, "on the CPU: aten.cat.default x1, aten_cat_default (networks.py:35); why: aten.concat.default is missing", ""},
		{"equal", []string{"diff", "old.json", "old.json", "--exit-code"}, ExitOK, "no difference", ""},
		{"minor version", []string{"diff", "old.json", "minor.json", "--exit-code"}, ExitOK, "no difference", ""},
		{"packs", with("--pack", "1.4.1..1.5.1", "--exit-code", "--json"), ExitFindings, `"kind": "merged"`, ""},
		{"code in the JSON", []string{"diff", "old.json", "new.json", "--exit-code", "--json"}, ExitFindings, `"exit_code": 1`, ""},
		{"targets", with("--target", "ethos-u55-128..ethos-u85-256", "--exit-code", "-f", "md"), ExitOK, "### diff model.pt2 (ethos-u55-128)", ""},
		{"stages", with("--stage", "traced..edge"), ExitOK, "~ aten.conv1d.default -> aten.convolution.default", ""},
		{"same stage", with("--stage", "edge..edge", "--exit-code"), ExitOK, "no difference", ""},
		{"snapshot and model", []string{"diff", "old.json", model[0], "--calib", model[2], "--static", "--pack", "1.4.1", "--exit-code"}, ExitOK, "no difference", ""},
		{"major version", []string{"diff", "old.json", "major.json"}, ExitInput, "", `schema_version "2.1.0" is not known: this program reads 1.x`},
		{"other schema", []string{"diff", "old.json", "other.json"}, ExitInput, "", `schema is "x"`},
		{"broken", []string{"diff", "broken.json", "old.json"}, ExitInput, "", "broken.json"},
		{"no file", []string{"diff", "none.json", "old.json"}, ExitInput, "", "none.json"},
		{"one", []string{"diff", "old.json"}, ExitUsage, "", "nothing to compare"},
		{"stage and two", []string{"diff", "old.json", "new.json", "--stage", "traced..edge"}, ExitUsage, "", "--stage compares"},
		{"stage of a snapshot", []string{"diff", "old.json", "--stage", "traced..edge"}, ExitUsage, "", "is a snapshot"},
		{"stages backward", with("--stage", "edge..traced"), ExitUsage, "", "name the earlier one first"},
		{"stage", with("--stage", "edge"), ExitUsage, "", "want A..B"},
		{"range and two", []string{"diff", "old.json", "new.json", "--pack", "1.4.1..1.5.1"}, ExitUsage, "", ""},
		{"flags of snapshots", []string{"diff", "old.json", "new.json", "--static"}, ExitUsage, "", "do not go with them"},
		{"pack", with("--pack", "1.4.1..9.9"), ExitUsage, "", "9.9"},
	}
	for _, x := range tests {
		t.Run(x.name, func(t *testing.T) {
			code, out, errs := call(x.args...)
			if code != x.code || !strings.Contains(out, x.stdout) || !strings.Contains(errs, x.errs) {
				t.Errorf("code %d, want %d\n%s\nwant %q\n%s\nwant %q", code, x.code, out, x.stdout, errs, x.errs)
			}
		})
	}
}

func TestCheckExitCodes(t *testing.T) {
	model := files(t)
	put(t, "wrong.yaml", "max-delegates: 1\nmax-delgates: 2\n")
	put(t, "allow.yaml", "max-stranded-ops: 0\nforbid: [stranded, alias-missing]\nallow: [{finding: alias-*, op: \"aten.concat.*\", reason: known}]\n")
	with := func(args ...string) []string { return append(append([]string{"check"}, model...), args...) }
	tests := []struct {
		name         string
		args         []string
		code         int
		stdout, errs string
	}{
		{"passes", with("--rules", "r.yaml"), ExitOK, "ok   max-delegates: 1 delegate, at most 1", ""},
		{"fails", with("--rules", "r.yaml", "--pack", "1.4.1"), ExitFindings, "FAIL forbid alias-missing: aten.concat.default is missing in family shared.concat x1 (why: C1)", ""},
		{"chain", with("--rules", "r.yaml", "--pack", "1.4.1"), ExitFindings, "it lacks aten.concat.default", ""},
		{"fix", with("--rules", "r.yaml", "--pack", "1.4.1"), ExitFindings, "--set shared.concat:aten.concat.default=on", ""},
		{"no fail", with("--rules", "r.yaml", "--pack", "1.4.1", "--no-fail"), ExitOK, "FAIL", ""},
		{"snapshot", []string{"check", "old.json", "--rules", "r.yaml"}, ExitFindings, "unequal scales", ""},
		{"allowed", with("--rules", "allow.yaml", "--pack", "1.4.1"), ExitOK, "allowed: aten_cat_default aten.cat.default (networks.py:35): known", ""},
		{"not needed", with("--rules", "allow.yaml"), ExitOK, "allow alias-* aten.concat.* is not needed", ""},
		{"baseline", []string{"check", "old.json", "--baseline", "new.json"}, ExitFindings, "FAIL max-increase delegates: 2, 1 in the baseline, at most 1", "the baseline is of pack 1.5.1"},
		{"better than the baseline", []string{"check", "new.json", "--baseline", "old.json"}, ExitOK, "ok   max-increase boundary-bytes", ""},
		{"github", []string{"check", "old.json", "--rules", "r.yaml", "-f", "github"}, ExitFindings, "::error file=networks.py,line=35,title=seam max-delegates::", ""},
		{"sarif", []string{"check", "old.json", "--rules", "r.yaml", "-f", "sarif"}, ExitFindings, `"startLine": 35`, ""},
		{"json", []string{"check", "old.json", "--rules", "r.yaml", "--json"}, ExitFindings, `"exit_code": 1`, ""},
		{"wrong rules", with("--rules", "wrong.yaml"), ExitUsage, "", "wrong.yaml:2: unknown field"},
		{"no rules file", with("--rules", "none.yaml"), ExitInput, "", "none.yaml"},
		{"no baseline file", with("--baseline", "none.json"), ExitInput, "", "none.json"},
		{"nothing to check", with(), ExitUsage, "", "nothing to check against"},
		{"flags of a snapshot", []string{"check", "old.json", "--rules", "r.yaml", "--static"}, ExitUsage, "", "old.json is a snapshot"},
		{"no model", []string{"check", "none.pt2", "--rules", "r.yaml"}, ExitInput, "", "none.pt2"},
	}
	for _, x := range tests {
		t.Run(x.name, func(t *testing.T) {
			code, out, errs := call(x.args...)
			if code != x.code || !strings.Contains(out, x.stdout) || !strings.Contains(errs, x.errs) {
				t.Errorf("code %d, want %d\n%s\nwant %q\n%s\nwant %q", code, x.code, out, x.stdout, errs, x.errs)
			}
		})
	}
	put(t, rulesFile, rulesText)
	if err := os.Mkdir("below", 0o755); err != nil {
		t.Fatal(err)
	}
	t.Chdir("below")
	if code, out, errs := call("check", "../old.json"); code != ExitFindings {
		t.Errorf("rules above the working directory: code %d\n%s%s", code, out, errs)
	}
}

// TestCheckJUnit reads the XML back.
func TestCheckJUnit(t *testing.T) {
	files(t)
	code, out, _ := call("check", "old.json", "--rules", "r.yaml", "-f", "junit")
	var doc struct {
		Failures int `xml:"failures,attr"`
		Suite    struct {
			Cases []struct {
				Name    string `xml:"name,attr"`
				Failure *struct {
					Text string `xml:",chardata"`
				} `xml:"failure"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal([]byte(out), &doc); err != nil || code != ExitFindings {
		t.Fatalf("code %d: %v", code, err)
	}
	failed := 0
	for _, c := range doc.Suite.Cases {
		if c.Failure == nil {
			continue
		}
		if failed++; !strings.Contains(c.Failure.Text, "it lacks aten.concat.default") {
			t.Errorf("%s fails without the chain: %s", c.Name, c.Failure.Text)
		}
	}
	if failed != 5 || doc.Failures != failed {
		t.Errorf("%d failed of %d, %d in the head; want 5", failed, len(doc.Suite.Cases), doc.Failures)
	}
}

func TestShowCSV(t *testing.T) {
	for what, head := range map[string]string{
		"nodes":      "#,node,op,type,spec,scale,zero,on,source\n",
		"delegates":  "id,tag,nodes,bytes,in,out,macs\nD1,tag0,",
		"groups":     "id,kind,scale,zero,places,anchor,won,lost,bits_lost,members\n0,",
		"boundaries": "id,from,to,bytes,types,tensors\nB1,input,D1,8,",
	} {
		code, out, errs := call("show", linear, "--what", what, "--csv")
		if code != ExitOK || !strings.HasPrefix(out, head) {
			t.Errorf("%s: code %d\n%s%s\nwant first %q", what, code, out, errs, head)
		}
	}
}

// TestConvert compares the pictures of a small model with golden files, from the model and from its snapshot.
func TestConvert(t *testing.T) {
	snap := filepath.Join(t.TempDir(), "linear.json")
	if code, _, errs := call("snapshot", linear, "-o", snap); code != ExitOK {
		t.Fatal(errs)
	}
	for to, file := range map[string]string{"dot": "linear.dot", "mermaid": "linear.mmd", "model-explorer": "linear.me.json"} {
		code, out, errs := call("convert", linear, "--to", to)
		if code != ExitOK {
			t.Fatalf("%s: code %d: %s", to, code, errs)
		}
		golden.Compare(t, "testdata/convert/"+file, out)
		if _, again, _ := call("convert", snap, "--to", to); again != out {
			t.Errorf("%s of the snapshot: %s", to, golden.Diff(out, again))
		}
	}
	if code, _, _ := call("convert", linear, "--to", "png"); code != ExitUsage {
		t.Errorf("code %d for a format that is not known", code)
	}
}

// TestSnapshotDeterministic writes snapshots on one and on four processors.
func TestSnapshotDeterministic(t *testing.T) {
	runs := map[string][]string{"the sample": append([]string{"snapshot", "--pack", "1.4.1"}, sample()...)}
	if corpus := os.Getenv("SEAM_CORPUS"); corpus != "" {
		dir := filepath.Join(corpus, "models", "resnet8")
		runs["resnet8"] = []string{"snapshot", filepath.Join(dir, "model.pt2"), "--calib", filepath.Join(dir, "calib.npz")}
	}
	for name, args := range runs {
		var text [2]string
		for i, procs := range []int{1, 4} {
			was := runtime.GOMAXPROCS(procs)
			code, out, errs := call(args...)
			runtime.GOMAXPROCS(was)
			if code != ExitOK {
				t.Fatalf("%s: code %d: %s", name, code, errs)
			}
			text[i] = out
		}
		if d := golden.Diff(text[0], text[1]); d != "" {
			t.Errorf("%s differs between one processor and four: %s", name, d)
		}
	}
}

func TestLogFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "seam.log")
	if code, _, errs := call("run", linear, "--log-file", path); code != ExitOK || errs != "" {
		t.Fatalf("code %d: %s", code, errs)
	}
	b, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(b), "stage=partitioned") || !strings.Contains(string(b), "msg=done") {
		t.Errorf("log: %v\n%s", err, b)
	}
	if code, _, errs := call("run", linear, "--log-file", filepath.Join(path, "x")); code != ExitInput || !strings.Contains(errs, "--log-file") {
		t.Errorf("code %d, %s", code, errs)
	}
}
