package tosa_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"strings"
	"testing"

	"seam/model"
	"seam/tosa"
)

// readTOSA is the normal form of a .tosa file.
func readTOSA(t testing.TB, path string) tosa.NormalForm {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := tosa.Read(b, path)
	if err != nil {
		t.Fatal(err)
	}
	return f.Normal()
}

// written is the file that seam writes of a delegate.
func written(t testing.TB, l *tosa.Lowered) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := tosa.Write(&b, l); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestWriteRead says that what was written is read as it was, and that constants start where the schema wants them.
func TestWriteRead(t *testing.T) {
	for _, c := range emgCases {
		_, l := lowerCase(t, "emg_cascade_static", c.config, c.tag)
		b := written(t, l)
		f, err := tosa.Read(b, "x.tosa")
		if err != nil {
			t.Fatal(err)
		}
		if d := compareNormal(f.Normal(), tosa.Normal(l)); d != "" || f.Draft || f.Version != [3]int{1, 0, 0} {
			t.Errorf("%s/%s: version %v, draft %v: %s", c.config, c.tag, f.Version, f.Draft, d)
		}
		if got, want := tosa.String(f.Lowered()), tosa.String(l); got != want {
			t.Errorf("%s/%s prints as\n%s\nwant\n%s", c.config, c.tag, got, want)
		}
	}
}

// TestWriteRefused says that nothing is written of what is no whole delegate.
func TestWriteRefused(t *testing.T) {
	_, noValues := lowerCase(t, "tcn_stack", "composable-u55", "tag0")
	for name, l := range map[string]*tosa.Lowered{
		"not modelled": {Tag: 1, Failed: []model.Rejection{{Text: "operator x is not modelled"}}},
		"not known":    noValues,
	} {
		var b bytes.Buffer
		err := tosa.Write(&b, l)
		if err == nil || !strings.Contains(err.Error(), name) || b.Len() > 0 {
			t.Errorf("%s: %d bytes, error %v", name, b.Len(), err)
		}
	}
}

// smallFile is the file of a small delegate.
func smallFile(t testing.TB) []byte {
	b := model.NewBuilder(model.TOSA)
	typ := model.TensorOf(model.Int8, model.ShapeInts(1, 4))
	x := b.Add(model.Spec{Kind: model.Placeholder, Target: "x", Name: "x", Type: typ})
	table := model.FromInts(model.Int8, model.ShapeInts(256), make([]int64, 256))
	b.SetAttr(model.Attr{Name: "t", Tensor: table})
	c := b.Add(model.Spec{Kind: model.GetAttr, Target: "t", Name: "t", Type: table.Type()})
	y := b.Add(model.Spec{Kind: model.Call, Target: "tosa.TABLE", Name: "y", Args: []model.Arg{model.NodeArg(x), model.NodeArg(c)}, Type: typ})
	z := b.Add(model.Spec{
		Kind: model.Call, Target: "tosa.CLAMP", Name: "z", Args: []model.Arg{model.NodeArg(y)}, Type: typ,
		Kwargs: []model.KwArg{
			{Name: "min_val", Arg: model.IntArg(-3)}, {Name: "max_val", Arg: model.IntArg(100)}, {Name: "nan_mode", Arg: model.ConstArg("PROPAGATE")},
		},
	})
	b.Add(model.Spec{Kind: model.Output, Target: "output", Name: "output", Args: []model.Arg{model.ListArg(model.NodeArg(z))}})
	g, _, err := b.Freeze()
	if err != nil {
		t.Fatal(err)
	}
	return written(t, &tosa.Lowered{Graph: g})
}

// patched is data with a little-endian number put in.
func patched(data []byte, at int, v uint32) []byte {
	out := bytes.Clone(data)
	binary.LittleEndian.PutUint32(out[at:], v)
	return out
}

// hostileFiles is files that no reader may trust, by what is wrong with them.
func hostileFiles(t testing.TB) map[string][]byte {
	good := smallFile(t)
	root := int(binary.LittleEndian.Uint32(good))
	at := func(text string) int { // where a string's length is
		length := binary.LittleEndian.AppendUint32(nil, uint32(len(text)))
		return bytes.Index(good, append(length, text...))
	}
	vtable := root - int(int32(binary.LittleEndian.Uint32(good[root:])))
	regions := root + int(binary.LittleEndian.Uint16(good[vtable+6:]))
	regions += int(binary.LittleEndian.Uint32(good[regions:]))
	return map[string][]byte{
		"empty":                   {},
		"shorter than 8 bytes":    good[:7],
		"another identifier":      append(append(bytes.Clone(good[:4]), "TOSB"...), good[8:]...),
		"root past the end":       patched(good, 0, uint32(len(good))),
		"root far past the end":   patched(good, 0, 0xfffffff0),
		"vtable before the start": patched(good, root, uint32(root+100)),
		"vtable past the end":     patched(good, root, 0x80000000),
		"endless list of regions": patched(good, regions, 0xffffffff),
		"long list of regions":    patched(good, regions, uint32(len(good))),
		"endless string":          patched(good, at("y"), 0xffffffff),
		"string into itself":      patched(good, at("x"), uint32(at("x"))),
		"control characters":      bytes.Replace(good, []byte("main"), []byte("ma\x1b["), 1),
		"half of it":              good[:len(good)/2],
		"all but the last byte":   good[:len(good)-1],
	}
}

// TestReadHostile says that a damaged file is an error of one line.
func TestReadHostile(t *testing.T) {
	if _, err := tosa.Read(smallFile(t), "x.tosa"); err != nil {
		t.Fatal(err)
	}
	for name, data := range hostileFiles(t) {
		f, err := tosa.Read(data, "x.tosa")
		var load *model.LoadError
		switch {
		case err == nil && name == "all but the last byte": // padding
		case f != nil || !errors.As(err, &load) || strings.Contains(err.Error(), "\n"):
			t.Errorf("%s: %v", name, err)
		default:
			t.Logf("%s: %v", name, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(smallFile(f))
	for _, data := range hostileFiles(f) {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := tosa.Read(data, "x.tosa")
		var load *model.LoadError
		if err != nil {
			if !errors.As(err, &load) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %v", err)
			}
			return
		}
		for _, b := range file.Blocks {
			if err := model.Check(b.Graph); err != nil {
				t.Error(err)
			}
			_ = tosa.String(&tosa.Lowered{Graph: b.Graph})
		}
		file.Normal()
	})
}

// TestReadCorpus reads every file that upstream wrote.
func TestReadCorpus(t *testing.T) {
	dir := os.Getenv("SEAM_CORPUS")
	if dir == "" {
		t.Skip("SEAM_CORPUS is not set")
	}
	for _, path := range tosaFiles(t, dir) {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		f, err := tosa.Read(b, path)
		if err != nil {
			t.Error(err)
			continue
		}
		again, err := tosa.Read(written(t, f.Lowered()), path)
		if err != nil {
			t.Error(err)
			continue
		}
		if d := compareNormal(again.Normal(), f.Normal()); d != "" {
			t.Errorf("%s: written and read again: %s", path, d)
		}
	}
}
