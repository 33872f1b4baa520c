package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"seam/samples"
)

// splitModel writes the embedded sample and its data, and is the flags that give it two delegates.
func splitModel(t *testing.T) []string {
	t.Helper()
	dir := t.TempDir()
	name, data, calib, _ := samples.Default()
	model, npz := filepath.Join(dir, name), filepath.Join(dir, "calib.npz")
	for path, b := range map[string][]byte{model: data, npz: calib} {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return []string{model, "--calib", npz, "--static", "--pack", "1.4.1"}
}

func TestWhatIf(t *testing.T) {
	model := splitModel(t)
	const alias = "shared.concat:aten.concat.default=on"
	tests := []struct {
		name   string
		args   []string
		code   int
		stdout []string // texts that are in it
		stderr string
	}{
		{
			"an entry of a list",
			[]string{"--set", alias},
			ExitOK,
			[]string{
				"what-if  " + alias + ": no release does this", "delegates               2       1",
				"aten.concat.default is missing in family shared.concat  [P-ARM-QUANTIZED]; 0 MACs and 24576 bytes on the CPU, " +
					"6144 bytes cross; without it: 1 delegate",
				"aten_cat_default  H1 -> D1", "bits lost",
			},
			"",
		},
		{
			"what it costs",
			[]string{"--set", alias, "--accuracy", "1"},
			ExitOK,
			[]string{"signal to noise at the outputs (batches evaluated: 1): 1", " dB -> "},
			"",
		},
		{"what releases do", []string{"--set", "pack=1.5.1"}, ExitOK, []string{"delegates               2       1"}, ""},
		{"a check", []string{"--set", "check:P-ARM-QUANTIZED=off"}, ExitOK, []string{"operators on the CPU    1       0"}, ""},
		{
			"two changes",
			[]string{"--set", alias, "--set", "node:concat=cpu"},
			ExitOK,
			[]string{"Kept on the CPU by a what-if."},
			"",
		},
		{"no change", nil, ExitUsage, nil, "give --set"},
		{"an unknown module", []string{"--set", "module:moon=float"}, ExitUsage, nil, `no module "moon"`},
		{"an unknown node", []string{"--set", "node:moon=cpu"}, ExitInput, nil, `no operator "moon"`},
		{"an unknown check", []string{"--set", "check:P-NO=off"}, ExitUsage, nil, `no support check "P-NO"`},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			code, stdout, stderr := call(append(append([]string{"whatif"}, model...), c.args...)...)
			if code != c.code || !strings.Contains(stderr, c.stderr) {
				t.Errorf("got code %d and %q, want %d and %q", code, stderr, c.code, c.stderr)
			}
			for _, want := range c.stdout {
				if !strings.Contains(stdout, want) {
					t.Errorf("the output lacks %q:\n%s", want, stdout)
				}
			}
		})
	}
}

// The JSON of a what-if has the figures of both sides and the number that was computed without the cause.
func TestWhatIfJSON(t *testing.T) {
	args := append(append([]string{"whatif", "--json"}, splitModel(t)...), "--set", "check:P-ARM-QUANTIZED=off")
	_, stdout, _ := call(args...)
	var got whatifJSON
	if err := json.Unmarshal([]byte(stdout), &got); err != nil {
		t.Fatal(err)
	}
	if got.Before.Delegates != 2 || got.After.Delegates != 1 || len(got.WhatIf) != 1 || len(got.Before.Causes) != 1 {
		t.Errorf("got %+v", got)
	}
	if n := got.Before.Causes[0].Delegates; n == nil || *n != 1 {
		t.Errorf("delegates without the cause: got %v, want 1", n)
	}
}

func TestSmallest(t *testing.T) {
	model := splitModel(t)
	tests := []struct {
		name   string
		args   []string
		code   int
		stdout string
		stderr string
	}{
		{"found", nil, ExitOK, "found    3 sets of 1 change, and none smaller", ""},
		{"a set", nil, ExitOK, "\nshared.concat:aten.concat.default=on  (what-if)\n  1 delegate, 0 operators", ""},
		{"met", []string{"--goal", "delegates<=2"}, ExitOK, "met without any change", ""},
		{"none", []string{"--goal", "bytes=1"}, ExitFindings, "found    none with up to 2 changes", ""},
		{"out of time", []string{"--goal", "bytes=1", "--timeout", "1ns"}, ExitFindings, "stopped after 1ns: none with up to 0 changes", ""},
		{"json", []string{"--json"}, ExitOK, `"verdict": "3 sets of 1 change, and none smaller"`, ""},
		{"a wrong goal", []string{"--goal", "moon=1"}, ExitUsage, "", `goal "moon=1"`},
		{"no changes at all", []string{"--max-changes", "0"}, ExitUsage, "", "--max-changes 0"},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			code, stdout, stderr := call(append(append([]string{"smallest"}, model...), c.args...)...)
			if code != c.code || !strings.Contains(stdout, c.stdout) || !strings.Contains(stderr, c.stderr) {
				t.Errorf("got code %d, %q and\n%s\nwant %d, %q and %q", code, stderr, stdout, c.code, c.stderr, c.stdout)
			}
		})
	}
}
