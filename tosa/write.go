package tosa

import (
	"encoding/hex"
	"fmt"
	"io"

	flatbuffers "github.com/google/flatbuffers/go"

	"seam/model"
	"seam/tosa/fb"
)

// The version of the specification that written files claim to follow.
const versionMajor, versionMinor, versionPatch = 1, 0, 0

// maxWritten is the bytes of constants that leave room for the rest below 2 GiB, where flatbuffers end.
const maxWritten = 2_000_000_000

// dataAlign is what the schema asks for constant data. The generated code for Go does not see to it.
const dataAlign = 8

// Write writes a lowered delegate as a TOSA flatbuffer: region and block "main", constants in front of what reads them.
//
//	errors  a delegate that was not lowered; a value or attribute that the format cannot hold; those of w
//	source  lower.md 4; tosa/fb/tosa.fbs
func Write(w io.Writer, l *Lowered) error {
	if l.Graph == nil {
		return fmt.Errorf("write delegate %d: it was not lowered: %s", l.Tag, failures(l))
	}
	if n := l.Graph.Attrs.Bytes(); n > maxWritten {
		return fmt.Errorf("write delegate %d: %d bytes of constants are more than a flatbuffer may hold", l.Tag, n)
	}
	f := &fileWriter{Builder: flatbuffers.NewBuilder(1 << 16), g: l.Graph}
	if err := f.graph(); err != nil {
		return fmt.Errorf("write delegate %d: %w", l.Tag, err)
	}
	if _, err := w.Write(f.FinishedBytes()); err != nil {
		return fmt.Errorf("write delegate %d: %w", l.Tag, err)
	}
	return nil
}

// failures is the first reason why there is no graph.
func failures(l *Lowered) string {
	if len(l.Failed) == 0 {
		return "no reason is known"
	}
	return l.Failed[0].Text
}

// fileWriter builds the flatbuffer of one graph. What a table holds is built before the table.
type fileWriter struct {
	*flatbuffers.Builder
	g *model.Graph
}

func (f *fileWriter) graph() error {
	block, err := f.block()
	if err != nil {
		return err
	}
	name, blocks := f.CreateSharedString("main"), f.CreateVectorOfTables([]flatbuffers.UOffsetT{block})
	fb.TosaRegionStart(f.Builder)
	fb.TosaRegionAddName(f.Builder, name)
	fb.TosaRegionAddBlocks(f.Builder, blocks)
	regions := f.CreateVectorOfTables([]flatbuffers.UOffsetT{fb.TosaRegionEnd(f.Builder)})
	fb.VersionStart(f.Builder)
	fb.VersionAdd_major(f.Builder, versionMajor)
	fb.VersionAdd_minor(f.Builder, versionMinor)
	fb.VersionAdd_patch(f.Builder, versionPatch)
	fb.VersionAdd_draft(f.Builder, false)
	version := fb.VersionEnd(f.Builder)
	fb.TosaGraphStart(f.Builder)
	fb.TosaGraphAddVersion(f.Builder, version)
	fb.TosaGraphAddRegions(f.Builder, regions)
	f.FinishWithFileIdentifier(fb.TosaGraphEnd(f.Builder), []byte(fileIdentifier))
	return nil
}

// block writes all nodes: a tensor or a shape for every value, and an operator for all but the inputs.
func (f *fileWriter) block() (flatbuffers.UOffsetT, error) {
	var operators, tensors, shapes []flatbuffers.UOffsetT
	var inputs, outputs []string
	for i := range f.g.Len() {
		x := f.g.Node(model.NodeID(i))
		switch x.Kind {
		case model.Placeholder:
			inputs = append(inputs, x.Name)
		case model.Output:
			continue
		}
		value, isShape, err := f.value(x)
		if err != nil {
			return 0, err
		}
		if isShape {
			shapes = append(shapes, value)
		} else {
			tensors = append(tensors, value)
		}
		if x.Kind == model.Placeholder {
			continue
		}
		o, err := f.operator(x)
		if err != nil {
			return 0, err
		}
		operators = append(operators, o)
	}
	for _, n := range outputsOf(f.g) {
		outputs = append(outputs, f.g.Node(n).Name)
	}
	name := f.CreateSharedString("main")
	ops, tens, shp := f.CreateVectorOfTables(operators), f.CreateVectorOfTables(tensors), f.CreateVectorOfTables(shapes)
	in, out := f.texts(inputs), f.texts(outputs)
	fb.TosaBasicBlockStart(f.Builder)
	fb.TosaBasicBlockAddName(f.Builder, name)
	fb.TosaBasicBlockAddOperators(f.Builder, ops)
	fb.TosaBasicBlockAddTensors(f.Builder, tens)
	fb.TosaBasicBlockAddInputs(f.Builder, in)
	fb.TosaBasicBlockAddOutputs(f.Builder, out)
	fb.TosaBasicBlockAddShapes(f.Builder, shp)
	return fb.TosaBasicBlockEnd(f.Builder), nil
}

