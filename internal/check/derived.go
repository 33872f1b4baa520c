package check

import (
	"fmt"
	"slices"
	"strings"

	"seam/internal/snapshot"
)

// derived says whether an operator on the CPU is of a kind that follows from the snapshot.
func (c *checker) derived(kind string, x Item) bool {
	switch kind {
	case Stranded:
		return true
	case Inplace:
		return inplace(x.traced) && c.unmarked(x.id)
	case UnequalScales:
		return strings.HasPrefix(c.family(x.id), "shared.") && c.unequal(&c.doc.Nodes[x.id])
	}
	return false
}

// derivedText says what is wrong with an operator of a kind that follows from the snapshot.
func (c *checker) derivedText(kind string, x Item) string {
	switch kind {
	case Inplace:
		return fmt.Sprintf("%s changes its input in place, and no list holds it", x.traced)
	case UnequalScales:
		return fmt.Sprintf("%s stands between unequal scales; %s would make them one", x.traced, c.family(x.id))
	}
	return x.Text
}

// inplace says whether an overload changes its input: "aten.silu_.default".
func inplace(op string) bool {
	packet := op[:max(0, strings.LastIndexByte(op, '.'))]
	return strings.HasSuffix(packet, "_") && !strings.HasSuffix(packet, "__")
}

// unmarked says whether a node was refused for lack of an annotation.
func (c *checker) unmarked(id int) bool {
	return slices.ContainsFunc(c.doc.Nodes[id].Refusals, func(r snapshot.Refusal) bool {
		return r.Rule == "P-ARM-QUANTIZED" || r.Rule == "P-PROPER-QUANTIZATION"
	})
}

// family is the list that lacks a node's operator, "" for none.
func (c *checker) family(id int) string {
	for _, f := range c.doc.Findings {
		if f.Family != "" && slices.Contains(f.Nodes, id) {
			return f.Family
		}
	}
	return ""
}

// unequal says whether the values that an operator reads and writes have different scales or zero points: those of its edges, or of
// the producer or reader where an edge has no spec.
func (c *checker) unequal(n *snapshot.Node) bool {
	type param struct {
		scale float64
		zero  int64
	}
	seen := map[param]bool{}
	for _, g := range c.doc.Groups {
		if g.Scale == nil || g.ZeroPoint == nil {
			continue
		}
		for _, m := range g.Members {
			if c.beside(n, m) {
				seen[param{*g.Scale, *g.ZeroPoint}] = true
			}
		}
	}
	return len(seen) > 1
}

// beside says whether a place is at an operator: its output, an edge into or out of it, or the output of a node that it reads.
func (c *checker) beside(n *snapshot.Node, place string) bool {
	from, to, edge := strings.Cut(place, "->")
	if from == n.Annotated || edge && to == n.Annotated {
		return true
	}
	return !edge && slices.ContainsFunc(n.In, func(p snapshot.Port) bool { return p.From == from })
}

// floats is the floating-point values that cross a delegate's edge.
func (c *checker) floats() []Item {
	var out []Item
	for _, b := range c.doc.Boundaries {
		for _, t := range b.Tensors {
			if !strings.Contains(t.DType, "float") {
				continue
			}
			x := Item{Node: t.Name, Op: t.Type, Finding: BoundaryDType, id: t.Node}
			x.Text = fmt.Sprintf("%s crosses from %s to %s as %s", t.Name, b.From, b.To, t.DType)
			if t.Node >= 0 && t.Node < len(c.doc.Nodes) {
				x.Op, x.Source = c.doc.Nodes[t.Node].Op, c.doc.Nodes[t.Node].Source
			}
			out = append(out, x)
		}
	}
	return out
}
