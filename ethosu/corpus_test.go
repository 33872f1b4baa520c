package ethosu

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"seam/internal/golden"
	"seam/model"
)

// TestCorpus compares each node's first reason with what upstream reported, for every recording of the corpus.
func TestCorpus(t *testing.T) {
	root := os.Getenv("SEAM_CORPUS")
	if root == "" {
		t.Skip("SEAM_CORPUS names no corpus")
	}
	equal, total := 0, 0
	for _, dir := range []string{"models", "ops", "random", "releases"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, d fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			if err != nil || !strings.HasPrefix(d.Name(), "golden-") {
				return err
			}
			name := strings.TrimSuffix(strings.TrimPrefix(path, root+"/"), ".json")
			rec, err := readRecording(path)
			if err != nil {
				return err
			}
			if rec.EdgeGraph == nil {
				return nil
			}
			cfg := Config{Release: rec.Versions.Executorch, Target: rec.Config.Target}
			total++
			if diff := rec.compare(cfg); diff == "" {
				equal++
			} else {
				t.Errorf("%s: support checks: %s", name, diff)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d of %d recordings equal", equal, total)
}

// compare is the first difference, "" if none.
func (rec *recording) compare(cfg Config) string {
	g, err := rec.graph(rec.EdgeGraph)
	if err != nil {
		return err.Error()
	}
	accept, rejected, err := Check(g, cfg)
	if upstream := (*model.UpstreamError)(nil); rec.Raises != "" {
		if !errors.As(err, &upstream) {
			return "got no error, want " + rec.Raises
		}
		return golden.Diff(firstLine(rec.Raises), upstream.Text)
	}
	if err != nil {
		return err.Error()
	}
	if diff := rec.compareGraph(g, accept, rejected); diff != "" || len(g.Subs) == 0 {
		return diff
	}
	p, err := Run(g, cfg)
	if err != nil {
		return err.Error()
	}
	for _, s := range p.Subs {
		if diff := rec.compareBody(s); diff != "" {
			return s.Name + ": " + diff
		}
	}
	return ""
}

// compareGraph compares the support checks alone: what the partitioner said afterwards counts as acceptance.
func (rec *recording) compareGraph(g *model.Graph, accept []bool, rejected []model.Rejection) string {
	first := firstReasons(g, rejected)
	for _, n := range slices.Backward(rec.EdgeGraph) {
		want := rec.Rejections[n.Name]
		if strings.HasPrefix(want, "Was first node in partition") || strings.HasPrefix(want, "Partition contained") {
			want = ""
		}
		got := first[n.Name]
		if canonical(got) != canonical(want) {
			return n.Name + ": got " + quote(got) + ", want " + quote(want)
		}
		taken := accept[g.ByName(n.Name)]
		if n.Tag != "" && !taken || n.Op == "call_function" && want == "" && !taken {
			return n.Name + ": not accepted, but upstream took it"
		}
	}
	return ""
}

// compareBody compares all reasons and tags of a body.
func (rec *recording) compareBody(s SubPartition) string {
	first := firstReasons(s.Graph, s.Rejected)
	for _, n := range slices.Backward(rec.Subgraphs[s.Name]) {
		want := rec.Rejections[s.Name+"/"+n.Name]
		if got := first[n.Name]; canonical(got) != canonical(want) {
			return n.Name + ": got " + quote(got) + ", want " + quote(want)
		}
		tag := ""
		if k := s.TagOf[s.Graph.ByName(n.Name)]; k >= 0 {
			tag = fmt.Sprint("tag", k)
		}
		if tag != n.Tag {
			return fmt.Sprintf("%s: got tag %q, want %q", n.Name, tag, n.Tag)
		}
	}
	return ""
}

func firstReasons(g *model.Graph, rejected []model.Rejection) map[string]string {
	first := map[string]string{}
	for _, r := range rejected {
		if r.First {
			first[g.Node(r.Node).Name] = r.Text
		}
	}
	return first
}

// canonical orders the list of dtypes that upstream prints from a set.
func canonical(s string) string {
	head, _, found := strings.Cut(s, "Supported output types:")
	if found {
		return head
	}
	return s
}

// firstLine is the part of a Python error that does not depend on the run.
func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

func quote(s string) string {
	if s == "" {
		return "acceptance"
	}
	return `"` + s + `"`
}
