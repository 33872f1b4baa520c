package record

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Tolerances of what calibration computes, relative to the recorded scale.
const (
	tightScale = 1e-5 // up to here a scale counts as equal
	looseScale = 1e-3 // up to here it is counted as near
)

// QParamCount counts the observers of a recording by how near a run came. Weight scales are exact, a bias scale is the float32
// product of the run's own activation and weight scales, and only activations have a tolerance.
type QParamCount struct {
	Activations, Tight, Near, Zeros int // of the activations: scale within 1e-5, within 1e-3, zero point equal
	Weights, WeightsEqual           int // and fixed specs
	Biases, BiasesEqual             int
	Ranges, RangesNear              int // observed minimum and maximum, within 1e-5 of the larger magnitude
	Unknown                         int // seam could not evaluate what they look at
}

// Add adds the counts of another recording.
func (c *QParamCount) Add(o QParamCount) {
	c.Activations += o.Activations
	c.Tight += o.Tight
	c.Near += o.Near
	c.Zeros += o.Zeros
	c.Weights += o.Weights
	c.WeightsEqual += o.WeightsEqual
	c.Biases += o.Biases
	c.BiasesEqual += o.BiasesEqual
	c.Ranges += o.Ranges
	c.RangesNear += o.RangesNear
	c.Unknown += o.Unknown
}

// Text is the shares in percent.
func (c QParamCount) Text() string {
	if c.Activations+c.Weights+c.Biases == 0 {
		return ""
	}
	s := fmt.Sprintf("scale 1e-5 %s, 1e-3 %s, zero %s, weight %s, bias %s, range %s",
		percent(c.Tight, c.Activations), percent(c.Near, c.Activations), percent(c.Zeros, c.Activations),
		percent(c.WeightsEqual, c.Weights), percent(c.BiasesEqual, c.Biases), percent(c.RangesNear, c.Ranges))
	if c.Unknown > 0 {
		s += fmt.Sprintf(", %d unknown", c.Unknown)
	}
	return s
}

// percent rounds down, so that 100 says that nothing is missing.
func percent(n, of int) string {
	if of == 0 {
		return "-"
	}
	return fmt.Sprintf("%.4g%%", math.Floor(10000*float64(n)/float64(of))/100)
}

// relative is |a-b| / |b|; 0 where both are the same, infinite where only one is 0 or no number.
func relative(a, b float64) float64 {
	if a == b || math.IsNaN(a) && math.IsNaN(b) {
		return 0
	}
	r := math.Abs(a-b) / math.Abs(b)
	if math.IsNaN(r) {
		return math.Inf(1)
	}
	return r
}

// qparams compares the observers' answers. The group of a run is that of the recorded group's first place.
func (c *comparer) qparams(d *StageDiff) {
	q := qparamComparer{
		d: d, n: &c.d.QP, ops: operators(c.want.Annotated), got: byGroup(c.got.QParams),
		want: byGroup(c.want.QParams), gotOf: groupOf(c.got), wantOf: groupOf(c.want),
	}
	specs := map[string]Spec{}
	for _, a := range c.want.Annotations {
		if !a.Null && a.Shared == "" {
			specs[a.Place] = c.want.Specs[a.Spec]
		}
	}
	var unknown []Difference
	seen := map[int]bool{}
	for _, p := range c.want.Groups {
		w, ok := q.want[p.Group]
		if seen[p.Group] || !ok {
			continue
		}
		seen[p.Group] = true
		g, ok := q.got[q.group(p.Place)]
		if !ok {
			q.n.Unknown++
			unknown = append(unknown, Difference{"no answer", placeOp(q.ops, p.Place), p.Place, "?", FloatText(first(w.Scale))})
			continue
		}
		q.compare(p.Place, specs[p.Place], g, w)
	}
	equal := d.State == Equal
	for _, x := range unknown {
		d.add(x)
	}
	if len(unknown) > 0 && equal && len(c.got.NotModelled) > 0 {
		d.State = NotModelled
	}
}

type qparamComparer struct {
	d             *StageDiff
	n             *QParamCount
	ops           map[string]string
	got, want     map[int]QParams
	gotOf, wantOf map[string]int
}

func (q *qparamComparer) group(place string) int {
	if g, ok := q.gotOf[place]; ok {
		return g
	}
	return -1
}

func (q *qparamComparer) add(kind, place, got, want string) {
	q.d.add(Difference{kind, placeOp(q.ops, place), place, got, want})
}

