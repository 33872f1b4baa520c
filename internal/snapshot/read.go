package snapshot

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// maxBytes is the most that Read takes in: a snapshot of 100,000 nodes has about 60 MB.
const maxBytes = 1 << 30

// VersionError is a document of a schema that this program does not read.
type VersionError struct{ Schema, Version string }

func (e *VersionError) Error() string {
	if e.Schema != Schema {
		return fmt.Sprintf("schema is %q, want %q", e.Schema, Schema)
	}
	return fmt.Sprintf("schema_version %s is not known: this program reads %d.x; use the seam that wrote the file", e.Version,
		major(SchemaVersion))
}

// Read reads a snapshot. Fields that it does not know are left out: a later minor version may have them.
//
//	errors  a VersionError; JSON that is broken
func Read(r io.Reader) (*Doc, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read snapshot: %w", err)
	}
	if len(data) > maxBytes {
		return nil, fmt.Errorf("read snapshot: more than %d bytes", maxBytes)
	}
	var head struct {
		Schema  string `json:"schema"`
		Version string `json:"schema_version"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, fmt.Errorf("read snapshot: %w", err)
	}
	if head.Schema != Schema || major(head.Version) != major(SchemaVersion) {
		return nil, &VersionError{head.Schema, strconv.Quote(head.Version)}
	}
	d := &Doc{}
	if err := json.Unmarshal(data, d); err != nil {
		return nil, fmt.Errorf("read snapshot: %w", err)
	}
	return d, d.check()
}

// check tests what readers index by: a node's number is its place in the list.
func (d *Doc) check() error {
	for i, n := range d.Nodes {
		if n.ID != i {
			return fmt.Errorf("read snapshot: node %q has number %d at place %d", n.Name, n.ID, i)
		}
	}
	inside := func(what, id string, nodes []int) error {
		for _, n := range nodes {
			if n < 0 || n >= len(d.Nodes) {
				return fmt.Errorf("read snapshot: %s %s names node %d of %d", what, id, n, len(d.Nodes))
			}
		}
		return nil
	}
	for _, x := range d.Delegates {
		if err := inside("delegate", x.ID, x.Nodes); err != nil {
			return err
		}
	}
	for _, x := range d.Findings {
		if err := inside("finding", x.ID, x.Nodes); err != nil {
			return err
		}
	}
	return nil
}

// major is a version's first number, -1 if it has none.
func major(version string) int {
	first, _, _ := strings.Cut(version, ".")
	n, err := strconv.Atoi(first)
	if err != nil {
		return -1
	}
	return n
}
