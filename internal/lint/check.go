package lint

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"seam/model"
	"seam/quant"
)

// checker holds one pack against its siblings.
type checker struct {
	*pack
	edges    *index
	support  *support
	others   []*pack // every other pack: the same release's first, then by release
	findings []Finding
	found    map[string]bool // operators that have a finding on where they are held
}

// Pack reports the gaps of one release's lists for one annotator. With edits it reports those that are left.
//
//	errors  an unknown release; an edit of an unknown family or operator
func Pack(release string, ann quant.Annotator, edits quant.Edits) (*Report, error) {
	c, err := newChecker(release, ann, edits)
	if err != nil {
		return nil, err
	}
	c.spellings()
	c.bridge()
	c.splits()
	c.drift()
	r := &Report{
		Schema: "seam/lint", Version: 1, Pack: release, Annotator: ann.String(), Edits: string(edits), Findings: c.findings,
	}
	if r.Findings == nil {
		r.Findings = []Finding{}
	}
	r.settle()
	return r, nil
}

func newChecker(release string, ann quant.Annotator, edits quant.Edits) (*checker, error) {
	p, err := newPack(release, ann, edits)
	if err != nil {
		return nil, fmt.Errorf("load rule pack: %w", err)
	}
	c := &checker{pack: p, edges: edges(), support: &support{release: release}, found: map[string]bool{}}
	for _, a := range []quant.Annotator{quant.Composable, quant.Legacy} {
		for _, rel := range quant.Releases() {
			if rel == release && a == ann {
				continue
			}
			o, err := newPack(rel, a, "")
			if err != nil {
				return nil, fmt.Errorf("load rule pack: %w", err)
			}
			c.others = append(c.others, o)
		}
	}
	slices.SortStableFunc(c.others, func(a, b *pack) int { return strings.Compare(a.release, b.release) })
	return c, nil
}

func (c *checker) add(f Finding) {
	f.HeldBy = c.heldBy(f.Op)
	c.findings = append(c.findings, f)
}

// heldBy is the other packs that know the operator.
func (c *checker) heldBy(op string) []string {
	var out []string
	for _, o := range c.others {
		if o.knows(op) {
			out = append(out, o.name())
		}
	}
	return out
}

// spellings looks at every overload that ends up unannotated: is another spelling of it held, its twin, or none of them?
func (c *checker) spellings() {
	ops := maps.Clone(c.edges.form)
	for id := range model.NumOps() {
		op := model.OpID(id)
		if f, ok := plain(op.Name()); ok && op.HasTag("inplace") && !compares(f) {
			ops[op.Name()] = c.edges.form[op.Name()]
		}
	}
	for _, op := range slices.Sorted(maps.Keys(ops)) {
		if c.knows(op) || integral(op) {
			continue
		}
		if f, ok := c.unheld(op); ok {
			c.found[op] = true
			c.add(f)
		}
	}
}

// unheld is the finding on an overload that no list holds.
func (c *checker) unheld(op string) (Finding, bool) {
	if sib, ok := counterpart(op); ok && c.knows(sib) {
		return c.unheldTwin(op, sib), true
	}
	form := c.edges.computed(op)
	runs, u55 := c.support.runs(form)
	if !runs || slices.Contains(form, floatCast) {
		return Finding{}, false
	}
	f := Finding{ID: Unlisted, Severity: Warning, Op: op, Edge: form}
	f.Text = fmt.Sprintf("%s becomes %s, which the NPU runs, and no list holds it", short(op), shorts(form))
	if like := c.held(op); like != "" {
		f = Finding{ID: AliasMissing, Severity: Error, Op: op, Edge: form, Like: like}.in(c.home(like)).mend()
		f.Text = fmt.Sprintf("%s becomes %s as %s does; %s holds that one only", short(op), shorts(form), short(like), f.List)
		f.Advice = "write " + short(like)
		if copies(op) {
			f.Severity = Warning
		}
	}
	if f.OnlyU85 = !u55; !u55 {
		f.Text += " (on Ethos-U85: the U55 subset refuses it in any case)"
	}
	return f, true
}

// unheldTwin is the finding on an overload whose in-place form, or plain form, is known.
func (c *checker) unheldTwin(op, sib string) Finding {
	f := Finding{
		ID: InplaceUnannotated, Severity: Error, Op: op, Like: sib, Edge: c.edges.computed(op), Advice: "write " + short(sib),
	}
	home, pass := c.home(sib), rewrites(c.release, quant.Legacy)
	if runs, _ := c.support.runs(f.Edge); pass[op] == "" && !runs || copies(op) {
		f.Severity = Warning
	}
	if home != nil {
		f = f.in(home)
		f.Text = fmt.Sprintf("%s holds %s and not %s", f.List, short(sib), short(op))
	}
	switch {
	case pass[sib] != "" && pass[op] == "": // an entry would not do: the pass must know the twin too
		f.Severity = Warning
		f.Text = fmt.Sprintf("%s replaces %s and not %s", pass[sib], short(sib), short(op))
		return f
	case home == nil:
		f.Severity = Warning
		return f
	}
	return f.mend()
}

// floatCast is the edge operator that a decomposition casts with between integers and floats, which no INT specification runs.
const floatCast = "dim_order_ops._to_dim_order_copy.default"

