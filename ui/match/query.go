// Package match finds nodes by name and by field: substrings first, fuzzy on request.
package match

import (
	"slices"
	"strings"
)

// Fields are the prefixes that a term may have. Everything else is searched for in the name.
var fields = [...]string{"op", "del", "spec", "dtype", "rule", "path", "scale"}

// Name is the field of a term without a prefix.
const Name = ""

// Term is one word of a query.
type Term struct {
	Field, Text string
	Not, Fuzzy  bool
}

// Query is the terms that an item must all satisfy. Make it with Parse. It keeps scratch memory for the fuzzy matcher, so
// one goroutine at a time uses it.
type Query struct {
	Terms  []Term
	plans  []plan
	finder *fuzzy
}

// Fields lists the field prefixes of a query, for help and completion.
func Fields() []string { return slices.Clone(fields[:]) }

// Parse reads a query: words apart by spaces, each with "!" for not, "~" for fuzzy and a field prefix such as "op:", in
// any order of these. Quotes keep spaces: op:"a b". A scale takes a comparison: scale>0.03. Every text is a query; a word
// of which only the prefix has been typed yet asks for nothing.
func Parse(query string) Query {
	var q Query
	for _, w := range words(query) {
		if t := parseTerm(w); t.Text != "" {
			q.Terms = append(q.Terms, t)
		}
	}
	q.plan()
	return q
}

// Empty says that the query matches everything.
func (q Query) Empty() bool { return len(q.Terms) == 0 }

func parseTerm(w string) Term {
	var t Term
	w = t.marks(w)
	for _, f := range fields {
		rest, ok := strings.CutPrefix(w, f)
		if !ok || rest == "" {
			continue
		}
		switch {
		case rest[0] == ':':
			t.Field = f
			w = t.marks(rest[1:])
		case f == "scale" && strings.IndexByte("<>=", rest[0]) >= 0:
			t.Field, w = f, rest
		default:
			continue
		}
		break
	}
	t.Text = strings.ReplaceAll(w, `"`, "")
	return t
}

// marks takes the "!" and "~" off the front of w.
func (t *Term) marks(w string) string {
	for w != "" {
		switch w[0] {
		case '!':
			t.Not = !t.Not
		case '~':
			t.Fuzzy = true
		default:
			return w
		}
		w = w[1:]
	}
	return w
}

// words splits s at spaces outside quotes. A quote that is not closed reaches to the end.
func words(s string) []string {
	quoted := false
	return strings.FieldsFunc(s, func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return r == ' ' && !quoted
	})
}
