package pipeline_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"seam/internal/pipeline"
	"seam/quant"
)

const aliasEdit = "shared.concat:aten.concat.default=on"

// with applies changes to a configuration.
func with(t testing.TB, cfg pipeline.Config, changes ...string) pipeline.Config {
	t.Helper()
	for _, c := range changes {
		var err error
		if cfg, err = cfg.With(c); err != nil {
			t.Fatal(err)
		}
	}
	return cfg
}

// Changes give one configuration whatever their order, take each other back, and say what no release has.
func TestWith(t *testing.T) {
	base := static("1.4.1", quant.Composable)
	for _, c := range []struct {
		name          string
		changes, same []string // two ways to the same configuration
		whatIf        []string
	}{
		{"nothing", nil, []string{"static=on"}, nil},
		{"edit", []string{aliasEdit}, []string{"shared.concat:aten.concat.default=off", aliasEdit}, []string{aliasEdit}},
		{"edit as the pack has it", []string{"shared.concat:aten.cat.default=on"}, []string{"shared.concat:aten.cat.default=on"}, nil},
		{
			"checks",
			[]string{"check:P-RANK=off", "check:P-ARM-QUANTIZED=off"},
			[]string{"check:P-ARM-QUANTIZED=off", "check:P-RANK=off"},
			[]string{"check:P-ARM-QUANTIZED=off", "check:P-RANK=off"},
		},
		{"check back", []string{"check:P-RANK=off", "check:P-RANK=on"}, nil, nil},
		{
			"nodes",
			[]string{"node:b=cpu", "node:a=npu"},
			[]string{"node:a=cpu", "node:a=npu", "node:b=cpu"},
			[]string{"node:a=npu", "node:b=cpu"},
		},
		{"node back", []string{"node:a=cpu", "node:a=auto"}, nil, nil},
		{"options", []string{"pack=1.5.0", "target=ethos-u85-256"}, []string{"target=ETHOS-U85-256", "pack=1.5.1"}, nil},
		{"preset", []string{"quant=a16w8", "per-channel=off"}, []string{"per-channel=off", "quant=a16w8"}, nil},
		{"static as a flag", []string{"static=off", "--static"}, nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, b := with(t, base, c.changes...), with(t, base, c.same...)
			if a != b {
				t.Errorf("got %+v, want %+v", a, b)
			}
			if got := a.WhatIf(); !slices.Equal(got, c.whatIf) {
				t.Errorf("what-if: got %q, want %q", got, c.whatIf)
			}
		})
	}
}

// A change that does not exist is refused with what is wrong about it.
func TestWithErrors(t *testing.T) {
	base := static("1.4.1", quant.Composable)
	for change, want := range map[string]string{
		"":                                   "want FAMILY:OVERLOAD",
		"cat":                                "want FAMILY:OVERLOAD",
		"node:=cpu":                          "want FAMILY:OVERLOAD",
		"shared.concat:aten.cat.default=yes": "want FAMILY:OVERLOAD",
		"no.family:aten.cat.default=on":      `no family "no.family"`,
		"shared.concat:aten.nosuch=on":       `no operator "aten.nosuch"`,
		"check:P-NO-SUCH=off":                `no support check "P-NO-SUCH"`,
		"check:P-NO-COMPUTE=off":             `no support check "P-NO-COMPUTE"`,
		"node:cat=int7":                      "want cpu, npu, auto, float or a preset",
		"node:cat=moon":                      "want cpu, npu, auto",
		"module:body=int7":                   "want float",
		"target=moon":                        "Unknown ethos target",
		"pack=0.1":                           "no rule pack",
		"annotator=none":                     "no annotator",
		"quant=int3":                         "no preset",
		"moon=on":                            "no option",
	} {
		got, err := base.With(change)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got error %v, want one with %q", change, err, want)
		}
		if got.Edits != base.Edits || got.Checks != base.Checks || got.Force != base.Force {
			t.Errorf("%q: the configuration changed", change)
		}
	}
}

// A module without quantization config is upstream's per-module setting.
func TestWithFloatModule(t *testing.T) {
	cfg := with(t, static("1.5.1", quant.Composable), "module:body.0=float", "module:head=float")
	if want := `[{"module_name":"body.0","quant":null},{"module_name":"head","quant":null}]`; cfg.Overrides != want {
		t.Errorf("got %s, want %s", cfg.Overrides, want)
	}
}

// What a support check that is off and an operator placed by hand do to the sample's partition, and that the result is marked.
func TestPlacedByHand(t *testing.T) {
	r := sample(t)
	split := static("1.4.1", quant.Composable)
	for _, c := range []struct {
		changes             []string
		delegates, stranded int
	}{
		{nil, 2, 1},
		{[]string{"check:P-ARM-QUANTIZED=off"}, 1, 0},
		{[]string{"check:P-RANK=off"}, 2, 1},
		{[]string{"node:concat=npu"}, 1, 0},
		{[]string{"node:aten_cat_default=npu"}, 1, 0},
		{[]string{aliasEdit, "node:concat=cpu"}, 2, 1},
		{[]string{aliasEdit, "node:concat=float"}, 2, 1},
		{[]string{aliasEdit, "op:aten.concat.default=float"}, 2, 1},
		{[]string{aliasEdit, "node:concat=float", "node:concat=auto"}, 1, 0},
	} {
		res := run(t, r, with(t, split, c.changes...))
		if d, s := len(res.Part.Parts), len(res.Layout.Stranded); d != c.delegates || s != c.stranded {
			t.Errorf("%q: got %d delegates and %d operators on the CPU, want %d and %d", c.changes, d, s, c.delegates, c.stranded)
		}
		at := res.Edge.Graph.ByName("aten_cat_default")
		e, err := r.Explain(context.Background(), res, at)
		if err != nil {
			t.Fatal(err)
		}
		marked := slices.ContainsFunc(stepTexts(e), func(s string) bool { return strings.Contains(s, "what-if: no release does this") })
		if marked != (c.changes != nil) {
			t.Errorf("%q: marked as a what-if: %t", c.changes, marked)
		}
	}
	if _, err := r.Run(context.Background(), with(t, split, "node:nosuch=cpu"), nil); err == nil {
		t.Error("a node that does not exist: no error")
	}
}
