package ethosu

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"seam/internal/golden"
	"seam/model"
)

// TestMalformed breaks each call of each archived graph in turn, argument by argument, and expects an answer or an error, never
// a panic.
func TestMalformed(t *testing.T) {
	paths, _ := filepath.Glob("testdata/checks/*.txtar")
	tried := 0
	for _, p := range paths {
		a := golden.ReadTxtar(t, p)
		for _, name := range a.Names() {
			if g, err := model.Parse(a.File(name)); err == nil && strings.HasSuffix(name, ".in") {
				tried += breakAll(t, name, g)
			}
		}
	}
	if tried == 0 {
		t.Error("no graph was tried")
	}
}

// broken is what an argument is replaced with.
var broken = []model.Arg{
	{},
	model.ListArg(), model.IntArg(0), model.IntArg(-9), model.IntsArg(7), model.IntsArg(0, 0), model.StrArg("x"), model.FloatArg(0.5),
	model.ListArg(model.Arg{}, model.Arg{}), model.ConstArg("torch.int8"), model.IntsArg(9, -9, 3, 1, 0, 2),
}

func breakAll(t *testing.T, name string, g *model.Graph) int {
	t.Helper()
	tried := 0
	for i := range g.Len() {
		n := g.Node(model.NodeID(i))
		if n.Kind != model.Call {
			continue
		}
		args := make([]model.Arg, len(n.Args))
		for k := range args {
			args[k] = n.Args[k].Map(model.ID)
		}
		for k := range args {
			checkBroken(t, name, g, n, func(b *model.Builder, id model.NodeID) { b.SetArgs(id, args[:k], nil) })
			for _, v := range broken {
				with := slices.Clone(args)
				with[k] = v
				checkBroken(t, name, g, n, func(b *model.Builder, id model.NodeID) { b.SetArgs(id, with, nil) })
				tried++
			}
		}
		types := []model.Type{
			{},
			{Kind: model.SymKind, Text: "s0"},
			{Kind: model.ListKind},
			model.TensorOf(model.Float32, model.Shape{}),
			model.TensorOf(model.Int64, model.ShapeInts(0, 0)),
		}
		for _, typ := range types {
			checkBroken(t, name, g, n, func(b *model.Builder, id model.NodeID) { b.Node(id).Type = typ })
		}
	}
	return tried
}

func checkBroken(t *testing.T, name string, g *model.Graph, n *model.Node, breakIt func(*model.Builder, model.NodeID)) {
	t.Helper()
	b := model.Edit(g)
	breakIt(b, model.ID(g.ByName(n.Name)))
	h, _, err := b.Freeze()
	if err != nil {
		return
	}
	defer func() {
		if p := recover(); p != nil {
			t.Fatalf("%s: %s: support checks: panic: %v\n%s", name, n.Name, p, model.String(h))
		}
	}()
	for _, target := range []string{"ethos-u55-128", "ethos-u85-256"} {
		for _, release := range []string{"1.3.1", "1.5.1"} {
			_, _, _ = Check(h, Config{Target: target, Release: release}) // an error is an answer too
		}
	}
}
