package check

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"seam/internal/snapshot"
)

// The schema of a report as JSON.
const (
	Schema        = "seam/check"
	SchemaVersion = "1.0.0"
)

// Report is the answer of a check.
type Report struct {
	Schema        string           `json:"schema"`
	SchemaVersion string           `json:"schema_version"`
	Model         string           `json:"model"`
	Pack          string           `json:"pack"` // with the annotator
	Target        string           `json:"target"`
	Rules         string           `json:"rules,omitempty"` // the file
	Baseline      string           `json:"baseline,omitempty"`
	Passed        bool             `json:"passed"`
	ExitCode      int              `json:"exit_code"` // that the program ends with
	Results       []Result         `json:"results"`
	Allowed       []Allowed        `json:"allowed"`
	Unused        []Allow          `json:"unused_allow"` // entries that nothing needed
	Causes        []snapshot.Cause `json:"causes"`       // that the failed rules name
	Summary       snapshot.Summary `json:"summary"`
}

// Result is one rule's.
type Result struct {
	Rule   string   `json:"rule"`
	OK     bool     `json:"ok"`
	Text   string   `json:"text"`
	Items  []Item   `json:"items,omitempty"`  // what broke the rule
	Causes []string `json:"causes,omitempty"` // the chains behind it
}

// Item is an operator on the CPU, or a value that crosses.
type Item struct {
	Node    string `json:"node"`
	Op      string `json:"op"`
	Source  string `json:"source,omitempty"`
	Finding string `json:"finding"` // its kind
	Text    string `json:"text"`

	traced string
	id     int // of the node
}

// Allowed is an operator that an entry of the rules takes out.
type Allowed struct {
	Item
	Reason Reason `json:"reason"`
}

// checker tests one snapshot.
type checker struct {
	*Report
	rules *Rules
	doc   *snapshot.Doc
	host  []Item // operators on the CPU that are not allowed
}

// Run tests a snapshot against rules, and against a baseline if there is one. Without max-increase a baseline may not get worse at
// all.
func Run(d *snapshot.Doc, rules *Rules, baseline *snapshot.Doc) *Report {
	c := &checker{rules: rules, doc: d, Report: &Report{
		Schema: Schema, SchemaVersion: SchemaVersion, Model: d.Model.Name, Pack: d.Pack.Name + " " + d.Pack.Annotator, Target: d.Target,
		Results: []Result{}, Allowed: []Allowed{}, Unused: []Allow{}, Causes: []snapshot.Cause{}, Summary: d.Summary,
	}}
	used := make([]bool, len(rules.Allow))
	for _, x := range hosted(d) {
		if i := rules.allows(x); i >= 0 {
			used[i] = true
			c.Allowed = append(c.Allowed, Allowed{x, rules.Allow[i].Reason})
			continue
		}
		c.host = append(c.host, x)
	}
	for i, a := range rules.Allow {
		if !used[i] {
			c.Unused = append(c.Unused, a)
		}
	}
	c.complete()
	c.limits()
	for _, k := range rules.Forbid {
		c.forbid(string(k))
	}
	if baseline != nil {
		c.increase(baseline)
	}
	c.settle()
	return c.Report
}

// hosted is the operators on the CPU, each with the finding that it belongs to.
func hosted(d *snapshot.Doc) []Item {
	var out []Item
	for i := range d.Nodes {
		n := &d.Nodes[i]
		if n.Placement == nil || n.Placement.Kind != "host" {
			continue
		}
		x := Item{Node: n.Name, Op: n.Op, Source: n.Source, Finding: Stranded, Text: "stays on the CPU", traced: n.Traced, id: i}
		if x.traced == "" {
			x.traced = n.Op
		}
		for _, f := range d.Findings {
			if slices.Contains(f.Nodes, i) {
				x.Finding, x.Text = f.ID, oneLine(f.Text)
				break
			}
		}
		out = append(out, x)
	}
	return out
}

// allows is the entry that allows an operator to run on the CPU, -1 for none.
func (r *Rules) allows(x Item) int {
	return slices.IndexFunc(r.Allow, func(a Allow) bool {
		return a.Finding.match(x.Finding, Stranded) && a.Op.match(x.Op, x.traced)
	})
}

func (c *checker) add(rule string, ok bool, items []Item, format string, args ...any) {
	r := Result{Rule: rule, OK: ok, Text: fmt.Sprintf(format, args...)}
	if !ok {
		r.Items = items
	}
	c.Results = append(c.Results, r)
}

// complete fails where the stages ended early: nothing else that is tested then says anything.
func (c *checker) complete() {
	if slices.Contains(c.doc.Stages, "partitioned") {
		return
	}
	text := "the stages ended early"
	if c.doc.Failed != nil {
		text = oneLine(c.doc.Failed.Text)
	}
	c.add("partitioned", false, nil, "%s", text)
}

