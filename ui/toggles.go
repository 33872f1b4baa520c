package ui

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"seam/ethosu"
	"seam/internal/pipeline"
	"seam/model"
	"seam/quant"
	"seam/themes"
	"seam/ui/row"
	"seam/ui/rows"
)

// toggleScreen is the what-if: switches on the left, what they do on the right.
type toggleScreen struct {
	win    rows.Window
	all    []toggle
	shown  []int // indices into all that the filter lets through
	filter string
	typing bool
	node   string // the operator that can be placed by hand
	back   screen
	list   rect
	effect rect
	scroll int // of the effect
}

// toggle is a row of the switches: a heading, an entry of a family, or a radio button.
type toggle struct {
	heading bool
	radio   bool
	family  string
	label   string
	note    string
	used    int // how often the overload occurs in the model
	on      bool
	def     bool
	change  string                                // the pressed switch as a change of the configuration, "" for a radio button
	set     func(pipeline.Config) pipeline.Config // the configuration with the switch pressed
}

// changed says whether the switch is not where it was: for a radio button, that it is the new choice.
func (t toggle) changed() bool { return t.on != t.def && (!t.radio || t.on) }

func (t toggle) key() string { return t.family + ":" + t.label }

// openToggles shows the switches. The cursor goes to the entry that the node under the cursor asks for, if there is one.
func (a *App) openToggles(int) tea.Cmd {
	if a.opt.Result != nil {
		a.say("a TOSA file has nothing to switch: what if is for models")
		return nil
	}
	a.screen, a.tog.back = screenToggles, screenMain
	a.tog.filter, a.tog.typing, a.tog.node = "", false, a.operatorName()
	a.tog.rebuild(a)
	a.tog.win.Goto(0)
	a.tog.firstFamily()
	if op := a.cursorOp(); op != "" {
		a.tog.findOp(op)
	}
	return nil
}

// cursorOp is the traced overload of what the cursor is on.
func (a *App) cursorOp() string {
	if a.f == nil || a.list == nil {
		return ""
	}
	at := anchor{a.stage, a.part, a.current()}
	if a.f.res.Layout != nil {
		if t, _, ok := a.whyTarget(); ok {
			at = anchor{pipeline.Partitioned, 0, t.node}
		}
	}
	n := a.follow(at, pipeline.Traced)
	if n == model.None {
		return ""
	}
	return a.f.res.Traced.Node(n).Target
}

// rebuild makes the rows for the configuration, and keeps the cursor on its switch.
func (s *toggleScreen) rebuild(a *App) {
	key := ""
	if i := s.win.Cursor; i < len(s.shown) {
		key = s.all[s.shown[i]].key()
	}
	base := a.cfg
	if a.base != nil {
		base = a.base.Config
	}
	var ops map[string]int
	if a.f != nil {
		ops = a.f.ops
	}
	s.all = append(placeToggles(a.cfg, base, s.node), toggles(a.cfg, base, ops)...)
	s.narrow()
	if key != "" {
		s.find(key)
	}
}

