// Command seam shows what ExecuTorch's Arm backend does with a model: which operators are quantized, how, which run on the
// Ethos-U, and why the others do not.
package main

import (
	"os"

	"seam/internal/cli"
)

func main() {
	os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
