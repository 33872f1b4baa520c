package row

import (
	"strings"
	"unicode"

	"github.com/charmbracelet/x/ansi"
)

// Width is the number of terminal cells that s takes: grapheme clusters, not bytes or runes.
func Width(s string) int {
	if n, ok := simple(s); ok {
		return n
	}
	return ansi.StringWidth(s)
}

// simple counts the cells of a text of which each rune takes one: printable ASCII and what the frame is drawn with. Nearly
// all text is of that kind, and it spares the segmentation into clusters.
func simple(s string) (int, bool) {
	n := 0
	for i := 0; i < len(s); n++ {
		size := oneCell(s[i:])
		if size == 0 {
			return 0, false
		}
		i += size
	}
	return n, true
}

// oneCell is the length in bytes of the character that s begins with, if that takes one cell whatever comes before it;
// otherwise 0. Beside ASCII these are the arrows, box drawings and blocks, the two circles, and the ellipsis.
func oneCell(s string) int {
	c := s[0]
	if c >= ' ' && c <= '~' {
		return 1
	}
	if c != 0xe2 || len(s) < 3 || s[2]&0xc0 != 0x80 {
		return 0
	}
	switch c, d := s[1], s[2]; {
	case c == 0x94, c == 0x95, c == 0x96 && d < 0xa0: // U+2500 to U+259F
		return 3
	case c == 0x97 && (d == 0x8f || d == 0x8b): // circles: U+25CF, U+25CB
		return 3
	case c == 0x80 && d == 0xa6: // the ellipsis: U+2026
		return 3
	case c == 0x86 && d >= 0x90 && d <= 0x93: // arrows: U+2190 to U+2193
		return 3
	}
	return 0
}

// first is the character that s begins with, and its width in cells.
func first(s string) (string, int) {
	return ansi.FirstGraphemeCluster(s, ansi.GraphemeWidth)
}

// prefix is the longest beginning of s, whole characters, that takes at most n cells, and its width.
func prefix(s string, n int) (string, int) {
	i, w := 0, 0
	if _, ok := simple(s); ok {
		for ; w < n && i < len(s); w++ {
			i += oneCell(s[i:])
		}
		return s[:i], w
	}
	for i < len(s) {
		cluster, cells := first(s[i:])
		if w+cells > n {
			break
		}
		i += len(cluster)
		w += cells
	}
	return s[:i], w
}

// Sanitize makes text from a file safe to draw. It takes away escape sequences, control characters and the characters
// that reorder a line, so that a name can neither drive the terminal nor pose as another. Tabs and line ends become spaces.
func Sanitize(s string) string {
	if _, ok := simple(s); ok {
		return s
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029':
			return ' '
		case r >= 0x80 && r < 0xa0, r == '\ufeff', unicode.Is(unicode.Bidi_Control, r):
			return -1
		}
		return r // an invalid byte comes as utf8.RuneError, which is what replaces it
	}, s)
	if strings.IndexFunc(s, isControl) < 0 {
		return s
	}
	return strings.Map(func(r rune) rune {
		if isControl(r) {
			return -1
		}
		return r
	}, ansi.Strip(s))
}

func isControl(r rune) bool { return r < ' ' || r == '\x7f' }
