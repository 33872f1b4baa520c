package quant

import (
	"slices"

	"seam/model"
)

// recurrent is a recurrent layer being written out, one step after the other.
type recurrent struct {
	rewrite
	kind    string // "lstm", "gru", "rnn_tanh", "rnn_relu"
	bias    bool
	both    bool // directions
	time    int  // the time's dimension
	steps   int
	hidden  int
	weights []model.Arg
	readers [3]model.NodeID // who reads result i; None
}

// recurrentLayer writes rnn, gru and lstm out.
//
//	source  backends/arm/_passes/decompose_lstm_pass.py, decompose_gru_pass.py, decompose_rnn_pass.py
func recurrentLayer(r rewrite) model.Arg {
	c := recurrent{
		rewrite: r, kind: model.PacketName(r.x.Target), weights: r.arg(2).List, bias: r.x.Arg(3).Bool(),
		both: r.x.Arg(7).Bool(), readers: [3]model.NodeID{model.None, model.None, model.None},
	}
	for _, u := range r.old.Users(r.n) {
		if i := r.old.Node(u).Arg(1); r.old.Node(u).Target == "_operator.getitem" && i.Int >= 0 && i.Int < 3 {
			c.readers[i.Int] = u
		}
	}
	states := []model.Arg{r.arg(1)}
	if c.kind == "lstm" {
		states = r.arg(1).List
	}
	x := r.arg(0)
	if r.x.Arg(8).Bool() {
		c.time = 1
	}
	steps := r.shape(x).At(c.time)
	if steps.Symbolic() {
		return r.raise("TypeError: 'SymInt' object cannot be interpreted as an integer")
	}
	c.steps, c.hidden = int(steps), int(r.shape(states[0]).At(-1))
	finals := make([][]model.Arg, len(states))
	for layer := range int(r.x.Arg(4).Int) {
		var ends [][]model.Arg
		x, ends = c.layer(x, states, layer)
		for i := range finals {
			finals[i] = append(finals[i], ends[i]...)
		}
	}
	c.give(0, x)
	for i, f := range finals {
		if len(f) > 1 {
			c.give(i+1, c.as(c.readers[i+1]).cat(f, 0))
		} else {
			c.give(i+1, f[0])
		}
	}
	return model.Arg{}
}

// give puts v where result i is read.
func (c *recurrent) give(i int, v model.Arg) {
	for _, u := range c.old.Users(c.n) {
		if a := c.old.Node(u).Arg(1); a.Kind == model.ArgInt && int(a.Int) == i {
			c.stand(u, v)
		}
	}
}

// layer writes one layer: its output over time, and by state the last values.
func (c *recurrent) layer(x model.Arg, states []model.Arg, layer int) (model.Arg, [][]model.Arg) {
	dirs := 1
	if c.both {
		dirs = 2
	}
	var outs, lasts [2][]model.Arg
	for d := range dirs {
		outs[d], lasts[d] = c.direction(x, c.initial(states, layer*dirs+d), c.weightsOf(layer*dirs+d), d == 1)
	}
	y := c.overTime(outs, dirs)
	ends := make([][]model.Arg, len(states))
	for i := range states {
		for d := range dirs {
			like := c.rewrite
			if !c.both {
				like = c.as(c.readers[i+1])
			}
			ends[i] = append(ends[i], like.unsqueeze(lasts[d][i], 0))
		}
	}
	return y, ends
}

// initial is the states that direction d starts from.
func (c *recurrent) initial(states []model.Arg, d int) []model.Arg {
	out := make([]model.Arg, len(states))
	for i, s := range states {
		out[i] = c.selectAt(s, 0, d)
	}
	return out
}

// weightsOf is the weights of direction d: input, hidden, and their biases, None without.
func (c *recurrent) weightsOf(d int) [4]model.Arg {
	n := 2
	if c.bias {
		n = 4
	}
	var w [4]model.Arg
	copy(w[:n], c.weights[n*d:])
	return w
}

// overTime joins the steps' outputs, and the directions: rnn joins them last, the others step by step.
func (c *recurrent) overTime(outs [2][]model.Arg, dirs int) model.Arg {
	last := c.as(c.readers[0])
	switch {
	case dirs == 1:
		return last.cat(outs[0], c.time)
	case c.kind != "lstm" && c.kind != "gru":
		a, b := c.cat(outs[0], c.time), c.cat(outs[1], c.time)
		return last.cat([]model.Arg{a, b}, -1)
	}
	merged := make([]model.Arg, len(outs[0]))
	for i := range merged {
		merged[i] = c.cat([]model.Arg{outs[0][i], outs[1][i]}, -1)
	}
	return last.cat(merged, c.time)
}

