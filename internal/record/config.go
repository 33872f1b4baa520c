package record

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"seam/internal/pipeline"
	"seam/quant"
)

// concatFamily is the family that "disabled" takes operators out of.
const concatFamily = "shared.concat"

// config is a configuration as JSON has it.
type config struct {
	Name      string          `json:"name"`
	Annotator string          `json:"annotator"`
	Target    string          `json:"target"`
	Disabled  []string        `json:"disabled"`
	Static    bool            `json:"static"`
	Quant     json.RawMessage `json:"quant"`
	IO        json.RawMessage `json:"io"`
	IODisable bool            `json:"io_disabled"`
	Overrides json.RawMessage `json:"overrides"`
}

// none says whether a member is left out or null.
func none(raw json.RawMessage) bool { return len(raw) == 0 || string(raw) == "null" }

func (c *config) config() (Config, error) {
	out := Config{
		Name: c.Name, Annotator: c.Annotator, Target: c.Target, Disabled: c.Disabled, Static: c.Static,
		IODisable: c.IODisable,
	}
	if none(c.Quant) {
		return out, fmt.Errorf("no quant")
	}
	var err error
	if out.Quant, err = quant.ParseArgs(c.Quant); err != nil {
		return out, err
	}
	if !none(c.IO) {
		io, err := quant.ParseArgs(c.IO)
		if err != nil {
			return out, fmt.Errorf("io: %w", err)
		}
		out.IO = &io
	}
	if len(c.Overrides) > 0 {
		var b bytes.Buffer
		if err := json.Compact(&b, c.Overrides); err != nil {
			return out, fmt.Errorf("overrides: %w", err)
		}
		out.Overrides = b.String()
	}
	return out, nil
}

func (p *printer) config(c *Config) {
	p.object(func() {
		p.field("name", c.Name)
		p.field("annotator", c.Annotator)
		p.field("target", c.Target)
		if len(c.Disabled) > 0 {
			p.key("disabled")
			printList(p, c.Disabled, p.str)
		}
		if c.Static {
			p.key("static")
			p.bool(true)
		}
		p.key("quant")
		p.quant(c.Quant)
		p.key("io")
		if c.IO != nil {
			p.quant(*c.IO)
		} else {
			p.raw("null")
		}
		if c.IODisable {
			p.key("io_disabled")
			p.bool(true)
		}
		if c.Overrides != "" {
			p.key("overrides")
			p.raw(c.Overrides)
		}
	})
}

func (p *printer) quant(a quant.Args) {
	num := func(name string, v int64) {
		p.key(name)
		p.int(v)
	}
	flag := func(name string, v bool) {
		p.key(name)
		p.bool(v)
	}
	p.object(func() {
		p.field("scheme", a.Preset.String())
		flag("is_per_channel", a.PerChannel)
		flag("is_qat", a.QAT)
		flag("is_dynamic", a.Dynamic)
		if a.Preset == quant.A8W4 {
			return
		}
		if a.Preset != quant.A16W8 {
			num("act_qmin", a.ActMin)
			num("act_qmax", a.ActMax)
		}
		num("weight_qmin", a.WMin)
		num("weight_qmax", a.WMax)
		eps := "eps"
		if a.Preset == quant.A16W8 {
			eps = "epsilon"
		}
		p.key(eps)
		p.float(float64(a.Eps))
	})
}

// ConfigOf is the configuration that a recording was asked, as the stages take it.
//
//	errors  a release that no pack follows, an annotator that is not known
func ConfigOf(r *Recording) (pipeline.Config, error) {
	pack, err := pipeline.ParsePack(r.Versions.ExecuTorch)
	if err != nil {
		return pipeline.Config{}, fmt.Errorf("recording of ExecuTorch %s: %w", r.Versions.ExecuTorch, err)
	}
	c := pipeline.Config{
		Release: pack, Target: r.Config.Target, Args: r.Config.Quant, NoIO: r.Config.IODisable,
		Overrides: r.Config.Overrides, Static: r.Config.Static,
	}
	switch r.Config.Annotator {
	case quant.Legacy.String():
		c.Annotator = quant.Legacy
	case quant.Composable.String():
		c.Annotator = quant.Composable
	default:
		return c, fmt.Errorf("recording: annotator %q is not known", r.Config.Annotator)
	}
	if r.Config.IO != nil {
		c.IO, c.HasIO = *r.Config.IO, true
	}
	for _, op := range r.Config.Disabled {
		c.Edits = c.Edits.With(quant.Edit{Family: concatFamily, Op: op})
	}
	if r.Seam != nil {
		c.Shapes = r.Seam.Shapes
		for _, e := range quant.Edits(r.Seam.Edits).List() {
			c.Edits = c.Edits.With(e)
		}
	}
	return c, nil
}

// configOf is a run's configuration in the recordings' form, and the edits that the form has no field for.
func configOf(c pipeline.Config, name string) (Config, quant.Edits) {
	out := Config{
		Name: name, Annotator: c.Annotator.String(), Target: c.Target, Static: c.Static, Quant: c.Args,
		IODisable: c.NoIO, Overrides: c.Overrides,
	}
	if c.HasIO {
		out.IO = &c.IO
	}
	var rest quant.Edits
	for _, e := range c.Edits.List() {
		if e.Family == concatFamily && !e.On {
			out.Disabled = append(out.Disabled, e.Op)
		} else {
			rest = rest.With(e)
		}
	}
	if out.Name == "" {
		out.Name = ConfigName(c)
	}
	return out, rest
}

// ConfigName is a configuration's name as the scripts that make recordings build it: "composable-u55-a16".
//
//	source  oracle.py: main
func ConfigName(c pipeline.Config) string {
	parts := []string{c.Annotator.String()}
	target, _, _ := strings.Cut(strings.TrimPrefix(c.Target, "ethos-"), "-")
	parts = append(parts, target)
	var off []string
	for _, e := range c.Edits.List() {
		if e.Family == concatFamily && !e.On {
			off = append(off, e.Op)
		}
	}
	add := func(when bool, word string) {
		if when {
			parts = append(parts, word)
		}
	}
	add(c.Args.Preset == quant.A16W8, "a16")
	add(c.Args.Preset == quant.A8W4, "a8w4")
	add(!c.Args.PerChannel, "pt")
	add(c.HasIO, "io")
	add(c.Static, "static")
	add(len(off) > 1, "nocats")
	add(slices.Equal(off, []string{"aten.concat.default"}), "noconcat")
	add(slices.Equal(off, []string{"aten.cat.default"}), "nocat")
	return strings.Join(parts, "-")
}
