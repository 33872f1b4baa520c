package cli

import (
	"fmt"
	"os"
	"strings"

	"seam/internal/pipeline"
	"seam/internal/yamlfile"
)

// The schema of a scenario.
const (
	scenarioSchema  = "seam/scenario"
	scenarioVersion = "1.0.0"
)

// scenario is a file of changes, in the forms that pipeline's Config.With reads.
type scenario struct {
	Schema  string   `yaml:"schema"`
	Version string   `yaml:"schema_version"`
	Name    string   `yaml:"name"`
	Note    string   `yaml:"note"`
	Changes []string `yaml:"changes"`
}

// readScenario reads a scenario, YAML or JSON.
func readScenario(path string) (*scenario, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, inputError{fmt.Errorf("--scenario: %w", err)}
	}
	defer f.Close()
	s := &scenario{}
	if err := yamlfile.Decode(f, path, s); err != nil {
		return nil, usageError{err}
	}
	if s.Schema != scenarioSchema {
		return nil, inputError{fmt.Errorf("%s: schema is %q, want %q", path, s.Schema, scenarioSchema)}
	}
	if v, _, _ := strings.Cut(s.Version, "."); v != "1" {
		return nil, inputError{fmt.Errorf("%s: schema_version %q is not known: this program reads 1.x", path, s.Version)}
	}
	return s, nil
}

// withScenario applies the file's changes in order.
func withScenario(c pipeline.Config, path string) (pipeline.Config, error) {
	s, err := readScenario(path)
	if err != nil {
		return c, err
	}
	for _, x := range s.Changes {
		if c, err = c.With(x); err != nil {
			return c, usagef("%s: %w", path, err)
		}
	}
	return c, nil
}

// yamlError is an error of the YAML reader on one line: file, line, reason.
func yamlError(path string, err error) error { return yamlfile.Wrap(path, err) }
