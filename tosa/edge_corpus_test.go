package tosa_test

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"seam/internal/record"
	"seam/model"
	"seam/tosa"
)

// TestEdgeCorpus lowers the converted graph of every recording under SEAM_CORPUS and compares it with the recorded edge graph.
// Differences are counted by kind and operator, worst first. SEAM_ONLY is a pattern that names some recordings.
func TestEdgeCorpus(t *testing.T) {
	dir := os.Getenv("SEAM_CORPUS")
	if dir == "" {
		t.Skip("SEAM_CORPUS names no corpus")
	}
	only := regexp.MustCompile(os.Getenv("SEAM_ONLY"))
	tally := tally{classes: map[string][]string{}}
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if base := filepath.Base(path); err == nil && strings.HasPrefix(base, "golden-") && only.MatchString(path) {
			tally.recording(t, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("equal %d, different %d, not modelled %d, not testable %d", tally.equal, tally.different, tally.missing, tally.skipped)
	names := slices.Collect(maps.Keys(tally.classes))
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(len(tally.classes[b])-len(tally.classes[a]), strings.Compare(a, b))
	})
	for _, c := range names {
		t.Logf("%4d %s\n         %s", len(tally.classes[c]), c, strings.Join(tally.classes[c][:min(maxExamples, len(tally.classes[c]))], "\n         "))
	}
	if tally.different > 0 {
		t.Errorf("%d edge graphs differ", tally.different)
	}
}

// maxExamples is the number of recordings that are named a class of difference.
const maxExamples = 3

// tally is what the recordings gave: counts, and examples by class of difference.
type tally struct {
	equal, different, missing, skipped int
	classes                            map[string][]string
}

func (y *tally) recording(t *testing.T, path string) {
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := record.Read(f)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if r.Edge == nil {
		return
	}
	conv, err := recorded(r.Converted, r.Edge, model.ATen)
	if err != nil {
		y.skipped++
		y.class("not testable: "+err.Error(), path)
		return
	}
	want, err := recorded(r.Edge, r.Edge, model.Edge)
	if err != nil {
		y.skipped++
		y.class("not testable: "+err.Error(), path)
		return
	}
	bind, err := staticSizes(conv, want)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	cfg := tosa.Config{Release: r.Versions.ExecuTorch, U55: strings.Contains(r.Config.Target, "u55"), Bind: bind}
	y.graph(path, conv, want, cfg)
}

func (y *tally) graph(path string, conv, want *model.Graph, cfg tosa.Config) {
	got, err := tosa.ToEdge(conv, cfg)
	var miss *model.MissingError
	switch {
	case errors.As(err, &miss):
		y.missing++
		y.class("not modelled: "+miss.Operator+" "+miss.Rule, fmt.Sprint(path, " ", miss.Nodes[0]))
	case err != nil:
		y.different++
		y.class("error: "+err.Error(), path)
	default:
		if class, text := firstDifference(got.Graph, want); class != "" {
			y.different++
			y.class(class, path+"\n         "+text)
		} else {
			y.equal++
		}
	}
}

func (y *tally) class(name, example string) { y.classes[name] = append(y.classes[name], example) }

// staticSizes binds the symbols of the converted graph's inputs where the edge graph has plain sizes.
func staticSizes(conv, want *model.Graph) (string, error) {
	sizes := map[string]string{}
	for i := range conv.Len() {
		n := conv.Node(model.NodeID(i))
		w := want.ByName(n.Name)
		if n.Kind != model.Placeholder || !n.Type.IsTensor() || w == model.None {
			continue
		}
		from, to := n.Type.T.Shape, want.Node(w).Type.T.Shape
		for d := range from.Rank() {
			if from.At(d).Symbolic() && !to.At(d).Symbolic() {
				sizes[conv.SymbolTexts()[-from.At(d)-1]] = fmt.Sprint(to.At(d))
			}
		}
	}
	var out []string
	for _, s := range slices.Sorted(maps.Keys(sizes)) {
		if !strings.ContainsAny(s, " *+-/()") {
			out = append(out, s+"="+sizes[s])
		}
	}
	return strings.Join(out, ";"), nil
}

// firstDifference is the class of the first difference between two graphs, and its text; "" if they are equal.
func firstDifference(got, want *model.Graph) (class, text string) {
	for i := range want.Len() {
		if i >= got.Len() {
			return "missing node: " + want.Node(model.NodeID(i)).Target, ""
		}
		g, w := lineOf(got, model.NodeID(i)), lineOf(want, model.NodeID(i))
		for k := range w {
			if g[k] != w[k] {
				return lineParts[k] + ": " + w[2], fmt.Sprintf("got  %s\n         want %s", strings.Join(g[:], " | "), strings.Join(w[:], " | "))
			}
		}
	}
	if got.Len() > want.Len() {
		return "extra node: " + got.Node(model.NodeID(want.Len())).Target, ""
	}
	return "", ""
}

var lineParts = [...]string{"name", "kind", "target", "args", "kwargs", "val", "mark"}

// lineOf is what is compared of one node.
func lineOf(g *model.Graph, id model.NodeID) [len(lineParts)]string {
	n := g.Node(id)
	target := n.Target
	if n.Kind != model.Call {
		target = ""
	}
	var args, kw []string
	for _, a := range n.Args {
		args = append(args, argText(g, a))
	}
	for _, k := range n.Kwargs {
		kw = append(kw, k.Name+"="+argText(g, k.Arg))
	}
	return [...]string{
		n.Name, n.Kind.String(), target, strings.Join(args, ", "), strings.Join(kw, ", "), typeText(g, n.Type),
		fmt.Sprint(g.Mark(id)),
	}
}

func argText(g *model.Graph, a model.Arg) string {
	switch a.Kind {
	case model.ArgNode:
		return "%" + g.Node(a.Node).Name
	case model.ArgFloat:
		return record.FloatText(a.Float)
	case model.ArgInt:
		return fmt.Sprint(a.Int)
	case model.ArgBool:
		return fmt.Sprint(a.Bool())
	case model.ArgNone:
		return "None"
	case model.ArgList:
		var l []string
		for _, e := range a.List {
			l = append(l, argText(g, e))
		}
		return "[" + strings.Join(l, ", ") + "]"
	}
	return a.Str
}

func typeText(g *model.Graph, t model.Type) string {
	switch t.Kind {
	case model.TensorKind:
		return t.T.Format(g.SymbolTexts())
	case model.ListKind:
		var l []string
		for _, e := range t.List {
			l = append(l, e.Format(g.SymbolTexts()))
		}
		return "[" + strings.Join(l, " ") + "]"
	}
	return t.Text
}
