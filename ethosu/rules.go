package ethosu

import (
	"strings"

	"seam/model"
)

// OnlyU55 says whether a check is run for the U55 subset alone: another target does not have it.
func OnlyU55(r model.Rule) bool {
	return strings.Contains(r.ID, "U55") || strings.HasSuffix(r.ID, "-BOOL")
}
