package tosa

import "seam/model"

// cell is one step of a recurrent layer: the gates' part of the input, the states, and the weight and bias of the hidden state.
type cell func(e *lowering, in model.Arg, state []model.Arg, w, b model.Arg) ([]model.Arg, error)

// cells is the step of each recurrent operator.
var cells = map[string]cell{
	"aten.rnn_tanh.input": func(e *lowering, in model.Arg, state []model.Arg, w, b model.Arg) ([]model.Arg, error) {
		return e.rnnCell("aten.tanh.default", in, state, w, b)
	},
	"aten.rnn_relu.input": func(e *lowering, in model.Arg, state []model.Arg, w, b model.Arg) ([]model.Arg, error) {
		return e.rnnCell("aten.relu.default", in, state, w, b)
	},
	"aten.lstm.input": (*lowering).lstmCell,
	"aten.gru.input":  (*lowering).gruCell,
}

func (e *lowering) rnnCell(op string, in model.Arg, state []model.Arg, w, b model.Arg) ([]model.Arg, error) {
	v, err := e.linearOf(state[0], w, b)
	if err != nil {
		return nil, err
	}
	return []model.Arg{e.like(op, e.binary("aten.add.Tensor", v, in))}, nil
}

func (e *lowering) lstmCell(in model.Arg, state []model.Arg, w, b model.Arg) ([]model.Arg, error) {
	v, err := e.linearOf(state[0], w, b)
	if err != nil {
		return nil, err
	}
	g := e.chunks(e.binary("aten.add.Tensor", v, in), 4, 2)
	for i, op := range []string{"sigmoid", "sigmoid", "tanh", "sigmoid"} {
		g[i] = e.like("aten."+op+".default", g[i])
	}
	kept := e.binary("aten.mul.Tensor", g[1], state[1])
	c := e.binary("aten.add.Tensor", kept, e.binary("aten.mul.Tensor", g[0], g[2]))
	h := e.binary("aten.mul.Tensor", g[3], e.like("aten.tanh.default", c))
	return []model.Arg{h, c}, nil
}

// gruCell splits the gates of the input along axis 1 and those of the state along the last.
func (e *lowering) gruCell(in model.Arg, state []model.Arg, w, b model.Arg) ([]model.Arg, error) {
	x := e.chunks(in, 3, 1)
	v, err := e.linearOf(state[0], w, b)
	if err != nil {
		return nil, err
	}
	h := e.chunks(v, 3, e.rank(v)-1)
	reset := e.like("aten.sigmoid.default", e.binary("aten.add.Tensor", h[0], x[0]))
	gate := e.like("aten.sigmoid.default", e.binary("aten.add.Tensor", h[1], x[1]))
	fresh := e.binary("aten.add.Tensor", x[2], e.binary("aten.mul.Tensor", h[2], reset))
	fresh = e.like("aten.tanh.default", fresh)
	kept := e.binary("aten.mul.Tensor", e.binary("aten.sub.Tensor", state[0], fresh), gate)
	return []model.Arg{e.binary("aten.add.Tensor", kept, fresh)}, nil
}

// gruStep is one step of a GRU on its own.
//
//	source  aten/src/ATen/native/RNN.cpp: gru_cell
func (e *lowering) gruStep(c *edgeCall) (model.Arg, error) {
	in, err := e.linearOf(c.args[0], c.args[2], e.arg(c, 4))
	if err != nil {
		return model.Arg{}, err
	}
	out, err := e.gruCell(in, c.args[1:2], c.args[3], e.arg(c, 5))
	if err != nil {
		return model.Arg{}, err
	}
	return out[0], nil
}

// rnnStep is one step of a plain RNN on its own: the state's part stands first.
//
//	source  aten/src/ATen/native/RNN.cpp: rnn_tanh_cell, rnn_relu_cell
func (e *lowering) rnnStep(c *edgeCall) (model.Arg, error) {
	h, err := e.linearOf(c.args[1], c.args[3], e.arg(c, 5))
	if err != nil {
		return model.Arg{}, err
	}
	in, err := e.linearOf(c.args[0], c.args[2], e.arg(c, 4))
	if err != nil {
		return model.Arg{}, err
	}
	op := "aten.relu.default"
	if c.op == "aten.rnn_tanh_cell.default" {
		op = "aten.tanh.default"
	}
	return e.like(op, e.binary("aten.add.Tensor", h, in)), nil
}