// counterpart is the in-place form of a plain overload, and the plain form of an in-place one.
func counterpart(op string) (string, bool) {
	if f, ok := plain(op); ok {
		return f, true
	}
	return twin(op)
}

// held is a held overload that becomes the same single edge operator as op, of the same packet if there is one, else the one that
// is called as the edge operator; "" if none is held.
func (c *checker) held(op string) string {
	key := c.edges.key(op)
	best, rank := "", 0
	for _, o := range c.edges.like[key] {
		if o == op || c.home(o) == nil {
			continue
		}
		r := 2
		switch {
		case copies(o) || strings.HasSuffix(packet(o), "_"):
			r = 1
		case packet(o) == packet(op):
			r = 4
		case o == key || packet(o)+"_copy" == packet(key):
			r = 3
		}
		if r > rank {
			best, rank = o, r
		}
	}
	return best
}

// copies says whether an overload is one of the copying views, which capture does not write: only a graph that was made functional
// before holds them.
func copies(op string) bool { return strings.HasSuffix(packet(op), "_copy") }

// integral says whether an operator only works on integers and bools, which need no mark.
//
//	source  backends/arm/tosa/specification.py and is_quantized in tosa_supported_operators.py
func integral(op string) bool {
	p := strings.TrimPrefix(packet(op), "aten.")
	return strings.HasPrefix(p, "bitwise_") || strings.HasPrefix(p, "__") || strings.HasPrefix(p, "logical_") ||
		slices.Contains([]string{"any", "all", "argmax", "argmin"}, p)
}

// bridge looks for spellings that the list for uint8 inputs and outputs lacks.
func (c *checker) bridge() {
	list := c.family("io.uint8_bridge")
	if list == nil {
		return
	}
	seen := map[string]bool{}
	for _, member := range list.list() {
		edge := c.edges.key(member)
		for _, op := range c.edges.like[edge] {
			if list.ops[op] || seen[op] {
				continue
			}
			seen[op] = true
			f := Finding{ID: BridgeMissing, Severity: Error, Op: op, Like: member, Edge: []string{edge}}.in(list).mend()
			f.Text = fmt.Sprintf("%s lacks %s beside %s: with uint8 inputs or outputs it is annotated, the other is not",
				list.Symbol, short(op), short(member))
			f.Advice = "write " + short(member)
			switch held := c.home(op); {
			case held != nil && shares(held.Name) && !copies(op):
			case held != nil && shares(held.Name):
				f.Severity = Warning
			case held == nil && len(c.heldBy(op)) > 0:
				f.Severity = Note
				f.Text = fmt.Sprintf("%s lacks %s beside %s: it counts once the annotator holds it", list.Symbol, short(op), short(member))
			default:
				continue
			}
			c.add(f)
		}
	}
}

// splits looks for spellings, and in-place twins, that are held by lists of different effect.
func (c *checker) splits() {
	for _, edge := range slices.Sorted(maps.Keys(c.edges.like)) {
		ops := slices.DeleteFunc(slices.Clone(c.edges.like[edge]), func(op string) bool { return c.home(op) == nil })
		if len(ops) < 2 {
			continue
		}
		ref := c.reference(edge, ops)
		for _, op := range ops {
			c.split(op, ref, edge)
		}
	}
	for _, op := range c.unformed() {
		if f, ok := plain(op); ok && c.home(f) != nil {
			c.split(op, f, "")
		}
	}
}

// unformed is the held overloads whose key is not known.
func (c *checker) unformed() []string {
	var out []string
	for _, op := range c.overloads() {
		if c.home(op) != nil && c.edges.key(op) == "" {
			out = append(out, op)
		}
	}
	return out
}

// reference is the spelling that the others are held against: the edge operator's own, or the first of the list that holds most.
func (c *checker) reference(edge string, ops []string) string {
	if slices.Contains(ops, edge) && !copies(edge) {
		return edge
	}
	count := map[string]int{}
	for _, op := range ops {
		count[c.home(op).Name]++
	}
	best := ops[0]
	for _, op := range ops {
		if count[c.home(op).Name] > count[c.home(best).Name] {
			best = op
		}
	}
	return best
}

func (c *checker) split(op, ref, edge string) {
	a, b := c.home(op), c.home(ref)
	if a.Name == b.Name || c.rewritten[op] != "" && c.rewritten[ref] != "" {
		return
	}
	f := Finding{ID: SpellingSplit, Severity: Note, Op: op, Like: ref}.in(a)
	if edge != "" {
		f.Edge = []string{edge}
	}
	f.Text = fmt.Sprintf("%s is held by %s, %s by %s", short(op), a.Name, short(ref), b.Name)
	switch t, u := c.treatment(op), c.treatment(ref); {
	case t != u:
		f.Severity = Warning
		f.Text += fmt.Sprintf(": the one %s, the other %s", t, u)
		c.found[op] = true
	case a.Symbol == b.Symbol:
		return
	}
	c.add(f)
}

// overloads is every overload that any pack's list holds, sorted.
func (c *checker) overloads() []string {
	all := map[string]bool{}
	for _, p := range append([]*pack{c.pack}, c.others...) {
		for _, f := range p.families {
			for _, op := range f.list() {
				all[op] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(all))
}

func shorts(ops []string) string {
	var out []string
	for _, op := range ops {
		out = append(out, short(op))
	}
	return strings.Join(out, ", ")
}
