package tosa

import (
	"fmt"
	"slices"

	"seam/model"
)

// maxTransposed is the product of extents above which upstream asks Ethos-U55's compiler whether it can transpose.
const maxTransposed = 1 << 16

// check refuses what upstream treats in ways that are not modelled: it would be lowered wrongly.
func (e *emitter) check() error {
	for n := e.First(); n != model.None; n = e.Next(n) {
		x := e.Node(n)
		if x.Kind == model.Output {
			continue
		}
		if t := x.Type; !t.IsTensor() || !lowered(t.T.DType) || t.T.Shape.Symbolic() {
			return e.refuseHere(n, "a value of type "+t.T.Format(nil))
		}
		if err := e.checkOperator(n); err != nil {
			return err
		}
	}
	return nil
}

func (e *emitter) checkOperator(n model.NodeID) error {
	if e.is(n, opTranspose) && e.cfg.U55 && largestPart(e.shapeOf(n)) > maxTransposed { // DecomposePermuteForU55Pass
		return e.refuseHere(n, fmt.Sprintf("a permute of %v on the U55", e.shapeOf(e.input(n))))
	}
	return nil
}

// lowered says whether values of that type are what the integer profile works on.
func lowered(d model.DType) bool {
	return tosaDType(d) != "" && !d.IsFloat() && d != model.Int64
}

// largestPart is the largest product of all extents but two, the two smallest.
func largestPart(shape []int) int {
	s := slices.Sorted(slices.Values(shape))
	return product(s[min(2, max(0, len(s)-1)):])
}

// refuseHere is refuse for a value under construction.
func (e *emitter) refuseHere(n model.NodeID, what string) error {
	at := model.NodeID(model.None)
	if src := e.Source(n); len(src) > 0 {
		at = src[0]
	}
	return e.refuse(at, what)
}
