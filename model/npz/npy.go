package npz

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"seam/model"
)

// header is what the text in front of an array says.
type header struct {
	dtype   model.DType
	word    int // bytes that are swapped together: half an element of a complex type
	big     bool
	fortran bool
	shape   []int64
}

// readNPY reads one array of at most size bytes.
func readNPY(r io.Reader, size int64, left *int64) (*model.Tensor, error) {
	text, used, err := headerText(r)
	if err != nil {
		return nil, err
	}
	h, err := parseHeader(text)
	if err != nil {
		return nil, err
	}
	n, err := h.elements()
	if err != nil {
		return nil, err
	}
	w := int64(h.dtype.Bytes())
	if n > (size-used)/w {
		return nil, fmt.Errorf("shape %v of %s needs more than the %d bytes that are there", h.shape, h.dtype, size-used)
	}
	need := n * w
	if h.fortran {
		need *= 2
	}
	if *left -= need; *left < 0 {
		return nil, errors.New("needs more memory than a file of this size may take")
	}
	raw := make([]byte, n*w)
	if _, err := io.ReadFull(r, raw); err != nil {
		return nil, fmt.Errorf("cut off: %w", err)
	}
	if h.big {
		for i := 0; i < len(raw); i += h.word {
			slices.Reverse(raw[i : i+h.word])
		}
	}
	dims := make([]model.Dim, len(h.shape))
	for i, s := range h.shape {
		dims[i] = model.Dim(s)
	}
	if h.fortran && len(h.shape) > 1 {
		raw = rowMajor(raw, h.shape, int(w))
	}
	return &model.Tensor{DType: h.dtype, Shape: model.ShapeOf(dims...), Raw: raw}, nil
}

// headerText reads the part in front of the data: the text, and the bytes that were read.
func headerText(r io.Reader) (string, int64, error) {
	head := make([]byte, 10)
	if _, err := io.ReadFull(r, head); err != nil || string(head[:6]) != npyMagic {
		return "", 0, errors.New("no NumPy array")
	}
	n, used := int64(binary.LittleEndian.Uint16(head[8:])), int64(10)
	if head[6] > 3 || head[6] == 0 {
		return "", 0, fmt.Errorf("array format %d, not 1 to 3", head[6])
	}
	if head[6] > 1 {
		more := make([]byte, 2)
		if _, err := io.ReadFull(r, more); err != nil {
			return "", 0, errors.New("the header is cut off")
		}
		n, used = int64(binary.LittleEndian.Uint32(append(head[8:10:10], more...))), 12
	}
	if n > 1<<16 {
		return "", 0, fmt.Errorf("a header of %d bytes", n)
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(r, text); err != nil {
		return "", 0, errors.New("the header is cut off")
	}
	return string(text), used + n, nil
}

var headerForm = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^\s*\{(?:\s*'(?:descr'\s*:\s*'(?P<d>[^']*)'|fortran_order'\s*:\s*(?P<f>True|False)|shape'\s*:\s*\((?P<s>[0-9L,\s]*)\))\s*,?){3}\s*\}\s*$`)
})

// parseHeader reads the Python dict {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }.
func parseHeader(text string) (header, error) {
	var h header
	m := headerForm().FindStringSubmatch(text)
	if m == nil {
		if strings.Contains(text, "'descr': [") {
			return h, errors.New("a structured array")
		}
		return h, fmt.Errorf("the header %.80q is not understood", text)
	}
	if err := h.setDType(m[1]); err != nil {
		return h, err
	}
	h.fortran = m[2] == "True"
	for _, f := range strings.Split(m[3], ",") {
		if f = strings.TrimSuffix(strings.TrimSpace(f), "L"); f == "" {
			continue
		}
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return h, fmt.Errorf("size %.40q", f)
		}
		h.shape = append(h.shape, n)
	}
	if len(h.shape) > model.MaxRank {
		return h, fmt.Errorf("rank %d, more than %d", len(h.shape), model.MaxRank)
	}
	return h, nil
}

func (h *header) setDType(descr string) error {
	if len(descr) < 2 || strings.IndexByte("<>|=", descr[0]) < 0 {
		return fmt.Errorf("dtype %.20q", descr)
	}
	if descr[1] == 'O' {
		return errors.New("an array of pickled objects")
	}
	for _, d := range dtypes() {
		if d.code == descr[1:] {
			h.dtype, h.big, h.word = d.dtype, descr[0] == '>', d.dtype.Bytes()
			if d.dtype.IsComplex() {
				h.word /= 2
			}
			return nil
		}
	}
	return fmt.Errorf("dtype %.20q is not read", descr)
}

type dtypeCode struct {
	code  string
	dtype model.DType
}

func dtypes() []dtypeCode {
	return []dtypeCode{
		{"f4", model.Float32},
		{"f8", model.Float64},
		{"f2", model.Float16},
		{"b1", model.Bool},
		{"u1", model.Uint8},
		{"i1", model.Int8},
		{"i2", model.Int16},
		{"i4", model.Int32},
		{"i8", model.Int64},
		{"u2", model.Uint16},
		{"u4", model.Uint32},
		{"u8", model.Uint64},
		{"c8", model.Complex64},
		{"c16", model.Complex128},
	}
}

// elements is the number of elements.
//
//	errors  more than an int64 counts
func (h *header) elements() (int64, error) {
	n := int64(1)
	if slices.Contains(h.shape, 0) {
		return 0, nil
	}
	for _, s := range h.shape {
		if n > math.MaxInt64/s {
			return 0, fmt.Errorf("shape %v has too many elements", h.shape)
		}
		n *= s
	}
	return n, nil
}

// rowMajor turns column-major elements of w bytes into row-major ones.
func rowMajor(raw []byte, shape []int64, w int) []byte {
	strides := make([]int, len(shape))
	for i, step := 0, 1; i < len(shape); i++ {
		strides[i] = step
		step *= int(shape[i])
	}
	out := make([]byte, 0, len(raw))
	index := make([]int, len(shape))
	for at := 0; len(out) < len(raw); {
		out = append(out, raw[at*w:at*w+w]...)
		for i := len(index) - 1; i >= 0; i-- {
			index[i]++
			if at += strides[i]; index[i] < int(shape[i]) {
				break
			}
			at -= strides[i] * int(shape[i])
			index[i] = 0
		}
	}
	return out
}
