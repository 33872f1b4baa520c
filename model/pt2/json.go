package pt2

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth bounds nested JSON values. A subgraph takes seven levels.
const maxDepth = 600

// decoder pulls values out of JSON text, with Python's extensions: NaN, Infinity and -Infinity are numbers. The first
// error sticks; after it every method returns zero values. Memory is charged as it is handed out.
type decoder struct {
	data  []byte
	pos   int
	path  []step
	err   error
	names map[string]string
	bud   *budget
}

// step is one step of the path to the current value: a key, or an index where key is "".
type step struct {
	key string
	i   int
}

func newDecoder(data []byte, bud *budget) *decoder {
	return &decoder{data: data, names: map[string]string{}, bud: bud}
}

// fail records an error with its place: the path from the root and the byte.
func (d *decoder) fail(format string, args ...any) {
	if d.err != nil {
		return
	}
	var b strings.Builder
	from := max(0, len(d.path)-8)
	if from > 0 {
		b.WriteString("...")
	}
	for _, s := range d.path[from:] {
		if s.key == "" {
			fmt.Fprintf(&b, "[%d]", s.i)
		} else {
			b.WriteString("." + clean(s.key[:min(len(s.key), 60)]))
		}
	}
	d.err = fmt.Errorf("byte %d%s: %s", d.pos, strings.TrimSuffix(" at "+b.String(), " at "), fmt.Sprintf(format, args...))
}

// charge takes n bytes from the budget.
func (d *decoder) charge(n int) {
	if err := d.bud.take(int64(n)); err != nil {
		d.fail("%v", err)
	}
}

// peek is the next byte that is not white space, 0 at the end or after an error.
func (d *decoder) peek() byte {
	if d.err != nil {
		return 0
	}
	for d.pos < len(d.data) {
		switch c := d.data[d.pos]; c {
		case ' ', '\n', '\t', '\r':
			d.pos++
		default:
			return c
		}
	}
	return 0
}

func (d *decoder) accept(c byte) bool {
	if d.peek() != c || d.err != nil {
		return false
	}
	d.pos++
	return true
}

func (d *decoder) expect(c byte) bool {
	if d.accept(c) {
		return true
	}
	if d.pos >= len(d.data) {
		d.fail("the text ends where %q should stand", c)
	} else {
		d.fail("%q where %q should stand", d.data[d.pos], c)
	}
	return false
}

func (d *decoder) enter(s step) {
	if len(d.path) >= maxDepth {
		d.fail("nested deeper than %d", maxDepth)
	}
	d.path = append(d.path, s)
}

func (d *decoder) leave() { d.path = d.path[:len(d.path)-1] }

// object calls f for every key; f must consume the value.
func (d *decoder) object(f func(key string)) {
	if !d.expect('{') || d.accept('}') {
		return
	}
	for d.err == nil {
		key := d.str()
		d.expect(':')
		d.enter(step{key: key})
		if d.err == nil {
			f(key)
		}
		d.leave()
		if d.accept('}') {
			return
		}
		d.expect(',')
	}
}

// array calls f for every element; f must consume it.
func (d *decoder) array(f func(i int)) {
	if !d.expect('[') || d.accept(']') {
		return
	}
	for i := 0; d.err == nil; i++ {
		d.enter(step{i: i})
		if d.err == nil {
			f(i)
		}
		d.leave()
		if d.accept(']') {
			return
		}
		d.expect(',')
	}
}

// union reads an object that must have exactly one key, the tag.
func (d *decoder) union(f func(tag string)) {
	n := 0
	d.object(func(tag string) {
		if n++; n > 1 {
			d.fail("a union with more than one tag")
			return
		}
		f(tag)
	})
	if n == 0 {
		d.fail("a union without a tag")
	}
}

// null consumes a null, if one comes.
func (d *decoder) null() bool { return d.word("null") }

func (d *decoder) word(w string) bool {
	if d.peek() != w[0] || !bytes.HasPrefix(d.data[d.pos:], []byte(w)) {
		return false
	}
	d.pos += len(w)
	return true
}

func (d *decoder) bool() bool {
	if d.word("true") {
		return true
	}
	if !d.word("false") {
		d.fail("no true or false")
	}
	return false
}

func (d *decoder) number() string {
	d.peek()
	for _, w := range [...]string{"NaN", "Infinity", "-Infinity"} {
		if d.word(w) {
			return w
		}
	}
	start := d.pos
	for d.pos < len(d.data) && strings.IndexByte("+-.0123456789eE", d.data[d.pos]) >= 0 {
		d.pos++
	}
	if start == d.pos {
		d.fail("no number")
	}
	return string(d.data[start:d.pos])
}

