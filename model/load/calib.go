package load

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"seam/model"
	"seam/model/npz"
	"seam/model/pt2"
)

// Data is what to run a model on, to calibrate it.
type Data struct {
	Batches   [][]*model.Tensor // by batch, by user input of the program; nil for an input that is no tensor
	Synthetic bool              // made up, not the user's
	Source    string            // the file's path, or how it was made up
}

// Calib reads calibration data for m from a .npz file, and its description beside it (the same name with .json), if there is
// one. Arrays are called batch<i>.input<j>, or by the argument's name instead of input<j>; without batch<i>. they are batch 0.
//
//	errors  *model.LoadError: what is missing or does not fit, the wanted names with their types, and how to write such a file
func Calib(path string, m *Model) (*Data, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, &model.LoadError{Path: path, Why: reason(err)}
	}
	leaves, err := readLeaves(strings.TrimSuffix(path, ".npz") + ".json")
	if err != nil {
		return nil, err
	}
	return bindData(path, data, m, leaves)
}

// CalibBytes reads calibration data that is already in memory and has no description beside it; name stands for the path.
//
//	errors  as Calib
func CalibBytes(name string, data []byte, m *Model) (*Data, error) {
	return bindData(name, data, m, nil)
}

func bindData(path string, data []byte, m *Model, leaves []leaf) (*Data, error) {
	arrays, err := npz.Read(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, &model.LoadError{Path: path, Why: err.Error()}
	}
	b := binder{m: m, leaves: leaves}
	batches, err := b.bind(arrays)
	if err != nil {
		return nil, &model.LoadError{Path: path, Why: err.Error() + "\n" + b.usage(path)}
	}
	return &Data{Batches: batches, Source: path}, nil
}

// binder ties arrays to a model's inputs.
type binder struct {
	m      *Model
	leaves []leaf // by input; nil without a description
}

func (b *binder) bind(arrays []npz.Array) ([][]*model.Tensor, error) {
	inputs := b.m.Program.Inputs
	var batches [][]*model.Tensor
	for _, a := range arrays {
		batch, in, err := b.place(a.Name)
		if err != nil {
			return nil, err
		}
		if batch > len(arrays) {
			return nil, fmt.Errorf("%s: batch %d, but the file has only %d arrays", a.Name, batch, len(arrays))
		}
		for len(batches) <= batch {
			batches = append(batches, make([]*model.Tensor, len(inputs)))
		}
		if inputs[in].Kind == model.ScalarInput {
			continue // fixed at capture; the value in the file is for people
		}
		if batches[batch][in] != nil {
			return nil, fmt.Errorf("%s: a second array for input %d of batch %d", a.Name, in, batch)
		}
		if batches[batch][in], err = b.fit(a, in); err != nil {
			return nil, err
		}
	}
	if len(batches) == 0 {
		batches = make([][]*model.Tensor, 1)
		batches[0] = make([]*model.Tensor, len(inputs))
	}
	for i := range batches {
		if err := b.complete(i, batches[i]); err != nil {
			return nil, err
		}
	}
	return batches, nil
}

var keyForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^batch(\d{1,9})\.(.+)$`) })

// place is the batch and the input that a key means.
func (b *binder) place(key string) (batch, input int, err error) {
	rest := key
	if m := keyForm().FindStringSubmatch(key); m != nil {
		batch, _ = strconv.Atoi(m[1])
		rest = m[2]
	}
	inputs := b.m.Program.Inputs
	if i := slices.IndexFunc(inputs, func(in pt2.Input) bool { return in.ArgName == rest || in.Name == rest }); i >= 0 {
		return batch, i, nil
	}
	if num, ok := strings.CutPrefix(rest, "input"); ok {
		if i, err := strconv.Atoi(num); err == nil && i >= 0 && i < len(inputs) {
			return batch, i, nil
		}
	}
	if rest == "" && b.onlyTensor() >= 0 { // a bare .npy file
		return 0, b.onlyTensor(), nil
	}
	return 0, 0, fmt.Errorf("%q names no input of the model", key)
}

// onlyTensor is the model's input if it takes exactly one tensor, else -1.
func (b *binder) onlyTensor() int {
	found := -1
	for i, in := range b.m.Program.Inputs {
		if in.Type.IsTensor() {
			if found >= 0 {
				return -1
			}
			found = i
		}
	}
	return found
}

// fit checks an array against the input's type. Types that NumPy lacks come as unsigned integers of the same size.
func (b *binder) fit(a npz.Array, in int) (*model.Tensor, error) {
	want := b.m.Program.Inputs[in].Type
	if !want.IsTensor() {
		return a.Tensor, nil
	}
	t := *a.Tensor
	bits := map[int]model.DType{1: model.Uint8, 2: model.Uint16, 4: model.Uint32}[want.T.DType.Bytes()]
	stored := want.T.DType == model.BFloat16 || want.T.DType == model.Complex32 || want.T.DType.Bytes() == 1 && want.T.DType.IsFloat()
	if stored && t.DType == bits {
		t.DType = want.T.DType
	}
	ok := t.DType == want.T.DType && t.Shape.Rank() == want.T.Shape.Rank()
	for i := 0; ok && i < t.Shape.Rank(); i++ {
		d := want.T.Shape.At(i)
		ok = d.Symbolic() || d == t.Shape.At(i)
	}
	if !ok {
		return nil, fmt.Errorf("%s is %s, but %q wants %s", a.Name, a.Type().T.Format(nil), b.m.Program.Inputs[in].ArgName, b.typeText(in))
	}
	return &t, b.asDescribed(a.Name, &t, in)
}

// asDescribed checks an array against the description beside the file.
func (b *binder) asDescribed(key string, t *model.Tensor, in int) error {
	if b.leaves == nil {
		return nil
	}
	if in >= len(b.leaves) {
		return fmt.Errorf("the description has %d inputs, the model more", len(b.leaves))
	}
	l := b.leaves[in]
	if l.Kind != "tensor" || l.DType != t.DType.String() {
		return fmt.Errorf("%s is %s, but the description says %s %s", key, t.DType, l.Kind, l.DType)
	}
	return nil
}

// complete checks that a batch has every tensor, and one size for each symbol.
func (b *binder) complete(batch int, ts []*model.Tensor) error {
	sizes := map[model.Dim]model.Dim{}
	from := map[model.Dim]int{}
	for j, in := range b.m.Program.Inputs {
		if in.Kind == model.ScalarInput || !in.Type.IsTensor() {
			continue
		}
		if ts[j] == nil {
			return fmt.Errorf("batch%d.input%d is missing", batch, j)
		}
		for i, d := range in.Type.T.Shape.Dims() {
			if !d.Symbolic() {
				continue
			}
			got := ts[j].Shape.At(i)
			if have, ok := sizes[d]; ok && have != got {
				return fmt.Errorf("batch%d: %s is %d in %q, but %d in %q", batch, model.DimText(d, b.m.Graph.SymbolTexts()), have,
					b.m.Program.Inputs[from[d]].ArgName, got, in.ArgName)
			}
			sizes[d], from[d] = got, j
		}
	}
	return nil
}

func (b *binder) typeText(in int) string {
	return b.m.Program.Inputs[in].Type.T.Format(b.m.Graph.SymbolTexts())
}

// usage names the keys that the model wants and shows how to write them.
func (b *binder) usage(path string) string {
	var s, call strings.Builder
	s.WriteString("wanted, for each batch i from 0:\n")
	for j, in := range b.m.Program.Inputs {
		if in.Kind == model.ScalarInput || !in.Type.IsTensor() {
			continue
		}
		fmt.Fprintf(&s, "  batch<i>.input%d or batch<i>.%s  %s\n", j, in.ArgName, b.typeText(j))
		if call.Len() > 0 {
			call.WriteString(", ")
		}
		fmt.Fprintf(&call, "f\"batch{i}.input%d\": b[%d].numpy()", j, j)
	}
	fmt.Fprintf(&s, "write such a file with\n  import numpy as np\n  batches = [...]  # a list of input tuples\n")
	fmt.Fprintf(&s, "  np.savez(%q, **{k: v for i, b in enumerate(batches) for k, v in {%s}.items()})", path, call.String())
	return s.String()
}
