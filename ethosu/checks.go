package ethosu

import (
	"slices"
	"strings"

	"seam/model"
)

// unlistedText is upstream's text for a node that no positive check accepts.
const unlistedText = "Not included in BaseTOSASupportList or a registered tosa_support_check"

// CheckInfo describes one support check.
type CheckInfo struct {
	ID           string // "P-CONV-U55"
	File, Symbol string // where upstream has it
	Needs        string // what it requires
	Satisfy      string // what would satisfy it
	Since, Until string // the releases that have it; "" for no limit
	U55          bool   // only for Ethos-U55 and U65
}

// Checks is the support checks in the newest release's order of evaluation, older releases' own ones after their successors.
func Checks() []CheckInfo {
	var out []CheckInfo
	for i := range checks {
		c := &checks[i]
		if c.needs == "" { // the same check for another operator or release
			continue
		}
		r := c.rule()
		info := CheckInfo{c.id, r.File, r.Symbol, c.needs, c.satisfy, c.since, c.until, c.u55}
		for j := range checks {
			if o := &checks[j]; o.id == c.id {
				info.Since = min(info.Since, o.since)
				if o.until == "" || o.until > info.Until && info.Until != "" {
					info.Until = o.until
				}
			}
		}
		out = append(out, info)
	}
	return out
}

// check is one row: a class of upstream's, or one of its steps where the steps differ by target or release.
type check struct {
	id, where    string // rule; file and symbol below backends/arm, "operator_support/where_support.py: WhereSupported"
	since, until string
	u55          bool
	positive     bool     // it can accept; else it can only refuse
	on           []string // operators, or "@column" of the support table; none: every node
	run          func(*ask) verdict
	needs        string
	satisfy      string
}

func (c *check) rule() model.Rule {
	file, symbol, _ := strings.Cut(c.where, ": ")
	return model.Rule{ID: c.id, File: "backends/arm/" + file, Symbol: symbol}
}

// limits is the rule of the same operator's hardware limits on U55: the row whose name adds that, if there is one.
func (c *check) limits() model.Rule { return ruleOf(c.id + "-U55") }

// ruleOf is the rule of that name, the zero Rule if there is none.
func ruleOf(id string) model.Rule {
	for i := range checks {
		if c := &checks[i]; c.id == id {
			return c.rule()
		}
	}
	return model.Rule{}
}

// in says whether a release has the check for a subset.
func (c *check) in(release string, u55 bool) bool {
	return release >= c.since && (c.until == "" || release <= c.until) && (u55 || !c.u55)
}

// operators resolves the check's columns.
func (c *check) operators(lists map[string][]string) []string {
	var out []string
	for _, o := range c.on {
		if column, ok := strings.CutPrefix(o, "@"); ok {
			out = append(out, lists[column]...)
		} else {
			out = append(out, o)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// checks is every support check in order of evaluation. The order matters: a node's first refusal is what upstream reports.
var checks = slices.Concat(positiveChecks, negativeChecks)

const (
	inMain    = "operator_support/tosa_supported_operators.py: "
	inU55     = "operator_support/ethos_u55_support.py: "
	inSupport = "operator_support/"
)