// int reads a whole number that must fit 64 bits; it never goes through a float.
func (d *decoder) int() int64 {
	if d.err != nil {
		return 0
	}
	text := d.number()
	i, err := strconv.ParseInt(text, 10, 64)
	if err != nil && d.err == nil {
		d.fail("%s is no 64-bit integer", quote(text))
	}
	return i
}

// float reads a number, bare NaN or Infinity, or one of their texts.
func (d *decoder) float() float64 {
	if d.err != nil {
		return 0
	}
	text := ""
	if d.peek() == '"' {
		text = d.str()
	} else {
		text = d.number()
	}
	switch text {
	case "NaN":
		return math.NaN()
	case "Infinity":
		return math.Inf(1)
	case "-Infinity":
		return math.Inf(-1)
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil && d.err == nil {
		d.fail("%s is no number", quote(text))
	}
	return f
}

// str reads a string. Texts that repeat, as names and stack traces do, are kept once.
func (d *decoder) str() string {
	if !d.expect('"') {
		return ""
	}
	start := d.pos
	for d.pos < len(d.data) {
		switch c := d.data[d.pos]; {
		case c == '"':
			s := d.data[start:d.pos]
			d.pos++
			return d.intern(s)
		case c == '\\':
			return d.intern(d.escaped(start))
		case c < ' ':
			d.fail("a control character in a string")
			return ""
		}
		d.pos++
	}
	d.fail("the text ends inside a string")
	return ""
}

func (d *decoder) intern(b []byte) string {
	if s, ok := d.names[string(b)]; ok {
		return s
	}
	d.charge(len(b) + 64)
	if d.err != nil {
		return ""
	}
	s := string(b)
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	d.names[string(b)] = s
	return s
}

// escaped reads the rest of a string that began at start and has its first escape at the current byte.
func (d *decoder) escaped(start int) []byte {
	out := append([]byte(nil), d.data[start:d.pos]...)
	for d.pos < len(d.data) {
		c := d.data[d.pos]
		d.pos++
		switch {
		case c == '"':
			return out
		case c < ' ':
			d.fail("a control character in a string")
			return nil
		case c != '\\':
			out = append(out, c)
			continue
		}
		if d.pos >= len(d.data) {
			break
		}
		c = d.data[d.pos]
		d.pos++
		if c == 'u' {
			out = utf8.AppendRune(out, d.unicode())
		} else if i := strings.IndexByte(`"\/bfnrt`, c); i >= 0 {
			out = append(out, "\"\\/\b\f\n\r\t"[i])
		} else {
			d.fail("unknown escape \\%c", c)
			return nil
		}
	}
	d.fail("the text ends inside a string")
	return nil
}

// unicode reads the digits of a \u escape, and a second escape where the first is half a surrogate pair.
func (d *decoder) unicode() rune {
	r := d.hex4()
	if utf16.IsSurrogate(r) && bytes.HasPrefix(d.data[d.pos:], []byte(`\u`)) {
		back := d.pos
		d.pos += 2
		if pair := utf16.DecodeRune(r, d.hex4()); pair != utf8.RuneError {
			return pair
		}
		d.pos = back
	}
	if utf16.IsSurrogate(r) {
		return utf8.RuneError
	}
	return r
}

func (d *decoder) hex4() rune {
	if d.pos+4 > len(d.data) {
		d.pos = len(d.data)
		return utf8.RuneError
	}
	n, err := strconv.ParseUint(string(d.data[d.pos:d.pos+4]), 16, 16)
	d.pos += 4
	if err != nil {
		d.fail("bad \\u escape")
	}
	return rune(n)
}

// skip consumes any value.
func (d *decoder) skip() {
	switch c := d.peek(); {
	case c == '{':
		d.object(func(string) { d.skip() })
	case c == '[':
		d.array(func(int) { d.skip() })
	case c == '"':
		d.skipString()
	case c == 't' || c == 'f':
		d.bool()
	case c == 'n' && d.null():
	default:
		d.number()
	}
}

// skipString consumes a string without keeping it.
func (d *decoder) skipString() {
	for i := d.pos + 1; i < len(d.data); i++ {
		switch d.data[i] {
		case '"':
			d.pos = i + 1
			return
		case '\\':
			i++
		}
	}
	d.pos = len(d.data)
	d.fail("the text ends inside a string")
}

// end checks that nothing follows the value.
func (d *decoder) end() {
	if d.peek() != 0 || d.pos < len(d.data) {
		d.fail("something follows the end of the document")
	}
}
