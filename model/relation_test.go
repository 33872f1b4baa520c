package model

import (
	"fmt"
	"testing"
)

func relation(of ...[]NodeID) Relation {
	return NewRelation(len(of), func(n NodeID) []NodeID { return of[n] })
}

func relationText(r Relation, n NodeID) string {
	var rows [][]NodeID
	for n := range n {
		rows = append(rows, r.Of(n))
	}
	return fmt.Sprint(rows)
}

func TestRelation(t *testing.T) {
	fused := relation([]NodeID{0}, []NodeID{1, 2}, nil, []NodeID{2})
	for _, c := range []struct {
		why  string
		r    Relation
		want string
	}{
		{"as given", fused, "[[0] [1 2] [] [2]]"},
		{"reversed", fused.Reverse(), "[[0] [1] [1 3] []]"},
		{"reversed twice", fused.Reverse().Reverse(), "[[0] [1 2] [] [2]]"},
		{"identity first", Identity(4).Then(fused), "[[0] [1 2] [] [2]]"},
		{"identity last", fused.Then(Identity(4)), "[[0] [1 2] [] [2]]"},
		{"two paths to one node", fused.Then(relation([]NodeID{5}, []NodeID{6, 7}, []NodeID{7})), "[[5] [6 7] [] [7]]"},
		{"nothing", Relation{}, "[[] [] [] []]"},
		{"nothing, reversed", Relation{}.Reverse(), "[[] [] [] []]"},
	} {
		if got := relationText(c.r, 4); got != c.want {
			t.Errorf("%s: %s, want %s", c.why, got, c.want)
		}
	}
	for m := range NodeID(4) {
		if got, want := fmt.Sprint(fused.Back(m)), fmt.Sprint(fused.Reverse().Of(m)); got != want {
			t.Errorf("back from %d: %s, want %s", m, got, want)
		}
	}
	if back := fused.Reverse(); back.Of(None) != nil || back.Of(7) != nil || back.Len() != 3 {
		t.Errorf("a node outside the reversed relation is tied to something, or it has %d nodes and not 3", back.Len())
	}
	if fused.Of(None) != nil || fused.Of(4) != nil {
		t.Error("a node outside the relation is tied to something")
	}
}
