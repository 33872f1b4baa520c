package cli

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestLintCommands(t *testing.T) {
	tests := []struct {
		name   string
		args   []string
		code   int
		stdout string // text that is in it
		stderr string
	}{
		{"pack", []string{"lint", "--pack", "1.4.1"}, ExitFindings, "shared.concat:aten.concat.default=on", ""},
		{"the newest pack", []string{"lint"}, ExitFindings, "io.uint8_bridge:aten.concat.default=on", ""},
		{"annotator", []string{"lint", "--annotator", "legacy"}, ExitFindings, "pack 1.5.1 legacy", ""},
		{"no fail", []string{"lint", "--no-fail"}, ExitOK, "errors", ""},
		{"json", []string{"lint", "--json"}, ExitFindings, `"exit": 1`, ""},
		{"sarif", []string{"lint", "-f", "sarif", "--no-fail"}, ExitOK, `"version": "2.1.0"`, ""},
		{"model", []string{"lint", linear}, ExitOK, "nothing found", ""},
		{"model of symbolic sizes", []string{"lint", dynamic}, ExitOK, "pack 1.5.1 composable", ""},
		{"quantized model", []string{"lint", "testdata/qdq.pt2"}, ExitOK, "pack 1.5.1 composable", ""},
		{"edit", []string{"lint", "--pack", "1.4.1", "--set", "shared.concat:aten.concat.default=on"}, ExitFindings, "hstack", ""},
		{"family", []string{"lint", "--set", "no.family:aten.cat.default=on"}, ExitUsage, "", `no family "no.family"`},
		{"operator", []string{"lint", "--set", "shared:aten.nothing.default=on"}, ExitUsage, "", "aten.nothing.default"},
		{"pack not known", []string{"lint", "--pack", "9.9"}, ExitUsage, "", "9.9"},
		{"no file", []string{"lint", "nothing.pt2"}, ExitInput, "", "nothing.pt2"},

		{"packs", []string{"packs"}, ExitOK, "1.5.1 composable", ""},
		{"diff", []string{"packs", "diff", "1.4.1", "1.5.1"}, ExitOK, "+ aten.concat.default", ""},
		{"diff of annotators", []string{"packs", "diff", "1.5.1-legacy", "1.5.1-composable"}, ExitOK, "+++ 1.5.1 composable", ""},
		{"diff in words", []string{"packs", "diff", "1.4.1", "composable", "1.4.1", "legacy"}, ExitOK, "+++ 1.4.1 legacy", ""},
		{"diff of one", []string{"packs", "diff", "1.5.1", "1.5.0", "--exit-code"}, ExitOK, "the lists are equal", ""},
		{"diff with a code", []string{"packs", "diff", "1.4.1", "1.5.1", "--exit-code"}, ExitFindings, "silu", ""},
		{"diff in JSON", []string{"packs", "diff", "1.3.1", "1.4.1-legacy", "--json"}, ExitOK, `"overloads"`, ""},
		{"diff of too few", []string{"packs", "diff", "1.4.1"}, ExitUsage, "", "want two packs"},
		{"diff of an unknown pack", []string{"packs", "diff", "1.4.1", "9"}, ExitUsage, "", "9"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			code, stdout, stderr := call(tt.args...)
			if code != tt.code || !strings.Contains(stdout, tt.stdout) || !strings.Contains(stderr, tt.stderr) {
				t.Errorf("exit code %d, want %d\nstdout: %.600s\nstderr: %.600s", code, tt.code, stdout, stderr)
			}
			if json.Valid([]byte(stdout)) != (stdout != "" && stdout[0] == '{') {
				t.Errorf("broken JSON: %.600s", stdout)
			}
		})
	}
}
