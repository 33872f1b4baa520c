package record

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// corpus is the recordings of the corpus whose path matches a pattern; the test is skipped without one.
func corpus(t *testing.T, patterns ...string) []string {
	dir := os.Getenv("SEAM_CORPUS")
	if dir == "" {
		t.Skip("SEAM_CORPUS names no corpus")
	}
	var out []string
	for _, p := range patterns {
		found, err := filepath.Glob(filepath.Join(dir, filepath.FromSlash(p), "golden-*.json"))
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: no recordings in the corpus (%v)", p, err)
		}
		out = append(out, found...)
	}
	return out
}

func readFile(t *testing.T, path string) (*Recording, []byte) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Read(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return r, data
}

// TestRoundTrip reads every recording and writes it as the same bytes, and its configuration is one that the stages take.
func TestRoundTrip(t *testing.T) {
	for _, path := range corpus(t, "models/*", "ops/*", "random/*", "releases/*/*") {
		r, data := readFile(t, path)
		var b bytes.Buffer
		if err := Write(&b, r); err != nil {
			t.Fatal(err)
		}
		if i := firstDifference(b.Bytes(), data); i >= 0 {
			t.Fatalf("%s: byte %d: wrote %.80q, recorded %.80q", path, i, tail(b.Bytes(), i), tail(data, i))
		}
		if _, err := ConfigOf(r); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		if d := Compare(r, r); !d.Equal() {
			t.Errorf("%s: differs from itself: %+v", path, d)
		}
	}
}

func firstDifference(a, b []byte) int {
	for i := range a {
		if i >= len(b) || a[i] != b[i] {
			return i
		}
	}
	if len(b) > len(a) {
		return len(a)
	}
	return -1
}

func tail(b []byte, i int) []byte { return b[max(0, i-20):min(len(b), i+60)] }

// TestLower builds the delegated graph of every recording from its edge graph.
func TestLower(t *testing.T) {
	for _, path := range corpus(t, "models/*", "ops/*", "random/*", "releases/*/*") {
		r, _ := readFile(t, path)
		if r.Lowered == nil || len(r.Subgraphs) > 0 {
			continue
		}
		consts := map[string]bool{}
		for _, n := range r.Edge {
			for _, p := range []string{"b_", "p_", "c_", "_lifted_tensor_constant"} {
				if n.Op == "placeholder" && strings.HasPrefix(n.Name, p) {
					consts[n.Name] = true
				}
			}
		}
		got := *r
		got.Lowered = Lower(r.Edge, consts)
		if d := Compare(&got, r); !d.Equal() {
			t.Errorf("%s: %+v", path, d.Stages[StageLowered].First)
		}
	}
}
