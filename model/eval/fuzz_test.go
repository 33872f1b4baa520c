package eval_test

import (
	"context"
	"testing"
	"time"

	"seam/model"
	"seam/model/eval"
)

// maker turns bytes into arguments.
type maker struct {
	b    *model.Builder
	data []byte
}

func (m *maker) next() int {
	if len(m.data) == 0 {
		return 0
	}
	x := m.data[0]
	m.data = m.data[1:]
	return int(x)
}

func (m *maker) arg(depth int) model.Arg {
	switch k := m.next(); k % 8 {
	case 0:
		return model.Arg{}
	case 1:
		return model.IntArg(int64(k/8%12) - 3)
	case 2:
		return model.FloatArg(float64(k/8)/4 - 2)
	case 3:
		return model.BoolArg(k&8 != 0)
	case 4:
		return model.StrArg([]string{"same", "reflect", "tanh", "floor"}[k/8%4])
	case 5, 6:
		return m.tensor(k)
	}
	l := model.ListArg()
	for n := m.next() % 4; n > 0 && depth < 2; n-- {
		l.List = append(l.List, m.arg(depth+1))
	}
	return l
}

func (m *maker) tensor(k int) model.Arg {
	shape := make([]int, k/8%6)
	for i := range shape {
		shape[i] = m.next() % 4
	}
	d := []model.DType{model.Float32, model.Float32, model.Float16, model.Int32, model.Int64, model.Uint8, model.Bool}[m.next()%7]
	name := m.b.FreeAttr("c")
	m.b.SetAttr(model.Attr{Name: name, Tensor: zeroable(shape, k, d)})
	return model.NodeArg(m.b.Add(model.Spec{Kind: model.GetAttr, Target: name}))
}

// zeroable is a generated tensor; half types hold zeros, since looking their bits up takes long.
func zeroable(shape []int, seed int, d model.DType) *model.Tensor {
	s := model.ShapeInts(shape...)
	if d == model.Float16 {
		return &model.Tensor{DType: d, Shape: s, Raw: make([]byte, 2*s.Numel())}
	}
	return generated(shape, seed, d)
}

// FuzzCall gives operators arbitrary arguments: a kernel answers with an error or a consistent value, and never panics.
func FuzzCall(f *testing.F) {
	ops := model.Ops()
	f.Add([]byte{1, 0, 13, 2, 0})
	f.Add([]byte{40, 0, 37, 1, 3, 3, 3, 0, 37, 2, 3, 2, 2, 0, 0, 7, 2, 9, 9})
	f.Add([]byte{100, 0, 29, 2, 3, 2, 0, 7, 1, 33, 3})
	f.Fuzz(func(t *testing.T, data []byte) {
		b := model.NewBuilder(model.ATen)
		m := &maker{b, data}
		row := ops[(m.next()+256*m.next())%len(ops)]
		spec := model.Spec{Kind: model.Call, Target: row.Name}
		for len(m.data) > 0 && len(spec.Args) < 12 {
			spec.Args = append(spec.Args, m.arg(0))
		}
		n := b.Add(spec)
		b.Add(model.Spec{Kind: model.Output, Target: "output", Args: []model.Arg{model.ListArg(model.NodeArg(n))}})
		g, _, err := b.Freeze()
		if err != nil {
			t.Fatal(err)
		}
		p, err := eval.Compile(g)
		if err != nil {
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		out, err := p.Run(ctx, nil, nil)
		if err == nil && out[0] != nil {
			consistent(t, row.Name, out[0])
		}
	})
}

func consistent(t *testing.T, name string, v *eval.Value) {
	t.Helper()
	for _, e := range v.List {
		if e != nil {
			consistent(t, name, e)
		}
	}
	if v.List != nil {
		return
	}
	n := 1
	for _, d := range v.Shape {
		n *= d
	}
	if n != v.Len() || v.DType.IsFloat() && v.I != nil || !v.DType.IsFloat() && v.F != nil {
		t.Errorf("%s: %s%v holds %d floats and %d integers", name, v.DType, v.Shape, len(v.F), len(v.I))
	}
}
