package pt2

import (
	"fmt"
	"strings"
	"unicode"
)

// baseMemory is what any file may take, in bytes; four times its size comes on top.
const baseMemory = 64 << 20

// budget is the memory that one file may still take, in bytes. It is charged before anything is allocated.
type budget struct{ left, all int64 }

func newBudget(size int64) *budget {
	n := baseMemory + 4*size
	return &budget{n, n}
}

func (b *budget) take(n int64) error {
	if n < 0 || n > b.left {
		return fmt.Errorf("needs more than the %d bytes of memory that a file of this size may take", b.all)
	}
	b.left -= n
	return nil
}

func (b *budget) give(n int64) { b.left += n }

// quote is a text of the file as a message may show it: short, on one line, without control characters.
func quote(s string) string {
	if len(s) > 80 {
		s = strings.ToValidUTF8(s[:80], "") + "..."
	}
	return fmt.Sprintf("%q", clean(s))
}

// clean takes control and text-direction characters out, except newline and tab: a file must not steer a terminal.
func clean(s string) string {
	bad := func(r rune) bool {
		return r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r))
	}
	if strings.IndexFunc(s, bad) < 0 {
		return s
	}
	return strings.Map(func(r rune) rune {
		if bad(r) {
			return -1
		}
		return r
	}, s)
}
