package exec_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"seam/model"
	"seam/model/eval"
	"seam/model/load"
	"seam/quant"
	"seam/tosa/exec"
)

// BenchmarkModels runs the recorded delegates of each model in whole numbers, and in float the graph that calibration runs, one
// batch each. That graph is the one after the transforms, which take a recurrent layer or an attention apart.
func BenchmarkModels(b *testing.B) {
	root := os.Getenv("SEAM_CORPUS")
	if root == "" {
		b.Skip("SEAM_CORPUS is not set")
	}
	dirs, _ := filepath.Glob(filepath.Join(root, "models", "*"))
	for _, dir := range dirs {
		for _, config := range []string{"composable-u85", "composable-u85-a16"} {
			files, _ := filepath.Glob(filepath.Join(dir, "tosa", config, "*.io.npz"))
			if len(files) > 0 {
				b.Run(filepath.Base(dir)+"/"+config, func(b *testing.B) { benchmarkDelegates(b, files) })
			}
		}
		b.Run(filepath.Base(dir)+"/float", func(b *testing.B) { benchmarkFloat(b, dir) })
	}
}

func benchmarkDelegates(b *testing.B, files []string) {
	var progs []*exec.Program
	var inputs [][]*model.Tensor
	for _, f := range files {
		_, p := readProgram(b, strings.TrimSuffix(f, ".io.npz")+".tosa")
		in, _ := readIO(b, f)
		progs, inputs = append(progs, p), append(inputs, in)
	}
	b.ReportAllocs()
	for b.Loop() {
		for i, p := range progs {
			if _, err := p.Run(context.Background(), inputs[i], nil); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func benchmarkFloat(b *testing.B, dir string) {
	m, err := load.Open(filepath.Join(dir, "model.pt2"))
	if err != nil {
		b.Fatal(err)
	}
	data, err := load.Calib(filepath.Join(dir, "calib.npz"), m)
	if err != nil {
		b.Fatal(err)
	}
	rules, err := quant.LoadRules("1.5.1", quant.Composable, "")
	if err != nil {
		b.Fatal(err)
	}
	t, err := quant.Transform(m.Graph, rules, quant.Config{Release: "1.5.1", Args: quant.PresetArgs(quant.Int8, true)})
	if err != nil {
		b.Fatal(err)
	}
	p, err := eval.Compile(t.Graph)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Run(context.Background(), data.Batches[0], nil); err != nil {
			b.Fatal(err)
		}
	}
}
