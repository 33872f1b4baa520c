package load

import (
	"bytes"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"seam/model"
	"seam/model/npz"
)

func TestOpen(t *testing.T) {
	m, err := Open("testdata/dynamic_time.pt2")
	if err != nil {
		t.Fatal(err)
	}
	if m.Name != "dynamic_time" || m.Size != 16978 || len(m.SHA256) != 64 || m.Graph != m.Program.Graph || m.Graph.Len() == 0 {
		t.Errorf("got %+v", m)
	}
	data, err := os.ReadFile(m.Path)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := Bytes("x/y.z.pt2", data); err != nil || b.SHA256 != m.SHA256 || b.Name != "y.z" {
		t.Errorf("from bytes: %+v, %v", b, err)
	}
}

func TestOtherKinds(t *testing.T) {
	for _, tt := range []struct{ name, data, want string }{
		{"pte", "\x20\x00\x00\x00ET12eh00", "an ExecuTorch program (.pte)"},
		{"bpte", "\x20\x00\x00\x00BP08", "bundled program"},
		{"ptd", "\x20\x00\x00\x00FT01FH01", "tensor data"},
		{"etdump", "\x20\x00\x00\x00\x20\x00\x00\x00ED00", "event dump"},
		{"tosa", "\x20\x00\x00\x00TOSA", "a TOSA flatbuffer"},
		{"vgf", "VGF1....", "a VGF container"},
		{"vela", "vela_bin_stream\x00", "compiled Ethos-U code"},
		{"npy", "\x93NUMPY\x01\x00", "a NumPy array"},
		{"pickle", "\x80\x02}q\x00.", "a bare pickle"},
		{"text", "import torch\n", "a text file"},
		{"lfs", "version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer"},
		{"empty", "", "an empty file"},
		{"binary", "\x7fELF\x02\x01\x01\x00", "begins with the bytes 7f 45 4c 46"},
	} {
		_, err := Bytes(tt.name, []byte(tt.data))
		var le *model.LoadError
		if !errors.As(err, &le) || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v, want one line with %q", tt.name, err, tt.want)
		}
	}
	var b bytes.Buffer
	if err := npz.Write(&b, []npz.Array{{Name: "a", Tensor: model.FromFloats(model.ShapeInts(1), []float32{1})}}); err != nil {
		t.Fatal(err)
	}
	if _, err := Bytes("a.npz", b.Bytes()); err == nil || !strings.Contains(err.Error(), "a NumPy archive") {
		t.Errorf("npz: %v", err)
	}
	for path, want := range map[string]string{"testdata": "a folder", "testdata/nothing": "no such file"} {
		if _, err := Open(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// floats is a float32 array of that shape.
func floats(name string, dims ...int) npz.Array {
	s := model.ShapeInts(dims...)
	return npz.Array{Name: name, Tensor: model.FromFloats(s, make([]float32, s.Numel()))}
}

func TestCalib(t *testing.T) {
	m, err := Open("testdata/dynamic_time.pt2")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name    string
		arrays  []npz.Array
		batches int
		fails   string
	}{
		{"by number", []npz.Array{floats("batch0.input0", 1, 2, 16), floats("batch0.input1", 1, 2, 16)}, 1, ""},
		{"by name", []npz.Array{floats("batch0.x", 1, 2, 16), floats("batch0.y", 1, 2, 16)}, 1, ""},
		{"without a batch", []npz.Array{floats("y", 1, 2, 16), floats("x", 1, 2, 16)}, 1, ""},
		{"two batches of other sizes", []npz.Array{floats("batch0.x", 1, 2, 16), floats("batch0.y", 1, 2, 16), floats("batch1.x", 1, 2, 32), floats("batch1.y", 1, 2, 32)}, 2, ""},
		{"sizes that disagree", []npz.Array{floats("x", 1, 2, 16), floats("y", 1, 2, 17)}, 0, `batch0: s48 is 16 in "x", but 17 in "y"`},
		{"missing", []npz.Array{floats("x", 1, 2, 16)}, 0, "batch0.input1 is missing"},
		{"gap", []npz.Array{floats("batch1.x", 1, 2, 16), floats("batch1.y", 1, 2, 16)}, 0, "batch0.input0 is missing"},
		{"unknown name", []npz.Array{floats("batch0.z", 1, 2, 16)}, 0, `"batch0.z" names no input`},
		{"unknown number", []npz.Array{floats("batch0.input2", 1, 2, 16)}, 0, `"batch0.input2" names no input`},
		{"wrong size", []npz.Array{floats("x", 1, 3, 16)}, 0, `x is float32[1,3,16], but "x" wants float32[1,2,s48]`},
		{"wrong rank", []npz.Array{floats("x", 2, 16)}, 0, `x is float32[2,16], but "x" wants float32[1,2,s48]`},
		{"wrong type", []npz.Array{{Name: "x", Tensor: model.FromInts(model.Int32, model.ShapeInts(1, 2, 2), make([]int64, 4))}}, 0, "x is int32[1,2,2]"},
		{"twice", []npz.Array{floats("x", 1, 2, 16), floats("batch0.input0", 1, 2, 16)}, 0, "a second array for input 0 of batch 0"},
		{"far batch", []npz.Array{floats("batch999999.x", 1, 2, 16)}, 0, "has only 1 arrays"},
		{"nothing", nil, 0, "neither"},
	}
	for _, tt := range tests {
		d, err := calibrate(t, m, tt.arrays)
		switch {
		case tt.fails != "" && (err == nil || !strings.Contains(err.Error(), tt.fails)):
			t.Errorf("%s: error %v, want %q", tt.name, err, tt.fails)
		case tt.fails == "" && err != nil:
			t.Errorf("%s: %v", tt.name, err)
		case tt.fails == "":
			if len(d.Batches) != tt.batches || d.Synthetic {
				t.Errorf("%s: %d batches", tt.name, len(d.Batches))
			}
			checkBatches(t, tt.name, m, d)
		}
	}
}

func calibrate(t *testing.T, m *Model, arrays []npz.Array) (*Data, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "calib.npz")
	var b bytes.Buffer
	if arrays != nil {
		if err := npz.Write(&b, arrays); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return Calib(path, m)
}

// TestUsage checks that a refusal says what to write, and how.
func TestUsage(t *testing.T) {
	m, err := Open("testdata/dynamic_time.pt2")
	if err != nil {
		t.Fatal(err)
	}
	_, err = calibrate(t, m, []npz.Array{floats("z", 1)})
	for _, want := range []string{"batch<i>.input1 or batch<i>.y  float32[1,2,s48]", "import numpy as np", "np.savez("} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in %v", want, err)
		}
	}
}

