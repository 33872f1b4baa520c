package tosa

import (
	"cmp"
	"slices"
	"strings"

	"seam/model"
)

// operand is a constant operand: a value, and the end of its name.
type operand struct {
	suffix string
	value  *model.Tensor
}

// finished is what an operator under construction is in the file: the constant operands behind its tensors, and its attributes
// in the order of the flatbuffer.
type finished struct {
	consts []operand
	attrs  []model.KwArg
}

// finishRow says how the keywords of an operator under construction become constant operands and attributes. An operator
// without a row keeps its keywords as attributes.
type finishRow struct {
	Op     string
	Finish func(*emitter, *model.Node) (finished, error)
}

var finishRows = [...]finishRow{
	{opConv2D, (*emitter).finishConv},
	{opConv3D, (*emitter).finishConv},
	{opDepthwise, (*emitter).finishConv},
	{opMatMul, (*emitter).finishMatMul},
	{opMul, (*emitter).finishMul},
	{opNegate, (*emitter).finishNegate},
	{opPad, (*emitter).finishPad},
	{opRescale, (*emitter).finishRescale},
	{opReshape, (*emitter).finishReshape},
	{opResize, (*emitter).finishResize},
	{opSlice, (*emitter).finishSlice},
	{opTile, (*emitter).finishTile},
	{opTransposeConv, (*emitter).finishTransposeConv},
}

// write makes the graph of the file: constants as operators, in upstream's order.
func (e *emitter) write() (*Lowered, error) {
	w := &writer{e, model.NewBuilder(model.TOSA), make([]model.NodeID, e.Len()), model.NewNamespace(), map[string]model.NodeID{}}
	list := e.list()
	inputs := func(n model.NodeID) bool { return e.Node(n).Kind == model.Placeholder }
	slices.SortStableFunc(list, func(a, b model.NodeID) int { return cmp.Compare(rank(inputs(b)), rank(inputs(a))) })
	for _, n := range list {
		if x := e.Node(n); x.Kind == model.GetAttr {
			w.placeholder(n)
			continue
		}
		if err := w.node(n); err != nil {
			return nil, err
		}
	}
	g, from, err := w.out.Freeze()
	if err != nil {
		return nil, err
	}
	return &Lowered{Graph: g, From: from, Into: from.Reverse()}, nil
}

// placeholder writes a weight, a bias, a table or another constant that upstream has a placeholder for. It stands among the
// operators: a RESCALE of a constant comes right behind it, in front of the next one.
//
//	source  backends/arm/tosa/backend.py: TOSABackend._preprocess_module
func (w *writer) placeholder(n model.NodeID) {
	x := w.Node(n)
	attr, _ := w.Attr(x.Target)
	name := x.Target
	if w.shared[n] {
		name += "_common"
	}
	w.to[n] = w.constant(name, attr.Tensor, w.Source(n))
}

func rank(b bool) int {
	if b {
		return 1
	}
	return 0
}

// writer copies the operators under construction into the final graph.
type writer struct {
	*emitter
	out    *model.Builder
	to     []model.NodeID // by node under construction: its node in out
	names  *model.Namespace
	shapes map[string]model.NodeID // CONST_SHAPEs of RESHAPE and TILE, by their value
}

// add adds a node under a name that was given out before.
func (w *writer) add(name string, s model.Spec) model.NodeID {
	id := w.out.Add(s)
	w.out.Node(id).Name = name
	return id
}

func (w *writer) constant(name string, t *model.Tensor, from []model.NodeID) model.NodeID {
	name = w.names.Create(name)
	w.out.SetAttr(model.Attr{Name: name, Tensor: t})
	return w.add(name, model.Spec{Kind: model.GetAttr, Target: name, Type: t.Type(), From: from})
}

func (w *writer) node(n model.NodeID) error {
	x := w.Node(n)
	s := model.Spec{Kind: x.Kind, Target: x.Target, Kwargs: x.Kwargs, Type: x.Type, From: w.Source(n)}
	for _, a := range x.Args {
		s.Args = append(s.Args, a.Map(func(p model.NodeID) model.NodeID { return w.to[p] }))
	}
	name := x.Name
	if x.Kind == model.Call {
		name = strings.ToLower(strings.Replace(x.Target, ".", "_", 1)) + "_default"
		if x.Target == opCast { // ExirToTosaPass leaves it
			name = nodeCast
		}
	}
	name = w.names.Create(name)
	if x.Kind == model.Call {
		if err := w.finish(name, x, &s); err != nil {
			return err
		}
	}
	w.to[n] = w.add(name, s)
	return nil
}

// finish adds an operator's constant operands and sets its attributes.
func (w *writer) finish(name string, x *model.Node, s *model.Spec) error {
	i := slices.IndexFunc(finishRows[:], func(r finishRow) bool { return r.Op == x.Target })
	if i < 0 {
		return nil
	}
	f, err := finishRows[i].Finish(w.emitter, x)
	if err != nil {
		return err
	}
	s.Kwargs = f.attrs
	for _, c := range f.consts {
		v := model.NodeID(model.None)
		if c.value.DType == model.ShapeType {
			v = w.shape(x.Target, c.value)
		} else {
			v = w.constant(name+"_"+c.suffix, c.value, nil)
		}
		s.Args = append(s.Args, model.NodeArg(v))
	}
	return nil
}

