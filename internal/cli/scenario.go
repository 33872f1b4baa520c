package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"seam/internal/pipeline"
	"seam/internal/yamlfile"
	"seam/quant"
)

// The schema of a scenario.
const (
	scenarioSchema  = "seam/scenario"
	scenarioVersion = "1.1.0"
)

// scenario is a file of changes, in the forms that pipeline's Config.With reads.
type scenario struct {
	Schema  string `yaml:"schema"`
	Version string `yaml:"schema_version"`
	Name    string `yaml:"name"`
	Note    string `yaml:"note"`
	// Settings is what a script gives the quantizer for single modules, classes, nodes and operators, in the order in which it does.
	Settings []quantSetting `yaml:"settings,omitempty"`
	Changes  []string       `yaml:"changes"`
}

// quantSetting is one call of set_module_name, set_module_type, set_node_name or set_node_target.
type quantSetting struct {
	Module string `yaml:"module_name,omitempty" json:"module_name,omitempty"`
	Type   string `yaml:"module_type,omitempty" json:"module_type,omitempty"`
	Node   string `yaml:"node_name,omitempty" json:"node_name,omitempty"`
	Op     string `yaml:"node_target,omitempty" json:"node_target,omitempty"`
	Quant  any    `yaml:"quant" json:"quant"` // null, a preset's name, or arguments as the recordings have them
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
	if c.Overrides, err = overridesOf(s.Settings, c.Overrides); err != nil {
		return c, usagef("%s: %w", path, err)
	}
	for _, x := range s.Changes {
		if c, err = c.With(x); err != nil {
			return c, usagef("%s: %w", path, err)
		}
	}
	return c, nil
}

// overridesOf is settings in the form of the recordings, behind those that there are.
func overridesOf(list []quantSetting, have string) (string, error) {
	if len(list) == 0 {
		return have, nil
	}
	var all []json.RawMessage
	if have != "" {
		if err := json.Unmarshal([]byte(have), &all); err != nil {
			return have, fmt.Errorf("read quantizer settings: %w", err)
		}
	}
	for _, x := range list {
		if preset, ok := x.Quant.(string); ok {
			x.Quant = map[string]any{"scheme": preset}
		}
		b, err := json.Marshal(x)
		if err != nil {
			return have, fmt.Errorf("read quantizer settings: %w", err)
		}
		all = append(all, b)
	}
	b, err := json.Marshal(all)
	if err != nil {
		return have, fmt.Errorf("read quantizer settings: %w", err)
	}
	_, err = quant.ParseOverrides(string(b))
	return string(b), err
}

// yamlError is an error of the YAML reader on one line: file, line, reason.
func yamlError(path string, err error) error { return yamlfile.Wrap(path, err) }
