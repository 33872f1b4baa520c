package quant

import (
	"seam/model"
)

// retyped is the type of the old node's value in the new graph: passes change element types of inputs, never shapes.
func (r rewrite) retyped(args []model.Arg, kw []model.KwArg) model.Type {
	typ := r.x.Type
	if typ.Kind != model.TensorKind && typ.Kind != model.ListKind {
		return typ
	}
	if d, ok := r.named(args, kw); ok {
		typ.T.DType = d
		return typ
	}
	if !r.changed(args) {
		return typ
	}
	was, _ := typ.First()
	d := was.DType
	switch r.x.Op.Row().Eval {
	case model.EvBinary:
		d = r.promote(args[0], args[1])
	case model.EvWhere:
		if len(args) > 2 {
			d = r.promote(args[1], args[2])
		}
	case model.EvCat:
		d = r.typeOf(args[0].List[0]).DType
	case model.EvCompare, model.EvReduce:
	default:
		if old, ok := r.oldType(r.x.Arg(0)); ok && old.DType == d {
			d = r.firstType(args[0]).DType
		}
	}
	return withDType(typ, d)
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

// changed says whether an input's element type is not what it was.
func (r rewrite) changed(args []model.Arg) bool {
	for i, a := range args {
		list, old := []model.Arg{a}, []model.Arg{r.x.Args[i]}
		if a.Kind == model.ArgList {
			list, old = a.List, r.x.Args[i].List
		}
		for k, e := range list {
			if was, ok := r.oldType(old[k]); ok && e.Kind == model.ArgNode && r.firstType(e).DType != was.DType {
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
