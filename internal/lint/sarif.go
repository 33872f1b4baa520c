package lint

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// The parts of a SARIF 2.1.0 log that a report fills.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool    sarifTool     `json:"tool"`
		Results []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name    string      `json:"name"`
		Version string      `json:"version,omitempty"`
		Rules   []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID    string    `json:"id"`
		Short sarifText `json:"shortDescription"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID     string          `json:"ruleId"`
		RuleIndex  int             `json:"ruleIndex"`
		Level      Severity        `json:"level"`
		Message    sarifText       `json:"message"`
		Locations  []sarifLocation `json:"locations,omitempty"`
		Related    []sarifLocation `json:"relatedLocations,omitempty"`
		Properties sarifProperties `json:"properties"`
	}
	sarifLocation struct {
		Physical *sarifPhysical `json:"physicalLocation,omitempty"`
		Logical  []sarifLogical `json:"logicalLocations,omitempty"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine int `json:"startLine"`
	}
	sarifLogical struct {
		Name string `json:"name"`
		Kind string `json:"kind,omitempty"`
	}
	sarifProperties struct {
		Operator string   `json:"operator"`
		List     string   `json:"list,omitempty"`
		Edit     string   `json:"edit,omitempty"`
		HeldBy   []string `json:"heldBy,omitempty"`
		Effect   *Effect  `json:"computed,omitempty"`
	}
)

// WriteSARIF writes the report as a SARIF 2.1.0 log. A finding stands at upstream's list; with a model at the lines of its nodes,
// and upstream's list is a related location.
func (r *Report) WriteSARIF(w io.Writer, version string) error {
	run := sarifRun{Tool: sarifTool{sarifDriver{Name: "seam", Version: version}}, Results: []sarifResult{}}
	for _, k := range kinds {
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRule{k.id, sarifText{k.text}})
	}
	for _, f := range r.Findings {
		run.Results = append(run.Results, f.sarif())
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(sarifLog{
		"https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json", "2.1.0", []sarifRun{run},
	}); err != nil {
		return fmt.Errorf("write SARIF: %w", err)
	}
	return nil
}

func (f Finding) sarif() sarifResult {
	text := f.Text
	if f.Edit != "" {
		text += "; mend: " + f.Edit + f.Effect.text()
	}
	r := sarifResult{
		RuleID: f.ID, RuleIndex: kindIndex(f.ID), Level: f.Severity, Message: sarifText{text},
		Properties: sarifProperties{f.Op, f.List, f.Edit, f.HeldBy, f.Effect},
	}
	for _, n := range f.Nodes {
		r.Locations = append(r.Locations, n.sarif())
	}
	if f.File != "" {
		up := sarifLocation{
			Physical: &sarifPhysical{Artifact: sarifArtifact{f.File}},
			Logical:  []sarifLogical{{Name: f.Symbol}},
		}
		if len(r.Locations) == 0 {
			r.Locations = append(r.Locations, up)
		} else {
			r.Related = append(r.Related, up)
		}
	}
	return r
}

func (n Node) sarif() sarifLocation {
	l := sarifLocation{Logical: []sarifLogical{{Name: n.Name, Kind: "function"}}}
	i := strings.LastIndexByte(n.Source, ':')
	if line, err := strconv.Atoi(n.Source[i+1:]); i > 0 && err == nil && line > 0 {
		l.Physical = &sarifPhysical{Artifact: sarifArtifact{n.Source[:i]}, Region: &sarifRegion{line}}
	}
	return l
}
