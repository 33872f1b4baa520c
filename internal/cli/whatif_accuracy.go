package cli

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"seam/internal/pipeline"
	"seam/model"
)

// accuracyJSON is what a change costs on the device: the delegates computed in whole numbers, the rest in float.
type accuracyJSON struct {
	Batches int              `json:"batches"`
	Outputs []lossChangeJSON `json:"outputs"`
	Worst   []lossChangeJSON `json:"worst"`             // operators that lose, the largest loss first
	Missing []string         `json:"missing,omitempty"` // why figures are not known
}

// lossChangeJSON is an output's or an operator's loss before and after.
type lossChangeJSON struct {
	Name   string   `json:"name"`
	Before lossJSON `json:"before"`
	After  lossJSON `json:"after"`
}

// lossJSON is the distance from the float run.
type lossJSON struct {
	Known   bool     `json:"known"`
	SQNR    *float64 `json:"sqnr_db"` // null where it is no number: nothing differs, or there is no signal
	Largest float64  `json:"largest"` // greatest difference, in real units
}

func newLoss(l pipeline.Loss) lossJSON {
	if !l.Known || math.IsNaN(l.SQNR) || math.IsNaN(l.Largest) || math.IsInf(l.Largest, 0) {
		return lossJSON{}
	}
	j := lossJSON{Known: true, Largest: l.Largest}
	if !math.IsInf(l.SQNR, 0) {
		j.SQNR = &l.SQNR
	}
	return j
}

// String is the loss in dB, "?" where it is not known.
func (l lossJSON) String() string {
	loss := pipeline.Loss{Known: l.Known, SQNR: math.Inf(1), Largest: l.Largest}
	if l.SQNR != nil {
		loss.SQNR = *l.SQNR
	}
	return loss.String()
}

// newAccuracy evaluates both results on at most batches of the data.
//
//	errors  cancellation, and data that cannot be evaluated; what is not modelled is in Missing
func newAccuracy(ctx context.Context, r *pipeline.Runner, before, after *pipeline.Result, batches int) (*accuracyJSON, error) {
	out := &accuracyJSON{Outputs: []lossChangeJSON{}, Worst: []lossChangeJSON{}}
	var of [2]*pipeline.Accuracy
	for i, res := range []*pipeline.Result{before, after} {
		a, err := r.Accuracy(ctx, res, batches)
		var missing *model.MissingError
		if errors.As(err, &missing) {
			out.Missing = append(out.Missing, oneLine(err.Error()))
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		of[i] = a
		for _, m := range a.Missing {
			out.Missing = append(out.Missing, oneLine((&model.MissingError{NotModelled: m}).Error()))
		}
	}
	out.Batches = min(of[0].Batches, of[1].Batches)
	c := pipeline.CompareAccuracy(before, after, of[0], of[1])
	for _, o := range c.Outputs {
		out.Outputs = append(out.Outputs, lossChangeJSON{o.Name, newLoss(o.Before), newLoss(o.After)})
	}
	for _, n := range c.Worst {
		out.Worst = append(out.Worst, lossChangeJSON{n.Name, newLoss(n.Before), newLoss(n.After)})
	}
	return out, nil
}

// print prints the losses, at most rows of the operators.
func (a *accuracyJSON) print(b *strings.Builder, rows int) {
	line := func(l lossChangeJSON) string { return fmt.Sprintf("%s  %s -> %s", l.Name, l.Before, l.After) }
	printSome(b, fmt.Sprintf("signal to noise at the outputs (batches evaluated: %d)", a.Batches), a.Outputs, rows, line)
	printSome(b, "operators that lose", a.Worst, rows, line)
	printSome(b, "accuracy not known", a.Missing, rows, func(m string) string { return m })
}
