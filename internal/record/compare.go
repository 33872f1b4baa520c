package record

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Stage is one part of a recording that is compared on its own.
type Stage uint8

// The stages, in order.
const (
	StageAnnotated Stage = iota
	StageAnnotations
	StageGroups
	StageQParams
	StageConverted
	StageEdge
	StageRejections
	StageTags
	StageLowered
	StageDelegates
	StageOutcome // whether every step succeeded, and which failed
	NumStages
)

var stageNames = [NumStages]string{
	"annotated", "annotations", "groups", "qparams", "converted", "edge", "rejections", "tags", "lowered", "delegates",
	"outcome",
}

func (s Stage) String() string { return stageNames[s] }

// ParseStage reads a name as String writes it.
func ParseStage(name string) (Stage, bool) {
	i := slices.Index(stageNames[:], name)
	return Stage(max(i, 0)), i >= 0
}

// State is what comparing a stage gave.
type State uint8

// The states. A stage is Absent where the recording has none, since upstream failed before it.
const (
	Absent State = iota
	Equal
	Different
	NotModelled
)

var stateNames = [...]string{"absent", "equal", "different", "not modelled"}

func (s State) String() string { return stateNames[s] }

// Difference is one place where a run and a recording disagree.
type Difference struct {
	Kind     string // "name", "args", "scale" and so on
	Operator string // of the node, without "edge."
	Node     string
	Got      string
	Want     string
}

// StageDiff is what comparing one stage gave: its state, and the first differences.
type StageDiff struct {
	State State
	First []Difference // at most maxFirst, one a kind and operator
}

// maxFirst is the number of differences that are kept a stage: what follows from the first ones is of no use.
const maxFirst = 3

func (d *StageDiff) add(x Difference) {
	d.State = Different
	same := func(y Difference) bool { return x.Kind == y.Kind && x.Operator == y.Operator }
	if len(d.First) < maxFirst && !slices.ContainsFunc(d.First, same) {
		d.First = append(d.First, x)
	}
}

// Diff is a run compared with a recording.
type Diff struct {
	Stages [NumStages]StageDiff
	QP     QParamCount
}

// Equal says whether every stage that the recording has agrees.
func (d *Diff) Equal() bool {
	return !slices.ContainsFunc(d.Stages[:], func(s StageDiff) bool { return s.State > Equal })
}

// Compare compares a run of seam with a recording of the real tools, stage by stage. Names, order, operators, arguments, specs
// and reasons are exact; scales and zero points have the tolerances of QParamCount.
func Compare(got, want *Recording) *Diff {
	d := &Diff{}
	c := comparer{got, want, d}
	c.stage(StageAnnotated, got.Annotated != nil, want.Annotated != nil, func(s *StageDiff) {
		compareGraphs(s, got.Annotated, want.Annotated)
	})
	c.stage(StageAnnotations, got.Annotations != nil, want.Annotations != nil, c.annotations)
	c.stage(StageGroups, got.Groups != nil, want.Groups != nil, c.groups)
	c.stage(StageQParams, got.QParams != nil, want.QParams != nil, c.qparams)
	c.stage(StageConverted, got.Converted != nil, want.Converted != nil, func(s *StageDiff) {
		compareGraphs(s, got.Converted, want.Converted)
	})
	c.stage(StageEdge, got.Edge != nil, want.Edge != nil, func(s *StageDiff) {
		compareGraphs(s, renumber(got.Edge, want.Edge), want.Edge)
		c.subgraphs(s)
	})
	c.stage(StageRejections, got.Rejections != nil, want.Rejections != nil, c.rejections)
	c.stage(StageTags, got.Tags != nil, want.Tags != nil, c.tags)
	c.stage(StageLowered, got.Lowered != nil, want.Lowered != nil, c.lowered)
	c.stage(StageDelegates, got.Lowered != nil, want.Lowered != nil, c.delegates)
	c.outcome(&d.Stages[StageOutcome])
	return d
}

type comparer struct {
	got, want *Recording
	d         *Diff
}

// stage compares one stage if both have it. One that only the recording has is not modelled, or wrongly failed.
func (c *comparer) stage(s Stage, got, want bool, compare func(*StageDiff)) {
	d := &c.d.Stages[s]
	switch {
	case !want:
	case got:
		d.State = Equal
		compare(d)
	case len(c.got.NotModelled) > 0:
		d.State = NotModelled
	default:
		d.add(Difference{Kind: "not reached", Got: "failed in " + c.got.FailedIn, Want: "reached"})
	}
}

