package ui

import (
	"bytes"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/alecthomas/chroma/v2"
	"github.com/alecthomas/chroma/v2/lexers"

	"seam/model"
	"seam/themes"
	"seam/ui/row"
)

// sourceLines is how many lines of the user's source are shown above and below a node's own.
const sourceLines = 5

// sourceKey is what a highlighted window depends on.
type sourceKey struct {
	file string
	line int
	text string // the line as the model's file has it, for when the source is not there
}

// sourceCache keeps highlighted windows. Lexing is slow (12 ms for 40 lines), so it is done in a command, once a window.
type sourceCache struct {
	get     func(file string) ([]byte, error)
	windows map[sourceKey][]row.Row
	asked   map[sourceKey]bool
}

// maxWindows bounds the cache; past it, it starts afresh.
const maxWindows = 512

func keyOf(l model.Loc) sourceKey { return sourceKey{l.File, l.Line, l.Text} }

func (c *sourceCache) rows(l model.Loc) ([]row.Row, bool) {
	r, ok := c.windows[keyOf(l)]
	return r, ok
}

func (c *sourceCache) put(m sourceMsg) {
	if c.windows == nil || len(c.windows) >= maxWindows {
		c.windows = map[sourceKey][]row.Row{}
	}
	c.windows[m.key] = m.rows
	delete(c.asked, m.key)
}

// wantSource asks for the window of the node under the cursor, unless it is there or asked for.
func (a *App) wantSource() tea.Cmd {
	n := a.current()
	if n == model.None {
		return nil
	}
	m, _ := a.metaOf(n)
	if m == nil || m.Loc.IsZero() {
		return nil
	}
	key := keyOf(m.Loc)
	if _, ok := a.src.windows[key]; ok || a.src.asked[key] {
		return nil
	}
	if a.src.asked == nil {
		a.src.asked = map[sourceKey]bool{}
	}
	a.src.asked[key] = true
	get := a.src.get
	return func() tea.Msg { return readSource(get, key) }
}

func readSource(get func(string) ([]byte, error), key sourceKey) sourceMsg {
	if get != nil {
		if data, err := get(key.file); err == nil {
			if rows := window(data, key.line); rows != nil {
				return sourceMsg{key: key, rows: rows}
			}
		}
	}
	if strings.TrimSpace(key.text) == "" {
		return sourceMsg{key: key, rows: []row.Row{{{Role: themes.Dim, Text: " the source is not at hand"}}}}
	}
	return sourceMsg{key: key, rows: highlight([]string{strings.TrimRight(key.text, "\n")}, key.line, key.line)}
}

// window is the highlighted lines around line at, nil if the file does not reach it.
func window(data []byte, at int) []row.Row {
	lines := bytes.Split(data, []byte("\n"))
	if at < 1 || at > len(lines) {
		return nil
	}
	from, to := max(1, at-sourceLines), min(len(lines), at+sourceLines)
	var text []string
	for _, l := range lines[from-1 : to] {
		text = append(text, strings.TrimSuffix(string(l), "\r"))
	}
	return highlight(dedent(text), from, at)
}

// dedent takes away the indentation that all lines have: a pane is narrow.
func dedent(text []string) []string {
	in := -1
	for _, s := range text {
		if rest := strings.TrimLeft(s, " "); rest != "" && (in < 0 || len(s)-len(rest) < in) {
			in = len(s) - len(rest)
		}
	}
	out := make([]string, len(text))
	for i, s := range text {
		out[i] = s[min(max(in, 0), len(s)):]
	}
	return out
}

// highlight lexes lines of Python, the first of which has number first; line at is marked.
func highlight(text []string, first, at int) []row.Row {
	out := make([]row.Row, len(text))
	for i := range text {
		role, mark := themes.Dim, " "
		if first+i == at {
			role, mark = themes.Number, ">"
		}
		out[i] = row.Row{{Role: role, Text: mark + cellRight(strconv.Itoa(first+i), 4) + " "}}
	}
	lexer := lexers.Get("python")
	if lexer == nil {
		return plainLines(out, text)
	}
	it, err := lexer.Tokenise(nil, strings.Join(text, "\n"))
	if err != nil {
		return plainLines(out, text)
	}
	i := 0
	for t := it(); t != chroma.EOF; t = it() {
		for k, part := range strings.Split(t.Value, "\n") {
			if k > 0 {
				i++
			}
			if part != "" && i < len(out) {
				out[i] = append(out[i], row.Span{Role: codeRole(t.Type), Text: row.Sanitize(part)})
			}
		}
	}
	return out
}

func plainLines(out []row.Row, text []string) []row.Row {
	for i := range out {
		out[i] = append(out[i], row.Span{Role: themes.Code, Text: row.Sanitize(text[i])})
	}
	return out
}

func codeRole(t chroma.TokenType) themes.Role {
	switch {
	case t.InCategory(chroma.Comment):
		return themes.CodeComment
	case t.InSubCategory(chroma.LiteralString):
		return themes.CodeString
	case t.InSubCategory(chroma.LiteralNumber):
		return themes.CodeNumber
	case t.InCategory(chroma.Keyword), t == chroma.OperatorWord:
		return themes.CodeKeyword
	case t == chroma.NameFunction, t == chroma.NameClass, t.InSubCategory(chroma.NameBuiltin):
		return themes.CodeName
	}
	return themes.Code
}