func (q *qparamComparer) compare(place string, spec Spec, g, w QParams) {
	if g.Observer != w.Observer {
		q.add("observer", place, g.Observer, w.Observer)
		return
	}
	if g.Error != "" || w.Error != "" {
		if (g.Error == "") != (w.Error == "") {
			q.add("answer", place, g.Error, w.Error)
		}
		return
	}
	if len(g.Scale) != len(w.Scale) || len(g.ZeroPoint) != len(w.ZeroPoint) {
		q.add("channels", place, fmt.Sprint(len(g.Scale)), fmt.Sprint(len(w.Scale)))
		return
	}
	switch {
	case spec.Kind == "derived":
		q.bias(place, spec, g, w)
	case spec.Kind == "fixed":
		q.exact("fixed", place, g, w)
	case isWeight(w.Observer):
		q.exact("weight", place, g, w)
	default:
		q.activation(place, g, w)
	}
	q.span(g, w)
}

// isWeight says whether an observer class looks at weights. Activations have a histogram.
func isWeight(observer string) bool {
	return strings.HasSuffix(observer, "MinMaxObserver") || observer == "FakeQuantize"
}

// exact compares what does not depend on calibration: the scales of weights, and those that a spec gives.
func (q *qparamComparer) exact(what, place string, g, w QParams) {
	q.n.Weights++
	if !slices.Equal(g.ZeroPoint, w.ZeroPoint) {
		q.add(what+" zero point", place, fmt.Sprint(first(g.ZeroPoint)), fmt.Sprint(first(w.ZeroPoint)))
		return
	}
	for i := range w.Scale {
		if g.Scale[i] != w.Scale[i] {
			q.add(what+" scale", place, FloatText(g.Scale[i]), FloatText(w.Scale[i]))
			return
		}
	}
	q.n.WeightsEqual++
}

// bias tests that the scale is the float32 product of the run's own activation and weight scales.
func (q *qparamComparer) bias(place string, spec Spec, g, w QParams) {
	q.n.Biases++
	act, ok1 := q.got[q.group(spec.From[0])]
	weight, ok2 := q.got[q.group(spec.From[1])]
	if !ok1 || !ok2 || len(act.Scale) == 0 || len(weight.Scale) == 0 {
		q.add("bias scale", place, "no answer for what it is derived from", FloatText(first(w.Scale)))
		return
	}
	for i := range g.Scale {
		want := float64(float32(act.Scale[min(i, len(act.Scale)-1)]) * float32(weight.Scale[min(i, len(weight.Scale)-1)]))
		if g.Scale[i] != want {
			q.add("bias scale", place, FloatText(g.Scale[i]), FloatText(want))
			return
		}
	}
	if !slices.Equal(g.ZeroPoint, w.ZeroPoint) {
		q.add("bias zero point", place, fmt.Sprint(first(g.ZeroPoint)), fmt.Sprint(first(w.ZeroPoint)))
		return
	}
	q.n.BiasesEqual++
}

func (q *qparamComparer) activation(place string, g, w QParams) {
	q.n.Activations++
	worst := 0.0
	for i := range w.Scale {
		worst = max(worst, relative(g.Scale[i], w.Scale[i]))
	}
	if worst <= looseScale {
		q.n.Near++
	}
	if worst <= tightScale {
		q.n.Tight++
	} else {
		kind := "scale"
		if worst <= looseScale {
			kind = "scale, near"
		}
		q.add(kind, place, FloatText(first(g.Scale)), FloatText(first(w.Scale)))
	}
	if slices.Equal(g.ZeroPoint, w.ZeroPoint) {
		q.n.Zeros++
	} else {
		q.add("zero point", place, fmt.Sprint(first(g.ZeroPoint)), fmt.Sprint(first(w.ZeroPoint)))
	}
}

// span compares what the observer saw. It only counts: the range that was chosen is what the scale says.
func (q *qparamComparer) span(g, w QParams) {
	if w.MinVal == nil {
		return
	}
	q.n.Ranges++
	if len(g.MinVal) != len(w.MinVal) || len(g.MaxVal) != len(w.MaxVal) {
		return
	}
	for i := range w.MinVal {
		tol := tightScale * max(math.Abs(w.MinVal[i]), math.Abs(w.MaxVal[i]))
		if apart(g.MinVal[i], w.MinVal[i]) > tol || apart(g.MaxVal[i], w.MaxVal[i]) > tol {
			return
		}
	}
	q.n.RangesNear++
}

// apart is |a-b|, 0 for two equal infinities.
func apart(a, b float64) float64 {
	if a == b {
		return 0
	}
	return math.Abs(a - b)
}

func first[T any](v []T) T {
	var zero T
	if len(v) > 0 {
		return v[0]
	}
	return zero
}

func byGroup(list []QParams) map[int]QParams {
	out := make(map[int]QParams, len(list))
	for _, q := range list {
		out[q.Group] = q
	}
	return out
}

func groupOf(r *Recording) map[string]int {
	out := make(map[string]int, len(r.Groups))
	for _, g := range r.Groups {
		out[g.Place] = g.Group
	}
	return out
}