// recurrent unrolls the layers of an RNN, GRU or LSTM.
//
//	source  torch/_decomp/decompositions.py: _rnn_helper, one_layer_rnn, one_layer_lstm
func (e *lowering) recurrent(c *edgeCall) (model.Arg, error) {
	x, params, layers := c.args[0], c.args[2].List, int(e.arg(c, 4).Int)
	first := e.arg(c, 8).Bool()
	directions, each := 1, 2
	if e.arg(c, 7).Bool() {
		directions = 2
	}
	if e.arg(c, 3).Bool() {
		each = 4
	}
	if e.rank(x) != 3 || e.shapeOf(x).Symbolic() || e.arg(c, 6).Bool() || len(params) != layers*directions*each {
		return model.Arg{}, e.missing("")
	}
	var states [][]model.Arg // by state, by layer and direction
	for _, h := range hiddenOf(c.args[1]) {
		states = append(states, e.unbound(h, 0, layers*directions))
	}
	if first {
		x = e.permuted(x, 1, 0, 2)
	}
	final := make([][]model.Arg, len(states))
	for i := range layers {
		var outs []model.Arg
		for d := range directions {
			k := i*directions + d
			out, last, err := e.recurrentLayer(cells[c.op], x, states, k, params[k*each:(k+1)*each], d == 1)
			if err != nil {
				return model.Arg{}, err
			}
			outs = append(outs, out)
			for s := range final {
				final[s] = append(final[s], last[s])
			}
		}
		x = outs[0]
		if directions == 2 {
			x = e.joined(outs, 2)
		}
	}
	if first {
		x = e.permuted(x, 1, 0, 2)
	}
	results := model.ListArg(x)
	for _, f := range final {
		results.List = append(results.List, e.viewAs(e.joined(f, 0), e.shapeOf(f[0]).Insert(0, model.Dim(len(f)))))
	}
	return results, nil
}

// hiddenOf is the initial states: one tensor or several.
func hiddenOf(a model.Arg) []model.Arg {
	if a.Kind == model.ArgList {
		return a.List
	}
	return []model.Arg{a}
}

// stateOf is the initial states of layer and direction k, with an axis for time.
func (e *lowering) stateOf(states [][]model.Arg, k int) []model.Arg {
	var out []model.Arg
	for _, s := range states {
		out = append(out, e.unsqueezed(s[k], 0))
	}
	return out
}

// recurrentLayer unrolls one layer in one direction.
func (e *lowering) recurrentLayer(step cell, x model.Arg, states [][]model.Arg, k int, params []model.Arg, back bool) (
	model.Arg, []model.Arg, error,
) {
	var b [2]model.Arg
	copy(b[:], params[2:])
	lstm := len(states) == 2
	var state []model.Arg
	if lstm {
		state = e.stateOf(states, k)
	}
	in, err := e.linearOf(x, params[0], b[0])
	if err != nil {
		return model.Arg{}, nil, err
	}
	if back {
		in = e.like("aten.flip.default", in, model.IntsArg(0))
	}
	if !lstm { // whose states come first
		state = e.stateOf(states, k)
	}
	var outs []model.Arg
	for _, i := range e.unbound(in, 0, int(e.shapeOf(in).At(0))) {
		if state, err = step(e, i, state, params[1], b[1]); err != nil {
			return model.Arg{}, nil, err
		}
		if back {
			outs = append([]model.Arg{state[0]}, outs...)
		} else {
			outs = append(outs, state[0])
		}
	}
	out := e.joined(outs, 0)
	for i, s := range state {
		state[i] = e.squeezed(s, 0)
	}
	return out, state, nil
}
