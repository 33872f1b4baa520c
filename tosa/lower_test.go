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

	"seam/internal/golden"
	"seam/model"
	"seam/tosa"
)

// emgCases is the delegates whose edge graph, weights and file's normal form are in testdata.
var emgCases = []struct{ config, tag string }{
	{"composable-u55", "tag0"},
	{"composable-u55-noconcat", "tag0"},
	{"composable-u55-noconcat", "tag1"},
	{"composable-u85", "tag0"},
	{"composable-u85-a16", "tag0"},
}

// otherCases is delegates of other models, without the values of weights: layout changes around pools, concatenations and slices;
// a view in the middle, and a sum; int16 with sums that int32 operators read.
var otherCases = []struct{ model, config string }{
	{"pain_residual_many", "composable-u85"},
	{"tcn_stack", "composable-u55"},
	{"resnet8", "composable-u85-a16"},
}

func lowerCase(t *testing.T, name, config, tag string) (*model.Graph, *tosa.Lowered) {
	t.Helper()
	path := filepath.Join("testdata", name+"-"+config+".edge.json")
	if _, err := os.Stat(path); err != nil { // where both targets take the same nodes, the U55's edge graph serves
		path = strings.Replace(path, "u85", "u55", 1)
	}
	g, tags := readRecording(t, path).graph(t)
	num, _ := strconv.Atoi(strings.TrimPrefix(tag, "tag"))
	l, err := tosa.Lower(context.Background(), g, tags[tag], num, tosa.Config{U55: strings.Contains(config, "u55")})
	if err != nil {
		t.Fatal(err)
	}
	if l.Tag != num {
		t.Errorf("tag %d, want %d", l.Tag, num)
	}
	return g, l
}

// TestLowerEMG compares with the files that upstream wrote, constants included.
func TestLowerEMG(t *testing.T) {
	for _, c := range emgCases {
		t.Run(c.config+"/"+c.tag, func(t *testing.T) {
			l := compareCase(t, "emg_cascade_static", c.config, c.tag)
			for i, o := range tosa.Normal(l).Regions[0].Operators {
				for k, in := range o.Inputs {
					if in.Const != nil && in.Const.SHA256 == "" {
						t.Errorf("operator %d: operand %d was not compared", i, k)
					}
				}
			}
		})
	}
}

func compareCase(t *testing.T, name, config, tag string) *tosa.Lowered {
	t.Helper()
	_, l := lowerCase(t, name, config, tag)
	if len(l.Failed) > 0 {
		t.Fatal(l.Failed[0].Text)
	}
	if d := compareNormal(tosa.Normal(l), readNormal(t, filepath.Join("testdata", name+"-"+config+"-"+tag+".normal.json"))); d != "" {
		t.Errorf("%s/%s/%s: %s", name, config, tag, d)
	}
	return l
}

func readNormal(t *testing.T, path string) tosa.NormalForm {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var f tosa.NormalForm
	if err := json.Unmarshal(data, &f); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return f
}

// TestLowerOthers compares delegates of other models; their weights are compared by type.
func TestLowerOthers(t *testing.T) {
	for _, c := range otherCases {
		t.Run(c.model, func(t *testing.T) { compareCase(t, c.model, c.config, "tag0") })
	}
}

// TestNormalFiles says that the normal forms in testdata are those of the files in the corpus.
func TestNormalFiles(t *testing.T) {
	dir := os.Getenv("SEAM_CORPUS")
	if dir == "" {
		t.Skip("SEAM_CORPUS is not set")
	}
	paths, err := filepath.Glob(filepath.Join("testdata", "*.normal.json"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("%d normal forms, %v", len(paths), err)
	}
	for _, p := range paths {
		name, rest, _ := strings.Cut(strings.TrimSuffix(filepath.Base(p), ".normal.json"), "-")
		i := strings.LastIndexByte(rest, '-')
		file := filepath.Join(dir, "models", name, "tosa", rest[:i], rest[i+1:]+".tosa")
		if d := compareNormal(readTOSA(t, file), readNormal(t, p)); d != "" {
			t.Errorf("%s: %s", p, d)
		}
	}
}

// TestRelations checks that every operator leads to an edge node of the delegate and back, and that every edge operator that
// is no Q or DQ leads to TOSA.
func TestRelations(t *testing.T) {
	for _, c := range emgCases {
		g, l := lowerCase(t, "emg_cascade_static", c.config, c.tag)
		if err := model.Check(l.Graph); err != nil {
			t.Error(err)
		}
		if l.From.Len() != l.Graph.Len() || l.Into.Len() == 0 {
			t.Fatalf("%s: relations of %d and %d nodes", c.config, l.From.Len(), l.Into.Len())
		}
		for i := range l.Graph.Len() {
			n := model.NodeID(i)
			from := l.From.Of(n)
			if l.Graph.Node(n).Kind == model.Call && len(from) == 0 {
				t.Errorf("%s/%s: %s comes from nothing", c.config, c.tag, l.Graph.Node(n).Name)
			}
			for _, m := range from {
				if !slices.Contains(l.Into.Of(m), n) {
					t.Errorf("%s/%s: %s does not lead back", c.config, c.tag, l.Graph.Node(n).Name)
				}
			}
		}
		for _, name := range []string{"aten_convolution_default_5", "aten_relu_default_4"} {
			if n := g.ByName(name); c.tag == "tag0" && len(l.Into.Of(n)) == 0 {
				t.Errorf("%s: %s leads to nothing", c.config, name)
			}
		}
	}
}

func TestPrint(t *testing.T) {
	for _, c := range []struct{ config, tag string }{{"composable-u55", "tag0"}, {"composable-u85-a16", "tag0"}} {
		_, l := lowerCase(t, "emg_cascade_static", c.config, c.tag)
		var b strings.Builder
		if err := tosa.Print(&b, l); err != nil {
			t.Fatal(err)
		}
		golden.Compare(t, filepath.Join("testdata", "emg_cascade_static-"+c.config+"-"+c.tag+".ops.txt"), b.String())
	}
}

// TestNotModelled says that an operator without a row is refused by name, not guessed.
func TestNotModelled(t *testing.T) {
	b := model.NewBuilder(model.Edge)
	typ := model.TensorOf(model.Int8, model.ShapeInts(1, 4))
	x := b.Add(model.Spec{Kind: model.Placeholder, Target: "x", Name: "x", Type: typ})
	y := b.Add(model.Spec{Kind: model.Call, Target: "aten.erfinv.default", Args: []model.Arg{model.NodeArg(x)}, Type: typ})
	b.Add(model.Spec{Kind: model.Output, Target: "output", Name: "output", Args: []model.Arg{model.ListArg(model.NodeArg(y))}})
	g, _, err := b.Freeze()
	if err != nil {
		t.Fatal(err)
	}
	l, err := tosa.Lower(context.Background(), g, []model.NodeID{1}, 3, tosa.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if l.Graph != nil || l.Tag != 3 || len(l.Failed) != 1 || l.Failed[0].Node != 1 || l.Failed[0].Rule.ID != "T-NOT-MODELLED" ||
		!strings.Contains(l.Failed[0].Text, "aten.erfinv.default") {
		t.Errorf("lowered to %+v", l)
	}
}
