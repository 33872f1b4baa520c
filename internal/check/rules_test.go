package check

import (
	"errors"
	"strings"
	"testing"

	"seam/internal/yamlfile"
)

const whole = `# seam.rules.yaml
max-delegates: 1
max-stranded-ops: 0
max-boundary-bytes: 64KiB
min-delegated-percent: 99
forbid: [unequal-scales, alias-missing, inplace-unannotated, boundary-dtype]
allow:
  - {finding: stranded, op: "aten.argmax.*", reason: "last layer, wanted on host"}
max-increase: {delegates: 0, boundary-bytes: 5%}
`

func TestReadRules(t *testing.T) {
	r, err := ReadRules(strings.NewReader(whole), "seam.rules.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if *r.MaxDelegates != 1 || *r.MaxStranded != 0 || *r.MaxBytes != 65536 || *r.MinPercent != 99 || len(r.Forbid) != 4 {
		t.Errorf("limits: %+v", r)
	}
	if len(r.Allow) != 1 || r.Allow[0] != (Allow{Stranded, "aten.argmax.*", "last layer, wanted on host"}) {
		t.Errorf("allow: %+v", r.Allow)
	}
	if g := r.MaxIncrease; g.Delegates.limit(2) != 2 || g.Bytes.limit(1000) != 1050 || g.Stranded != nil {
		t.Errorf("increase: %+v", g)
	}
}

func TestRulesErrors(t *testing.T) {
	tests := []struct {
		name, file string
		line       int
		text       string
	}{
		{"unknown key", "max-delegates: 1\nmax-delgates: 2\n", 2, "max-delgates"},
		{"unknown key below", "allow:\n  - finding: stranded\n    ops: x\n    reason: y\n", 3, "ops"},
		{"twice", "max-delegates: 1\nmax-delegates: 2\n", 2, "max-delegates"},
		{"negative", "max-delegates: -1\n", 1, `"-1": want a whole number`},
		{"no number", "\nmax-stranded-ops: few\n", 2, `"few": want a whole number`},
		{"size", "max-boundary-bytes: 64KX\n", 1, "want a size"},
		{"percent", "min-delegated-percent: 101\n", 1, "want a percentage"},
		{"kind", "forbid: [stranded,\n  nonsense]\n", 2, "want one of alias-missing"},
		{"pattern", "allow: [{op: \"[\", reason: x}]\n", 1, "want a pattern"},
		{"no reason", "allow: [{op: x}]\n", 0, "no reason"},
		{"empty reason", "allow: [{op: x, reason: \" \"}]\n", 1, "want a reason"},
		{"growth", "max-increase:\n  delegates: much\n", 2, "want a number"},
		{"list", "- a\n", 1, ""},
		{"broken", "max-delegates: [1\n", 1, ""},
		{"a list for a count", "max-delegates: [1]\n", 1, "want a whole number"},
	}
	for _, x := range tests {
		_, err := ReadRules(strings.NewReader(x.file), "r.yaml")
		var e *yamlfile.Error
		if !errors.As(err, &e) || e.Line != x.line || !strings.Contains(e.Text, x.text) || e.Path != "r.yaml" {
			t.Errorf("%s: %v (%+v), want line %d with %q", x.name, err, e, x.line, x.text)
		}
	}
	for _, empty := range []string{"", "# nothing\n", "---\n"} {
		if r, err := ReadRules(strings.NewReader(empty), "r.yaml"); err != nil || r == nil {
			t.Errorf("%q: %v", empty, err)
		}
	}
}

func FuzzReadRules(f *testing.F) {
	f.Add(whole)
	f.Add("allow: [{}]\n")
	f.Add("max-increase: {delegates: 0.5KiB}\nmax-boundary-bytes: 1e300GiB\n")
	f.Add("forbid: &a [*a]\n")
	f.Add("forbid: !x\n0: 0")
	f.Fuzz(func(t *testing.T, file string) {
		r, err := ReadRules(strings.NewReader(file), "r.yaml")
		if (r == nil) == (err == nil) {
			t.Errorf("rules %v, error %v", r, err)
		}
		if r != nil && r.MaxBytes != nil && *r.MaxBytes < 0 {
			t.Errorf("a limit of %d bytes", *r.MaxBytes)
		}
	})
}