// toggles is every switch at cfg; what differs from base is marked as changed. ops counts the model's overloads: families
// that the pack leaves one of them out of come first.
func toggles(cfg, base pipeline.Config, ops map[string]int) []toggle {
	var out []toggle
	families := pipeline.Families(cfg)
	lacks := func(f quant.FamilyView) int {
		if slices.ContainsFunc(f.Entries, func(e quant.Entry) bool { return !e.Default && ops[e.Op] > 0 }) {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(families, func(x, y quant.FamilyView) int { return lacks(x) - lacks(y) })
	for _, f := range families {
		out = append(out, toggle{heading: true, family: f.Name, label: f.Name, note: f.File + ": " + f.Symbol})
		for _, e := range f.Entries {
			edit := quant.Edit{Family: f.Name, Op: e.Op, On: !e.On}
			plain := !e.On == e.Default
			out = append(out, toggle{
				family: f.Name, label: e.Op, on: e.On, def: e.Default, used: ops[e.Op], change: edit.String(),
				set: func(c pipeline.Config) pipeline.Config {
					if plain {
						c.Edits = c.Edits.Without(edit.Key())
					} else {
						c.Edits = c.Edits.With(edit)
					}
					return c
				},
			})
		}
	}
	return append(append(out, radios(cfg, base)...), checkToggles(cfg, base)...)
}

// checkToggles is a switch for each support check of the pack and target. Without a check the partitioner takes what it would
// have refused, which the tools behind it may not.
func checkToggles(cfg, base pipeline.Config) []toggle {
	out := []toggle{{heading: true, family: "check", label: "support checks", note: "backends/arm/operator_support"}}
	was, is := strings.Split(base.Checks, ";"), strings.Split(cfg.Checks, ";")
	large := strings.Contains(cfg.Target, "u85")
	for _, c := range ethosu.Checks() {
		if c.Since > cfg.Release || c.Until != "" && c.Until < cfg.Release || c.U55 && large {
			continue
		}
		on := !slices.Contains(is, c.ID)
		out = append(out, withChange(toggle{
			family: "check", label: c.ID, note: c.Needs, on: on, def: !slices.Contains(was, c.ID),
			change: "check:" + c.ID + "=" + map[bool]string{true: "off", false: "on"}[on],
		}))
	}
	return out
}

// withChange is a switch that makes its change.
func withChange(t toggle) toggle {
	change := t.change
	t.set = func(c pipeline.Config) pipeline.Config {
		if next, err := c.With(change); err == nil {
			return next
		}
		return c
	}
	return t
}

// placeToggles is where an operator is to run: as the checks say, or by hand.
func placeToggles(cfg, base pipeline.Config, name string) []toggle {
	if name == "" {
		return nil
	}
	at := func(c pipeline.Config) string {
		for _, s := range strings.Split(c.Force, ";") {
			if n, where, _ := strings.Cut(s, "="); n == name {
				return where
			}
		}
		return "auto"
	}
	out := []toggle{{heading: true, family: "node:" + name, label: "place of " + name, note: "by hand, or as the checks say"}}
	for _, where := range []string{"auto", "cpu", "npu"} {
		out = append(out, withChange(toggle{
			radio: true, family: "node:" + name, label: where, on: at(cfg) == where, def: at(base) == where, change: "node:" + name + "=" + where,
		}))
	}
	return out
}

// radios are the choices of target, pack and annotator.
func radios(cfg, base pipeline.Config) []toggle {
	var out []toggle
	group := func(name string, values []string, now, was string, set func(*pipeline.Config, string)) {
		out = append(out, toggle{heading: true, family: name, label: name})
		for _, v := range values {
			out = append(out, toggle{
				radio: true, family: name, label: v, on: v == now, def: v == was,
				set: func(c pipeline.Config) pipeline.Config { set(&c, v); return c },
			})
		}
	}
	group("target", ethosu.KnownTargets(), cfg.Target, base.Target, func(c *pipeline.Config, v string) { c.Target = v })
	group("pack", pipeline.Packs(), cfg.Release, base.Release, func(c *pipeline.Config, v string) { c.Release = v })
	shapes := map[bool]string{false: "as captured", true: "specialised"}
	group("shapes", []string{shapes[false], shapes[true]}, shapes[cfg.Static], shapes[base.Static], func(c *pipeline.Config, v string) { c.Static = v == shapes[true] })
	presets := []string{quant.Int8.String(), quant.A16W8.String(), quant.A8W4.String()}
	option := func(key string) func(*pipeline.Config, string) {
		return func(c *pipeline.Config, v string) {
			if next, err := c.With(key + "=" + v); err == nil {
				*c = next
			}
		}
	}
	group("quant", presets, cfg.Args.Preset.String(), base.Args.Preset.String(), option("quant"))
	onOff := map[bool]string{true: "on", false: "off"}
	group("per-channel", []string{"on", "off"}, onOff[cfg.Args.PerChannel], onOff[base.Args.PerChannel], option("per-channel"))
	group("io", []string{"on", "off"}, onOff[cfg.HasIO], onOff[base.HasIO], option("io"))
	names := []string{quant.Composable.String(), quant.Legacy.String()}
	group("annotator", names, cfg.Annotator.String(), base.Annotator.String(), func(c *pipeline.Config, v string) {
		c.Annotator = quant.Composable
		if v == quant.Legacy.String() {
			c.Annotator = quant.Legacy
		}
	})
	return out
}

// narrow applies the filter: rows that hold it, with the headings of their families.
func (s *toggleScreen) narrow() {
	s.shown = s.shown[:0]
	q := strings.ToLower(s.filter)
	head := -1
	for i, t := range s.all {
		if t.heading {
			head = i
			continue
		}
		if q != "" && !strings.Contains(strings.ToLower(t.key()+" "+t.note), q) {
			continue
		}
		if head >= 0 {
			s.shown, head = append(s.shown, head), -1
		}
		s.shown = append(s.shown, i)
	}
	s.win.SetLen(len(s.shown))
	s.skipHeading(1)
}

// skipHeading moves a cursor that is on a heading on, in direction d.
func (s *toggleScreen) skipHeading(d int) {
	for k := 0; k < 2; k++ {
		for i := s.win.Cursor; i >= 0 && i < len(s.shown); i += d {
			if !s.all[s.shown[i]].heading {
				s.win.Goto(i)
				return
			}
		}
		d = -d
	}
}

func (s *toggleScreen) move(d int) {
	s.win.Move(d)
	s.skipHeading(sign(d))
	if s.win.Cursor == 1 { // its heading comes into view too
		s.win.Offset = 0
	}
}

func sign(d int) int {
	if d < 0 {
		return -1
	}
	return 1
}

// firstFamily puts the cursor on the first entry of an annotator's list.
func (s *toggleScreen) firstFamily() {
	for k, i := range s.shown {
		if t := s.all[i]; !t.heading && !t.radio {
			s.win.Goto(k)
			return
		}
	}
}

func (s *toggleScreen) find(key string) bool {
	for k, i := range s.shown {
		if t := s.all[i]; !t.heading && t.key() == key {
			s.win.Goto(k)
			return true
		}
	}
	return false
}

// findOp puts the cursor on an overload, first where it is off.
func (s *toggleScreen) findOp(op string) {
	best := -1
	for k, i := range s.shown {
		t := s.all[i]
		if t.heading || t.radio || t.label != op {
			continue
		}
		if best < 0 || !t.on && s.all[s.shown[best]].on {
			best = k
		}
	}
	if best >= 0 {
		s.win.Goto(best)
		s.win.Center()
	}
}

// pressToggle presses the switch under the cursor and runs the stages again.
func (a *App) pressToggle(int) tea.Cmd {
	s := &a.tog
	if s.win.Cursor >= len(s.shown) {
		return nil
	}
	t := s.all[s.shown[s.win.Cursor]]
	if t.heading || t.radio && t.on {
		return nil
	}
	return a.change(t.set(a.cfg))
}

func (s *toggleScreen) resize(body rect) {
	s.list = rect{body.x, body.y, body.w, max(0, body.h*3/5)}
	s.effect = rect{body.x, body.y + s.list.h, body.w, body.h - s.list.h}
	if body.w >= 76 {
		left := min(body.w*52/100, 64)
		s.list = rect{body.x, body.y, left, body.h}
		s.effect = rect{body.x + left + 1, body.y, body.w - left - 1, body.h}
	}
	s.win.Resize(max(1, s.list.h-1))
}

func (a *App) drawToggles(f *frame) {
	s := &a.tog
	f.add(s.list.y, s.list.w, a.toggleTitle(s.list.w), false)
	f.fill(rect{s.list.x, s.list.y + 1, s.list.w, s.list.h - 1}, a.toggleRows(s.list.w, s.list.h-1))
	a.separate(f, s.effect)
	f.dim = a.job.dim
	f.add(s.effect.y, s.effect.w, ruled(" effect ", "before -> after ", s.effect.w), false)
	f.fill(rect{s.effect.x, s.effect.y + 1, s.effect.w, s.effect.h - 1}, a.effectRows(s.effect.w, s.effect.h-1))
}

// ruled is a title row with a text at each end of a rule.
func ruled(left, right string, w int) row.Row {
	n := w - 1 - row.Width(left) - row.Width(right)
	return row.Row{
		{Role: themes.Border, Text: "─"},
		{Role: themes.Title, Text: left},
		{Role: themes.Border, Text: repeat("─", n)},
		{Role: themes.Dim, Text: right},
	}
}

func (a *App) toggleTitle(w int) row.Row {
	s := &a.tog
	if s.typing || s.filter != "" {
		r := row.Row{{Role: themes.Key, Text: " / "}, {Role: themes.Match, Text: s.filter}}
		if s.typing {
			r = append(r, row.Span{Role: themes.Cursor, Text: " "})
		}
		return append(r, row.Span{Role: themes.Dim, Text: fmt.Sprintf("  %d shown", len(s.shown))})
	}
	right := "/ filters "
	if w >= 60 {
		right = "xN in the model   / filters   G target, pack "
	}
	title := " what if "
	if a.opt.Scenario != "" {
		title = " what if: " + cellLeft(row.Sanitize(a.opt.Scenario), min(24, row.Width(a.opt.Scenario))) + " "
	}
	return ruled(title, right, w)
}

func (a *App) toggleRows(w, h int) []line {
	s := &a.tog
	if len(s.shown) == 0 {
		return note("no switch has that in its name")
	}
	from, to := s.win.Visible()
	var out []line
	for k := from; k < min(to, from+h); k++ {
		out = append(out, line{toggleRow(s.all[s.shown[k]], w), k == s.win.Cursor})
	}
	return out
}

func toggleRow(t toggle, w int) row.Row {
	if t.heading {
		return row.Row{{Role: themes.Title, Text: " " + row.Sanitize(t.label)}, {Role: themes.Path, Text: "  " + cellLeft(t.note, max(0, w-len(t.label)-4))}}
	}
	box, role := "[ ]", themes.Dim
	switch {
	case t.radio && t.on:
		box, role = "(o)", themes.OK
	case t.radio:
		box = "( )"
	case t.on && t.on != t.def:
		box, role = "[*]", themes.Changed
	case t.on:
		box, role = "[x]", themes.OK
	}
	r := row.Row{{Role: role, Text: "  " + box + " "}, {Role: themes.Plain, Text: t.label}}
	if t.used > 0 {
		r = append(r, row.Span{Role: themes.Number, Text: fmt.Sprintf("  x%d", t.used)})
	}
	if t.changed() {
		r = append(r, row.Span{Role: themes.Changed, Text: "  CHANGED"})
	}
	if t.note != "" {
		r = append(r, row.Span{Role: themes.Dim, Text: "  " + t.note})
	}
	return r
}
