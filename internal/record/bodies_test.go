package record

import (
	"strings"
	"testing"

	"seam/ethosu"
	"seam/model"
)

// nested is a cond in a branch of a cond; cumprod is in no list.
const nested = `graph edge
%p = placeholder p : bool[]
%q = placeholder q : bool[]
%x = placeholder x : int32[4]
%submodule_0 = get_attr submodule_0
%submodule_1 = get_attr submodule_1
%cond = call_function higher_order.cond(%p, %submodule_0, %submodule_1, [%x, %q]) : (int32[4])
%getitem = call_function _operator.getitem(%cond, 0) : int32[4]
%output = output output([%getitem]) : (int32[4])
sub submodule_0 {
  graph edge
  %x = placeholder x : int32[4]
  %q = placeholder q : bool[]
  %submodule_0 = get_attr submodule_0
  %submodule_1 = get_attr submodule_1
  %cond = call_function higher_order.cond(%q, %submodule_0, %submodule_1, [%x]) : (int32[4])
  %getitem = call_function _operator.getitem(%cond, 0) : int32[4]
  %output = output output([%getitem]) : (int32[4])
  sub submodule_0 {
    graph edge
    %x = placeholder x : int32[4]
    %add = call_function aten.add.Tensor(%x, %x) : int32[4]
    %output = output output([%add]) : (int32[4])
  }
  sub submodule_1 {
    graph edge
    %x = placeholder x : int32[4]
    %cumprod = call_function aten.cumprod.default(%x, 0) : int32[4]
    %mul = call_function aten.mul.Tensor(%cumprod, %x) : int32[4]
    %output = output output([%mul]) : (int32[4])
  }
}
sub submodule_1 {
  graph edge
  %x = placeholder x : int32[4]
  %q = placeholder q : bool[]
  %sub = call_function aten.sub.Tensor(%x, %x) : int32[4]
  %output = output output([%sub]) : (int32[4])
}
`

// The nodes of bodies are named by the way to their body, and come before those around them; a delegate in a branch of cond
// counts unless the cond is in one.
func TestBodies(t *testing.T) {
	for _, c := range []struct {
		name, text      string
		first, last     string // of the rejections
		bodies, tags    string
		delegates, subs int
	}{
		{
			"one branch not whole", nested,
			"submodule_0.submodule_1/cumprod", "submodule_0",
			"submodule_0 submodule_0.submodule_0 submodule_0.submodule_1 submodule_1", "tag0 tag1 tag2", 0, 3,
		},
		{
			"whole", strings.Replace(nested, "aten.cumprod.default(%x, 0)", "aten.add.Tensor(%x, %x)", 1), "", "",
			"submodule_0 submodule_0.submodule_0 submodule_0.submodule_1 submodule_1", "tag0 tag1 tag2 tag3 tag4", 1, 0,
		},
	} {
		g, err := model.Parse(c.text)
		if err != nil {
			t.Fatal(err)
		}
		p, err := ethosu.Run(g, ethosu.Config{Release: "1.5.1", Target: "ethos-u85-256"})
		if err != nil {
			t.Fatal(err)
		}
		var bodies []string
		for _, s := range subgraphs("", g, p) {
			bodies = append(bodies, s.Name)
		}
		if got := strings.Join(bodies, " "); got != c.bodies {
			t.Errorf("%s: bodies %s, want %s", c.name, got, c.bodies)
		}
		if got := strings.Join(tags(p), " "); got != c.tags {
			t.Errorf("%s: tags %s, want %s", c.name, got, c.tags)
		}
		if got := subCalls(g, p); got != c.subs {
			t.Errorf("%s: %d delegates in bodies, want %d", c.name, got, c.subs)
		}
		r := rejections(g, p)
		if c.first == "" && len(r) > 0 || c.first != "" && (len(r) == 0 || r[0].Node != c.first || r[len(r)-1].Node != c.last) {
			t.Errorf("%s: rejections %v, want %q first and %q last", c.name, r, c.first, c.last)
		}
		calls := 0
		for _, n := range Lower(edgeNodes(g, p), nil) {
			if n.Target == callDelegate {
				calls++
			}
		}
		if calls != c.delegates {
			t.Errorf("%s: %d delegates, want %d", c.name, calls, c.delegates)
		}
	}
}
