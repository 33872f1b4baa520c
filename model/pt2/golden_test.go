package pt2

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"seam/model"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestGolden reads the committed samples, of every layout, and compares their whole content.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.pt2")
	if err != nil || len(files) < 6 {
		t.Fatalf("%d samples, %v", len(files), err)
	}
	for _, f := range files {
		p, err := readFile(t, f)
		if err != nil {
			t.Error(err)
			continue
		}
		golden := strings.TrimSuffix(f, ".pt2") + ".golden"
		got := dump(p)
		if *update {
			if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s: got\n%s\nwant\n%s", f, got, want)
		}
	}
}

func dump(p *Program) string {
	var b strings.Builder
	fmt.Fprintf(&b, "layout %s schema %s torch %s verifiers %v\n", p.Layout, p.Schema, p.TorchVersion, p.Verifiers)
	for _, in := range p.Inputs {
		fmt.Fprintf(&b, "input %d %s (%s) kind %d\n", in.Node, in.Name, in.ArgName, in.Kind)
	}
	for _, s := range p.Graph.Symbols {
		fmt.Fprintf(&b, "symbol %s hint %d range %d to %d\n", s.Expr, s.Hint, s.Min, s.Max)
	}
	dumpGraph(&b, "", p.Graph)
	for i := range p.Graph.Len() {
		n := p.Graph.Node(model.NodeID(i))
		if a, ok := p.Graph.Attrs.Get(n.Target); ok && n.Kind == model.GetAttr {
			fmt.Fprintf(&b, "attr %s param %v % x\n", a.Name, a.Param, a.Tensor.Raw[:min(16, len(a.Tensor.Raw))])
		}
	}
	for _, w := range p.Warnings {
		fmt.Fprintln(&b, "warning", w)
	}
	return b.String()
}

func dumpGraph(b *strings.Builder, indent string, g *model.Graph) {
	for i := range g.Len() {
		fmt.Fprintln(b, indent+nodeLine(g, model.NodeID(i)))
		if m := g.Node(model.NodeID(i)).Meta; m != nil {
			fmt.Fprintf(b, "%s    at %s:%d %s %q, module %s, fn %s, mark %d\n", indent, m.Loc.File, m.Loc.Line, m.Loc.Func,
				m.Loc.Text, m.ModuleText(), m.TorchFn, g.Mark(model.NodeID(i)))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(g.Subs)) {
		fmt.Fprintf(b, "%ssubgraph %s\n", indent, name)
		dumpGraph(b, indent+"  ", g.Subs[name])
	}
}
