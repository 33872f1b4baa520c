package lint

import (
	_ "embed" // the passes before annotation
	"slices"
	"strings"

	"seam/quant"
)

//go:embed rewrites.txt
var rewritesText string

// family is one list of a pack, with a person's edits.
type family struct {
	quant.FamilyView
	ops map[string]bool
}

// pack is one release's rules of one annotator with what is needed to ask whether it knows an operator.
type pack struct {
	release   string
	annotator quant.Annotator
	families  []*family
	rewritten map[string]string // overload to the pass that replaces it before annotation
}

func newPack(release string, ann quant.Annotator, edits quant.Edits) (*pack, error) {
	rules, err := quant.LoadRules(release, ann, edits)
	if err != nil {
		return nil, err
	}
	p := &pack{release: release, annotator: ann, rewritten: rewrites(release, ann)}
	for _, v := range rules.View() {
		f := &family{v, map[string]bool{}}
		for _, e := range v.Entries {
			f.ops[e.Op] = e.On
		}
		p.families = append(p.families, f)
	}
	return p, nil
}

// name is "composable 1.5.1".
func (p *pack) name() string { return p.annotator.String() + " " + p.release }

// family is the family of that name, nil if there is none.
func (p *pack) family(name string) *family {
	for _, f := range p.families {
		if f.Name == name {
			return f
		}
	}
	return nil
}

// list is the operators that the family holds, sorted.
func (f *family) list() []string {
	var out []string
	for op, on := range f.ops {
		if on {
			out = append(out, op)
		}
	}
	slices.Sort(out)
	return out
}

// rewrites is the overloads that the passes replace whether or not a list holds them.
func rewrites(release string, ann quant.Annotator) map[string]string {
	out := map[string]string{}
	for _, l := range strings.Split(rewritesText, "\n") {
		w := strings.Fields(l)
		if len(w) < 3 || w[0] == "#" || w[1] == "gated" && ann == quant.Composable {
			continue
		}
		for _, op := range w[2:] {
			if name, ok := inRelease(op, release); ok {
				out[fullName(name)] = w[0]
			}
		}
	}
	return out
}

// inRelease takes the release limits off a word and says whether the release is within them.
func inRelease(word, release string) (string, bool) {
	name, since, ok := strings.Cut(word, ">=")
	if ok && release < since {
		return name, false
	}
	name, until, ok := strings.Cut(name, "<=")
	return name, !ok || release <= until
}

// annotates says whether being in a family is what makes a node annotated. The others only say how.
func (f *family) annotates() bool {
	return f.Name != "io.uint8_bridge" && f.Symbol != "PARAMETER_TARGETS" && !strings.HasSuffix(f.File, "quantization_config.py")
}

// chained says whether a family only holds operators behind a convolution.
func (f *family) chained() bool { return f.Name == "relu" }

// home is the family that annotates an operator wherever it stands, or the first that does so somewhere; nil if none does.
func (p *pack) home(op string) *family {
	var first *family
	for _, f := range p.families {
		if !f.ops[op] || !f.annotates() {
			continue
		}
		if !f.chained() {
			return f
		}
		if first == nil {
			first = f
		}
	}
	return first
}

// knows says whether nodes of the operator end up annotated: a list holds it, or a pass replaces it first.
func (p *pack) knows(op string) bool {
	return p.rewritten[op] != "" || p.home(op) != nil
}

// treatment says how the output of a held operator gets its scale, "" if no list holds it.
func (p *pack) treatment(op string) string {
	f := p.home(op)
	if f == nil {
		return ""
	}
	over := p.family("shared_output")
	if shares(f.Name) || over != nil && over.ops[op] {
		return "takes its input's scale"
	}
	return "gets a scale of its own"
}

// shares says whether a family's operators take over the scale of what they read.
func shares(family string) bool {
	return family == "shared" || strings.HasPrefix(family, "shared_") || strings.HasPrefix(family, "shared.") ||
		slices.Contains([]string{"where", "index_put", "copy", "getitem"}, family)
}
