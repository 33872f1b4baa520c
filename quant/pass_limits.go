package quant

import (
	"math"
	"slices"

	"seam/model"
)

// infinite says whether a number or a constant is replaced because it is infinite, or the largest float32.
func infinite(g *model.Graph, n model.NodeID) bool {
	x := g.Node(n)
	if x.Kind == model.Call {
		return slices.ContainsFunc(x.Args, func(a model.Arg) bool { return a.Kind == model.ArgFloat && isLimit(a.Float) })
	}
	if x.Kind != model.GetAttr {
		return false
	}
	attr, ok := g.Attrs.Get(x.Target)
	if !ok || attr.Param || attr.Tensor == nil || attr.Tensor.DType != model.Float32 {
		return false
	}
	v, err := attr.Tensor.Floats()
	return err == nil && slices.ContainsFunc(v, func(f float32) bool { return f-f != 0 })
}

func isLimit(f float64) bool { return math.IsInf(f, 0) || math.Abs(f) == math.MaxFloat32 }

// limits are what infinities become.
//
//	source  backends/arm/common/pipeline_config.py: QuantizeInfConfig
func limits(release string) (lo, hi float64) {
	if release == "1.3.1" {
		return -255, 255
	}
	return -256, 255
}

// replaceInfinities gives infinite numbers and constants finite values.
//
//	source  backends/arm/_passes/replace_inf_and_limit_values_pass.py
func replaceInfinities(e *editor) {
	lo, hi := limits(e.release)
	for _, n := range e.hits() {
		x := e.Node(n)
		if x.Kind == model.GetAttr {
			e.finite(x.Target, float32(lo), float32(hi))
			continue
		}
		args := slices.Clone(x.Args)
		for i, a := range args {
			if a.Kind == model.ArgFloat && isLimit(a.Float) {
				args[i] = model.FloatArg(hi)
				if a.Float < 0 {
					args[i] = model.FloatArg(lo)
				}
			}
		}
		e.SetArgs(n, args, x.Kwargs)
	}
}

// finite replaces what is not finite in a constant, if all its readers may be transformed.
func (e *editor) finite(name string, lo, hi float32) {
	for n := e.First(); n != model.None; n = e.Next(n) {
		if x := e.Node(n); x.Kind != model.GetAttr || x.Target != name {
			continue
		}
		for _, u := range e.Users(n) {
			if e.Node(u).Kind == model.Call && !e.permitted(u) {
				return
			}
		}
	}
	attr, _ := e.Attr(name)
	v, _ := attr.Tensor.Floats()
	for i, f := range v {
		switch {
		case f != f:
			v[i] = 0
		case math.IsInf(float64(f), 1):
			v[i] = hi
		case math.IsInf(float64(f), -1):
			v[i] = lo
		}
	}
	attr.Tensor = model.FromFloats(attr.Tensor.Shape, v)
	e.SetAttr(attr)
}

// SharedAttr is how the names begin under which a constant's further readers have it.
const SharedAttr = "_deduplicated_get_attr_"

// splitConstants gives each reader of a constant a constant of its own.
//
//	source  backends/arm/_passes/deduplicate_get_attr_pass.py
func splitConstants(e *editor) {
	var all []model.NodeID
	for n := e.First(); n != model.None; n = e.Next(n) {
		if e.Node(n).Kind == model.GetAttr {
			all = append(all, n)
		}
	}
	if e.release > "1.3.1" {
		for _, n := range all {
			for i, u := range e.Users(n) {
				if i == 0 {
					continue
				}
				e.At(u)
				x := e.Node(n)
				e.ReplaceIn(u, n, e.put(model.Spec{Kind: model.GetAttr, Target: x.Target, Type: x.Type, Like: n}))
			}
		}
	}
	seen := map[string]bool{}
	for n := e.First(); n != model.None; n = e.Next(n) {
		x := e.Node(n)
		if x.Kind != model.GetAttr {
			continue
		}
		if seen[x.Target] {
			if attr, ok := e.Attr(x.Target); ok {
				attr.Name = e.FreeAttr(SharedAttr + x.Name + "_")
				e.SetAttr(attr)
				x.Target = attr.Name
			}
		}
		seen[x.Target] = true
	}
}
