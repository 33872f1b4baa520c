package pipeline

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"seam/ethosu"
	"seam/model"
	"seam/quant"
)

// The kinds of finding.
const (
	FindingAlias    = "alias-missing" // an annotator's list lacks the operator
	FindingShapes   = "shapes"        // sizes that are no numbers
	FindingRefused  = "refused"       // a support check
	FindingFollows  = "follows"       // the partitioner, in consequence of another refusal
	FindingNearJoin = "near-join"     // delegates with nothing useful between them
	FindingLossy    = "lossy"         // the lowering of a delegate loses something without saying so
)

// Unknown is the number of delegates that was not computed.
const Unknown = -1

// Finding is one cause of trouble with all the operators that it concerns.
type Finding struct {
	ID       string // one of the kinds
	Severity string // "error"; "warning" for what follows from something else
	Text     string
	Rule     model.Rule     // the check that upstream reports
	Nodes    []model.NodeID // of the edge graph
	Count    int

	Family     string       // the list that lacks the operators, "" unless alias-missing
	Ops        []string     // the operators as they were annotated or traced, each once
	Also       []model.Rule // further checks that refuse one of the nodes
	MACs       int64        // per inference, of its operators on the CPU
	Work       int64        // bytes that these operators read and write per inference
	Bytes      int64        // bytes that cross the boundaries of its islands per inference
	Boundaries []int        // those boundaries' numbers
	Delegates  int          // without this cause; Unknown until Runner.Causes computes it
}

// Findings groups the operators that stay on the CPU by cause: the list that lacks them, or the check that upstream reports and the
// traced operator. The one with the most stranded work comes first; what only follows from others comes last.
func (r *Result) Findings() []Finding {
	if r.Layout == nil {
		return nil
	}
	c := newCauser(r)
	for _, n := range r.Layout.Stranded {
		c.add(n)
	}
	for i := range c.out {
		c.boundaries(&c.out[i])
	}
	out := append(c.out, r.nearJoins()...)
	slices.SortStableFunc(out, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Severity, b.Severity), cmp.Compare(b.MACs, a.MACs), cmp.Compare(b.Work, a.Work),
			cmp.Compare(b.Bytes, a.Bytes), b.Count-a.Count)
	})
	return out
}

// causer groups a result's refusals.
type causer struct {
	*Result
	lists   *lists
	reasons map[model.NodeID][]model.Rejection
	at      map[causeKey]int
	out     []Finding
}

// causeKey is what makes two refusals one cause.
type causeKey struct{ id, rule, what string }

func newCauser(r *Result) *causer {
	c := &causer{Result: r, lists: newLists(r.Config), at: map[causeKey]int{}, reasons: map[model.NodeID][]model.Rejection{}}
	for _, x := range r.Part.Rejected {
		c.reasons[x.Node] = append(c.reasons[x.Node], x)
	}
	return c
}

func (c *causer) add(n model.NodeID) {
	f, k, op := c.cause(n)
	i, ok := c.at[k]
	if !ok {
		i = len(c.out)
		c.at[k] = i
		c.out = append(c.out, f)
	}
	g := &c.out[i]
	g.Nodes = append(g.Nodes, n)
	g.Count++
	g.MACs += macs(c.Edge.Graph, n)
	g.Work += c.work(n)
	for _, x := range c.reasons[n] {
		if x.Rule != g.Rule && !slices.Contains(g.Also, x.Rule) {
			g.Also = append(g.Also, x.Rule)
		}
	}
	if !slices.Contains(g.Ops, op) {
		g.Ops = append(g.Ops, op)
		g.Text = g.text(g.Text)
	}
}

// cause is the finding of one node without what is summed up, its key, and the operator.
func (c *causer) cause(n model.NodeID) (Finding, causeKey, string) {
	f := Finding{ID: FindingRefused, Severity: "error", Delegates: Unknown, Text: "stays on the CPU"}
	op := c.tracedOp(n)
	for _, x := range c.reasons[n] {
		if x.First {
			f.Rule, f.Text = x.Rule, reasonKind(x.Text)
		}
	}
	switch f.Rule.ID {
	case "P-FIRST-NODE-FP", "P-NO-COMPUTE", "P-UINT8-INSIDE":
		f.ID, f.Severity = FindingFollows, "warning"
		return f, causeKey{f.ID, f.Rule.ID, op}, op
	case "P-RESOLVED-SHAPES", "P-SYMBOLIC-SHAPE", "P-SYMBOLIC-ARGS":
		f.ID = FindingShapes
		return f, causeKey{f.ID, f.Rule.ID, ""}, op
	}
	if at := c.unannotated(n); at != "" && quantizationRule(f.Rule.ID) {
		if fam := c.lists.lacking(at); fam != nil {
			f.ID, f.Family = FindingAlias, fam.Name
			return f, causeKey{f.ID, f.Rule.ID, fam.Name}, at
		}
	}
	return f, causeKey{f.ID, f.Rule.ID, op}, op
}

