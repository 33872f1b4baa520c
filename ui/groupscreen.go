package ui

import (
	"fmt"
	"math"
	"strconv"

	tea "charm.land/bubbletea/v2"

	"seam/internal/pipeline"
	"seam/model"
	"seam/quant"
	"seam/themes"
	"seam/ui/row"
	"seam/ui/rows"
)

// groupScreen is one sharing group: whose spec won, what each place has on its own, and what its observer saw.
type groupScreen struct {
	win  rows.Window
	id   quant.GroupID
	key  groupKey
	rows []groupRow
}

type groupKey struct {
	f  *facts
	id quant.GroupID
	w  int
}

// groupRow is a row and the node that it is about, None for none.
type groupRow struct {
	row.Row
	node model.NodeID // of the annotated graph
}

// openGroup shows the group at the groups pane's cursor, or that of the node under the graph pane's.
func (a *App) openGroup(int) tea.Cmd {
	if a.f != nil && a.f.res.Ann == nil && a.f.res.Converted != nil {
		a.say("the program came quantized: which places shared an observer is not known")
		return nil
	}
	if a.f == nil || a.f.res.Ann == nil || len(a.f.res.Ann.Groups) == 0 {
		a.say("not annotated: there are no groups")
		return nil
	}
	id := a.groupHere()
	if id < 0 {
		a.say("nothing quantizes this node: no place of it is in a group")
		return nil
	}
	a.showGroup(id)
	return nil
}

func (a *App) groupHere() quant.GroupID {
	if i := a.groups.win.Cursor; a.focus == paneGroups && i < len(a.f.groups) {
		return a.f.groups[i].id
	}
	n := a.current()
	if n == model.None {
		return -1
	}
	s := a.stage
	if s == pipeline.TOSA || s == pipeline.Traced {
		if n = a.follow(anchor{s, a.part, n}, pipeline.Annotated); n == model.None {
			return -1
		}
		s = pipeline.Annotated
	}
	ports := a.f.res.Ports(s, n)
	for i := len(ports) - 1; i >= 0; i-- { // the output says most
		if ports[i].Group >= 0 {
			return ports[i].Group
		}
	}
	for i := len(ports) - 1; i >= 0 && a.f.res.Ann != nil; i-- {
		if g, _ := carriedGroup(a.f.res.Ann, ports[i]); g >= 0 {
			return g
		}
	}
	return -1
}

func (a *App) showGroup(id quant.GroupID) {
	g := &a.group
	g.id, g.key = id, groupKey{}
	if a.screen != screenGroup {
		a.screen = screenGroup
	}
	a.layGroup(a.w)
	g.win.Top()
	for i, r := range g.rows {
		if r.node != model.None {
			g.win.Goto(i)
			break
		}
	}
	g.win.Offset = 0
	g.win.Goto(g.win.Cursor)
}

// groupBy goes d groups on in the list of the groups pane.
func (a *App) groupBy(d int) tea.Cmd {
	list := a.f.groups
	if len(list) == 0 {
		a.say("no places share a spec")
		return nil
	}
	at := 0
	for at < len(list) && list[at].id < a.group.id {
		at++
	}
	if d > 0 && (at == len(list) || list[at].id != a.group.id) {
		at--
	}
	at = ((at+d)%len(list) + len(list)) % len(list)
	a.groups.win.Goto(at)
	a.showGroup(list[at].id)
	return nil
}

func (a *App) groupEnter(int) tea.Cmd {
	if i := a.group.win.Cursor; i < len(a.group.rows) && a.group.rows[i].node != model.None {
		a.screen = screenMain
		a.setFocus(paneGraph)
		a.jumpAcross(pipeline.Annotated, a.group.rows[i].node)
	}
	return nil
}

// groupScreenRows draws the screen.
func (a *App) groupScreenRows(w, h int) []line {
	g := &a.group
	a.layGroup(w)
	out := []line{{ruled(fmt.Sprintf(" group S#%d ", g.id), "n N next   enter goes there   esc ", w), false}}
	from, to := g.win.Visible()
	for i := from; i < min(to, from+h-1); i++ {
		out = append(out, line{g.rows[i].Row, i == g.win.Cursor})
	}
	return out
}

