package tosa

import (
	"fmt"
	"slices"

	"seam/model"
)

// opConst is a constant that was computed where the operator stood that it replaces. It goes to the front of the graph once
// all operators are there, since what reads it was placed behind that operator.
const opConst = "const"

// full lowers an operator that makes a constant, quantized or not: full, arange, eye, scalar_tensor.
//
//	source  backends/arm/_passes/fuse_constant_ops_pass.py: ComputeConstantOpsAOTPass
func (e *emitter) full(n model.NodeID) (model.NodeID, error) {
	x := e.edge.Node(n)
	values, ok := madeValues(x)
	if !ok {
		return model.None, e.refuse(n, x.Target+" of a value that is no number")
	}
	q, err := e.outQ(n)
	if err != nil {
		return model.None, err
	}
	d := x.Type.T.DType
	switch {
	case q != nil:
		d = q.dtype
	case d == model.Int64: // CastInt64BuffersToInt32Pass
		d = model.Int32
	case d.IsFloat():
		return model.None, e.refuse(n, x.Target+" without a quantize node behind it")
	}
	codes := make([]int64, len(values))
	for i, v := range values {
		codes[i] = int64(v)
		if q != nil {
			codes[i] = int64(q.code(v))
		}
	}
	kind := model.EdgeName(x.Target)
	switch x.Target {
	case "aten.full_like.default": // ConvertFullLikeToFullPass
		kind = nodeFull
	case "aten.scalar_tensor.default": // the one operator that is torch's own
		kind = "scalar_tensor"
	}
	return e.computed(e.nodeName(kind), "pre_computed", model.FromInts(d, x.Type.T.Shape, codes), model.None), nil
}

// madeValues is the elements that an operator without operands makes; false if they are not known.
func madeValues(x *model.Node) ([]float64, bool) {
	out := make([]float64, x.Type.T.Shape.Numel())
	number := func(i int, otherwise float64) float64 {
		if v, ok := x.Arg(i).Number(); ok {
			return v
		}
		return otherwise
	}
	switch x.Target {
	case "aten.arange.start_step":
		start, step := number(0, 0), number(2, 1)
		for i := range out {
			out[i] = start + float64(i)*step
		}
		return out, true
	case "aten.eye.default", "aten.eye.m":
		columns := int(x.Type.T.Shape.At(-1))
		for i := range out {
			if i/columns == i%columns {
				out[i] = 1
			}
		}
		return out, true
	}
	fill := x.Arg(1)
	if x.Target == "aten.scalar_tensor.default" {
		fill = x.Arg(0)
	}
	v, ok := fill.Number()
	for i := range out {
		out[i] = v
	}
	return out, ok
}

// filled adds a constant of one element.
func (e *emitter) filled(d model.DType, rank int, v int64) model.NodeID {
	ones := model.ShapeInts(slices.Repeat([]int{1}, rank)...)
	return e.computed(e.nodeName(nodeFull), "pre_computed", model.FromInts(d, ones, []int64{v}), model.None)
}

// computed adds a constant in place of the upstream node of that name. of is the constant that it was made of, the first if there
// were several, None if there was none.
func (e *emitter) computed(node, suffix string, t *model.Tensor, of model.NodeID) model.NodeID {
	name := node + "_" + suffix
	e.SetAttr(model.Attr{Name: name, Tensor: t})
	s := model.Spec{Kind: model.Call, Target: opConst, Name: name, Type: t.Type()}
	if of != model.None {
		s.From, s.Args = e.Source(of), []model.Arg{model.NodeArg(of)}
	}
	return e.Add(s)
}

// known is the constant that a value under construction is, nil if it is none.
func (e *emitter) known(v model.NodeID) *model.Tensor {
	x := e.Node(v)
	if x.Kind != model.GetAttr && !e.is(v, opConst) {
		return nil
	}
	name := x.Target
	if x.Kind == model.Call {
		name = x.Name
	}
	attr, _ := e.Attr(name)
	return attr.Tensor
}

// settleConstants puts the computed constants to the front: first those that were made of none, each in front of the one before,
// then the others, directly in front of what they were made of.
//
//	source  backends/arm/_passes/fuse_constant_ops_pass.py: compute_node_aot, _fuse_nodes
func (e *emitter) settleConstants() {
	for _, made := range []bool{false, true} {
		for _, n := range e.list() {
			x := e.Node(n)
			if !e.is(n, opConst) || made != (len(x.Args) > 0) {
				continue
			}
			attr, _ := e.Attr(x.Name)
			if !made {
				e.drop(n, e.addFront(x.Name, attr.Tensor, frontComputed))
				continue
			}
			e.At(x.Args[0].Node)
			e.drop(n, e.putConst(x.Name, attr.Tensor, e.origin(n)))
		}
	}
}

