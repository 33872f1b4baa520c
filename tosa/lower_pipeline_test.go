package tosa_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"seam/internal/pipeline"
	"seam/internal/record"
	"seam/model/load"
	"seam/tosa"
)

// runModel runs a model of the corpus from its file and calibration data, up to the delegates in TOSA.
func runModel(t *testing.T, modelDir, config string) *pipeline.Result {
	t.Helper()
	f, err := os.Open(recordingOf(modelDir, config))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rec, err := record.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := record.ConfigOf(rec)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(config, "u85") {
		cfg.Target = "ethos-u85-256"
	}
	m, err := load.Open(filepath.Join(modelDir, "model.pt2"))
	if err != nil {
		t.Fatal(err)
	}
	d, err := load.Calib(filepath.Join(modelDir, "calib.npz"), m)
	if err != nil {
		t.Fatal(err)
	}
	res, err := pipeline.New(m, d).Run(context.Background(), cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	if res.Failed != nil {
		t.Skip(res.Failed)
	}
	return res
}

// TestPipelineCorpus compares what a model's file and calibration data lead to with upstream's files: operators, shapes,
// attributes and weights exactly, the real scale of every RESCALE within the tolerance of calibration.
func TestPipelineCorpus(t *testing.T) {
	dir := os.Getenv("SEAM_CORPUS")
	if dir == "" {
		t.Skip("SEAM_CORPUS is not set")
	}
	dirs, err := filepath.Glob(filepath.Join(dir, "*", "*", "tosa", "*"))
	if err != nil {
		t.Fatal(err)
	}
	equal, all := 0, 0
	for _, d := range dirs {
		config, modelDir := filepath.Base(d), filepath.Dir(filepath.Dir(d))
		files, err := filepath.Glob(filepath.Join(d, "*.tosa"))
		if err != nil {
			t.Fatal(err)
		}
		all += len(files)
		t.Run(filepath.Base(modelDir)+"/"+config, func(t *testing.T) {
			res := runModel(t, modelDir, config)
			for _, f := range files {
				num, _ := strconv.Atoi(strings.TrimPrefix(strings.TrimSuffix(filepath.Base(f), ".tosa"), "tag"))
				if d := compareDelegate(t, res, num, f); d != "" {
					t.Errorf("tag%d: %s", num, d)
				} else {
					equal++
				}
			}
		})
	}
	t.Logf("%d of %d delegates are equal within the tolerance of calibration", equal, all)
}

func compareDelegate(t *testing.T, res *pipeline.Result, tag int, file string) string {
	for _, p := range res.Part.Parts {
		if p.Tag != tag {
			continue
		}
		l, err := tosa.Lower(context.Background(), res.Edge.Graph, p.Nodes, tag, tosa.Config{Release: res.Config.Release, U55: res.Part.Target.U55})
		switch {
		case err != nil:
			return err.Error()
		case len(l.Failed) > 0:
			return l.Failed[0].Text
		}
		f, err := tosa.Read(written(t, l), res.Model.Name)
		if err != nil {
			return err.Error()
		}
		got, want := f.Normal(), readTOSA(t, file)
		if d := compareScales(got, want); d != "" {
			return d
		}
		hideCalibrated(got)
		hideCalibrated(want)
		return compareNormal(got, want)
	}
	return "no such delegate"
}

// scaleTolerance is how far a scale may be from upstream's, relative to it. Float32 sums of a few thousand products differ in
// the last digits by the order of their terms.
const scaleTolerance = 1e-5

// compareScales is the first RESCALE whose real scales are not upstream's, "" if there is none. Other differences are left to
// compareNormal.
func compareScales(got, want tosa.NormalForm) string {
	for i, w := range want.Regions[0].Operators {
		if i >= len(got.Regions[0].Operators) || w.Op != "RESCALE" || got.Regions[0].Operators[i].Op != "RESCALE" {
			continue
		}
		a, b := realScales(got.Regions[0].Operators[i]), realScales(w)
		for k := range min(len(a), len(b)) {
			if math.Abs(a[k]-b[k]) > scaleTolerance*b[k] {
				return fmt.Sprintf("operator %d: scale %d is %v, want %v", i, k, a[k], b[k])
			}
		}
	}
	return ""
}

// realScales is the first scales of a RESCALE.
func realScales(o tosa.NormalOperator) []float64 {
	out := make([]float64, len(o.Inputs[1].Const.First))
	for i, m := range o.Inputs[1].Const.First {
		out[i] = math.Ldexp(float64(m), -int(o.Inputs[2].Const.First[i]))
	}
	return out
}

// hideCalibrated takes out the constants that calibration has a part in: all but weights, which have four axes.
func hideCalibrated(f tosa.NormalForm) {
	for _, o := range f.Regions[0].Operators {
		for _, in := range o.Inputs {
			if in.Const != nil && len(in.Const.Shape) != 4 {
				in.Const.SHA256, in.Const.First = "", nil
			}
		}
	}
}
