package model

import (
	"errors"
	"fmt"
)

// Errors that callers test for.
var (
	ErrSyntax      = errors.New("syntax error")
	ErrNotModelled = errors.New("not modelled")
)

// LoadError is a file that cannot be read: which file, where in it, and why, in one line.
type LoadError struct {
	Path  string
	Place string // entry, byte, line or node; "" if the whole file
	Why   string
}

func (e *LoadError) Error() string {
	if e.Place == "" {
		return fmt.Sprintf("%s: %s", e.Path, e.Why)
	}
	return fmt.Sprintf("%s: %s: %s", e.Path, e.Place, e.Why)
}

// MissingError stops a stage at something that seam does not model.
type MissingError struct{ NotModelled }

func (e *MissingError) Error() string {
	what := e.Operator
	if what == "" {
		what = e.Rule
	}
	return fmt.Sprintf("%s: %s is not modelled", e.Stage, what)
}

func (e *MissingError) Unwrap() error { return ErrNotModelled }

// UpstreamError is a failure that upstream has too: the step that fails there, and why.
type UpstreamError struct {
	Step string // prepare, calibrate, convert, reexport, lower
	Text string
}

func (e *UpstreamError) Error() string {
	return fmt.Sprintf("upstream fails in %s: %s", e.Step, e.Text)
}