// quantizationRule says whether a check refuses what the annotator left out.
func quantizationRule(id string) bool {
	return id == "P-ARM-QUANTIZED" || id == "P-PROPER-QUANTIZATION"
}

// text is the finding's text with all its operators.
func (f *Finding) text(reason string) string {
	switch {
	case f.ID == FindingShapes:
		return reason
	case f.ID != FindingAlias:
		return f.Ops[0] + ": " + reason
	case len(f.Ops) == 1:
		return fmt.Sprintf("%s is missing in family %s", f.Ops[0], f.Family)
	}
	return fmt.Sprintf("%s are missing in family %s", strings.Join(f.Ops, ", "), f.Family)
}

// macs is the multiply-accumulate operations of an operator per inference. A matrix product with a bias counts like one without:
// lowering leaves one on the CPU only.
func macs(g *model.Graph, n model.NodeID) int64 {
	x := g.Node(n)
	if x.Target != "aten.addmm.default" && x.Target != "aten.baddbmm.default" {
		return ethosu.MACs(g, n)
	}
	return max(x.Type.T.Shape.Numel(), 0) * int64(max(g.Node(x.Arg(1).Node).Type.T.Shape.At(-1), 0))
}

// work is the bytes that an operator on the CPU reads and writes, constants included.
func (c *causer) work(n model.NodeID) int64 {
	g := c.Edge.Graph
	sum := ethosu.Bytes(g.Node(n).Type)
	for _, p := range g.In(n) {
		sum += ethosu.Bytes(g.Node(p).Type)
	}
	return sum
}

// boundaries adds up what crosses at the islands of a finding's nodes, each boundary once.
func (c *causer) boundaries(f *Finding) {
	islands := map[int]bool{}
	for _, n := range f.Nodes {
		islands[c.Layout.Place[n].Index] = true
	}
	for _, b := range c.Layout.Boundaries {
		for _, end := range [2]Placement{b.From, b.To} {
			if end.Kind == OnHost && islands[end.Index] {
				f.Bytes += b.Bytes
				f.Boundaries = append(f.Boundaries, b.ID)
				break
			}
		}
	}
}

// reasonKind is a refusal, cut where it gets long.
func reasonKind(text string) string {
	if len(text) > 90 {
		return text[:90] + "..."
	}
	return text
}

// firstReason is the rejection of n that upstream reports.
func (r *Result) firstReason(n model.NodeID) (model.Rejection, bool) {
	for _, x := range r.Part.Reasons(n) {
		if x.First {
			return x, true
		}
	}
	return model.Rejection{}, false
}

// tracedOp is the operator that edge node n was traced as.
func (r *Result) tracedOp(n model.NodeID) string {
	if up := r.Follow(Edge, n, Traced); len(up) > 0 {
		if x := r.Traced.Node(up[len(up)-1]); x.Kind == model.Call {
			return x.Target
		}
	}
	return r.Edge.Graph.Node(n).Target
}

// Causes is the result's findings with what each gives when it is taken away, computed by running the stages again.
//
//	errors  cancellation
func (r *Runner) Causes(ctx context.Context, res *Result) ([]Finding, error) {
	out := res.Findings()
	for i := range out {
		e, err := r.Without(ctx, res, out[i])
		if ctx.Err() != nil {
			return out, ctx.Err()
		}
		if err == nil {
			out[i].Delegates = e.Delegates[1]
		}
	}
	return out, nil
}

// Without is what happens when causes are taken away: the list gets the operators that it lacks, symbols get sizes, or no support
// check refuses the findings' operators. Findings that follow from others go with these.
//
//	errors  cancellation; nothing but findings that follow from others, which cannot be taken away alone; a run that ends before
//	        the partition stage
func (r *Runner) Without(ctx context.Context, res *Result, causes ...Finding) (Effect, error) {
	cfg := res.Config
	for _, f := range causes {
		cfg = res.without(cfg, f)
	}
	if cfg == res.Config {
		return Effect{}, fmt.Errorf("it follows from other causes and cannot be taken away alone")
	}
	after, err := r.runTo(ctx, cfg, nil, Partitioned)
	if err != nil {
		return Effect{}, err
	}
	if after.Part == nil {
		return Effect{}, fmt.Errorf("run without the cause: %w", after.Failed)
	}
	return Compare(res, after), nil
}

// without is a configuration with a cause taken away, the same if it cannot be.
func (r *Result) without(cfg Config, f Finding) Config {
	switch f.ID {
	case FindingAlias:
		for _, op := range f.Ops {
			cfg.Edits = cfg.Edits.With(quant.Edit{Family: f.Family, Op: op, On: true})
		}
	case FindingShapes:
		cfg.Static = true
	case FindingRefused:
		at := forced(cfg.Force)
		for _, n := range f.Nodes {
			at[r.Edge.Graph.Node(n).Name] = "npu"
		}
		cfg.Force = joinForce(at)
	}
	return cfg
}

// label is the finding's text with the number of its operators, if that is more than one.
func (f *Finding) label() string {
	if f.Count > 1 {
		return fmt.Sprintf("%s x%d", f.Text, f.Count)
	}
	return f.Text
}
