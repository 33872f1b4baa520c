package cli

import (
	"io"

	"seam/internal/convert"
	"seam/internal/snapshot"
)

type convertCmd struct {
	modelFlags
	To     string `help:"dot, mermaid, model-explorer, svg or html." enum:"dot,mermaid,model-explorer,svg,html" required:""`
	Output string `short:"o" help:"File to write; - for standard output." default:"-" placeholder:"OUT"`
}

// Run writes the partition as a picture.
func (c *convertCmd) Run(e *env) error {
	p, err := c.partition(e)
	if err != nil {
		return err
	}
	if c.To == "html" && p.run != nil { // which has the chains of causes too
		why, err := p.causes(e)
		if err != nil {
			return err
		}
		p.doc = snapshot.New(p.res, Version, why)
	}
	write := func(w io.Writer) error { return convert.Write(w, p.doc, c.To) }
	if c.Output == "-" {
		return write(e.stdout)
	}
	return snapshot.WriteFile(c.Output, write)
}
