package load

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"

	"seam/model"
	"seam/model/pt2"
)

// Model is an opened model file.
type Model struct {
	Path    string // as given
	Name    string // file name without folder and extension
	SHA256  string // of the file, in hex
	Size    int64  // bytes
	Program *pt2.Program
	Graph   *model.Graph
}

// Open reads the model in a file.
//
//	errors  *model.LoadError, one line: what the file is, if it is no model that can be read, or what is wrong with it
func Open(path string) (*Model, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, &model.LoadError{Path: path, Why: reason(err)}
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, &model.LoadError{Path: path, Why: reason(err)}
	}
	if st.IsDir() {
		return nil, &model.LoadError{Path: path, Why: "a folder, not a model file"}
	}
	if !st.Mode().IsRegular() {
		return nil, &model.LoadError{Path: path, Why: "not a regular file"}
	}
	return read(path, f, st.Size())
}

// Bytes reads the model in data; name stands for its path.
func Bytes(name string, data []byte) (*Model, error) {
	return read(name, bytes.NewReader(data), int64(len(data)))
}

// streamLimit is how much Stream reads: 2 GiB.
const streamLimit = 2 << 30

// Stream reads the model that r gives to its end; name stands for its path.
//
//	errors  a LoadError, also for more than 2 GiB
func Stream(name string, r io.Reader) (*Model, error) {
	data, err := io.ReadAll(io.LimitReader(r, streamLimit+1))
	switch {
	case err != nil:
		return nil, &model.LoadError{Path: name, Why: reason(err)}
	case len(data) > streamLimit:
		return nil, &model.LoadError{Path: name, Why: "more than 2 GiB"}
	}
	return Bytes(name, data)
}

// reason is an error of the file system without the path, which the message has already.
func reason(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}

func read(path string, r io.ReaderAt, size int64) (*Model, error) {
	head := make([]byte, min(size, 512))
	if _, err := r.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, &model.LoadError{Path: path, Why: reason(err)}
	}
	if what := otherKind(head); what != "" {
		return nil, &model.LoadError{Path: path, Why: what}
	}
	p, err := pt2.Read(r, size, path)
	if err != nil {
		return nil, err
	}
	h := sha256.New()
	if _, err := io.Copy(h, io.NewSectionReader(r, 0, size)); err != nil {
		return nil, &model.LoadError{Path: path, Why: reason(err)}
	}
	base := filepath.Base(path)
	return &Model{
		Path: path, Name: strings.TrimSuffix(base, filepath.Ext(base)), SHA256: hex.EncodeToString(h.Sum(nil)), Size: size,
		Program: p, Graph: p.Graph,
	}, nil
}

// otherKind says what a file is that does not begin as a zip file, from its first bytes; "" for a zip file, the only kind
// that is read.
func otherKind(head []byte) string {
	at := func(off int, magic string) bool {
		return len(head) >= off+len(magic) && string(head[off:off+len(magic)]) == magic
	}
	const later = "; this kind is not read yet"
	switch {
	case len(head) == 0:
		return "an empty file"
	case at(0, "PK\x03\x04"):
		return ""
	case at(0, "PK\x05\x06"):
		return "an empty zip file"
	case at(4, "BP08"):
		return "an ExecuTorch bundled program (.bpte)" + later
	case at(4, "FT01"):
		return "ExecuTorch tensor data (.ptd), not a program" + later
	case at(4, "ED00") || at(8, "ED00"):
		return "an ExecuTorch event dump (ETDump), not a model"
	case at(4, "TOSA"):
		return "a TOSA flatbuffer (.tosa)" + later
	case at(4, "NPTG"):
		return "a native program graph; this kind is not read"
	case at(4, "ET") && len(head) >= 8 && isAlnum(head[6]) && isAlnum(head[7]):
		return "an ExecuTorch program (.pte)" + later
	case at(0, "VGF1") || at(0, "\xc3\xd2\xe1\xf0"):
		return "a VGF container (.vgf)" + later
	case at(0, "vela_bin_stream\x00") || at(0, "COP1") || at(0, "COP2"):
		return "compiled Ethos-U code, not a model"
	case at(0, "\x93NUMPY"):
		return "a NumPy array (.npy), not a model"
	case at(0, "\x80\x02"):
		return "a bare pickle, not a program; export the model with torch.export.save"
	case at(0, "version https://git-lfs"):
		return "a Git LFS pointer, not the file itself; run git lfs pull"
	}
	if isText(head) {
		return "a text file, not a model"
	}
	return fmt.Sprintf("no kind of model file is known that begins with the bytes % x", head[:min(len(head), 8)])
}

func isAlnum(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// isText says whether the bytes are the start of UTF-8 text.
func isText(b []byte) bool {
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n == 1 && len(b) >= utf8.UTFMax || unicode.IsControl(r) && !unicode.IsSpace(r) {
			return false
		}
		b = b[n:]
	}
	return true
}
