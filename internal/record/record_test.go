package record

import (
	"bytes"
	"math"
	"os"
	"strings"
	"testing"

	"seam/internal/pipeline"
	"seam/quant"
)

func TestWriteIsWhatWasRead(t *testing.T) {
	data, err := os.ReadFile(base)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := Write(&b, edited(t)); err != nil {
		t.Fatal(err)
	}
	if i := firstDifference(b.Bytes(), data); i >= 0 {
		t.Errorf("byte %d: wrote %.80q, want %.80q", i, tail(b.Bytes(), i), tail(data, i))
	}
}

// TestWriteOwn writes and reads the fields that only seam writes.
func TestWriteOwn(t *testing.T) {
	r := edited(t)
	r.OK, r.FailedIn, r.Edge, r.Rejections, r.Tags, r.Lowered = false, "reexport", nil, nil, nil, nil
	r.Seam = &Origin{Version: "1.2.3", Edits: "a:b=on", Shapes: "s0=4", Data: "synthetic"}
	r.NotModelled = []Missing{{Operator: "aten.sort.default", Nodes: []string{"sort"}}, {Rule: "control flow", Nodes: []string{}}}
	var a, b bytes.Buffer
	if err := Write(&a, r); err != nil {
		t.Fatal(err)
	}
	again, err := Read(bytes.NewReader(a.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if err := Write(&b, again); err != nil {
		t.Fatal(err)
	}
	if a.String() != b.String() {
		t.Errorf("read back:\n%s\nwant\n%s", b.String(), a.String())
	}
	for _, want := range []string{`"seam":{"version":"1.2.3"`, `"not_modelled":[{"operator":"aten.sort.default","nodes":["sort"]}`} {
		if !strings.Contains(a.String(), want) {
			t.Errorf("no %s in %s", want, a.String())
		}
	}
}

func TestReadErrors(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"no JSON", `x`, "invalid character"},
		{"format", `{"format":2}`, "format 2"},
		{"no quant", `{"format":1,"config":{}}`, "no quant"},
		{"scheme", `{"format":1,"config":{"quant":{"scheme":"int3"}}}`, `"int3" is not known`},
		{"argument", `{"format":1,"config":{"quant":{"scheme":"int8"}},"edge_graph":[{"name":"a","args":["b"]}]}`, "%name"},
		{"spec", `{"format":1,"config":{"quant":{"scheme":"int8"}},"specs":[],"annotations":{"x":0}}`, "no spec 0"},
	}
	for _, x := range tests {
		_, err := Read(strings.NewReader(x.text))
		if err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%s: error %v, want %q in it", x.name, err, x.want)
		}
	}
}

func TestFloatText(t *testing.T) {
	tests := []struct {
		f    float64
		want string
	}{
		{0, "0.0"},
		{math.Copysign(0, -1), "-0.0"},
		{6, "6.0"},
		{1e-4, "0.0001"},
		{9.820482227951288e-05, "9.820482227951288e-05"},
		{1.52587890625e-05, "1.52587890625e-05"},
		{1e16, "1e+16"},
		{123456789012345680, "1.2345678901234568e+17"},
		{1e15, "1000000000000000.0"},
		{math.Inf(-1), "-inf"},
		{math.NaN(), "nan"},
	}
	for _, x := range tests {
		if got := FloatText(x.f); got != x.want {
			t.Errorf("%g: %s, want %s", x.f, got, x.want)
		}
	}
}

func TestConfigOf(t *testing.T) {
	r := edited(t, `"executorch":"1.5.1"`, `"executorch":"1.4.0"`,
		`"target":"ethos-u55-128"`, `"target":"ethos-u55-128","disabled":["aten.concat.default","aten.cat.default"],"static":true`,
		`"io":null`, `"io":null,"io_disabled":true,"overrides":[ {"module_name": "a", "quant": null} ]`)
	c, err := ConfigOf(r)
	if err != nil {
		t.Fatal(err)
	}
	want := pipeline.Config{
		Release: "1.4.1", Annotator: quant.Composable, Target: "ethos-u55-128", Args: quant.PresetArgs(quant.Int8, false),
		NoIO: true, Static: true, Overrides: `[{"module_name":"a","quant":null}]`,
		Edits: "shared.concat:aten.cat.default=off;shared.concat:aten.concat.default=off",
	}
	if c != want {
		t.Errorf("config\n%+v, want\n%+v", c, want)
	}
	if _, err := ConfigOf(edited(t, `"executorch":"1.5.1"`, `"executorch":"1.2.0"`)); err == nil {
		t.Error("release 1.2.0 has a pack")
	}
	if _, err := ConfigOf(edited(t, `"annotator":"composable"`, `"annotator":"other"`)); err == nil {
		t.Error("an annotator that is not known was taken")
	}
}

// TestConfigKeeps writes a run's configuration and takes it back.
func TestConfigKeeps(t *testing.T) {
	c := pipeline.Config{
		Release: "1.5.1", Annotator: quant.Legacy, Target: "ethos-u85-256", Args: quant.PresetArgs(quant.A16W8, true),
		Static: true, Shapes: "s0=4", Edits: "other:aten.relu.default=on;shared.concat:aten.concat.default=off",
	}
	c.IO, c.HasIO = c.Args, true
	cfg, rest := configOf(c, "")
	if cfg.Name != "legacy-u85-a16-io-static-noconcat" {
		t.Errorf("name %q", cfg.Name)
	}
	r := &Recording{Config: cfg, Versions: versionsOf(c.Release), Seam: &Origin{Edits: string(rest), Shapes: c.Shapes}}
	var b bytes.Buffer
	if err := Write(&b, r); err != nil {
		t.Fatal(err)
	}
	again, err := Read(&b)
	if err != nil {
		t.Fatal(err)
	}
	got, err := ConfigOf(again)
	if err != nil || got != c {
		t.Errorf("config %+v, %v, want %+v", got, err, c)
	}
}

func FuzzRead(f *testing.F) {
	data, err := os.ReadFile(base)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{"format":1,"config":{"quant":{"scheme":"int8"}},"edge_graph":[{"args":[{"float":"nan"},null,[1,2.5]]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := Read(bytes.NewReader(data))
		if err != nil {
			return
		}
		var a, b bytes.Buffer
		if err := Write(&a, r); err != nil {
			t.Fatal(err)
		}
		again, err := Read(bytes.NewReader(a.Bytes()))
		if err != nil {
			t.Fatalf("%v in what was written: %s", err, a.Bytes())
		}
		if err := Write(&b, again); err != nil || !bytes.Equal(a.Bytes(), b.Bytes()) {
			t.Fatalf("%v: second text differs:\n%s\n%s", err, a.Bytes(), b.Bytes())
		}
	})
}
