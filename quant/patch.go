package quant

import (
	_ "embed" // upstream's lists
	"fmt"
	"slices"
	"strings"
	"sync"
)

//go:embed lists.txt
var listsText string

// upstreamList is one list of an annotator as it stands in a file of upstream's.
type upstreamList struct {
	release, annotator string
	families           []string
	file               string
	first              int // the number of lines[0] in the file, from 1
	from, to           int // lines that are entries
	lines              []string
}

// upstreamLists is lists.txt, read once.
var upstreamLists = sync.OnceValue(func() []upstreamList {
	var out []upstreamList
	for _, s := range strings.Split(listsText, "\n") {
		switch {
		case strings.HasPrefix(s, "["):
			head, rest, _ := strings.Cut(s[1:], "] ")
			words := strings.Fields(head)
			l := upstreamList{release: words[0], annotator: words[1], families: words[2:]}
			if _, err := fmt.Sscan(rest, &l.file, &l.first, &l.from, &l.to); err != nil {
				panic(fmt.Sprintf("lists.txt: %q: %v", s, err))
			}
			out = append(out, l)
		case strings.HasPrefix(s, "|"):
			l := &out[len(out)-1]
			l.lines = append(l.lines, s[1:])
		}
	}
	return out
})

// Patch is edits of a release's families as a unified diff of upstream's files, which git apply takes. Edits of families
// that are no plain list in a file, or are patterns there, cannot be written so: the second result.
//
//	source  the files of the release, as lists.txt has them
func Patch(release string, ann Annotator, edits Edits) (string, []Edit, error) {
	rules, err := LoadRules(release, ann, "")
	if err != nil {
		return "", nil, err
	}
	var b strings.Builder
	left := edits.List()
	shift := map[string]int{} // lines that a file has more by the patch so far
	for _, l := range upstreamLists() {
		if l.release != release || l.annotator != ann.String() {
			continue
		}
		mine := func(e Edit) bool { return slices.Contains(l.families, e.Family) }
		lines := l.patched(rules, slices.DeleteFunc(slices.Clone(left), func(e Edit) bool { return !mine(e) }))
		more, started := shift[l.file]
		p := hunks(lines, l.first, l.first+more)
		if p == "" {
			continue
		}
		shift[l.file] = more + len(lines) - len(l.lines) - removed(lines)
		left = slices.DeleteFunc(left, mine)
		if !started {
			fmt.Fprintf(&b, "--- a/%s\n+++ b/%s\n", l.file, l.file)
		}
		b.WriteString(p)
	}
	return b.String(), left, nil
}

// patchContext is the unchanged lines around a change.
const patchContext = 3

// patchLine is a line of a list before and after: ' ' in both, '-' only before, '+' only after.
type patchLine struct {
	kind byte
	text string
}

// patched is the lines of one list with its edits made.
func (l *upstreamList) patched(rules *Rules, edits []Edit) []patchLine {
	var lines []patchLine
	for i, s := range l.lines {
		kind := byte(' ')
		if op := l.entry(i); op != "" && slices.ContainsFunc(edits, func(e Edit) bool { return e.Op == op && !e.On }) {
			kind = '-'
		}
		lines = append(lines, patchLine{kind, s})
	}
	for _, e := range slices.Backward(edits) {
		if e.On && !slices.ContainsFunc(l.lines, func(s string) bool { return entryOf(s) == e.Op }) {
			at := l.place(rules.Family(e.Family))
			lines = slices.Insert(lines, at, patchLine{'+', l.indent() + "torch.ops." + e.Op + ","})
		}
	}
	return lines
}

// removed counts the lines that a patch takes away.
func removed(lines []patchLine) int {
	n := 0
	for _, l := range lines {
		if l.kind == '-' {
			n++
		}
	}
	return n
}

// entry is the overload of line i, "" if the line is none.
func (l *upstreamList) entry(i int) string {
	if i < l.from || i >= l.to {
		return ""
	}
	return entryOf(l.lines[i])
}

func entryOf(line string) string {
	s, ok := strings.CutPrefix(strings.TrimSpace(line), "torch.ops.")
	if s, ok2 := strings.CutSuffix(s, ","); ok && ok2 {
		return s
	}
	return ""
}

// place is where a new entry of a family goes: behind its last entry, else at the list's end.
func (l *upstreamList) place(f *Family) int {
	at := l.to
	for i := l.from; f != nil && i < l.to; i++ {
		if slices.Contains(f.Ops, l.entry(i)) {
			at = i + 1
		}
	}
	return at
}

func (l *upstreamList) indent() string {
	s := l.lines[l.from]
	return s[:len(s)-len(strings.TrimLeft(s, " "))]
}

// hunks is the changed parts of some lines with their context, in the form of a unified diff. before and after are the numbers
// of the first line in the file as it was and as it is.
func hunks(lines []patchLine, before, after int) string {
	var b strings.Builder
	for i := 0; i < len(lines); {
		end := hunkEnd(lines, i)
		if end < 0 {
			break
		}
		start := i
		for !changedSoon(lines, start) {
			start++
		}
		before, after = before+start-i, after+start-i
		var old, now int
		var text strings.Builder
		for _, l := range lines[start:end] {
			if l.kind != '+' {
				old++
			}
			if l.kind != '-' {
				now++
			}
			fmt.Fprintf(&text, "%c%s\n", l.kind, l.text)
		}
		fmt.Fprintf(&b, "@@ -%d,%d +%d,%d @@\n%s", before, old, after, now, text.String())
		before, after, i = before+old, after+now, end
	}
	return b.String()
}

// changedSoon says whether line i is the first of the context of a change.
func changedSoon(lines []patchLine, i int) bool {
	return slices.ContainsFunc(lines[i:min(len(lines), i+patchContext+1)], func(l patchLine) bool { return l.kind != ' ' })
}

// hunkEnd is where the context of the first change from line i on ends, those that follow closely included; -1 without one.
func hunkEnd(lines []patchLine, i int) int {
	last := -1
	for k := i; k < len(lines); k++ {
		if lines[k].kind != ' ' {
			last = k
		} else if last >= 0 && k-last > 2*patchContext {
			break
		}
	}
	if last < 0 {
		return -1
	}
	return min(len(lines), last+1+patchContext)
}
