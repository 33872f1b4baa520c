package pt2

import (
	"errors"
	"fmt"
	"strings"

	"seam/model"
)

// stored is a tensor that the file holds for a qualified name, or why it cannot be had.
type stored struct {
	tensor *model.Tensor
	err    error
}

// weights is what a program's file holds beside the graph: the parameters and persistent buffers, and the constants. A name
// is looked for in the map that its kind belongs to, then in the other.
type weights struct{ state, constants map[string]stored }

func (w weights) find(name string, constant bool) stored {
	first, second := w.state, w.constants
	if constant {
		first, second = second, first
	}
	if s, ok := first[name]; ok {
		return s
	}
	if s, ok := second[name]; ok {
		return s
	}
	return stored{err: errors.New("the file has no such tensor")}
}

// payload is one entry of an L3 payload config.
type payload struct {
	file     string
	pickled  bool
	view     view
	bad      error // what is wrong with its description
	noTensor bool
}

// payloadReader reads the tensors of one L3 directory. A file that several names share is read once.
type payloadReader struct {
	a     *archive
	dir   string
	p     *program
	files map[string][]byte
}

// readPayloads reads a payload config and the tensors that it names.
func (p *program) readPayloads(a *archive, dir, config string) (map[string]stored, error) {
	data, sumOK, err := a.read(dir+config, maxConfig)
	if err != nil {
		return nil, err
	}
	if !sumOK {
		return nil, errors.New("checksum error")
	}
	order, entries, err := p.payloadConfig(data)
	if err != nil {
		return nil, err
	}
	r := &payloadReader{a: a, dir: dir, p: p, files: map[string][]byte{}}
	out := make(map[string]stored, len(order))
	for _, name := range order {
		if e := entries[name]; !e.noTensor {
			t, err := r.tensor(e)
			out[name] = stored{t, err}
		}
	}
	return out, nil
}

func (p *program) payloadConfig(data []byte) ([]string, map[string]payload, error) {
	d := newDecoder(data, p.dec.bud)
	var order []string
	out := map[string]payload{}
	d.object(func(key string) {
		if key != "config" {
			d.skip()
			return
		}
		d.object(func(name string) {
			d.charge(costType)
			if _, twice := out[name]; !twice {
				order = append(order, name)
			}
			out[name] = p.payload(d)
		})
	})
	d.end()
	return order, out, d.err
}

func (p *program) payload(d *decoder) payload {
	e := payload{noTensor: true}
	d.object(func(key string) {
		switch {
		case d.null():
		case key == "path_name":
			e.file = d.str()
		case key == "use_pickle":
			e.pickled = d.bool()
		case key == "tensor_meta":
			e.noTensor = false
			p.payloadView(d, &e)
		default:
			d.skip()
		}
	})
	return e
}

func (p *program) payloadView(d *decoder, e *payload) {
	d.object(func(key string) {
		switch key {
		case "dtype":
			code := d.int()
			if e.view.dtype = p.dtype(code); e.view.dtype == model.Unknown {
				e.bad = fmt.Errorf("unknown dtype number %d", code)
			}
		case "sizes":
			e.view.sizes = e.plainInts(d)
		case "strides":
			e.view.strides = e.plainInts(d)
		case "storage_offset":
			e.view.offset = e.plainInt(d)
		default:
			d.skip()
		}
	})
}

func (e *payload) plainInts(d *decoder) []int64 {
	out := []int64{}
	d.array(func(i int) {
		if v := e.plainInt(d); i < maxRank {
			out = append(out, v)
		} else {
			e.bad = fmt.Errorf("more than %d sizes", maxRank)
		}
	})
	return out
}

// plainInt reads a size that must be a plain number.
func (e *payload) plainInt(d *decoder) (v int64) {
	d.union(func(tag string) {
		if tag == "as_int" {
			v = d.int()
			return
		}
		e.bad = fmt.Errorf("a size with the tag %s; only as_int is allowed here", quote(tag))
		d.skip()
	})
	return v
}

func (r *payloadReader) tensor(e payload) (*model.Tensor, error) {
	switch {
	case e.file == "" || e.file == "." || e.file == ".." || strings.ContainsAny(e.file, `/\`):
		return nil, fmt.Errorf("path_name %s is no plain file name", quote(e.file))
	case e.pickled:
		return r.p.pickledTensor(r.a, r.dir+e.file)
	case e.bad != nil:
		return nil, e.bad
	case len(e.view.sizes) > model.MaxRank:
		return nil, fmt.Errorf("rank %d, more than %d", len(e.view.sizes), model.MaxRank)
	}
	data, err := r.file(e.file)
	if err != nil {
		return nil, err
	}
	t, err := e.view.tensor(data, r.p.dec.bud)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", quote(r.dir+e.file), err)
	}
	return t, nil
}

func (v view) tensor(storage []byte, bud *budget) (*model.Tensor, error) {
	raw, err := v.bytes(storage, bud)
	if err != nil {
		return nil, err
	}
	dims := make([]model.Dim, len(v.sizes))
	for i, s := range v.sizes {
		dims[i] = model.Dim(s)
	}
	return &model.Tensor{DType: v.dtype, Shape: model.ShapeOf(dims...), Raw: raw}, nil
}

func (r *payloadReader) file(name string) ([]byte, error) {
	if data, ok := r.files[name]; ok {
		return data, nil
	}
	data, sumOK, err := r.a.read(r.dir+name, r.p.dec.bud.all)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", quote(r.dir+name), err)
	}
	if !sumOK {
		r.p.warn("%s: checksum error; its tensors may be wrong", quote(r.dir+name))
	}
	r.files[name] = data
	return data, nil
}
