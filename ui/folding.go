package ui

import (
	"maps"
	"strings"

	tea "charm.land/bubbletea/v2"

	"seam/internal/pipeline"
	"seam/model"
)

// foldKind is what the graph pane folds by.
type foldKind uint8

const (
	foldNone foldKind = iota
	foldModule
	foldDelegate
)

var foldNames = [...]string{"none", "module", "delegate"}

// folding is which runs of nodes are one row. A run is nodes in a row of the list that belong together: to a module, down to
// a depth of its path, or to a delegate or island. It never reaches over a boundary, so boundaries are always seen.
type folding struct {
	by    foldKind
	depth int             // of a module's path; 0: the whole path
	all   bool            // runs are folded unless flipped, else open unless flipped
	flip  map[string]bool // by the name of the run's first node
	rev   int             // App.folds at the change: listings of another are old
}

// run is nodes [from, to) of a listing before folding, and what they have in common.
type run struct {
	from, to int
	key      string
}

// folded is a run that the list shows as one row.
type folded struct {
	key   string
	nodes []model.NodeID
}

// foldKeys is what node i of some belongs to, by index into nodes.
func (f *facts) foldKeys(k listKey, nodes []model.NodeID, by foldKind, depth int) []string {
	out := make([]string, len(nodes))
	last := ""
	for i, n := range nodes {
		switch by {
		case foldDelegate:
			switch p := f.placeOf(k.stage, n); p.Kind {
			case pipeline.Delegated, pipeline.OnHost:
				last = p.String()
			case pipeline.Unplaced:
				last = ""
			}
			out[i] = last // a quantize left outside goes with what is before it
		case foldModule:
			path, ok := f.modulePath(k, n)
			if !ok { // what a stage put in goes with the node before it
				path = last
			}
			out[i], last = cutPath(path, depth), path
		}
	}
	return out
}

// modulePath is the module of a node, or of the traced node that it stands for.
func (f *facts) modulePath(k listKey, n model.NodeID) (string, bool) {
	m := f.graph(k.stage, k.part).Node(n).Meta
	if m == nil || len(m.Modules) == 0 {
		t := f.follow(anchor{k.stage, k.part, n}, pipeline.Traced, 0)
		if t == model.None {
			return "", false
		}
		m = f.res.Traced.Node(t).Meta
	}
	return m.Path(), m != nil && len(m.Modules) > 0
}

// cutPath is the first depth names of a module's path.
func cutPath(path string, depth int) string {
	if depth <= 0 {
		return path
	}
	at := 0
	for range depth {
		i := strings.IndexByte(path[at:], '.')
		if i < 0 {
			return path
		}
		at += i + 1
	}
	return path[:at-1]
}

// runs cuts a listing into runs of one key; stop says where a run must begin anew.
func runs(keys []string, stop func(i int) bool) []run {
	var out []run
	for i, k := range keys {
		if n := len(out); n > 0 && out[n-1].key == k && k != "" && !stop(i) {
			out[n-1].to = i + 1
			continue
		}
		out = append(out, run{i, i + 1, k})
	}
	return out
}

// fold makes the listing's folded runs one row each, which its first node stands for.
func (l *listing) fold(f *facts, fo folding) {
	if fo.by == foldNone {
		return
	}
	at := map[int]bool{}
	for _, b := range l.bounds {
		at[b.before] = true
	}
	keys := f.foldKeys(l.key, l.nodes, fo.by, fo.depth)
	nodes := l.nodes
	l.nodes, l.folds = nil, map[int]folded{}
	moved := make([]int, len(nodes)+1) // where each row is now
	for _, r := range runs(keys, func(i int) bool { return at[i] }) {
		closed := r.key != "" && r.to-r.from > 1 && fo.all != fo.flip[l.g.Node(nodes[r.from]).Name]
		if closed {
			l.folds[len(l.nodes)] = folded{r.key, nodes[r.from:r.to]}
			for i := r.from; i < r.to; i++ {
				moved[i] = len(l.nodes)
			}
			l.nodes = append(l.nodes, nodes[r.from])
			continue
		}
		for i := r.from; i < r.to; i++ {
			moved[i] = len(l.nodes)
			l.nodes = append(l.nodes, nodes[i])
		}
	}
	moved[len(nodes)] = len(l.nodes)
	for i := range l.ord {
		l.ord[i] = int32(moved[l.ord[i]])
	}
	for i := range l.bounds {
		l.bounds[i].before = moved[l.bounds[i].before]
	}
}

