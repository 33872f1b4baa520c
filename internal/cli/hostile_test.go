package cli

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"seam/internal/check"
	"seam/internal/convert"
	"seam/internal/diff"
	"seam/internal/snapshot"
)

// FuzzSnapshot reads documents of any content, and does with them all that is done with a snapshot.
func FuzzSnapshot(f *testing.F) {
	const head = `{"schema": "seam/snapshot", "schema_version": "1.1.0", `
	f.Add(head + `"nodes": [{"id": 0, "name": "a", "op": "x", "inputs": [5, -1], "placement": {"kind": "host", "id": "H1"}}]}`)
	f.Add(head + `"boundaries": [{"id": "B1", "tensors": [{"node": 9, "dtype": "float32"}]}]}`)
	f.Add(head + `"nodes": [{"id": 0}], "delegates": [{"id": "D1", "nodes": [0, 0]}], "groups": [{"members": ["->"], "scale": 0, "zero_point": 1}]}`)
	f.Add(head + `"nodes": [{"id": 0, "placement": {"kind": "host"}}], "findings": [{"id": "x", "nodes": [0], "cause": "C9"}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		d, err := snapshot.Read(strings.NewReader(text))
		if err != nil {
			return
		}
		zero := check.Count(0)
		rules := &check.Rules{MaxDelegates: &zero, MaxStranded: &zero}
		for _, k := range check.Kinds() {
			rules.Forbid = append(rules.Forbid, check.Kind(k))
		}
		rep := check.Run(d, rules, d)
		for _, format := range check.Formats() {
			if err := rep.Write(io.Discard, format); err != nil {
				t.Errorf("%s: %v", format, err)
			}
		}
		for _, format := range convert.Formats() {
			if err := convert.Write(io.Discard, d, format); err != nil {
				t.Errorf("%s: %v", format, err)
			}
		}
		r := diff.Docs(d, d, "a", "b")
		if !r.Equal {
			t.Errorf("a snapshot differs from itself: %+v", r)
		}
		var b bytes.Buffer
		if err := r.WriteText(&b); err != nil {
			t.Error(err)
		}
	})
}
