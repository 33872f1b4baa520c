package quant

import (
	"math"
	"slices"

	"seam/model"
)

// The edits of this file leave the types of what they change as they were, as upstream's do: the execution that follows finds
// the new ones.

const toCopy = "dim_order_ops._to_dim_order_copy.default"

func dtypeKw(d model.DType) []model.KwArg {
	return []model.KwArg{{Name: "dtype", Arg: model.ConstArg("torch." + d.String())}}
}

func int64Output(g *model.Graph, n model.NodeID) bool {
	t, ok := g.Node(n).Type.First()
	return ok && t.DType == model.Int64
}

// int64Constant says whether a constructor makes int64 values that fit int32.
func int64Constant(g *model.Graph, n model.NodeID) bool {
	x := g.Node(n)
	if !int64Output(g, n) {
		return false
	}
	fits := func(a model.Arg) bool {
		v, ok := a.Number()
		return !ok || v >= math.MinInt32 && v <= math.MaxInt32
	}
	if x.Target == "aten.full.default" {
		return fits(x.Arg(1))
	}
	return fits(x.Arg(0)) && fits(x.Arg(1))
}

// narrowConstant makes a constructor give int32.
//
//	source  backends/arm/_passes/convert_int64_const_ops_to_int32.py
func narrowConstant(r rewrite) model.Arg {
	kw := setKw(r.kwargs(), "dtype", model.ConstArg("torch.int32"))
	typ := r.x.Type
	typ.T.DType = model.Int32
	return r.put1(r.x.Target, typ, kw, r.args(r.x.Args)...)
}

func setKw(kw []model.KwArg, name string, v model.Arg) []model.KwArg {
	for i := range kw {
		if kw[i].Name == name {
			kw[i].Arg = v
			return kw
		}
	}
	return append(kw, model.KwArg{Name: name, Arg: v})
}

// narrowOutputs makes casts to int64 give int32, or drops them, and casts the indices of argmax and argmin.
//
//	source  backends/arm/_passes/convert_int64_output_ops_to_int32.py
func narrowOutputs(e *editor) {
	for _, n := range e.hits() {
		switch x := e.Node(n); x.Target {
		case "aten.argmax.default", "aten.argmin.default":
			if e.release < "1.5.1" {
				e.castAfter(n, e.Users(n), model.Int32)
			} else {
				e.castIndex(n)
			}
		default:
			e.narrowCast(n)
		}
	}
}

// narrowable says whether there is an int64 result that narrowOutputs looks at, and that somebody reads.
func narrowable(g *model.Graph, n model.NodeID) bool {
	if !int64Output(g, n) || len(g.Users(n)) == 0 {
		return false
	}
	x := g.Node(n)
	if x.Target != "aten.argmax.default" && x.Target != "aten.argmin.default" {
		return true
	}
	return len(newIndexPaths(g, n).safe) > 0
}

func (e *editor) narrowCast(n model.NodeID) {
	x := e.Node(n)
	in := e.In(n)[0]
	if t, _ := e.Node(in).Type.First(); t.DType == model.Int32 {
		e.ReplaceUses(n, in)
		return
	}
	args, kw := slices.Clone(x.Args), slices.Clone(x.Kwargs)
	if x.Target == "aten.to.dtype" {
		args[1] = model.ConstArg("torch.int32")
	} else {
		kw = setKw(kw, "dtype", model.ConstArg("torch.int32"))
	}
	e.SetArgs(n, args, kw)
}

// castAfter puts a cast behind n for the readers given.
func (e *editor) castAfter(n model.NodeID, readers []model.NodeID, to model.DType) {
	e.After(n)
	c := e.put(model.Spec{
		Kind: model.Call, Target: toCopy, Args: []model.Arg{model.NodeArg(n)}, Kwargs: dtypeKw(to),
		Type: e.Node(n).Type, From: e.Source(n),
	})
	for _, u := range readers {
		e.ReplaceIn(u, n, c)
	}
}

func int64Source(g *model.Graph, n model.NodeID) bool {
	k := g.Node(n).Kind
	return (k == model.Placeholder || k == model.GetAttr) && g.Node(n).Type.IsTensor() && int64Output(g, n)
}

// castSources puts a cast to int32 behind every int64 input and constant.
//
//	source  backends/arm/_passes/insert_int32_casts_after_int64_placeholders.py
func castSources(e *editor) {
	for _, n := range e.hits() {
		e.castAfter(n, e.Users(n), model.Int32)
	}
	for n := e.First(); n != model.None; n = e.Next(n) {
		if e.Node(n).Target == "aten.one_hot.default" {
			e.fail("InsertInt32CastsAfterInt64PlaceholdersPass with one_hot", n)
		}
	}
}