// runAt is the run around a node, with the name that flips it. It looks no further around than the run reaches.
func (l *listing) runAt(f *facts, fo folding, n model.NodeID) (run, string, bool) {
	open := f.listing(listKey{stage: l.key.stage, part: l.key.part, params: l.key.params}, folding{})
	at := map[int]bool{}
	for _, b := range open.bounds {
		at[b.before] = true
	}
	i := int(open.ord[n])
	for reach := 64; ; reach *= 4 {
		from, to := open.ownKey(f, fo, i-reach), min(len(open.nodes), i+reach)
		keys := f.foldKeys(l.key, open.nodes[from:to], fo.by, fo.depth)
		for _, r := range runs(keys, func(i int) bool { return at[from+i] }) {
			r.from, r.to = r.from+from, r.to+from
			if i < r.from || r.to <= i {
				continue
			}
			if r.from == from && from > 0 || r.to == to && to < len(open.nodes) {
				break // it may reach further
			}
			return r, open.g.Node(open.nodes[r.from]).Name, r.key != "" && r.to-r.from > 1
		}
		if from == 0 && to == len(open.nodes) {
			return run{}, "", false
		}
	}
}

// ownKey is the last row at or before row i whose node does not go with the node before it.
func (l *listing) ownKey(f *facts, fo folding, i int) int {
	for ; i > 0; i-- {
		n := l.nodes[i]
		if _, ok := f.modulePath(l.key, n); fo.by == foldModule && ok {
			return i
		}
		if k := f.placeOf(l.key.stage, n).Kind; fo.by == foldDelegate && k != pipeline.Peeled {
			return i
		}
	}
	return 0
}

// foldHere folds the run around the cursor. On a folded row it folds one module further out.
func (a *App) foldHere(int) tea.Cmd {
	if a.focus != paneGraph || a.current() == model.None {
		return nil
	}
	fo := a.fold
	if fo.by == foldNone {
		fo = folding{by: foldModule, flip: map[string]bool{}}
	}
	n := a.current()
	if _, ok := a.list.foldAt(a.graph.win.Cursor); ok {
		return a.foldOut(n)
	}
	r, name, ok := a.list.runAt(a.f, fo, n)
	if !ok {
		a.say("nothing to fold here: the node is alone in its %s", foldNames[fo.by])
		return nil
	}
	fo.flip[name] = !fo.all
	a.say("folded %s", strings.TrimSpace(r.key))
	return a.refold(fo)
}

// foldOut folds by one name of the module's path less.
func (a *App) foldOut(n model.NodeID) tea.Cmd {
	path, _ := a.f.modulePath(a.list.key, n)
	depth := strings.Count(path, ".")
	if a.fold.depth > 0 {
		depth = min(depth, a.fold.depth-1)
	}
	if a.fold.by != foldModule || depth < 1 {
		a.say("folded as far as it goes")
		return nil
	}
	a.say("folded by module, %s deep", plural(depth, "name"))
	return a.refold(folding{by: foldModule, depth: depth, all: true, flip: map[string]bool{}})
}

// unfoldHere opens the row at the cursor.
func (a *App) unfoldHere(int) tea.Cmd {
	if a.focus != paneGraph || a.list.len() == 0 {
		return nil
	}
	fd, ok := a.list.foldAt(a.graph.win.Cursor)
	if !ok {
		return nil
	}
	a.fold.flip[a.list.g.Node(fd.nodes[0]).Name] = a.fold.all
	return a.refold(a.fold)
}

