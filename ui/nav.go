package ui

import (
	tea "charm.land/bubbletea/v2"

	"seam/internal/pipeline"
	"seam/model"
)

// history is the nodes that jumps left behind, as names, since a run may change numbers.
type history struct {
	list []visit
	at   int
}

type visit struct {
	stage pipeline.Stage
	part  int
	name  string
}

// maxVisits bounds the history.
const maxVisits = 200

// current is the node under the graph pane's cursor; for a boundary the node behind it.
func (a *App) current() model.NodeID {
	if a.list.len() == 0 {
		return model.None
	}
	n, _ := a.list.at(a.graph.win.Cursor)
	return n
}

// currentBoundary is the boundary under the graph pane's cursor, -1 if it is on a node.
func (a *App) currentBoundary() int {
	if a.list.len() == 0 {
		return -1
	}
	_, b := a.list.at(a.graph.win.Cursor)
	return b
}

// touched notes that the person chose the node under the cursor.
func (a *App) touched() {
	a.moved = true
	a.settle()
}

// settle makes the node under the cursor, and its height on the screen, what changes of stage and folding keep.
func (a *App) settle() {
	a.graph.anchor = anchor{a.stage, a.part, a.current()}
	a.graph.y = a.graph.win.Y()
}

// place puts the cursor on a node of the list, at the height where the person left it.
func (a *App) place(n model.NodeID) { a.graph.win.PlaceAt(a.list.item(n), a.graph.y) }

// show puts a result on the screen. The cursor stays on its node, looked for by name and then through the traced graph.
func (a *App) show(f *facts) {
	old := a.f
	at, had := a.anchorName()
	f.inherit(a.f)
	a.f = f
	a.setRows()
	if !a.chosen {
		a.stage = f.res.Last()
	}
	if a.stage == pipeline.TOSA && f.graph(a.stage, a.part) == nil && !a.leftTOSA(f) {
		a.stage, a.part = f.res.Last(), 0
	}
	a.list = a.listNow()
	a.graph.win.SetLen(a.list.len())
	switch {
	case !a.moved && (old == nil || old.partial):
		a.aim()
	case had:
		a.place(a.refind(old, at))
		a.graph.anchor = anchor{a.stage, a.part, a.current()}
		return
	}
	a.settle()
}

func (a *App) setRows() {
	a.pieces.win.SetLen(len(a.f.pieces))
	a.groups.win.SetLen(len(a.f.groups))
	a.finds.win.SetLen(len(a.f.findings))
}

// named is a node by name, with its number in the graph that it was seen in.
type named struct {
	anchor
	name string
}

func (a *App) anchorName() (named, bool) {
	n := a.current()
	if a.f == nil || n == model.None {
		return named{}, false
	}
	return named{anchor{a.stage, a.part, n}, a.list.g.Node(n).Name}, true
}

// refind is the node of the new result that is the old one's.
func (a *App) refind(old *facts, at named) model.NodeID {
	if a.stage == at.stage && a.list.g != nil {
		if g := old.graph(at.stage, at.part); g != nil && g.Base() == a.list.g.Base() {
			return at.node
		}
		if n := a.list.g.ByName(at.name); n != model.None {
			return n
		}
	}
	t := old.follow(at.anchor, pipeline.Traced, 0)
	if t == model.None {
		return 0
	}
	n := a.f.follow(anchor{pipeline.Traced, 0, t}, a.stage, a.part)
	return max(n, 0)
}

// aim puts the cursor where a person who opens a model wants to look: at the first finding's node, or the first boundary.
func (a *App) aim() {
	if a.stage != pipeline.Partitioned || a.f.res.Layout == nil {
		return
	}
	for _, x := range a.f.findings {
		if len(x.Nodes) > 0 {
			a.graph.win.Goto(a.list.item(x.Nodes[0]))
			a.graph.win.Center()
			return
		}
	}
	if len(a.list.bounds) > 0 {
		a.graph.win.Goto(a.list.boundary(a.list.bounds[0].id))
		a.graph.win.Center()
	}
}

// follow is the node of stage to that stands for a node of another stage, None if nothing does.
func (a *App) follow(from anchor, to pipeline.Stage) model.NodeID {
	if a.f == nil || from.node < 0 {
		return model.None
	}
	return a.f.follow(from, to, a.part)
}

