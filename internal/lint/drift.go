package lint

import (
	"fmt"
	"slices"

	"seam/model"
)

// drift looks for operators that another release or the other annotator decides otherwise about, beside those that were found.
func (c *checker) drift() {
	for _, op := range c.overloads() {
		if c.found[op] || model.LookupOp(op) < 0 {
			continue
		}
		if f, ok := c.across(op, ReleaseDrift); ok {
			c.add(f)
			continue
		}
		if f, ok := c.across(op, AnnotatorDrift); ok {
			c.add(f)
		}
	}
}

// across compares with the packs of the same annotator, or with the other annotator of the same release.
func (c *checker) across(op, id string) (Finding, bool) {
	var lacking, other *pack
	for _, o := range c.others {
		if (o.annotator == c.annotator) != (id == ReleaseDrift) || id == AnnotatorDrift && o.release != c.release {
			continue
		}
		switch {
		case o.knows(op) != c.knows(op):
			lacking = o
		case o.treatment(op) != c.treatment(op) && o.treatment(op) != "" && c.treatment(op) != "":
			other = o
		}
	}
	switch {
	case lacking != nil && c.knows(op):
		return c.gone(op, id, lacking)
	case lacking != nil:
		return c.lacks(op, id, lacking), true
	case other != nil:
		f := Finding{ID: id, Severity: Note, Op: op}.in(c.home(op))
		f.Text = fmt.Sprintf("%s %s; in %s it %s", short(op), c.treatment(op), other.name(), other.treatment(op))
		return f, true
	}
	return Finding{}, false
}

// lacks is the finding on an operator that the other pack knows and this one does not.
func (c *checker) lacks(op, id string, other *pack) Finding {
	f := Finding{ID: id, Severity: Warning, Op: op, Edge: c.edges.computed(op)}
	if form := c.edges.form[op]; len(form) > 0 && len(f.Edge) == 0 || integral(op) || compares(op) {
		f.Severity = Note
	}
	if home := other.home(op); home != nil {
		if mine := c.family(home.Name); mine != nil {
			f = f.in(mine).mend()
		}
		f.Text = fmt.Sprintf("%s is held by %s of %s, and by no list here", short(op), home.Name, other.name())
		return f
	}
	f.Text = fmt.Sprintf("%s is replaced by %s with %s, and not here", short(op), other.rewritten[op], other.name())
	return f
}

// gone is the finding on an operator that this pack knows and the newest release of the annotator does not. That an older one, or
// the other annotator, lacks it is their finding.
func (c *checker) gone(op, id string, other *pack) (Finding, bool) {
	newest := c.others[len(c.others)-1].release
	if id != ReleaseDrift || other.release < newest || other.release < c.release {
		return Finding{}, false
	}
	f := Finding{ID: id, Severity: Note, Op: op}.in(c.home(op))
	f.Text = fmt.Sprintf("%s is held here, and no more by %s", short(op), other.name())
	return f, true
}

// named is the names of the families that hold an operator in a pack, in the pack's order.
func (p *pack) named(op string) []string {
	out := []string{}
	for _, f := range p.families {
		if f.ops[op] && !slices.Contains(out, f.Name) {
			out = append(out, f.Name)
		}
	}
	return out
}
