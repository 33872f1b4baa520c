package ethosu

import (
	"fmt"
	"strings"
)

// Target is an Ethos-U configuration.
type Target struct {
	Name string // "ethos-u55-128"
	U55  bool   // the U55 subset, which U65 shares
	Spec string // upstream's TOSA specification
}

// unknownTarget is upstream's literal text.
const unknownTarget = "Unknown ethos target"

// KnownTargets is the names that upstream's compiler script knows; other MAC counts are accepted as upstream accepts them.
func KnownTargets() []string {
	return []string{
		"ethos-u55-32", "ethos-u55-64", "ethos-u55-128", "ethos-u55-256", "ethos-u65-256", "ethos-u65-512",
		"ethos-u85-128", "ethos-u85-256", "ethos-u85-512", "ethos-u85-1024", "ethos-u85-2048",
	}
}

// ParseTarget reads a target's name.
//
//	errors  upstream's text for a name of no known family
//	source  backends/arm/ethosu/compile_spec.py: EthosUCompileSpec
func ParseTarget(name string) (Target, error) {
	low := strings.ToLower(name)
	switch {
	case strings.Contains(low, "ethos-u55"), strings.Contains(low, "ethos-u65"):
		return Target{low, true, "TOSA-1.0+INT+int16+int4+u55"}, nil
	case strings.Contains(low, "ethos-u85"):
		return Target{low, false, "TOSA-1.0+INT+int16+int4+cf"}, nil
	}
	return Target{}, fmt.Errorf("%s: %s", unknownTarget, low)
}
