package tosa

import (
	"fmt"
	"strconv"
	"strings"

	"seam/model"
)

// ParseBind reads a canonical "s69=64;s77=2".
//
//	errors  text outside that form
func ParseBind(s string) (map[string]int64, error) {
	out := map[string]int64{}
	for _, part := range strings.Split(s, ";") {
		if part == "" {
			continue
		}
		name, val, ok := strings.Cut(part, "=")
		n, err := strconv.ParseInt(val, 10, 64)
		if !ok || err != nil {
			return nil, fmt.Errorf("size %q: want SYMBOL=N", part)
		}
		out[name] = n
	}
	return out, nil
}

// bindSymbols takes the sizes of the config; all symbols need one, or none has.
func (e *lowering) bindSymbols() error {
	if e.cfg.Bind == "" {
		return nil
	}
	sizes, err := ParseBind(e.cfg.Bind)
	if err != nil {
		return err
	}
	for _, s := range e.old.Symbols {
		if _, err := model.EvalExpr(s.Expr, sizes); err != nil {
			return fmt.Errorf("specialise: %w", err)
		}
	}
	e.sizes = sizes
	e.Symbols = nil
	return nil
}

func (e *lowering) bindType(t model.Type) model.Type {
	if e.sizes == nil {
		return t
	}
	t.T.Shape = e.bindShape(t.T.Shape)
	if t.Kind == model.ListKind {
		list := make([]model.TensorType, len(t.List))
		for i, x := range t.List {
			list[i] = model.TensorType{DType: x.DType, Shape: e.bindShape(x.Shape)}
		}
		t.List = list
	}
	return t
}

func (e *lowering) bindShape(s model.Shape) model.Shape {
	for i := range s.Rank() {
		if d := s.At(i); d.Symbolic() {
			v, err := model.EvalExpr(e.old.Symbols[-d-1].Expr, e.sizes)
			if err == nil {
				s = s.With(i, model.Dim(v))
			}
		}
	}
	return s
}
