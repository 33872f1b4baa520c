package diff

import (
	"fmt"
	"slices"
	"strings"

	"seam/internal/pipeline"
	"seam/internal/snapshot"
	"seam/model"
)

// StageReport is what became of the operators from one stage to a later one.
type StageReport struct {
	Schema        string       `json:"schema"`
	SchemaVersion string       `json:"schema_version"`
	Kind          string       `json:"kind"` // "stages"
	Model         string       `json:"model"`
	From          string       `json:"from"`
	To            string       `json:"to"`
	Calls         [2]int       `json:"calls"` // operator calls at each
	Equal         bool         `json:"equal"`
	ExitCode      int          `json:"exit_code"` // that the program ends with
	Changes       []NodeChange `json:"changes"`
}

// NodeChange is an operator that is gone, new, or another one.
type NodeChange struct {
	Kind   string     `json:"kind"` // "gone", "new" or "changed"
	Before *StageNode `json:"before,omitempty"`
	After  []string   `json:"after,omitempty"` // names
	Ops    []string   `json:"ops,omitempty"`   // operators of After
}

// StageNode is a node of the earlier stage.
type StageNode struct {
	Name   string `json:"name"`
	Op     string `json:"op"`
	Source string `json:"source,omitempty"`
}

// Stages compares two stages of one run.
//
//	errors  a stage that the run did not reach, or that has no graph of its own
func Stages(res *pipeline.Result, from, to pipeline.Stage) (*StageReport, error) {
	a, b := res.Graph(from), res.Graph(to)
	for _, s := range []pipeline.Stage{from, to} {
		if s == pipeline.TOSA || res.Graph(s) == nil {
			return nil, fmt.Errorf("stage %s has no graph: the run ended after %s", s, res.Last())
		}
	}
	if from > to {
		return nil, fmt.Errorf("stage %s is behind %s: name the earlier one first", from, to)
	}
	r := &StageReport{
		Schema: Schema, SchemaVersion: SchemaVersion, Kind: "stages", Model: snapshot.New(res, "", nil).Model.Name,
		From: from.String(), To: to.String(), Changes: []NodeChange{},
	}
	into := make([][]model.NodeID, a.Len())
	var fresh []model.NodeID
	for i := range b.Len() {
		n := model.NodeID(i)
		if b.Node(n).Kind != model.Call {
			continue
		}
		r.Calls[1]++
		up := calls(a, res.Follow(to, n, from))
		if len(up) == 0 {
			fresh = append(fresh, n)
		}
		for _, m := range up {
			into[m] = append(into[m], n)
		}
	}
	for i := range a.Len() {
		if n := a.Node(model.NodeID(i)); n.Kind == model.Call {
			r.Calls[0]++
			r.became(n, b, into[i])
		}
	}
	for _, n := range fresh {
		r.Changes = append(r.Changes, NodeChange{Kind: New, After: []string{b.Node(n).Name}, Ops: []string{b.Node(n).Target}})
	}
	r.Equal = len(r.Changes) == 0
	return r, nil
}

func calls(g *model.Graph, nodes []model.NodeID) []model.NodeID {
	return slices.DeleteFunc(slices.Clone(nodes), func(n model.NodeID) bool { return g.Node(n).Kind != model.Call })
}

// became adds what a node of the earlier stage is in the later one, unless it is the same operator.
func (r *StageReport) became(n *model.Node, b *model.Graph, into []model.NodeID) {
	if len(into) == 1 && b.Node(into[0]).Target == n.Target {
		return
	}
	c := NodeChange{Kind: Changed, Before: &StageNode{n.Name, n.Target, snapshot.Source(n.Meta)}}
	if len(into) == 0 {
		c.Kind = Gone
	}
	for _, m := range into {
		c.After, c.Ops = append(c.After, b.Node(m).Name), append(c.Ops, b.Node(m).Target)
	}
	r.Changes = append(r.Changes, c)
}

// lines groups changes of one kind: the same operator became the same ones.
func (r *StageReport) lines() []line {
	out := []line{{"", fmt.Sprintf("operators %d -> %d", r.Calls[0], r.Calls[1])}}
	if r.Equal {
		return append(out, line{"", "no difference"})
	}
	at := map[string]int{}
	var names [][]string
	var heads []line
	for _, c := range r.Changes {
		l := c.line()
		i, ok := at[l.mark+l.text]
		if !ok {
			i = len(heads)
			at[l.mark+l.text] = i
			heads, names = append(heads, l), append(names, nil)
		}
		if c.Before != nil {
			names[i] = append(names[i], c.Before.Name+bracket(c.Before.Source))
		} else {
			names[i] = append(names[i], c.After[0])
		}
	}
	for i, l := range heads {
		out = append(out, line{l.mark, fmt.Sprintf("%s  x%d: %s", l.text, len(names[i]), short(names[i], 3))})
	}
	return out
}

func (c NodeChange) line() line {
	switch c.Kind {
	case Gone:
		return line{"-", c.Before.Op}
	case New:
		return line{"+", c.Ops[0]}
	}
	return line{"~", c.Before.Op + " -> " + strings.Join(c.Ops, " + ")}
}
