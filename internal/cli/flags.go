package cli

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"seam/ethosu"
	"seam/internal/pipeline"
	"seam/internal/record"
	"seam/model/load"
	"seam/quant"
)

// Without calibration data the stages run on this many synthetic batches.
const (
	syntheticBatches = 4
	syntheticSeed    = 1
)

// configFlags says how to run a model: the same for every command that does.
type configFlags struct {
	Calib     string   `help:"Calibration data (.npz); without it, synthetic data." placeholder:"NPZ"`
	Annotator string   `help:"legacy or composable; the pack's default without it." enum:"legacy,composable," default:""`
	Pack      string   `help:"Rule pack: the ExecuTorch release to follow." placeholder:"RELEASE"`
	Target    string   `help:"Ethos-U configuration, such as ethos-u55-128."`
	Quant     string   `help:"int8 or a16w8." enum:"int8,a16w8," default:""`
	PerTensor bool     `help:"One scale a weight, not one a channel."`
	IO        bool     `help:"Quantize the model's inputs and outputs too." name:"io"`
	Static    bool     `help:"Export again with fixed sizes: those of the first batch, of --shape, or the hints."`
	Shape     []string `help:"Size of a symbol or of an input's dimension (s69=64, emg.2=64); means --static." sep:"none" placeholder:"NAME=N"`
	Set       []string `help:"Turn a family's entry on or off (shared.concat:aten.concat.default=on)." sep:"none" placeholder:"FAMILY:OVERLOAD=on|off"`
	Like      string   `help:"Take the configuration from a recording." placeholder:"RECORDING"`
	Scenario  string   `help:"Make the changes that a scenario file lists; seam schema scenario has its form." placeholder:"YAML"`
}

// config builds the configuration: that of the recording or of the pack, then what other flags say. name is the recording's
// for it, "" once a flag changed something.
func (f *configFlags) config(base pipeline.Config) (c pipeline.Config, name string, err error) {
	c = base
	if f.Like != "" {
		rec, err := readRecording(f.Like)
		if err != nil {
			return c, "", err
		}
		if c, err = record.ConfigOf(rec); err != nil {
			return c, "", inputError{fmt.Errorf("%s: %w", f.Like, err)}
		}
		name = rec.Config.Name
	}
	like := c
	if f.Scenario != "" {
		if c, err = withScenario(c, f.Scenario); err != nil {
			return c, "", err
		}
	}
	if f.Pack != "" {
		if c.Release, err = pipeline.ParsePack(f.Pack); err != nil {
			return c, "", usagef("--pack: %w", err)
		}
		if f.Like == "" {
			c.Annotator = pipeline.DefaultConfig(c.Release).Annotator
		}
	}
	if err := f.apply(&c); err != nil {
		return c, "", err
	}
	if c != like {
		name = ""
	}
	return c, name, nil
}

func (f *configFlags) apply(c *pipeline.Config) error {
	switch f.Annotator {
	case "legacy":
		c.Annotator = quant.Legacy
	case "composable":
		c.Annotator = quant.Composable
	}
	if f.Target != "" {
		t, err := ethosu.ParseTarget(f.Target)
		if err != nil {
			return usagef("--target: %w", err)
		}
		c.Target = t.Name
	}
	if p, ok := quant.ParsePreset(f.Quant); ok && f.Quant != "" {
		c.Args = quant.PresetArgs(p, c.Args.PerChannel)
	}
	if f.PerTensor {
		c.Args.PerChannel = false
	}
	if f.IO {
		c.IO, c.HasIO, c.NoIO = c.Args, true, false
	}
	c.Static = c.Static || f.Static || len(f.Shape) > 0
	for _, s := range f.Set {
		if err := set(c, s); err != nil {
			return err
		}
	}
	return nil
}

// set applies one --set: an entry of a family, or any other change that pipeline.Config.With reads.
func set(c *pipeline.Config, change string) error {
	if e, err := quant.ParseEdit(change); err == nil && !strings.HasPrefix(change, "check:") {
		if err := knownFamily(*c, e); err != nil {
			return err
		}
	}
	next, err := c.With(change)
	if err != nil {
		return usagef("--set %w", err)
	}
	*c = next
	return nil
}

// knownFamily tests that an edit names a family of the pack.
func knownFamily(c pipeline.Config, e quant.Edit) error {
	var names []string
	for _, f := range pipeline.Families(c) {
		if f.Name == e.Family {
			return nil
		}
		names = append(names, f.Name)
	}
	return usagef("--set %s: no family %q in pack %s %s; it has %s", e, e.Family, c.Release, c.Annotator,
		strings.Join(names, ", "))
}

// shapes is --shape as one canonical text; the stages resolve the names and test the sizes.
func (f *configFlags) shapes() (string, error) {
	size := map[string]string{}
	for _, s := range f.Shape {
		name, n, _ := strings.Cut(s, "=")
		if old, twice := size[name]; twice && old != n {
			return "", usagef("--shape %s: %s is already %s", s, name, old)
		}
		size[name] = n
	}
	var out []string
	for _, name := range slices.Sorted(maps.Keys(size)) {
		out = append(out, name+"="+size[name])
	}
	return strings.Join(out, ";"), nil
}

// modelFlags names a model and says how to run it.
type modelFlags struct {
	Model string `arg:"" help:"Exported program (.pt2); - for standard input." name:"file"`
	configFlags
}

// session is a model that is ready to run.
type session struct {
	model  *load.Model
	data   *load.Data
	runner *pipeline.Runner
	cfg    pipeline.Config
	name   string // of the configuration in a recording; "" for the one that scripts would give it
}

// open reads the model and its data, and builds the configuration.
func (f *modelFlags) open() (*session, error) {
	cfg, name, err := f.config(pipeline.DefaultConfig(latest()))
	if err != nil {
		return nil, err
	}
	m, err := openModel(f.Model)
	if err != nil {
		return nil, err
	}
	data, err := loadData(f.Calib, m)
	if err != nil {
		return nil, err
	}
	return f.session(m, data, cfg, name)
}

// fromInput is the path that stands for standard input.
const fromInput = "-"

func openModel(path string) (*load.Model, error) {
	if path == fromInput {
		return load.Stream("standard input", os.Stdin)
	}
	return load.Open(path)
}

func (f *configFlags) session(m *load.Model, data *load.Data, cfg pipeline.Config, name string) (*session, error) {
	shapes, err := f.shapes()
	if err != nil {
		return nil, err
	}
	if shapes != "" {
		cfg.Shapes, name = shapes, ""
	}
	return &session{m, data, pipeline.New(m, data), cfg, name}, nil
}

func loadData(path string, m *load.Model) (*load.Data, error) {
	if path == "" {
		return load.Synthetic(m, syntheticSeed, syntheticBatches), nil
	}
	return load.Calib(path, m)
}

// latest is the newest pack.
func latest() string {
	p := pipeline.Packs()
	return p[len(p)-1]
}

func readRecording(path string) (*record.Recording, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, inputError{err}
	}
	defer f.Close()
	r, err := record.Read(f)
	if err != nil {
		return nil, inputError{fmt.Errorf("%s: %w", path, err)}
	}
	return r, nil
}
