// Package sarif is the parts of a SARIF 2.1.0 log that seam's reports fill.
package sarif

// Schema and Version are what a Log says it follows.
const (
	Schema  = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
	Version = "2.1.0"
)

// The members of a log, named as in the standard.
type (
	Log struct {
		Schema  string `json:"$schema"`
		Version string `json:"version"`
		Runs    []Run  `json:"runs"`
	}
	Run struct {
		Tool    Tool     `json:"tool"`
		Results []Result `json:"results"`
	}
	Tool struct {
		Driver Driver `json:"driver"`
	}
	Driver struct {
		Name    string `json:"name"`
		Version string `json:"version,omitempty"`
		Rules   []Rule `json:"rules"`
	}
	Rule struct {
		ID    string `json:"id"`
		Short *Text  `json:"shortDescription,omitempty"`
	}
	Text struct {
		Text string `json:"text"`
	}
	Result struct {
		RuleID     string     `json:"ruleId"`
		RuleIndex  int        `json:"ruleIndex"`
		Level      string     `json:"level"`
		Message    Text       `json:"message"`
		Locations  []Location `json:"locations,omitempty"`
		Related    []Location `json:"relatedLocations,omitempty"`
		Properties any        `json:"properties,omitempty"`
	}
	Location struct {
		Physical *Physical `json:"physicalLocation,omitempty"`
		Logical  []Logical `json:"logicalLocations,omitempty"`
	}
	Physical struct {
		Artifact Artifact `json:"artifactLocation"`
		Region   *Region  `json:"region,omitempty"`
	}
	Artifact struct {
		URI string `json:"uri"`
	}
	Region struct {
		StartLine int `json:"startLine"`
	}
	Logical struct {
		Name string `json:"name"`
		Kind string `json:"kind,omitempty"`
	}
)

// At is a place in a file, in the whole of it where line is 0.
func At(uri string, line int) *Physical {
	p := &Physical{Artifact: Artifact{uri}}
	if line > 0 {
		p.Region = &Region{line}
	}
	return p
}

// New is the log of one run of seam.
func New(version string, rules []Rule, results []Result) Log {
	return Log{Schema, Version, []Run{{Tool{Driver{"seam", version, rules}}, results}}}
}
