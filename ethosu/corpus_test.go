package ethosu

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
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
	equal, total, bodies := 0, 0, 0
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
			diff, modelled := rec.compare(cfg)
			if !modelled {
				bodies++
				return nil
			}
			total++
			if diff == "" {
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
	t.Logf("%d of %d recordings equal; %d more need control flow", equal, total, bodies)
}

// compare is the first difference, "" if none; modelled is false where the graph needs control flow.
func (rec *recording) compare(cfg Config) (diff string, modelled bool) {
	diff, modelled = rec.compareGraph(cfg, rec.EdgeGraph, "")
	for name, nodes := range rec.Subgraphs {
		if diff == "" && modelled {
			diff, modelled = rec.compareGraph(cfg, nodes, name+"/")
		}
	}
	return diff, modelled
}

func (rec *recording) compareGraph(cfg Config, nodes []recordedNode, prefix string) (diff string, modelled bool) {
	g, err := rec.graph(nodes)
	if err != nil {
		return err.Error(), true
	}
	accept, rejected, err := Check(g, cfg)
	if errors.Is(err, model.ErrNotModelled) {
		return "", false
	}
	if upstream := (*model.UpstreamError)(nil); rec.Raises != "" {
		if !errors.As(err, &upstream) {
			return "got no error, want " + rec.Raises, true
		}
		return golden.Diff(firstLine(rec.Raises), upstream.Text), true
	}
	if err != nil {
		return err.Error(), true
	}
	first := map[string]string{}
	for _, r := range rejected {
		if name := g.Node(r.Node).Name; r.First {
			first[name] = r.Text
		}
	}
	for i := len(nodes) - 1; i >= 0; i-- {
		n := nodes[i]
		want := rec.Rejections[prefix+n.Name]
		if strings.HasPrefix(want, "Was first node in partition") || strings.HasPrefix(want, "Partition contained") {
			want = ""
		}
		got := first[n.Name]
		if canonical(got) != canonical(want) {
			return n.Name + ": got " + quote(got) + ", want " + quote(want), true
		}
		taken := accept[g.ByName(n.Name)]
		if n.Tag != "" && !taken || n.Op == "call_function" && want == "" && !taken {
			return n.Name + ": not accepted, but upstream took it", true
		}
	}
	return "", true
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
