package snapshot

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"seam/internal/golden"
	"seam/internal/pipeline"
	"seam/model"
	"seam/model/load"
	"seam/quant"
)

// linear runs a model of one linear layer on synthetic data.
func linear(t *testing.T, edits quant.Edits) *pipeline.Result {
	t.Helper()
	m, err := load.Open("testdata/linear.pt2")
	if err != nil {
		t.Fatal(err)
	}
	cfg := pipeline.DefaultConfig("1.5.1")
	cfg.Edits = edits
	res, err := pipeline.New(m, load.Synthetic(m, 1, 2)).Run(context.Background(), cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// chain is an explanation with every field that a snapshot writes.
func chain() model.Explanation {
	return model.Explanation{
		About: model.Ref{Stage: "edge", Name: "B1"}, Verdict: "split by aten.concat.default",
		Steps: []model.Step{
			{Stage: "traced", OK: true, Text: "torch.concat is aten.concat.default", Refs: []model.Ref{{Name: "concat"}}},
			{Stage: "annotated", Rule: model.Rule{ID: "Q-1", File: "a.py", Symbol: "F"}, Text: "no family\nlists it"},
		},
		Fixes: []model.Fix{{Edit: "shared.concat:aten.concat.default=on", Text: "add it", Delegates: 1, Computed: true}},
	}
}

func TestJSON(t *testing.T) {
	var b bytes.Buffer
	d := New(linear(t, "shared.concat:aten.cat.default=off"), "1.2.3", []model.Explanation{chain()})
	if err := d.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	golden.Compare(t, "testdata/linear.json", b.String())
}

func TestMarkdown(t *testing.T) {
	var b bytes.Buffer
	if err := New(linear(t, ""), "1.2.3", []model.Explanation{chain()}).WriteMarkdown(&b); err != nil {
		t.Fatal(err)
	}
	golden.Compare(t, "testdata/linear.md", b.String())
}

// TestDeterministic runs a model twice from the file.
func TestDeterministic(t *testing.T) {
	var text [2]bytes.Buffer
	for i := range text {
		if err := New(linear(t, ""), "1", nil).WriteJSON(&text[i]); err != nil {
			t.Fatal(err)
		}
	}
	if text[0].String() != text[1].String() {
		t.Error("two runs of one model give two snapshots")
	}
}

// TestMarkdownIsShort fills every part of a document far over what fits.
func TestMarkdownIsShort(t *testing.T) {
	d := &Doc{Stages: []string{"traced"}, Failed: &Failure{Text: "why"}, Config: Config{Static: true}}
	for i := range 100 {
		name := fmt.Sprint("n", i)
		d.Delegates = append(d.Delegates, Delegate{ID: name})
		d.Boundaries = append(d.Boundaries, Boundary{ID: name})
		d.Nodes = append(d.Nodes, Node{Name: name, Placement: &Placement{Kind: "host"}, Refusals: []Refusal{{Text: "no\nno"}}})
		d.Findings = append(d.Findings, Finding{ID: name})
		d.NotModelled = append(d.NotModelled, NotModelled{Operator: name})
		d.Pack.Edits = append(d.Pack.Edits, Edit{Rule: name})
		c := Cause{Of: name, Fixes: []Fix{{Text: "fix"}}}
		for range 20 {
			c.Steps = append(c.Steps, Step{Stage: "edge", Text: "because"})
		}
		d.Causes = append(d.Causes, c)
	}
	var b bytes.Buffer
	if err := d.WriteMarkdown(&b); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(b.String(), "\n"); n >= 60 {
		t.Errorf("%d lines, want under 60:\n%s", n, b.String())
	}
	if !strings.Contains(b.String(), "Why n0") {
		t.Errorf("no cause in\n%s", b.String())
	}
}

func TestRelative(t *testing.T) {
	tests := []struct{ path, want string }{
		{"networks.py", "networks.py"},
		{"pkg/networks.py", "pkg/networks.py"},
		{"/home/a/networks.py", "networks.py"},
		{`C:/src/networks.py`, "networks.py"},
	}
	for _, x := range tests {
		if got := relative(x.path); got != x.want {
			t.Errorf("%s: %s, want %s", x.path, got, x.want)
		}
	}
}

func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "out")
	text := func(s string, err error) func(io.Writer) error {
		return func(w io.Writer) error {
			if _, e := io.WriteString(w, s); e != nil {
				return e
			}
			return err
		}
	}
	if err := WriteFile(path, text("one", nil)); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	if err := WriteFile(path, text("two", broken)); !errors.Is(err, broken) {
		t.Errorf("error %v, want %v", err, broken)
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != "one" {
		t.Errorf("the file holds %q, %v after a failed write, want what was there before", b, err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("%d files in the folder, %v, want 1", len(left), err)
	}
	if err := WriteFile(filepath.Join(dir, "none", "out"), text("", nil)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v for a folder that is not there", err)
	}
}
