package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"seam/internal/pipeline"
	"seam/internal/snapshot"
	"seam/model"
)

// isSnapshot says whether a file is JSON, as a snapshot is and a model is not.
func isSnapshot(path string) (bool, error) {
	if path == fromInput { // a model: what was read to look at it would be gone
		return false, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return false, inputError{err}
	}
	defer f.Close()
	r := bufio.NewReader(f)
	for {
		c, err := r.ReadByte()
		switch {
		case errors.Is(err, io.EOF):
			return false, nil
		case err != nil:
			return false, inputError{fmt.Errorf("read %s: %w", path, err)}
		case c == ' ', c == '\t', c == '\r', c == '\n':
			continue
		}
		return c == '{', nil
	}
}

func readSnapshot(path string) (*snapshot.Doc, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, inputError{err}
	}
	defer f.Close()
	d, err := snapshot.Read(f)
	if err != nil {
		return nil, inputError{fmt.Errorf("%s: %w", path, err)}
	}
	return d, nil
}

// partition is a snapshot with what made it; run and res are nil where it was read from a file.
type partition struct {
	doc *snapshot.Doc
	run *session
	res *pipeline.Result
}

// partition is the snapshot in the file, or that of a run of the model in it, without causes.
//
//	errors  a snapshot, and flags that say how to run a model
func (f *modelFlags) partition(e *env) (*partition, error) {
	if ready, err := isSnapshot(f.Model); err == nil && ready && e.runs() {
		return nil, usagef("%s is a snapshot: flags that say how to run a model do not go with it", f.Model)
	}
	return f.either(e)
}

// either is partition for a file that stands beside others, which the flags may be for.
func (f *modelFlags) either(e *env) (*partition, error) {
	ready, err := isSnapshot(f.Model)
	if err != nil {
		return nil, err
	}
	if ready {
		d, err := readSnapshot(f.Model)
		return &partition{doc: d}, err
	}
	s, err := f.open()
	if err != nil {
		return nil, err
	}
	res, err := s.run(e)
	if err != nil {
		return nil, err
	}
	return &partition{snapshot.New(res, Version, nil), s, res}, nil
}

// runs says whether the command line says how to run a model.
func (e *env) runs() bool {
	return slices.ContainsFunc(flagNames(command(e.app.Node, "run").Flags), func(name string) bool { return e.set.explicit[name] })
}

// causes is the chain of each finding, at the first of its operators.
func (p *partition) causes(e *env) ([]model.Explanation, error) {
	if p.res == nil || p.res.Part == nil {
		return nil, nil
	}
	var out []model.Explanation
	for _, f := range p.res.Findings() {
		if len(f.Nodes) == 0 {
			continue
		}
		x, err := p.run.runner.Explain(e.ctx, p.res, f.Nodes[0])
		if err != nil {
			return nil, fmt.Errorf("explain %s: %w", p.res.Edge.Graph.Node(f.Nodes[0]).Name, err)
		}
		out = append(out, x)
	}
	return out, nil
}

// upward is the nearest file of that name in the working directory or above it, no further up than the root of a repository; "" for
// none.
func upward(name string) string {
	dir, err := os.Getwd()
	if err != nil {
		return ""
	}
	for {
		path := filepath.Join(dir, name)
		if info, err := os.Stat(path); err == nil && !info.IsDir() {
			return path
		}
		above := filepath.Dir(dir)
		if _, err := os.Stat(filepath.Join(dir, ".git")); err == nil || above == dir {
			return ""
		}
		dir = above
	}
}

// fromHere is a path as seen from the working directory, the last element of one that is not below it or beside it.
func fromHere(path string) string {
	if path == "" || !filepath.IsAbs(path) {
		return filepath.ToSlash(path)
	}
	if dir, err := os.Getwd(); err == nil {
		if rel, err := filepath.Rel(dir, path); err == nil {
			return filepath.ToSlash(rel)
		}
	}
	return filepath.Base(path)
}
