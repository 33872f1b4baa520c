package cli

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"seam/ethosu"
	"seam/internal/pipeline"
	"seam/internal/record"
	"seam/model"
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
}

// config builds the configuration: that of the recording or of the pack, then what other flags say.
func (f *configFlags) config(base pipeline.Config) (pipeline.Config, error) {
	c := base
	if f.Like != "" {
		rec, err := readRecording(f.Like)
		if err != nil {
			return c, err
		}
		if c, err = record.ConfigOf(rec); err != nil {
			return c, inputError{fmt.Errorf("%s: %w", f.Like, err)}
		}
	}
	if f.Pack != "" {
		pack, err := pipeline.ParsePack(f.Pack)
		if err != nil {
			return c, usagef("--pack: %w", err)
		}
		if f.Like == "" {
			c.Annotator = pipeline.DefaultConfig(pack).Annotator
		}
		c.Release = pack
	}
	if err := f.apply(&c); err != nil {
		return c, err
	}
	return c, nil
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
		e, err := quant.ParseEdit(s)
		if err != nil {
			return usagef("--set %w", err)
		}
		if err := knownFamily(*c, e); err != nil {
			return err
		}
		c.Edits = c.Edits.With(e)
	}
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

// shapes is --shape as one canonical text.
//
//	errors  another form, a name that is no symbol and no symbolic dimension, a size outside the symbol's range
func (f *configFlags) shapes(g *model.Graph) (string, error) {
	seen := map[string]string{}
	for _, s := range f.Shape {
		name, size, ok := strings.Cut(s, "=")
		n, err := strconv.ParseInt(size, 10, 64)
		if !ok || name == "" || err != nil || n < 1 {
			return "", usagef("--shape %s: want NAME=N with N above 0; %s", s, symbolHelp(g))
		}
		sym, err := symbolOf(g, name)
		if err != nil {
			return "", usagef("--shape %s: %w; %s", s, err, symbolHelp(g))
		}
		if n < sym.Min || sym.Max >= 0 && n > sym.Max {
			return "", usagef("--shape %s: %s is outside %s; %s", s, size, rangeText(sym), symbolHelp(g))
		}
		if old, twice := seen[name]; twice && old != size {
			return "", usagef("--shape %s: %s is already %s", s, name, old)
		}
		seen[name] = strconv.FormatInt(n, 10)
	}
	var out []string
	for name, size := range seen {
		out = append(out, name+"="+size)
	}
	slices.Sort(out)
	return strings.Join(out, ";"), nil
}

// symbolOf finds a symbol by its name, or by an input and the number of a dimension.
func symbolOf(g *model.Graph, name string) (model.Symbol, error) {
	for _, s := range g.Symbols {
		if s.Expr == name {
			return s, nil
		}
	}
	input, dim, ok := cutLast(name, ".")
	d, err := strconv.Atoi(dim)
	if !ok || err != nil {
		return model.Symbol{}, fmt.Errorf("%q is no symbol", name)
	}
	for _, id := range g.UserInputs() {
		n := g.Node(id)
		if n.Name != input && n.Target != input {
			continue
		}
		if !n.Type.IsTensor() || d < 0 || d >= n.Type.T.Shape.Rank() {
			return model.Symbol{}, fmt.Errorf("input %q has no dimension %d", input, d)
		}
		x := n.Type.T.Shape.At(d)
		if !x.Symbolic() {
			return model.Symbol{}, fmt.Errorf("dimension %d of input %q is %d", d, input, x)
		}
		return g.Symbols[-x-1], nil
	}
	return model.Symbol{}, fmt.Errorf("the model has no input %q", input)
}

func cutLast(s, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

func rangeText(s model.Symbol) string {
	if s.Max < 0 {
		return fmt.Sprintf("%d and more", s.Min)
	}
	return fmt.Sprintf("%d to %d", s.Min, s.Max)
}

// symbolHelp lists the model's symbols, their ranges, and the dimensions that they stand for.
func symbolHelp(g *model.Graph) string {
	if len(g.Symbols) == 0 {
		return "the model has no symbolic sizes"
	}
	var out []string
	for i, s := range g.Symbols {
		var dims []string
		for _, id := range g.UserInputs() {
			n := g.Node(id)
			for d := 0; n.Type.IsTensor() && d < n.Type.T.Shape.Rank(); d++ {
				if n.Type.T.Shape.At(d) == model.SymDim(i) {
					dims = append(dims, fmt.Sprintf("%s.%d", n.Name, d))
				}
			}
		}
		if len(dims) > 0 {
			out = append(out, fmt.Sprintf("%s = %s (%s)", s.Expr, strings.Join(dims, " = "), rangeText(s)))
		}
	}
	return "the model's symbols: " + strings.Join(out, ", ")
}

// modelFlags names a model and says how to run it.
type modelFlags struct {
	Model string `arg:"" help:"Exported program (.pt2)." name:"file"`
	configFlags
}

// session is a model that is ready to run.
type session struct {
	model  *load.Model
	data   *load.Data
	runner *pipeline.Runner
	cfg    pipeline.Config
}

// open reads the model and its data, and builds the configuration.
func (f *modelFlags) open() (*session, error) {
	cfg, err := f.config(pipeline.DefaultConfig(latest()))
	if err != nil {
		return nil, err
	}
	m, err := load.Open(f.Model)
	if err != nil {
		return nil, err
	}
	data, err := loadData(f.Calib, m)
	if err != nil {
		return nil, err
	}
	return f.session(m, data, cfg)
}

// session adds --shape to the configuration, which takes the model to understand.
func (f *configFlags) session(m *load.Model, data *load.Data, cfg pipeline.Config) (*session, error) {
	shapes, err := f.shapes(m.Graph)
	if err != nil {
		return nil, err
	}
	if shapes != "" {
		cfg.Shapes = shapes
	}
	return &session{m, data, pipeline.New(m, data), cfg}, nil
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
