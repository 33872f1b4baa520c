package lint

import (
	"bytes"
	"context"
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"seam/internal/golden"
	"seam/internal/pipeline"
	"seam/internal/sarif"
	"seam/model"
	"seam/model/load"
	"seam/quant"
)

// packs runs f on every pack.
func packs(t *testing.T, f func(t *testing.T, r *Report, ann quant.Annotator)) {
	for _, rel := range quant.Releases() {
		for _, ann := range []quant.Annotator{quant.Composable, quant.Legacy} {
			t.Run(rel+"-"+ann.String(), func(t *testing.T) { f(t, report(t, rel, ann, ""), ann) })
		}
	}
}

func report(t *testing.T, release string, ann quant.Annotator, edits quant.Edits) *Report {
	t.Helper()
	r, err := Pack(release, ann, edits)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// on is the finding of a report on an operator, of one of the kinds that say that its nodes get no mark.
func (r *Report) on(op string) (Finding, bool) {
	for _, f := range r.Findings {
		if f.Op == op && slices.Contains(unannotated, f.ID) {
			return f, true
		}
	}
	return Finding{}, false
}

// TestUnknownOverloads finds every exported overload that upstream's newest release is known to leave unannotated although the NPU
// runs what it becomes, with an edge operator that it becomes.
func TestUnknownOverloads(t *testing.T) {
	r := report(t, "1.5.1", quant.Composable, "")
	for _, c := range []struct{ op, edge, list string }{
		{"aten.hstack.default", "aten.cat.default", "shared.concat"},
		{"aten.vstack.default", "aten.cat.default", "shared.concat"},
		{"aten.relu6.default", "aten.hardtanh.default", "shared"},
		{"aten.clamp_min.default", "aten.clamp.default", "shared"},
		{"aten.clamp_max.default", "aten.clamp.default", "shared"},
		{"aten.square.default", "aten.pow.Tensor_Scalar", "one_to_one"},
		{"aten.max.other", "aten.maximum.default", "single"},
		{"aten.min.other", "aten.minimum.default", "single"},
		{"aten.pow.Tensor_Tensor", "aten.pow.Tensor_Tensor", ""},
		{"aten.narrow.default", "aten.slice_copy.Tensor", "shared"},
		{"aten.tensor_split.sections", "aten.slice_copy.Tensor", "shared"},
		{"aten.expand_as.default", "aten.expand_copy.default", "shared"},
		{"aten.max_pool1d.default", "aten.max_pool2d_with_indices.default", ""},
		{"aten.avg_pool1d.default", "aten.avg_pool2d.default", ""},
		{"aten.adaptive_avg_pool1d.default", "aten.mean.dim", ""},
		{"aten.channel_shuffle.default", "aten.permute_copy.default", ""},
		{"aten.detach.default", "aten.alias_copy.default", "shared"},
		{"aten.unfold.default", "aten.unfold_copy.default", "shared"},
		{"aten.as_strided.default", "aten.as_strided_copy.default", "shared"},
		{"aten.log_sigmoid.default", "aten.log1p.default", ""},
		{"aten.outer.default", "aten.mul.Tensor", ""},
		{"aten.conv1d.padding", "aten.convolution.default", "conv"},
		{"aten.where.ScalarOther", "aten.where.self", "shared"},
	} {
		f, ok := r.on(c.op)
		if !ok {
			t.Errorf("%s: not found", c.op)
			continue
		}
		if !slices.Contains(f.Edge, c.edge) || f.List != c.list {
			t.Errorf("%s: becomes %v, list %q; want %s and %q", c.op, f.Edge, f.List, c.edge, c.list)
		}
	}
}

// TestConcat follows one spelling through the packs.
func TestConcat(t *testing.T) {
	missing := []string{"1.3.1 composable", "1.3.1 legacy", "1.4.1 composable"}
	packs(t, func(t *testing.T, r *Report, _ quant.Annotator) {
		pack := r.Pack + " " + r.Annotator
		f, ok := r.on("aten.concat.default")
		if want := slices.Contains(missing, pack); ok != want {
			t.Fatalf("concat found: %v, want %v", ok, want)
		}
		if ok && (f.ID != AliasMissing || f.Severity != Error || f.Edit != "shared.concat:aten.concat.default=on" ||
			!slices.Contains(f.HeldBy, "composable 1.5.1")) {
			t.Errorf("finding %+v", f)
		}
		i := slices.IndexFunc(r.Findings, func(f Finding) bool { return f.ID == BridgeMissing && f.Op == "aten.concat.default" })
		want := map[string]Severity{"1.4.1 composable": Note, "1.5.1 composable": Error}[pack]
		switch {
		case want == "" && i >= 0:
			t.Errorf("bridge list found for %s", pack)
		case want != "" && (i < 0 || r.Findings[i].Severity != want || r.Findings[i].List != "io.uint8_bridge"):
			t.Errorf("bridge list: index %d of %d, want severity %s", i, len(r.Findings), want)
		}
	})
}

// TestPack holds what is known of single operators against the reports.
func TestPack(t *testing.T) {
	for _, c := range []struct {
		release string
		ann     quant.Annotator
		op, id  string
		text    string // in the finding
	}{
		{"1.5.1", quant.Composable, "aten.sigmoid_.default", InplaceUnannotated, "one_to_one holds sigmoid and not sigmoid_"},
		{"1.5.1", quant.Composable, "aten.sqrt_.default", InplaceUnannotated, "single holds sqrt and not sqrt_"},
		{"1.5.1", quant.Composable, "aten.selu_.default", InplaceUnannotated, "ConvertEluFamilyToEluPass"},
		{"1.5.1", quant.Composable, "aten.movedim.int", SpellingSplit, "a scale of its own"},
		{"1.5.1", quant.Composable, "aten.neg.default", AnnotatorDrift, "legacy 1.5.1"},
		{"1.5.1", quant.Composable, "aten.silu.default", ReleaseDrift, "composable 1.4.1"},
		{"1.4.1", quant.Composable, "aten.prelu.default", Unlisted, "where.self"},
		{"1.4.1", quant.Legacy, "aten.silu_.default", SpellingSplit, "silu_ is held by shared_or_act, silu by one_to_one"},
		{"1.3.1", quant.Composable, "aten.moveaxis.int", AliasMissing, "permute_copy"},
		{"1.3.1", quant.Composable, "aten.lstm.input", ReleaseDrift, "composable"},
		{"1.5.1", quant.Legacy, "aten.t.default", AliasMissing, "permute_copy"},
	} {
		r := report(t, c.release, c.ann, "")
		if !slices.ContainsFunc(r.Findings, func(f Finding) bool {
			return f.Op == c.op && f.ID == c.id && strings.Contains(f.Text, c.text)
		}) {
			t.Errorf("%s %s: no finding %s on %s with %q", c.release, c.ann, c.id, c.op, c.text)
		}
	}
	for _, c := range []struct {
		release string
		ann     quant.Annotator
		op      string
	}{
		{"1.5.1", quant.Composable, "aten.add.Scalar"},      // a pass makes it add.Tensor first
		{"1.5.1", quant.Composable, "aten.relu_.default"},   // held
		{"1.5.1", quant.Composable, "aten.prod.dim_int"},    // no INT specification has it
		{"1.5.1", quant.Composable, "aten.addcmul.default"}, // becomes a cast that none has
		{"1.5.1", quant.Composable, "aten.full.default"},
		{"1.5.1", quant.Composable, "aten.logical_and.default"}, // needs no mark
		{"1.5.1", quant.Legacy, "aten.sqrt_.default"},           // the legacy annotator's passes ask nobody
		{"1.5.1", quant.Legacy, "aten.softmax.int"},
	} {
		if f, ok := report(t, c.release, c.ann, "").on(c.op); ok {
			t.Errorf("%s %s: finding on %s: %+v", c.release, c.ann, c.op, f)
		}
	}
}

// TestMend applies every edit: the pack takes them, and the findings are gone.
func TestMend(t *testing.T) {
	packs(t, func(t *testing.T, r *Report, ann quant.Annotator) {
		var edits quant.Edits
		for _, f := range r.Findings {
			if f.Text == "" || f.List != "" && (f.File == "" || f.Symbol == "") || model.LookupOp(f.Op) < 0 {
				t.Errorf("incomplete finding %+v", f)
			}
			if e, err := quant.ParseEdit(f.Edit); f.Edit != "" {
				if err != nil {
					t.Errorf("%s on %s: %v", f.ID, f.Op, err)
				}
				edits = edits.With(e)
			} else if f.Severity == Error {
				t.Errorf("%s on %s: an error without an edit", f.ID, f.Op)
			}
		}
		after := report(t, r.Pack, ann, edits)
		for _, f := range r.Findings {
			if f.Edit != "" && slices.ContainsFunc(after.Findings, func(g Finding) bool {
				return g.ID == f.ID && g.Op == f.Op && g.List == f.List
			}) {
				t.Errorf("%s on %s is still there with %s", f.ID, f.Op, f.Edit)
			}
		}
	})
}

func TestSupport(t *testing.T) {
	for _, c := range []struct {
		release, edge string
		u85, u55      bool
	}{
		{"1.5.1", "aten.cat.default", true, true},
		{"1.5.1", "aten.convolution.default", true, true},
		{"1.5.1", "aten.where.self", true, false},
		{"1.5.1", "aten._softmax.default", false, false},
		{"1.5.1", "aten.prod.dim_int", false, false},
		{"1.5.1", "aten.slice_copy.Tensor", true, true},
		{"1.3.1", "aten.round.default", false, false},
		{"1.4.1", "aten.round.default", true, true},
	} {
		s := &support{release: c.release}
		if got := s.of(c.edge); got != [2]bool{c.u85, c.u55} {
			t.Errorf("%s %s: on U85 %v, on U55 %v", c.release, c.edge, got[0], got[1])
		}
	}
}

// TestTables tests that the tables name operators that exist.
func TestTables(t *testing.T) {
	for op := range edges().form {
		if model.LookupOp(op) < 0 {
			t.Errorf("forms: no operator %q", op)
		}
	}
	for _, rel := range quant.Releases() {
		for op, pass := range rewrites(rel, quant.Legacy) {
			if model.LookupOp(op) < 0 {
				t.Errorf("%s: no operator %q", pass, op)
			}
		}
	}
}

// sample is the embedded model, run with the pack that lacks one spelling. Its length is symbolic.
func sample(t *testing.T, static bool) *Report {
	t.Helper()
	m, err := load.Open("../../samples/emg/model.pt2")
	if err != nil {
		t.Fatal(err)
	}
	run := pipeline.New(m, load.Synthetic(m, 1, 1))
	cfg := pipeline.DefaultConfig("1.4.1")
	cfg.Static = static
	r, err := Model(context.Background(), run, cfg)
	if err != nil {
		t.Fatal(err)
	}
	r.Model = filepath.Base(r.Model)
	return r
}

func TestModel(t *testing.T) {
	r := sample(t, true)
	f, ok := r.on("aten.concat.default")
	if !ok || f.Effect == nil || f.Effect.Delegates[0] <= f.Effect.Delegates[1] || f.Effect.Host[1] != 0 {
		t.Fatalf("finding %+v, effect %+v", f, f.Effect)
	}
	for _, n := range f.Nodes {
		if !n.Host || n.Source == "" {
			t.Errorf("node %+v", n)
		}
	}
	var text, js, sarif bytes.Buffer
	if err := r.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	if err := r.WriteSARIF(&sarif, "test"); err != nil {
		t.Fatal(err)
	}
	e := json.NewEncoder(&js)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(r); err != nil {
		t.Fatal(err)
	}
	golden.Compare(t, "testdata/model.txt", text.String())
	golden.Compare(t, "testdata/model.json", js.String())
	golden.Compare(t, "testdata/model.sarif", sarif.String())
}

// TestSymbolic tests that an edit whose effect symbolic sizes hide is tried with fixed ones.
func TestSymbolic(t *testing.T) {
	f, _ := sample(t, false).on("aten.concat.default")
	if f.Severity != Error || f.Effect == nil || !f.Effect.Static || f.Effect.Delegates != [2]int{2, 1} {
		t.Errorf("finding %+v, effect %+v", f, f.Effect)
	}
}

// TestBridgeInModel tests that the list for uint8 counts only with such inputs and outputs, and as a note where no spelling is near
// one.
func TestBridgeInModel(t *testing.T) {
	m, err := load.Open("../../samples/emg/model.pt2")
	if err != nil {
		t.Fatal(err)
	}
	run := pipeline.New(m, load.Synthetic(m, 1, 1))
	for _, io := range []bool{false, true} {
		cfg := pipeline.DefaultConfig("1.5.1")
		cfg.Static, cfg.HasIO, cfg.IO = true, io, quant.PresetArgs(quant.UInt8IO, false)
		r, err := Model(context.Background(), run, cfg)
		if err != nil {
			t.Fatal(err)
		}
		found := slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.ID == BridgeMissing && f.Severity == Note })
		if found != io || r.Failed() {
			t.Errorf("uint8 inputs and outputs %v: findings %+v", io, r.Findings)
		}
	}
}

