// Package diff says what differs between two snapshots, or between two stages of one run: delegates that merged or split, operators
// that the CPU gained or lost and why, scales, and bytes that cross.
package diff

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"seam/internal/snapshot"
)

// The schema of a report as JSON.
const (
	Schema        = "seam/diff"
	SchemaVersion = "1.0.0"
)

// Report is what differs between two snapshots. Nodes are matched by name and operator, those left over by operator, module and
// source line.
type Report struct {
	Schema        string     `json:"schema"`
	SchemaVersion string     `json:"schema_version"`
	Kind          string     `json:"kind"` // "snapshots"
	Before        Side       `json:"before"`
	After         Side       `json:"after"`
	Equal         bool       `json:"equal"`     // the results are; options may differ
	ExitCode      int        `json:"exit_code"` // that the program ends with
	Options       []Option   `json:"options"`   // that differ
	Figures       []Figure   `json:"figures"`   // all
	Delegates     []Pieces   `json:"delegates"`
	Stranded      Stranded   `json:"stranded"`
	Scales        []Scale    `json:"scales"` // the one that loses most resolution first
	Crossings     Crossings  `json:"crossings"`
	Findings      []Findings `json:"findings"`
}

// Side is one of the two.
type Side struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
	Pack   string `json:"pack"` // with the annotator
	Target string `json:"target"`
}