// foldAll folds everything by module, and then by delegate.
func (a *App) foldAll(int) tea.Cmd {
	switch {
	case a.fold.by == foldModule && a.fold.all:
		return a.foldBy(foldNames[foldDelegate])
	default:
		return a.foldBy(foldNames[foldModule])
	}
}

func (a *App) unfoldAll(int) tea.Cmd { return a.foldBy(foldNames[foldNone]) }

// foldBy folds by "module", "delegate" or "none".
func (a *App) foldBy(name string) tea.Cmd {
	if a.list == nil || a.list.g == nil {
		return nil
	}
	fo := folding{flip: map[string]bool{}, all: true}
	switch name {
	case "module":
		fo.by, fo.depth = foldModule, a.topDepth()
	case "delegate":
		fo.by = foldDelegate
	}
	a.screen = screenMain
	a.say("%s", map[foldKind]string{foldNone: "unfolded", foldModule: "folded by module: l opens one, H again folds by delegate", foldDelegate: "folded by delegate: l opens one, L all"}[fo.by])
	return a.refold(fo)
}

// topDepth is the least depth of module path at which the program has several modules.
func (a *App) topDepth() int {
	g := a.f.res.Traced
	for depth := 1; depth < 6 && g != nil; depth++ {
		seen := map[string]bool{}
		for n := range g.Len() {
			if m := g.Node(model.NodeID(n)).Meta; m != nil && m.Path() != "" {
				seen[cutPath(m.Path(), depth)] = true
			}
			if len(seen) > 2 {
				return depth
			}
		}
	}
	return 1
}

// foldAtOnce is the number of nodes up to which a key folds before the next frame. Larger graphs are folded beside it.
const foldAtOnce = 5_000

// foldedMsg is a listing that was folded beside the screen.
type foldedMsg struct {
	f    *facts
	fold folding
	list *listing
}

// refold lists the stage with another folding. The cursor stays on its node, at the same height; the node is that which the
// person chose, so that folding and unfolding ends where it began.
func (a *App) refold(fo folding) tea.Cmd {
	if g := a.f.graph(a.stage, a.part); g == nil || g.Len() <= foldAtOnce {
		a.refoldNow(fo)
		return nil
	}
	a.folds++
	fo.rev = a.folds
	f, key, beside := a.f, listKey{a.stage, a.part, a.params}, fo
	beside.flip = maps.Clone(fo.flip)
	return func() tea.Msg { return foldedMsg{f, fo, f.newListing(key, beside)} }
}

// refoldNow is refold before the next frame.
func (a *App) refoldNow(fo folding) {
	a.folds++
	fo.rev = a.folds
	a.folded(foldedMsg{a.f, fo, a.f.newListing(listKey{a.stage, a.part, a.params}, fo)})
}

// chosenNode is the node that the person chose, if the row at the cursor holds it, else that at the cursor.
func (a *App) chosenNode() model.NodeID {
	at := a.current()
	if k := a.graph.anchor; at != model.None && k.stage == a.stage && k.part == a.part && a.list.ord[k.node] == a.list.ord[at] {
		return k.node
	}
	return at
}

// folded shows a folded listing, unless another was asked for since, or the screen shows something else.
func (a *App) folded(m foldedMsg) {
	if m.fold.rev != a.folds || m.f != a.f {
		return
	}
	at := a.chosenNode()
	a.fold = m.fold
	a.f.forget()
	if m.list.g != nil {
		key := foldedKey{m.list.key, m.fold.rev}
		if m.fold.by == foldNone {
			key.rev = 0
		}
		a.f.listings[key] = m.list
	}
	a.list = a.listNow()
	a.graph.win.SetLen(a.list.len())
	if at != model.None {
		a.place(at)
	}
	a.search.list = nil
}