// layGroup makes the rows for a width, unless they are there.
func (a *App) layGroup(w int) {
	g := &a.group
	key := groupKey{a.f, g.id, w}
	if g.key == key {
		return
	}
	ann := a.f.res.Ann
	if ann == nil || int(g.id) >= len(ann.Groups) {
		g.key, g.rows = key, []groupRow{{row.Row{{Role: themes.Dim, Text: " the group is gone"}}, model.None}}
		g.win.SetLen(1)
		return
	}
	l := &groupLayout{ann: ann, g: ann.Groups[g.id], cal: a.f.res.Cal, w: w}
	if l.cal != nil && int(g.id) < len(l.cal.Groups) {
		l.st = l.cal.Groups[g.id]
	}
	l.axis()
	l.head()
	l.histogram()
	l.members()
	l.channels()
	g.key, g.rows = key, l.rows
	g.win.SetLen(len(l.rows))
}

// groupLayout collects the rows of a group.
type groupLayout struct {
	ann    *quant.Annotation
	g      quant.SharingGroup
	cal    *quant.Calibration
	st     quant.GroupStat
	w      int
	lo, hi float64 // of the axis that the bars share, in real units
	rows   []groupRow
}

func (l *groupLayout) add(n model.NodeID, r ...row.Span) { l.rows = append(l.rows, groupRow{r, n}) }

func (l *groupLayout) field(label string, role themes.Role, text string) {
	const indent = 10
	for i, s := range wrap(text, l.w-indent-1) {
		if i > 0 {
			label = ""
		}
		l.add(model.None, row.Span{Role: themes.Dim, Text: " " + cell(label, indent-1)}, row.Span{Role: role, Text: s})
	}
}

// head is the group's spec, whose it is, and the range that was chosen.
func (l *groupLayout) head() {
	spec := l.g.Spec
	l.field("spec", themes.Plain, specWord(spec.Kind)+" "+rangeText(spec)+", "+spec.Observer.String())
	l.field("won", themes.OK, l.ann.PlaceName(l.g.Root)+": the first place that prepare visits gives its spec to "+plural(len(l.g.Members), "place"))
	switch {
	case l.st.Unknown:
		l.field("range", themes.Unknown, "? seam cannot evaluate what the group looks at")
	case l.st.Err != "":
		l.field("range", themes.Error, "! "+l.st.Err)
	case len(l.st.Params) == 0:
		l.field("range", themes.Unknown, "not calibrated")
	default:
		text := paramText(l.st.Params)
		if len(l.st.Params) == 1 && l.st.Hi > l.st.Lo {
			text += fmt.Sprintf("   covers [%s, %s]", realText(l.st.Lo), realText(l.st.Hi))
			if len(l.st.Min) == 1 {
				text += fmt.Sprintf(" of [%s, %s] that was seen", realText(l.st.Min[0]), realText(l.st.Max[0]))
			}
		}
		l.field("range", themes.Number, text)
	}
	l.add(model.None)
}

func realText(v float32) string { return strconv.FormatFloat(float64(v), 'g', 4, 32) }

// axis is the least range that holds all that is drawn.
func (l *groupLayout) axis() {
	l.lo, l.hi = min(0, float64(l.st.Lo)), max(0, float64(l.st.Hi))
	for _, x := range l.st.Seen {
		if x.Min <= x.Max {
			l.lo, l.hi = min(l.lo, float64(x.Min)), max(l.hi, float64(x.Max))
		}
	}
	for i := range l.st.Min {
		l.lo, l.hi = min(l.lo, float64(l.st.Min[i])), max(l.hi, float64(l.st.Max[i]))
	}
}

// members is a row a place: whether its own spec won, what range its value has, and what sharing costs it.
func (l *groupLayout) members() {
	name, bar := l.columns()
	head := " " + cell("place", name) + cell("own spec", 9)
	if len(l.st.Seen) > 0 {
		head += cell("own █ shared ─ cut ░", bar) + " bits lost"
	}
	l.add(model.None, row.Span{Role: themes.Title, Text: head})
	for _, s := range l.g.Members {
		p, _ := l.ann.Place(s)
		word, role := l.fate(s)
		r := row.Row{{Role: themes.Plain, Text: " " + nameCell(row.Sanitize(l.ann.PlaceName(s)), name-1) + " "}, {Role: role, Text: cell(word, 9)}}
		if x, ok := l.seen(p); ok {
			r = append(r, l.bar(float64(x.Min), float64(x.Max), bar)...)
			r = append(r, l.bitsSpan(x))
		}
		l.add(p, r...)
	}
}

// columns is the width of names and of bars.
func (l *groupLayout) columns() (name, bar int) {
	name = min(44, max(14, l.w*2/5))
	return name, max(8, min(60, l.w-name-9-1-12))
}

