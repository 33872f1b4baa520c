package quant

import (
	"seam/model"
)

// editor is a graph under a pass that works on it as it is, without executing it anew.
type editor struct {
	*model.Builder
	old      *model.Graph
	pass     *pass
	allow    []bool // by the builder's number
	release  string
	retraced bool // constants were created again
	err      error
}

func newEditor(s *state) *editor {
	e := &editor{Builder: model.Edit(s.g), old: s.g, allow: make([]bool, s.g.Len()+1), release: s.release, retraced: s.retraced}
	copy(e.allow[1:], s.allow)
	s.remark(e.Builder)
	return e
}

// permitted says whether a gated pass may rewrite n. Nodes made from nothing are allowed.
func (e *editor) permitted(n model.NodeID) bool { return int(n) >= len(e.allow) || e.allow[n] }

// put adds a node; one that takes over another's meta takes over its permission.
func (e *editor) put(s model.Spec) model.NodeID {
	id := e.Add(s)
	for len(e.allow) <= int(id) {
		e.allow = append(e.allow, true)
	}
	if s.Like > 0 {
		e.allow[id] = e.permitted(s.Like)
	}
	return id
}

// hits is the nodes that the pass changes, in graph order.
func (e *editor) hits() []model.NodeID {
	var out []model.NodeID
	for i := range e.old.Len() {
		n := model.NodeID(i)
		if e.pass.hits(e.old, n, e.allow[1:]) {
			out = append(out, model.ID(n))
		}
	}
	return out
}

func (e *editor) fail(rule string, n model.NodeID) {
	if e.err == nil {
		e.err = &model.MissingError{NotModelled: model.NotModelled{Stage: "prepare", Rule: rule, Nodes: []string{e.Node(n).Name}}}
	}
}

// finish makes the edited graph the state's.
func (e *editor) finish(s *state) error {
	var allow []bool
	for n := e.First(); n != model.None; n = e.Next(n) {
		allow = append(allow, e.permitted(n))
	}
	g, step, err := e.Freeze()
	if err != nil {
		return err
	}
	s.g, s.rel, s.allow, s.marks = g, step.Then(s.rel), allow, nil
	s.look()
	return nil
}
