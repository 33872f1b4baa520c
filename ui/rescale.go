package ui

import (
	"fmt"
	"math"
	"strings"

	"seam/internal/pipeline"
	"seam/model"
	"seam/themes"
)

// rescales tells the numbers of the RESCALEs that a node became, or is.
func (p *inspection) rescales(n model.NodeID) {
	a := p.a
	at, nodes := a.part, []model.NodeID{n}
	if a.stage != pipeline.TOSA {
		place := a.f.placeOf(a.stage, n)
		if levelOf(a.stage) != levelEdge || place.Kind != pipeline.Delegated || a.f.graph(pipeline.TOSA, place.Index) == nil {
			return
		}
		at, nodes = place.Index, a.f.res.Delegates[place.Index].Into.Of(n)
	}
	g := a.f.graph(pipeline.TOSA, at)
	for _, t := range nodes {
		if s := rescaleText(g, g.Node(t)); s != "" {
			p.field("rescale", themes.Number, s)
		}
	}
}

// rescaleText is the numbers of a RESCALE: its multipliers and shifts, what they come to, and the zero points; "" for other operators.
func rescaleText(g *model.Graph, x *model.Node) string {
	if x.Target != "tosa.RESCALE" || len(x.Args) < 5 {
		return ""
	}
	mult, shift := constantInts(g, x.Args[1]), constantInts(g, x.Args[2])
	if len(mult) == 0 || len(mult) != len(shift) {
		return "?"
	}
	s := ""
	if len(mult) == 1 {
		s = fmt.Sprintf("%d x 2^-%d = %s", mult[0], shift[0], scaleText(scaleOf(mult[0], shift[0])))
	} else {
		lo, hi := math.Inf(1), 0.0
		for i := range mult {
			v := scaleOf(mult[i], shift[i])
			lo, hi = min(lo, v), max(hi, v)
		}
		s = fmt.Sprintf("%d channels, %s to %s", len(mult), scaleText(lo), scaleText(hi))
	}
	in, out := constantInts(g, x.Args[3]), constantInts(g, x.Args[4])
	if len(in) == 1 && len(out) == 1 {
		s += fmt.Sprintf("; zero points %d -> %d", in[0], out[0])
	}
	return s
}

func scaleOf(mult, shift int64) float64 { return math.Ldexp(float64(mult), int(-shift)) }

// constantInts is the values of a constant operand, nil where there are none.
func constantInts(g *model.Graph, a model.Arg) []int64 {
	if a.Kind != model.ArgNode || g.Node(a.Node).Kind != model.GetAttr {
		return nil
	}
	attr, ok := g.Attrs.Get(g.Node(a.Node).Target)
	if !ok || attr.Tensor == nil || attr.Tensor.Raw == nil {
		return nil
	}
	v, err := attr.Tensor.Ints()
	if err != nil {
		return nil
	}
	return v
}

// mostShown is how many values of a constant the node pane shows.
const mostShown = 16

// constants shows the values of the short constants that a TOSA operator reads.
func (p *inspection) constants(g *model.Graph, x *model.Node) {
	if p.a.stage != pipeline.TOSA || x.Kind != model.Call {
		return
	}
	for _, a := range x.Args {
		v := constantInts(g, a)
		if len(v) == 0 || len(v) > mostShown {
			continue
		}
		name := strings.TrimPrefix(g.Node(a.Node).Name, x.Name+"_")
		p.field("const", themes.Plain, strings.Trim(fmt.Sprintf("%s %d", name, v), " "))
	}
}
