package snapshot

import (
	"fmt"
	"strings"

	"seam/quant"
)

// Head is the chain's verdict with what it is about.
func (c Cause) Head() string {
	verdict := oneLine(c.Verdict)
	if strings.Contains(verdict, c.Of) {
		return verdict
	}
	return c.Of + ": " + verdict
}

// Lines is the chain below its head: numbered steps, then the fixes.
func (c Cause) Lines() []string {
	var out []string
	for i, s := range c.Steps {
		out = append(out, fmt.Sprintf("%d. %s: %s%s", i+1, s.Stage, oneLine(s.Text), s.rule()))
	}
	for _, f := range c.Fixes {
		out = append(out, "- fix: "+f.String())
	}
	return out
}

// rule is the step's rule and where upstream has it, in brackets.
func (s Step) rule() string {
	if s.Rule == "" {
		return ""
	}
	out := " [" + s.Rule
	if s.File != "" {
		out += ", " + s.File
	}
	if s.Symbol != "" {
		out += ": " + s.Symbol
	}
	return out + "]"
}

// String is the fix, the flag that tries it, and what it gives and costs.
func (f Fix) String() string {
	out := oneLine(f.Text)
	if flag := f.flag(); flag != "" {
		out += " (" + flag + ")"
	}
	if f.Computed {
		out += fmt.Sprintf(": delegates %d", f.Delegates)
	}
	if f.Cost != "" {
		out += "; " + f.Cost
	}
	return out
}

// flag is the flag that tries an edit, "" if only another program can.
func (f Fix) flag() string {
	if _, err := quant.ParseEdit(f.Edit); err == nil {
		return "--set " + f.Edit
	}
	if pack, ok := strings.CutPrefix(f.Edit, "pack="); ok {
		return "--pack " + pack
	}
	return ""
}
