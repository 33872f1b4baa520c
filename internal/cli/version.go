package cli

import (
	"fmt"
	"runtime/debug"

	"seam/internal/pipeline"
)

// Version is the version of the program.
const Version = "0.1.0"

type versionCmd struct{}

type versionJSON struct {
	Name    string   `json:"name"`
	Version string   `json:"version"`
	Go      string   `json:"go"`
	Packs   []string `json:"packs"`
}

// Run prints the version, and with --json what it is built of.
func (versionCmd) Run(e *env) error {
	if !e.opts.JSON {
		_, err := fmt.Fprintln(e.stdout, "seam", Version)
		return err
	}
	v := versionJSON{"seam", Version, "", pipeline.Packs()}
	if b, ok := debug.ReadBuildInfo(); ok {
		v.Go = b.GoVersion
	}
	return printJSON(e.stdout, v)
}
