// Package yamlfile reads the files that people write: strictly, with the line in every error, and without falling over a file that
// the YAML library falls over.
package yamlfile

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// maxBytes is the most that is read of a file.
const maxBytes = 1 << 20

// Error is a line of a file that is wrong.
type Error struct {
	Path string
	Line int // from 1; 0 if unknown
	Text string
}

func (e *Error) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.Path, e.Text)
	}
	return fmt.Sprintf("%s:%d: %s", e.Path, e.Line, e.Text)
}

// Decode reads one document into v. A key that v has no field for is an error; an empty file changes nothing.
//
//	errors  an *Error
func Decode(r io.Reader, path string, v any) (err error) {
	defer guard(path, &err)
	err = yaml.NewDecoder(io.LimitReader(r, maxBytes), yaml.DisallowUnknownField()).Decode(v)
	if err == nil || errors.Is(err, io.EOF) {
		return nil
	}
	return Wrap(path, err)
}

// Parse reads a file as it stands.
//
//	errors  an *Error
func Parse(data []byte, path string) (f *ast.File, err error) {
	defer guard(path, &err)
	if len(data) > maxBytes {
		return nil, &Error{Path: path, Text: fmt.Sprintf("more than %d bytes", maxBytes)}
	}
	if f, err = parser.ParseBytes(data, 0); err != nil {
		return nil, Wrap(path, err)
	}
	return f, nil
}

// guard makes a panic of the library an error: it has some where a tag or an alias stands in an odd place.
func guard(path string, err *error) {
	if r := recover(); r != nil {
		*err = &Error{Path: path, Text: "it is not YAML that can be read"}
	}
}

// Wrap is an error of the library on one line: path, line, reason.
func Wrap(path string, err error) *Error {
	var value *valueError
	var at yaml.Error
	switch {
	case errors.As(err, &value):
		return &Error{path, value.line, value.text}
	case !errors.As(err, &at):
		return &Error{Path: path, Text: oneLine(err.Error())}
	}
	e := &Error{Path: path, Text: oneLine(at.GetMessage())}
	if t := at.GetToken(); t != nil && t.Position != nil {
		e.Line = t.Position.Line
	}
	return e
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// valueError is a value of the wrong form, with its line.
type valueError struct {
	line int
	text string
}

func (e *valueError) Error() string { return e.text }

// Wrong is the error of an UnmarshalYAML that wants something else.
func Wrong(n ast.Node, want string) error {
	e := &valueError{text: fmt.Sprintf("%q: want %s", Text(n), want)}
	if t := n.GetToken(); t != nil && t.Position != nil {
		e.line = t.Position.Line
	}
	return e
}

// Text is a scalar as it was written.
func Text(n ast.Node) string {
	if s, ok := n.(*ast.StringNode); ok {
		return s.Value
	}
	return oneLine(n.String())
}