// direction writes all steps of one direction: the outputs in order of time, and the last states.
func (c *recurrent) direction(x model.Arg, state []model.Arg, w [4]model.Arg, back bool) (outs, last []model.Arg) {
	for i := range c.steps {
		at := i
		if back {
			at = c.steps - 1 - i
		}
		state = c.step(c.selectAt(x, c.time, at), state, w)
		outs = append(outs, c.unsqueeze(state[0], c.time))
	}
	if back {
		slices.Reverse(outs)
	}
	return outs, state
}

func (c *recurrent) step(x model.Arg, state []model.Arg, w [4]model.Arg) []model.Arg {
	gx := c.linear(x, w[0], w[2])
	gh := c.linear(state[0], w[1], w[3])
	switch c.kind {
	case "lstm":
		dim := -1
		if c.release < "1.5.1" {
			dim = 1
		}
		return c.lstmStep(gx, gh, state[1], dim, c.hidden)
	case "gru":
		return []model.Arg{c.gruStep(gx, gh, state[0])}
	case "rnn_relu":
		return []model.Arg{c.unary("aten.relu.default", c.binary("aten.add.Tensor", gx, gh))}
	}
	return []model.Arg{c.unary("aten.tanh.default", c.binary("aten.add.Tensor", gx, gh))}
}

// lstmStep is the state and the cell after a step.
func (r rewrite) lstmStep(gx, gh, cell model.Arg, dim, hidden int) []model.Arg {
	gates := r.binary("aten.add.Tensor", gx, gh)
	var g [4]model.Arg
	for i := range g {
		g[i] = r.slice(gates, dim, i*hidden, (i+1)*hidden)
	}
	for i := range g {
		op := "aten.sigmoid.default"
		if i == 2 {
			op = "aten.tanh.default"
		}
		g[i] = r.unary(op, g[i])
	}
	keep := r.binary("aten.mul.Tensor", g[1], cell)
	add := r.binary("aten.mul.Tensor", g[0], g[2])
	cell = r.binary("aten.add.Tensor", keep, add)
	return []model.Arg{r.binary("aten.mul.Tensor", g[3], r.unary("aten.tanh.default", cell)), cell}
}

// gruStep is the state after a step.
func (c *recurrent) gruStep(gx, gh, state model.Arg) model.Arg {
	cut := func(g model.Arg) (out [3]model.Arg) {
		for i := range out {
			out[i] = c.slice(g, 1, i*c.hidden, (i+1)*c.hidden)
		}
		return out
	}
	x, h := cut(gx), cut(gh)
	reset := c.unary("aten.sigmoid.default", c.binary("aten.add.Tensor", x[0], h[0]))
	update := c.unary("aten.sigmoid.default", c.binary("aten.add.Tensor", x[1], h[1]))
	scaled := c.binary("aten.mul.Tensor", reset, h[2])
	fresh := c.unary("aten.tanh.default", c.binary("aten.add.Tensor", x[2], scaled))
	diff := c.binary("aten.sub.Tensor", state, fresh)
	return c.binary("aten.add.Tensor", fresh, c.binary("aten.mul.Tensor", update, diff))
}

// lstmCell writes one step of an lstm; its results are read by getitem.
func lstmCell(r rewrite) model.Arg {
	state := r.arg(1).List
	gx := r.linear(r.arg(0), r.arg(2), r.arg(4))
	gh := r.linear(state[0], r.arg(3), r.arg(5))
	out := r.lstmStep(gx, gh, state[1], -1, int(r.shape(state[0]).At(-1)))
	for _, u := range r.old.Users(r.n) {
		i := int(r.old.Node(u).Arg(1).Int)
		r.stand(u, out[(i+2)%2])
	}
	return model.Arg{}
}

// linear adds a linear layer; bias may be None.
func (r rewrite) linear(x, w, b model.Arg) model.Arg {
	t := r.typeOf(x)
	t.Shape = t.Shape.With(-1, r.shape(w).At(0))
	return r.emit("aten.linear.default", model.Type{Kind: model.TensorKind, T: t}, x, w, b)
}

// selectAt adds a select_copy of element i of dim.
func (r rewrite) selectAt(x model.Arg, dim, i int) model.Arg {
	t := r.typeOf(x)
	t.Shape = t.Shape.Remove(dim)
	return r.emit("aten.select_copy.int", model.Type{Kind: model.TensorKind, T: t}, x, model.IntArg(int64(dim)),
		model.IntArg(int64(i)))
}

// unsqueeze adds an extent of 1.
func (r rewrite) unsqueeze(x model.Arg, dim int) model.Arg {
	t := r.typeOf(x)
	t.Shape = t.Shape.Insert(dim, 1)
	return r.emit("aten.unsqueeze.default", model.Type{Kind: model.TensorKind, T: t}, x, model.IntArg(int64(dim)))
}

// lstm writes an lstm or one step of it out.
func lstm(r rewrite) model.Arg {
	if r.x.Target == "aten.lstm_cell.default" {
		return lstmCell(r)
	}
	return recurrentLayer(r)
}
