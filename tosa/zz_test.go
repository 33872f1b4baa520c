package tosa_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"seam/model"
	"seam/tosa"
)

func TestZZ(t *testing.T) {
	if os.Getenv("ZZ") == "" {
		t.Skip()
	}
	files, _ := filepath.Glob("/work/shared/corpus/*/*/golden-*.json")
	count := map[string]int{}
	ex := map[string]string{}
	all, ok := 0, 0
	for _, f := range files {
		r := readRecording(t, f)
		if len(r.Edge) == 0 {
			continue
		}
		func() {
			defer func() {
				if p := recover(); p != nil {
					k := fmt.Sprint("PANIC ", p)
					count[k]++
					ex[k] = f
				}
			}()
			g, tags := r.graph(t)
			for tag, nodes := range tags {
				all++
				l, err := tosa.Lower(g, nodes, 0, tosa.Config{U55: strings.Contains(f, "u55")})
				if err != nil {
					k := "ERR " + err.Error()
					count[k]++
					ex[k] = f
					continue
				}
				if len(l.Failed) > 0 {
					k := l.Failed[0].Text
					count[k]++
					ex[k] = f + " " + tag
					continue
				}
				ok++; for _,x:=range l.Notes { count["NOTE "+x.Rule.ID]++; ex["NOTE "+x.Rule.ID]=f+" "+x.Text }
			}
		}()
	}
	var ks []string
	for k := range count {
		ks = append(ks, k)
	}
	sort.Slice(ks, func(i, j int) bool { return count[ks[i]] > count[ks[j]] })
	fmt.Println(all, ok)
	for _, k := range ks {
		fmt.Println(count[k], k, strings.TrimPrefix(ex[k], "/work/shared/corpus/"))
	}
}
func TestZZ2(t *testing.T){
 if os.Getenv("ZZ")=="" {t.Skip()}
 res:=runModel(t,os.Getenv("ZZ"),"composable-u85")
 for _,p:=range res.Part.Parts { for _,n:=range p.Nodes { x:=res.Edge.Graph.Node(n); fmt.Println(x.Name,x.Target,x.Type.T.Format(nil)) }
 l,_:=tosa.Lower(res.Edge.Graph,p.Nodes,p.Tag,tosa.Config{}); fmt.Println(tosa.String(l)) }
 for i:=0;i<res.Edge.Graph.Len();i++ { x:=res.Edge.Graph.Node(int32ID(i)); if x.Kind!=2 { fmt.Println(x.Kind,x.Name,x.Target,x.Type.T.Format(nil)); if a,ok:=res.Edge.Graph.Attrs.Get(x.Target);ok { fmt.Println("  ",a.Tensor.DType,a.Tensor.Shape.Ints(),a.Tensor.Raw) } } }
}
func int32ID(i int) model.NodeID { return model.NodeID(i) }

func TestZZGen(t *testing.T) {
	if os.Getenv("ZZGEN") == "" {
		t.Skip()
	}
	list, _ := os.ReadFile(os.Getenv("ZZGEN"))
	for _, id := range strings.Fields(string(list)) {
		id, config, _ := strings.Cut(id, "/")
		dir := "/tmp/corp/ops/" + id
		raw, err := os.ReadFile(filepath.Join(dir, "golden-"+config+".json"))
		if err != nil {
			t.Error(err)
			continue
		}
		var top struct {
			Edge []json.RawMessage `json:"edge_graph"`
		}
		if err := json.Unmarshal(raw, &top); err != nil {
			t.Fatal(err)
		}
		r := readRecording(t, filepath.Join(dir, "golden-"+config+".json"))
		g, tags := r.graph(t)
		var b strings.Builder
		b.WriteString("ExecuTorch 1.5.1: " + id + ", " + config + "\n-- edge.json --\n{\"edge_graph\":[\n")
		for i, n := range top.Edge {
			if i > 0 {
				b.WriteString(",\n")
			}
			b.Write(n)
		}
		b.WriteString("\n],\"consts\":{")
		first := true
		for i := 0; i < g.Len(); i++ {
			x := g.Node(model.NodeID(i))
			if a, ok := g.Attrs.Get(x.Target); ok && a.Tensor != nil && x.Kind == model.Placeholder {
				c, _ := json.Marshal(map[string]any{"dtype": a.Tensor.DType.String(), "shape": a.Tensor.Shape.Ints(), "raw": a.Tensor.Raw})
				if !first {
					b.WriteString(",")
				}
				first = false
				fmt.Fprintf(&b, "\n%q:%s", x.Target, c)
			}
		}
		b.WriteString("\n}}\n")
		var ts []string
		for tag := range tags {
			ts = append(ts, tag)
		}
		sort.Strings(ts)
		for _, tag := range ts {
			f := filepath.Join(dir, "tosa", config, tag+".tosa")
			if _, err := os.Stat(f); err != nil {
				continue
			}
			l, err := tosa.Lower(g, tags[tag], 0, tosa.Config{U55: strings.Contains(config, "u55")})
			if err != nil || len(l.Failed) > 0 {
				t.Error(id, err, l)
				continue
			}
			want := readTOSA(t, f)
			if d := compareNormal(tosa.Normal(l), readTOSA(t, f)); d != "" {
				t.Error(id, tag, d)
				continue
			}
			j, _ := json.Marshal(want)
			s := strings.ReplaceAll(string(j), "{\"op\"", "\n{\"op\"")
			fmt.Fprintf(&b, "-- %s.normal.json --\n%s\n", tag, s)
		}
		name := strings.TrimPrefix(id, "test_")
		if err := os.WriteFile(filepath.Join("testdata/ops", name+"-"+config+".txtar"), []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
