package exec

import "fmt"

// resizePoint is what one output coordinate reads: two neighbours in the operand, and how far the second one is, in steps of
// which there are n from one to the other.
type resizePoint struct{ first, second, frac int }

// resizeAxis is the points of one axis.
//
//	in      the operand's extent
//	n, d    the scale as a fraction; an output step is d/n of an input step
//	source  TOSA 1.0 specification: RESIZE
func resizeAxis(in, n, d, offset, border int) []resizePoint {
	room := (in-1)*n - offset + border
	if n <= 0 || d <= 0 || in < 1 || room < 0 || room%d != 0 {
		panic(fmt.Sprintf("resize of %d elements by %d/%d, offset %d, border %d", in, n, d, offset, border))
	}
	out := make([]resizePoint, extent(room/d+1))
	for i := range out {
		at := i*d + offset
		cell := at / n
		if at%n < 0 {
			cell--
		}
		out[i] = resizePoint{min(max(cell, 0), in-1), min(max(cell+1, 0), in-1), at - cell*n}
	}
	return out
}

// bindResize covers RESIZE, nearest and bilinear. Bilinear gives the sum of four elements with weights that add up to the
// product of the numerators.
func bindResize(o *op) kernel {
	scale, off, border := o.sizes(1), o.sizes(2), o.sizes(3)
	if len(scale) != 4 || len(off) != 2 || len(border) != 2 {
		panic("constants of RESIZE")
	}
	bilinear, shape := o.mode("mode") == "BILINEAR", o.shape(0)
	if len(shape) != 4 {
		panic(fmt.Sprintf("resize of shape %v", shape))
	}
	ys := resizeAxis(shape[1], scale[0], scale[1], off[0], border[0])
	xs := resizeAxis(shape[2], scale[2], scale[3], off[1], border[1])
	o.gives([]int{shape[0], len(ys), len(xs), shape[3]})
	return func(in []*Tensor) *Tensor {
		x := in[0]
		y := newTensor(o.out(), []int{x.Shape[0], len(ys), len(xs), x.Shape[3]})
		narrow(x)
		row := len(xs) * x.Shape[3]
		parallel(x.Shape[0]*len(ys), 4*y.Len(), func(lo, hi int) {
			for r := lo; r < hi; r++ {
				plane := x.Elems[r/len(ys)*x.Shape[1]*x.Shape[2]*x.Shape[3]:]
				p := resizeRow{x.Shape[2] * x.Shape[3], x.Shape[3], scale[0], scale[2], ys[r%len(ys)], xs}
				switch {
				case !bilinear:
					p.nearest(y.Elems[r*row:(r+1)*row], plane)
				case y.Wide != nil:
					resizeLinear(p, y.Wide[r*row:(r+1)*row], plane)
				default:
					resizeLinear(p, y.Elems[r*row:(r+1)*row], plane)
				}
			}
		})
		return y
	}
}

// resizeRow is one row of the result: the operand's row length, its channels, the numerators, and the points.
type resizeRow struct {
	width, channels, ny, nx int
	y                       resizePoint
	xs                      []resizePoint
}

func (p resizeRow) nearest(out, plane []int32) {
	iy := p.y.first
	if 2*p.y.frac >= p.ny {
		iy = p.y.second
	}
	for i, x := range p.xs {
		ix := x.first
		if 2*x.frac >= p.nx {
			ix = x.second
		}
		copy(out[i*p.channels:(i+1)*p.channels], plane[iy*p.width+ix*p.channels:])
	}
}

func resizeLinear[T int32 | int64](p resizeRow, out []T, plane []int32) {
	upper, lower := plane[p.y.first*p.width:], plane[p.y.second*p.width:]
	fy, gy := T(p.y.frac), T(p.ny-p.y.frac)
	for i, x := range p.xs {
		fx, gx := T(x.frac), T(p.nx-x.frac)
		for c := range p.channels {
			a, b := x.first*p.channels+c, x.second*p.channels+c
			out[i*p.channels+c] = (T(upper[a])*gx+T(upper[b])*fx)*gy + (T(lower[a])*gx+T(lower[b])*fx)*fy
		}
	}
}