// TestSARIF tests what the format demands of every result of every pack.
func TestSARIF(t *testing.T) {
	packs(t, func(t *testing.T, r *Report, _ quant.Annotator) {
		var b bytes.Buffer
		if err := r.WriteSARIF(&b, "test"); err != nil {
			t.Fatal(err)
		}
		var log sarif.Log
		d := json.NewDecoder(&b)
		d.DisallowUnknownFields()
		if err := d.Decode(&log); err != nil {
			t.Fatal(err)
		}
		if log.Version != "2.1.0" || len(log.Runs) != 1 || len(log.Runs[0].Results) != len(r.Findings) {
			t.Fatalf("version %q, %d runs", log.Version, len(log.Runs))
		}
		rules := log.Runs[0].Tool.Driver.Rules
		for _, x := range log.Runs[0].Results {
			if x.RuleIndex < 0 || rules[x.RuleIndex].ID != x.RuleID || x.Message.Text == "" ||
				!slices.Contains(severities, Severity(x.Level)) {
				t.Errorf("result %+v", x)
			}
		}
	})
}

// TestText tests that the text says each operator of the report.
func TestText(t *testing.T) {
	packs(t, func(t *testing.T, r *Report, _ quant.Annotator) {
		var b strings.Builder
		if err := r.WriteText(&b); err != nil {
			t.Fatal(err)
		}
		for _, f := range r.Findings {
			if !strings.Contains(b.String(), short(f.Op)) {
				t.Errorf("%s on %s is not in the text", f.ID, f.Op)
			}
		}
		if n := strings.Count(b.String(), "\n"); n > 200 {
			t.Errorf("%d lines", n)
		}
	})
}

func TestDiff(t *testing.T) {
	name := func(rel string, a quant.Annotator) PackName { return PackName{rel, a} }
	d, err := Diff(name("1.4.1", quant.Composable), name("1.5.1", quant.Composable))
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(d.Families, func(f FamilyDiff) bool { return f.Name == "shared.concat" })
	if i < 0 || !slices.Equal(d.Families[i].OnlyB, []string{"aten.concat.default"}) || d.Families[i].Same != 3 {
		t.Errorf("families %+v", d.Families)
	}
	if !slices.ContainsFunc(d.Ops, func(o OverloadRow) bool { return o.Op == "aten.concat.default" && len(o.InA) == 0 }) {
		t.Errorf("overloads %+v", d.Ops)
	}
	same, err := Diff(name("1.5.1", quant.Legacy), name("1.5.1", quant.Legacy))
	if err != nil || !same.Equal() {
		t.Errorf("a pack differs from itself: %+v, %v", same.Ops, err)
	}
	if _, err := Diff(name("9", quant.Legacy), name("1.5.1", quant.Legacy)); err == nil {
		t.Error("an unknown release has no error")
	}
}
