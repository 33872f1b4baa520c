package eval

import (
	"strings"

	"seam/model"
)

// op is an operator's name taken apart: "aten.squeeze_copy.dim" is base "squeeze", overload "dim".
type op struct {
	base, overload string
	inPlace        bool
	copies         bool // a _copy twin of a view: its result aliases nothing
}

func parseOp(target string, id model.OpID) op {
	o := op{base: model.PacketName(target)}
	if i := strings.LastIndexByte(target, '.'); i >= 0 {
		o.overload = target[i+1:]
	}
	if strings.HasPrefix(o.base, "__") {
		return o
	}
	if id.HasTag("inplace") {
		o.base = strings.TrimSuffix(o.base, "_")
		o.inPlace = o.base != "squeeze" // which changes the shape, and writes nothing
	}
	if s, ok := strings.CutSuffix(o.base, "_copy"); ok && s != "index" && s != "_to" {
		o.base, o.copies = s, true
	}
	return o
}

// binder finds the kernel of an operator of one class; nil if the class does not cover it.
type binder func(o op) kernel

// binders is the kernel families by class. NoEval has none.
var binders = [model.NumEvalClasses]binder{
	model.EvConv:      bindConv,
	model.EvLinear:    bindLinear,
	model.EvMatmul:    bindMatmul,
	model.EvUnary:     bindUnary,
	model.EvBinary:    bindBinary,
	model.EvCompare:   bindCompare,
	model.EvClamp:     bindClamp,
	model.EvPool:      bindPool,
	model.EvReduce:    bindReduce,
	model.EvSoftmax:   bindSoftmax,
	model.EvNorm:      bindNorm,
	model.EvReshape:   bindReshape,
	model.EvPermute:   bindPermute,
	model.EvSlice:     bindSlice,
	model.EvExpand:    bindExpand,
	model.EvCat:       bindCat,
	model.EvSplit:     bindSplit,
	model.EvIndex:     bindIndex,
	model.EvScatter:   bindScatter,
	model.EvFill:      bindFill,
	model.EvIdentity:  bindIdentity,
	model.EvGetitem:   bindGetitem,
	model.EvPad:       bindPad,
	model.EvResize:    bindResize,
	model.EvWhere:     bindWhere,
	model.EvCast:      bindCast,
	model.EvScan:      bindScan,
	model.EvSort:      bindSort,
	model.EvRecurrent: bindRecurrent,
	model.EvFused:     bindFused,
	model.EvControl:   bindControl,
	model.EvSym:       bindSym,
	model.EvNothing:   bindNothing,
}

// kernelOf is the kernel of a call, nil if there is none.
func kernelOf(n *model.Node) (kernel, op) {
	o := parseOp(n.Target, n.Op)
	if b := binders[n.Op.Row().Eval]; b != nil {
		return b(o), o
	}
	return nil, o
}

// bindIdentity covers what passes its first argument on: dropout in evaluation mode, clone, contiguous and the like.
func bindIdentity(op) kernel {
	return func(c *call) *Value {
		if c.truth("train") && c.number("p", 0) != 0 {
			c.fail("dropout in training mode is random")
		}
		v := c.value(c.step.args[0])
		if v == nil || v.List != nil {
			c.fail("argument 0 is no tensor")
		}
		return v
	}
}

// bindGetitem covers operator.getitem.
func bindGetitem(op) kernel {
	return func(c *call) *Value {
		var l []*Value
		if v := c.value(c.node.Arg(0)); v != nil {
			l = v.List
		}
		i, ok := c.whole(c.node.Arg(1))
		if i < 0 {
			i += len(l)
		}
		if !ok || i < 0 || i >= len(l) {
			c.fail("item %d of %d", i, len(l))
			return nil
		}
		return l[i]
	}
}

// bindNothing covers checks that have no result: what they check was true when the program was captured.
func bindNothing(op) kernel { return func(*call) *Value { return nil } }