// shape is a CONST_SHAPE for an operator of that kind. Those that read a RESHAPE's shape or a TILE's multiples share one of
// equal value.
//
//	source  backends/arm/_passes/insert_const_shapes.py: InsertConstShapesPass
func (w *writer) shape(op string, t *model.Tensor) model.NodeID {
	key := string(t.Raw)
	v, ok := w.shapes[key]
	if !ok || op != opReshape && op != opTile {
		v = w.constant("tosa_const_shape_default", t, nil)
	}
	if op == opReshape || op == opTile {
		w.shapes[key] = v
	}
	return v
}

// finishConv makes the zero points operands. The weight's has one element even if there is a scale for every channel.
//
//	source  backends/arm/operators/op_tosa_conv2d.py; lower.md trap T7
func (e *emitter) finishConv(x *model.Node) (finished, error) {
	in, w := e.tensor(x.Args[0].Node).DType, e.tensor(x.Args[1].Node).DType
	return finished{
		consts: []operand{{"input_zp", scalar(in, x, "input_zp")}, {"weight_zp", scalar(w, x, "weight_zp")}},
		attrs:  x.Kwargs[:5],
	}, nil
}

// finishRescale turns the scales into multipliers and shifts: of 15 bits for an INT48 input, of 31 for all others.
//
//	source  backends/arm/operators/op_tosa_rescale.py; lower.md 3.4
func (e *emitter) finishRescale(x *model.Node) (finished, error) {
	in := e.tensor(x.Args[0].Node).DType
	bits, wide := 32, model.Int32
	if in == model.Int48 {
		bits, wide = 16, model.Int16
	}
	var scales []float64
	for _, a := range x.Kwarg("scales").List {
		scales = append(scales, a.Float)
	}
	mults, shifts, err := scaleParams(scales, bits)
	if err != nil {
		return finished{}, err
	}
	shape := model.ShapeInts(len(scales))
	return finished{
		consts: []operand{
			{"multipliers", model.FromInts(wide, shape, mults)},
			{"shifts", model.FromInts(model.Int8, shape, shifts)},
			{"input_zp", scalar(in, x, "input_zp")},
			{"output_zp", scalar(x.Type.T.DType, x, "output_zp")},
		},
		attrs: []model.KwArg{
			boolKw("scale32", bits == 32), textKw("rounding_mode", "SINGLE_ROUND"), boolKw("per_channel", len(scales) > 1),
			boolKw("input_unsigned", false), boolKw("output_unsigned", false),
		},
	}, nil
}

func (e *emitter) finishReshape(x *model.Node) (finished, error) {
	return finished{consts: []operand{{"shape", shapeConst(ints(x, "shape"))}}}, nil
}

func (e *emitter) finishSlice(x *model.Node) (finished, error) {
	return finished{consts: []operand{{"start", shapeConst(ints(x, "start"))}, {"size", shapeConst(ints(x, "size"))}}}, nil
}

func (e *emitter) finishTile(x *model.Node) (finished, error) {
	return finished{consts: []operand{{"multiples", shapeConst(ints(x, "multiples"))}}}, nil
}

func (e *emitter) finishResize(x *model.Node) (finished, error) {
	f := finished{attrs: x.Kwargs[:1]}
	for _, name := range []string{"scale", "offset", "border"} {
		f.consts = append(f.consts, operand{name, shapeConst(ints(x, name))})
	}
	return f, nil
}

func (e *emitter) finishTransposeConv(x *model.Node) (finished, error) {
	f, err := e.finishConv(x)
	f.attrs = x.Kwargs[:4]
	return f, err
}

func (e *emitter) finishMatMul(x *model.Node) (finished, error) {
	a, b := e.tensor(x.Args[0].Node).DType, e.tensor(x.Args[1].Node).DType
	return finished{consts: []operand{{"A_ZP", scalar(a, x, "a_zp")}, {"B_ZP", scalar(b, x, "b_zp")}}}, nil
}

// finishMul adds the shift, which is always 0.
func (e *emitter) finishMul(x *model.Node) (finished, error) {
	return finished{consts: []operand{{"shift", scalar(model.Int8, x, "shift")}}}, nil
}

func (e *emitter) finishNegate(x *model.Node) (finished, error) {
	d := x.Type.T.DType
	return finished{consts: []operand{{"input_zp", scalar(d, x, "input1_zp")}, {"output_zp", scalar(d, x, "output_zp")}}}, nil
}

func (e *emitter) finishPad(x *model.Node) (finished, error) {
	return finished{consts: []operand{
		{"padding", shapeConst(ints(x, "padding"))}, {"padding_value", scalar(x.Type.T.DType, x, "value")},
	}}, nil
}

// shapeConst is the value of a CONST_SHAPE.
func shapeConst(v []int) *model.Tensor {
	wide := make([]int64, len(v))
	for i, d := range v {
		wide[i] = int64(d)
	}
	return model.FromInts(model.ShapeType, model.ShapeInts(len(v)), wide)
}

// scalar is a keyword's number as a constant of one element.
func scalar(d model.DType, x *model.Node, name string) *model.Tensor {
	return model.FromInts(d, model.ShapeInts(1), []int64{x.Kwarg(name).Int})
}

func boolKw(name string, v bool) model.KwArg { return model.KwArg{Name: name, Arg: model.BoolArg(v)} }
