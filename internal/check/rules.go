// Package check compares a partition with what a project allows: limits, findings that must not be there, and a baseline that must
// not get worse. A failed rule carries the causal chain.
package check

import (
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"seam/internal/pipeline"
	"seam/internal/yamlfile"
)

// Rules is a rules file. A rule that is left out is not tested.
type Rules struct {
	MaxDelegates *Count    `yaml:"max-delegates"`
	MaxStranded  *Count    `yaml:"max-stranded-ops"`
	MaxBytes     *Bytes    `yaml:"max-boundary-bytes"`
	MinPercent   *Percent  `yaml:"min-delegated-percent"`
	Forbid       []Kind    `yaml:"forbid"`
	Allow        []Allow   `yaml:"allow"`
	MaxIncrease  *Increase `yaml:"max-increase"`
}

// Allow takes operators on the CPU out of all rules that count them.
type Allow struct {
	Finding Glob   `yaml:"finding" json:"finding"` // of the finding's kind; "stranded" is every operator on the CPU
	Op      Glob   `yaml:"op" json:"op"`           // of the operator, in the edge graph or as it was traced
	Reason  Reason `yaml:"reason" json:"reason"`
}

func (a Allow) String() string { return strings.TrimSpace(string(a.Finding) + " " + string(a.Op)) }

// Increase is how much worse than the baseline each figure may be.
type Increase struct {
	Delegates *Growth `yaml:"delegates"`
	Stranded  *Growth `yaml:"stranded-ops"`
	Bytes     *Growth `yaml:"boundary-bytes"`
}

// The kinds of finding that a snapshot does not list, but that follow from it.
const (
	Stranded      = "stranded"            // any operator on the CPU
	UnequalScales = "unequal-scales"      // an operator on the CPU that a list of shared specs lacks, with unequal scales around it
	Inplace       = "inplace-unannotated" // an in-place operator that no list holds
	BoundaryDType = "boundary-dtype"      // a floating-point value crosses a delegate's edge
)

// Kinds is every kind of finding that a rules file may name.
func Kinds() []string {
	return []string{
		pipeline.FindingAlias, pipeline.FindingShapes, pipeline.FindingRefused, pipeline.FindingFollows, pipeline.FindingNearJoin,
		pipeline.FindingLossy,
		Stranded, UnequalScales, Inplace, BoundaryDType,
	}
}

// ReadRules reads a rules file. Keys that it does not know are errors: a misspelt limit must not pass as none.
//
//	errors  a *yamlfile.Error
func ReadRules(r io.Reader, name string) (*Rules, error) {
	out := &Rules{}
	if err := yamlfile.Decode(r, name, out); err != nil {
		return nil, err
	}
	for _, a := range out.Allow {
		if a.Reason == "" {
			return nil, &yamlfile.Error{Path: name, Text: fmt.Sprintf("allow of %s has no reason", a)}
		}
	}
	return out, nil
}

func wrong(n ast.Node, want string) error { return yamlfile.Wrong(n, want) }

func text(n ast.Node) string { return yamlfile.Text(n) }

// Count is a number of things, 0 or more.
type Count int64

// UnmarshalYAML reads a count.
func (c *Count) UnmarshalYAML(n ast.Node) error {
	v, err := strconv.ParseInt(text(n), 10, 32)
	if err != nil || v < 0 {
		return wrong(n, "a whole number, 0 or more")
	}
	*c = Count(v)
	return nil
}

// Bytes is a size: "64KiB", "1.5MiB", "4096".
type Bytes int64

// UnmarshalYAML reads a size.
func (b *Bytes) UnmarshalYAML(n ast.Node) error {
	v, ok := parseBytes(text(n))
	if !ok {
		return wrong(n, "a size such as 4096, 64KiB or 1.5MiB")
	}
	*b = Bytes(v)
	return nil
}

// parseBytes reads a size in bytes. KB and MB are powers of 1000, KiB and MiB of 1024.
func parseBytes(s string) (int64, bool) {
	units := []struct {
		name string
		size float64
	}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"kB", 1e3}, {"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"B", 1}}
	size := 1.0
	for _, u := range units {
		if head, ok := strings.CutSuffix(s, u.name); ok {
			s, size = strings.TrimSpace(head), u.size
			break
		}
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || !(v >= 0 && v*size < 1<<50) {
		return 0, false
	}
	return int64(v * size), true
}

// Percent is 0 to 100.
type Percent float64

// UnmarshalYAML reads a percentage, with or without its sign.
func (p *Percent) UnmarshalYAML(n ast.Node) error {
	v, err := strconv.ParseFloat(strings.TrimSuffix(text(n), "%"), 64)
	if err != nil || !(v >= 0 && v <= 100) {
		return wrong(n, "a percentage from 0 to 100")
	}
	*p = Percent(v)
	return nil
}

// Growth is how much larger a figure may be: by a number, or by a part of what it was.
type Growth struct {
	By      int64
	Percent float64 // used if IsPart
	IsPart  bool
}

// UnmarshalYAML reads "0", "64KiB" or "5%".
func (g *Growth) UnmarshalYAML(n ast.Node) error {
	s := text(n)
	if part, ok := strings.CutSuffix(s, "%"); ok {
		v, err := strconv.ParseFloat(part, 64)
		if err != nil || !(v >= 0 && v <= 1e6) {
			return wrong(n, "a percentage such as 5%")
		}
		*g = Growth{Percent: v, IsPart: true}
		return nil
	}
	v, ok := parseBytes(s)
	if !ok {
		return wrong(n, "a number such as 2, a size such as 64KiB, or a percentage such as 5%")
	}
	*g = Growth{By: v}
	return nil
}

// limit is the largest figure that is allowed after one that was.
func (g Growth) limit(was int64) int64 {
	if g.IsPart {
		return was + int64(float64(was)*g.Percent/100)
	}
	return was + g.By
}

// Kind is a kind of finding.
type Kind string

// UnmarshalYAML reads a kind that exists.
func (k *Kind) UnmarshalYAML(n ast.Node) error {
	if !slices.Contains(Kinds(), text(n)) {
		return wrong(n, "one of "+strings.Join(Kinds(), ", "))
	}
	*k = Kind(text(n))
	return nil
}

// Glob is a pattern with * and ?.
type Glob string

// UnmarshalYAML reads a pattern.
func (g *Glob) UnmarshalYAML(n ast.Node) error {
	if _, err := path.Match(text(n), ""); err != nil {
		return wrong(n, "a pattern with * and ?")
	}
	*g = Glob(text(n))
	return nil
}

// match says whether the pattern matches one of the texts; no pattern matches all.
func (g Glob) match(texts ...string) bool {
	return g == "" || slices.ContainsFunc(texts, func(s string) bool {
		ok, err := path.Match(string(g), s)
		return err == nil && ok
	})
}

// Reason is why something is allowed.
type Reason string

// UnmarshalYAML reads a reason that says something.
func (r *Reason) UnmarshalYAML(n ast.Node) error {
	if strings.TrimSpace(text(n)) == "" {
		return wrong(n, "a reason")
	}
	*r = Reason(text(n))
	return nil
}
