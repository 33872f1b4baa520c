package eval_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"testing"

	"seam/model"
	"seam/model/eval"
	"seam/model/load"
)

type rst struct {
	DType         string
	Shape         []int
	V             []string
	Min, Max, Sum string
}

func pf(s string) float64 { f, _ := strconv.ParseFloat(s, 64); return f }

func cmp(v *eval.Value, raw json.RawMessage) (float64, string) {
	if len(raw) == 0 || string(raw) == "null" {
		return 0, ""
	}
	if raw[0] == '[' {
		var l []json.RawMessage
		json.Unmarshal(raw, &l)
		if v == nil || len(v.List) != len(l) {
			return 0, fmt.Sprintf("list %d", len(l))
		}
		w := 0.0
		for i := range l {
			e, s := cmp(v.List[i], l[i])
			if s != "" {
				return 0, s
			}
			w = math.Max(w, e)
		}
		return w, ""
	}
	var r rst
	json.Unmarshal(raw, &r)
	if v == nil {
		return 0, "nil"
	}
	if v.DType.String() != r.DType || fmt.Sprint(v.Shape) != fmt.Sprint(r.Shape) && len(v.Shape)+len(r.Shape) > 0 {
		return 0, fmt.Sprintf("%s%v want %s%v", v.DType, v.Shape, r.DType, r.Shape)
	}
	n := v.Len()
	if n == 0 {
		return 0, ""
	}
	at := func(i int) float64 {
		if v.F != nil {
			return float64(v.F[i])
		}
		return float64(v.I[i])
	}
	mx := math.Max(math.Abs(pf(r.Min)), math.Abs(pf(r.Max)))
	if mx == 0 || math.IsInf(mx, 0) || mx != mx {
		mx = 1
	}
	worst := 0.0
	dif := func(a, b float64) float64 {
		if a == b || a != a && b != b {
			return 0
		}
		if math.IsInf(b, 0) || b != b || a != a || math.IsInf(a, 0) {
			return 9
		}
		return math.Abs(a-b) / mx
	}
	k := len(r.V)
	for i, s := range r.V {
		j := 0
		if k > 1 {
			j = linidx(n, k, i)
		}
		d := dif(at(j), pf(s))
		if d > worst {
			worst = d
		}
	}
	lo, hi := math.Inf(1), math.Inf(-1)
	for i := range n {
		lo, hi = math.Min(lo, at(i)), math.Max(hi, at(i))
	}
	worst = math.Max(worst, math.Max(dif(lo, pf(r.Min)), dif(hi, pf(r.Max))))
	return worst, ""
}

func linidx(n, k, i int) int {
	step := float32(n-1) / float32(k-1)
	if i < k/2 {
		return int(float32(0) + step*float32(i))
	}
	return int(float32(n-1) - step*float32(k-1-i))
}

func TestZZRef(t *testing.T) {
	data, err := os.ReadFile("/tmp/eval_ref.json")
	if err != nil {
		t.Skip()
	}
	var ref map[string]struct{ Nodes map[string]json.RawMessage }
	if err := json.Unmarshal(data, &ref); err != nil {
		t.Fatal(err)
	}
	var keys []string
	for k := range ref {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	count, errs := 0, 0
	for _, k := range keys {
		p := filepath.Join("/work/shared/corpus", k, "model.pt2")
		m, err := load.Open(p)
		if err != nil {
			t.Log(k, err)
			continue
		}
		d, err := load.Calib(filepath.Join("/work/shared/corpus", k, "calib.npz"), m)
		if err != nil {
			t.Log(k, "calib", err)
			continue
		}
		pr, err := eval.Compile(m.Graph)
		if err != nil {
			t.Log(k, "compile", err)
			errs++
			continue
		}
		bad := false
		_, err = pr.Run(context.Background(), d.Batches[0], func(n model.NodeID, v *eval.Value) error {
			nd := m.Graph.Node(n)
			if bad || nd.Kind == model.GetAttr {
				return nil
			}
			e, s := cmp(v, ref[k].Nodes[nd.Name])
			count++
			if s != "" || e > 5e-6 {
				bad = true
				errs++
				t.Logf("%s: %s %s: %s %g", k, nd.Name, nd.Target, s, e)
			}
			return nil
		})
		if err != nil {
			errs++
			t.Log(k, "run", err)
		}
	}
	t.Log(len(keys), "cases", count, "nodes", errs, "bad")
}