func (f *facts) follow(from anchor, to pipeline.Stage, part int) model.NodeID {
	set := []model.NodeID{from.node}
	stage := from.stage
	if stage == pipeline.TOSA {
		if f.graph(pipeline.TOSA, from.part) == nil {
			return model.None
		}
		if to == pipeline.TOSA {
			return from.node
		}
		set, stage = f.res.Delegates[from.part].From.Of(from.node), pipeline.Partitioned
	}
	var out []model.NodeID
	for _, n := range set {
		if levelOf(stage) == levelOf(to) {
			out = append(out, n)
		} else {
			out = append(out, f.res.Follow(stage, n, to)...)
		}
	}
	if to == pipeline.TOSA {
		return f.into(out, part)
	}
	g := f.res.Graph(to)
	return best(g, out)
}

// into is the TOSA node of a delegate that holds one of some edge nodes.
func (f *facts) into(edge []model.NodeID, part int) model.NodeID {
	g := f.graph(pipeline.TOSA, part)
	if g == nil {
		return model.None
	}
	for _, e := range edge {
		if to := f.res.Delegates[part].Into.Of(e); len(to) > 0 {
			return to[len(to)-1]
		}
	}
	return model.None
}

// best is the node that says most of several: an operator before a quantize or dequantize.
func best(g *model.Graph, set []model.NodeID) model.NodeID {
	if g == nil || len(set) == 0 {
		return model.None
	}
	for _, n := range set {
		if x := g.Node(n); x.Kind == model.Call && !isQDQ(x.Target) {
			return n
		}
	}
	return set[0]
}

// setStage looks at another stage. The node that the person chose is found again there; where nothing stands for it, the
// nearest node before it that has a counterpart.
func (a *App) setStage(s pipeline.Stage) {
	if a.f == nil || s >= pipeline.NumStages {
		return
	}
	a.chosen = true
	from := a.graph.anchor
	part := a.part
	if s == pipeline.TOSA {
		part = a.delegateNear(from)
	}
	a.goStage(s, part)
	if a.list.g == nil {
		return
	}
	n, exact := a.nearest(from, s, part)
	a.place(n)
	if !exact {
		a.say("nothing in %s stands for that node; nearest shown", s)
	}
}

func (a *App) goStage(s pipeline.Stage, part int) {
	a.stage, a.part, a.notice = s, part, notice{}
	a.list = a.listNow()
	a.graph.win.SetLen(a.list.len())
}

// nearSteps is how far back a counterpart is looked for.
const nearSteps = 64

func (a *App) nearest(from anchor, s pipeline.Stage, part int) (model.NodeID, bool) {
	for d := range nearSteps {
		at := from
		at.node -= model.NodeID(d)
		if at.node < 0 {
			break
		}
		if n := a.f.follow(at, s, part); n != model.None {
			return n, d == 0
		}
	}
	return 0, false
}

// delegateNear is the delegate of a node, or of the nearest before it that is in one.
func (a *App) delegateNear(from anchor) int {
	if from.stage == pipeline.TOSA {
		return from.part
	}
	for d := range nearSteps {
		n := from.node - model.NodeID(d)
		if n < 0 {
			break
		}
		if p := a.f.placeOf(from.stage, n); p.Kind == pipeline.Delegated {
			return p.Index
		}
	}
	return 0
}

// jump goes to a node of the stage on screen and remembers where from.
func (a *App) jump(n model.NodeID) {
	if a.list == nil || a.list.g == nil {
		return
	}
	a.remember()
	if !a.params && a.list.constant[n] {
		a.showParams(true)
	}
	a.land(n)
}

// land puts the cursor on a node of the listing. A fold that hides it is opened.
func (a *App) land(n model.NodeID) {
	if fd, ok := a.list.folds[int(a.list.ord[n])]; ok && fd.nodes[0] != n {
		a.fold.flip[a.list.g.Node(fd.nodes[0]).Name] = a.fold.all
		a.refoldNow(a.fold)
	}
	a.graph.win.Goto(a.list.item(n))
	a.touched()
}

// jumpEdge goes to a node of the edge graph, or to the boundary of that index in front of it.
func (a *App) jumpEdge(n model.NodeID, boundary int) {
	a.remember()
	if a.stage != pipeline.Partitioned {
		a.chosen = true
		a.goStage(pipeline.Partitioned, a.part)
	}
	if boundary >= 0 {
		if k := a.list.boundary(boundary); k >= 0 {
			a.graph.win.Goto(k)
			a.touched()
			return
		}
	}
	a.land(n)
}

