// Package snapshot is the exported partition: one JSON document, deterministic and versioned, and a Markdown short enough for
// an issue.
//
// Equal input, pack and version give equal bytes: there is no clock and no host in it, paths are relative, and floats are the
// shortest text that reads back as the same number. Every fact carries its origin: "simulated" by a rule pack, "recorded" in
// the file that was read, or "unknown".
package snapshot

// The schema of the document. A minor version adds fields only; readers ignore those that they do not know.
const (
	Schema        = "seam/snapshot"
	SchemaVersion = "1.1.0"
)

// The origins of a fact.
const (
	Simulated = "simulated"
	Recorded  = "recorded"
	Unknown   = "unknown"
)

// Doc is a snapshot.
type Doc struct {
	Schema        string        `json:"schema"`
	SchemaVersion string        `json:"schema_version"`
	Tool          Tool          `json:"tool"`
	Model         Model         `json:"model"`
	Target        string        `json:"target"`
	Pack          Pack          `json:"pack"`
	Config        Config        `json:"config"`
	Stages        []string      `json:"stages"`
	Failed        *Failure      `json:"failed,omitempty"`
	Graph         string        `json:"graph"` // the stage whose nodes are listed
	Nodes         []Node        `json:"nodes"`
	Groups        []Group       `json:"groups"`
	Delegates     []Delegate    `json:"delegates"`
	Boundaries    []Boundary    `json:"boundaries"`
	Causes        []Cause       `json:"causes"`
	Findings      []Finding     `json:"findings"`
	Summary       Summary       `json:"summary"`
	NotModelled   []NotModelled `json:"not_modelled"`
}

// Tool is the program that wrote the document.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Model is the file that was read. Nodes counts those of the traced graph.
type Model struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
	Nodes  int    `json:"nodes"`
}

// Pack is the rules that decided.
type Pack struct {
	Name      string `json:"name"`
	Annotator string `json:"annotator"`
	Edits     []Edit `json:"edits,omitempty"`
}

// Edit is a family with entries turned on or off.
type Edit struct {
	Rule   string   `json:"rule"` // "family.shared.concat"
	Add    []string `json:"add,omitempty"`
	Remove []string `json:"remove,omitempty"`
}

// Config is how the model was quantized and exported.
type Config struct {
	Quant      string `json:"quant"`
	PerChannel bool   `json:"per_channel"`
	IO         bool   `json:"io"`
	Static     bool   `json:"static"`
	Sizes      []Size `json:"sizes,omitempty"`
	Data       string `json:"data"` // "calibration" or "synthetic"

	Overrides string   `json:"overrides,omitempty"` // settings by module or operator, as JSON text
	WhatIf    []string `json:"what_if,omitempty"`   // changes that no release has: the snapshot answers a question
}

// Size is what a symbol was bound to, and by what.
type Size struct {
	Symbol string `json:"symbol"`
	Size   int64  `json:"size"`
	Origin string `json:"origin"`
}

// Failure is why the stages ended early.
type Failure struct {
	Upstream bool   `json:"upstream"` // upstream fails there too
	Text     string `json:"text"`
}

// Node is a node of the listed graph. Ports are those of the annotated node that it came from.
type Node struct {
	ID        int        `json:"id"`
	Name      string     `json:"name"`
	Op        string     `json:"op"`
	Type      string     `json:"type,omitempty"`
	Source    string     `json:"source,omitempty"`
	Module    string     `json:"module,omitempty"`
	In        []Port     `json:"in,omitempty"`
	Out       *Port      `json:"out,omitempty"`
	Placement *Placement `json:"placement,omitempty"`
	Refusals  []Refusal  `json:"refusals,omitempty"`
	Annotated string     `json:"annotated,omitempty"` // the annotated node that it came from: groups name places by these
	Traced    string     `json:"traced_op,omitempty"` // the operator that it was traced as, if another
	Inputs    []int      `json:"inputs,omitempty"`    // the nodes that it reads
	Constant  bool       `json:"constant,omitempty"`  // a parameter, a buffer or another constant
}

// Port is one input or the output of a node, with its quantization. From names the producer in the annotated graph.
type Port struct {
	From      string    `json:"from,omitempty"`
	Spec      string    `json:"spec"` // independent, shared, derived, fixed, not quantized, none
	DType     string    `json:"dtype,omitempty"`
	Group     *int      `json:"group,omitempty"`
	Scale     *float64  `json:"scale,omitempty"`
	ZeroPoint *int64    `json:"zero_point,omitempty"`
	Scales    []float64 `json:"scales,omitempty"` // one a channel
	Origin    string    `json:"origin"`
}

