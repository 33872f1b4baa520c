package pt2

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"seam/model"
)

// manifestFile is what the corpus says of one of its format samples.
type manifestFile struct {
	File, Kind, Layout, Torch, Schema string
	Refuse                            bool
	Ops                               []string
	Inputs                            []struct{ Kind, Name, DType, Target string }
	Ranges                            map[string][2]*int64
	Tensors                           []struct {
		Name, DType, SHA256 string
		Shape               []int
		IsParam             bool `json:"is_param"`
		Pickled             any
	}
}

func manifest(t *testing.T) (string, []manifestFile) {
	dir := filepath.Join(corpus(t), "formats")
	data, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	var raw struct{ Files []json.RawMessage }
	if err := json.Unmarshal(data, &raw); err != nil {
		t.Fatal(err)
	}
	var out []manifestFile
	for _, r := range raw.Files {
		var kind struct{ Kind string }
		if err := json.Unmarshal(r, &kind); err != nil {
			t.Fatal(err)
		}
		if kind.Kind != "pt2" {
			continue
		}
		var f manifestFile
		if err := json.Unmarshal(r, &f); err != nil {
			t.Fatal(err)
		}
		out = append(out, f)
	}
	return dir, out
}

// TestFormats reads the samples of every layout and compares operators, inputs, ranges and tensor contents.
func TestFormats(t *testing.T) {
	dir, files := manifest(t)
	if len(files) < 60 {
		t.Fatalf("%d samples", len(files))
	}
	for _, f := range files {
		t.Run(f.File, func(t *testing.T) {
			p, err := readFile(t, filepath.Join(dir, f.File))
			if f.Refuse {
				var le *model.LoadError
				if !errors.As(err, &le) {
					t.Fatalf("read without a load error: %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			t.Log(p.Warnings)
			if p.Layout != f.Layout || p.Schema != f.Schema {
				t.Errorf("layout %s schema %s, not %s %s", p.Layout, p.Schema, f.Layout, f.Schema)
			}
			checkOps(t, p, f)
			checkInputs(t, p, f)
			checkTensors(t, p, f)
			checkRanges(t, p, f)
		})
	}
}

func checkOps(t *testing.T, p *Program, f manifestFile) {
	var ops []string
	for i := range p.Graph.Len() {
		n := p.Graph.Node(model.NodeID(i))
		if n.Kind == model.Call && n.Target != "_operator.getitem" && n.Target != "aten.copy_.default" {
			ops = append(ops, n.Target)
		}
	}
	want := slices.DeleteFunc(slices.Clone(f.Ops), func(s string) bool { return s == "aten.copy_.default" })
	for i := range want {
		want[i] = strings.TrimPrefix(want[i], "torch.ops.")
	}
	if !slices.Equal(ops, want) {
		t.Errorf("operators\n  %v\nnot\n  %v", ops, want)
	}
}

func checkInputs(t *testing.T, p *Program, f manifestFile) {
	i := 0
	for _, in := range f.Inputs {
		switch in.Kind {
		case "user_input", "constant_input", "token":
			if i >= len(p.Inputs) || p.Inputs[i].ArgName != in.Name {
				t.Errorf("input %d is not %s", i, in.Name)
				continue
			}
			if d := p.Inputs[i].Type.T.DType.String(); in.DType != "" && d != in.DType {
				t.Errorf("input %s is %s, not %s", in.Name, d, in.DType)
			}
			i++
		case "parameter", "buffer", "tensor_constant":
			if _, ok := p.Graph.Attrs.Get(in.Target); !ok {
				t.Errorf("no attribute %s", in.Target)
			}
		}
	}
}

func checkTensors(t *testing.T, p *Program, f manifestFile) {
	for _, want := range f.Tensors {
		a, ok := p.Graph.Attrs.Get(want.Name)
		if !ok || want.Pickled != nil {
			continue
		}
		sum := sha256.Sum256(a.Tensor.Raw)
		if got := hex.EncodeToString(sum[:]); want.SHA256 != "" && got != want.SHA256 {
			t.Errorf("tensor %s (%s): checksum %s, not %s", want.Name, a.Tensor.Type().T.Format(nil), got, want.SHA256)
		}
		if a.Tensor.DType.String() != want.DType || !slices.Equal(a.Tensor.Shape.Ints(), want.Shape) {
			t.Errorf("tensor %s is %s, not %s %v", want.Name, a.Tensor.Type().T.Format(nil), want.DType, want.Shape)
		}
	}
}

func checkRanges(t *testing.T, p *Program, f manifestFile) {
	for _, s := range p.Graph.Symbols {
		want, ok := f.Ranges[s.Expr]
		if !ok {
			continue
		}
		if want[0] != nil && s.Min != *want[0] || (want[1] == nil) != (s.Max == -1) || want[1] != nil && s.Max != *want[1] {
			t.Errorf("symbol %s has the range %d to %d", s.Expr, s.Min, s.Max)
		}
	}
}
