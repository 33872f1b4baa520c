package diff

import (
	"fmt"
	"slices"
	"strings"

	"seam/internal/snapshot"
)

// matched says which nodes of two snapshots are the same: by node number, -1 for none.
type matched struct{ there, back []int }

// computes says whether a node is a call of an operator, quantize and dequantize left out: they come and go with the boundaries.
func computes(n *snapshot.Node) bool {
	return n.Placement != nil && n.Placement.Kind != "boundary" && !strings.HasPrefix(n.Op, "quantized_decomposed.")
}

// matchNodes finds each operator of one snapshot in the other: by name and operator, and what is left by operator, module and source
// line in order, since a name's number shifts when an operator of its kind comes or goes.
func matchNodes(a, b *snapshot.Doc) matched {
	m := matched{slices.Repeat([]int{-1}, len(a.Nodes)), slices.Repeat([]int{-1}, len(b.Nodes))}
	m.by(a, b, func(n *snapshot.Node) string { return fmt.Sprintf("%s\x00%s\x00%s", n.Name, n.Op, n.Module) })
	m.by(a, b, func(n *snapshot.Node) string { return fmt.Sprintf("%s\x00%s", n.Name, n.Op) })
	m.by(a, b, func(n *snapshot.Node) string { return fmt.Sprintf("%s\x00%s\x00%s", n.Op, n.Module, n.Source) })
	return m
}

func (m matched) by(a, b *snapshot.Doc, key func(*snapshot.Node) string) {
	at := map[string][]int{}
	for i := range b.Nodes {
		if n := &b.Nodes[i]; m.back[i] < 0 && computes(n) {
			at[key(n)] = append(at[key(n)], i)
		}
	}
	for i := range a.Nodes {
		n := &a.Nodes[i]
		if m.there[i] >= 0 || !computes(n) {
			continue
		}
		if list := at[key(n)]; len(list) > 0 {
			m.there[i], m.back[list[0]] = list[0], i
			at[key(n)] = list[1:]
		}
	}
}

// pieceOf is the delegate of each node, -1 for none.
func pieceOf(d *snapshot.Doc) []int {
	out := slices.Repeat([]int{-1}, len(d.Nodes))
	for i, p := range d.Delegates {
		for _, n := range p.Nodes {
			out[n] = i
		}
	}
	return out
}

// delegates finds which delegates belong together: those that have an operator in common, directly or through others.
func (r *Report) delegates(a, b *snapshot.Doc, m matched) {
	ofA, ofB := pieceOf(a), pieceOf(b)
	n := len(a.Delegates)
	root := make([]int, n+len(b.Delegates)) // delegates of a, then of b
	for i := range root {
		root[i] = i
	}
	find := func(i int) int {
		for root[i] != i {
			i = root[i]
		}
		return i
	}
	for i, j := range m.there {
		if j >= 0 && ofA[i] >= 0 && ofB[j] >= 0 {
			x, y := find(ofA[i]), find(n+ofB[j])
			root[max(x, y)] = min(x, y)
		}
	}
	idle := idlePieces(b)
	for name, i := range idlePieces(a) {
		if j, ok := idle[name]; ok {
			x, y := find(i), find(n+j)
			root[max(x, y)] = min(x, y)
		}
	}
	at := map[int]int{}
	var sets []Pieces
	for i := range root {
		k := find(i)
		j, ok := at[k]
		if !ok {
			j = len(sets)
			at[k] = j
			sets = append(sets, Pieces{Before: []string{}, After: []string{}})
		}
		if s := &sets[j]; i < n {
			s.Before = append(s.Before, a.Delegates[i].ID)
			s.Lost = append(s.Lost, strays(a, a.Delegates[i].Nodes, m.there, ofB)...)
		} else {
			s.After = append(s.After, b.Delegates[i-n].ID)
			s.Gained = append(s.Gained, strays(b, b.Delegates[i-n].Nodes, m.back, ofA)...)
		}
	}
	for _, s := range sets {
		if s.Kind = s.kind(); s.Kind != "" {
			r.Delegates = append(r.Delegates, s)
		}
	}
}

