package quant

import (
	"seam/model"
)

// retyped is the type of the old node's value in the new graph, after passes changed the element type of an input, or gave a
// result without extents one.
func (r rewrite) retyped(args []model.Arg, kw []model.KwArg) model.Type {
	typ := r.x.Type
	if typ.Kind != model.TensorKind && typ.Kind != model.ListKind {
		return typ
	}
	if d, ok := r.named(args, kw); ok {
		typ.T.DType = d
	} else if r.changed(args) {
		return r.inferred(args)
	}
	return typ
}

// inferred is the type that a call gives for inputs of other types than it had.
func (r rewrite) inferred(args []model.Arg) model.Type {
	typ := r.x.Type
	was, _ := typ.First()
	now := was
	switch r.x.Op.Row().Eval {
	case model.EvBinary, model.EvCompare:
		if len(args) > 1 {
			now = r.joined(args[0], args[1]).T
		}
		if was.DType == model.Bool {
			now.DType = model.Bool
		}
	case model.EvWhere:
		if len(args) > 2 {
			now.DType = r.promote(args[1], args[2])
		}
	case model.EvCat:
		now.DType = r.typeOf(args[0].List[0]).DType
	case model.EvReduce:
	default:
		old, ok := r.oldType(r.x.Arg(0))
		if ok && old.DType == was.DType {
			now.DType = r.firstType(args[0]).DType
		}
		if ok && old.Shape == was.Shape && typ.IsTensor() {
			now.Shape = r.firstType(args[0]).Shape
		}
	}
	typ = withDType(typ, now.DType)
	if typ.IsTensor() {
		typ.T.Shape = now.Shape
	}
	return typ
}

func withDType(t model.Type, d model.DType) model.Type {
	t.T.DType = d
	l := make([]model.TensorType, len(t.List))
	for i, e := range t.List {
		l[i] = model.TensorType{DType: d, Shape: e.Shape}
	}
	if t.List != nil {
		t.List = l
	}
	return t
}

// firstType is the type of a tensor, or of the first of several.
func (r rewrite) firstType(a model.Arg) model.TensorType {
	if _, ok := unlazy(a.Node); !ok && a.Kind == model.ArgNode {
		t, _ := r.Node(a.Node).Type.First()
		return t
	}
	return r.typeOf(a)
}

// named is the element type that a cast or a constructor names.
func (r rewrite) named(args []model.Arg, kw []model.KwArg) (model.DType, bool) {
	switch r.x.Op.Row().Eval {
	case model.EvCast, model.EvFill:
		for _, k := range kw {
			if k.Name == "dtype" && k.Arg.Kind == model.ArgConst {
				return dtypeOf(k.Arg)
			}
		}
		if r.x.Target == "aten.to.dtype" && len(args) > 1 && args[1].Kind == model.ArgConst {
			return dtypeOf(args[1])
		}
	}
	return 0, false
}

func dtypeOf(a model.Arg) (model.DType, bool) {
	d := model.ParseDType(a.Str)
	return d, d.Bytes() > 0
}

// changed says whether an input's type is not what it was.
func (r rewrite) changed(args []model.Arg) bool {
	for i, a := range args {
		list, old := []model.Arg{a}, []model.Arg{r.x.Args[i]}
		if a.Kind == model.ArgList {
			list, old = a.List, r.x.Args[i].List
		}
		for k, e := range list {
			if was, ok := r.oldType(old[k]); ok && e.Kind == model.ArgNode && r.firstType(e) != was {
				return true
			}
		}
	}
	return false
}

func (r rewrite) oldType(a model.Arg) (model.TensorType, bool) {
	if a.Kind != model.ArgNode {
		return model.TensorType{}, false
	}
	return r.old.Node(a.Node).Type.First()
}
