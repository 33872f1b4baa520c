package eval

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
)

// matrix is a row-major matrix; trans says to read it transposed.
type matrix struct {
	rows, cols int // as stored
	trans      bool
	data       []float32
}

// gemm adds a*b to c (rows x cols, row-major).
//
// gonum splits the result, never the sum over the inner dimension, among goroutines: the bits do not depend on GOMAXPROCS.
func gemm(a, b matrix, c []float32, rows, cols int) {
	inner := a.cols
	if a.trans {
		inner = a.rows
	}
	if rows == 0 || cols == 0 || inner == 0 {
		return
	}
	blas32.Gemm(transpose(a.trans), transpose(b.trans), 1, general(a), general(b), 1,
		blas32.General{Rows: rows, Cols: cols, Stride: cols, Data: c})
}

func transpose(t bool) blas.Transpose {
	if t {
		return blas.Trans
	}
	return blas.NoTrans
}

func general(m matrix) blas32.General {
	return blas32.General{Rows: m.rows, Cols: m.cols, Stride: max(m.cols, 1), Data: m.data}
}
