package quant

import (
	_ "embed" // the family lists
	"fmt"
	"slices"
	"strings"
	"sync"

	"seam/model"
)

//go:embed rules.txt
var rulesText string

// Releases are the releases that have a rule pack, oldest first.
func Releases() []string { return []string{"1.3.1", "1.4.1", "1.5.1"} }

// ParseRelease finds the pack of a release: 1.4.0 has the rules of 1.4.1, 1.5.0 those of 1.5.1.
//
//	errors  a release without a pack
func ParseRelease(s string) (string, error) {
	switch s {
	case "1.4.0":
		s = "1.4.1"
	case "1.5.0":
		s = "1.5.1"
	}
	if !slices.Contains(Releases(), s) {
		return "", fmt.Errorf("no rule pack %q: have %s", s, strings.Join(Releases(), ", "))
	}
	return s, nil
}

// DefaultAnnotator is the annotator that a release uses unless told otherwise.
//
//	source  backends/arm/quantizer/arm_quantizer.py: TOSAQuantizer, use_composable_quantizer
func DefaultAnnotator(release string) Annotator {
	if release == "1.3.1" {
		return Legacy
	}
	return Composable
}

// OpSet is a set of operators as bits by OpID.
type OpSet []uint64

// Has says whether the set holds op.
func (s OpSet) Has(op model.OpID) bool {
	return op >= 0 && int(op)>>6 < len(s) && s[op>>6]>>(op&63)&1 != 0
}

func (s *OpSet) set(op model.OpID, on bool) {
	for int(op)>>6 >= len(*s) {
		*s = append(*s, 0)
	}
	(*s)[op>>6] &^= 1 << (op & 63)
	if on {
		(*s)[op>>6] |= 1 << (op & 63)
	}
}

// Family is one list of an annotator: its operators, and where upstream keeps it.
type Family struct {
	Name string
	Rule model.Rule
	Ops  []string // in the list's order
	set  OpSet
}

// Rules is one release's lists of one annotator, with a person's edits.
type Rules struct {
	Release   string
	Annotator Annotator
	families  []Family
	byName    map[string]int
	owner     []int16 // by OpID: the first family that holds it + 1; 0 for none
}

// Family is the family of that name, nil if there is none.
func (r *Rules) Family(name string) *Family {
	if i, ok := r.byName[name]; ok {
		return &r.families[i]
	}
	return nil
}

// has says whether the family holds op.
func (r *Rules) has(name string, op model.OpID) bool {
	f := r.Family(name)
	return f != nil && f.set.Has(op)
}

// families is the sets that an annotator asks for at every node.
type families struct {
	conv, batchNorm, relu, single, oneToOne, arithmetic, cast  OpSet
	compare, gridSampler, fixedInput, sharedOutput, parameters OpSet
	shared, concat                                             OpSet
}

func (r *Rules) sets() families {
	set := func(name string) OpSet {
		if f := r.Family(name); f != nil {
			return f.set
		}
		return nil
	}
	return families{
		conv: set("conv"), batchNorm: set("batch_norm"), relu: set("relu"), single: set("single"), oneToOne: set("one_to_one"),
		arithmetic: set("arithmetic"), cast: set("cast"), compare: set("shared_compare"), gridSampler: set("grid_sampler"),
		fixedInput: set("fixed_input"), sharedOutput: set("shared_output"), parameters: set("parameter_targets"),
		shared: set("shared"), concat: set("shared.concat"),
	}
}

// Families is every family, in the order of the pack.
func (r *Rules) Families() []Family { return r.families }

// FamilyOf is the first family that holds op, nil if none does.
func (r *Rules) FamilyOf(op model.OpID) *Family {
	if op < 0 || int(op) >= len(r.owner) || r.owner[op] == 0 {
		return nil
	}
	return &r.families[r.owner[op]-1]
}

// rulesKey is what a set of rules depends on.
type rulesKey struct {
	release string
	ann     Annotator
}

// packs holds each release's unedited rules, parsed once.
var packs = sync.OnceValue(func() map[rulesKey]*Rules {
	out := map[rulesKey]*Rules{}
	for _, rel := range Releases() {
		for _, ann := range []Annotator{Composable, Legacy} {
			out[rulesKey{rel, ann}] = parseRules(rel, ann)
		}
	}
	return out
})

