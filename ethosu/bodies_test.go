package ethosu

import (
	"fmt"
	"strings"
	"testing"

	"seam/internal/golden"
	"seam/model"
)

// TestBodies partitions every NAME.in of the archives, whose first line names target and release.
func TestBodies(t *testing.T) {
	golden.EachTxtar(t, "testdata/bodies/*.txtar", func(t *testing.T, a *golden.Txtar) {
		for _, in := range a.Names() {
			if name, ok := strings.CutSuffix(in, ".in"); ok {
				a.Compare(t, name+".out", partitionText(t, name, a.File(in)))
			}
		}
	})
}

func partitionText(t *testing.T, name, text string) string {
	t.Helper()
	g, cfg := parseCase(t, name, text)
	p, err := Run(g, cfg)
	if err != nil {
		return "error: " + err.Error() + "\n"
	}
	var b strings.Builder
	writePartitioning(&b, "main", g, p)
	return b.String()
}

func writePartitioning(b *strings.Builder, name string, g *model.Graph, p *Partitioning) {
	for _, s := range p.Subs {
		writePartitioning(b, name+"."+s.Name, s.Graph, s.Partitioning)
		fmt.Fprintf(b, "  whole: %t\n", s.Whole)
	}
	fmt.Fprintf(b, "%s: tags %v, %d delegates;", name, p.Tags, len(p.Parts))
	for i := range g.Len() {
		n := model.NodeID(i)
		if _, noted := p.NotedType(g, n); noted && g.Node(n).Kind == model.GetAttr {
			fmt.Fprintf(b, " %s noted", g.Node(n).Name)
		}
		if p.TagOf[i] >= 0 {
			fmt.Fprintf(b, " %s tag%d", g.Node(n).Name, p.TagOf[i])
		}
	}
	b.WriteByte('\n')
	for _, r := range p.Rejected {
		if r.First {
			fmt.Fprintf(b, "  %s: %s\n", g.Node(r.Node).Name, r.Text)
		}
	}
}
