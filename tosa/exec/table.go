package exec

import (
	"fmt"

	"seam/model"
)

// bindTable covers TABLE: 256 entries for int8; for int16 513 entries, interpolated to int32 in 128ths.
func bindTable(o *op) kernel {
	t := o.constant(1)
	switch d := o.dtype(0); {
	case d == model.Int8 && t.Len() == 256:
		return func(in []*Tensor) *Tensor {
			return mapped(in[0], o.out(), func(a int32) int32 { return t.Elems[uint8(a)^0x80] })
		}
	case d == model.Int16 && t.Len() == 513:
		return func(in []*Tensor) *Tensor {
			return mapped(in[0], o.out(), func(a int32) int32 { return interpolated(t.Elems, a) })
		}
	default:
		panic(fmt.Sprintf("table of %d entries for %s", t.Len(), d))
	}
}

// interpolated is the value of an int16 table at x, times 128.
func interpolated(table []int32, x int32) int32 {
	i, frac := (x+32768)>>7, x&127
	return table[i]*128 + (table[i+1]-table[i])*frac
}
