package tosa_test

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"testing"

	"seam/tosa"
)

// fbTable is a table of a flatbuffer: where it is in the file.
type fbTable struct {
	b  []byte
	at int
}

func (t fbTable) u32(at int) int { return int(binary.LittleEndian.Uint32(t.b[at:])) }

// field is where a slot's value is, 0 if it is absent.
func (t fbTable) field(slot int) int {
	vt := t.at - int(int32(t.u32(t.at)))
	if 4+2*slot >= int(binary.LittleEndian.Uint16(t.b[vt:])) {
		return 0
	}
	off := int(binary.LittleEndian.Uint16(t.b[vt+4+2*slot:]))
	if off == 0 {
		return 0
	}
	return t.at + off
}

// number is an unsigned field of that many bytes, or its default.
func (t fbTable) number(slot, width, def int) int {
	at := t.field(slot)
	if at == 0 {
		return def
	}
	var word [8]byte
	copy(word[:], t.b[at:at+width])
	return int(binary.LittleEndian.Uint64(word[:]))
}

// vector is where a vector's elements start, and how many they are.
func (t fbTable) vector(slot int) (start, n int) {
	at := t.field(slot)
	if at == 0 {
		return 0, 0
	}
	at += t.u32(at)
	return at + 4, t.u32(at)
}

func (t fbTable) table(slot int) fbTable {
	at := t.field(slot)
	return fbTable{t.b, at + t.u32(at)}
}

func (t fbTable) tables(slot int) []fbTable {
	at, n := t.vector(slot)
	out := make([]fbTable, n)
	for i := range out {
		out[i] = fbTable{t.b, at + 4*i + t.u32(at+4*i)}
	}
	return out
}

func (t fbTable) text(slot int) string {
	at, n := t.vector(slot)
	return string(t.b[at : at+n])
}

func (t fbTable) texts(slot int) []string {
	at, n := t.vector(slot)
	out := make([]string, n)
	for i := range out {
		s := at + 4*i + t.u32(at+4*i)
		out[i] = string(t.b[s+4 : s+4+t.u32(s)])
	}
	return out
}

func (t fbTable) ints(slot int) []int64 {
	at, n := t.vector(slot)
	out := make([]int64, n)
	for i := range out {
		out[i] = int64(int32(t.u32(at + 4*i)))
	}
	return out
}

// fileDTypes is TOSA's element types by number, and their widths in bytes.
var (
	fileDTypes = map[int]string{1: "BOOL", 2: "INT4", 3: "INT8", 4: "INT16", 5: "INT32", 6: "INT48", 10: "SHAPE"}
	fileWidths = map[string]int{"BOOL": 1, "INT8": 1, "INT16": 2, "INT32": 4, "INT48": 6, "SHAPE": 8}
	fileOps    = map[int]string{
		1: "ARGMAX", 2: "AVG_POOL2D", 3: "CONV2D", 4: "CONV3D", 5: "DEPTHWISE_CONV2D", 7: "MATMUL", 8: "MAX_POOL2D",
		10: "TRANSPOSE_CONV2D", 11: "CLAMP", 15: "ADD", 16: "ARITHMETIC_RIGHT_SHIFT", 17: "BITWISE_AND", 18: "BITWISE_OR",
		19: "BITWISE_XOR", 21: "LOGICAL_AND", 24: "LOGICAL_OR", 26: "MAXIMUM", 27: "MINIMUM", 28: "MUL", 30: "SUB", 31: "TABLE",
		32: "ABS", 33: "BITWISE_NOT", 40: "LOGICAL_NOT", 41: "NEGATE", 45: "SELECT", 46: "EQUAL", 47: "GREATER",
		48: "GREATER_EQUAL", 50: "REDUCE_ANY", 51: "REDUCE_MAX", 52: "REDUCE_MIN", 54: "REDUCE_SUM", 55: "CONCAT", 56: "PAD",
		57: "RESHAPE", 58: "REVERSE", 59: "SLICE", 60: "TILE", 61: "TRANSPOSE", 62: "GATHER", 63: "SCATTER", 64: "RESIZE",
		65: "CAST", 66: "RESCALE", 67: "CONST", 68: "IDENTITY", 75: "CONST_SHAPE",
	}
	// fileAttrs is the attributes of each operator in slot order: a name and its kind (l list, i number, b bool, d dtype,
	// n NaN mode, r rounding mode, m resize mode, x bytes).
	fileAttrs = map[string][][2]string{
		"ARGMAX":                 {{"axis", "i"}, {"nan_mode", "n"}},
		"AVG_POOL2D":             {{"kernel", "l"}, {"stride", "l"}, {"pad", "l"}, {"acc_type", "d"}},
		"CONV2D":                 convAttrs,
		"CONV3D":                 convAttrs,
		"DEPTHWISE_CONV2D":       convAttrs,
		"MAX_POOL2D":             {{"kernel", "l"}, {"stride", "l"}, {"pad", "l"}, {"nan_mode", "n"}},
		"TRANSPOSE_CONV2D":       {{"out_pad", "l"}, {"stride", "l"}, {"local_bound", "b"}, {"acc_type", "d"}},
		"CLAMP":                  {{"min_val", "x"}, {"max_val", "x"}, {"nan_mode", "n"}},
		"ARITHMETIC_RIGHT_SHIFT": {{"round", "b"}},
		"MAXIMUM":                {{"nan_mode", "n"}},
		"MINIMUM":                {{"nan_mode", "n"}},
		"REDUCE_MAX":             {{"axis", "i"}, {"nan_mode", "n"}},
		"REDUCE_MIN":             {{"axis", "i"}, {"nan_mode", "n"}},
		"REDUCE_ANY":             {{"axis", "i"}},
		"REDUCE_SUM":             {{"axis", "i"}},
		"CONCAT":                 {{"axis", "i"}},
		"REVERSE":                {{"axis", "i"}},
		"TRANSPOSE":              {{"perms", "l"}},
		"RESIZE":                 {{"mode", "m"}},
		"RESCALE": {
			{"scale32", "b"}, {"rounding_mode", "r"}, {"per_channel", "b"}, {"input_unsigned", "b"}, {"output_unsigned", "b"},
		},
	}
	convAttrs = [][2]string{{"pad", "l"}, {"stride", "l"}, {"dilation", "l"}, {"local_bound", "b"}, {"acc_type", "d"}}
	enumNames = map[string][]string{
		"n": {"UNKNOWN", "PROPAGATE", "IGNORE"}, "m": {"UNKNOWN", "NEAREST", "BILINEAR"},
		"r": {"UNKNOWN", "SINGLE_ROUND", "INEXACT_ROUND", "DOUBLE_ROUND"},
	}
)

