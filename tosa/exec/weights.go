package exec

import (
	"math"

	"seam/model"
)

// lanes is how many rows of a matrix are multiplied at once: two in each of four words.
const lanes = 8

// weights is a matrix of whole numbers, packed so that one multiplication of 64 bits does the work of two: lane j of a word is
// in its low 32 bits, lane j+4 in its high ones. A sum of products of such words with one number holds both sums, as long as
// the one in the low lane fits 32 bits: the high lane is what is left when the low one is taken out.
type weights struct {
	rows, taps int
	blocks     [][][lanes / 2]int64 // by block of lanes rows, by column
	most       int64                // greatest magnitude
}

// packWeights packs the matrix whose element (r, k) is w[r*row+k*col] - zero. Rows that fill the last block up are 0.
func packWeights(w []int32, rows, taps, row, col int, zero int32) *weights {
	p := &weights{rows: rows, taps: taps, blocks: make([][][lanes / 2]int64, (rows+lanes-1)/lanes)}
	numel([]int{len(p.blocks), lanes, taps})
	for b := range p.blocks {
		block := make([][lanes / 2]int64, taps)
		for j := range min(lanes, rows-b*lanes) {
			at := (b*lanes + j) * row
			for k := range block {
				v := int64(w[at+k*col]) - int64(zero)
				p.most = max(p.most, v, -v)
				if j < lanes/2 {
					block[k][j] += v
				} else {
					block[k][j-lanes/2] += v << 32
				}
			}
		}
		p.blocks[b] = block
	}
	return p
}

// sums is the sums of one block's rows with one column of the other operand.
type sums struct {
	acc         [lanes / 2]int64
	total       [lanes]int64
	left, limit int // products that fit acc: still, and in all
}

// newSums makes sums of products with numbers of at most that magnitude.
func (w *weights) newSums(most int64) *sums {
	n := math.MaxInt32 / max(1, most*w.most)
	s := &sums{limit: int(max(1, n))}
	s.left = s.limit
	return s
}

// add adds the products of x with columns of a block.
func (s *sums) add(x []int32, block [][lanes / 2]int64) {
	for len(x) > s.left {
		n := s.left
		s.dot(x[:n], block)
		s.flush()
		x, block = x[n:], block[n:]
	}
	s.dot(x, block)
	s.left -= len(x)
}

func (s *sums) dot(x []int32, block [][lanes / 2]int64) {
	a, b, c, d := s.acc[0], s.acc[1], s.acc[2], s.acc[3]
	block = block[:len(x)]
	for i, v := range x {
		f, w := int64(v), &block[i]
		a += f * w[0]
		b += f * w[1]
		c += f * w[2]
		d += f * w[3]
	}
	s.acc = [lanes / 2]int64{a, b, c, d}
}

// flush moves the sums to the totals.
func (s *sums) flush() {
	for j, v := range s.acc {
		low := int64(int32(v))
		s.total[j] += low
		s.total[j+lanes/2] += (v - low) >> 32
	}
	s.acc, s.left = [lanes / 2]int64{}, s.limit
}

// store writes the sums with their biases to the first elements of a result, and starts anew.
func (s *sums) store(y *Tensor, at, n int, bias []int64) {
	s.flush()
	if y.Wide != nil {
		storeTo(y.Wide[at:at+n], s, bias)
	} else {
		storeTo(y.Elems[at:at+n], s, bias)
	}
	s.total = [lanes]int64{}
}

func storeTo[T int32 | int64](out []T, s *sums, bias []int64) {
	for j := range out {
		v := s.total[j%lanes]
		if bias != nil {
			v += bias[j]
		}
		out[j] = T(v)
	}
}

// shifted is the elements less the zero point.
func shifted(x *Tensor, zero int32) []int32 {
	narrow(x)
	if zero == 0 {
		return x.Elems
	}
	return mapped(x, x.DType, func(a int32) int32 { return a - zero }).Elems
}

// magnitude is the greatest magnitude of an element of type d less the zero point.
func magnitude(d model.DType, zero int32) int64 {
	lo, hi := limits(d)
	return max(hi-int64(zero), int64(zero)-lo)
}
