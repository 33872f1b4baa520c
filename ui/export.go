package ui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"seam/model"
	"seam/themes"
	"seam/ui/row"
)

// drawer is the panel over the lower rows, if one is open.
type drawer uint8

const (
	drawerNone drawer = iota
	drawerExport
	drawerMenu
	drawerYank
	drawerCompare
)

// exportDrawer chooses what to write and where.
type exportDrawer struct {
	kind   int
	paths  [len(exportKinds)]string
	typing bool
}

var exportKinds = [...]struct{ kind, name, ext string }{
	{ExportJSON, "JSON snapshot: graph, specs, groups, delegates, boundaries, causes", ".snap.json"},
	{ExportMarkdown, "Markdown: the split and its causes, to paste into an issue", ".md"},
	{ExportPatch, "Patch: the switched entries as a unified diff of upstream's lists", ".patch"},
	{ExportDOT, "DOT: a picture for Graphviz", ".dot"},
	{ExportMermaid, "Mermaid: a picture for a Markdown file", ".mmd"},
	{ExportExplorer, "Model Explorer: the graph with its delegates", ".explorer.json"},
	{ExportSVG, "SVG: a picture of the partition", ".svg"},
	{ExportHTML, "HTML: one page with the picture, the pieces, the causes and the nodes", ".html"},
}

// reset proposes paths beside the working directory's model.
func (d *exportDrawer) reset(title string) {
	base := title[strings.LastIndexAny(title, `/\`)+1:]
	base = strings.TrimSuffix(base, ".pt2")
	if base == "" {
		base = "model"
	}
	for i, k := range exportKinds {
		d.paths[i] = base + k.ext
	}
}

func (a *App) openExport(int) tea.Cmd {
	switch {
	case a.opt.Export == nil:
		a.say("this program was started without a way to write files")
	case a.f == nil || a.f.partial || a.job.running:
		a.say("still running: export when the result is there")
	default:
		a.drawer, a.export.typing = drawerExport, false
	}
	return nil
}

func (a *App) exportKey(k string) tea.Cmd {
	d := &a.export
	switch k {
	case "esc":
		if d.typing {
			d.typing = false
			return nil
		}
		a.drawer = drawerNone
		return nil
	case "tab":
		d.typing = !d.typing
		return nil
	case "down":
		d.kind = (d.kind + 1) % len(exportKinds)
		return nil
	case "up":
		d.kind = (d.kind + len(exportKinds) - 1) % len(exportKinds)
		return nil
	case "enter":
		a.drawer = drawerNone
		return a.write(exportKinds[d.kind].kind, d.paths[d.kind])
	}
	if d.typing {
		d.paths[d.kind], _ = edit(d.paths[d.kind], k)
		return nil
	}
	switch k {
	case "j":
		return a.exportKey("down")
	case "k":
		return a.exportKey("up")
	case "q", "e":
		a.drawer = drawerNone
	}
	return nil
}

// exportTo writes a format to a path.
func (a *App) exportTo(kind, path string) tea.Cmd {
	if a.openExport(0); a.drawer != drawerExport {
		return nil
	}
	a.drawer = drawerNone
	return a.write(kind, path)
}

// exportWords is a command of the command line for each format.
func (a *App) exportWords() []binding {
	var out []binding
	for _, k := range exportKinds {
		name, _, _ := strings.Cut(k.name, ":")
		out = append(out, word("export-"+k.kind, "FILE: "+name, nil, func(p string) tea.Cmd { return a.exportTo(k.kind, p) }))
	}
	return out
}

// write calls the exporter beside the screen.
func (a *App) write(kind, path string) tea.Cmd {
	if strings.TrimSpace(path) == "" {
		a.warn("no path to write to")
		return nil
	}
	res, export := a.f.res, a.opt.Export
	a.say("writing %s", path)
	return func() tea.Msg { return exportMsg{path, export(kind, res, path)} }
}

func (a *App) exported(m exportMsg) {
	if m.err != nil {
		a.warn("%v", m.err)
		return
	}
	a.say("wrote %s", m.path)
}

func (a *App) exportRows(w int) []line {
	d := &a.export
	out := []line{{ruled(" export ", "j k choose   tab edits the path   enter writes   esc ", w), false}}
	for i, k := range exportKinds {
		mark := "  ( ) "
		if i == d.kind {
			mark = "  (o) "
		}
		out = append(out, line{row.Row{{Role: themes.Key, Text: mark}, {Role: themes.Plain, Text: k.name}}, i == d.kind && !d.typing})
	}
	r := row.Row{{Role: themes.Dim, Text: "  path "}, {Role: themes.Path, Text: row.Sanitize(d.paths[d.kind])}}
	if d.typing {
		r = append(r, row.Span{Role: themes.Cursor, Text: "_"})
	}
	return append(out, line{r, false}, line{})
}

// menuDrawer is a choice among nodes: who reads a value, what a node reads.
type menuDrawer struct {
	title string
	nodes []model.NodeID
	at    int
}

// choose goes to the one node, or opens a menu of several.
func (a *App) choose(title string, nodes []model.NodeID) {
	switch len(nodes) {
	case 0:
		a.say("%s: none", title)
	case 1:
		a.jump(nodes[0])
	default:
		a.menu, a.drawer = menuDrawer{title: title, nodes: nodes}, drawerMenu
	}
}

func (a *App) menuKey(k string) tea.Cmd {
	m := &a.menu
	switch k {
	case "j", "down":
		m.at = min(m.at+1, len(m.nodes)-1)
	case "k", "up":
		m.at = max(m.at-1, 0)
	case "enter":
		a.drawer = drawerNone
		a.jump(m.nodes[m.at])
	case "esc", "q":
		a.drawer = drawerNone
	default:
		if len(k) == 1 && k[0] >= '1' && int(k[0]-'1') < len(m.nodes) {
			a.drawer = drawerNone
			a.jump(m.nodes[k[0]-'1'])
		}
	}
	return nil
}

func (a *App) menuRows(w int) []line {
	m := &a.menu
	const most = 9
	out := []line{{ruled(" "+m.title+" ", "j k   enter goes there   esc ", w), false}}
	from := max(0, min(m.at-most/2, len(m.nodes)-most))
	for i := from; i < min(len(m.nodes), from+most); i++ {
		x := a.list.g.Node(m.nodes[i])
		key := "  "
		if i < 9 {
			key = string(rune('1'+i)) + " "
		}
		r := row.Row{
			{Role: themes.Key, Text: "  " + key},
			{Role: themes.Plain, Text: cell(row.Sanitize(x.Name), 32) + " "},
			{Role: opRole(x), Text: row.Sanitize(opText(a.list.g, x))},
		}
		out = append(out, line{r, i == m.at})
	}
	return out
}

func (a *App) drawerRows(w int) []line {
	switch a.drawer {
	case drawerExport:
		return a.exportRows(w)
	case drawerMenu:
		return a.menuRows(w)
	case drawerYank:
		return a.yankRows(w)
	case drawerCompare:
		return a.compareRows(w)
	}
	return nil
}
