package quant

import (
	"fmt"

	"seam/model"
)

// groups is prepare's union-find over places.
type groups struct {
	*Annotation
	parent []Slot
}

// group finds which places share an observer, and numbers the groups by first member.
//
//	errors  an UpstreamError where prepare raises: a shared spec that names a place without one, or a group whose first
//	        place has no spec of its own
//	source  torchao/quantization/pt2e/prepare.py: _get_edge_or_node_to_group_id, _create_obs_or_fq_from_qspec
func (a *Annotation) group() error {
	u := &groups{a, make([]Slot, len(a.Specs))}
	for i := range u.parent {
		u.parent[i] = Slot(i)
	}
	for _, s := range a.Order {
		if err := u.visit(s); err != nil {
			return err
		}
	}
	a.Of = make([]GroupID, len(a.Specs))
	id := make([]GroupID, len(a.Specs)) // by root, +1
	for i := range a.Of {
		a.Of[i] = -1
	}
	for _, s := range a.Order {
		r := u.find(s)
		if id[r] == 0 {
			a.Groups = append(a.Groups, SharingGroup{ID: GroupID(len(a.Groups)), Root: s, Spec: a.Specs[s]})
			id[r] = GroupID(len(a.Groups))
		}
		g := &a.Groups[id[r]-1]
		g.Members, a.Of[s] = append(g.Members, s), g.ID
	}
	return a.settle()
}

// settle gives each group the spec of its first place.
func (a *Annotation) settle() error {
	for i := range a.Groups {
		g := &a.Groups[i]
		if g.Spec.Kind != Shared {
			continue
		}
		of := a.Of[g.Spec.Of]
		if of < 0 || of >= g.ID {
			return &model.UpstreamError{Step: "prepare", Text: fmt.Sprintf("AssertionError: %s shares with a place that has no observer yet",
				a.PlaceName(g.Root))}
		}
		g.Spec = a.Groups[of].Spec
	}
	return nil
}

func (u *groups) find(s Slot) Slot {
	for u.parent[s] != s {
		u.parent[s] = u.parent[u.parent[s]]
		s = u.parent[s]
	}
	return s
}

// union puts c into p's group, the other way round where p's own spec is shared with c.
func (u *groups) union(p, c Slot) {
	rp, rc := u.find(p), u.find(c)
	if q := u.Specs[rp]; q.Kind == Shared && q.Of == rc {
		u.parent[rp] = rc
		return
	}
	u.parent[rc] = rp
}

// unwrap follows shared specs to the one that stands behind them.
func (u *groups) unwrap(q QSpec) (QSpec, error) {
	for steps := 0; q.Kind == Shared; steps++ {
		r := u.find(q.Of)
		if u.Specs[r].Kind == NoSpec {
			return q, &model.UpstreamError{Step: "prepare", Text: fmt.Sprintf("KeyError: %s", u.PlaceName(q.Of))}
		}
		if steps > len(u.Specs) {
			return q, &model.UpstreamError{Step: "prepare", Text: "RecursionError: shared specs name each other"}
		}
		q = u.Specs[r]
	}
	return q, nil
}

func (u *groups) visit(s Slot) error {
	spec := u.Specs[s]
	p, n := u.Place(s)
	if n == model.None {
		if spec.Kind == Shared {
			u.union(spec.Of, s)
		}
		return nil
	}
	own, err := u.unwrap(spec)
	if err != nil {
		return err
	}
	for _, m := range u.Graph.Users(p) {
		if m == n {
			continue
		}
		if err := u.implicit(u.InputSlot(p, m), s, own); err != nil {
			return err
		}
	}
	if err := u.implicit(u.ValueSlot(p), s, own); err != nil {
		return err
	}
	if spec.Kind == Shared {
		u.union(spec.Of, s)
	}
	return nil
}

// implicit joins s to the place other of the same producer if their specs agree.
func (u *groups) implicit(other, s Slot, own QSpec) error {
	if !u.visited(other) {
		return nil
	}
	q, err := u.unwrap(u.Specs[other])
	if err == nil && q.Kind != NullSpec && own.Kind != NullSpec && q.same(own) {
		u.union(other, s)
	}
	return err
}

// visited says whether a place is a key: written by an annotated consumer or producer.
func (u *groups) visited(s Slot) bool {
	if s < 0 || u.Specs[s].Kind == NoSpec {
		return false
	}
	p, n := u.Place(s)
	if n == model.None {
		return u.Done[p] && u.Specs[s].Kind != NullSpec
	}
	return u.Done[n]
}
