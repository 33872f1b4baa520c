package ethosu

import (
	"math"
	"slices"

	"seam/model"
)

// int64Check refuses int64 values, but for those that provably never meet the NPU.
//
//	source  operator_support/tosa_supported_operators.py: CheckInt64InputsAndOutputs
func int64Check(a *ask) verdict {
	argmax := a.t.row(a.n.Op).class&opArgmax != 0 && a.t.v14
	if a.own.is&isGetAttr != 0 || !a.mustBeTensors() || (a.own.is|a.any)&hasInt64 == 0 && !argmax {
		return pass
	}
	if !a.t.v14 && a.own.is&(isSymInt|isOpaque) != 0 {
		a.raise("AttributeError: 'SymInt' object has no attribute 'dtype'")
		return pass
	}
	if argmax {
		if v := a.argmaxForm(a.id); !v.ok {
			// upstream goes on to look for an exception, which only a result without int64 could be
			return v
		}
	} else if a.own.is&hasInt64 != 0 {
		if v, done := a.int64Output(a.id); done {
			return v
		}
	}
	return a.int64Inputs()
}

// int64Output judges an int64 result; done is false if the inputs decide.
func (a *ask) int64Output(id model.NodeID) (v verdict, done bool) {
	users := a.g.Users(id)
	narrowed := !slices.ContainsFunc(users, func(u model.NodeID) bool { return a.facts[u].is&firstInt64 != 0 })
	if narrowed && a.classOf(id)&opConstant != 0 {
		return a.int32Range(id), true
	}
	if narrowed && a.everyUser(id, isGetitem) {
		return pass, false
	}
	return no("Non-constant node with int64 output."), true
}

// int64Inputs accepts int64 inputs that are constants, or an argmax that is cast to int32 here.
func (a *ask) int64Inputs() verdict {
	if a.any&firstInt64 == 0 {
		return pass
	}
	for _, p := range a.in {
		if f := a.facts[p]; f.is&firstInt64 == 0 || f.is&isGetAttr != 0 || a.int64Allowed(p) {
			continue
		}
		return no("Non-constant int64 input %s", a.g.Node(p).Name)
	}
	return pass
}

func (a *ask) int64Allowed(p model.NodeID) bool {
	n := a.g.Node(p)
	if n.Kind != model.Call {
		return !a.walk.userInput(n.Name)
	}
	c := a.classOf(p)
	switch {
	case c&opArgmax != 0 && a.t.v15 && a.castsToInt32(a.id):
		if !a.argmaxNarrowed(p) {
			return false
		}
		v := a.argmaxForm(p)
		a.lend(p, v)
		return v.ok
	case c&opConstant != 0:
		v, _ := a.int64Output(p)
		a.lend(p, v)
		return v.ok
	}
	return false
}

// userInput says whether a name is one of the program's own inputs. Upstream takes every other placeholder for a constant, the
// inputs of bodies too.
func (w *walk) userInput(name string) bool {
	n := w.root.ByName(name)
	return n != model.None && w.root.Node(n).Kind == model.Placeholder && w.root.Inputs[name] == model.UserInput
}

// lend writes a refusal of p that came up while another node was asked. Upstream's reporter does not mind whose turn it is.
func (a *ask) lend(p model.NodeID, v verdict) {
	if v.ok || !a.live {
		return
	}
	a.reject(p, a.t.int64Rule, v.text)
	a.borrowed = true
}

// int32Range refuses a constant with a value outside int32.
func (a *ask) int32Range(id model.NodeID) verdict {
	lo, hi, ok := a.constantRange(a.g.Node(id))
	if ok && (lo < math.MinInt32 || hi > math.MaxInt32) {
		return no("Constant node outside int32 range.")
	}
	return pass
}

// constantRange is the least and greatest value of a constant operator's result; ok is false where an argument is no number or
// the result is empty.
func (a *ask) constantRange(n *model.Node) (lo, hi float64, ok bool) {
	v0, ok0 := n.Arg(0).Number()
	v1, ok1 := n.Arg(1).Number()
	switch n.Target {
	case "aten.full.default":
		return v1, v1, ok1
	case "aten.scalar_tensor.default":
		return v0, v0, ok0
	case "aten.eye.default":
		return 0, 1, true
	case "aten.linspace.default":
		return min(v0, v1), max(v0, v1), ok0 && ok1
	}
	step, has := n.Arg(2).Number()
	if !has {
		step = 1
	}
	if !ok0 || !ok1 || step == 0 {
		return 0, 0, false
	}
	last := v0 + step*(math.Ceil((v1-v0)/step)-1)
	return min(v0, last), max(v0, last), true
}

// argmaxUsers refuses an argmax whose int64 result is not cast to int32 everywhere.
//
//	source  operator_support/tosa_supported_operators.py: CheckKnownUnsupportedTOSASemantics
func argmaxUsers(a *ask) verdict {
	if a.argmaxNarrowed(a.id) {
		return pass
	}
	return no("TOSA ARGMAX produces int32 but aten.argmax returns int64.")
}

func (a *ask) argmaxNarrowed(p model.NodeID) bool {
	users := a.g.Users(p)
	return len(users) > 0 && !slices.ContainsFunc(users, func(u model.NodeID) bool { return !a.castsToInt32(u) })
}

func (r *run) castsToInt32(p model.NodeID) bool {
	return r.classOf(p)&opCast != 0 && r.g.Node(p).Kwarg("dtype").Str == "torch.int32"
}

// argmaxForm refuses an argmax that TOSA's ARGMAX cannot express. The profile is INT with int16 on every Ethos-U.
//
//	source  operator_support/tosa_supported_operators.py: _is_tosa_argmax_supported
func (a *ask) argmaxForm(p model.NodeID) verdict {
	n := a.g.Node(p)
	dim := argOrKwarg(n, 1, "dim")
	switch {
	case dim.IsNone():
		return no("TOSA ARGMAX requires an explicit reduction dimension.")
	case dim.Kind != model.ArgInt && dim.Kind != model.ArgBool:
		return no("TOSA ARGMAX requires a statically known reduction dimension.")
	}
	in := a.g.In(p)
	if len(in) == 0 {
		return pass
	}
	t, ok := a.tensor(in[0])
	if !ok {
		return pass
	}
	switch t.DType {
	case model.Int8, model.Int16:
	case model.Float16, model.Float32:
		return no("TOSA ARGMAX requires PRO-FP for %s input.", pyDType(t.DType))
	case model.BFloat16:
		return no("TOSA ARGMAX requires EXT-BF16 for bfloat16 input.")
	default:
		return no("TOSA ARGMAX does not support %s input.", pyDType(t.DType))
	}
	rank := int64(t.Shape.Rank())
	switch axis := dim.Int; {
	case rank == 0:
		return no("TOSA ARGMAX requires an input with rank at least 1.")
	case axis < -rank, axis >= rank:
		return no("TOSA ARGMAX axis must be in [0, %d] but got %d.", rank-1, axis)
	case argOrKwarg(n, 2, "keepdim").Bool():
		return no("TOSA ARGMAX does not support keepdim=True.")
	}
	return pass
}

// argOrKwarg is an argument that may be given by name, the name first.
func argOrKwarg(n *model.Node, i int, name string) model.Arg {
	for _, k := range n.Kwargs {
		if k.Name == name {
			return k.Arg
		}
	}
	return n.Arg(i)
}
