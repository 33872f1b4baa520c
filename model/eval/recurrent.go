package eval

import (
	"math"
	"slices"
	"strings"
)

// cell advances a recurrent state by one step: gates of the input and of the state, [batch, gates*hidden] each, then the
// state's tensors [batch, hidden]. It gives the new state.
type cell func(x, h []float32, state [][]float32, hidden int) [][]float32

// bindRecurrent covers layers and single cells of plain, LSTM and GRU networks.
func bindRecurrent(o op) kernel {
	base, single := strings.CutSuffix(o.base, "_cell")
	if !single && o.overload != "input" {
		return nil
	}
	var f cell
	switch base {
	case "rnn_tanh":
		f = plainCell(math.Tanh)
	case "rnn_relu":
		f = plainCell(func(x float64) float64 { return max(x, 0) })
	case "lstm":
		f = lstmCell
	case "gru":
		f = gruCell
	default:
		return nil
	}
	if single {
		return func(c *call) *Value { return oneCell(c, f) }
	}
	return func(c *call) *Value { return layers(c, f) }
}

func plainCell(f func(x float64) float64) cell {
	return func(x, h []float32, state [][]float32, hidden int) [][]float32 {
		out := make([]float32, len(state[0]))
		for i := range out {
			out[i] = float32(f(float64(x[i] + h[i])))
		}
		return [][]float32{out}
	}
}

// lstmCell has the gates input, forget, cell, output, and the state (h, c).
func lstmCell(x, h []float32, state [][]float32, hidden int) [][]float32 {
	hs, cs := make([]float32, len(state[0])), make([]float32, len(state[0]))
	for i := range hs {
		at := i/hidden*4*hidden + i%hidden
		gate := func(k int) float64 { return float64(x[at+k*hidden] + h[at+k*hidden]) }
		c := sigmoid(gate(1))*float64(state[1][i]) + sigmoid(gate(0))*math.Tanh(gate(2))
		cs[i] = float32(c)
		hs[i] = float32(sigmoid(gate(3)) * math.Tanh(c))
	}
	return [][]float32{hs, cs}
}

// gruCell has the gates reset, update, new; reset applies to the state's part of new, its bias included.
func gruCell(x, h []float32, state [][]float32, hidden int) [][]float32 {
	out := make([]float32, len(state[0]))
	for i := range out {
		at := i/hidden*3*hidden + i%hidden
		gate := func(k int) float64 { return float64(x[at+k*hidden] + h[at+k*hidden]) }
		r, z := sigmoid(gate(0)), sigmoid(gate(1))
		n := math.Tanh(float64(x[at+2*hidden]) + r*float64(h[at+2*hidden]))
		out[i] = float32(n + z*(float64(state[0][i])-n))
	}
	return [][]float32{out}
}

// oneCell is a single step of a single layer.
func oneCell(c *call, f cell) *Value {
	state := c.states()
	x := linearOf(c.tensor("input"), c.tensor("w_ih"), c.maybe("b_ih"))
	h := linearOf(state[0], c.tensor("w_hh"), c.maybe("b_hh"))
	next := f(x.F, h.F, elements(state), state[0].Shape[len(state[0].Shape)-1])
	out := listOf()
	for _, s := range next {
		out.List = append(out.List, &Value{DType: state[0].DType, Shape: state[0].Shape, F: s})
	}
	if len(out.List) == 1 {
		return out.List[0]
	}
	return out
}

// states is the initial states: a list of them, or one.
func (c *call) states() []*Value {
	l := slices.Clone(c.list("hx"))
	if len(l) == 0 {
		l = []*Value{c.tensor("hx")}
	}
	for i, v := range l {
		l[i] = v.cast(toFloat(v.DType))
	}
	return l
}

func elements(l []*Value) [][]float32 {
	out := make([][]float32, len(l))
	for i, v := range l {
		out[i] = v.floats()
	}
	return out
}

// layers runs a sequence through a stack of layers, both ways where bidirectional. The sequence is [time, batch, features],
// batch_first the other way round, or [time, features]; states are [layers*ways, batch, hidden].
func layers(c *call, f cell) *Value {
	x, state, params := c.floatTensor("input"), c.states(), c.list("params")
	if c.truth("train") && c.number("dropout", 0) != 0 {
		c.fail("dropout in training mode is random")
		return nil
	}
	flat := len(x.Shape) == 2
	swap := c.truth("batch_first") && !flat
	switch {
	case flat:
		x = x.withShape([]int{x.Shape[0], 1, x.Shape[1]})
	case swap:
		x = permuted(x, []int{1, 0, 2})
	}
	ways, each := 1, 2
	if c.truth("bidirectional") {
		ways = 2
	}
	if c.truth("has_biases") {
		each = 4
	}
	n := c.integer("num_layers", 1) * ways
	if each*n < len(params) {
		c.fail("%d weights for %d layers: projections are not covered", len(params), n)
		return nil
	}
	last := make([]*Value, len(state)) // final states, layer by layer
	for i, s := range state {
		last[i] = newValue(s.DType, s.Shape)
	}
	for k := 0; k < n; k += ways {
		var outs []*Value
		for w := range ways {
			outs = append(outs, oneWay(f, x, params[(k+w)*each:(k+w+1)*each], state, last, k+w, w == 1))
		}
		x = c.cat(outs, 2)
	}
	switch {
	case flat:
		x = x.withShape([]int{x.Shape[0], x.Shape[2]})
	case swap:
		x = permuted(x, []int{1, 0, 2})
	}
	return listOf(append([]*Value{x}, last...)...)
}

// oneWay runs one layer in one direction; layer k of the state, its final state goes to last.
func oneWay(f cell, x *Value, params, state, last []*Value, k int, back bool) *Value {
	var bi, bh *Value
	if len(params) == 4 {
		bi, bh = params[2], params[3]
	}
	gates := linearOf(x, params[0], bi)
	steps, batch := x.Shape[0], x.Shape[1]
	hidden := state[0].Shape[len(state[0].Shape)-1]
	size, width := batch*hidden, batch*gates.Shape[2]
	now := elements(state)
	for i := range now {
		now[i] = now[i][k*size : (k+1)*size]
	}
	out := newFloat(steps, batch, hidden)
	for t := range steps {
		if back {
			t = steps - 1 - t
		}
		h := linearOf(&Value{DType: x.DType, Shape: []int{batch, hidden}, F: now[0]}, params[1], bh)
		now = f(gates.F[t*width:(t+1)*width], h.F, now, hidden)
		copy(out.F[t*size:], now[0])
	}
	for i := range last {
		copy(last[i].F[k*size:], slices.Clone(now[i]))
	}
	return out
}
