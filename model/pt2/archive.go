package pt2

import (
	"archive/zip"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

// What a file may ask for.
const (
	maxEntries   = 100_000
	maxDirectory = 8 << 20 // bytes of central directory; archive/zip takes about six times as much memory
	maxJSON      = 256 << 20
	maxConfig    = 64 << 20
	maxPickle    = 64 << 20
	maxMarker    = 1 << 10
	maxRatio     = 100     // of deflated entries
	ratioFrom    = 1 << 20 // bytes; smaller entries may have any ratio
	maxNesting   = 2       // a torch.save file inside a .pt2
)

// archive is a zip file whose directory was checked: names safe and unique, entries inside the file and apart from one
// another.
type archive struct {
	root  string // the folder that all entries share, with its slash; "" if none
	files map[string]*zip.File
	names []string // under root, in directory order
	r     io.ReaderAt
	bud   *budget
	depth int
	tail  int64 // bytes behind the archive's end
}

// openArchive reads and checks the directory of the zip file in r.
func openArchive(r io.ReaderAt, size int64, bud *budget, depth int) (*archive, error) {
	var head [4]byte
	if n, _ := r.ReadAt(head[:], 0); n < 4 || string(head[:]) != "PK\x03\x04" {
		return nil, errors.New("not a zip file")
	}
	meter := &meteredReader{r: r, left: maxDirectory}
	z, err := zip.NewReader(meter, size)
	meter.done = true
	switch {
	case errors.Is(err, errMeter):
		return nil, fmt.Errorf("the zip directory is larger than %d bytes", maxDirectory)
	case errors.Is(err, zip.ErrFormat) || errors.Is(err, io.ErrUnexpectedEOF):
		return nil, fmt.Errorf("the zip file is cut off: no directory at its end, byte %d", size)
	case err != nil:
		return nil, fmt.Errorf("read zip directory: %w", err)
	}
	if len(z.File) > maxEntries {
		return nil, fmt.Errorf("%d entries, more than %d", len(z.File), maxEntries)
	}
	a := &archive{files: make(map[string]*zip.File, len(z.File)), r: r, bud: bud, depth: depth, tail: trailing(r, size)}
	for _, f := range z.File {
		if err := a.add(f); err != nil {
			return nil, err
		}
	}
	return a, checkLayout(z.File, r, size)
}

// add checks one entry on its own and files it.
func (a *archive) add(f *zip.File) error {
	if !safeName(f.Name) {
		return fmt.Errorf("entry %s: unsafe name", quote(f.Name))
	}
	if _, twice := a.files[f.Name]; twice {
		return fmt.Errorf("entry %s: is there twice", quote(f.Name))
	}
	switch {
	case f.Flags&1 != 0:
		return fmt.Errorf("entry %s: encrypted", quote(f.Name))
	case f.Method != zip.Store && f.Method != zip.Deflate:
		return fmt.Errorf("entry %s: compression method %d is neither stored nor deflated", quote(f.Name), f.Method)
	case f.Method == zip.Store && f.CompressedSize64 != f.UncompressedSize64:
		return fmt.Errorf("entry %s: stored, but its sizes %d and %d differ", quote(f.Name), f.CompressedSize64, f.UncompressedSize64)
	case f.UncompressedSize64 > ratioFrom && f.UncompressedSize64/maxRatio > f.CompressedSize64:
		return fmt.Errorf("entry %s: %d bytes packed into %d, a ratio above %d", quote(f.Name), f.UncompressedSize64, f.CompressedSize64, maxRatio)
	}
	a.files[f.Name] = f
	a.names = append(a.names, f.Name)
	return nil
}

// safeName says whether an entry's name is a plain relative path. seam never unpacks to disk; a name that is not is still
// a sign of a file made to do harm.
func safeName(name string) bool {
	if name == "" || len(name) > 4096 || !utf8.ValidString(name) || strings.ContainsAny(name, "\\\x00") {
		return false
	}
	plain := strings.TrimSuffix(name, "/")
	return plain != "" && plain[0] != '/' && path.Clean(plain) == plain && plain != "." && plain != ".." &&
		!strings.HasPrefix(plain, "../")
}

// checkLayout refuses entries that reach out of the file or into one another, and more unpacked bytes than the budget.
func checkLayout(files []*zip.File, r io.ReaderAt, size int64) error {
	type span struct {
		from, to int64
		name     string
	}
	spans := make([]span, 0, len(files))
	var total uint64
	for _, f := range files {
		from, err := f.DataOffset()
		if err != nil {
			return fmt.Errorf("entry %s: no local header: %w", quote(f.Name), err)
		}
		if from < 0 || f.CompressedSize64 > uint64(size) || from+int64(f.CompressedSize64) > size {
			return fmt.Errorf("entry %s: %d bytes at %d reach past the end of the file, %d", quote(f.Name), f.CompressedSize64, from, size)
		}
		if total += f.UncompressedSize64; total > uint64(baseMemory+4*size) || f.UncompressedSize64 > 1<<62 {
			return fmt.Errorf("entry %s: unpacked, the entries so far take %d bytes, too many for a file of %d", quote(f.Name), total, size)
		}
		spans = append(spans, span{from, from + int64(f.CompressedSize64), f.Name})
	}
	slices.SortFunc(spans, func(x, y span) int { return cmp.Compare(x.from, y.from) })
	end := int64(0)
	for _, s := range spans {
		if s.from-30-int64(len(s.name)) < end {
			return fmt.Errorf("entry %s: overlaps the entry before it", quote(s.name))
		}
		end = s.to
	}
	return nil
}

// setRoot finds the folder that all entries share.
func (a *archive) setRoot() error {
	if len(a.names) == 0 {
		return errors.New("the zip file is empty")
	}
	root, _, ok := strings.Cut(a.names[0], "/")
	if !ok {
		return fmt.Errorf("entry %s: lies in no folder", quote(a.names[0]))
	}
	a.root = root + "/"
	for i, n := range a.names {
		rest, ok := strings.CutPrefix(n, a.root)
		if !ok {
			return fmt.Errorf("entry %s: lies outside the folder %s", quote(n), quote(root))
		}
		a.names[i] = rest
	}
	return nil
}

// has says whether there is an entry of that name under the root.
func (a *archive) has(name string) bool { return a.files[a.root+name] != nil }

// size is the unpacked size of an entry, 0 if there is none.
func (a *archive) size(name string) int64 {
	if f := a.files[a.root+name]; f != nil {
		return int64(f.UncompressedSize64)
	}
	return 0
}

// read unpacks an entry of at most limit bytes. The checksum is reported, not enforced: torch does not check it either.
func (a *archive) read(name string, limit int64) (data []byte, sumOK bool, err error) {
	f := a.files[a.root+name]
	if f == nil {
		return nil, false, errMissingEntry
	}
	n := int64(f.UncompressedSize64)
	if n > limit {
		return nil, false, fmt.Errorf("%d bytes, more than the %d that it may have", n, limit)
	}
	if err := a.bud.take(n); err != nil {
		return nil, false, err
	}
	data = make([]byte, n)
	if f.Method == zip.Store {
		off, err := f.DataOffset()
		if err == nil {
			_, err = io.ReadFull(io.NewSectionReader(a.r, off, n), data)
		}
		if err != nil {
			return nil, false, fmt.Errorf("read: %w", err)
		}
		return data, f.CRC32 == 0 || crc32.ChecksumIEEE(data) == f.CRC32, nil
	}
	return inflate(f, data)
}

var errMissingEntry = errors.New("not in the file")

func inflate(f *zip.File, data []byte) ([]byte, bool, error) {
	rc, err := f.Open()
	if err != nil {
		return nil, false, fmt.Errorf("unpack: %w", err)
	}
	defer rc.Close()
	if _, err := io.ReadFull(rc, data); err != nil && !errors.Is(err, zip.ErrChecksum) {
		return nil, false, fmt.Errorf("unpack: %w", err)
	}
	_, err = io.ReadFull(rc, make([]byte, 1))
	switch {
	case err == nil:
		return nil, false, errors.New("unpack: more bytes than the directory says")
	case errors.Is(err, zip.ErrChecksum):
		return data, f.CRC32 == 0, nil
	case !errors.Is(err, io.EOF):
		return nil, false, fmt.Errorf("unpack: %w", err)
	}
	return data, true, nil
}

// sub opens an entry that is itself a zip file.
func (a *archive) sub(name string) (*archive, error) {
	if a.depth+1 > maxNesting {
		return nil, errors.New("zip files nested too deep")
	}
	f := a.files[a.root+name]
	if f == nil {
		return nil, errMissingEntry
	}
	n := int64(f.UncompressedSize64)
	if f.Method == zip.Store {
		off, err := f.DataOffset()
		if err != nil {
			return nil, fmt.Errorf("read: %w", err)
		}
		return openArchive(io.NewSectionReader(a.r, off, n), n, a.bud, a.depth+1)
	}
	data, _, err := a.read(name, n)
	if err != nil {
		return nil, err
	}
	return openArchive(bytes.NewReader(data), n, a.bud, a.depth+1)
}

// trailing is the number of bytes behind the zip's end record.
func trailing(r io.ReaderAt, size int64) int64 {
	buf := make([]byte, min(size, 66<<10))
	n, _ := r.ReadAt(buf, size-int64(len(buf)))
	i := bytes.LastIndex(buf[:n], []byte("PK\x05\x06"))
	if i < 0 || i+22 > n {
		return 0
	}
	comment := int(buf[i+20]) | int(buf[i+21])<<8
	return max(0, int64(n-(i+22+comment)))
}

var errMeter = errors.New("read too much")

// meteredReader fails after a number of bytes: it bounds what archive/zip keeps of a directory.
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
		return 0, errMeter
	}
	return n, err
}
