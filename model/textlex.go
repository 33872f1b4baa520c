package model

import (
	"fmt"
	"strconv"
	"strings"
)

// lexer reads a text form line by line. After the first error it keeps that error and reads no further.
type lexer struct {
	rest string // the lines behind the current one
	line int    // the current line's number, from 1
	s    string // what is left of the current line, without space in front
	err  error
}

// next moves to the next line that holds more than a comment; false at the end or after an error.
func (l *lexer) next() bool {
	for l.err == nil && l.rest != "" {
		l.s, l.rest, _ = strings.Cut(l.rest, "\n")
		l.line++
		if l.s = strings.TrimSpace(l.s); l.s != "" && l.s[0] != '#' {
			return true
		}
	}
	return false
}

func (l *lexer) fail(format string, args ...any) {
	if l.err == nil {
		l.err = &SyntaxError{max(l.line, 1), fmt.Sprintf(format, args...)}
	}
	l.s = ""
}

// take consumes n bytes and the space behind them.
func (l *lexer) take(n int) string {
	w := l.s[:n]
	l.s = strings.TrimLeft(l.s[n:], " \t")
	return w
}

func (l *lexer) accept(tok string) bool {
	if !strings.HasPrefix(l.s, tok) {
		return false
	}
	l.take(len(tok))
	return true
}

func (l *lexer) expect(tok string) {
	if !l.accept(tok) {
		l.fail("want %q before %q", tok, l.s)
	}
}

// end fails unless the line is used up.
func (l *lexer) end() {
	if l.s != "" {
		l.fail("unexpected %q", l.s)
	}
}

// word reads a plain word, "" if none comes next.
func (l *lexer) word() string { return l.take(bareLen(l.s)) }

// text reads a plain word or a quoted text.
func (l *lexer) text() string {
	if strings.HasPrefix(l.s, `"`) {
		return l.quoted()
	}
	w := l.word()
	if w == "" {
		l.fail("missing name before %q", l.s)
	}
	return w
}

func (l *lexer) quoted() string {
	if !strings.HasPrefix(l.s, `"`) {
		l.fail("want a quoted text before %q", l.s)
		return ""
	}
	q, err := strconv.QuotedPrefix(l.s)
	if err != nil {
		l.fail("bad quoted text")
		return ""
	}
	s, _ := strconv.Unquote(l.take(len(q))) // QuotedPrefix has checked it
	return s
}

func (l *lexer) int() int64 {
	w := l.word()
	v, err := strconv.ParseInt(w, 10, 64)
	if err != nil {
		l.fail("%q is no whole number", w)
	}
	return v
}