// shareConstants makes one constant of several that are equal in type and value, as upstream does for weights and the like. Those
// that nothing reads any more count too, and give the name where they come first.
//
//	source  backends/arm/_passes/fuse_equal_placeholders_pass.py: FuseEqualPlaceholdersPass
func (e *emitter) shareConstants() {
	first, unread := map[string]model.NodeID{}, e.unread()
	for _, n := range e.list() {
		if e.Node(n).Kind != model.GetAttr {
			continue
		}
		t := e.known(n)
		if t == nil || t.Raw == nil {
			continue
		}
		key := constKey(t)
		rep, ok := first[key]
		if z, equal := unread[key]; !ok && equal {
			rep = n
			if e.origin(n) > z {
				rep = e.addConst(e.edge.Node(z).Name, t, z)
			}
			e.shared[rep], ok = true, true
			first[key] = rep
		}
		switch {
		case !ok:
			first[key] = n
		case rep != n:
			e.drop(n, rep)
			e.shared[rep] = true
		}
	}
}

// constKey is equal for constants of one type and value.
func constKey(t *model.Tensor) string { return fmt.Sprint(t.DType, t.Shape, string(t.Raw)) }

// unread is the first edge node for every value that an int32 constant has which nothing reads here, by that: the zero points of
// biases, and the biases of convolutions that are gone.
func (e *emitter) unread() map[string]model.NodeID {
	out := map[string]model.NodeID{}
	for _, p := range e.spare {
		t := e.constant(model.NodeArg(p))
		if n, ok := e.named[e.edge.Node(p).Name]; ok && e.Alive(n) || t == nil || t.Raw == nil || t.DType != model.Int32 {
			continue
		}
		if old, ok := out[constKey(t)]; !ok || p < old {
			out[constKey(t)] = p
		}
	}
	return out
}

// foldTable computes a function of a constant in codes.
//
//	source  backends/arm/_passes/fuse_constant_ops_pass.py: FuseConstantArgsPass
func (e *emitter) foldTable(n, v model.NodeID, node string, in, out *qargs) model.NodeID {
	t := e.known(v)
	r := &model.Tensor{DType: out.dtype, Shape: t.Shape}
	if codes, err := t.Ints(); err == nil && t.Raw != nil {
		f := tableFuncOf(e.edge.Node(n))
		for i, c := range codes {
			codes[i] = int64(tableCode(f, float64(float32(int(c)-in.zero())*float32(in.scale())), out))
		}
		r = model.FromInts(out.dtype, t.Shape, codes)
	}
	return e.computed(node, "fused_const", r, v)
}

// foldLinear computes a linear layer of a constant: in float, from and to codes.
//
//	source  backends/arm/_passes/fuse_constant_ops_pass.py: FuseConstantArgsPass, behind DecomposeLinearPass
func (e *emitter) foldLinear(c *convPlan, node string) (model.NodeID, error) {
	t := e.known(c.x)
	r := &model.Tensor{DType: c.outQ.dtype, Shape: e.edge.Node(c.node).Type.T.Shape}
	x, w := c.inQ.reals(t), c.weightQ.reals(e.tensorOf(c.weights))
	bias := make([]float64, c.kernel[0])
	if c.biases.Kind == model.ArgNode {
		q, err := e.inQ(c.node, 2)
		if err != nil {
			return model.None, err
		}
		bias = q.reals(e.tensorOf(c.biases))
	}
	if x != nil && w != nil && bias != nil {
		var codes []int64
		for row := range len(x) / c.kernel[1] {
			for k, sum := range bias {
				for i := range c.kernel[1] {
					sum += x[row*c.kernel[1]+i] * w[k*c.kernel[1]+i]
				}
				codes = append(codes, int64(c.outQ.code(sum)))
			}
		}
		r = model.FromInts(c.outQ.dtype, r.Shape, codes)
	}
	return e.computed(node, "fused_const", r, c.x), nil
}

// origin is the edge node that a constant comes from, None if there is none.
func (e *emitter) origin(v model.NodeID) model.NodeID {
	if src := e.Source(v); len(src) > 0 {
		return src[0]
	}
	return model.None
}

// part is size elements of t from start on, along every axis.
func part(t *model.Tensor, start, size []int) *model.Tensor {
	r := &model.Tensor{DType: t.DType, Shape: model.ShapeInts(size...)}
	if t.Raw == nil {
		return r
	}
	shape, width := t.Shape.Ints(), t.DType.Bytes()
	at := make([]int, len(size))
	for range product(size) {
		off := 0
		for i := range at {
			off = off*shape[i] + start[i] + at[i]
		}
		r.Raw = append(r.Raw, t.Raw[off*width:(off+1)*width]...)
		for i := len(at) - 1; i >= 0; i-- {
			if at[i]++; at[i] < size[i] {
				break
			}
			at[i] = 0
		}
	}
	return r
}
