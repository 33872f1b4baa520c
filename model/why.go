package model

// Rule names one rule of upstream, so that what is decided can be explained and looked up.
type Rule struct {
	ID     string // "P-ARM-QUANTIZED"
	File   string // "backends/arm/operator_support/tosa_supported_operators.py"
	Symbol string // "CheckArmQuantized"
}

// Rejection is a refused node: the check that refused it, and upstream's literal text.
type Rejection struct {
	Node  NodeID
	Rule  Rule
	Text  string
	First bool // the one that upstream reports; a reporter keeps the first of each node
}

// Ref points at something a person can go to.
type Ref struct {
	Stage string // "traced", "annotated", "converted", "edge", "tosa"
	Node  NodeID // None if it is no node
	Name  string
}

// Step is one link of a causal chain.
type Step struct {
	Stage string
	Rule  Rule
	OK    bool
	Text  string
	Refs  []Ref
}

// Fix is a change that was computed, not assumed: its edit, and what the stages gave with it.
type Fix struct {
	Edit      string // "shared.concat:aten.concat.default=on", or a change of the user's program
	Text      string
	Delegates int // with the change
	Cost      string
	Computed  bool
}

// Explanation is the causal chain behind a verdict.
type Explanation struct {
	About   Ref
	Verdict string
	Steps   []Step
	Fixes   []Fix
}

// Trace collects steps while a rule decides. Methods on a nil *Trace do nothing, so bulk runs pass nil.
type Trace struct{ Steps []Step }

// Add appends a step.
func (t *Trace) Add(s Step) {
	if t != nil {
		t.Steps = append(t.Steps, s)
	}
}

// NotModelled is something that seam does not know: what depends on it is shown as "?".
type NotModelled struct {
	Stage    string   // the stage that needed it: prepare, calibrate, convert, reexport, lower
	Operator string   // the operator, or
	Rule     string   // the rule that is missing
	Nodes    []string // the nodes that it stopped at
}
