package tosa_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"seam/tosa"
)

// compareNormal is the first difference of a lowered delegate from upstream's file, "" if there is none. Constants whose values
// the graph does not hold are compared by type.
func compareNormal(got, want tosa.NormalForm) string {
	if len(got.Regions) != len(want.Regions) {
		return "regions: " + strconv.Itoa(len(got.Regions)) + ", want " + strconv.Itoa(len(want.Regions))
	}
	for i, w := range want.Regions {
		g := got.Regions[i]
		if a, b := asJSON(g.Inputs), asJSON(w.Inputs); a != b {
			return "inputs " + a + ", want " + b
		}
		for k := range w.Operators {
			if k >= len(g.Operators) {
				return "operator " + strconv.Itoa(k) + " missing, want " + asJSON(w.Operators[k])
			}
			hideUnknown(&g.Operators[k], &w.Operators[k])
			if a, b := asJSON(g.Operators[k]), asJSON(w.Operators[k]); a != b {
				return "operator " + strconv.Itoa(k) + "\n got " + a + "\nwant " + b
			}
		}
		if len(g.Operators) > len(w.Operators) {
			return "extra operator " + asJSON(g.Operators[len(w.Operators)])
		}
		if a, b := asJSON(g.Outputs), asJSON(w.Outputs); a != b {
			return "outputs " + a + ", want " + b
		}
	}
	return ""
}

func hideUnknown(g, w *tosa.NormalOperator) {
	for i := range g.Inputs {
		if c := g.Inputs[i].Const; c != nil && c.SHA256 == "" && i < len(w.Inputs) && w.Inputs[i].Const != nil {
			w.Inputs[i].Const.SHA256, w.Inputs[i].Const.First = "", nil
		}
	}
}

func asJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// tosaFiles is upstream's files of the corpus: those of whole models, and of operators where there are some.
func tosaFiles(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*", "*", "tosa", "*", "*.tosa"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	return files
}

// recordingOf is the recording of a configuration. Quantization does not depend on the target, so that of the U55 serves where a
// model has none of the U85.
func recordingOf(modelDir, config string) string {
	path := filepath.Join(modelDir, "golden-"+config+".json")
	if _, err := os.Stat(path); err != nil {
		return filepath.Join(modelDir, "golden-"+strings.Replace(config, "u85", "u55", 1)+".json")
	}
	return path
}

// TestLowerCorpus lowers every delegate of which upstream's file is at hand, from the recorded edge graph, and compares all but
// the values of weights and biases, which recordings do not have. What is not modelled is skipped.
func TestLowerCorpus(t *testing.T) {
	dir := os.Getenv("SEAM_CORPUS")
	if dir == "" {
		t.Skip("SEAM_CORPUS is not set")
	}
	files := tosaFiles(t, dir)
	equal := 0
	for _, f := range files {
		config := filepath.Base(filepath.Dir(f))
		modelDir := filepath.Dir(filepath.Dir(filepath.Dir(f)))
		tag := strings.TrimSuffix(filepath.Base(f), ".tosa")
		name := filepath.Base(modelDir) + "/" + config + "/" + tag
		t.Run(name, func(t *testing.T) {
			if slices.Contains(needValues, name) {
				t.Skip("two layers of equal weights, which a recording does not show")
			}
			g, tags := readRecording(t, recordingOf(modelDir, config)).graph(t)
			num, _ := strconv.Atoi(strings.TrimPrefix(tag, "tag"))
			l, err := tosa.Lower(context.Background(), g, tags[tag], num, tosa.Config{U55: strings.Contains(config, "u55")})
			if err != nil {
				t.Fatal(err)
			}
			if len(l.Failed) > 0 {
				t.Skip(l.Failed[0].Text)
			}
			if d := compareNormal(tosa.Normal(l), readTOSA(t, f)); d != "" {
				t.Error(d)
				return
			}
			equal++
		})
	}
	if t.Logf("%d of %d delegates are equal", equal, len(files)); equal < leastEqual {
		t.Errorf("%d delegates are equal, and were %d", equal, leastEqual)
	}
}

// needValues is delegates in which upstream makes one convolution of two, since their weights are equal.
var needValues = []string{"pain_two_heads/composable-u85/tag0", "pain_two_heads/composable-u85-a16/tag0"}

// leastEqual is how many delegates of the corpus were equal when this was written.
const leastEqual = 69