// idlePieces is the delegates without an operator, by their first node: these alone are known by a quantize or dequantize.
func idlePieces(d *snapshot.Doc) map[string]int {
	out := map[string]int{}
	for i, p := range d.Delegates {
		idle := !slices.ContainsFunc(p.Nodes, func(n int) bool { return computes(&d.Nodes[n]) })
		if name := fmt.Sprint(p.Nodes); idle {
			if len(p.Nodes) > 0 {
				name = d.Nodes[p.Nodes[0]].Name
			}
			out[name] = i
		}
	}
	return out
}

// strays is the operators of a delegate that are in no delegate of the other snapshot.
func strays(d *snapshot.Doc, nodes, match, other []int) []string {
	var out []string
	for _, i := range nodes {
		if computes(&d.Nodes[i]) && (match[i] < 0 || other[match[i]] < 0) {
			out = append(out, d.Nodes[i].Name)
		}
	}
	return out
}

// kind is what happened to delegates, "" if nothing did.
func (p Pieces) kind() string {
	switch x, y := len(p.Before), len(p.After); {
	case x == 0:
		return New
	case y == 0:
		return Gone
	case x > 1 && y > 1:
		return Rearranged
	case x > 1:
		return Merged
	case y > 1:
		return Split
	case len(p.Gained)+len(p.Lost) > 0:
		return Changed
	}
	return ""
}

// stranded lists operators that are on the CPU in one of the two: elsewhere, or not there, in the other.
func (r *Report) stranded(a, b *snapshot.Doc, m matched) {
	r.Stranded.Lost = hostOnly(a, b, m.there)
	r.Stranded.Gained = hostOnly(b, a, m.back)
}

func onHost(n *snapshot.Node) bool { return n.Placement != nil && n.Placement.Kind == "host" }

func hostOnly(d, other *snapshot.Doc, match []int) []Operator {
	out := []Operator{}
	for i := range d.Nodes {
		n := &d.Nodes[i]
		if !onHost(n) || match[i] >= 0 && onHost(&other.Nodes[match[i]]) {
			continue
		}
		x := Operator{Node: n.Name, Op: n.Op, Source: n.Source}
		x.Rule, x.Why = why(d, n)
		out = append(out, x)
	}
	return out
}

// why is the reason that an operator is on the CPU: the cause that it shares with others, or the check that upstream reports.
func why(d *snapshot.Doc, n *snapshot.Node) (rule, text string) {
	for _, f := range d.Findings {
		if slices.Contains(f.Nodes, n.ID) {
			text = f.Text
			break
		}
	}
	for _, x := range n.Refusals {
		if x.First || rule == "" {
			rule = x.Rule
			if text == "" {
				text = x.Text
			}
		}
	}
	return rule, strings.Join(strings.Fields(text), " ")
}

// crossings lists the values that cross in one of the two alone. Delegates have other names in the other, so a value is known by its
// name and by whether its ends are a delegate.
func (r *Report) crossings(a, b *snapshot.Doc, m matched) {
	was, is := crossing(a, nil, nil), crossing(b, a, m.back)
	r.Crossings.Lost, r.Crossings.Gained = only(was, is), only(is, was)
}

// crosser is a crossing and what it is known by.
type crosser struct {
	Crossing
	key string
}

// crossing lists what crosses; a value that has another name in the other snapshot is known by that.
func crossing(d, other *snapshot.Doc, back []int) []crosser {
	var out []crosser
	for _, x := range d.Boundaries {
		for _, t := range x.Tensors {
			name := t.Name
			if t.Node >= 0 && t.Node < len(back) && back[t.Node] >= 0 {
				name = other.Nodes[back[t.Node]].Name
			}
			out = append(out, crosser{Crossing{t.Name, x.From, x.To, t.Bytes}, fmt.Sprintf("%s %s %s %d", name, end(x.From), end(x.To), t.Bytes)})
		}
	}
	return out
}

// end is what an end of a boundary is, without the number.
func end(place string) string { return strings.TrimRight(place, "0123456789") }

// only is what stands in list and not in other, each as often as it is missing there.
func only(list, other []crosser) []Crossing {
	have := map[string]int{}
	for _, c := range other {
		have[c.key]++
	}
	out := []Crossing{}
	for _, c := range list {
		if have[c.key] > 0 {
			have[c.key]--
			continue
		}
		out = append(out, c.Crossing)
	}
	return out
}
