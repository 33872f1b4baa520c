package quant

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"seam/internal/golden"
)

// TestPatch compares patches with a golden file. To see that they apply: git apply --check in a checkout of the release.
func TestPatch(t *testing.T) {
	var b strings.Builder
	for _, c := range []struct {
		release string
		ann     Annotator
		edits   Edits
	}{
		{"1.4.1", Composable, "shared.concat:aten.concat.default=on"},
		{"1.4.1", Composable, "io.uint8_bridge:aten.concat.default=on;shared.concat:aten.concat.default=on;shared:aten.alias.default=off;shared:aten.t.default=off"},
		{"1.5.1", Composable, "shared:aten.alias.default=off;shared:aten.moveaxis.int=on"},
		{"1.3.1", Legacy, "shared.concat:aten.concat.default=on;two_inputs:aten.div.Tensor=on"},
	} {
		p, left, err := Patch(c.release, c.ann, c.edits)
		if err != nil {
			t.Fatalf("%s %s %s: %v", c.release, c.ann, c.edits, err)
		}
		b.WriteString("# " + c.release + " " + c.ann.String() + " " + string(c.edits) + "\n" + p)
		for _, e := range left {
			b.WriteString("# not in a list: " + e.String() + "\n")
		}
	}
	golden.Compare(t, filepath.Join("testdata", "patch.txt"), b.String())
}

// TestUpstreamLists: the entries of a list are entries of its families, so that a patch of the one is a patch of the other.
func TestUpstreamLists(t *testing.T) {
	for _, l := range upstreamLists() {
		ann := Composable
		if l.annotator == Legacy.String() {
			ann = Legacy
		}
		rules, err := LoadRules(l.release, ann, "")
		if err != nil {
			t.Fatal(err)
		}
		for i := l.from; i < l.to; i++ {
			op, found := l.entry(i), false
			for _, name := range l.families {
				f := rules.Family(name)
				found = found || f != nil && slices.Contains(f.Ops, op)
			}
			if op != "" && !found {
				t.Errorf("%s %s %v: line %d has %s, which no family holds", l.release, l.annotator, l.families, l.first+i, op)
			}
		}
	}
}

// TestWritePatches leaves patches of each release in SEAM_PATCHES, to be applied to upstream's files.
func TestWritePatches(t *testing.T) {
	dir := os.Getenv("SEAM_PATCHES")
	if dir == "" {
		t.Skip("SEAM_PATCHES names no folder")
	}
	for _, rel := range Releases() {
		p, _, err := Patch(rel, Composable, "shared.concat:aten.cat.default=off;shared.concat:aten.vstack.default=on;shared:aten.where.default=off")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, rel+".patch"), []byte(p), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