// fate is what became of a place's own spec: it won, it shares another's by the annotator's word, it is the same as the
// winner's, or it lost against a different one.
func (l *groupLayout) fate(s quant.Slot) (string, themes.Role) {
	own := l.ann.Spec(s)
	switch {
	case s == l.g.Root:
		return "won", themes.OK
	case own.Kind == quant.Shared:
		return "shares", themes.Shared
	case own == l.g.Spec:
		return "same", themes.Dim
	}
	return "lost", themes.Warn
}

func (l *groupLayout) seen(n model.NodeID) (quant.Extent, bool) {
	for _, x := range l.st.Seen {
		if x.Node == n {
			return x, x.Min <= x.Max
		}
	}
	return quant.Extent{}, false
}

// bar is the range [lo, hi] on the group's axis: full where the value has numbers, dotted where these are cut off, and a line
// where the chosen range reaches further.
func (l *groupLayout) bar(lo, hi float64, w int) row.Row {
	out := row.Row{}
	if l.hi <= l.lo {
		return row.Row{{Role: themes.Plain, Text: space(w + 1)}}
	}
	step := (l.hi - l.lo) / float64(w)
	for i := range w {
		from := l.lo + float64(i)*step
		to := from + step
		glyph, role := " ", themes.Plain
		in := lo <= to && hi >= from
		chosen := float64(l.st.Lo) <= to && float64(l.st.Hi) >= from
		switch {
		case in && chosen:
			glyph, role = "█", themes.Good
		case in:
			glyph, role = "░", themes.Bad
		case chosen:
			glyph, role = "─", themes.Dim
		}
		if n := len(out); n > 0 && out[n-1].Role == role {
			out[n-1].Text += glyph
		} else {
			out = append(out, row.Span{Role: role, Text: glyph})
		}
	}
	return append(out, row.Span{Role: themes.Plain, Text: " "})
}

// bitsSpan is the resolution that a place loses by sharing: the bits by which the chosen range is wider than its own one,
// which holds 0. It is a bound by the extremes: an observer of its own might have cut some of them off.
func (l *groupLayout) bitsSpan(x quant.Extent) row.Span {
	bits, ok := bitsLost(l.g.Spec, l.st, x.Min, x.Max)
	switch {
	case !ok:
		return row.Span{Role: themes.Unknown, Text: "?"}
	case bits < 0.05:
		return row.Span{Role: themes.Dim, Text: "0"}
	case bits < 1:
		return row.Span{Role: themes.Number, Text: strconv.FormatFloat(bits, 'f', 1, 64)}
	}
	return row.Span{Role: themes.Bad, Text: strconv.FormatFloat(bits, 'f', 1, 64) + " -"}
}

// bitsLost is log2 of the chosen range over a value's own range. Both hold 0; for a symmetric spec both are centred on it.
//
//	lo, hi  real units
//	result  bits, at least 0; false without a range
func bitsLost(q quant.QSpec, st quant.GroupStat, lo, hi float32) (float64, bool) {
	width := func(lo, hi float64) float64 {
		lo, hi = min(0, lo), max(0, hi)
		if q.Scheme == quant.PerTensorSymmetric || q.Scheme == quant.PerChannelSymmetric {
			return 2 * max(-lo, hi)
		}
		return hi - lo
	}
	own, shared := width(float64(lo), float64(hi)), width(float64(st.Lo), float64(st.Hi))
	switch {
	case shared <= 0 || len(st.Params) == 0:
		return 0, false
	case own == 0: // zero is exact at any scale
		return 0, true
	}
	return max(0, math.Log2(shared/own)), true
}

// worstBits is the most that bitsLost gives for any value that a group saw.
func worstBits(q quant.QSpec, st quant.GroupStat) float64 {
	worst := 0.0
	for _, x := range st.Seen {
		if bits, ok := bitsLost(q, st, x.Min, x.Max); ok {
			worst = max(worst, bits)
		}
	}
	return worst
}

// channels is a row a channel of a per-channel spec.
func (l *groupLayout) channels() {
	if len(l.st.Params) < 2 || len(l.st.Min) != len(l.st.Params) {
		return
	}
	name, bar := l.columns()
	l.add(model.None)
	l.add(model.None, row.Span{Role: themes.Title, Text: " " + cell("channel", name) + cell("scale", 9) + "range"})
	for i, p := range l.st.Params {
		r := row.Row{{Role: themes.Dim, Text: " " + cell(strconv.Itoa(i), name)}, {Role: themes.Number, Text: cell(scaleText(p.Scale), 9)}}
		l.add(model.None, append(r, l.bar(float64(l.st.Min[i]), float64(l.st.Max[i]), bar)...)...)
	}
}