func (t fbTable) attribute(slot int, kind string) any {
	switch kind {
	case "l":
		return t.ints(slot)
	case "i":
		return int64(int32(t.number(slot, 4, 0)))
	case "b":
		return t.number(slot, 1, 0) != 0
	case "d":
		return fileDTypes[t.number(slot, 4, 0)]
	case "x":
		at, n := t.vector(slot)
		return hex.EncodeToString(t.b[at : at+n])
	}
	return enumNames[kind][t.number(slot, 4, 0)]
}

// readTOSA is the normal form of a .tosa file with one block.
func readTOSA(t testing.TB, path string) tosa.NormalForm {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	root := fbTable{b, int(binary.LittleEndian.Uint32(b))}
	version := root.table(0)
	f := tosa.NormalForm{Version: [3]int{version.number(0, 4, -1), version.number(1, 4, -1), version.number(2, 4, -1)}}
	f.Draft = version.number(3, 1, 1) != 0
	for _, region := range root.tables(1) {
		for _, block := range region.tables(1) {
			f.Regions = append(f.Regions, readBlock(region.text(0), block))
		}
	}
	return f
}

func readBlock(name string, block fbTable) tosa.NormalRegion {
	r := tosa.NormalRegion{Name: name}
	operand, typ := map[string]tosa.NormalOperand{}, map[string]tosa.NormalTensor{}
	for _, t := range block.tables(2) {
		dtype := fileDTypes[t.number(2, 4, 0)]
		typ[t.text(0)] = tosa.NormalTensor{Shape: t.ints(1), DType: dtype}
		if at, n := t.vector(3); n > 0 {
			operand[t.text(0)] = tosa.NormalOperand{Const: readConst(t.ints(1), dtype, t.b[at:at+n])}
		}
	}
	for _, s := range block.tables(5) {
		at, n := s.vector(2)
		shape := make([]int64, n/8)
		for i := range shape {
			shape[i] = int64(binary.LittleEndian.Uint64(s.b[at+8*i:]))
		}
		operand[s.text(0)] = tosa.NormalOperand{Shape: shape}
	}
	for i, in := range block.texts(3) {
		operand[in] = tosa.NormalOperand{Ref: fmt.Sprintf("in%d", i)}
		r.Inputs = append(r.Inputs, typ[in])
	}
	for _, o := range block.tables(1) {
		op := fileOps[o.number(0, 4, 0)]
		if op == "CONST" || op == "CONST_SHAPE" {
			continue
		}
		n := tosa.NormalOperator{Op: op, Attribute: map[string]any{}}
		for slot, a := range fileAttrs[op] {
			n.Attribute[a[0]] = o.table(2).attribute(slot, a[1])
		}
		for _, in := range o.texts(3) {
			n.Inputs = append(n.Inputs, operand[in])
		}
		for k, out := range o.texts(4) {
			n.Outputs = append(n.Outputs, typ[out])
			operand[out] = tosa.NormalOperand{Ref: fmt.Sprintf("n%d.%d", len(r.Operators), k)}
		}
		r.Operators = append(r.Operators, n)
	}
	for _, out := range block.texts(4) {
		t := typ[out]
		t.From = operand[out].Ref
		r.Outputs = append(r.Outputs, t)
	}
	return r
}

func readConst(shape []int64, dtype string, data []byte) *tosa.NormalConst {
	width, n := fileWidths[dtype], 1
	for _, d := range shape {
		n *= int(d)
	}
	data = data[:n*width]
	sum := sha256.Sum256(data)
	c := &tosa.NormalConst{Shape: shape, DType: dtype, SHA256: hex.EncodeToString(sum[:])}
	for i := range min(n, 8) {
		c.First = append(c.First, littleEndian(data[i*width:(i+1)*width]))
	}
	return c
}

// littleEndian is a two's complement number of up to 8 bytes.
func littleEndian(b []byte) int64 {
	var v uint64
	for i, x := range b {
		v |= uint64(x) << (8 * i)
	}
	unused := 64 - 8*len(b)
	return int64(v<<unused) >> unused
}
