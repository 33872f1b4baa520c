package npz

import (
	"archive/zip"
	"encoding/binary"
	"fmt"
	"io"
	"strconv"
	"strings"

	"seam/model"
)

// Write writes arrays as a .npz file, the same bytes for the same arrays. Types that NumPy does not have are written as
// unsigned integers of their size.
func Write(w io.Writer, arrays []Array) error {
	z := zip.NewWriter(w)
	for _, a := range arrays {
		f, err := z.CreateHeader(&zip.FileHeader{Name: a.Name + ".npy", Method: zip.Store})
		if err != nil {
			return fmt.Errorf("array %q: %w", a.Name, err)
		}
		head, err := npyHeader(a.Tensor)
		if err != nil {
			return fmt.Errorf("array %q: %w", a.Name, err)
		}
		if _, err := f.Write(append(head, a.Raw...)); err != nil {
			return fmt.Errorf("array %q: %w", a.Name, err)
		}
	}
	return z.Close()
}

func npyHeader(t *model.Tensor) ([]byte, error) {
	code := ""
	for _, d := range dtypes() {
		if d.dtype == t.DType {
			code = d.code
		}
	}
	if b := t.DType.Bytes(); code == "" && b > 0 && b <= 8 {
		code = "u" + strconv.Itoa(b)
	}
	if code == "" {
		return nil, fmt.Errorf("%s cannot be written", t.DType)
	}
	order := "<"
	if t.DType.Bytes() == 1 {
		order = "|"
	}
	var dims strings.Builder
	for _, d := range t.Shape.Ints() {
		fmt.Fprintf(&dims, "%d, ", d)
	}
	shape := strings.TrimSuffix(dims.String(), " ")
	if t.Shape.Rank() > 1 {
		shape = strings.TrimSuffix(shape, ",")
	}
	text := fmt.Sprintf("{'descr': '%s%s', 'fortran_order': False, 'shape': (%s), }", order, code, shape)
	pad := 63 - (10+len(text))%64
	text += strings.Repeat(" ", pad) + "\n"
	head := binary.LittleEndian.AppendUint16([]byte(npyMagic+"\x01\x00"), uint16(len(text)))
	return append(head, text...), nil
}
