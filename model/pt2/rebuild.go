package pt2

import (
	"errors"

	"seam/model"
)

// reduce decides what becomes of a call in a torch.save file: the functions that rebuild tensors and plain containers are
// known, everything else stays an opaque object.
//
//	source  torch/_utils.py, torch/_tensor.py, torch/_weights_only_unpickler.py
func (t *torchSave) reduce(f any, args pyTuple) (any, error) {
	g, ok := f.(pyGlobal)
	if !ok {
		return opaque(f, args), nil
	}
	switch g.module + "." + g.name {
	case "collections.OrderedDict":
		return orderedDict(args)
	case "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2":
		return rebuildTensor(g, args, false)
	case "torch._utils._rebuild_tensor_v3":
		return rebuildTensor(g, args, true)
	case "torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state":
		if x, ok := first(args).(*pyTensor); ok {
			return x, nil
		}
	case "torch._tensor._rebuild_from_type_v2":
		if len(args) >= 3 {
			h, known := args[0].(pyGlobal)
			if inner, ok := args[2].(pyTuple); ok && known && h != g {
				return t.reduce(h, inner)
			}
		}
	case "torch._export.serde.serialize._reconstruct_fake_tensor":
		return fakeTensor(), nil
	case "_codecs.encode":
		if s, ok := first(args).(string); ok {
			return latin1(s), nil
		}
	case "torch.Size":
		if s, ok := first(args).(pyTuple); ok {
			return s, nil
		}
	case "builtins.set", "__builtin__.set":
		if l, ok := first(args).(*pyList); ok {
			return l, nil
		}
	}
	return opaque(f, args), nil
}

func first(args pyTuple) any {
	if len(args) == 0 {
		return nil
	}
	return args[0]
}

func latin1(s string) []byte {
	out := make([]byte, 0, len(s))
	for _, r := range s {
		out = append(out, byte(r))
	}
	return out
}

func orderedDict(args pyTuple) (any, error) {
	d := &pyDict{}
	pairs, ok := first(args).(*pyList)
	if !ok {
		return d, nil
	}
	for _, p := range pairs.items {
		switch p := p.(type) {
		case pyTuple:
			if len(p) == 2 {
				d.keys, d.values = append(d.keys, p[0]), append(d.values, p[1])
			}
		case *pyList:
			if len(p.items) == 2 {
				d.keys, d.values = append(d.keys, p.items[0]), append(d.values, p.items[1])
			}
		}
	}
	return d, nil
}

// rebuildTensor reads (storage, offset, size, stride, ...); the third version has the dtype as argument 6.
func rebuildTensor(g pyGlobal, args pyTuple, typed bool) (any, error) {
	if len(args) < 4 {
		return nil, errors.New("a tensor with too few arguments")
	}
	s, ok := args[0].(*pyStorage)
	if !ok {
		return opaque(g, args), nil
	}
	offset, ok1 := args[1].(int64)
	sizes, ok2 := ints(args[2])
	strides, ok3 := ints(args[3])
	if !ok1 || !ok2 || !ok3 {
		return nil, errors.New("a tensor whose offset, sizes or strides are no numbers")
	}
	t := &pyTensor{storage: s, view: view{s.dtype, sizes, strides, offset}}
	if typed {
		t.view.dtype = model.Unknown
		if len(args) > 6 {
			if d, ok := args[6].(pyGlobal); ok && d.module == "torch" {
				t.view.dtype = model.ParseDType(d.name)
			}
		}
	}
	if t.view.dtype == model.Unknown {
		return opaque(g, args), nil
	}
	return t, nil
}

func ints(v any) ([]int64, bool) {
	t, ok := v.(pyTuple)
	if !ok {
		return nil, false
	}
	out := make([]int64, len(t))
	for i := range t {
		if out[i], ok = t[i].(int64); !ok {
			return nil, false
		}
	}
	return out, true
}

// fakeTensor is a weight that was exported without values.
func fakeTensor() any {
	return &pyTensor{noData: "a fake tensor: " + errNoData.Error()}
}
