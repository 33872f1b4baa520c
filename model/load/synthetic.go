package load

import (
	"encoding/binary"
	"fmt"
	"math"

	"seam/model"
)

// Synthetic makes up data for m: the same data for the same seed, on every machine. Floats are about normal, with mean 0 and
// deviation 1; integers are small, so that they may serve as indices; 8-bit and 16-bit integers take the 8-bit range. A
// symbolic extent takes its size at capture, or else 2, kept within its range.
func Synthetic(m *Model, seed int64, batches int) *Data {
	r := random(seed)
	d := &Data{Synthetic: true, Source: fmt.Sprintf("synthetic, seed %d", seed)}
	for range batches {
		batch := make([]*model.Tensor, len(m.Program.Inputs))
		for j, in := range m.Program.Inputs {
			if in.Kind != model.ScalarInput && in.Type.IsTensor() {
				batch[j] = r.tensor(in.Type.T.DType, plainShape(m.Graph, in.Type.T.Shape))
			}
		}
		d.Batches = append(d.Batches, batch)
	}
	return d
}

// plainShape puts sizes in for symbols.
func plainShape(g *model.Graph, s model.Shape) model.Shape {
	for i, d := range s.Dims() {
		if !d.Symbolic() {
			continue
		}
		y := g.Symbols[-d-1]
		n := y.Hint
		if n < 0 {
			if n = max(2, y.Min); y.Max >= 0 {
				n = min(n, y.Max)
			}
		}
		s = s.With(i, model.Dim(n))
	}
	return s
}

// random is the state of a splitmix64 generator, fixed here so that synthetic data never changes with a library.
type random uint64

func (r *random) next() uint64 {
	*r += 0x9e3779b97f4a7c15
	z := uint64(*r)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// normal is the sum of twelve uniform numbers less six: mean 0, deviation 1, between -6 and 6, exact on every machine.
func (r *random) normal() float64 {
	sum := int64(0)
	for range 12 {
		sum += int64(r.next() >> 40)
	}
	return float64(sum)/(1<<24) - 6
}

func (r *random) tensor(d model.DType, s model.Shape) *model.Tensor {
	n := int(s.Numel())
	t := &model.Tensor{DType: d, Shape: s, Raw: make([]byte, 0, n*d.Bytes())}
	for range n {
		switch {
		case d.IsComplex():
			half := map[model.DType]model.DType{
				model.Complex32: model.Float16, model.Complex64: model.Float32, model.Complex128: model.Float64,
			}[d]
			t.Raw = appendFloat(appendFloat(t.Raw, half, r.normal()), half, r.normal())
		case d.IsFloat():
			t.Raw = appendFloat(t.Raw, d, r.normal())
		default:
			t.Raw = r.appendInt(t.Raw, d)
		}
	}
	return t
}

func (r *random) appendInt(raw []byte, d model.DType) []byte {
	var v int64
	switch bits := r.next() >> 33; d {
	case model.Bool:
		v = int64(bits & 1)
	case model.Uint8, model.Uint16:
		v = int64(bits & 255)
	case model.Int8, model.Int16:
		v = int64(bits&255) - 128
	default:
		v = int64(bits & 3)
	}
	return binary.LittleEndian.AppendUint64(raw, uint64(v))[:len(raw)+d.Bytes()]
}

// appendFloat appends f as a float of type d, cut off to the type's precision; a float8 is its nearest value.
func appendFloat(raw []byte, d model.DType, f float64) []byte {
	switch d {
	case model.Float64:
		return binary.LittleEndian.AppendUint64(raw, math.Float64bits(f))
	case model.Float32:
		return binary.LittleEndian.AppendUint32(raw, math.Float32bits(float32(f)))
	case model.BFloat16:
		return binary.LittleEndian.AppendUint16(raw, uint16(math.Float32bits(float32(f))>>16))
	case model.Float16:
		bits := math.Float32bits(float32(f))
		exp := int(bits>>23&255) - 112
		if exp <= 0 { // too small to matter
			return append(raw, 0, 0)
		}
		return binary.LittleEndian.AppendUint16(raw, uint16(bits>>16&0x8000)|uint16(exp)<<10|uint16(bits>>13&1023))
	}
	best, gap := byte(0), math.Inf(1)
	for b := range 256 {
		if g := math.Abs(float64(model.Float8ToFloat(d, byte(b))) - f); g < gap {
			best, gap = byte(b), g
		}
	}
	return append(raw, best)
}
