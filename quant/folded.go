package quant

import (
	"sync"

	"seam/model"
)

// folded keeps the constants that converting makes of weights, from one toggle to the next: a weight whose observer chose the same
// parameters gives the same integers. An entry depends on its key alone. Biases are left out, for their scales move with every
// activation's.
type folded struct {
	mu     sync.Mutex
	pairs  map[*QParam][2]*model.Tensor // scales and zero points, by a group's parameters
	values map[foldKey]*model.Tensor
}

// foldKey is a weight and the parameters that quantize it.
type foldKey struct {
	weight, scales *model.Tensor
	scale          float64
	zero, min, max int64
}

func newFolded() *folded {
	return &folded{pairs: map[*QParam][2]*model.Tensor{}, values: map[foldKey]*model.Tensor{}}
}

// pair is the scales and zero points of a weight's parameters; make is called where they are new.
func (f *folded) pair(params []QParam, make func() [2]*model.Tensor) [2]*model.Tensor {
	if f == nil {
		return make()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	t, ok := f.pairs[&params[0]]
	if !ok {
		t = make()
		f.pairs[&params[0]] = t
	}
	return t
}

// value is a weight's integers; make is called where they are new.
func (f *folded) value(k foldKey, make func() (*model.Tensor, error)) (*model.Tensor, error) {
	if f == nil {
		return make()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if t, ok := f.values[k]; ok {
		return t, nil
	}
	t, err := make()
	if err == nil {
		f.values[k] = t
	}
	return t, err
}
