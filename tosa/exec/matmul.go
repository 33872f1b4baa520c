package exec

import "fmt"

// bindMatMul covers MATMUL: a [N,H,C] times b [N,C,W].
func bindMatMul(o *op) kernel {
	zeroA, zeroB, d := o.number(2), o.number(3), o.out()
	return func(in []*Tensor) *Tensor {
		a, b := in[0], in[1]
		if len(a.Shape) != 3 || len(b.Shape) != 3 || a.Shape[0] != b.Shape[0] || a.Shape[2] != b.Shape[1] {
			panic(fmt.Sprintf("%v times %v", a.Shape, b.Shape))
		}
		narrow(b)
		n, h, c, w := a.Shape[0], a.Shape[1], a.Shape[2], b.Shape[2]
		y := newTensor(d, []int{n, h, w})
		x, most := shifted(a, zeroA), magnitude(a, zeroA)
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
