package eval

import (
	"math"

	"seam/model"
)

// weightNorm is v * (g / |v|), with a norm for each index along dim, or one of all for a dim that is no axis; v [...], g like v
// with extent 1 elsewhere. torch sums the squares in an order of its own along the first axis and along the last, and rounds each
// step to float32.
//
//	source  aten/src/ATen/native/WeightNorm.cpp: _weight_norm; aten/src/ATen/native/cpu/WeightNormKernel.cpp
func weightNorm(c *call) *Value {
	v, g := c.tensor("v"), c.tensor("g")
	rank, dim := len(v.Shape), c.integer("dim", 0)
	if v.DType != model.Float32 || g.DType != model.Float32 || dim >= rank || dim < -1 || rank == 0 {
		c.fail("the norms of %v %v along %d", v.DType, v.Shape, dim)
		return nil
	}
	n, inner := 1, 1 // norms, and the distance between the elements of neighbouring ones
	if dim >= 0 {
		n, inner = v.Shape[dim], numel(v.Shape[dim+1:])
	}
	if g.Len() != n {
		c.fail("%d factors for %d norms", g.Len(), n)
		return nil
	}
	norms := normsOf(v, n, inner, dim)
	out := newValue(v.DType, v.Shape)
	for i, x := range v.F {
		k := i / inner % n
		out.F[i] = x * (g.F[k] / norms[k])
	}
	return out
}

// normsOf is the norms of v, of which there are n along dim; the elements of neighbouring ones are inner apart.
func normsOf(v *Value, n, inner, dim int) []float32 {
	var squares []float32
	switch {
	case dim == 0:
		squares = rowSquares(v.F, n)
	case dim == len(v.Shape)-1:
		squares = columnSquares(v.F, n)
	default:
		rows := make([][]float32, n)
		for i, x := range v.F {
			rows[i/inner%n] = append(rows[i/inner%n], x)
		}
		norms := make([]float32, n)
		for k := range norms {
			norms[k] = norm2(rows[k])
		}
		return norms
	}
	for k, s := range squares {
		squares[k] = float32(math.Sqrt(float64(s)))
	}
	return squares
}

// rowSquares sums the squares of each of n rows: eight sums side by side, then halves onto each other.
func rowSquares(v []float32, n int) []float32 {
	const lanes = 8
	out := make([]float32, n)
	for r := range out {
		row := v[r*len(v)/n : (r+1)*len(v)/n]
		var sum [lanes]float32
		for i, x := range row {
			sum[i%lanes] += float32(x * x)
		}
		if len(row) < lanes {
			for _, s := range sum[1:] {
				sum[0] += s
			}
			out[r] = sum[0]
			continue
		}
		for half := lanes / 2; half > 0; half /= 2 {
			for i := range half {
				sum[i] += sum[i+half]
			}
		}
		out[r] = sum[0]
	}
	return out
}

// columnSquares sums the squares of each of n columns, row after row, with one rounding a step.
func columnSquares(v []float32, n int) []float32 {
	out := make([]float32, n)
	for i, x := range v {
		out[i%n] = float32(math.FMA(float64(x), float64(x), float64(out[i%n])))
	}
	return out
}