// value writes the tensor, or the shape, that a node gives.
func (f *fileWriter) value(x *model.Node) (at flatbuffers.UOffsetT, isShape bool, err error) {
	if !x.Type.IsTensor() || tosaDType(x.Type.T.DType) == "" || x.Type.T.Shape.Symbolic() {
		return 0, false, fmt.Errorf("%q: a value of type %s", x.Name, x.Type.T.Format(nil))
	}
	t := &model.Tensor{DType: x.Type.T.DType, Shape: x.Type.T.Shape}
	if x.Kind == model.GetAttr {
		attr, _ := f.g.Attrs.Get(x.Target)
		if attr.Tensor == nil || attr.Tensor.Len() != int(attr.Tensor.Shape.Numel()) {
			return 0, false, fmt.Errorf("constant %q: its values are not known", x.Name)
		}
		t = attr.Tensor
	}
	name := f.CreateSharedString(x.Name)
	if t.DType == model.ShapeType {
		data := f.data(t.Raw)
		fb.TosaShapeStart(f.Builder)
		fb.TosaShapeAddName(f.Builder, name)
		fb.TosaShapeAddRank(f.Builder, uint32(t.Len()))
		fb.TosaShapeAddData(f.Builder, data)
		return fb.TosaShapeEnd(f.Builder), true, nil
	}
	shape, data := f.ints(shape64(t.Shape)), f.data(fileBytes(t))
	fb.TosaTensorStart(f.Builder)
	fb.TosaTensorAddName(f.Builder, name)
	fb.TosaTensorAddShape(f.Builder, shape)
	fb.TosaTensorAddType(f.Builder, fileDTypes[t.DType])
	fb.TosaTensorAddData(f.Builder, data)
	return fb.TosaTensorEnd(f.Builder), false, nil
}

// fileBytes is a constant's bytes in a file: INT4 two to a byte, the first in the low bits; all others as they are.
func fileBytes(t *model.Tensor) []byte {
	if t.DType != model.Int4 {
		return t.Raw
	}
	out := make([]byte, (len(t.Raw)+1)/2)
	for i, b := range t.Raw {
		out[i/2] |= b & 15 << (4 * (i % 2))
	}
	return out
}

func (f *fileWriter) operator(x *model.Node) (flatbuffers.UOffsetT, error) {
	op := opNumber(x.Target)
	if x.Kind == model.GetAttr {
		op = fb.OpCONST
		if x.Type.T.DType == model.ShapeType {
			op = fb.OpCONST_SHAPE
		}
	}
	if op == fb.OpUNKNOWN {
		return 0, fmt.Errorf("%q: no operator %s", x.Name, x.Target)
	}
	attr, err := f.attribute(op, x)
	if err != nil {
		return 0, err
	}
	var names []string
	for _, p := range operands(x) {
		names = append(names, f.g.Node(p).Name)
	}
	in, out := f.texts(names), f.texts([]string{x.Name})
	fb.TosaOperatorStart(f.Builder)
	fb.TosaOperatorAddOp(f.Builder, op)
	fb.TosaOperatorAddAttributeType(f.Builder, fb.Attribute(op)) // the union counts as the operators do
	fb.TosaOperatorAddAttribute(f.Builder, attr)
	fb.TosaOperatorAddInputs(f.Builder, in)
	fb.TosaOperatorAddOutputs(f.Builder, out)
	return fb.TosaOperatorEnd(f.Builder), nil
}

// attribute writes an operator's attribute table, which must be there even without fields.
func (f *fileWriter) attribute(op fb.Op, x *model.Node) (flatbuffers.UOffsetT, error) {
	rows := attrsOf(op)
	vectors := make([]flatbuffers.UOffsetT, len(rows))
	for i, r := range rows {
		a := x.Kwarg(r.Name)
		if a.IsNone() {
			return 0, fmt.Errorf("%q: no attribute %s", x.Name, r.Name)
		}
		switch r.Kind {
		case attrInts:
			vectors[i] = f.ints(argInts(a))
		case attrString:
			vectors[i] = f.CreateSharedString(a.Str)
		case attrBytes:
			b, err := attrRaw(x, a)
			if err != nil {
				return 0, fmt.Errorf("%q: %s: %w", x.Name, r.Name, err)
			}
			vectors[i] = f.data(b)
		}
	}
	f.StartObject(len(rows))
	for i, r := range rows {
		a := x.Kwarg(r.Name)
		switch r.Kind {
		case attrInts, attrString, attrBytes:
			f.PrependUOffsetTSlot(i, vectors[i], 0)
		case attrInt:
			f.PrependInt32Slot(i, int32(a.Int), 0)
		case attrBool:
			f.PrependBoolSlot(i, a.Bool(), false)
		default:
			f.PrependUint32Slot(i, enumValue(r.Kind, a.Str), 0)
		}
	}
	return f.EndObject(), nil
}

// attrRaw is the bytes of an attribute: a number in the result's type, or what hexadecimal digits say.
func attrRaw(x *model.Node, a model.Arg) ([]byte, error) {
	if a.Kind == model.ArgInt {
		return model.FromInts(x.Type.T.DType, model.ShapeInts(1), []int64{a.Int}).Raw, nil
	}
	return hex.DecodeString(a.Str)
}

func argInts(a model.Arg) []int64 {
	out := make([]int64, len(a.List))
	for i, e := range a.List {
		out[i] = e.Int
	}
	return out
}

// ints writes a vector of int32.
func (f *fileWriter) ints(v []int64) flatbuffers.UOffsetT {
	f.StartVector(4, len(v), 4)
	for i := len(v) - 1; i >= 0; i-- {
		f.PrependInt32(int32(v[i]))
	}
	return f.EndVector(len(v))
}

// data writes a vector of bytes that starts at a multiple of dataAlign.
func (f *fileWriter) data(v []byte) flatbuffers.UOffsetT {
	f.StartVector(1, len(v), dataAlign)
	for i := len(v) - 1; i >= 0; i-- {
		f.PlaceByte(v[i])
	}
	return f.EndVector(len(v))
}

func (f *fileWriter) texts(v []string) flatbuffers.UOffsetT {
	at := make([]flatbuffers.UOffsetT, len(v))
	for i, s := range v {
		at[i] = f.CreateSharedString(s)
	}
	return f.CreateVectorOfTables(at)
}
