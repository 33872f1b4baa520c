package pt2

import (
	"errors"
	"fmt"
	"strings"

	"seam/model"
)

// pyStorage is a storage of a torch.save file: the entry data/<key>, and the dtype where the class says it.
type pyStorage struct {
	key   string
	dtype model.DType
	numel int64
}

// pyTensor is a tensor of a torch.save file.
type pyTensor struct {
	storage *pyStorage
	view    view
	noData  string // why it has none, if so
}

// torchSave reads files that torch.save wrote.
type torchSave struct {
	a     *archive
	p     *program
	name  string
	files map[string][]byte
}

// openTorchSave unpickles the torch.save file in an entry; an empty entry is nil, as the writers mean it.
func (p *program) openTorchSave(a *archive, entry string) (*torchSave, any, error) {
	if a.has(entry) && a.size(entry) == 0 {
		return nil, nil, nil
	}
	in, err := a.sub(entry)
	if err != nil {
		return nil, nil, err
	}
	if err := in.setRoot(); err != nil {
		return nil, nil, err
	}
	if err := checkByteOrder(in); err != nil {
		return nil, nil, err
	}
	data, _, err := in.read("data.pkl", maxPickle)
	if err != nil {
		return nil, nil, fmt.Errorf("data.pkl: %w", err)
	}
	t := &torchSave{a: in, p: p, name: entry, files: map[string][]byte{}}
	u := &unpickler{data: data, bud: p.dec.bud, reduce: t.reduce, persistent: persistent}
	v, err := u.unpickle()
	return t, v, err
}

// readState reads a torch.save file that holds a dict of tensors.
func (p *program) readState(a *archive, entry string) (map[string]stored, error) {
	t, v, err := p.openTorchSave(a, entry)
	if err != nil || v == nil {
		return nil, err
	}
	d, ok := v.(*pyDict)
	if !ok {
		return nil, fmt.Errorf("holds %T, not a dict of tensors", v)
	}
	out := map[string]stored{}
	for i, k := range d.keys {
		name, ok := k.(string)
		if !ok {
			continue
		}
		var s stored
		s.tensor, s.err = t.tensor(d.values[i])
		out[name] = s
	}
	return out, nil
}

// pickledTensor reads an entry that holds one pickled tensor.
func (p *program) pickledTensor(a *archive, entry string) (*model.Tensor, error) {
	t, v, err := p.openTorchSave(a, entry)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", quote(entry), err)
	}
	return t.tensor(v)
}

func (t *torchSave) tensor(v any) (*model.Tensor, error) {
	x, ok := v.(*pyTensor)
	switch {
	case !ok:
		return nil, fmt.Errorf("is %s, which this reader does not take apart", describe(v))
	case x.noData != "":
		return nil, errors.New(x.noData)
	case len(x.view.sizes) > model.MaxRank:
		return nil, fmt.Errorf("rank %d, more than %d", len(x.view.sizes), model.MaxRank)
	}
	data, err := t.file(x.storage)
	if err != nil {
		return nil, err
	}
	out, err := x.view.tensor(data, t.p.dec.bud)
	if err != nil {
		return nil, fmt.Errorf("storage %s: %w", quote(x.storage.key), err)
	}
	return out, nil
}

func describe(v any) string {
	if o, ok := v.(*pyObject); ok {
		return "an object made by " + quote(o.class)
	}
	return fmt.Sprintf("a %T", v)
}

func (t *torchSave) file(s *pyStorage) ([]byte, error) {
	if data, ok := t.files[s.key]; ok {
		return data, nil
	}
	entry := "data/" + s.key
	data, sumOK, err := t.a.read(entry, t.p.dec.bud.all)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", quote(entry), err)
	}
	if want := s.bytes(); want > int64(len(data)) {
		return nil, fmt.Errorf("%s: a storage of %d bytes in %d", quote(entry), want, len(data))
	}
	if !sumOK {
		t.p.warn("%s: %s: checksum error; its tensors may be wrong", quote(t.name), quote(entry))
	}
	t.files[s.key] = data
	return data, nil
}

// bytes is how many bytes the storage's class and count ask for.
func (s *pyStorage) bytes() int64 {
	w := int64(max(1, s.dtype.Bytes()))
	if s.numel > 1<<60/w {
		return 1 << 60
	}
	return s.numel * w
}

// persistent reads ("storage", class, key, location, count), the only persistent ID that torch writes.
func persistent(id any) (any, error) {
	t, ok := id.(pyTuple)
	if !ok || len(t) < 5 || t[0] != any("storage") {
		return nil, errors.New("a persistent ID that names no storage")
	}
	class, ok1 := t[1].(pyGlobal)
	key, ok2 := t[2].(string)
	n, ok3 := t[4].(int64)
	if !ok1 || !ok2 || !ok3 || n < 0 || key == "" || strings.Trim(key, "0123456789") != "" {
		return nil, errors.New("a storage without class, key or count")
	}
	return &pyStorage{key, storageDType(class), n}, nil
}

// storageDType is the dtype of a typed storage's class, Unknown for an untyped one.
func storageDType(g pyGlobal) model.DType {
	if g.module != "torch" {
		return model.Unknown
	}
	switch g.name {
	case "DoubleStorage":
		return model.Float64
	case "FloatStorage":
		return model.Float32
	case "HalfStorage":
		return model.Float16
	case "LongStorage":
		return model.Int64
	case "IntStorage":
		return model.Int32
	case "ShortStorage":
		return model.Int16
	case "CharStorage":
		return model.Int8
	case "ByteStorage":
		return model.Uint8
	case "BoolStorage":
		return model.Bool
	case "BFloat16Storage":
		return model.BFloat16
	case "ComplexDoubleStorage":
		return model.Complex128
	case "ComplexFloatStorage":
		return model.Complex64
	}
	return model.Unknown
}
