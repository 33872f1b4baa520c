package lint

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"seam/internal/pipeline"
	"seam/internal/record"
	"seam/model/load"
	"seam/quant"
)

// recordings reads what the corpus holds below the patterns, those with settings of single modules or a changed list left out.
func recordings(t *testing.T, patterns ...string) map[string]*record.Recording {
	dir := os.Getenv("SEAM_CORPUS")
	if dir == "" {
		t.Skip("SEAM_CORPUS names no corpus")
	}
	out := map[string]*record.Recording{}
	for _, p := range patterns {
		found, err := filepath.Glob(filepath.Join(dir, filepath.FromSlash(p)))
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: no recordings in the corpus (%v)", p, err)
		}
		for _, path := range found {
			f, err := os.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			r, err := record.Read(f)
			f.Close()
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			if r.Config.Overrides == "" && len(r.Config.Disabled) == 0 {
				out[path] = r
			}
		}
	}
	return out
}

// floats says whether a recorded value is a float tensor, or a list of such.
func floats(v record.Val) bool {
	if v.Kind == record.ListVal {
		return len(v.List) > 0 && floats(v.List[0])
	}
	return v.Kind == record.TypeVal && strings.HasPrefix(v.Text, "float")
}

// TestNotContradicted holds the reports of unannotated operators against the recordings: wherever upstream's annotated graph has
// such an operator with a float value, it must be without the mark.
func TestNotContradicted(t *testing.T) {
	reports := map[string]*Report{}
	seen := map[string]int{}
	for path, r := range recordings(t, "models/*/golden-*.json", "ops/*/golden-*.json", "random/*/golden-*.json",
		"releases/*/*/golden-*.json") {
		release, err := quant.ParseRelease(r.Versions.ExecuTorch)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		ann := quant.Composable
		if r.Config.Annotator == quant.Legacy.String() {
			ann = quant.Legacy
		}
		key := release + ann.String()
		if reports[key] == nil {
			reports[key] = report(t, release, ann, "")
		}
		for _, n := range r.Annotated {
			if n.Op != "call_function" || !floats(n.Val) {
				continue
			}
			f, ok := reports[key].on(n.Target)
			if !ok {
				continue
			}
			seen[key+" "+n.Target]++
			if n.Mark == record.MarkTrue {
				t.Errorf("%s: %s is marked, and %s on %s says that it is not", path, n.Name, f.ID, n.Target)
			}
		}
	}
	if len(seen) < 10 {
		t.Errorf("only %d reported operators occur in recordings: %v", len(seen), seen)
	}
}

// TestModelsNotContradicted runs models of the corpus: nodes that are said to be unannotated and to stay on the CPU have no mark in
// the recording, and a delegate count before the edit is the recorded one.
func TestModelsNotContradicted(t *testing.T) {
	found := 0
	for path, r := range recordings(t, "models/*/golden-composable-u55.json", "random/s_*/golden-composable-u55.json",
		"releases/*/*/golden-*-u55.json") {
		cfg, err := record.ConfigOf(r)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		rep, err := lintFile(filepath.Dir(path), cfg)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		marked := map[string]bool{}
		for _, n := range r.Annotated {
			marked[n.Name] = n.Mark == record.MarkTrue
		}
		for _, f := range rep.Findings {
			for _, n := range f.Nodes {
				if slices.Contains(unannotated, f.ID) && n.Host {
					found++
					if marked[n.Name] {
						t.Errorf("%s: %s: %s is marked in the recording", path, f.ID, n.Name)
					}
				}
			}
			if f.Effect != nil && !f.Effect.Static && r.OK && f.Effect.Delegates[0] != r.Delegates {
				t.Errorf("%s: %d delegates, recorded %d", path, f.Effect.Delegates[0], r.Delegates)
			}
		}
	}
	if found == 0 {
		t.Error("nothing found in any model")
	}
}

func lintFile(dir string, cfg pipeline.Config) (*Report, error) {
	m, err := load.Open(filepath.Join(dir, "model.pt2"))
	if err != nil {
		return nil, err
	}
	data, err := load.Calib(filepath.Join(dir, "calib.npz"), m)
	if err != nil {
		return nil, err
	}
	return Model(context.Background(), pipeline.New(m, data), cfg)
}
