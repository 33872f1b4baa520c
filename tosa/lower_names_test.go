package tosa_test

import (
	"context"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"seam/internal/golden"
	"seam/model"
	"seam/tosa"
)

// operatorNames is the operators of a lowered delegate in the order of the file, each with what it writes.
func operatorNames(l *tosa.Lowered) string {
	var b strings.Builder
	for i := range l.Graph.Len() {
		x := l.Graph.Node(model.NodeID(i))
		switch {
		case x.Kind == model.Call:
			b.WriteString(strings.TrimPrefix(x.Target, "tosa.") + " " + x.Name + "\n")
		case x.Kind == model.GetAttr && x.Type.T.DType == model.ShapeType:
			b.WriteString("CONST_SHAPE " + x.Name + "\n")
		case x.Kind == model.GetAttr:
			b.WriteString("CONST " + x.Name + "\n")
		}
	}
	return b.String()
}

// TestLowerNames compares what operators and constants are called, and their order, with the files that upstream writes.
func TestLowerNames(t *testing.T) {
	golden.EachTxtar(t, filepath.Join("testdata", "names", "*.txtar"), func(t *testing.T, a *golden.Txtar) {
		g, tags := parseRecording(t, a.Path, []byte(a.File("edge.json"))).graph(t)
		for _, name := range a.Names() {
			tag, ok := strings.CutSuffix(name, ".names.txt")
			if !ok {
				continue
			}
			num, _ := strconv.Atoi(strings.TrimPrefix(tag, "tag"))
			l, err := tosa.Lower(context.Background(), g, tags[tag], num, tosa.Config{U55: strings.Contains(a.Path, "-u55")})
			if err != nil {
				t.Fatal(err)
			}
			if len(l.Failed) > 0 {
				t.Fatal(l.Failed[0].Text)
			}
			if d := golden.Diff(a.File(name), operatorNames(l)); d != "" {
				t.Errorf("%s: %s", tag, d)
			}
		}
	})
}
