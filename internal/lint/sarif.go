package lint

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"seam/internal/sarif"
)

// sarifProperties is what a finding says beyond the standard's members.
type sarifProperties struct {
	Operator string   `json:"operator"`
	List     string   `json:"list,omitempty"`
	Edit     string   `json:"edit,omitempty"`
	HeldBy   []string `json:"heldBy,omitempty"`
	Effect   *Effect  `json:"computed,omitempty"`
}

// WriteSARIF writes the report as a SARIF 2.1.0 log. A finding stands at upstream's list; with a model at the lines of its nodes,
// and upstream's list is a related location.
func (r *Report) WriteSARIF(w io.Writer, version string) error {
	var rules []sarif.Rule
	for _, k := range kinds {
		rules = append(rules, sarif.Rule{ID: k.id, Short: &sarif.Text{Text: k.text}})
	}
	results := []sarif.Result{}
	for _, f := range r.Findings {
		results = append(results, f.sarif())
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(sarif.New(version, rules, results)); err != nil {
		return fmt.Errorf("write SARIF: %w", err)
	}
	return nil
}

func (f Finding) sarif() sarif.Result {
	text := f.Text
	if f.Edit != "" {
		text += "; mend: " + f.Edit + f.Effect.text()
	}
	r := sarif.Result{
		RuleID: f.ID, RuleIndex: kindIndex(f.ID), Level: string(f.Severity), Message: sarif.Text{Text: text},
		Properties: sarifProperties{f.Op, f.List, f.Edit, f.HeldBy, f.Effect},
	}
	for _, n := range f.Nodes {
		r.Locations = append(r.Locations, n.sarif())
	}
	if f.File != "" {
		up := sarif.Location{Physical: sarif.At(f.File, 0), Logical: []sarif.Logical{{Name: f.Symbol}}}
		if len(r.Locations) == 0 {
			r.Locations = append(r.Locations, up)
		} else {
			r.Related = append(r.Related, up)
		}
	}
	return r
}

func (n Node) sarif() sarif.Location {
	l := sarif.Location{Logical: []sarif.Logical{{Name: n.Name, Kind: "function"}}}
	i := strings.LastIndexByte(n.Source, ':')
	if line, err := strconv.Atoi(n.Source[i+1:]); i > 0 && err == nil && line > 0 {
		l.Physical = sarif.At(n.Source[:i], line)
	}
	return l
}
