package ui

import (
	"slices"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"seam/ethosu"
	"seam/internal/pipeline"
	"seam/model"
	"seam/quant"
	"seam/themes"
)

// word is a command of the command line that takes an argument and has no key of its own.
func word(name, what string, args func() []string, arg func(string) tea.Cmd) binding {
	return binding{name: name, what: what, args: args, arg: arg}
}

// settings is the commands with an argument: where to go, and every option of the configuration.
func (a *App) settings() []binding {
	option := func(name, what string, values func() []string) binding {
		return word(name, what, values, func(v string) tea.Cmd { return a.set(name + "=" + v) })
	}
	return append([]binding{
		word("goto", "NODE: go to a node by name or number", a.nodeNames, a.goName),
		word("find", "EXPR: search, as / does", nil, a.findText),
		word("stage", "NAME: another stage", stageNames, a.stageNamed),
		word("pane", "NAME: graph, node, delegates, groups, findings", paneArgs, a.paneNamed),
		word("fold-by", "module, delegate or none", func() []string { return foldNames[:] }, a.foldBy),
		option("target", "NAME: another Ethos-U", ethosu.KnownTargets),
		option("pack", "RELEASE: another rule pack", pipeline.Packs),
		option("annotator", "NAME: legacy or composable", fixed(quant.Composable.String(), quant.Legacy.String())),
		option("quant", "NAME: the preset", fixed("int8", "a16w8", "a8w4")),
		option("per-channel", "on or off: one scale a channel of the weights", fixed("on", "off")),
		option("static", "on or off: fixed shapes", fixed("on", "off")),
		option("io", "on or off: inputs and outputs quantized too", fixed("on", "off")),
		word("set", "CHANGE: FAMILY:OP=on check:ID=off node:NAME=cpu module:M=float", a.changeNames, a.set),
		word("against", "WHAT: diff with base, stage, pack=R, target=T or a change", a.againstNames, a.against),
		word("scenario-save", "FILE: write the changes", nil, a.saveScenario),
		word("scenario-load", "FILE: make the changes of a file", nil, a.loadScenario),
		word("theme", "NAME: other colours", a.themeNames, a.setTheme),
	}, a.exportWords()...)
}

func fixed(v ...string) func() []string { return func() []string { return v } }

func stageNames() []string {
	var out []string
	for s := range pipeline.NumStages {
		out = append(out, s.String())
	}
	return out
}

func paneArgs() []string {
	var out []string
	for _, n := range paneNames {
		out = append(out, strings.ToLower(n))
	}
	return out
}

// nodeNames is the names of the listed nodes, to complete them.
func (a *App) nodeNames() []string {
	if a.list == nil || a.list.g == nil {
		return nil
	}
	out := make([]string, len(a.list.nodes))
	for i, n := range a.list.nodes {
		out[i] = a.list.g.Node(n).Name
	}
	return out
}

// goName goes to a node of the stage on screen by name or number; a node of another stage is followed to this one.
func (a *App) goName(s string) tea.Cmd {
	if a.list == nil || a.list.g == nil {
		return nil
	}
	a.screen = screenMain
	if n, err := strconv.Atoi(s); err == nil && n >= 0 && n < a.list.g.Len() {
		a.jump(model.NodeID(n))
		return nil
	}
	if n := a.list.g.ByName(s); n != model.None {
		a.jump(n)
		return nil
	}
	for st := range pipeline.TOSA {
		if g := a.f.res.Graph(st); g != nil && g.ByName(s) != model.None {
			a.jumpAcross(st, g.ByName(s))
			return nil
		}
	}
	a.warn("no node %q", s)
	return nil
}

func (a *App) findText(s string) tea.Cmd {
	a.screen = screenMain
	a.openSearch(0)
	a.search.typing = false
	a.search.text = s
	cmd := a.search.start()
	a.search.walk = 1
	return cmd
}

func (a *App) stageNamed(s string) tea.Cmd {
	if st, ok := pipeline.ParseStage(s); ok {
		a.screen = screenMain
		a.setStage(st)
		return nil
	}
	a.warn("no stage %q: %s", s, strings.Join(stageNames(), ", "))
	return nil
}

func (a *App) paneNamed(s string) tea.Cmd {
	if i := slices.Index(paneArgs(), s); i >= 0 {
		a.screen = screenMain
		a.setFocus(pane(i))
		return nil
	}
	a.warn("no pane %q: %s", s, strings.Join(paneArgs(), ", "))
	return nil
}

// set makes a change of the configuration, written as pipeline.Config.With reads it, and runs the stages again.
func (a *App) set(change string) tea.Cmd {
	cfg, err := a.cfg.With(change)
	if err != nil {
		a.warn("%v", err)
		return nil
	}
	if cfg == a.cfg {
		a.say("%s is as it is already", change)
		return nil
	}
	a.say("%s: u undoes it", change)
	return a.change(cfg)
}

// changeNames is the changes that a person may make at the cursor's node, then the entries that the model's overloads miss.
func (a *App) changeNames() []string {
	var out []string
	if name := a.operatorName(); name != "" {
		for _, where := range []string{"cpu", "npu", "auto"} {
			out = append(out, "node:"+name+"="+where)
		}
	}
	if m := a.module(); m != "" {
		out = append(out, "module:"+m+"=float")
	}
	for _, t := range a.tog.all {
		if t.change != "" {
			out = append(out, t.change)
		}
	}
	return out
}

// operatorName is the edge operator at the cursor, "" without one.
func (a *App) operatorName() string {
	if a.f == nil || a.f.res.Edge == nil || a.current() == model.None {
		return ""
	}
	e := a.follow(anchor{a.stage, a.part, a.current()}, pipeline.Partitioned)
	if e == model.None {
		return ""
	}
	if x := a.f.res.Edge.Graph.Node(e); x.Kind == model.Call && !isQDQ(x.Target) {
		return x.Name
	}
	return ""
}

// module is the module path of the node at the cursor.
func (a *App) module() string {
	n := a.current()
	if n == model.None {
		return ""
	}
	m, _ := a.metaOf(n)
	return m.Path()
}

func (a *App) themeNames() []string { return append(themes.Names(), a.opt.Themes...) }

// setTheme changes the colours: to a built-in theme, or one of the person's own.
func (a *App) setTheme(name string) tea.Cmd {
	t, ok := themes.Builtin(name)
	if !ok && a.opt.OpenTheme != nil {
		var err error
		if t, err = a.opt.OpenTheme(name); err != nil {
			a.warn("%v", err)
			return nil
		}
		ok = true
	}
	if !ok {
		a.warn("no theme %q: %s", name, strings.Join(a.themeNames(), ", "))
		return nil
	}
	a.theme, a.opt.Theme = t, t
	return nil
}
