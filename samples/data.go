package samples

import (
	"math/rand/v2"

	"seam/model"
)

// SyntheticData draws calibration inputs for g: for each batch one tensor for each user input that is a tensor, in order.
// Equal arguments give equal data.
//
//	result  float32 uniform in [-1, 1]; whole numbers from 0 to 9, bools 0 or 1; other dtypes all zero. A symbolic extent has
//	        the size at capture, or its smallest where that is unknown
func SyntheticData(g *model.Graph, seed int64, batches int) [][]*model.Tensor {
	rng := rand.New(rand.NewPCG(uint64(seed), 1))
	out := make([][]*model.Tensor, batches)
	for i := range out {
		for _, n := range g.UserInputs() {
			if t := g.Node(n).Type; t.IsTensor() {
				out[i] = append(out[i], randomTensor(rng, t.T.DType, concrete(g, t.T.Shape)))
			}
		}
	}
	return out
}

// concrete is s with sizes for its symbolic extents.
func concrete(g *model.Graph, s model.Shape) model.Shape {
	for i := range s.Rank() {
		d := s.At(i)
		if !d.Symbolic() {
			continue
		}
		sym := g.Symbols[-d-1]
		size := sym.Hint
		if size < 0 {
			size = max(sym.Min, 1)
		}
		s = s.With(i, model.Dim(size))
	}
	return s
}

func randomTensor(rng *rand.Rand, d model.DType, s model.Shape) *model.Tensor {
	n := int(s.Numel())
	switch {
	case d == model.Float32:
		return model.FromFloats(s, uniform(rng, n, 1))
	case d.IsInteger():
		v := make([]int64, n)
		for i := range v {
			if v[i] = rng.Int64N(10); d == model.Bool {
				v[i] %= 2
			}
		}
		return model.FromInts(d, s, v)
	}
	return &model.Tensor{DType: d, Shape: s, Raw: make([]byte, n*d.Bytes())}
}
