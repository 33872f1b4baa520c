package pt2

import (
	"errors"
	"fmt"
	"math"

	"seam/model"
)

// view is a tensor inside a storage: sizes, and where its elements lie, counted in elements.
type view struct {
	dtype          model.DType
	sizes, strides []int64
	offset         int64
}

var errNoData = errors.New("the file holds no data for it")

// elements is the number of elements.
//
//	errors  negative sizes, strides or offset; more elements than an int64 counts
func (v view) elements() (int64, error) {
	if len(v.sizes) > maxRank || len(v.strides) != len(v.sizes) {
		return 0, fmt.Errorf("%d sizes and %d strides", len(v.sizes), len(v.strides))
	}
	if v.offset < 0 {
		return 0, fmt.Errorf("negative offset %d", v.offset)
	}
	n, empty := int64(1), false
	for i, s := range v.sizes {
		switch {
		case s < 0:
			return 0, fmt.Errorf("negative size %d", s)
		case v.strides[i] < 0:
			return 0, fmt.Errorf("negative stride %d", v.strides[i])
		case s == 0:
			empty = true
		case n > math.MaxInt64/s:
			return 0, fmt.Errorf("sizes %v have too many elements", v.sizes)
		default:
			n *= s
		}
	}
	if empty {
		return 0, nil
	}
	return n, nil
}

// last is the storage index of the view's last element.
func (v view) last() (int64, error) {
	at := v.offset
	for i, s := range v.sizes {
		if step := v.strides[i]; s > 1 && step > 0 {
			if (s - 1) > (math.MaxInt64-at)/step {
				return 0, fmt.Errorf("sizes %v with strides %v reach too far", v.sizes, v.strides)
			}
			at += (s - 1) * step
		}
	}
	return at, nil
}

// contiguous says whether the elements lie one after another in logical order.
func (v view) contiguous() bool {
	want := int64(1)
	for i := len(v.sizes) - 1; i >= 0; i-- {
		if v.sizes[i] != 1 && v.strides[i] != want {
			return false
		}
		want *= v.sizes[i]
	}
	return true
}

// bytes is the view's elements, contiguous in logical order. A view that is contiguous shares the storage's memory.
//
//	errors  errNoData for an empty storage of a tensor that is not; a view that reaches past the storage
func (v view) bytes(storage []byte, bud *budget) ([]byte, error) {
	n, err := v.elements()
	if err != nil {
		return nil, err
	}
	w := int64(v.dtype.Bytes())
	switch {
	case w == 0:
		return nil, errors.New("unknown dtype")
	case n == 0:
		return []byte{}, nil
	case len(storage) == 0:
		return nil, errNoData
	case int64(len(storage))%w != 0:
		return nil, fmt.Errorf("%d bytes are no multiple of the element size %d", len(storage), w)
	}
	last, err := v.last()
	if err != nil {
		return nil, err
	}
	if have := int64(len(storage)) / w; last >= have {
		return nil, fmt.Errorf("needs element %d of a storage of %d", last, have)
	}
	if v.contiguous() {
		return storage[v.offset*w : (v.offset+n)*w : (v.offset+n)*w], nil
	}
	if n > math.MaxInt64/w {
		return nil, errors.New("too many bytes")
	}
	if err := bud.take(n * w); err != nil {
		return nil, err
	}
	return v.gather(storage, n, w), nil
}

// gather copies the elements in logical order: n elements of w bytes.
func (v view) gather(storage []byte, n, w int64) []byte {
	out := make([]byte, 0, n*w)
	index := make([]int64, len(v.sizes))
	at := v.offset
	for {
		out = append(out, storage[at*w:(at+1)*w]...)
		i := len(index) - 1
		for ; i >= 0; i-- {
			index[i]++
			if at += v.strides[i]; index[i] < v.sizes[i] {
				break
			}
			at -= v.strides[i] * v.sizes[i]
			index[i] = 0
		}
		if i < 0 {
			return out
		}
	}
}
