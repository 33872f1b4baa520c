package cli

import (
	"fmt"

	"seam/internal/pipeline"
	"seam/model/load"
	"seam/samples"
)

// samplePack is the release that the embedded sample is shown with: the one whose default annotator does not know
// aten.concat.default.
const samplePack = "1.4.1"

// sample opens the embedded sample: its own data, fixed sizes.
func (c *openCmd) sample() (*session, func(string) ([]byte, error), error) {
	file, data, calib, source := samples.Default()
	base := pipeline.DefaultConfig(samplePack)
	base.Static = true
	cfg, name, err := c.config(base)
	if err != nil {
		return nil, nil, err
	}
	m, err := load.Bytes(file, data)
	if err != nil {
		return nil, nil, fmt.Errorf("sample: %w", err)
	}
	d, err := load.CalibBytes(file, calib, m)
	if c.Calib != "" {
		d, err = load.Calib(c.Calib, m)
	}
	if err != nil {
		return nil, nil, err
	}
	s, err := c.configFlags.session(m, d, cfg, name)
	return s, func(string) ([]byte, error) { return source, nil }, err
}
