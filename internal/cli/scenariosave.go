package cli

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/goccy/go-yaml"

	"seam/internal/pipeline"
	"seam/internal/snapshot"
)

// writeScenario writes a configuration as the settings and changes that lead to it from any other.
func writeScenario(path string, c pipeline.Config) error {
	onOff := map[bool]string{true: "on", false: "off"}
	s := scenario{Schema: scenarioSchema, Version: scenarioVersion, Changes: []string{
		"pack=" + c.Release, "annotator=" + c.Annotator.String(), "target=" + c.Target, "quant=" + c.Args.Preset.String(),
		"per-channel=" + onOff[c.Args.PerChannel], "static=" + onOff[c.Static], "io=" + onOff[c.HasIO],
	}}
	if c.Overrides != "" {
		if err := json.Unmarshal([]byte(c.Overrides), &s.Settings); err != nil {
			return fmt.Errorf("write %s: read quantizer settings: %w", path, err)
		}
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