// Option is a part of the configuration that differs.
type Option struct {
	Name   string `json:"name"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// Figure is one number of the summary.
type Figure struct {
	Name   string  `json:"name"`
	Before float64 `json:"before"`
	After  float64 `json:"after"`
}

// The kinds of change of delegates.
const (
	Merged     = "merged"     // several became one
	Split      = "split"      // one became several
	Rearranged = "rearranged" // several became several others
	Changed    = "changed"    // one gained or lost operators
	New        = "new"
	Gone       = "gone"
)

// Pieces is delegates that belong together by their members.
type Pieces struct {
	Kind   string   `json:"kind"`
	Before []string `json:"before"`
	After  []string `json:"after"`
	Gained []string `json:"gained,omitempty"` // operators that came from the CPU, or are new
	Lost   []string `json:"lost,omitempty"`
}

// Stranded is what the CPU gained and lost.
type Stranded struct {
	Gained []Operator `json:"gained"`
	Lost   []Operator `json:"lost"`
}

// Operator is one that runs on the CPU in one of the two.
type Operator struct {
	Node   string `json:"node"`
	Op     string `json:"op"`
	Source string `json:"source,omitempty"`
	Rule   string `json:"rule,omitempty"`
	Why    string `json:"why"`
}

// Scale is a place whose parameters differ.
type Scale struct {
	Place  string   `json:"place"`
	Before float64  `json:"before"`
	After  float64  `json:"after"`
	Zero   [2]int64 `json:"zero_point"`
	Bits   float64  `json:"bits_lost"` // log2(After/Before): below 0 resolution is won
}

// Crossings is what crosses between a delegate and what is not in it, in one of the two alone.
type Crossings struct {
	Gained []Crossing `json:"gained"`
	Lost   []Crossing `json:"lost"`
}

// Crossing is one value that crosses.
type Crossing struct {
	Tensor string `json:"tensor"`
	From   string `json:"from"`
	To     string `json:"to"`
	Bytes  int64  `json:"bytes"`
}

// Findings is a finding whose count differs.
type Findings struct {
	ID    string `json:"id"`
	Text  string `json:"text"`
	Count [2]int `json:"count"`
}

// Docs compares two snapshots. The names are what a person calls them.
func Docs(before, after *snapshot.Doc, beforeName, afterName string) *Report {
	r := &Report{
		Schema: Schema, SchemaVersion: SchemaVersion, Kind: "snapshots",
		Before: side(before, beforeName), After: side(after, afterName), Options: options(before, after),
		Delegates: []Pieces{}, Stranded: Stranded{[]Operator{}, []Operator{}}, Scales: []Scale{},
		Crossings: Crossings{[]Crossing{}, []Crossing{}}, Findings: []Findings{},
	}
	r.figures(before.Summary, after.Summary)
	m := matchNodes(before, after)
	r.delegates(before, after, m)
	r.stranded(before, after, m)
	r.scales(before, after)
	r.crossings(before, after, m)
	r.findings(before, after)
	r.Equal = r.equal() && slices.Equal(before.Stages, after.Stages)
	return r
}

func side(d *snapshot.Doc, name string) Side {
	return Side{name, d.Model.SHA256, d.Pack.Name + " " + d.Pack.Annotator, d.Target}
}

func (r *Report) equal() bool {
	for _, f := range r.Figures {
		if f.Before != f.After {
			return false
		}
	}
	return len(r.Delegates)+len(r.Stranded.Gained)+len(r.Stranded.Lost)+len(r.Scales)+len(r.Crossings.Gained)+
		len(r.Crossings.Lost)+len(r.Findings) == 0
}

// options lists what differs in how the two were made.
func options(a, b *snapshot.Doc) []Option {
	out := []Option{}
	add := func(name string, before, after any) {
		if x, y := fmt.Sprint(before), fmt.Sprint(after); x != y {
			out = append(out, Option{name, x, y})
		}
	}
	add("pack", a.Pack.Name+" "+a.Pack.Annotator, b.Pack.Name+" "+b.Pack.Annotator)
	add("edits", editText(a), editText(b))
	add("target", a.Target, b.Target)
	add("quant", a.Config.Quant, b.Config.Quant)
	add("per channel", a.Config.PerChannel, b.Config.PerChannel)
	add("io", a.Config.IO, b.Config.IO)
	add("static", a.Config.Static, b.Config.Static)
	add("sizes", a.Config.Sizes, b.Config.Sizes)
	add("data", a.Config.Data, b.Config.Data)
	add("overrides", orNone(a.Config.Overrides), orNone(b.Config.Overrides))
	add("what-if", orNone(strings.Join(a.Config.WhatIf, ", ")), orNone(strings.Join(b.Config.WhatIf, ", ")))
	add("stages", strings.Join(a.Stages, " > "), strings.Join(b.Stages, " > "))
	return out
}

// editText is a pack's edits: "family.shared.concat +aten.concat.default".
func editText(d *snapshot.Doc) string {
	var out []string
	for _, e := range d.Pack.Edits {
		s := e.Rule
		for _, op := range e.Add {
			s += " +" + op
		}
		for _, op := range e.Remove {
			s += " -" + op
		}
		out = append(out, s)
	}
	return orNone(strings.Join(out, ", "))
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

func (r *Report) figures(a, b snapshot.Summary) {
	r.Figures = []Figure{
		{"delegates", float64(a.Delegates), float64(b.Delegates)},
		{"stranded", float64(a.Stranded), float64(b.Stranded)},
		{"bytes", float64(a.BoundaryBytes), float64(b.BoundaryBytes)},
		{"boundaries", float64(a.Boundaries), float64(b.Boundaries)},
		{"nodes on NPU", float64(a.OnNPU), float64(b.OnNPU)},
		{"delegated percent", a.DelegatedPercent, b.DelegatedPercent},
		{"groups", float64(a.Groups), float64(b.Groups)},
	}
}

// param is a place's scale and zero point.
type param struct {
	scale float64
	zero  int64
}

// params is the parameters by place: those of the groups, or where the model came quantized those of the nodes' outputs.
func params(d *snapshot.Doc) (map[string]param, []string) {
	at := map[string]param{}
	var order []string
	add := func(place string, scale *float64, zero *int64) {
		if scale == nil || zero == nil {
			return
		}
		if _, twice := at[place]; !twice {
			order = append(order, place)
		}
		at[place] = param{*scale, *zero}
	}
	for _, g := range d.Groups {
		for _, m := range g.Members {
			add(m, g.Scale, g.ZeroPoint)
		}
	}
	if len(d.Groups) == 0 {
		for _, n := range d.Nodes {
			if n.Out != nil {
				add(n.Name, n.Out.Scale, n.Out.ZeroPoint)
			}
		}
	}
	return at, order
}

// scales lists the places of both whose parameters differ.
func (r *Report) scales(a, b *snapshot.Doc) {
	was, _ := params(a)
	is, order := params(b)
	for _, place := range order {
		x, ok := was[place]
		y := is[place]
		if !ok || x == y {
			continue
		}
		bits := 0.0
		if x.scale > 0 && y.scale > 0 {
			bits = math.Round(1000*math.Log2(y.scale/x.scale)) / 1000
		}
		r.Scales = append(r.Scales, Scale{place, x.scale, y.scale, [2]int64{x.zero, y.zero}, bits})
	}
	slices.SortStableFunc(r.Scales, func(x, y Scale) int { return cmp.Compare(y.Bits, x.Bits) })
}

// findings lists those whose count differs.
func (r *Report) findings(a, b *snapshot.Doc) {
	at := map[[2]string]int{}
	for i, d := range []*snapshot.Doc{a, b} {
		for _, f := range d.Findings {
			k := [2]string{f.ID, f.Text}
			j, ok := at[k]
			if !ok {
				j = len(r.Findings)
				at[k] = j
				r.Findings = append(r.Findings, Findings{ID: f.ID, Text: f.Text})
			}
			r.Findings[j].Count[i] += f.Count
		}
	}
	r.Findings = slices.DeleteFunc(r.Findings, func(f Findings) bool { return f.Count[0] == f.Count[1] })
}
