package exec

import "fmt"

// bindMatMul covers MATMUL: a [N,H,C] times b [N,C,W].
func bindMatMul(o *op) kernel {
	zeroA, zeroB, d, sa, sb := o.number(2), o.number(3), o.out(), o.shape(0), o.shape(1)
	if len(sa) != 3 || len(sb) != 3 || sa[0] != sb[0] || sa[2] != sb[1] {
		panic(fmt.Sprintf("%v times %v", sa, sb))
	}
	n, h, c, w := sa[0], sa[1], sa[2], sb[2]
	o.gives([]int{n, h, w})
	most := magnitude(o.dtype(0), zeroA)
	return func(in []*Tensor) *Tensor {
		a, b := in[0], in[1]
		narrow(b)
		y := newTensor(d, []int{n, h, w})
		x := shifted(a, zeroA)
		for i := range n {
			p := packWeights(b.Elems[i*c*w:(i+1)*c*w], w, c, 1, w, zeroB)
			parallel(h*len(p.blocks), h*w*c, func(lo, hi int) {
				s := p.newSums(most)
				for k := lo; k < hi; k++ {
					r, block := i*h+k%h, k/h
					s.add(x[r*c:(r+1)*c], p.blocks[block])
					s.store(y, r*w+block*lanes, min(lanes, w-block*lanes), nil)
				}
			})
		}
		return y
	}
}