// LoadRules is the rules of a release and annotator, with edits applied.
//
//	errors  an unknown release; an edit of an unknown family or operator
func LoadRules(release string, ann Annotator, edits Edits) (*Rules, error) {
	base, ok := packs()[rulesKey{release, ann}]
	if !ok {
		return nil, fmt.Errorf("no rule pack %q", release)
	}
	if edits == "" {
		return base, nil
	}
	r := &Rules{Release: release, Annotator: ann, byName: base.byName}
	for _, f := range base.families {
		f.set = slices.Clone(f.set)
		r.families = append(r.families, f)
	}
	for _, e := range edits.List() {
		f, op := r.Family(e.Family), model.LookupOp(e.Op)
		if f == nil {
			return nil, fmt.Errorf("pack %s %s has no family %q: have %s", release, ann, e.Family, r.familyNames())
		}
		if op < 0 {
			return nil, fmt.Errorf("no operator %q", e.Op)
		}
		f.set.set(op, e.On)
	}
	r.own()
	return r, nil
}

func (r *Rules) familyNames() string {
	var names []string
	for _, f := range r.families {
		names = append(names, f.Name)
	}
	return strings.Join(names, ", ")
}

func (r *Rules) own() {
	r.owner = make([]int16, model.NumOps())
	for i := len(r.families) - 1; i >= 0; i-- {
		for op := range r.owner {
			if r.families[i].set.Has(model.OpID(op)) {
				r.owner[op] = int16(i + 1)
			}
		}
	}
}

func parseRules(release string, ann Annotator) *Rules {
	r := &Rules{Release: release, Annotator: ann, byName: map[string]int{}}
	mine := false
	for _, line := range strings.Split(rulesText, "\n") {
		if strings.HasPrefix(line, "#") {
			continue
		}
		if head, src, ok := strings.Cut(line, "] "); ok {
			a, name, _ := strings.Cut(head[1:], " ")
			if mine = a == ann.String(); mine {
				file, sym, _ := strings.Cut(src, ": ")
				r.byName[name] = len(r.families)
				r.families = append(r.families, Family{Name: name, Rule: model.Rule{
					ID: "Q-" + strings.ToUpper(name), File: file, Symbol: sym,
				}})
			}
			continue
		}
		if mine {
			f := &r.families[len(r.families)-1]
			for _, w := range strings.Fields(line) {
				f.add(w, release)
			}
		}
	}
	r.own()
	return r
}

// add puts one word of rules.txt into the family, if the release has it.
func (f *Family) add(word, release string) {
	name, since, ok := strings.Cut(word, ">=")
	if ok && release < since {
		return
	}
	name, until, ok := strings.Cut(name, "<=")
	if ok && release > until {
		return
	}
	full := fullName(name)
	f.Ops = append(f.Ops, full)
	if op := model.LookupOp(full); op >= 0 {
		f.set.set(op, true)
	}
}

// fullName fills in what rules.txt leaves out.
func fullName(s string) string {
	if strings.HasPrefix(s, "_operator.") || strings.HasPrefix(s, "higher_order.") || strings.HasPrefix(s, "aten.") {
		return s
	}
	if !strings.Contains(s, ".") {
		s += ".default"
	}
	return "aten." + s
}

// Entry is one overload of a family as a toggle shows it.
type Entry struct {
	Op          string
	On, Default bool
}

// FamilyView is a family with the state of each entry.
type FamilyView struct {
	Name, File, Symbol string
	Entries            []Entry
}

// View lists the families with what is on, and what is on in the pack without edits. Overloads that another release or a
// sibling spelling adds are listed too, switched off.
func (r *Rules) View() []FamilyView {
	base := packs()[rulesKey{r.Release, r.Annotator}]
	newest := packs()[rulesKey{Releases()[len(Releases())-1], r.Annotator}]
	var out []FamilyView
	for i, f := range r.families {
		v := FamilyView{Name: f.Name, File: f.Rule.File, Symbol: f.Rule.Symbol}
		list := slices.Clone(f.Ops)
		for _, op := range append(slices.Clone(newest.families[i].Ops), siblings(f.Name)...) {
			if !slices.Contains(list, op) {
				list = append(list, op)
			}
		}
		for op := range model.NumOps() {
			if name := model.OpID(op).Name(); f.set.Has(model.OpID(op)) && !slices.Contains(list, name) {
				list = append(list, name)
			}
		}
		for _, name := range list {
			op := model.LookupOp(name)
			v.Entries = append(v.Entries, Entry{name, f.set.Has(op), base.families[i].set.Has(op)})
		}
		out = append(out, v)
	}
	return out
}

// siblings is the spellings of concatenation that no list of any release holds, offered in the families of the concat case.
func siblings(family string) []string {
	switch family {
	case "shared.concat":
		return []string{"aten.concat.default", "aten.hstack.default", "aten.vstack.default"}
	case "io.uint8_bridge":
		return []string{"aten.concat.default"}
	}
	return nil
}
