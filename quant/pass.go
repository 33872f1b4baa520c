package quant

import (
	"slices"
	"strconv"

	"seam/model"
)

// pass is one of the passes that run before annotation.
type pass struct {
	name         string
	ops          []string // the operators that it looks for; nil: any node
	gated        bool     // it asks whether the node may be transformed
	eager        bool     // it executes the graph anew although the gate keeps back every node that it looks for
	outer        bool     // operators in bodies of control flow do not make it execute the graph anew
	exact        bool     // those in bodies do so only where the pass would have work there; it is not gated
	dce          bool     // nodes that nobody reads go before the execution
	retraces     bool     // an edit that is followed by an execution
	settles      bool     // 1.3.1 executes the graph anew here even where nothing is to do
	since, until string   // releases
	notU55       bool     // skipped for the U55 subset
	when         func(*model.Graph, model.NodeID) bool
	apply        func(rewrite) model.Arg // a pass that executes the graph anew: what stands for the node
	edit         func(*editor)           // a pass on the graph as it is
}

func itoa(i int) string { return strconv.Itoa(i) }

func (p *pass) in(release string) bool {
	return (p.since == "" || release >= p.since) && (p.until == "" || release <= p.until)
}

// hits says whether the pass changes node n.
func (p *pass) hits(g *model.Graph, n model.NodeID, allow []bool) bool {
	x := g.Node(n)
	if p.ops != nil && (x.Kind != model.Call || !slices.Contains(p.ops, x.Target)) {
		return false
	}
	return (!p.gated || allow[n]) && (p.when == nil || p.when(g, n))
}

func (p *pass) wanted(g *model.Graph, allow []bool) bool {
	for i := range g.Len() {
		if p.hits(g, model.NodeID(i), allow) {
			return true
		}
	}
	return false
}

func (p *pass) missing(g *model.Graph, allow []bool) error {
	m := model.NotModelled{Stage: "prepare", Rule: p.name}
	for i := range g.Len() {
		if n := model.NodeID(i); p.hits(g, n, allow) {
			m.Nodes = append(m.Nodes, g.Node(n).Name)
			if m.Operator == "" && p.ops != nil {
				m.Operator = g.Node(n).Target
			}
		}
	}
	return &model.MissingError{NotModelled: m}
}

func aten(names ...string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = fullName(n)
	}
	return out
}
