package npz

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"runtime"
	"strings"
	"testing"

	"seam/model"
)

// npy is an array file with that header text.
func npy(text, data string) string {
	return npyMagic + "\x01\x00" + string(binary.LittleEndian.AppendUint16(nil, uint16(len(text)))) + text + data
}

// archive is a .npz file of name and content pairs.
func archive(t testing.TB, method uint16, pairs ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(pairs); i += 2 {
		w, err := z.CreateHeader(&zip.FileHeader{Name: pairs[i], Method: method})
		if err == nil {
			_, err = w.Write([]byte(pairs[i+1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func read(data []byte) ([]Array, error) { return Read(bytes.NewReader(data), int64(len(data))) }

func TestReadArray(t *testing.T) {
	tests := []struct{ name, file, typ, raw, fails string }{
		{"float32", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }\n", "abcd"), "float32[1]", "abcd", ""},
		{"scalar", npy("{'descr': '<i8', 'fortran_order': False, 'shape': (), }", "abcdefgh"), "int64[]", "abcdefgh", ""},
		{"empty", npy("{'descr': '|b1', 'fortran_order': False, 'shape': (3, 0), }", ""), "bool[3,0]", "", ""},
		{"big-endian", npy("{'descr': '>i2', 'fortran_order': False, 'shape': (2,), }", "abcd"), "int16[2]", "badc", ""},
		{"big-endian complex", npy("{'descr': '>c8', 'fortran_order': False, 'shape': (1,), }", "abcdefgh"), "complex64[1]", "dcbahgfe", ""},
		{"column-major", npy("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }", "adbecf"), "uint8[2,3]", "abcdef", ""},
		{"column-major, three", npy("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 2, 2), }", "aecgbfdh"), "uint8[2,2,2]", "abcdefgh", ""},
		{"other order of keys", npy("{'shape': (2,), 'fortran_order': False, 'descr': '|i1'}", "ab"), "int8[2]", "ab", ""},
		{"python 2", npy("{'descr': '|i1', 'fortran_order': False, 'shape': (2L,), }", "ab"), "int8[2]", "ab", ""},
		{"version 2", npyMagic + "\x02\x00\x3c\x00\x00\x00" + "{'descr': '|u1', 'fortran_order': False, 'shape': (1,), }  \n" + "a", "uint8[1]", "a", ""},
		{"pickled", npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", "x"), "", "", "pickled objects"},
		{"pickled with size", npy("{'descr': '|O8', 'fortran_order': False, 'shape': (1,), }", "x"), "", "", "pickled objects"},
		{"structured", npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", "abcd"), "", "", "structured"},
		{"text dtype", npy("{'descr': '<U4', 'fortran_order': False, 'shape': (1,), }", "abcd"), "", "", "is not read"},
		{"huge", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807, 2), }", "abcd"), "", "", "too many elements"},
		{"large", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000,), }", "abcd"), "", "", "needs more than the 4 bytes"},
		{"short", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", "abcd"), "", "", "needs more than the 4 bytes"},
		{"rank 9", npy("{'descr': '|u1', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1), }", "a"), "", "", "rank 9"},
		{"header cut off", npyMagic + "\x01\x00\xff\x00{", "", "", "cut off"},
		{"header huge", npyMagic + "\x02\x00\xff\xff\xff\xff{", "", "", "a header of"},
		{"no header", npy("hello", ""), "", "", "not understood"},
		{"version 9", npyMagic + "\x09\x00\x00\x00\x00\x00", "", "", "array format 9"},
		{"text", "hello, world", "", "", "neither a NumPy archive"},
		{"nothing", "", "", "", "neither a NumPy archive"},
	}
	for _, tt := range tests {
		got, err := read([]byte(tt.file))
		switch {
		case tt.fails != "":
			if err == nil || !strings.Contains(err.Error(), tt.fails) {
				t.Errorf("%s: error %v, want %q", tt.name, err, tt.fails)
			}
		case err != nil:
			t.Errorf("%s: %v", tt.name, err)
		case got[0].Type().T.Format(nil) != tt.typ || string(got[0].Raw) != tt.raw:
			t.Errorf("%s: %s %q, want %s %q", tt.name, got[0].Type().T.Format(nil), got[0].Raw, tt.typ, tt.raw)
		}
	}
}

func TestReadArchive(t *testing.T) {
	one := npy("{'descr': '|u1', 'fortran_order': False, 'shape': (1,), }", "a")
	for _, method := range []uint16{zip.Store, zip.Deflate} {
		got, err := read(archive(t, method, "b.npy", one, "a.npy", one))
		if err != nil || len(got) != 2 || got[0].Name != "b" || got[1].Name != "a" {
			t.Errorf("method %d: %v, %v", method, got, err)
		}
	}
	for _, tt := range []struct {
		name, fails string
		file        []byte
	}{
		{"no array inside", "no array", archive(t, zip.Store, "a.txt", "x")},
		{"name twice", "there twice", archive(t, zip.Store, "a.npy", one, "a.npy", one)},
		{"name with dots", "bad name", archive(t, zip.Store, "../a.npy", one)},
		{"bytes behind", "more bytes", archive(t, zip.Store, "a.npy", one+"b")},
		{"cut off", "zip", archive(t, zip.Store, "a.npy", one)[:60]},
	} {
		if _, err := read(tt.file); err == nil || !strings.Contains(err.Error(), tt.fails) {
			t.Errorf("%s: error %v, want %q", tt.name, err, tt.fails)
		}
	}
}

// TestBomb reads 300 MB of zeros that deflate to 300 kB.
func TestBomb(t *testing.T) {
	data := archive(t, zip.Deflate, "a.npy", npy("{'descr': '|u1', 'fortran_order': False, 'shape': (314572800,), }", string(make([]byte, 300<<20))))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := read(data)
	runtime.ReadMemStats(&after)
	if err == nil || !strings.Contains(err.Error(), "more memory") {
		t.Errorf("error %v", err)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 1<<20 {
		t.Errorf("allocated %d bytes", used)
	}
}

func TestRoundTrip(t *testing.T) {
	arrays := []Array{
		{"batch0.input0", model.FromFloats(model.ShapeInts(2, 3), []float32{1, 2, 3, 4, 5, 6})},
		{"batch0.input1", model.FromInts(model.Int64, model.ShapeInts(), []int64{-7})},
		{"batch0.input2", model.FromInts(model.Bool, model.ShapeInts(3), []int64{1, 0, 1})},
		{"batch0.input3", &model.Tensor{DType: model.Uint16, Shape: model.ShapeInts(1), Raw: []byte{1, 2}}},
		{"batch0.input4", &model.Tensor{DType: model.Float32, Shape: model.ShapeInts(0, 2), Raw: []byte{}}},
	}
	var first, second bytes.Buffer
	if err := Write(&first, arrays); err != nil {
		t.Fatal(err)
	}
	if err := Write(&second, arrays); err != nil || !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Errorf("the second file differs, %v", err)
	}
	got, err := read(first.Bytes())
	if err != nil || len(got) != len(arrays) {
		t.Fatalf("%d arrays, %v", len(got), err)
	}
	for i, a := range arrays {
		if got[i].Name != a.Name || !got[i].Type().Equal(a.Type()) || !bytes.Equal(got[i].Raw, a.Raw) {
			t.Errorf("array %d: %s %v, want %s %v", i, got[i].Name, got[i].Tensor, a.Name, a.Tensor)
		}
	}
}

func FuzzNpz(f *testing.F) {
	one := npy("{'descr': '>f4', 'fortran_order': True, 'shape': (1, 2), }", "abcdefgh")
	f.Add([]byte(one))
	f.Add(archive(f, zip.Store, "a.npy", one))
	f.Add(archive(f, zip.Deflate, "a.npy", one, "b.npy", one))
	f.Fuzz(func(t *testing.T, data []byte) {
		arrays, err := read(data)
		if err != nil {
			return
		}
		for _, a := range arrays {
			if int64(len(a.Raw)) != a.Shape.Numel()*int64(a.DType.Bytes()) {
				t.Errorf("%s has %d bytes", a.Type().T.Format(nil), len(a.Raw))
			}
		}
	})
}
