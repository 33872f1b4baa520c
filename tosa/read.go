package tosa

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"seam/model"
	"seam/tosa/fb"
)

// fileIdentifier is at byte 4 of every TOSA flatbuffer.
const fileIdentifier = "TOSA"

// What a file may hold. Flatbuffers may refer to one object from many places, so counts are bounded by the file's size too.
const (
	maxName     = 4096    // bytes
	maxElements = 1 << 40 // of a tensor
)

// File is a TOSA flatbuffer.
type File struct {
	Name    string
	Version [3]int // of the specification: major, minor, patch
	Draft   bool
	Blocks  []Block
}

// Block is one basic block. Its graph has the form of Lowered.Graph; an operator of several results is a call with a list type,
// behind which getitem calls of the results' names stand.
type Block struct {
	Region, Name string
	Graph        *model.Graph
}

// Lowered is the block in the form that Lower gives.
func (b Block) Lowered() *Lowered { return &Lowered{Graph: b.Graph} }

// Lowered is the block that runs first.
func (f *File) Lowered() *Lowered { return f.Blocks[0].Lowered() }

// IsFile says whether a file that begins so is a TOSA flatbuffer.
func IsFile(head []byte) bool { return len(head) >= 8 && string(head[4:8]) == fileIdentifier }

// Read reads a TOSA flatbuffer, whoever wrote it. Constants are not copied: data must not change. name stands for its path.
//
//	errors  *model.LoadError, one line: where in the file, and what is wrong there
//	source  tosa/fb/tosa.fbs; lower.md 4
func Read(data []byte, name string) (f *File, err error) {
	r := &fileReader{data: data, budget: len(data), names: map[string]string{}}
	defer func() {
		// The generated code does not test offsets; one that leaves the file ends in a runtime error.
		if p := recover(); p != nil {
			if _, ok := p.(error); !ok {
				panic(p)
			}
			f, err = nil, &model.LoadError{Path: name, Place: r.place, Why: "an offset leads out of the file"}
		}
	}()
	f, err = r.file()
	if err != nil {
		return nil, &model.LoadError{Path: name, Place: r.place, Why: err.Error()}
	}
	f.Name = name
	return f, nil
}

// fileReader reads one file. The budget is how many more elements of vectors may be read.
type fileReader struct {
	data   []byte
	budget int
	place  string
	names  map[string]string // names met before: each is kept once
}

func (r *fileReader) file() (*File, error) {
	switch {
	case !IsFile(r.data):
		return nil, errors.New("no TOSA flatbuffer: byte 4 does not say so")
	case len(r.data) > math.MaxInt32:
		return nil, fmt.Errorf("%d bytes are more than a flatbuffer may have", len(r.data))
	}
	root := fb.GetRootAsTosaGraph(r.data, 0)
	v := root.Version(nil)
	if v == nil {
		return nil, errors.New("no version")
	}
	t := v.Table() // the accessors of names that begin with an underscore are not exported
	f := &File{
		Version: [3]int{int(t.GetInt32Slot(4, -1)), int(t.GetInt32Slot(6, -1)), int(t.GetInt32Slot(8, -1))},
		Draft:   t.GetBoolSlot(10, true),
	}
	if f.Version[0] != versionMajor {
		return nil, fmt.Errorf("version %d.%d of the specification is not read", f.Version[0], f.Version[1])
	}
	if err := r.regions(f, root); err != nil {
		return nil, err
	}
	if len(f.Blocks) == 0 {
		return nil, errors.New("no block")
	}
	return f, nil
}

func (r *fileReader) regions(f *File, root *fb.TosaGraph) error {
	n := root.RegionsLength()
	if err := r.spend(n); err != nil {
		return err
	}
	for i := range n {
		var region fb.TosaRegion
		root.Regions(&region, i)
		name, err := r.name(region.Name())
		if err != nil {
			return err
		}
		blocks := region.BlocksLength()
		if err := r.spend(blocks); err != nil {
			return err
		}
		for k := range blocks {
			r.place = fmt.Sprintf("region %d block %d", i, k)
			var block fb.TosaBasicBlock
			region.Blocks(&block, k)
			b, err := r.block(&block)
			if err != nil {
				return err
			}
			b.Region = name
			f.Blocks = append(f.Blocks, *b)
		}
	}
	return nil
}

// spend takes n elements off the budget, before they are read or room for them is made.
func (r *fileReader) spend(n int) error {
	switch {
	case n < 0 || n > len(r.data):
		return fmt.Errorf("a list of %d elements in a file of %d bytes", uint32(n), len(r.data))
	case n > r.budget:
		return errors.New("lists of more elements than the file has bytes")
	}
	r.budget -= n
	return nil
}

// name is a text of the file: printable and not too long.
func (r *fileReader) name(b []byte) (string, error) {
	if len(b) > maxName {
		return "", fmt.Errorf("a name of %d bytes", len(b))
	}
	if s, ok := r.names[string(b)]; ok {
		return s, nil
	}
	s := string(b)
	if !utf8.ValidString(s) || strings.ContainsFunc(s, func(c rune) bool { return !unicode.IsPrint(c) }) {
		return "", fmt.Errorf("the name %q is not printable", s)
	}
	r.names[s] = s
	return s, nil
}

// list is a vector of n names.
func (r *fileReader) list(n int, at func(int) []byte) ([]string, error) {
	if err := r.spend(n); err != nil {
		return nil, err
	}
	out := make([]string, n)
	for i := range out {
		var err error
		if out[i], err = r.name(at(i)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// shape is a vector of n extents.
func (r *fileReader) shape(n int, at func(int) int32) (model.Shape, error) {
	var s model.Shape
	if n < 0 || n > model.MaxRank {
		return s, fmt.Errorf("rank %d", uint32(n))
	}
	elements := 1
	for i := range n {
		d := int(at(i))
		if d < 0 {
			return s, fmt.Errorf("extent %d", d)
		}
		if elements *= d; elements > maxElements {
			return s, errors.New("more elements than a file can hold")
		}
		s = s.Append(model.Dim(d))
	}
	return s, nil
}

// values is the constant of that type; extra bytes are left out.
func (r *fileReader) values(d model.DType, s model.Shape, data []byte) (*model.Tensor, error) {
	need := int(s.Numel()) * d.Bytes()
	if d == model.Int4 {
		need = int(s.Numel()+1) / 2
	}
	if len(data) < need {
		return nil, fmt.Errorf("%d bytes of data for %s, which needs %d", len(data), model.TensorType{DType: d, Shape: s}.Format(nil), need)
	}
	if d != model.Int4 {
		return &model.Tensor{DType: d, Shape: s, Raw: data[:need:need]}, nil
	}
	if err := r.spend(need); err != nil {
		return nil, err
	}
	raw := make([]byte, s.Numel())
	for i := range raw { // two to a byte, the first in the low bits
		raw[i] = byte(int8(data[i/2]>>(4*(i%2))<<4) >> 4)
	}
	return &model.Tensor{DType: d, Shape: s, Raw: raw}, nil
}