func (c *comparer) outcome(d *StageDiff) {
	d.State = Equal
	if c.got.OK == c.want.OK && c.got.FailedIn == c.want.FailedIn && len(c.got.NotModelled) == 0 {
		return
	}
	if len(c.got.NotModelled) == 0 {
		d.add(Difference{Kind: "outcome", Got: c.got.outcomeText(), Want: c.want.outcomeText()})
		return
	}
	d.State = NotModelled
	for _, m := range c.got.NotModelled {
		what := m.Operator
		if what == "" {
			what = m.Rule
		}
		node := ""
		if len(m.Nodes) > 0 {
			node = m.Nodes[0]
		}
		d.First = append(d.First, Difference{"not modelled in " + c.got.FailedIn, what, node, "?", c.want.outcomeText()})
	}
}

func (r *Recording) outcomeText() string {
	if r.OK {
		return "ok"
	}
	return "fails in " + r.FailedIn
}

// annotations compares places and the specs that stand there, and their order.
func (c *comparer) annotations(d *StageDiff) {
	ops := operators(c.want.Annotated)
	got := map[string]PlaceSpec{}
	for _, a := range c.got.Annotations {
		got[a.Place] = a
	}
	var order []string
	for _, w := range c.want.Annotations {
		g, ok := got[w.Place]
		delete(got, w.Place)
		if !ok {
			d.add(Difference{"missing place", placeOp(ops, w.Place), w.Place, "none", c.want.specText(w)})
			continue
		}
		order = append(order, w.Place)
		if a, b := c.got.specText(g), c.want.specText(w); a != b {
			d.add(Difference{"spec", placeOp(ops, w.Place), w.Place, a, b})
		}
	}
	common := c.got.Annotations[:0:0]
	for _, g := range c.got.Annotations {
		if _, extra := got[g.Place]; extra {
			d.add(Difference{"extra place", placeOp(ops, g.Place), g.Place, c.got.specText(g), "none"})
		} else {
			common = append(common, g)
		}
	}
	for i, p := range order {
		if common[i].Place != p {
			d.add(Difference{"order of places", placeOp(ops, p), p, common[i].Place, p})
			return
		}
	}
}

// specText is what stands at a place, as a text that is equal where the contents are.
func (r *Recording) specText(a PlaceSpec) string {
	switch {
	case a.Null:
		return "null"
	case a.Shared != "":
		return "shared with " + a.Shared
	}
	var p printer
	p.spec(r.Specs[a.Spec])
	return p.b.String()
}

// operators is the operator of every node by name.
func operators(nodes []Node) map[string]string {
	out := make(map[string]string, len(nodes))
	for _, n := range nodes {
		out[n.Name] = operator(n)
	}
	return out
}

func operator(n Node) string {
	if n.Op != "call_function" {
		return n.Op
	}
	return strings.TrimPrefix(n.Target, "edge.")
}

// placeOp is the operator that a place belongs to: the consumer of an edge, the producer of a value.
func placeOp(ops map[string]string, place string) string {
	if _, to, ok := strings.Cut(place, "->"); ok {
		return ops[to]
	}
	return ops[place]
}

// groups compares the partition of the places; numbers may differ.
func (c *comparer) groups(d *StageDiff) {
	ops := operators(c.want.Annotated)
	got := groupOf(c.got)
	there := map[int]int{}    // recorded group to the run's
	first := map[int]string{} // recorded group to its first place
	taken := map[int]string{} // the run's group to the recorded group's first place
	for _, w := range c.want.Groups {
		g, ok := got[w.Place]
		delete(got, w.Place)
		if !ok {
			d.add(Difference{"missing place", placeOp(ops, w.Place), w.Place, "none", fmt.Sprint("group ", w.Group)})
			continue
		}
		if at, seen := there[w.Group]; seen {
			if at != g {
				d.add(Difference{"split", placeOp(ops, w.Place), w.Place, "apart", "with " + first[w.Group]})
			}
			continue
		}
		if other, joined := taken[g]; joined {
			d.add(Difference{"joined", placeOp(ops, w.Place), w.Place, "with " + other, "alone"})
		}
		there[w.Group], first[w.Group], taken[g] = g, w.Place, w.Place
	}
	for _, place := range slices.Sorted(maps.Keys(got)) {
		d.add(Difference{"extra place", placeOp(ops, place), place, fmt.Sprint("group ", got[place]), "none"})
	}
}

