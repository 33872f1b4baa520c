package ethosu

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"seam/internal/golden"
	"seam/model"
	"seam/quant"
)

// TestChecks runs every NAME.in of the archives, whose first line names target and release, and compares what the checks say
// with NAME.out. The first reason of each node, and every acceptance, is what the named release answered to the same graph.
func TestChecks(t *testing.T) {
	golden.EachTxtar(t, "testdata/checks/*.txtar", func(t *testing.T, a *golden.Txtar) {
		for _, in := range a.Names() {
			if name, ok := strings.CutSuffix(in, ".in"); ok {
				a.Compare(t, name+".out", answer(t, name, a.File(in)))
			}
		}
	})
}

// parseCase reads a graph in the text form, whose first line names target and release.
func parseCase(t *testing.T, name, text string) (*model.Graph, Config) {
	t.Helper()
	var cfg Config
	if _, err := fmt.Sscanf(text, "# %s %s", &cfg.Target, &cfg.Release); err != nil {
		t.Fatalf("%s: the first line must name target and release: %v", name, err)
	}
	g, err := model.Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return g, cfg
}

// answer is what the checks say of a graph in the text form.
func answer(t *testing.T, name, text string) string {
	t.Helper()
	g, cfg := parseCase(t, name, text)
	accept, rejected, err := Check(g, cfg)
	if err != nil {
		return "error: " + err.Error() + "\n"
	}
	return describe(g, accept, rejected)
}

func describe(g *model.Graph, accept []bool, rejected []model.Rejection) string {
	var b strings.Builder
	b.WriteString("accepted:")
	for i, ok := range accept {
		if ok {
			b.WriteString(" " + g.Node(model.NodeID(i)).Name)
		}
	}
	b.WriteByte('\n')
	for _, r := range rejected {
		also := "also "
		if r.First {
			also = ""
		}
		fmt.Fprintf(&b, "%s: %s%s: %s\n", g.Node(r.Node).Name, also, r.Rule.ID, r.Text)
	}
	return b.String()
}

// TestCheckTable walks the table of checks.
func TestCheckTable(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range Checks() {
		if seen[c.ID] {
			t.Errorf("%s: listed twice", c.ID)
		}
		seen[c.ID] = true
		if c.Symbol == "" || !strings.HasSuffix(c.File, ".py") {
			t.Errorf("%s: no place in upstream: %q %q", c.ID, c.File, c.Symbol)
		}
		if c.Needs == "" || c.Satisfy == "" {
			t.Errorf("%s: does not say what it needs or what would satisfy it", c.ID)
		}
	}
	for _, c := range checks {
		for _, o := range c.operators(operatorLists("1.5.1")) {
			if model.LookupOp(o) < 0 && o != "aten.grid_sampler_2d" { // a packet, which never matches
				t.Errorf("%s: no operator %s", c.id, o)
			}
		}
	}
}

// TestListSizes compares the lists of each release with upstream's counts.
func TestListSizes(t *testing.T) {
	for _, c := range []struct {
		release, column string
		want            int
	}{
		{"1.3.1", "int_list", 108},
		{"1.4.1", "int_list", 113},
		{"1.5.1", "int_list", 113},
		{"1.3.1", "table_op", 31},
		{"1.4.1", "table_op", 33},
		{"1.5.1", "table_op", 33},
		{"1.3.1", "u55_unsupported", 46},
		{"1.4.1", "u55_unsupported", 46},
		{"1.5.1", "u55_unsupported", 40},
		{"1.3.1", "check7_target", 49},
		{"1.5.1", "check7_target", 51},
		{"1.5.1", "u55_i8i16", 35},
		{"1.5.1", "u55_i8i16i32", 7},
		{"1.5.1", "constant_op", 5},
	} {
		if got := len(operatorLists(c.release)[c.column]); got != c.want {
			t.Errorf("%s %s: %d operators, want %d", c.release, c.column, got, c.want)
		}
	}
}

// TestNeutralChanges adds a node that nothing reads, and expects every other node's answer to stay.
func TestNeutralChanges(t *testing.T) {
	g := synthetic(400)
	b := model.Edit(g)
	b.At(model.ID(model.NodeID(g.Len() - 1)))
	b.Add(model.Spec{Kind: model.Call, Target: "aten.view_copy.default", Args: []model.Arg{model.NodeArg(model.ID(2)), model.IntsArg(-1)}})
	h, _, err := b.Freeze()
	if err != nil {
		t.Fatal(err)
	}
	cfg := Config{Target: "ethos-u85-256"}
	accept, rejected, err1 := Check(g, cfg)
	accept2, rejected2, err2 := Check(h, cfg)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(accept[:g.Len()-1], accept2[:g.Len()-1]) {
		t.Error("a dead node changed what is accepted")
	}
	rejected2 = slices.DeleteFunc(rejected2, func(r model.Rejection) bool { return int(r.Node) >= g.Len()-1 })
	if !slices.Equal(rejected, rejected2) {
		t.Error("a dead node changed what is rejected")
	}
}

func TestUnknownConfig(t *testing.T) {
	g := synthetic(20)
	for _, cfg := range []Config{{Target: "ethos-u99"}, {Target: "ethos-u55-128", Release: "0.1"}} {
		if _, _, err := Check(g, cfg); err == nil {
			t.Errorf("%+v: no error", cfg)
		}
	}
}

// FuzzCheck looks for graphs that make a check panic, or accept and refuse at once. The archives are the seeds.
func FuzzCheck(f *testing.F) {
	paths, err := filepath.Glob("testdata/checks/*.txtar")
	if err != nil || len(paths) == 0 {
		f.Fatalf("no archives: %v", err)
	}
	for _, p := range paths {
		a := golden.ReadTxtar(f, p)
		for _, name := range a.Names() {
			if strings.HasSuffix(name, ".in") {
				f.Add(a.File(name), true, uint8(2))
				f.Add(a.File(name), false, uint8(0))
			}
		}
	}
	f.Fuzz(func(t *testing.T, text string, u55 bool, release uint8) {
		g, err := model.Parse(text)
		if err != nil {
			return
		}
		cfg := Config{Target: "ethos-u85-256", Release: quant.Releases()[int(release)%3]}
		if u55 {
			cfg.Target = "ethos-u55-128"
		}
		accept, rejected, err := Check(g, cfg)
		if err != nil {
			return
		}
		refused := make([]bool, g.Len())
		for _, r := range rejected {
			refused[r.Node] = true
		}
		for i, ok := range accept {
			if n := g.Node(model.NodeID(i)); n.Kind == model.Call && !ok && !refused[i] {
				t.Errorf("%s: neither accepted nor refused", n.Name)
			}
		}
	})
}
