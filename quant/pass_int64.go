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
				e.castAfter(n, e.Users(n))
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
	return len(indexReaders(g, n)) > 0
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

// castAfter puts a cast to int32 behind n for the readers given.
func (e *editor) castAfter(n model.NodeID, readers []model.NodeID) {
	e.After(n)
	c := e.put(model.Spec{
		Kind: model.Call, Target: toCopy, Args: []model.Arg{model.NodeArg(n)}, Kwargs: dtypeKw(model.Int32),
		Type: e.Node(n).Type, From: e.Source(n),
	})
	for _, u := range readers {
		e.ReplaceIn(u, n, c)
	}
}

// castIndex casts the index for the readers that are known to keep it in range.
func (e *editor) castIndex(n model.NodeID) {
	old := n - model.ID(0)
	safe := indexReaders(e.old, old)
	var direct []model.NodeID
	for _, u := range e.old.Users(old) {
		if safe[u] {
			direct = append(direct, model.ID(u))
		}
	}
	if t, ok := e.old.Node(e.old.In(old)[0]).Type.First(); !ok || t.Shape.Symbolic() {
		e.fail("ConvertInt64OutputOpsToInt32Pass over an extent that is not fixed", n)
		return
	}
	for m := range safe {
		if int64Output(e.old, m) { // a longer path of whole numbers, which would need casts back where it ends
			e.fail("ConvertInt64OutputOpsToInt32Pass on whole numbers computed from an index", n)
			return
		}
	}
	e.castAfter(n, direct)
}

// indexReaders is the nodes that upstream knows to keep an index within int32: casts, lookups and arithmetic.
//
//	source  backends/arm/_passes/convert_int64_output_ops_to_int32.py: _find_safe_index_consumers
func indexReaders(g *model.Graph, source model.NodeID) map[model.NodeID]bool {
	safe := map[model.NodeID]bool{}
	for _, u := range g.Users(source) {
		switch x := g.Node(u); x.Target {
		case "aten.unsqueeze.default", "aten.expand.default", "aten.view.default":
			safe[u] = true
		case "aten.to.dtype", "aten.index.Tensor", "aten.add.Tensor", "aten.sub.Tensor", "aten.mul.Tensor":
			if readsOnlyIndex(g, u, source) {
				safe[u] = true
			}
		}
	}
	return safe
}

// readsOnlyIndex says whether u gives no int64, or computes from the index and a number alone.
func readsOnlyIndex(g *model.Graph, u, source model.NodeID) bool {
	for _, p := range g.In(u) {
		if p != source && int64Output(g, p) {
			return false
		}
	}
	return !int64Output(g, u) || g.Node(u).Op.Row().Eval == model.EvBinary
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
		e.castAfter(n, e.Users(n))
	}
	for n := e.First(); n != model.None; n = e.Next(n) {
		if e.Node(n).Target == "aten.one_hot.default" {
			e.fail("InsertInt32CastsAfterInt64PlaceholdersPass with one_hot", n)
		}
	}
}
