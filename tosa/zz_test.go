package tosa_test

import (
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
