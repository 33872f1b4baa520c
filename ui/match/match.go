package match

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// plan is a term made ready for many texts.
type plan struct {
	Term
	exact   bool   // an upper-case letter was typed: case counts
	pattern []rune // of a fuzzy term, lower case unless exact
	compare byte   // '<', '>' or '=' of a number, with equal for "<=" and ">="
	equal   bool
	bound   float64
}

// plan prepares the terms. A literal Query, which has none prepared, calls it for every item.
func (q *Query) plan() {
	q.plans = make([]plan, len(q.Terms))
	for i, t := range q.Terms {
		p := plan{Term: t, exact: strings.IndexFunc(t.Text, unicode.IsUpper) >= 0}
		switch {
		case t.Field == "scale" && p.number():
		case t.Fuzzy:
			p.pattern = []rune(t.Text)
			if q.finder == nil {
				q.finder = newFuzzy()
			}
		}
		q.plans[i] = p
	}
}

// number reads the text of p as a comparison, if it is one.
func (p *plan) number() bool {
	s := p.Text
	if s == "" || strings.IndexByte("<>=", s[0]) < 0 {
		return false
	}
	p.compare = s[0]
	s, p.equal = strings.CutPrefix(s[1:], "=")
	p.equal = p.equal || p.compare == '='
	bound, err := strconv.ParseFloat(s, 64)
	p.bound = bound
	if err != nil {
		p.compare = 0
		return false
	}
	return true
}

// Match says whether an item satisfies every term; get gives its fields, with Name for its name. The score is higher for
// the better match: on a word's start, early in the text, and of the whole text. It compares items of one query only.
func (q Query) Match(get func(field string) string) (score int, ok bool) {
	if len(q.plans) != len(q.Terms) {
		q.plan()
	}
	for i := range q.plans {
		p := &q.plans[i]
		n, found := p.match(get(p.Field), q.finder)
		if found == p.Not {
			return 0, false
		}
		if !p.Not {
			score += n
		}
	}
	return score, true
}

func (p *plan) match(s string, f *fuzzy) (score int, ok bool) {
	switch {
	case p.compare != 0:
		return 0, p.holds(s)
	case p.pattern != nil:
		score, _, ok = f.match(s, p, false)
		return score, ok
	}
	i := index(s, p.Text, p.exact)
	if i < 0 {
		return 0, false
	}
	return substringScore(s, i, len(p.Text)), true
}

// holds compares the number s with the bound. A text that is no number satisfies nothing.
func (p *plan) holds(s string) bool {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return false
	}
	switch p.compare {
	case '<':
		return v < p.bound || p.equal && v == p.bound
	case '>':
		return v > p.bound || p.equal && v == p.bound
	}
	return v == p.bound
}

// substringScore rates n bytes found at s[i:]: a start of a word is worth more than any position.
func substringScore(s string, i, n int) int {
	score := max(0, 64-i)
	if i == 0 || !isWord(s[i-1]) {
		score += 128
	}
	if end := i + n; end >= len(s) || !isWord(s[end]) {
		score += 64
	}
	return score
}

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c >= utf8.RuneSelf
}

// index is a place of text in s, by bytes of s, or -1. Unless exact, text is lower case and s may be of any.
func index(s, text string, exact bool) int {
	i := strings.Index(s, text)
	if i >= 0 || exact || !hasUpper(s) {
		return i
	}
	// Folding in place keeps the offsets those of s. It misses the few letters whose cases differ in length.
	for k := 0; k+len(text) <= len(s); k++ {
		if strings.EqualFold(s[k:k+len(text)], text) {
			return k
		}
	}
	return -1
}

func hasUpper(s string) bool {
	for i := range len(s) {
		if c := s[i]; c >= 'A' && c <= 'Z' || c >= utf8.RuneSelf {
			return true
		}
	}
	return false
}

// Range is bytes [From, To) of a text.
type Range struct{ From, To int }

// Ranges is what the query found in a text of that field, to be shown: in order, not overlapping.
func (q Query) Ranges(field, text string) []Range {
	if len(q.plans) != len(q.Terms) {
		q.plan()
	}
	var out []Range
	for i := range q.plans {
		p := &q.plans[i]
		if p.Field != field || p.Not || p.compare != 0 {
			continue
		}
		if p.pattern != nil {
			_, found, _ := q.finder.match(text, p, true)
			out = append(out, found...)
		} else if at := index(text, p.Text, p.exact); at >= 0 {
			out = append(out, Range{at, at + len(p.Text)})
		}
	}
	return merge(out)
}

// merge sorts rs and joins those that touch.
func merge(rs []Range) []Range {
	slices.SortFunc(rs, func(a, b Range) int { return cmp.Compare(a.From, b.From) })
	out := rs[:0]
	for _, r := range rs {
		if n := len(out); n > 0 && r.From <= out[n-1].To {
			out[n-1].To = max(out[n-1].To, r.To)
			continue
		}
		out = append(out, r)
	}
	return out
}

// Matcher searches a list of items.
type Matcher struct {
	n   int
	get func(i int, field string) string
}

// Hit is an item that a query matches.
type Hit struct {
	Index int32
	Score int32
}

// New is a matcher over n items, of which get gives the fields.
func New(n int, get func(i int, field string) string) *Matcher {
	return &Matcher{n, get}
}

// Search is the items that q matches, in their order; see Rank. It ends early, with what it has, when ctx does.
func (m *Matcher) Search(ctx context.Context, q Query) ([]Hit, error) {
	var out []Hit
	i := 0
	get := func(field string) string { return m.get(i, field) }
	for ; i < m.n; i++ {
		if i%4096 == 0 && ctx.Err() != nil {
			return out, ctx.Err()
		}
		if score, ok := q.Match(get); ok {
			out = append(out, Hit{int32(i), int32(score)})
		}
	}
	return out, nil
}

// Rank sorts hits, the best first; equal ones stay in the order of the items.
func Rank(hits []Hit) {
	slices.SortStableFunc(hits, func(a, b Hit) int { return cmp.Compare(b.Score, a.Score) })
}
