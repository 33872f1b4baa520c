package model

import (
	"fmt"
	"testing"
)

func relation(of ...[]NodeID) Relation {
	return NewRelation(len(of), func(n NodeID) []NodeID { return of[n] })
}

func relationText(r Relation) string {
	var rows [][]NodeID
	for n := range NodeID(r.Len()) {
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
		{"reversed", fused.Reverse(4), "[[0] [1] [1 3] []]"},
		{"reversed twice", fused.Reverse(4).Reverse(4), "[[0] [1 2] [] [2]]"},
		{"identity first", Identity(4).Then(fused), "[[0] [1 2] [] [2]]"},
		{"identity last", fused.Then(Identity(4)), "[[0] [1 2] [] [2]]"},
		{"two paths to one node", fused.Then(relation([]NodeID{5}, []NodeID{6, 7}, []NodeID{7})), "[[5] [6 7] [] [7]]"},
		{"nothing", Relation{}, "[]"},
		{"nothing, reversed", Relation{}.Reverse(1), "[[]]"},
	} {
		if got := relationText(c.r); got != c.want {
			t.Errorf("%s: %s, want %s", c.why, got, c.want)
		}
	}
	if fused.Of(None) != nil || fused.Of(4) != nil {
		t.Error("a node outside the relation is tied to something")
	}
}