// Placement is where a node runs.
type Placement struct {
	Kind   string `json:"kind"` // npu, host, boundary
	ID     string `json:"id,omitempty"`
	Origin string `json:"origin"`
}

// Refusal is a check that refused a node. First marks the one that upstream reports.
type Refusal struct {
	Rule   string `json:"rule"`
	File   string `json:"file,omitempty"`
	Symbol string `json:"symbol,omitempty"`
	Text   string `json:"text"`
	First  bool   `json:"first"`
}

// Group is the places that share one observer.
type Group struct {
	ID        int      `json:"id"`
	Kind      string   `json:"kind"` // shared, independent, derived, fixed, not quantized
	Anchor    string   `json:"anchor"`
	Members   []string `json:"members"`
	Scale     *float64 `json:"scale,omitempty"`
	ZeroPoint *int64   `json:"zero_point,omitempty"`
	Origin    string   `json:"origin"`

	// Of a group with several members.
	Won      string    `json:"won,omitempty"`       // the place whose spec all of them have
	Lost     []string  `json:"lost,omitempty"`      // places whose own spec differs and does not count
	BitsLost *float64  `json:"bits_lost,omitempty"` // resolution, of the member that loses most; left out if not computed
	Bits     []float64 `json:"bits,omitempty"`      // resolution lost, by member, where one loses any
}

// Delegate is one piece that runs on the NPU.
type Delegate struct {
	ID    string `json:"id"`
	Tag   string `json:"tag"`
	Nodes []int  `json:"nodes"`
	Bytes int64  `json:"bytes"` // that cross per inference, in and out
	MACs  int64  `json:"macs"`
	In    int64  `json:"in_bytes"`
	Out   int64  `json:"out_bytes"`
}

// Boundary is a crossing between a delegate and the CPU.
type Boundary struct {
	ID      string   `json:"id"`
	From    string   `json:"from"`
	To      string   `json:"to"`
	Bytes   int64    `json:"bytes"`
	Tensors []Tensor `json:"tensors"`
}

// Tensor is a value that crosses.
type Tensor struct {
	Node  int    `json:"node"`
	Name  string `json:"name"`
	Type  string `json:"type"`
	DType string `json:"dtype,omitempty"`
	Bytes int64  `json:"bytes"`
}

// Cause is a causal chain and the changes that were tried against it.
type Cause struct {
	ID      string `json:"id"`
	Of      string `json:"of"`
	Verdict string `json:"verdict"`
	Steps   []Step `json:"steps"`
	Fixes   []Fix  `json:"fixes,omitempty"`
}

// Step is one link of a causal chain.
type Step struct {
	Stage  string   `json:"stage"`
	Rule   string   `json:"rule,omitempty"`
	File   string   `json:"file,omitempty"`
	Symbol string   `json:"symbol,omitempty"`
	OK     bool     `json:"ok"`
	Text   string   `json:"text"`
	Nodes  []string `json:"nodes,omitempty"`
	Origin string   `json:"origin"`
}

// Fix is a change and what it gives.
type Fix struct {
	Edit      string `json:"edit"`
	Text      string `json:"text"`
	Delegates int    `json:"delegates_after"`
	Cost      string `json:"cost,omitempty"`
	Computed  bool   `json:"computed"`
}

// Finding is one kind of trouble.
type Finding struct {
	ID       string `json:"id"`
	Severity string `json:"severity"`
	Text     string `json:"text"`
	Count    int    `json:"count"`
	Nodes    []int  `json:"nodes,omitempty"`

	Rule       string   `json:"rule,omitempty"`       // the check that upstream reports
	Family     string   `json:"family,omitempty"`     // the list that lacks the operators
	Ops        []string `json:"ops,omitempty"`        // the operators as they were annotated or traced
	Bytes      int64    `json:"bytes"`                // that cross the boundaries that it makes
	Boundaries []string `json:"boundaries,omitempty"` // these boundaries
	Cause      string   `json:"cause,omitempty"`      // the chain behind it, where it was asked for
}

// Summary is the figures of the partition.
type Summary struct {
	Delegates        int     `json:"delegates"`
	Stranded         int     `json:"stranded"`
	OnNPU            int     `json:"on_npu"`
	DelegatedPercent float64 `json:"delegated_percent"` // nodes in delegates, of those and the stranded ones; two decimals
	Boundaries       int     `json:"boundaries"`
	BoundaryBytes    int64   `json:"boundary_bytes"`
	Groups           int     `json:"groups"`
}

// NotModelled is something that seam does not know.
type NotModelled struct {
	Stage    string   `json:"stage"`
	Operator string   `json:"operator,omitempty"`
	Rule     string   `json:"rule,omitempty"`
	Nodes    []string `json:"nodes"`
}
