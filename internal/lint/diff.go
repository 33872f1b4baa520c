package lint

import (
	"slices"

	"seam/quant"
)

// PackDiff is what two packs' lists hold differently.
type PackDiff struct {
	A        string        `json:"a"`
	B        string        `json:"b"`
	Families []FamilyDiff  `json:"families"`
	Ops      []OverloadRow `json:"overloads"`
}

// FamilyDiff is one family: what only the one, and only the other pack has in it.
type FamilyDiff struct {
	Name  string   `json:"name"`
	In    string   `json:"in"` // "both", or the pack that alone has a family of that name
	OnlyA []string `json:"only_a"`
	OnlyB []string `json:"only_b"`
	Same  int      `json:"same"` // operators in both
}

// OverloadRow is an overload that the packs' families hold differently.
type OverloadRow struct {
	Op    string   `json:"overload"`
	InA   []string `json:"in_a"` // families
	InB   []string `json:"in_b"`
	PassA string   `json:"pass_a,omitempty"` // the pass that replaces it before annotation, held or not
	PassB string   `json:"pass_b,omitempty"`
}

// PackName names a pack.
type PackName struct {
	Release   string
	Annotator quant.Annotator
}

func (p PackName) String() string { return p.Release + " " + p.Annotator.String() }

// Diff compares two packs, family by family and overload by overload.
//
//	errors  an unknown release
func Diff(a, b PackName) (*PackDiff, error) {
	p, err := newPack(a.Release, a.Annotator, "")
	if err != nil {
		return nil, err
	}
	q, err := newPack(b.Release, b.Annotator, "")
	if err != nil {
		return nil, err
	}
	d := &PackDiff{A: a.String(), B: b.String(), Families: []FamilyDiff{}, Ops: []OverloadRow{}}
	for _, f := range p.families {
		d.Families = append(d.Families, d.family(f.Name, f, q.family(f.Name)))
	}
	for _, g := range q.families {
		if p.family(g.Name) == nil {
			d.Families = append(d.Families, d.family(g.Name, nil, g))
		}
	}
	c := checker{pack: p, others: []*pack{q}}
	for _, op := range c.overloads() {
		row := OverloadRow{op, p.named(op), q.named(op), p.rewritten[op], q.rewritten[op]}
		if !slices.Equal(row.InA, row.InB) || row.PassA != row.PassB {
			d.Ops = append(d.Ops, row)
		}
	}
	return d, nil
}

// Equal says whether the packs hold the same.
func (d *PackDiff) Equal() bool { return len(d.Ops) == 0 }

// family compares a family of both packs; nil for a pack without it.
func (d *PackDiff) family(name string, f, g *family) FamilyDiff {
	out := FamilyDiff{Name: name, In: "both", OnlyA: []string{}, OnlyB: []string{}}
	var inA, inB []string
	if f == nil {
		out.In = d.B
	} else {
		inA = f.list()
	}
	if g == nil {
		out.In = d.A
	} else {
		inB = g.list()
	}
	for _, op := range inA {
		if slices.Contains(inB, op) {
			out.Same++
		} else {
			out.OnlyA = append(out.OnlyA, op)
		}
	}
	for _, op := range inB {
		if !slices.Contains(inA, op) {
			out.OnlyB = append(out.OnlyB, op)
		}
	}
	return out
}
