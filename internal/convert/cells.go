package convert

import (
	"strings"
	"unicode"
)

// clean is a text of a file on one line, without characters that would change how others around them are shown.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return unicode.ReplacementChar
		}
		return r
	}, strings.Join(strings.Fields(s), " "))
}

// cut is a text of at most so many cells. What is left out is in its middle: names of nodes differ at their ends.
func cut(s string, most int) string {
	s = clean(s)
	if cells(s) <= most {
		return s
	}
	runes := []rune(s)
	tail, i := 0, len(runes)
	for i > 0 && tail+width(runes[i-1]) <= most/3 {
		i--
		tail += width(runes[i])
	}
	head, j := 0, 0
	for head+width(runes[j]) <= most-1-tail {
		head += width(runes[j])
		j++
	}
	return string(runes[:j]) + "…" + string(runes[i:])
}

// cells is how many columns of a monospace font a text takes.
func cells(s string) int {
	sum := 0
	for _, r := range s {
		sum += width(r)
	}
	return sum
}

// width is two for what East Asian fonts draw wide. A mark counts as one, so that no number of them fits into a cell.
func width(r rune) int {
	if r >= 0x1100 && r < 0x1160 || r >= 0x2e80 && r != unicode.ReplacementChar {
		return 2
	}
	return 1
}
