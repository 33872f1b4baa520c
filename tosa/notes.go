package tosa

import (
	"fmt"
	"math"

	"seam/model"
)

// Note is a loss that upstream's lowering brings and says nothing of.
type Note struct {
	Rule  model.Rule
	Text  string
	Nodes []model.NodeID // of the edge graph
}

// The rules of notes.
var (
	ruleActivationLost = model.Rule{
		ID: "T-ACTIVATION-LOST", File: "backends/arm/_passes/fuse_quantized_activation_pass.py", Symbol: "FuseQuantizedActivationPass",
	}
	ruleRoundedTwice = model.Rule{
		ID: "T-ROUNDED-TWICE", File: "backends/arm/_passes/insert_rescales_pass.py", Symbol: "InsertRescalePass",
	}
	ruleScalePrecision = model.Rule{
		ID: "T-SCALE-PRECISION", File: "backends/arm/operators/op_tosa_rescale.py", Symbol: "_compute_multiplier_and_shift",
	}
	ruleScaleRange = model.Rule{
		ID: "T-SCALE-RANGE", File: "backends/arm/operators/op_tosa_rescale.py", Symbol: "_compute_multiplier_and_shift",
	}
)

// scaleLoss is the relative error of a scale from which on it is noted: twice what a multiplier of 15 bits may have by design.
const scaleLoss = 1.0 / (1 << 14)

// noteLost notes an activation that was merged into the operator before it although the RESCALE there does not clip at its
// lower bound, since the code of 0 is not the least code.
//
//	source  lower.md trap T1
func (e *emitter) noteLost(p, activation model.NodeID, q *qargs) {
	least, _ := limits(q.dtype)
	if q.zero() == least {
		return
	}
	e.notes = append(e.notes, Note{ruleActivationLost, fmt.Sprintf(
		"%q is left out behind %q, but 0 has code %d, and the RESCALE clips at %d: values below 0 pass",
		e.edge.Node(activation).Name, e.edge.Node(p).Name, q.zero(), least), []model.NodeID{p, activation}})
}

// noteRescales notes what the RESCALEs of the finished delegate lose.
func (e *emitter) noteRescales() {
	for _, n := range e.list() {
		if !e.is(n, opRescale) {
			continue
		}
		if p := e.input(n); e.is(p, opRescale) && e.narrowCodes(n) && e.narrowCodes(p) {
			e.note(ruleRoundedTwice, "rounded to codes twice in a row: the result of a RESCALE goes into another", p, n)
		}
		e.noteScales(n)
	}
}

// narrowCodes says whether a value is codes of 8 or 16 bits.
func (e *emitter) narrowCodes(n model.NodeID) bool {
	d := e.tensor(n).DType
	return d == model.Int8 || d == model.Int16
}

// noteScales notes the first scale of RESCALE n that its multiplier and shift do not give, or whose shift is too small for what
// it reads.
//
//	source  lower.md 3.1, 3.2
func (e *emitter) noteScales(n model.NodeID) {
	in, bits := e.tensor(e.input(n)).DType, 32
	if in == model.Int48 {
		bits = 16
	}
	for _, a := range e.Node(n).Kwarg("scales").List {
		mult, shift, err := ScaleParam(a.Float, bits)
		if err != nil {
			return // write refuses it
		}
		if got := math.Ldexp(float64(mult), -shift); math.Abs(got-a.Float) > scaleLoss*a.Float {
			e.note(ruleScalePrecision, fmt.Sprintf("scale %g becomes %g", a.Float, got), n)
			return
		}
		if _, hi := limits(in); e.narrowCodes(e.input(n)) && 2*hi+1 >= 1<<(shift-1) {
			e.note(ruleScaleRange, fmt.Sprintf("scale %g has shift %d, and values of %s may be too large for it", a.Float, shift, in), n)
			return
		}
	}
}

// note adds a note on values under construction.
func (e *emitter) note(r model.Rule, text string, at ...model.NodeID) {
	x := Note{Rule: r, Text: text}
	for _, n := range at {
		x.Nodes = append(x.Nodes, e.Source(n)...)
	}
	e.notes = append(e.notes, x)
}
