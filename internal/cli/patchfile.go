package cli

import (
	"fmt"
	"io"
	"strings"

	"seam/internal/pipeline"
	"seam/internal/snapshot"
	"seam/quant"
)

// writePatch writes the switched entries of the annotator's lists as a unified diff of upstream's files. Above it stands which
// release it is for, and what is not in it.
func writePatch(path string, c pipeline.Config) error {
	p, left, err := quant.Patch(c.Release, c.Annotator, c.Edits)
	switch {
	case err != nil:
		return fmt.Errorf("write %s: %w", path, err)
	case p == "" && len(left) > 0:
		return fmt.Errorf("write %s: %s is a pattern upstream, not an entry of a list", path, left[0].Key())
	case p == "":
		return fmt.Errorf("write %s: no entry of a list is switched", path)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "For ExecuTorch %s, %s annotator.\n", c.Release, c.Annotator)
	for _, e := range left {
		fmt.Fprintf(&b, "Not in it, for it is a pattern upstream: %s\n", e)
	}
	b.WriteString("\n" + p)
	return snapshot.WriteFile(path, func(w io.Writer) error {
		_, err := io.WriteString(w, b.String())
		return err
	})
}
