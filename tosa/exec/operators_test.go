package exec_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"seam/model"
	"seam/model/npz"
	"seam/tosa"
	"seam/tosa/exec"
)

// operatorCases is graphs of one operator with inputs, and the outputs that the reference model gave for them. An int48 result
// is followed by a RESCALE. In the archive, a compressed .npz, a case is the arrays NAME-n.tosa (the bytes of the file), NAME-n.in0 and so on, and
// NAME-n.out0.
const operatorCases = "testdata/operators.npz.gz"

// readOperators is the arrays of the archive by name, and the names of the cases.
func readOperators(tb testing.TB) (arrays map[string]*model.Tensor, cases []string) {
	tb.Helper()
	f, err := os.Open(operatorCases)
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		tb.Fatal(err)
	}
	data, err := io.ReadAll(z)
	if err != nil {
		tb.Fatal(err)
	}
	list, err := npz.Read(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		tb.Fatal(err)
	}
	arrays = map[string]*model.Tensor{}
	for _, a := range list {
		arrays[a.Name] = a.Tensor
		if name, ok := strings.CutSuffix(a.Name, ".tosa"); ok {
			cases = append(cases, name)
		}
	}
	return arrays, cases
}

// TestOperators compares every operator with the reference model.
func TestOperators(t *testing.T) {
	byName, cases := readOperators(t)
	covered := map[string]bool{}
	for _, name := range cases {
		op, _, _ := strings.Cut(name, "-")
		covered[op] = true
		if d := operatorDifference(byName, name); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
	for _, op := range exec.Operators() {
		if !covered[op] {
			t.Errorf("no case of %s", op)
		}
	}
	t.Logf("%d cases", len(cases))
}

func operatorDifference(arrays map[string]*model.Tensor, name string) string {
	f, err := tosa.Read(arrays[name+".tosa"].Raw, name)
	if err != nil {
		return err.Error()
	}
	p, err := exec.Compile(f.Lowered().Graph)
	if err != nil {
		return err.Error()
	}
	var in []*model.Tensor
	for i := 0; arrays[fmt.Sprintf("%s.in%d", name, i)] != nil; i++ {
		in = append(in, arrays[fmt.Sprintf("%s.in%d", name, i)])
	}
	out, err := p.Run(context.Background(), in, nil)
	if err != nil {
		return err.Error()
	}
	return firstDifference(out[0], arrays[name+".out0"])
}

func TestOperatorsSorted(t *testing.T) {
	if ops := exec.Operators(); !slices.IsSorted(ops) || len(slices.Compact(slices.Clone(ops))) != len(ops) {
		t.Errorf("not sorted: %v", ops)
	}
}