// rejections compares two maps of node to reason.
func (c *comparer) rejections(d *StageDiff) {
	ops := operators(c.want.Edge)
	for _, s := range c.want.Subgraphs {
		for name, op := range operators(s.Nodes) {
			ops[s.Name+"/"+name] = op
		}
	}
	got := map[string]string{}
	for _, g := range c.got.Rejections {
		got[g.Node] = g.Reason
	}
	for _, w := range c.want.Rejections {
		g, ok := got[w.Node]
		delete(got, w.Node)
		if !ok {
			d.add(Difference{"missing reason", ops[w.Node], w.Node, "none", w.Reason})
		} else if orderedTypes(g) != orderedTypes(w.Reason) {
			d.add(Difference{"reason", ops[w.Node], w.Node, g, w.Reason})
		}
	}
	for _, g := range c.got.Rejections {
		if _, extra := got[g.Node]; extra {
			d.add(Difference{"extra reason", ops[g.Node], g.Node, g.Reason, "none"})
		}
	}
}

// orderedTypes is a reason with the list of types behind "Supported output types: " sorted: upstream prints an unordered set
// there, so the order differs from one process to the next.
//
//	source  operator_support/to_dim_order_copy_support.py: ToCopySupported
func orderedTypes(reason string) string {
	const mark = "Supported output types: "
	text, list, found := strings.Cut(reason, mark)
	if !found {
		return reason
	}
	types := strings.Split(list, ", ")
	slices.Sort(types)
	return text + mark + strings.Join(types, ", ")
}

func (c *comparer) tags(d *StageDiff) {
	if !slices.Equal(c.got.Tags, c.want.Tags) {
		d.add(Difference{Kind: "tags", Got: strings.Join(c.got.Tags, " "), Want: strings.Join(c.want.Tags, " ")})
	}
}

// lowered compares the main graph after delegation. With several delegates the names of their results, and the order of what
// could run at the same time, follow a hash upstream: there the operators are compared, in any order.
func (c *comparer) lowered(d *StageDiff) {
	if c.want.Delegates <= 1 && c.got.Delegates <= 1 {
		compareGraphs(d, c.got.Lowered, c.want.Lowered)
		return
	}
	got, want := sortedOps(c.got.Lowered), sortedOps(c.want.Lowered)
	for i := 0; i < len(got) || i < len(want); i++ {
		switch {
		case i >= len(want) || i < len(got) && got[i] < want[i]:
			d.add(Difference{"extra operator", got[i], "", got[i], "none"})
			return
		case i >= len(got) || got[i] > want[i]:
			d.add(Difference{"missing operator", want[i], "", "none", want[i]})
			return
		}
	}
}

func sortedOps(nodes []Node) []string {
	out := make([]string, len(nodes))
	for i, n := range nodes {
		out[i] = operator(n)
	}
	slices.Sort(out)
	return out
}

func (c *comparer) delegates(d *StageDiff) {
	if g, w := c.got.Delegates, c.want.Delegates; g != w {
		d.add(Difference{Kind: "delegates", Got: fmt.Sprint(g), Want: fmt.Sprint(w)})
	}
	if g, w := c.got.SubCalls, c.want.SubCalls; g != w {
		d.add(Difference{Kind: "delegates in subgraphs", Got: fmt.Sprint(g), Want: fmt.Sprint(w)})
	}
}

func (c *comparer) subgraphs(d *StageDiff) {
	got := map[string][]Node{}
	for _, s := range c.got.Subgraphs {
		got[s.Name] = s.Nodes
	}
	for _, s := range c.want.Subgraphs {
		g, ok := got[s.Name]
		if !ok {
			d.add(Difference{Kind: "missing subgraph", Node: s.Name, Got: "none", Want: fmt.Sprint(len(s.Nodes), " nodes")})
			continue
		}
		compareGraphs(d, g, s.Nodes)
	}
}
