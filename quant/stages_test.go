package quant

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"seam/internal/golden"
	"seam/model"
)

// TestStages transforms, annotates, calibrates and converts small graphs on a fixed batch.
func TestStages(t *testing.T) {
	golden.EachTxtar(t, "testdata/stages/*.txtar", func(t *testing.T, a *golden.Txtar) {
		cfg := stageConfig(t, a.File("config"))
		g, err := model.Parse(a.File("in"))
		if err != nil {
			t.Fatal(err)
		}
		rules, err := LoadRules(cfg.Release, cfg.Annotator, "")
		if err != nil {
			t.Fatal(err)
		}
		tr, err := Transform(g, rules, cfg)
		if err != nil {
			t.Fatal(err)
		}
		g = tr.Graph
		ann, err := Annotate(g, rules, cfg)
		if err != nil {
			t.Fatal(err)
		}
		run, err := NewFloatRun(g, [][]*model.Tensor{ramps(g)}, KeepBytes)
		if err != nil {
			t.Fatal(err)
		}
		cal, err := Observe(context.Background(), ann, run, nil)
		if err != nil {
			t.Fatal(err)
		}
		a.Compare(t, "groups", groupText(ann, cal))
		conv, err := Convert(ann, cal)
		if err != nil {
			t.Fatal(err)
		}
		a.Compare(t, "converted", model.String(conv.Graph))
	})
}

// stageConfig reads a configuration in the recordings' form.
func stageConfig(t *testing.T, text string) Config {
	t.Helper()
	var c struct {
		Annotator string
		Quant     json.RawMessage
		Overrides json.RawMessage
	}
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		t.Fatal(err)
	}
	cfg := Config{Release: "1.5.1", Overrides: string(c.Overrides)}
	if c.Annotator == Legacy.String() {
		cfg.Annotator = Legacy
	}
	var err error
	if cfg.Args, err = ParseArgs(c.Quant); err != nil {
		t.Fatal(err)
	}
	return cfg
}

// ramps is an input of rising values between -1 and 1 for every placeholder.
func ramps(g *model.Graph) []*model.Tensor {
	var out []*model.Tensor
	for _, n := range g.UserInputs() {
		s := g.Node(n).Type.T.Shape
		v := make([]float32, s.Numel())
		for i := range v {
			v[i] = float32(2*i+1)/float32(len(v)) - 1
		}
		out = append(out, model.FromFloats(s, v))
	}
	return out
}

// groupText is a line a group: its members, its spec, and what its observer chose.
func groupText(a *Annotation, cal *Calibration) string {
	var b strings.Builder
	for _, g := range a.Groups {
		for i, m := range g.Members {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(a.PlaceName(m))
		}
		fmt.Fprintf(&b, ": %v %v %v %v", g.Spec.Kind, g.Spec.DType, g.Spec.Scheme, g.Spec.Observer)
		for _, p := range cal.Param(g.ID) {
			fmt.Fprintf(&b, " (%v, %d)", p.Scale, p.Zero)
		}
		b.WriteByte('\n')
	}
	return b.String()
}
