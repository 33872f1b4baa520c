package model

import (
	"errors"
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		why   string
		spoil func(*Graph)
		want  string
	}{
		{"untouched", func(*Graph) {}, ""},
		{"two nodes of one name", func(g *Graph) { g.nodes[3].Name = g.nodes[2].Name }, "6 names for 7 nodes"},
		{"no name", func(g *Graph) { g.nodes[2].Name = "" }, "node 2 has no name"},
		{"reads itself", func(g *Graph) { g.ins[0] = 2 }, `node "relu" reads a node that is not defined before it`},
		{"reads a later node", func(g *Graph) { g.ins[0] = 4 }, `node "relu" reads a node that is not defined before it`},
		{"reads nothing", func(g *Graph) { g.ins[0] = None }, `node "relu" reads a node that is not defined before it`},
		{"no such mark place", func(g *Graph) { g.cells[3] = 9 }, `node "abs_1" has no mark place 9`},
		{"output in the middle", func(g *Graph) { g.nodes[3].Kind = Output }, `output "abs_1" is not the last node`},
	} {
		g := parse(t, chain)
		c.spoil(g)
		got := ""
		if err := errors.Join(Check(g), CheckNames(g)); err != nil {
			got = err.Error()
		}
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", c.why, got, c.want)
		}
	}
}

func TestFreezeRefuses(t *testing.T) {
	for _, c := range []struct {
		why  string
		edit func(b *Builder, x, relu, abs NodeID)
		want string
	}{
		{"a forward reference", func(b *Builder, _, relu, abs NodeID) { b.ReplaceIn(relu, 1, abs) }, `node "relu" reads`},
		{"an erased node", func(b *Builder, x, _, abs NodeID) {
			b.AtEnd()
			dead := b.Add(call("aten.neg.default", NodeArg(x)))
			b.Erase(dead)
			b.ReplaceIn(abs, x, dead)
		}, `node "abs_1" reads`},
		{"a node behind the output", func(b *Builder, x, _, _ NodeID) {
			b.AtEnd()
			b.Add(call("aten.neg.default", NodeArg(x)))
		}, `output "output" is not the last node`},
	} {
		g := parse(t, chain)
		b := Edit(g)
		c.edit(b, at(t, g, "x"), at(t, g, "relu"), at(t, g, "abs_1"))
		if _, _, err := b.Freeze(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", c.why, err, c.want)
		}
	}
}
