package cli

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/goccy/go-yaml"

	"seam/internal/pipeline"
	"seam/internal/snapshot"
)

// writeScenario writes a configuration as the changes that lead to it from any other.
//
//	errors  per-module settings other than "no quantization", which no change can be written for
func writeScenario(path string, c pipeline.Config) error {
	onOff := map[bool]string{true: "on", false: "off"}
	s := scenario{Schema: scenarioSchema, Version: scenarioVersion, Changes: []string{
		"pack=" + c.Release, "annotator=" + c.Annotator.String(), "target=" + c.Target, "quant=" + c.Args.Preset.String(),
		"per-channel=" + onOff[c.Args.PerChannel], "static=" + onOff[c.Static], "io=" + onOff[c.HasIO],
	}}
	modules, err := floatModules(c.Overrides)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	for _, m := range modules {
		s.Changes = append(s.Changes, "module:"+m+"=float")
	}
	s.Changes = append(s.Changes, c.WhatIf()...)
	b, err := yaml.Marshal(s)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return snapshot.WriteFile(path, func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	})
}

// floatModules is the modules that get no quantization config.
func floatModules(overrides string) ([]string, error) {
	if overrides == "" {
		return nil, nil
	}
	var list []map[string]any
	if err := json.Unmarshal([]byte(overrides), &list); err != nil {
		return nil, fmt.Errorf("read per-module settings: %w", err)
	}
	var out []string
	for _, o := range list {
		name, ok := o["module_name"].(string)
		if q, has := o["quant"]; !ok || !has || q != nil || len(o) != 2 {
			return nil, fmt.Errorf("a scenario holds no per-module setting but \"no quantization\"")
		}
		out = append(out, name)
	}
	return out, nil
}
