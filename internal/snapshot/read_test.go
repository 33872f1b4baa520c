package snapshot

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"seam/internal/pipeline"
	"seam/model"
	"seam/model/load"
	"seam/samples"
)

func TestReadBack(t *testing.T) {
	d := New(linear(t, ""), "1.2.3", []model.Explanation{chain()})
	var b bytes.Buffer
	if err := d.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	got, err := Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	var again bytes.Buffer
	if err := got.WriteJSON(&again); err != nil || again.String() != text {
		t.Errorf("it is written otherwise once it was read: %v", err)
	}
}

func TestReadErrors(t *testing.T) {
	tests := []struct {
		name, text, want string
		version          bool
	}{
		{"major", `{"schema": "seam/snapshot", "schema_version": "2.0.0"}`, `schema_version "2.0.0" is not known`, true},
		{"no version", `{"schema": "seam/snapshot"}`, `schema_version "" is not known`, true},
		{"schema", `{"schema": "seam/other", "schema_version": "1.0.0"}`, `schema is "seam/other"`, true},
		{"no JSON", `PK`, "read snapshot", false},
		{"node", `{"schema": "seam/snapshot", "schema_version": "1.0.0", "nodes": [{"id": 3}]}`, "has number 3 at place 0", false},
		{"delegate", `{"schema": "seam/snapshot", "schema_version": "1.0.0", "delegates": [{"id": "D1", "nodes": [7]}]}`, "names node 7 of 0", false},
		{"finding", `{"schema": "seam/snapshot", "schema_version": "1.0.0", "findings": [{"id": "x", "nodes": [-1]}]}`, "names node -1", false},
	}
	for _, x := range tests {
		_, err := Read(strings.NewReader(x.text))
		var v *VersionError
		if err == nil || !strings.Contains(err.Error(), x.want) || errors.As(err, &v) != x.version {
			t.Errorf("%s: %v, want %q", x.name, err, x.want)
		}
	}
	if d, err := Read(strings.NewReader(`{"schema": "seam/snapshot", "schema_version": "1.77.0", "new": {}}`)); err != nil || d == nil {
		t.Errorf("a later minor version: %v", err)
	}
}

// sample is the seed's case with its data, under a pack.
func sample(t *testing.T, pack string) (*pipeline.Runner, *pipeline.Result) {
	t.Helper()
	file, data, calib, _ := samples.Default()
	m, err := load.Bytes("/home/someone/"+file, data)
	if err != nil {
		t.Fatal(err)
	}
	c, err := load.CalibBytes(file, calib, m)
	if err != nil {
		t.Fatal(err)
	}
	cfg := pipeline.DefaultConfig(pack)
	cfg.Static = true
	r := pipeline.New(m, c)
	res, err := r.Run(t.Context(), cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r, res
}

// TestLosses shares the concat's inputs: the narrower one loses what the scales say.
func TestLosses(t *testing.T) {
	r, res := sample(t, "1.5.1")
	losses, err := r.Losses(t.Context(), res)
	if err != nil {
		t.Fatal(err)
	}
	d := New(res, "1", nil)
	d.AddLosses(res, losses)
	found := false
	for _, g := range d.Groups {
		if g.BitsLost == nil {
			continue
		}
		if len(g.Bits) != 0 && len(g.Bits) != len(g.Members) {
			t.Errorf("group %d: %d figures for %d members", g.ID, len(g.Bits), len(g.Members))
		}
		for i, m := range g.Members {
			if m == "relu_3" {
				found = true
				if g.Bits[i] != 0.078 || *g.BitsLost != 0.078 || g.Won == "" { // log2(0.00492702 / 0.00466771)
					t.Errorf("relu_3 loses %g bits, its group %g, won by %q", g.Bits[i], *g.BitsLost, g.Won)
				}
			}
			if m == "relu_1" && g.Bits[i] != 0 {
				t.Errorf("relu_1, which has the wider range, loses %g bits", g.Bits[i])
			}
		}
	}
	if !found {
		t.Error("relu_3 is in no group")
	}
	_, apart := sample(t, "1.4.1")
	if l, err := r.Losses(t.Context(), apart); err != nil || len(l) != len(apart.Ann.Specs) {
		t.Errorf("%d losses for %d places, %v", len(l), len(apart.Ann.Specs), err)
	}
}

// TestBytesAddUp compares a delegate's bytes with what crosses its boundaries.
func TestBytesAddUp(t *testing.T) {
	_, res := sample(t, "1.4.1")
	d := New(res, "1", nil)
	for _, x := range d.Delegates {
		var in, out int64
		for _, b := range d.Boundaries {
			for _, v := range b.Tensors {
				if b.To == x.ID {
					in += v.Bytes
				}
				if b.From == x.ID {
					out += v.Bytes
				}
			}
		}
		if x.In != in || x.Out != out || x.Bytes != in+out {
			t.Errorf("%s: %d in, %d out, %d in all; its boundaries %d and %d", x.ID, x.In, x.Out, x.Bytes, in, out)
		}
	}
	if len(d.Delegates) != 2 {
		t.Errorf("%d delegates, want 2", len(d.Delegates))
	}
}

// TestNoAbsolutePath puts paths of a machine into a document's texts.
func TestNoAbsolutePath(t *testing.T) {
	r, res := sample(t, "1.4.1")
	x, err := r.Explain(t.Context(), res, res.Layout.Stranded[0])
	if err != nil {
		t.Fatal(err)
	}
	x.Steps = append(x.Steps, model.Step{Stage: "traced", Text: "read from " + res.Model.Path})
	d := New(res, "1", []model.Explanation{x})
	var b bytes.Buffer
	if err := d.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "/home/") {
		t.Error("an absolute path is in the document")
	}
	if len(d.Findings) != 1 || d.Findings[0].Cause != "C1" || !reflect.DeepEqual(d.Findings[0].Ops, []string{"aten.concat.default"}) {
		t.Errorf("findings %+v", d.Findings)
	}
}