// TestScalarInputs binds data to a model that takes numbers, a text and None beside tensors.
func TestScalarInputs(t *testing.T) {
	m, err := Open("testdata/kwargs_pytree.pt2")
	if err != nil {
		t.Fatal(err)
	}
	d := Synthetic(m, 3, 1)
	var arrays []npz.Array
	for j, x := range d.Batches[0] {
		if x != nil {
			arrays = append(arrays, npz.Array{Name: "batch0." + m.Program.Inputs[j].ArgName, Tensor: x})
		}
	}
	arrays = append(arrays, npz.Array{Name: "batch0.opts_a", Tensor: model.FromInts(model.Int64, model.ShapeInts(), []int64{4})})
	got, err := calibrate(t, m, arrays)
	if err != nil {
		t.Fatal(err)
	}
	checkBatches(t, "kwargs_pytree", m, got)
	for j, x := range d.Batches[0] {
		if x != nil && !bytes.Equal(x.Raw, got.Batches[0][j].Raw) {
			t.Errorf("input %d differs", j)
		}
	}
}

// TestDescription checks that the description beside a file is read and obeyed.
func TestDescription(t *testing.T) {
	path := filepath.Join(t.TempDir(), "calib.json")
	for text, want := range map[string]string{
		`{"inputs":{"tuple":[{"leaf":1},{"dict":[["a",{"list":[{"leaf":0}]}]]}]},"leaves":[{"kind":"tensor","dtype":"int8"},{"kind":"none"}]}`: "none tensor ",
		`{"inputs":{"leaf":7},"leaves":[{"kind":"none"}]}`: "a leaf that is not described",
		`{"something":"else"}`:                             "",
		`{`:                                                "unexpected end",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		leaves, err := readLeaves(path)
		got := ""
		for _, l := range leaves {
			got += l.Kind + " "
		}
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, want) || want == "" && got != "" {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
	b := binder{m: &Model{}, leaves: []leaf{{Kind: "tensor", DType: "int8"}}}
	if err := b.asDescribed("k", floats("k", 1).Tensor, 0); err == nil {
		t.Error("float32 passes for int8")
	}
}

// TestStoredAs binds the bits of types that NumPy does not have.
func TestStoredAs(t *testing.T) {
	m, err := Open("testdata/dynamic_time.pt2")
	if err != nil {
		t.Fatal(err)
	}
	m.Program.Inputs[0].Type.T.DType = model.BFloat16
	d, err := calibrate(t, m, []npz.Array{
		{Name: "x", Tensor: &model.Tensor{DType: model.Uint16, Shape: model.ShapeInts(1, 2, 1), Raw: []byte{0x80, 0x3f, 0, 0x40}}},
		floats("y", 1, 2, 1),
	})
	if err != nil {
		t.Fatal(err)
	}
	if f, err := d.Batches[0][0].Floats(); err != nil || f[0] != 1 || f[1] != 2 {
		t.Errorf("got %v, %v", f, err)
	}
}

func TestSynthetic(t *testing.T) {
	m, err := Open("testdata/dynamic_time.pt2")
	if err != nil {
		t.Fatal(err)
	}
	a, b, c := Synthetic(m, 1, 2), Synthetic(m, 1, 2), Synthetic(m, 2, 2)
	x := a.Batches[0][0]
	if x.Type().T.Format(nil) != "float32[1,2,16]" || !a.Synthetic {
		t.Errorf("got %s", x.Type().T.Format(nil))
	}
	if !bytes.Equal(x.Raw, b.Batches[0][0].Raw) || bytes.Equal(x.Raw, c.Batches[0][0].Raw) || bytes.Equal(x.Raw, a.Batches[1][0].Raw) {
		t.Error("data depends on something else than seed and batch")
	}
	r := random(5)
	for d := model.Unknown + 1; d <= model.Float8E8M0FNU; d++ {
		x := r.tensor(d, model.ShapeInts(1000))
		if x.Len() != 1000 {
			t.Errorf("%s: %d elements", d, x.Len())
		}
		if !d.IsFloat() || d == model.Float8E8M0FNU {
			continue
		}
		f, err := x.Floats()
		if err != nil {
			t.Fatal(err)
		}
		sum, square := 0.0, 0.0
		for _, v := range f {
			sum, square = sum+float64(v), square+float64(v)*float64(v)
		}
		if math.Abs(sum) > 150 || square < 800 || square > 1200 {
			t.Errorf("%s: sum %g, sum of squares %g", d, sum, square)
		}
	}
}