func (c *checker) limits() {
	r, s := c.rules, c.doc.Summary
	if r.MaxDelegates != nil {
		c.add("max-delegates", s.Delegates <= int(*r.MaxDelegates), c.host, "%s, at most %d", plural(s.Delegates, "delegate"),
			*r.MaxDelegates)
	}
	if r.MaxStranded != nil {
		c.add("max-stranded-ops", len(c.host) <= int(*r.MaxStranded), c.host, "%s on the CPU, at most %d",
			plural(len(c.host), "operator"), *r.MaxStranded)
	}
	if r.MaxBytes != nil {
		c.add("max-boundary-bytes", s.BoundaryBytes <= int64(*r.MaxBytes), c.host, "%d bytes cross per inference, at most %d",
			s.BoundaryBytes, int64(*r.MaxBytes))
	}
	if r.MinPercent != nil {
		p := percent(s.OnNPU, len(c.host))
		c.add("min-delegated-percent", p >= float64(*r.MinPercent), c.host, "%g %% of the operators are delegated, at least %g %%", p,
			float64(*r.MinPercent))
	}
}

// percent is the part of n and m that n is, in percent with two decimals; 100 for nothing.
func percent(n, m int) float64 {
	if n+m == 0 {
		return 100
	}
	return math.Round(10000*float64(n)/float64(n+m)) / 100
}

// forbid fails if there is a finding of a kind.
func (c *checker) forbid(kind string) {
	var items []Item
	switch kind {
	case BoundaryDType:
		items = c.floats()
	default:
		for _, x := range c.host {
			if x.Finding == kind {
				items = append(items, x)
			} else if c.derived(kind, x) {
				x.Finding, x.Text = kind, c.derivedText(kind, x)
				items = append(items, x)
			}
		}
	}
	for _, f := range c.doc.Findings {
		if f.ID == kind && !c.stranded(f) {
			items = append(items, Item{Op: strings.Join(f.Ops, " "), Finding: kind, Text: oneLine(f.Text), id: -1})
		}
	}
	if len(items) == 0 {
		c.add("forbid "+kind, true, nil, "none")
		return
	}
	c.add("forbid "+kind, false, items, "%s", kinds(items))
}

// stranded says whether a finding is about operators on the CPU, which are tested one by one.
func (c *checker) stranded(f snapshot.Finding) bool {
	return slices.ContainsFunc(f.Nodes, func(n int) bool {
		p := c.doc.Nodes[n].Placement
		return p != nil && p.Kind == "host"
	})
}

// kinds is the texts of items, each once with how often it occurs.
func kinds(items []Item) string {
	count := map[string]int{}
	var order []string
	for _, x := range items {
		if count[x.Text]++; count[x.Text] == 1 {
			order = append(order, x.Text)
		}
	}
	for i, s := range order {
		order[i] = fmt.Sprintf("%s x%d", s, count[s])
	}
	return strings.Join(order, "; ")
}

// increase compares with the baseline. What is allowed counts in neither.
func (c *checker) increase(base *snapshot.Doc) {
	inc := c.rules.MaxIncrease
	if inc == nil {
		inc = &Increase{&Growth{}, &Growth{}, &Growth{}}
	}
	was := 0
	for _, x := range hosted(base) {
		if c.rules.allows(x) < 0 {
			was++
		}
	}
	for _, f := range []struct {
		name    string
		max     *Growth
		was, is int64
	}{
		{"delegates", inc.Delegates, int64(base.Summary.Delegates), int64(c.doc.Summary.Delegates)},
		{"stranded-ops", inc.Stranded, int64(was), int64(len(c.host))},
		{"boundary-bytes", inc.Bytes, base.Summary.BoundaryBytes, c.doc.Summary.BoundaryBytes},
	} {
		if f.max != nil {
			limit := f.max.limit(f.was)
			c.add("max-increase "+f.name, f.is <= limit, c.host, "%d, %d in the baseline, at most %d", f.is, f.was, limit)
		}
	}
}

// settle ties failed rules to the chains behind them.
func (c *checker) settle() {
	c.Passed = true
	named := map[string]bool{}
	for i := range c.Results {
		r := &c.Results[i]
		if r.OK {
			continue
		}
		c.Passed = false
		for _, x := range r.Items {
			for _, f := range c.doc.Findings {
				if f.Cause != "" && slices.Contains(f.Nodes, x.id) && !slices.Contains(r.Causes, f.Cause) {
					r.Causes, named[f.Cause] = append(r.Causes, f.Cause), true
				}
			}
		}
	}
	for i := range c.Results { // in the order of the chains
		slices.SortStableFunc(c.Results[i].Causes, func(a, b string) int { return c.chain(a) - c.chain(b) })
	}
	for _, x := range c.doc.Causes {
		if named[x.ID] {
			c.Causes = append(c.Causes, x)
		}
	}
}

// chain is a cause's place in the snapshot.
func (c *checker) chain(id string) int {
	return slices.IndexFunc(c.doc.Causes, func(x snapshot.Cause) bool { return x.ID == id })
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
