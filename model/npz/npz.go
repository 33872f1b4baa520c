// Package npz reads and writes NumPy's .npz and .npy files: arrays of numbers, nothing pickled. A file may take 64 MB plus
// four times its size of memory; every size that it states is checked before anything is allocated.
package npz

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"seam/model"
)

const (
	baseMemory   = 64 << 20
	maxDirectory = 8 << 20 // bytes of zip directory
	npyMagic     = "\x93NUMPY"
)

// Array is one array of a file, in C order, little-endian.
type Array struct {
	Name string // without ".npy"; "" in a bare .npy file
	*model.Tensor
}

// Read reads the .npz or .npy file in r.
//
//	result  the arrays in the order of the file
//	errors  a broken file, a pickled or structured array, more than model.MaxRank dimensions
func Read(r io.ReaderAt, size int64) ([]Array, error) {
	left := baseMemory + 4*size
	head := make([]byte, len(npyMagic))
	if n, _ := r.ReadAt(head, 0); n == len(head) && string(head) == npyMagic {
		t, err := readNPY(io.NewSectionReader(r, 0, size), size, &left)
		return []Array{{"", t}}, err
	}
	if !bytes.HasPrefix(head, []byte("PK\x03\x04")) && !bytes.HasPrefix(head, []byte("PK\x05\x06")) {
		return nil, errors.New("neither a NumPy archive (.npz) nor an array (.npy)")
	}
	m := &meteredReader{r: r, left: maxDirectory}
	z, err := zip.NewReader(m, size)
	if err != nil {
		return nil, fmt.Errorf("read zip directory: %w", err)
	}
	m.done = true
	var out []Array
	seen := map[string]bool{}
	for _, f := range z.File {
		name, ok := strings.CutSuffix(f.Name, ".npy")
		if !ok || seen[name] || path.Clean("/"+name) != "/"+name || strings.ContainsAny(name, "\\\x00") {
			return nil, fmt.Errorf("entry %.80q: no array, a bad name, or there twice", f.Name)
		}
		seen[name] = true
		t, err := readEntry(f, size, &left)
		if err != nil {
			return nil, fmt.Errorf("array %.80q: %w", name, err)
		}
		out = append(out, Array{name, t})
	}
	return out, nil
}

func readEntry(f *zip.File, size int64, left *int64) (*model.Tensor, error) {
	if f.CompressedSize64 > uint64(size) || f.UncompressedSize64 > 1<<62 {
		return nil, errors.New("larger than the file")
	}
	rc, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("unpack: %w", err)
	}
	defer rc.Close()
	t, err := readNPY(rc, int64(f.UncompressedSize64), left)
	if err != nil {
		return nil, err
	}
	if n, err := rc.Read(make([]byte, 1)); n > 0 {
		return nil, errors.New("more bytes than its shape says")
	} else if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("unpack: %w", err)
	}
	return t, nil
}

// meteredReader bounds what archive/zip reads of a directory.
type meteredReader struct {
	r    io.ReaderAt
	left int64
	done bool
}

func (m *meteredReader) ReadAt(p []byte, off int64) (int, error) {
	n, err := m.r.ReadAt(p, off)
	if m.done {
		return n, err
	}
	if m.left -= int64(n); m.left < 0 {
		return 0, fmt.Errorf("the zip directory is larger than %d bytes", maxDirectory)
	}
	return n, err
}