// jumpAcross goes to what stands in the stage on screen for a node of another.
func (a *App) jumpAcross(s pipeline.Stage, n model.NodeID) {
	if m := a.follow(anchor{s, a.part, n}, a.stage); m != model.None {
		a.jump(m)
		return
	}
	a.say("nothing in %s stands for that node: < goes back a stage", a.stage)
}

// goRef goes to what a step of an explanation points at.
func (a *App) goRef(r model.Ref) {
	s, ok := pipeline.ParseStage(r.Stage)
	if !ok || s == pipeline.TOSA || a.f.res.Graph(s) == nil {
		return
	}
	if s == pipeline.Edge {
		s = pipeline.Partitioned
	}
	a.remember()
	a.chosen = true
	a.goStage(s, a.part)
	a.setFocus(paneGraph)
	a.land(r.Node)
}

func (a *App) remember() {
	at, ok := a.anchorName()
	if !ok {
		return
	}
	h := &a.back
	h.list = append(h.list[:h.at], visit{at.stage, at.part, at.name})
	if len(h.list) > maxVisits {
		h.list = h.list[1:]
	}
	h.at = len(h.list)
}

// travel goes d steps through the history.
func (a *App) travel(d int) tea.Cmd {
	h := &a.back
	if a.f == nil || d < 0 && h.at == 0 || d > 0 && h.at >= len(h.list)-1 {
		a.say("the history ends here")
		return nil
	}
	if h.at == len(h.list) {
		at, ok := a.anchorName()
		if ok {
			h.list = append(h.list, visit{at.stage, at.part, at.name})
		}
	}
	h.at = max(0, min(h.at+d, len(h.list)-1))
	v := h.list[h.at]
	if a.f.graph(v.stage, v.part) == nil {
		return nil
	}
	a.visit(v)
	return nil
}

// nextBoundary goes d boundaries on; in the TOSA stage, d delegates on.
func (a *App) nextBoundary(d int) tea.Cmd {
	if a.f == nil {
		return nil
	}
	if a.stage == pipeline.TOSA {
		a.nextDelegate(d)
		return nil
	}
	if a.f.res.Layout == nil || len(a.f.res.Layout.Boundaries) == 0 {
		a.say("no boundaries: nothing crosses between a delegate and the CPU")
		return nil
	}
	if a.stage != pipeline.Partitioned {
		a.setStage(pipeline.Partitioned)
	}
	b := a.list.bounds
	at := 0 // boundaries in front of the cursor
	for at < len(b) && b[at].before+at < a.graph.win.Cursor {
		at++
	}
	switch on := at < len(b) && b[at].before+at == a.graph.win.Cursor; {
	case d < 0:
		at += d
	case on:
		at += d
	default:
		at += d - 1
	}
	at = (at%len(b) + len(b)) % len(b)
	a.remember()
	a.graph.win.Goto(b[at].before + at)
	a.touched()
	return nil
}

func (a *App) nextDelegate(d int) {
	n := len(a.f.res.Delegates)
	if n == 0 {
		return
	}
	a.goStage(pipeline.TOSA, ((a.part+d)%n+n)%n)
	a.graph.win.Top()
	a.touched()
}

// nextFinding goes d findings on.
func (a *App) nextFinding(d int) tea.Cmd {
	if a.f == nil || len(a.f.findings) == 0 {
		a.say("no findings")
		return nil
	}
	n := len(a.f.findings)
	w := &a.finds.win
	i := w.Cursor + d
	if f := a.f.findings[w.Cursor]; len(f.Nodes) > 0 && a.current() != f.Nodes[0] {
		i = w.Cursor
	}
	w.Goto((i%n + n) % n)
	a.openRow(paneFinds)
	a.say("finding %d of %d: %s", w.Cursor+1, n, a.f.findings[w.Cursor].Text)
	return nil
}

func (a *App) showParams(on bool) {
	n := a.current()
	a.params = on
	a.list = a.listNow()
	a.graph.win.SetLen(a.list.len())
	if n != model.None {
		a.place(n)
	}
}

func (a *App) setFocus(p pane) {
	a.focus = p
	a.relayout()
}
