package pt2

import (
	"testing"

	"seam/model"
)

func TestReordered(t *testing.T) {
	const sym = model.Dim(-2) // a symbol
	for _, c := range []struct {
		name    string
		sizes   []model.Dim
		strides []int64
		want    bool
	}{
		{"in order", []model.Dim{1, 2, 3, 4}, []int64{24, 12, 4, 1}, false},
		{"channels_last", []model.Dim{1, 2, 3, 4}, []int64{24, 1, 8, 2}, true},
		{"channels_last with one channel", []model.Dim{2, 1, 3, 4}, []int64{12, 1, 4, 1}, false},
		{"transposed", []model.Dim{3, 4}, []int64{1, 3}, true},
		{"strides that are no numbers", []model.Dim{sym, 2, sym}, []int64{-1, -1, 1}, false},
		{"a symbol in front", []model.Dim{sym, 2, 3, 4}, []int64{24, 1, 8, 2}, true},
		{"expanded", []model.Dim{4, 3}, []int64{1, 0}, false},
		{"strides not said", []model.Dim{4, 3}, nil, false},
	} {
		if got := (tensorMeta{sizes: c.sizes, strides: c.strides}).reordered(); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
