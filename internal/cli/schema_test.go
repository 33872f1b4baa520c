package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// compiled is a schema as a validator. A strict one takes no field that it does not name, so that it cannot fall behind.
func compiled(t *testing.T, name string, strict bool) *jsonschema.Schema {
	t.Helper()
	code, text, errs := call("schema", name)
	if code != ExitOK {
		t.Fatalf("code %d: %s", code, errs)
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatalf("schema %s: %v", name, err)
	}
	if strict {
		closeObjects(doc)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("mem:"+name, doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("mem:" + name)
	if err != nil {
		t.Fatalf("schema %s: %v", name, err)
	}
	return s
}

// closeObjects forbids fields that a schema does not name.
func closeObjects(v any) {
	switch v := v.(type) {
	case map[string]any:
		if _, ok := v["properties"].(map[string]any); ok && v["additionalProperties"] == nil {
			v["additionalProperties"] = false
		}
		for _, x := range v {
			closeObjects(x)
		}
	case []any:
		for _, x := range v {
			closeObjects(x)
		}
	}
}

func validate(t *testing.T, s *jsonschema.Schema, what, text string) {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	if err := s.Validate(v); err != nil {
		t.Errorf("%s: %v", what, err)
	}
}

// fromYAML is a YAML text as JSON.
func fromYAML(t *testing.T, text string) string {
	t.Helper()
	b, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestSnapshotSchema(t *testing.T) {
	s := compiled(t, "snapshot", true)
	runs := [][]string{
		{linear},
		{"testdata/qdq.pt2"},
		{dynamic},
		{dynamic, "--static"},
		{clamp + "/model.pt2"},
		{linear, "--no-why"},
		{linear, "--set", "shared.concat:aten.cat.default=off", "--set", "check:P-RANK=off", "--io"},
		append(sample(), "--pack", "1.4.1"), append(sample(), "--pack", "1.5.1"),
	}
	for _, args := range runs {
		code, out, errs := call(append([]string{"snapshot"}, args...)...)
		if code != ExitOK {
			t.Fatalf("%v: code %d: %s", args, code, errs)
		}
		validate(t, s, strings.Join(args, " "), out)
		if strings.Contains(out, `"/`) || strings.Contains(out, "../") {
			t.Errorf("%v: a path that is not relative", args)
		}
	}
}

// sample is the seed's model with its data.
func sample() []string {
	return []string{"../../samples/emg/model.pt2", "--calib", "../../samples/emg/calib.npz", "--static"}
}

func TestRecordingSchema(t *testing.T) {
	s := compiled(t, "recording", true)
	for _, name := range []string{"golden-composable-u55.json", "golden-legacy-u55.json"} {
		b, err := os.ReadFile(filepath.Join(clamp, name))
		if err != nil {
			t.Fatal(err)
		}
		validate(t, s, name, string(b))
	}
	own := filepath.Join(t.TempDir(), "own.json")
	if code, _, errs := call("run", linear, "--record", own); code != ExitOK {
		t.Fatal(errs)
	}
	b, err := os.ReadFile(own)
	if err != nil {
		t.Fatal(err)
	}
	validate(t, s, "own recording", string(b))
}

// TestRecordingSchemaOverCorpus reads every recording of the corpus.
func TestRecordingSchemaOverCorpus(t *testing.T) {
	corpus := os.Getenv("SEAM_CORPUS")
	if corpus == "" {
		t.Skip("SEAM_CORPUS names no corpus")
	}
	s := compiled(t, "recording", true)
	files, err := filepath.Glob(filepath.Join(corpus, "*", "*", "golden-*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no recordings: %v", err)
	}
	for i, path := range files {
		if i%8 != 0 { // a sample: they are large
			continue
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		validate(t, s, path, string(b))
	}
}

func TestRulesSchema(t *testing.T) {
	s := compiled(t, "rules", false)
	validate(t, s, "rules", fromYAML(t, rulesText))
	for _, wrong := range []string{"max-delgates: 1", "forbid: [nonsense]", "max-delegates: -1", "allow: [{op: x}]", "max-boundary-bytes: 4 furlongs"} {
		var v any
		if err := json.Unmarshal([]byte(fromYAML(t, wrong)), &v); err != nil {
			t.Fatal(err)
		}
		if s.Validate(v) == nil {
			t.Errorf("%q is valid", wrong)
		}
	}
}

func TestScenarioSchema(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.yaml")
	text := "schema: seam/scenario\nschema_version: 1.0.0\nname: concat\nchanges:\n  - shared.concat:aten.concat.default=on\n  - static=on\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	validate(t, compiled(t, "scenario", false), "scenario", fromYAML(t, text))
	args := append([]string{"run"}, sample()...)
	code, out, errs := call(append(args, "--pack", "1.4.1", "--annotator", "composable", "--scenario", path)...)
	if code != ExitOK || !strings.Contains(out, "delegates  1") {
		t.Errorf("code %d, %s%s", code, out, errs)
	}
	wrong := map[string]int{
		"schema: seam/scenario\nschema_version: 2.0.0\n":                      ExitInput,
		"schema: seam/other\n":                                                ExitInput,
		"schema: seam/scenario\nschema_version: 1.0.0\nchange: []\n":          ExitUsage,
		"schema: seam/scenario\nschema_version: 1.0.0\nchanges: [nonsense]\n": ExitUsage,
		"": ExitInput,
	}
	for text, want := range wrong {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if code, _, errs := call("run", linear, "--scenario", path); code != want || !strings.Contains(errs, "s.yaml") {
			t.Errorf("%q: code %d, want %d: %s", text, code, want, errs)
		}
	}
}

// TestConfigSchema compares the schema's names with the flags that may be set, and validates what config show prints.
func TestConfigSchema(t *testing.T) {
	s := compiled(t, "config", false)
	code, out, errs := call("config", "show")
	if code != ExitOK {
		t.Fatal(errs)
	}
	validate(t, s, "config show", fromYAML(t, out))
	k, err := newParser(&grammar{}, &bytes.Buffer{}, &bytes.Buffer{})
	if err != nil {
		t.Fatal(err)
	}
	var doc struct{ Properties map[string]any }
	b, err := schemas.ReadFile("schemas/config.json")
	if err != nil || json.Unmarshal(b, &doc) != nil {
		t.Fatal(err)
	}
	names := flagNames(sharedFlags(k.Model))
	for _, n := range names {
		if doc.Properties[n] == nil {
			t.Errorf("the schema has no %s", n)
		}
	}
	if len(names) != len(doc.Properties) {
		t.Errorf("%d settings, %d in the schema", len(names), len(doc.Properties))
	}
}

// TestCheckAndDiffAreJSON reads back what the other commands print for programs.
func TestCheckAndDiffAreJSON(t *testing.T) {
	rules := filepath.Join(t.TempDir(), "r.yaml")
	if err := os.WriteFile(rules, []byte(rulesText), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		append(append([]string{"check"}, sample()...), "--rules", rules, "--no-fail", "--json"),
		append(append([]string{"check"}, sample()...), "--rules", rules, "--no-fail", "-f", "sarif"),
		append(append([]string{"diff"}, sample()...), "--pack", "1.4.1..1.5.1", "--json"),
		append(append([]string{"diff"}, sample()...), "--stage", "traced..edge", "--json"),
		append(append([]string{"convert"}, sample()...), "--to", "model-explorer"),
		{"version", "--json"},
		{"config", "show", "--json"},
		{"config", "path", "--json"},
	} {
		code, out, errs := call(args...)
		if code != ExitOK || !json.Valid([]byte(out)) {
			t.Errorf("%v: code %d, JSON %v, %s", args, code, json.Valid([]byte(out)), errs)
		}
	}
}
