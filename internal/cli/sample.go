package cli

import (
	"fmt"
	"os"
	"path/filepath"

	"seam/internal/pipeline"
	"seam/model/load"
	"seam/samples"
)

// samplePack is the release that the embedded sample is shown with: the one whose default annotator does not know
// aten.concat.default.
const samplePack = "1.4.1"

// sample opens the embedded sample: its own data, fixed sizes.
func (c *openCmd) sample() (*session, func(string) ([]byte, error), error) {
	name, data, calib, source := samples.Default()
	base := pipeline.DefaultConfig(samplePack)
	base.Static = true
	cfg, err := c.config(base)
	if err != nil {
		return nil, nil, err
	}
	m, err := load.Bytes(name, data)
	if err != nil {
		return nil, nil, fmt.Errorf("sample: %w", err)
	}
	d, err := sampleData(m, name, calib)
	if c.Calib != "" {
		d, err = load.Calib(c.Calib, m)
	}
	if err != nil {
		return nil, nil, err
	}
	s, err := c.configFlags.session(m, d, cfg)
	return s, func(string) ([]byte, error) { return source, nil }, err
}

// sampleData reads the embedded data as a file, since data comes with a description beside it.
func sampleData(m *load.Model, name string, calib []byte) (*load.Data, error) {
	dir, err := os.MkdirTemp("", "seam-sample")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "calib.npz")
	if err := os.WriteFile(path, calib, 0o600); err != nil {
		return nil, err
	}
	d, err := load.Calib(path, m)
	if err != nil {
		return nil, fmt.Errorf("sample: %w", err)
	}
	d.Source = name
	return d, nil
}
