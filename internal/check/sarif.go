package check

// The parts of SARIF 2.1.0 that a report needs.
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
		Name  string      `json:"name"`
		Rules []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID string `json:"id"`
	}
	sarifResult struct {
		RuleID    string          `json:"ruleId"`
		RuleIndex int             `json:"ruleIndex"`
		Level     string          `json:"level"`
		Message   sarifMessage    `json:"message"`
		Locations []sarifLocation `json:"locations"`
	}
	sarifMessage struct {
		Text string `json:"text"`
	}
	sarifLocation struct {
		Physical sarifPhysical  `json:"physicalLocation"`
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
		Line int `json:"startLine"`
	}
	sarifLogical struct {
		Name string `json:"name"`
		Kind string `json:"kind"`
	}
)

// sarif is a result for each failed rule, with a location for each thing that broke it; the model where nothing has a source line.
func (r *Report) sarif() sarifLog {
	run := sarifRun{Tool: sarifTool{sarifDriver{Name: "seam", Rules: []sarifRule{}}}, Results: []sarifResult{}}
	for i, x := range r.Results {
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRule{x.Rule})
		if !x.OK {
			run.Results = append(run.Results, sarifResult{x.Rule, i, "error", sarifMessage{r.message(x)}, r.locations(x)})
		}
	}
	return sarifLog{"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", []sarifRun{run}}
}

func (r *Report) locations(x Result) []sarifLocation {
	var out []sarifLocation
	for _, i := range x.Items {
		l := sarifLocation{Physical: sarifPhysical{Artifact: sarifArtifact{r.Model}}}
		if file, line, ok := place(i.Source); ok {
			l.Physical = sarifPhysical{sarifArtifact{file}, &sarifRegion{line}}
		}
		if i.Node != "" {
			l.Logical = []sarifLogical{{i.Node, "object"}}
		}
		out = append(out, l)
	}
	if out == nil {
		out = []sarifLocation{{Physical: sarifPhysical{Artifact: sarifArtifact{r.Model}}}}
	}
	return out
}
