package ui

import (
	"fmt"

	"seam/internal/pipeline"
	"seam/model"
	"seam/quant"
	"seam/themes"
	"seam/ui/row"
)

// ports is every input and the output with spec, group, scale, zero point, and where that is known from.
func (p *inspection) ports(n model.NodeID) {
	a := p.a
	came := a.f.res.Ann == nil // quantized before the program was captured, or not annotated
	if a.stage == pipeline.TOSA || a.stage == pipeline.Traced && !came {
		return
	}
	ports := a.f.res.Ports(a.stage, n)
	if len(ports) == 0 {
		return
	}
	title := " quantization"
	switch {
	case came:
		title += ": the program came with it; what the annotator wrote is ?"
	case levelOf(a.stage) > levelAnnotated:
		title += " of " + row.Sanitize(a.f.res.Annotatable.Node(ports[len(ports)-1].Node).Name) + ", as annotated"
	}
	p.add(row.Span{Role: themes.Title, Text: title})
	for _, q := range ports {
		if came {
			p.recorded(q)
		} else {
			p.port(q)
		}
	}
	p.blank()
}

// originOf is the letter that says where a port's facts come from: S simulated by the rule pack, R read from the file, ?
// unknown.
func originOf(q pipeline.Port) row.Span {
	switch {
	case !q.Known:
		return row.Span{Role: themes.Unknown, Text: "? "}
	case q.Recorded:
		return row.Span{Role: themes.OK, Text: "R "}
	}
	return row.Span{Role: themes.Dim, Text: "S "}
}

// recorded is a port of a program that came quantized.
func (p *inspection) recorded(q pipeline.Port) {
	wide := min(18, max(8, p.w/4))
	who := ""
	if q.Name != "out" && q.Node >= 0 {
		who = shortName(row.Sanitize(p.a.list.g.Node(q.Node).Name), wide)
	}
	r := row.Row{{Role: themes.Dim, Text: " " + cell(q.Name, 5)}, {Role: themes.Plain, Text: cell(who, wide) + " "}}
	if !q.Recorded {
		p.add(append(r, row.Span{Role: themes.OK, Text: "R "}, row.Span{Role: themes.NoSpec, Text: "no Q/DQ"})...)
		return
	}
	params := paramText(q.Params)
	if params == "" {
		params = "?"
	}
	p.add(append(r, originOf(q), row.Span{Role: themes.Number, Text: params})...)
	p.add(row.Span{Role: themes.Dim, Text: space(6) + q.Spec.DType.String() + ", from its Q/DQ"})
}

func (p *inspection) port(q pipeline.Port) {
	ann := p.a.f.res.Ann
	spec, role := specText(q.Spec, q.Group)
	who := ""
	if q.Name != "out" && q.Node >= 0 {
		who = row.Sanitize(ann.Graph.Node(q.Node).Name)
	}
	wide := min(18, max(8, p.w/4))
	p.add(row.Span{Role: themes.Dim, Text: " " + cell(q.Name, 5)}, row.Span{Role: themes.Plain, Text: cell(who, wide) + " "},
		row.Span{Role: role, Text: cell(spec, 5)}, originOf(q), p.params(q))
	if q.Spec.Kind == quant.NoSpec {
		p.carried(q)
		return
	}
	detail := specWord(q.Spec.Kind)
	switch {
	case q.Spec.Kind == quant.Shared && q.Group >= 0: // it has no range but that of its group
		detail += " " + rangeText(ann.Groups[q.Group].Spec)
	case q.Spec.Kind > quant.NullSpec:
		detail += " " + rangeText(q.Spec)
	}
	if q.Group >= 0 && q.Members > 1 {
		root := ann.Groups[q.Group].Root
		detail += fmt.Sprintf("; group %d: %d places, root %s (s)", q.Group, q.Members, ann.PlaceName(root))
	}
	if ty, ok := q.Type.First(); ok && !q.Known {
		detail += "; " + ty.DType.String() + " range not known"
	}
	p.detail(detail)
}

func (p *inspection) detail(text string) {
	for _, s := range wrap(text, p.w-8) {
		p.add(row.Span{Role: themes.Dim, Text: space(6) + s})
	}
}

// carried says what the value at a place without a spec has all the same.
func (p *inspection) carried(q pipeline.Port) {
	res := p.a.f.res
	g, whose := carriedGroup(res.Ann, q)
	if g < 0 {
		return
	}
	spec, _ := specText(res.Ann.Groups[g].Spec, g)
	if len(res.Ann.Groups[g].Members) > 1 {
		spec = fmt.Sprintf("group %d", g)
	}
	text := paramText(res.Cal.Param(g))
	if text == "" {
		text = "not calibrated"
	}
	p.detail("carries " + text + " of " + whose + ", " + spec)
}

// carriedGroup is the group of the value at a place without a spec, and whose it is: for an input that of its producer, for
// an output that of the first reader with a spec.
func carriedGroup(ann *quant.Annotation, q pipeline.Port) (quant.GroupID, string) {
	if q.Name != "out" {
		return ann.Group(ann.ValueSlot(q.Node)), "its producer"
	}
	for _, u := range ann.Graph.Users(q.Node) {
		if g := ann.Group(ann.InputSlot(q.Node, u)); g >= 0 {
			return g, ann.Graph.Node(u).Name + ", which reads it"
		}
	}
	return -1, ""
}

func (p *inspection) params(q pipeline.Port) row.Span {
	switch {
	case q.Spec.Kind == quant.NoSpec:
		return row.Span{Role: themes.NoSpec, Text: "none"}
	case q.Spec.Kind == quant.NullSpec:
		return row.Span{Role: themes.NoSpec, Text: ""}
	case !q.Known:
		return row.Span{Role: themes.Unknown, Text: "?"}
	case len(q.Params) == 0:
		return row.Span{Role: themes.Unknown, Text: "not calibrated"}
	}
	return row.Span{Role: themes.Number, Text: paramText(q.Params)}
}
