// Package lint looks for the gaps between upstream's lists of operators: a spelling of an operator, or its in-place twin, that no
// list of the annotator holds although it holds the sibling; the same operator treated otherwise by the other annotator or by
// another release; and spellings that the list for uint8 inputs and outputs lacks. Nothing is written down by name: the gaps are
// found from the families of the rule packs, the operator table, and the checks of support.
package lint

import (
	"slices"
	"strings"

	"seam/model"
	"seam/quant"
)

// The kinds of finding.
const (
	AliasMissing       = "alias-missing"       // another spelling of the same edge operator is held, this one is not
	InplaceUnannotated = "inplace-unannotated" // the in-place twin is held and not the plain form, or the other way round
	BridgeMissing      = "bridge-missing"      // the list for uint8 inputs and outputs lacks a spelling
	Unlisted           = "unlisted"            // the NPU could run it, and no list holds any spelling of it
	SpellingSplit      = "spelling-split"      // two spellings are held by lists that treat them differently
	ReleaseDrift       = "release-drift"       // another release holds it or treats it differently
	AnnotatorDrift     = "annotator-drift"     // the other annotator does
	FormUnknown        = "form-unknown"        // only with a model: unannotated, and stays on the CPU
)

// kinds is every kind, the worst first, with what it means for a person.
var kinds = []struct{ id, text string }{
	{AliasMissing, "another spelling of the same operator is held, this one is not: its nodes get no mark and stay on the CPU"},
	{InplaceUnannotated, "one of the plain form and its in-place twin is held, the other is not: its nodes get no mark and stay on the CPU"},
	{BridgeMissing, "with uint8 inputs or outputs the other spellings are left alone, this one is annotated as int8"},
	{FormUnknown, "no list holds it: its nodes get no mark and stay on the CPU"},
	{Unlisted, "becomes operators that the NPU runs, but no list holds it in any spelling: its nodes get no mark"},
	{SpellingSplit, "spellings of one operator are held by different lists"},
	{ReleaseDrift, "another release decides otherwise"},
	{AnnotatorDrift, "the other annotator decides otherwise"},
}

// Severity says how much a finding matters.
type Severity string

// The severities. An error keeps an operator off the NPU though one more entry of a list would take it; a warning is a gap that one
// entry does not mend, or that few programs meet; a note changes no placement.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
	Note    Severity = "note"
)

var severities = []Severity{Error, Warning, Note}

// Finding is one gap.
type Finding struct {
	ID       string   `json:"id"`
	Severity Severity `json:"severity"`
	Op       string   `json:"operator"`         // the overload, as capture writes it
	List     string   `json:"list,omitempty"`   // the family that should hold it, or holds it
	File     string   `json:"file,omitempty"`   // upstream's
	Symbol   string   `json:"symbol,omitempty"` // upstream's
	Text     string   `json:"text"`
	Like     string   `json:"like,omitempty"`     // the sibling that is held
	Edge     []string `json:"edge,omitempty"`     // what the overload becomes
	OnlyU85  bool     `json:"only_u85,omitempty"` // the U55 subset refuses it in any case
	HeldBy   []string `json:"held_by,omitempty"`  // the packs that know it: "composable 1.5.1"
	Edit     string   `json:"edit,omitempty"`     // FAMILY:OVERLOAD=on, the change that would mend it
	Advice   string   `json:"advice,omitempty"`   // a change of the user's program that avoids it
	Nodes    []Node   `json:"nodes,omitempty"`    // with a model
	Effect   *Effect  `json:"computed,omitempty"` // with a model: what the edit does
}

// Node is a call of the operator in a model.
type Node struct {
	Name   string `json:"name"`
	Source string `json:"source,omitempty"` // "networks.py:31"
	Module string `json:"module,omitempty"`
	Host   bool   `json:"host"` // it stays on the CPU
}

// Effect is what the stages gave without and with a finding's edit.
type Effect struct {
	Delegates [2]int   `json:"delegates"`
	Host      [2]int   `json:"host_operators"`
	Bytes     [2]int64 `json:"boundary_bytes"`
	Groups    [2]int   `json:"observer_groups"`
	Static    bool     `json:"static,omitempty"` // both runs with fixed sizes: with symbolic ones nothing changes
}

// Changed says whether the edit changed where operators run.
func (e *Effect) Changed() bool {
	return e.Delegates[0] != e.Delegates[1] || e.Host[0] != e.Host[1] || e.Bytes[0] != e.Bytes[1]
}

// Report is the findings for one pack, and with a model those that concern it.
type Report struct {
	Schema    string           `json:"schema"`
	Version   int              `json:"version"`
	Pack      string           `json:"pack"`
	Annotator string           `json:"annotator"`
	Edits     string           `json:"edits,omitempty"`
	Model     string           `json:"model,omitempty"`
	Stopped   string           `json:"stopped,omitempty"` // why the stages did not reach the partition
	Counts    map[Severity]int `json:"counts"`
	Findings  []Finding        `json:"findings"`
}

// Failed says whether there is a finding of severity error.
func (r *Report) Failed() bool { return r.Counts[Error] > 0 }

// settle sorts the findings, the worst first, and counts them.
func (r *Report) settle() {
	slices.SortStableFunc(r.Findings, func(a, b Finding) int {
		if d := slices.Index(severities, a.Severity) - slices.Index(severities, b.Severity); d != 0 {
			return d
		}
		if d := kindIndex(a.ID) - kindIndex(b.ID); d != 0 {
			return d
		}
		if d := strings.Compare(a.List, b.List); d != 0 {
			return d
		}
		if d := min(len(b.HeldBy), 1) - min(len(a.HeldBy), 1); d != 0 { // what a sibling list proves comes first
			return d
		}
		return strings.Compare(a.Op, b.Op)
	})
	r.Counts = map[Severity]int{Error: 0, Warning: 0, Note: 0}
	for _, f := range r.Findings {
		r.Counts[f.Severity]++
	}
}

func kindIndex(id string) int {
	return slices.IndexFunc(kinds, func(k struct{ id, text string }) bool { return k.id == id })
}

// in names the list that a finding is about.
func (f Finding) in(fam *family) Finding {
	if fam != nil {
		f.List, f.File, f.Symbol = fam.Name, fam.File, fam.Symbol
	}
	return f
}

// mend adds the edit that would put the operator into the finding's list.
func (f Finding) mend() Finding {
	if f.List != "" {
		f.Edit = quant.Edit{Family: f.List, Op: f.Op, On: true}.String()
	}
	return f
}

// short is an operator's name as upstream's source writes it most often: without the namespace, and without ".default".
func short(op string) string { return strings.TrimSuffix(strings.TrimPrefix(op, "aten."), ".default") }

// packet is an overload's name without the overload: "aten.max" of "aten.max.other".
func packet(op string) string { return op[:max(0, strings.LastIndexByte(op, '.'))] }

// plain is the out-of-place form of an in-place operator; ok is false if op is none or has none.
func plain(op string) (string, bool) {
	p := packet(op)
	if !strings.HasSuffix(p, "_") || strings.HasSuffix(p, "__") {
		return "", false
	}
	f := p[:len(p)-1] + op[len(p):]
	return f, model.LookupOp(f) >= 0
}

// twin is the in-place form of an operator; ok is false if torch has none.
func twin(op string) (string, bool) {
	p := packet(op)
	t := p + "_" + op[len(p):]
	return t, model.LookupOp(t) >= 0
}
