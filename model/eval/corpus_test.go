package eval_test

import (
	"path/filepath"
	"testing"

	"seam/model/eval"
	"seam/model/load"
)

func TestOpenX(t *testing.T) {
	l, _ := filepath.Glob("/work/shared/corpus/*/*/model.pt2")
	bad := 0
	for _, p := range l {
		m, err := load.Open(p)
		if err != nil {
			bad++
			if bad < 10 {
				t.Log(p, err)
			}
			continue
		}
		for _, x := range eval.Missing(m.Graph) {
			t.Log(filepath.Base(filepath.Dir(p)), x)
		}
	}
	t.Log(len(l), bad)
}
